"""Tools to hurt a database connection with: kill its server process, cut its link."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg2
import pytest
import pytest_twisted
from psycopg2.extensions import make_dsn, parse_dsn
from twisted.internet import reactor
from twisted.internet.endpoints import UNIXClientEndpoint, UNIXServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater

from eerp.database.embedded import Embedded
from eerp.database.pool import Pool
from eerp.interfaces import TransactionBegin
from eerp.sandbox import Engine
from tests.conftest import run_as_superuser
from tests.postgres.counters import Bench, make_bench
from tests.postgres.delivering import Site
from tests.postgres.receiver import HOST, Names, Receiver
from tests.postgres.trail import Trail

READ = TransactionBegin(read_only=True, actor=None, request_id="r1", module="test")
WRITE = TransactionBegin(read_only=False, actor="ann", request_id="r1", module="test")

Look = Callable[[str], list[tuple[Any, ...]]]


class Link(Protocol):
    """Half of a proxied connection; hands what it receives to the other half."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.other: Link | None = None
        self.early = b""
        self.lost = False

    def join(self, other: Link) -> None:
        if self.lost:
            # It hung up before the server was reached, which would wait for it.
            other.transport.abortConnection()
            return
        self.other, other.other = other, self
        other.deliver(self.early)

    def dataReceived(self, data: bytes) -> None:
        if self.other is None:
            self.early += data
        else:
            self.other.deliver(data)

    def deliver(self, data: bytes) -> None:
        if not self.proxy.swallows and self.transport is not None:
            self.transport.write(data)

    def connectionLost(self, reason: Any = None) -> None:
        self.lost = True
        self.proxy.links.discard(self)
        if self.other is not None and self.other.transport is not None:
            self.other.transport.loseConnection()


class BackLink(Link):
    """The half that faces the server."""

    def connectionLost(self, reason: Any = None) -> None:
        super().connectionLost(reason)
        self.proxy.stranded.discard(self)
        self.proxy.behind -= 1


class FrontLink(Link):
    """The half that faces the client."""

    answered = True

    def connectionMade(self) -> None:
        if self.proxy.refuses:
            self.transport.abortConnection()
            return
        self.proxy.links.add(self)
        factory = Factory.forProtocol(lambda: BackLink(self.proxy))
        self.proxy.behind += 1
        self.proxy.server.connect(factory).addCallback(self.join)

    def dataReceived(self, data: bytes) -> None:
        cut = self.proxy.cut_before
        if cut is not None and cut in data:
            self.proxy.cut_before = None
            self.proxy.cut()
            return
        self.proxy.round_trips += self.answered
        self.answered = False
        super().dataReceived(data)
        cut = self.proxy.cut_after
        if cut is not None and cut in data:
            self.proxy.cut_after = None
            self.proxy.cut_soon()

    def deliver(self, data: bytes) -> None:
        self.answered = True
        if not self.proxy.answers_lost:
            super().deliver(data)


class Proxy:
    """A link to PostgreSQL that a test can cut or turn into a black hole.

    `dsn` leads through it. `cut_after` names bytes of a client's message: that
    message still reaches the server, its answer never comes back, once. `cut_before`
    names such bytes too: that message never reaches the server, once. `swallows` loses
    everything, both ways, without a word; `refuses` hangs up on who comes anew.
    `round_trips` counts how often the client spoke and the server answered; `behind`
    are the connections to the server.
    """

    def __init__(self, server: UNIXClientEndpoint, dsn: str) -> None:
        self.server = server
        self.dsn = dsn
        self.links: set[Link] = set()
        self.stranded: set[Link] = set()
        self.swallows = False
        self.answers_lost = False
        self.refuses = False
        self.cut_after: bytes | None = None
        self.cut_before: bytes | None = None
        self.round_trips = 0
        self.behind = 0

    def cut_soon(self) -> None:
        """Lose the answers, and cut when the server had the time to act."""
        self.answers_lost = True
        reactor.callLater(0.05, self.cut)

    def strand(self, link: Link) -> None:
        """Cut one link; the server process at its end learns nothing of it."""
        if link.other is not None:
            self.stranded.add(link.other)
            link.other = None
            link.transport.abortConnection()

    def cut(self) -> None:
        """Cut every link at once."""
        self.answers_lost = False
        for link in tuple(self.links):
            if link.transport is not None:
                link.transport.abortConnection()


@asynccontextmanager
async def proxied(dsn: str) -> AsyncIterator[Proxy]:
    """A proxy in front of the server that `dsn` leads to."""
    given = parse_dsn(dsn)
    socket_name = f".s.PGSQL.{given['port']}"
    server = UNIXClientEndpoint(reactor, f"{given['host']}/{socket_name}", timeout=5)
    with tempfile.TemporaryDirectory(prefix="eerp-", dir="/tmp") as folder:
        made = Proxy(server, make_dsn(dsn, host=folder))
        front = UNIXServerEndpoint(reactor, f"{folder}/{socket_name}")
        port = await front.listen(Factory.forProtocol(lambda: FrontLink(made)))
        try:
            yield made
        finally:
            await port.stopListening()
            made.cut()
            for link in tuple(made.stranded):
                link.transport.abortConnection()
            while made.behind:
                # Who drops a database next waits for those who sign in to it.
                await deferLater(reactor, 0.01)


@pytest_twisted.async_yield_fixture
async def proxy(database: str) -> AsyncIterator[Proxy]:
    """A proxy in front of the test's database."""
    async with proxied(database) as made:
        yield made


@pytest.fixture
def kill_backends(postgres: Embedded, database: str) -> Callable[[], None]:
    """Terminates every server process that serves this test's database."""
    name = parse_dsn(database)["dbname"]

    def kill() -> None:
        run_as_superuser(
            postgres,
            "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
            f" WHERE datname = '{name}'",
        )

    return kill


@pytest.fixture
def look(database: str) -> Callable[[str], list[tuple[Any, ...]]]:
    """Asks the database from outside, with a plain connection; blocks."""

    def ask(sql: str) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(database, options="-c search_path=public")
        try:
            cursor = connection.cursor()
            cursor.execute(sql)
            connection.commit()
            return [] if cursor.description is None else cursor.fetchall()
        finally:
            connection.close()

    return ask


@pytest.fixture
def items(look: Look) -> Look:
    """A table to write to, and the way to look at it."""
    look("""
        CREATE TABLE item (id serial PRIMARY KEY, name text UNIQUE NOT NULL,
            size integer CHECK (size > 0) DEFAULT 1, parent integer REFERENCES item);
        """)
    return look


@pytest_twisted.async_yield_fixture
async def site(pool: Pool, database: str) -> AsyncIterator[Site]:
    """An outbox on a fresh database; its deliverers end with the test."""
    made = Site(pool, database)
    yield made
    await made.stop()


@pytest_twisted.async_yield_fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A server that keeps what it gets."""
    made = Receiver()
    yield made
    await made.close()


@pytest.fixture
def names() -> Names:
    """The answers to who asks for the receiver's address."""
    return Names({HOST: [["127.0.0.1"]]})


@pytest.fixture
def trail(postgres: Embedded, database: str) -> Trail:
    """Audited tables in the test's database, and the way to look at their trail."""
    return Trail.of(database, postgres.superuser_dsn)


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine; no guest may be left in it."""
    made = Engine(reactor, live_max=100)
    yield made
    assert made.live == 0, "a guest was never closed"
    made.close()


@pytest_twisted.async_yield_fixture
async def bench(pool: Pool, database: str, engine: Engine) -> AsyncIterator[Bench]:
    """A dispatcher, and two modules with counters."""
    yield await make_bench(pool, database, engine)
