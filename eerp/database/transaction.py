"""One transaction on one connection: begun late, ended once, never left open.

How it is spared round trips: BEGIN and the actor's settings travel in the first
statement's message; a statement that is first and last goes alone, for PostgreSQL
runs a message as one transaction by itself; nobody waits for the COMMIT of a
transaction that only read.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from psycopg2.extensions import (
    TRANSACTION_STATUS_IDLE as IDLE,
)
from psycopg2.extensions import (
    TRANSACTION_STATUS_INTRANS as IN_TRANSACTION,
)
from twisted.internet.defer import CancelledError, Deferred

from eerp import limits
from eerp.database import outcome
from eerp.database.connection import Connection
from eerp.database.savepoint import PostgresSavepoint, Savepoints
from eerp.errors import ConnectionLost, EerpError, SerializationFailed
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
_SETTINGS = (
    "SELECT set_config('eerp.actor',%s,true),"
    "set_config('eerp.request_id',%s,true),set_config('eerp.module',%s,true),"
    "set_config('eerp.transaction',%s,true)"
)
# PostgreSQL tells every change of the application's name to the client by itself:
# so the transaction's number comes along with the first answer, for nothing.
_NUMBER = b",set_config('application_name','eerp '||pg_current_xact_id(),true);"
# One after the other: a snapshot per statement shows what the last one did.
_BEGIN_EXCLUSIVE = (
    b"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
    b"SET LOCAL statement_timeout=0;SET LOCAL lock_timeout=0;"
    b"SELECT pg_advisory_xact_lock(%d);SET LOCAL lock_timeout=DEFAULT;"
) % SCHEMA_LOCK
_PLAIN_TAGS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"})
_ENDING_TAGS = frozenset({"BEGIN", "START", "COMMIT", "ROLLBACK"})
_TOKEN_BYTES = 15


class PostgresTransaction:
    """See `eerp.interfaces.Transaction`. Made by `Pool.transaction`.

    A statement that fails poisons the transaction: whatever comes next raises the
    same error, `commit` too, until a savepoint from before it is rolled back. After
    a cancellation it ends by itself.
    """

    __slots__ = (
        "_begin", "_begun", "_committing", "_connection", "_ending", "_exclusive",
        "_failure", "_forgivable", "_over", "_pool", "_savepoints", "_token", "_traced",
    )  # fmt: skip

    def __init__(
        self, pool: Pool, begin: TransactionBegin, *, exclusive: bool = False
    ) -> None:
        self._pool = pool
        self._begin = begin
        self._exclusive = exclusive
        self._connection: Connection | None = None
        self._savepoints: Savepoints | None = None
        self._failure: EerpError | None = None
        self._forgivable = False
        self._begun = False
        self._over = False
        self._committing = False
        self._token: str | None = None
        self._traced = False
        self._ending: Deferred[None] | None = None

    @property
    def token(self) -> str:
        """Names this transaction in the database."""
        if self._token is None:
            self._token = secrets.token_urlsafe(_TOKEN_BYTES)
        return self._token

    def note_trace(self) -> None:
        """What was done leaves a trace of the token, if it is committed."""
        self._traced = True

    @property
    def committing(self) -> bool:
        """Whether a write is being committed at this moment."""
        return self._committing

    @property
    def begun(self) -> bool:
        """Whether a statement was sent, and a COMMIT is owed."""
        return self._begun

    async def run(self, statement: Statement) -> Rows:
        """Run one statement; the first one begins the transaction."""
        connection = await self._take()
        message = self._message(connection, statement)
        return await self._send(connection, message, IN_TRANSACTION)

    async def run_last(
        self,
        statement: Statement,
        recover: Callable[[str], Statement] | None = None,
    ) -> Rows:
        """Run the last statement and commit."""
        if self._begun or self._exclusive or self._owes_savepoints():
            rows = await self.run(statement)
            await self.commit()
            return rows
        connection = await self._take()
        try:
            message = self._alone(connection, statement)
            self._committing = not self._begin.read_only
            rows = await self._send(connection, message, IDLE)
        except ConnectionLost as error:
            await self._end(b"ROLLBACK")
            return await self._recovered(connection, recover, error)
        except EerpError:
            await self._end(b"ROLLBACK")
            raise
        finally:
            self._committing = False
        self._give_back(healthy=True)
        return rows

    def savepoint(
        self, module: str | None = None, *, read_only: bool = False
    ) -> PostgresSavepoint:
        """A savepoint here."""
        if self._savepoints is None:
            self._savepoints = Savepoints(
                self._begin.module, self._check, self._forgive
            )
        return self._savepoints.make(
            module, failed=self._failure is not None, read_only=read_only
        )

    async def commit(self, statement: Statement | None = None) -> None:
        """Commit, or raise what the transaction failed with."""
        if statement is not None and self._failure is None:
            await self._take()
        if self._failure is not None:
            await self._end(b"ROLLBACK")
            raise self._failure
        connection = self._connection
        if connection is not None and self._begin.read_only and statement is None:
            self._start_end(b"COMMIT")
        elif connection is not None:
            await self._commit(connection, statement)
        self._over = True

    async def rollback(self) -> None:
        """Roll back; also waits for the end of one that was cancelled."""
        if self._failure is None and not self._over:
            self._fail(EerpError("The transaction was rolled back."))
        await self._end(b"ROLLBACK")

    async def _take(self) -> Connection:
        self._check()
        if self._over:
            raise EerpError("The transaction is over.")
        if self._connection is None:
            try:
                connection = await self._pool.acquire()
            except EerpError as error:
                self._fail(error)
                raise
            connection.statement_limit_s = self._pool.limit_s(exclusive=self._exclusive)
            # Only the last tag of a script is seen, so nothing is known of the rest.
            connection.needs_reset |= self._exclusive
            self._connection = connection
        return self._connection

    def _owes_savepoints(self) -> bool:
        return self._savepoints is not None and self._savepoints.pending

    def _fail(self, error: EerpError, *, forgivable: bool = False) -> None:
        self._failure = error
        self._forgivable = forgivable

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _forgive(self, savepoint: PostgresSavepoint) -> None:
        """A savepoint takes back a failed statement that came after it, and perhaps
        what left a trace."""
        self._traced = False
        if self._forgivable and not savepoint.failed:
            self._failure = None

    def _alone(self, connection: Connection, statement: Statement) -> bytes:
        message = self._render(connection, statement)
        if self._begin.read_only:
            return message
        return _ALONE_WRITE + self._settings(connection) + b";" + message

    def _message(
        self, connection: Connection, statement: Statement | None, end: bytes = b""
    ) -> bytes:
        """What brings `statement` about: with what has to go ahead of it."""
        asked = b"" if statement is None else self._render(connection, statement)
        if end and statement is not None:
            end = b";" + end
        ahead = b"" if self._begun else self._opening(connection)
        if self._savepoints is not None:
            for one in self._savepoints.take():
                ahead += connection.render(one.sql, one.parameters) + b";"
        self._begun = True
        return ahead + asked + end

    def _render(self, connection: Connection, statement: Statement) -> bytes:
        try:
            return connection.render(statement.sql, statement.parameters)
        except EerpError as error:
            self._fail(error, forgivable=connection.alive)
            raise

    def _opening(self, connection: Connection) -> bytes:
        if self._exclusive:
            return _BEGIN_EXCLUSIVE + self._settings(connection) + _NUMBER
        if self._begin.read_only:
            return _BEGIN_READ
        return _BEGIN_WRITE + self._settings(connection) + _NUMBER

    def _settings(self, connection: Connection) -> bytes:
        begin = self._begin
        return connection.render(
            _SETTINGS, (begin.actor or "", begin.request_id, begin.module, self.token)
        )

    async def _send(
        self, connection: Connection, message: bytes, expected: int
    ) -> Rows:
        try:
            rows, tag = await connection.send(message)
        except CancelledError:
            self._fail(_cancelled())
            self._start_end(b"ROLLBACK")
            raise
        except EerpError as error:
            # PostgreSQL goes on after a serialization failure, and would fail again.
            over = isinstance(error, SerializationFailed) or not connection.alive
            self._fail(error, forgivable=not over)
            raise
        verb = tag.partition(" ")[0]
        if verb not in _PLAIN_TAGS:
            # It may have left something in the session, such as a setting.
            connection.needs_reset = True
        if connection.transaction_status() != expected or verb in _ENDING_TAGS:
            raise self._escaped(connection, tag)
        return rows

    async def _commit(
        self, connection: Connection, statement: Statement | None
    ) -> None:
        number = connection.transaction_number() if self._begun else None
        try:
            message = self._message(connection, statement, b"COMMIT")
            # What cannot be sent any more has no outcome to find out.
            self._committing = connection.alive
            _, tag = await connection.send(message)
        except CancelledError:
            self._fail(_cancelled())
            self._start_end(b"ROLLBACK")
            raise
        except ConnectionLost as error:
            self._fail(error)
            await self._end(b"ROLLBACK")
            if self._committing:
                await self._resolve(connection, number, error)
                return
            raise
        except EerpError as error:
            self._fail(error)
            await self._end(b"ROLLBACK")
            raise
        finally:
            self._committing = False
        self._give_back(healthy=True)
        if tag != "COMMIT":
            # PostgreSQL answers COMMIT of a failed transaction with ROLLBACK.
            raise EerpError(
                "The transaction was rolled back instead of committed.",
                detail=f"COMMIT was answered with {tag}",
            )

    async def _resolve(
        self, connection: Connection, number: str | None, error: ConnectionLost
    ) -> None:
        """Find out what became of a COMMIT that was not answered: return when it
        was done, raise `ConnectionLost` when it was not."""
        try:
            committed = await self._pool.outcomes.committed(
                connection.backend, number, self.token, traced=self._traced
            )
        except EerpError as unknown:
            self._fail(unknown)
            raise
        if not committed:
            raise error
        self._failure = None

    async def _recovered(
        self,
        connection: Connection,
        recover: Callable[[str], Statement] | None,
        error: ConnectionLost,
    ) -> Rows:
        """The rows that a lone statement answered on a connection that was lost."""
        if self._begin.read_only:
            raise error
        try:
            if recover is None:
                raise outcome.unknown(error)
            rows = await self._pool.outcomes.rows(
                connection.backend, recover(self.token)
            )
        except EerpError as unknown:
            self._fail(unknown)
            raise
        if not rows:
            raise error
        self._failure, self._over = None, True
        return rows

    def _escaped(self, connection: Connection, tag: str) -> EerpError:
        """A statement that ended the transaction, or opened another."""
        error = EerpError(
            "A statement left its transaction.", detail=f"command tag {tag}"
        )
        log.error("a statement left its transaction", event="transaction_escaped",
                  tag=tag, module=self._begin.module)  # fmt: skip
        self._fail(error)
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
