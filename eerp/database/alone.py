"""A session outside every transaction, for what PostgreSQL runs only there.

It has the build lock: CREATE INDEX CONCURRENTLY waits for all who have a snapshot,
and who waited for a lock of ours in the usual way would have one, so that the two
waited for each other. The build lock is asked for again and again instead, and
between two questions there is no snapshot.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from twisted.internet.task import deferLater

from eerp.database.connection import Connection
from eerp.database.pool import Pool
from eerp.database.transaction import SCHEMA_LOCK
from eerp.interfaces import Rows, Statement
from eerp.limits import BUILD_LOCK_POLL_MS

__all__ = ["BUILD_LOCK", "AloneSession"]

BUILD_LOCK = SCHEMA_LOCK + 1
"""The advisory lock that all work outside a transaction is done under."""

_SETTINGS = (
    b"SET default_transaction_read_only = off;"
    b"SET default_transaction_isolation = 'read committed';"
    b"SET statement_timeout = 0"
)
_TRY_LOCK = b"SELECT pg_try_advisory_lock(%d)" % BUILD_LOCK


class AloneSession:
    """One connection, alone at such work among all daemons while it is entered::

    async with AloneSession(pool) as session:
        await session.run(Statement("DROP INDEX CONCURRENTLY IF EXISTS i"))
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._connection: Connection | None = None

    async def __aenter__(self) -> Self:
        connection = self._connection = await self._pool.acquire()
        connection.statement_limit_s = self._pool.limit_s(exclusive=True)
        # The lock and the settings go when the pool makes it as good as new.
        connection.needs_reset = True
        try:
            await connection.send(_SETTINGS)
            while not (await connection.send(_TRY_LOCK))[0][0][0]:
                await _pause(connection)
        except BaseException:
            self._give_back(healthy=False)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        connection = self._connection
        self._give_back(healthy=connection is not None and connection.resting)

    async def run(self, statement: Statement, *, patient: bool = True) -> Rows:
        """Run one statement, alone in its transaction.

        A `patient` one waits without end for locks; another fails, as requests do,
        when it has waited for `lock_timeout_ms`.
        """
        connection = self._connection
        assert connection is not None, "the session is entered"
        await connection.send(
            b"SET lock_timeout = 0" if patient else b"RESET lock_timeout"
        )
        message = connection.render(statement.sql, statement.parameters)
        rows, _ = await connection.send(message)
        return rows

    def _give_back(self, *, healthy: bool) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._pool.release(connection, healthy=healthy)


async def _pause(connection: Any) -> None:
    await deferLater(connection.reactor, BUILD_LOCK_POLL_MS / 1000)
