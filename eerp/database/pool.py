"""A bounded pool of txpostgres connections that heals by itself.

txpostgres has a pool too. It waits without bound, hands out dead connections, and
deadlocks when a transaction asks for a second one; this one refuses instead.
"""

from __future__ import annotations

import random
from collections import deque
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import LoopingCall, deferLater

from eerp import limits
from eerp.database import dsn as dsns
from eerp.database.connect import Connector, warn_of_holes
from eerp.database.connection import Connection
from eerp.database.outcome import Backend, Outcomes
from eerp.database.transaction import PostgresTransaction
from eerp.errors import DatabaseUnavailable, EerpError, Overloaded
from eerp.interfaces import Rows, Statement, TransactionBegin
from eerp.log import Logger

__all__ = ["Pool"]

log = Logger(namespace="eerp.database")

_SWEEP_S = 0.5
_DRAIN_POLL_S = 0.005


class Pool:
    """See `eerp.interfaces.Pool`. Use on the reactor's thread.

    `require_durable` off accepts a server with fsync off: for tests only.
    """

    def __init__(
        self,
        reactor: Any,
        dsn: str,
        *,
        size: int = limits.POOL_SIZE,
        queue_max: int = limits.POOL_QUEUE_MAX,
        wait_ms_max: int = limits.POOL_WAIT_MS_MAX,
        connect_timeout_s: float = limits.CONNECT_TIMEOUT_S,
        statement_timeout_ms: int = limits.STATEMENT_TIMEOUT_MS,
        lock_timeout_ms: int = limits.LOCK_TIMEOUT_MS,
        watchdog_margin_ms: int = limits.STATEMENT_WATCHDOG_MARGIN_MS,
        require_durable: bool = True,
    ) -> None:
        full = dsns.session(
            dsn,
            statement_timeout_ms=statement_timeout_ms,
            lock_timeout_ms=lock_timeout_ms,
        )
        self._reactor = reactor
        self._connector = Connector(reactor, full, connect_timeout_s, require_durable)
        self._size = size
        self._queue_max = queue_max
        self._wait_s = wait_ms_max / 1000
        self._limit_s = (statement_timeout_ms + watchdog_margin_ms) / 1000
        self._all: set[Connection] = set()
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()
        # Server processes that may live on behind a broken link, with their locks.
        self._stranded: deque[Backend] = deque(maxlen=limits.STRANDED_BACKENDS_MAX)
        self._waiters: deque[Deferred[Connection]] = deque()
        self._serving = False
        self._filling: Deferred[None] | None = None
        self._down: str | None = "The database pool is not open."
        self._open = False
        self._sweep = LoopingCall(self._abort_overdue)
        self._sweep.clock = reactor
        self.outcomes = Outcomes(self, reactor)

    @property
    def is_open(self) -> bool:
        """Whether it was opened, and not closed."""
        return self._open

    @property
    def size(self) -> int:
        """Connections that are there, idle or in use."""
        return len(self._all)

    @property
    def in_use(self) -> int:
        """Connections checked out, or being cleaned for the next."""
        return len(self._busy)

    @property
    def idle(self) -> int:
        """Connections ready to be used."""
        return len(self._idle)

    @property
    def waiting(self) -> int:
        """Transactions that wait for a connection."""
        return len(self._waiters)

    async def open(self) -> None:
        """Connect once, to prove that it works; the others follow by themselves.

        Raises `DatabaseRefused`, which says what was wrong.
        """
        first = await self._connector.connect(self._connection_lost)
        warn_of_holes(first.server_version)
        self._open = True
        self._add(first)
        self._sweep.start(_SWEEP_S, now=False).addErrback(_sweep_failed)
        self._fill()

    async def close(self, within_s: float = 1.0) -> None:
        """Refuse new work, wait `within_s` for what runs, close everything."""
        self._open = False
        self._down = "The database pool is closed."
        self._fail_waiters()
        if self._sweep.running:
            self._sweep.stop()
        filling, self._filling = self._filling, None
        if filling is not None:
            filling.cancel()
        await self.drain(within_s)
        for connection in tuple(self._all):
            connection.abort()

    async def drain(self, within_s: float) -> bool:
        """Wait until no connection is in use; False when `within_s` is over."""
        end = self._reactor.seconds() + within_s
        while self._busy:
            if self._reactor.seconds() > end:
                return False
            await deferLater(self._reactor, _DRAIN_POLL_S)
        return True

    def transaction(self, begin: TransactionBegin) -> PostgresTransaction:
        """A transaction; its first statement takes a connection."""
        return PostgresTransaction(self, begin)

    def exclusive(self, begin: TransactionBegin) -> PostgresTransaction:
        """A transaction that changes schemas, alone among all daemons.

        It waits without end for the one before it, its statements have no time-out,
        and each of them sees all that was committed before it.
        """
        return PostgresTransaction(self, begin, exclusive=True)

    async def query(self, statement: Statement, *, read_only: bool = True) -> Rows:
        """Run one statement of the core in a transaction of its own."""
        begin = TransactionBegin(
            read_only=read_only, actor=None, request_id="", module="core"
        )
        return await self.transaction(begin).run_last(statement)

    async def ping(self) -> None:
        """Prove that the database answers now.

        Raises `DatabaseUnavailable`, `Overloaded` or `ConnectionLost`.
        """
        asked = Deferred.fromCoroutine(self.query(Statement("SELECT 1")))
        seconds = limits.PING_TIMEOUT_MS / 1000
        asked.addTimeout(seconds, self._reactor, _ping_too_slow)
        await asked

    async def acquire(self) -> Connection:
        """Take a connection, waiting within bounds for one.

        Raises `Overloaded` when the queue is full or the wait is over, and
        `DatabaseUnavailable` when there is no database to wait for.
        """
        if self._idle and not self._waiters:
            connection = self._idle.pop()
            self._busy.add(connection)
            return connection
        if self._down is not None:
            raise DatabaseUnavailable(self._down)
        if len(self._waiters) >= self._queue_max:
            raise Overloaded("Too many requests wait for the database.")
        return await self._wait()

    def release(self, connection: Connection, *, healthy: bool) -> None:
        """Give a connection back; one that is not `healthy` is replaced."""
        if not (healthy and connection.alive and self._open):
            self._busy.discard(connection)
            connection.abort()
        elif connection.needs_reset:
            # It stays in use until it is as good as new.
            Deferred.fromCoroutine(self._reset(connection))
        else:
            self._busy.discard(connection)
            self._hand_out(connection)

    def limit_s(self, *, exclusive: bool = False) -> float:
        """After how long a statement's silence means a dead link; 0 for never."""
        return 0.0 if exclusive else self._limit_s

    async def at_rest(self, connection: Connection, within_s: float) -> None:
        """Wait for a statement to end; after `within_s` its connection is closed."""
        if connection.resting:
            return
        clock = self._reactor.callLater(within_s, connection.abort)
        await connection.settled()
        if clock.active():
            clock.cancel()

    async def _wait(self) -> Connection:
        waiter: Deferred[Connection] = Deferred(self._waiters.remove)
        self._waiters.append(waiter)
        clock = self._reactor.callLater(self._wait_s, self._expire, waiter)
        try:
            return await waiter
        finally:
            if clock.active():
                clock.cancel()

    def _expire(self, waiter: Deferred[Connection]) -> None:
        self._waiters.remove(waiter)
        waiter.errback(Overloaded("No database connection became free in time."))

    def _hand_out(self, connection: Connection) -> None:
        self._idle.append(connection)
        if self._waiters and not self._serving:
            # Not now: who gives back must go on first, and a long queue served
            # from within itself would exhaust the stack.
            self._serving = True
            self._reactor.callLater(0, self._serve)

    def _serve(self) -> None:
        try:
            while self._idle and self._waiters:
                connection = self._idle.pop()
                self._busy.add(connection)
                self._waiters.popleft().callback(connection)
        finally:
            self._serving = False

    async def _reset(self, connection: Connection) -> None:
        connection.statement_limit_s = self.limit_s()
        try:
            await connection.send(b"DISCARD ALL")
        except EerpError:
            self.release(connection, healthy=False)
            return
        connection.needs_reset = False
        self.release(connection, healthy=True)

    def _add(self, connection: Connection) -> None:
        if not connection.alive:
            return
        if self._down is not None:
            log.info("the database answers", event="database_up")
            self._down = None
        self._all.add(connection)
        self._hand_out(connection)

    def _connection_lost(self, connection: Connection) -> None:
        known = connection in self._all
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if known and self._open:
            if connection in self._busy:
                self._stranded.append(connection.backend)
            self._fill()

    def _fill(self) -> None:
        if self._filling is None and self._open and len(self._all) < self._size:
            self._filling = Deferred.fromCoroutine(self._connect_until_full())
            self._filling.addErrback(_cancelled_is_fine)

    async def _connect_until_full(self) -> None:
        delay_ms = limits.RECONNECT_DELAY_MS_MIN
        while self._open and len(self._all) < self._size:
            try:
                connection = await self._replace()
            except EerpError as error:
                self._not_connected(error)
                await deferLater(self._reactor, delay_ms * _jitter() / 1000)
                delay_ms = min(2 * delay_ms, limits.RECONNECT_DELAY_MS_MAX)
            else:
                delay_ms = limits.RECONNECT_DELAY_MS_MIN
                self._add(connection)
        self._filling = None

    async def _replace(self) -> Connection:
        """Connect anew. Whoever was lost is ended before anybody can wait for it: those
        in the pool may all be waiting for its locks."""
        ending = tuple(self._stranded)
        connection = await self._connector.connect(self._connection_lost, ending)
        for backend in ending:
            if backend in self._stranded:
                self._stranded.remove(backend)
        return connection

    def _not_connected(self, error: EerpError) -> None:
        if self._all:
            log.warn("a database connection is missing: {reason}",
                     event="database_short", reason=error.message)  # fmt: skip
            return
        if self._down is None:
            log.error("the database does not answer: {reason}",
                      event="database_down", reason=error.message)  # fmt: skip
        self._down = "The database does not answer."
        self._fail_waiters()

    def _fail_waiters(self) -> None:
        # One at a time from the front: what one does may cancel another.
        while self._waiters:
            waiter = self._waiters.popleft()
            waiter.errback(DatabaseUnavailable(self._down or ""))

    def _abort_overdue(self) -> None:
        """Close each connection whose statement got no answer, not even an error."""
        now = self._reactor.seconds()
        for connection in tuple(self._busy):
            since, limit = connection.busy_since, connection.statement_limit_s
            if limit and since is not None and now - since > limit:
                log.warn("a database connection went silent and is replaced",
                         event="database_silent")  # fmt: skip
                connection.abort()


def _jitter() -> float:
    return random.uniform(0.5, 1.0)


def _ping_too_slow(outcome: object, seconds: float) -> object:
    raise DatabaseUnavailable(f"The database did not answer within {seconds:g} s.")


def _cancelled_is_fine(failure: Any) -> None:
    failure.trap(CancelledError)


def _sweep_failed(failure: Any) -> None:
    log.failure("the watch over statements failed", failure=failure)
