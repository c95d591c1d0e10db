"""One transaction on one connection: begun late, ended once, never left open.

How it is spared round trips: BEGIN and the actor's settings travel in the first
statement's message; a statement that is first and last goes alone, for PostgreSQL
runs a message as one transaction by itself; nobody waits for the COMMIT of a
transaction that only read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg2.extensions import (
    TRANSACTION_STATUS_IDLE as IDLE,
)
from psycopg2.extensions import (
    TRANSACTION_STATUS_INTRANS as IN_TRANSACTION,
)
from twisted.internet.defer import CancelledError, Deferred

from eerp import limits
from eerp.database.connection import Connection
from eerp.errors import ConnectionLost, EerpError, OutcomeUnknown
from eerp.interfaces import Rows, Statement, TransactionBegin
from eerp.log import Logger

if TYPE_CHECKING:
    from eerp.database.pool import Pool

__all__ = ["SCHEMA_LOCK", "PostgresTransaction"]

log = Logger(namespace="eerp.database")

SCHEMA_LOCK = 0x65657270
"""The advisory lock that every change of any schema is made under."""

_BEGIN_READ = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
_BEGIN_WRITE = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE;"
_ALONE_WRITE = b"SET TRANSACTION READ WRITE;"
_ACTOR = (
    "SELECT set_config('eerp.actor',%s,true),"
    "set_config('eerp.request_id',%s,true),set_config('eerp.module',%s,true);"
)
# One after the other: a snapshot per statement shows what the last one did.
_BEGIN_EXCLUSIVE = (
    b"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
    b"SET LOCAL statement_timeout=0;SET LOCAL lock_timeout=0;"
    b"SELECT pg_advisory_xact_lock(%d);SET LOCAL lock_timeout=DEFAULT;"
) % SCHEMA_LOCK
_PLAIN_TAGS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"})
_ENDING_TAGS = frozenset({"BEGIN", "START", "COMMIT", "ROLLBACK"})


class PostgresTransaction:
    """See `eerp.interfaces.Transaction`. Made by `Pool.transaction`.

    A statement that fails poisons the transaction: whatever comes next raises the
    same error, `commit` too. After a cancellation it ends by itself.
    """

    __slots__ = (
        "_begin", "_committing", "_connection", "_ending", "_exclusive", "_failure",
        "_over", "_pool",
    )  # fmt: skip

    def __init__(
        self, pool: Pool, begin: TransactionBegin, *, exclusive: bool = False
    ) -> None:
        self._pool = pool
        self._begin = begin
        self._exclusive = exclusive
        self._connection: Connection | None = None
        self._failure: EerpError | None = None
        self._over = False
        self._committing = False
        self._ending: Deferred[None] | None = None

    @property
    def committing(self) -> bool:
        """Whether a write is being committed at this moment."""
        return self._committing

    @property
    def begun(self) -> bool:
        """Whether a statement was sent, and a COMMIT is owed."""
        return self._connection is not None

    async def run(self, statement: Statement) -> Rows:
        """Run one statement; the first one begins the transaction."""
        opening = self._connection is None
        connection = await self._take()
        message = self._render(connection, statement)
        if opening:
            message = self._opening(connection) + message
        return await self._send(connection, message, IN_TRANSACTION)

    async def run_last(self, statement: Statement) -> Rows:
        """Run the last statement and commit."""
        if self._connection is not None or self._exclusive:
            rows = await self.run(statement)
            await self.commit()
            return rows
        connection = await self._take()
        try:
            message = self._alone(connection, statement)
            self._committing = not self._begin.read_only
            rows = await self._send(connection, message, IDLE)
        except EerpError:
            self._committing = False
            await self._end(b"ROLLBACK")
            raise
        self._committing = False
        self._give_back(healthy=True)
        return rows

    async def commit(self) -> None:
        """Commit, or raise what the transaction failed with."""
        if self._failure is not None:
            await self._end(b"ROLLBACK")
            raise self._failure
        connection, self._over = self._connection, True
        if connection is not None and self._begin.read_only:
            self._start_end(b"COMMIT")
        elif connection is not None:
            self._committing = True
            try:
                await self._commit(connection)
            finally:
                self._committing = False

    async def rollback(self) -> None:
        """Roll back; also waits for the end of one that was cancelled."""
        if self._failure is None and not self._over:
            self._failure = EerpError("The transaction was rolled back.")
        await self._end(b"ROLLBACK")

    async def _take(self) -> Connection:
        if self._failure is not None:
            raise self._failure
        if self._over:
            raise EerpError("The transaction is over.")
        if self._connection is None:
            try:
                connection = await self._pool.acquire()
            except EerpError as error:
                self._failure = error
                raise
            connection.statement_limit_s = self._pool.limit_s(exclusive=self._exclusive)
            # Only the last tag of a script is seen, so nothing is known of the rest.
            connection.needs_reset |= self._exclusive
            self._connection = connection
        return self._connection

    def _alone(self, connection: Connection, statement: Statement) -> bytes:
        message = self._render(connection, statement)
        if self._begin.read_only:
            return message
        return _ALONE_WRITE + self._actor(connection) + message

    def _render(self, connection: Connection, statement: Statement) -> bytes:
        try:
            return connection.render(statement.sql, statement.parameters)
        except EerpError as error:
            self._failure = error
            raise

    def _opening(self, connection: Connection) -> bytes:
        if self._exclusive:
            return _BEGIN_EXCLUSIVE + self._actor(connection)
        if self._begin.read_only:
            return _BEGIN_READ
        return _BEGIN_WRITE + self._actor(connection)

    def _actor(self, connection: Connection) -> bytes:
        begin = self._begin
        return connection.render(
            _ACTOR, (begin.actor or "", begin.request_id, begin.module)
        )

    async def _send(
        self, connection: Connection, message: bytes, expected: int
    ) -> Rows:
        try:
            rows, tag = await connection.send(message)
        except CancelledError:
            self._failure = _cancelled()
            self._start_end(b"ROLLBACK")
            raise
        except ConnectionLost as error:
            raise self._lost(error, committing=expected == IDLE) from error
        except EerpError as error:
            self._failure = error
            raise
        verb = tag.partition(" ")[0]
        if verb not in _PLAIN_TAGS:
            # It may have left something in the session, such as a setting.
            connection.needs_reset = True
        if connection.transaction_status() != expected or verb in _ENDING_TAGS:
            raise self._escaped(connection, tag)
        return rows

    async def _commit(self, connection: Connection) -> None:
        try:
            _, tag = await connection.send(b"COMMIT")
        except CancelledError:
            self._failure = _cancelled()
            self._start_end(b"ROLLBACK")
            raise
        except ConnectionLost as error:
            await self._end(b"ROLLBACK")
            raise self._lost(error, committing=True) from error
        except EerpError as error:
            self._failure = error
            await self._end(b"ROLLBACK")
            raise
        self._give_back(healthy=True)
        if tag != "COMMIT":
            # PostgreSQL answers COMMIT of a failed transaction with ROLLBACK.
            raise EerpError(
                "The transaction was rolled back instead of committed.",
                detail=f"COMMIT was answered with {tag}",
            )

    def _lost(self, error: ConnectionLost, *, committing: bool) -> EerpError:
        self._failure = error
        if committing and not self._begin.read_only:
            self._failure = OutcomeUnknown(
                "The connection to the database was lost while committing:"
                " the change may have been made or not.",
                hint="Look before you repeat it.",
                detail=error.detail,
            )
        return self._failure

    def _escaped(self, connection: Connection, tag: str) -> EerpError:
        """A statement that ended the transaction, or opened another."""
        error = EerpError(
            "A statement left its transaction.", detail=f"command tag {tag}"
        )
        log.error("a statement left its transaction", event="transaction_escaped",
                  tag=tag, module=self._begin.module)  # fmt: skip
        self._failure = error
        connection.abort()
        self._give_back(healthy=False)
        return error

    def _give_back(self, *, healthy: bool) -> None:
        connection, self._connection = self._connection, None
        self._over = True
        if connection is not None:
            self._pool.release(
                connection, healthy=healthy and connection.transaction_status() == IDLE
            )

    async def _end(self, word: bytes) -> None:
        """End it and wait; a cancellation stops the waiting, not the ending."""
        self._start_end(word)
        ending = self._ending
        if ending is not None and not ending.called:
            waiter: Deferred[None] = Deferred()
            ending.addCallback(
                lambda _: None if waiter.called else waiter.callback(None)
            )
            await waiter

    def _start_end(self, word: bytes) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._ending = Deferred.fromCoroutine(self._finish(connection, word))

    async def _finish(self, connection: Connection, word: bytes) -> None:
        try:
            await self._pool.at_rest(connection, limits.CANCEL_GRACE_MS / 1000)
            if connection.transaction_status() != IDLE:
                await connection.send(word)
            healthy = connection.transaction_status() == IDLE
        except EerpError:
            healthy = False
        self._pool.release(connection, healthy=healthy)


def _cancelled() -> EerpError:
    return EerpError("The transaction was cancelled.")
