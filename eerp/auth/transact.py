"""How the core reads and writes what it keeps: one read, or work with retries."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar

from eerp.errors import ConnectionLost, SerializationFailed
from eerp.interfaces import Pool, Rows, Statement, Transaction, TransactionBegin
from eerp.limits import TRANSACTION_ATTEMPTS_MAX
from eerp.log import request_at_hand

__all__ = ["read", "transact"]

T = TypeVar("T")


async def read(pool: Pool, statement: Statement, *, actor: str | None = None) -> Rows:
    """The rows of one statement, in a read-only transaction of its own."""
    transaction = pool.transaction(_begin(actor, read_only=True))
    try:
        return await transaction.run_last(statement)
    except BaseException:
        await transaction.rollback()
        raise


async def transact(
    pool: Pool,
    work: Callable[[Transaction], Awaitable[T]],
    *,
    actor: str | None = None,
    read_only: bool = False,
) -> T:
    """Run `work` in a transaction and commit it; nothing is stored if it raises.

    When PostgreSQL chose it as a victim, or the connection was lost before COMMIT,
    nothing happened, and all of `work` runs again: TRANSACTION_ATTEMPTS_MAX times
    in all.
    """
    attempt = 1
    while True:
        try:
            return await _attempt(pool, work, _begin(actor, read_only=read_only))
        except (SerializationFailed, ConnectionLost):
            if attempt == TRANSACTION_ATTEMPTS_MAX:
                raise
            attempt += 1


async def _attempt(
    pool: Pool, work: Callable[[Transaction], Awaitable[T]], begin: TransactionBegin
) -> T:
    transaction = pool.transaction(begin)
    try:
        result = await work(transaction)
        await transaction.commit()
    except BaseException:
        await transaction.rollback()
        raise
    return result


def _begin(actor: str | None, *, read_only: bool) -> TransactionBegin:
    return TransactionBegin(
        read_only=read_only,
        actor=actor,
        request_id=request_at_hand.get() or f"auth-{secrets.token_hex(8)}",
        module="eerp",
    )
