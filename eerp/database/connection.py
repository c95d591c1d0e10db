"""One connection of txpostgres, made faster and stricter for us.

txpostgres stays the driver: it connects, and this class is its `Connection`. What
differs: the socket is watched from the first to the last moment instead of four
changes a statement; a result fires its Deferred at once instead of in the
reactor's next turn; nobody reconnects behind the pool's back; a connection that
dies says so to the pool, idle or not.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_WRITE
from psycopg2.extensions import TRANSACTION_STATUS_ACTIVE as ACTIVE
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from txpostgres import txpostgres
from txpostgres.txpostgres import _PollingMixin

from eerp.database.outcome import Backend
from eerp.database.sqlstate import is_connection_loss, translate
from eerp.errors import ConnectionLost, EerpError

__all__ = ["Answer", "Connection"]

Answer = tuple[list[tuple[Any, ...]], str]
"""The rows of a message's last statement, and its command tag."""


class Connection(txpostgres.Connection):  # type: ignore[misc]  # untyped base
    """A connection that runs one message at a time.

    `lost` is called once, with this connection, when it is gone.
    """

    def __init__(self, reactor: Any, lost: Callable[[Connection], None]) -> None:
        super().__init__(reactor)
        self.prefix = "postgres"
        self.busy_since: float | None = None
        self.statement_limit_s = 0.0
        self.needs_reset = False
        self.alive = False
        self.backend = Backend(0, "", "", "")
        self._lost = lost
        self._cursor: Any = None
        self._waiter: Deferred[Answer] | None = None
        self._settled: list[Deferred[None]] = []
        self._descriptor = -1

    async def establish(self, dsn: str) -> None:
        """Connect; raises what psycopg2 raises."""
        await self.connect(dsn)
        self.reactor.removeReader(self)
        # libpq closes its descriptor as it likes, and the reactor must forget one
        # before it is closed: so the reactor watches a copy, which is ours.
        self._descriptor = os.dup(self._connection.fileno())
        self.alive = True
        self.reactor.addReader(self)

    def render(self, sql: str, parameters: tuple[Any, ...]) -> bytes:
        """The statement with its values in it, quoted for this connection.

        Without parameters a ``%`` stands for itself; with them it is doubled.
        Raises `ValidationFailed` for text that PostgreSQL cannot hold.
        """
        if not self.alive:
            raise _gone()
        try:
            if not parameters:
                return sql.encode()
            rendered: bytes = self._connection.cursor().mogrify(sql, parameters)
        except Exception as error:
            raise translate(error) from error
        return rendered

    def send(self, message: bytes) -> Deferred[Answer]:
        """Run one message, of one or more statements; the last one answers.

        Cancelling leaves the statement running: the canceller fires at once, and
        `settled` says when the connection is at rest again.
        """
        if not self.alive:
            raise _gone()
        if self._cursor is not None:
            raise EerpError("Two statements at once on one connection.")
        cursor = self._connection.cursor()
        waiter: Deferred[Answer] = Deferred(self._forget_waiter)
        try:
            cursor.execute(message)
        except psycopg2.Error as error:
            self._check(error)
            raise translate(error) from error
        self._cursor = cursor
        self._waiter = waiter
        self.busy_since = self.reactor.seconds()
        self._advance()
        return waiter

    def transaction_status(self) -> int:
        """psycopg2's: 0 idle, 1 active, 2 in transaction, 3 in error, 4 unknown."""
        status: int = self._connection.get_transaction_status()
        return status

    def transaction_number(self) -> str | None:
        """The number of the transaction that is open, if it told us."""
        if not self.alive:
            return None
        name = self._connection.get_parameter_status("application_name") or ""
        word, _, number = name.partition(" ")
        return number if word == "eerp" and number.isdigit() else None

    @property
    def resting(self) -> bool:
        """Whether no statement runs."""
        return self._cursor is None

    def settled(self) -> Deferred[None]:
        """Fires when no statement runs any more, or the connection is gone."""
        done: Deferred[None] = Deferred()
        if self._cursor is None:
            done.callback(None)
        else:
            self._settled.append(done)
        return done

    def abort(self) -> None:
        """Close now; a statement that runs fails with `ConnectionLost`."""
        if self.alive:
            self._end(_gone())
        elif self._connection is not None and not self._connection.closed:
            self.close()

    def fileno(self) -> int:
        """The reactor's question: what to watch."""
        if self._descriptor >= 0:
            return self._descriptor
        found: int = super().fileno()
        return found

    def doRead(self) -> None:  # noqa: N802  # the reactor's name
        """The reactor's call: bytes, or the end, have arrived."""
        if self.alive:
            self._advance()
        else:
            _PollingMixin.doRead(self)

    def doWrite(self) -> None:  # noqa: N802  # the reactor's name
        """The reactor's call: the rest of a long statement may go out."""
        if self.alive:
            self.reactor.removeWriter(self)
            self._advance()
        else:
            super().doWrite()

    def connectionLost(self, reason: Failure) -> None:
        """The reactor's call when the socket broke under it."""
        if self.alive:
            self._end(_gone())
        else:
            super().connectionLost(reason)

    def _cancel(self, waiter: Deferred[object]) -> None:
        """The driver's call when connecting is cancelled: nothing to ask a server."""
        self._pollingD = None
        self.abort()

    def _advance(self) -> None:
        try:
            state = self._connection.poll()
        except psycopg2.Error as error:
            self._failed(error)
            return
        if state == POLL_OK:
            if self._cursor is not None:
                self._answered()
        elif state == POLL_WRITE:
            self.reactor.addWriter(self)

    def _answered(self) -> None:
        cursor = self._cursor
        try:
            rows = [] if cursor.description is None else cursor.fetchall()
        except Exception as error:
            self._finish(translate(error))
            return
        self._finish((rows, cursor.statusmessage or ""))

    def _failed(self, error: psycopg2.Error) -> None:
        meaning = translate(error)
        meaning.__cause__ = error
        # With nothing asked, only the end of the connection speaks. One that is
        # still active after an error (COPY does that) can never be used again.
        over = self._cursor is None or self.transaction_status() == ACTIVE
        if over or self._connection.closed or is_connection_loss(error):
            self._end(meaning)
        else:
            self._finish(meaning)

    def _check(self, error: psycopg2.Error) -> None:
        if self._connection.closed or is_connection_loss(error):
            self._end(translate(error))

    def _end(self, error: EerpError) -> None:
        if not self.alive:
            return
        self.alive = False
        self.reactor.removeReader(self)
        self.reactor.removeWriter(self)
        os.close(self._descriptor)
        self._descriptor = -1
        if not self._connection.closed:
            self._connection.close()
        self._lost(self)
        self._finish(error)

    def _finish(self, outcome: Answer | EerpError) -> None:
        waiter, self._waiter = self._waiter, None
        self._cursor = None
        self.busy_since = None
        settled, self._settled = self._settled, []
        for done in settled:
            done.callback(None)
        if waiter is None:
            return
        if isinstance(outcome, EerpError):
            waiter.errback(outcome)
        else:
            waiter.callback(outcome)

    def _forget_waiter(self, waiter: Deferred[Answer]) -> None:
        if self._waiter is waiter:
            self._waiter = None


def _gone() -> ConnectionLost:
    return ConnectionLost("The connection to the database was lost.")
