"""A connection that listens: it hears what is notified, and runs statements between.

It is outside of the pool, for a notification comes when it comes. It connects again by
itself. What was notified in the meantime is lost, so it says when it is back: who
listens must then look for himself.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, DeferredLock
from twisted.internet.task import deferLater

from eerp import limits
from eerp.database import dsn as dsns
from eerp.database.connect import Connector
from eerp.database.connection import Connection
from eerp.errors import DatabaseUnavailable, EerpError
from eerp.interfaces import Rows, Statement
from eerp.log import Logger

__all__ = ["Listener"]

log = Logger(namespace="eerp.database")

# A session that writes, and sees what others committed a moment ago.
_SETTINGS = (
    "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED,"
    " READ WRITE; SET application_name = 'eerp listener'; LISTEN \"{channel}\""
)


class _Ear(Connection):
    """A connection that hands on what is notified."""

    def __init__(
        self,
        reactor: Any,
        lost: Callable[[Connection], None],
        heard: Callable[[str], None],
    ) -> None:
        super().__init__(reactor, lost)
        self._heard = heard

    def _advance(self) -> None:
        super()._advance()
        if self.alive and self.resting:
            # What was notified may have been read together with an answer, and then
            # the socket has nothing more to tell.
            super()._advance()
        while self.alive and self._connection.notifies:
            self._heard(self._connection.notifies.pop(0).payload)


class Listener:
    """Listens on `channel`, and runs statements, one at a time and each by itself.

    Use on the reactor's thread.
    """

    def __init__(
        self,
        reactor: Any,
        dsn: str,
        channel: str,
        *,
        connect_timeout_s: float = limits.CONNECT_TIMEOUT_S,
        statement_timeout_ms: int = limits.STATEMENT_TIMEOUT_MS,
        lock_timeout_ms: int = limits.LOCK_TIMEOUT_MS,
        require_durable: bool = True,
    ) -> None:
        full = dsns.session(
            dsn,
            statement_timeout_ms=statement_timeout_ms,
            lock_timeout_ms=lock_timeout_ms,
        )
        self._reactor = reactor
        self._connector = Connector(
            reactor,
            full,
            connect_timeout_s,
            require_durable,
            lambda reactor, lost: _Ear(reactor, lost, self._hear),
        )
        self._channel = channel
        self._heard: Callable[[str], None] | None = None
        self._connected: Callable[[], None] | None = None
        self._connection: Connection | None = None
        self._connecting: Deferred[None] | None = None
        self._open = False
        self._turn = DeferredLock()
        margin_ms = limits.STATEMENT_WATCHDOG_MARGIN_MS
        self._limit_s = (statement_timeout_ms + margin_ms) / 1000

    @property
    def listening(self) -> bool:
        """Whether it hears what is notified."""
        return self._connection is not None

    def start(
        self, *, heard: Callable[[str], None], connected: Callable[[], None]
    ) -> None:
        """Connect, however long that takes. `heard` is called with the payload of each
        notification, `connected` whenever it listens (again)."""
        self._heard, self._connected = heard, connected
        self._open = True
        self._connect()

    async def stop(self) -> None:
        """Close the connection, when the statement that runs is done."""
        self._open = False
        connecting, self._connecting = self._connecting, None
        if connecting is not None:
            connecting.cancel()
        await self._turn.acquire()
        self._turn.release()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abort()

    async def query(self, statement: Statement) -> Rows:
        """Run one statement in a transaction of its own, READ COMMITTED.

        Raises `DatabaseUnavailable` when there is no connection, and what a statement
        can fail with; `ConnectionLost` may come after it was done.
        """
        await self._turn.acquire()
        try:
            if self._connection is None:
                raise DatabaseUnavailable("The database does not answer.")
            connection = self._connection
            message = connection.render(statement.sql, statement.parameters)
            return await self._send(connection, message)
        finally:
            self._turn.release()

    async def _send(self, connection: Connection, message: bytes) -> Rows:
        # A link that went dead would never answer.
        late = self._reactor.callLater(self._limit_s, connection.abort)
        try:
            rows, _ = await connection.send(message)
        except CancelledError:
            # The next statement must not meet this one.
            await connection.settled()
            raise
        finally:
            if late.active():
                late.cancel()
        return rows

    def _connect(self) -> None:
        if self._open and self._connecting is None and self._connection is None:
            self._connecting = Deferred.fromCoroutine(self._connect_until_done())
            self._connecting.addErrback(_cancelled_is_fine)

    async def _connect_until_done(self) -> None:
        delay_ms = limits.RECONNECT_DELAY_MS_MIN
        while self._open:
            try:
                connection = await self._listening()
            except EerpError:
                pause_s = delay_ms * random.uniform(0.5, 1) / 1000
                await deferLater(self._reactor, pause_s)
                delay_ms = min(2 * delay_ms, limits.RECONNECT_DELAY_MS_MAX)
            else:
                self._connection = connection
                break
        self._connecting = None
        if self._connection is not None and self._connected is not None:
            self._connected()

    def _hear(self, payload: str) -> None:
        if self._open and self._heard is not None:
            self._heard(payload)

    async def _listening(self) -> Connection:
        connection = await self._connector.connect(self._lost)
        try:
            message = _SETTINGS.format(channel=self._channel).encode()
            await self._send(connection, message)
        except BaseException:
            connection.abort()
            raise
        return connection

    def _lost(self, connection: Connection) -> None:
        if connection is not self._connection:
            # Not yet in use, or stopped: whoever has it hears of it.
            return
        self._connection = None
        if self._open:
            log.warn("the connection that listens was lost", event="listener_lost")
            self._connect()


def _cancelled_is_fine(failure: Any) -> None:
    failure.trap(CancelledError)
