"""How this floor runs single statements on the pool, with retries."""

from __future__ import annotations

import secrets

from attrs import frozen

from eerp import limits
from eerp.errors import ConnectionLost, SerializationFailed
from eerp.interfaces import Pool, Rows, Statement, TransactionBegin
from eerp.log import request_at_hand

__all__ = ["Desk"]


@frozen
class Desk:
    """Runs statements that need no other: what people ask for and change."""

    pool: Pool

    async def read(self, statement: Statement) -> Rows:
        """The rows of a statement that changes nothing."""
        return await self._run(statement, None, read_only=True)

    async def write(self, statement: Statement, actor: str | None = None) -> Rows:
        """The rows of a statement that may change something, once it is committed.

        The victim of a conflict runs again, and what was lost before it was committed.
        """
        attempt = 1
        while True:
            try:
                return await self._run(statement, actor, read_only=False)
            except (SerializationFailed, ConnectionLost):
                if attempt == limits.TRANSACTION_ATTEMPTS_MAX:
                    raise
                attempt += 1

    async def _run(
        self, statement: Statement, actor: str | None, *, read_only: bool
    ) -> Rows:
        begin = TransactionBegin(
            read_only=read_only,
            actor=actor,
            request_id=request_at_hand.get() or f"delivery-{secrets.token_hex(8)}",
            module="eerp",
        )
        transaction = self.pool.transaction(begin)
        try:
            if read_only:
                return await transaction.run_last(statement)
            # Not as one message: only a transaction whose number is known can be asked
            # for when the answer to its COMMIT is lost, and these leave no other trace.
            rows = await transaction.run(statement)
            await transaction.commit()
            return rows
        except BaseException:
            await transaction.rollback()
            raise
