"""The pool: its bounds, its checks, and how it heals."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from attrs import define, field
from psycopg2.extensions import make_dsn, parse_dsn
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred, gatherResults
from twisted.internet.task import deferLater
from twisted.logger import globalLogPublisher

from eerp.database.connect import Connector
from eerp.database.embedded import Embedded
from eerp.database.pool import Pool
from eerp.errors import (
    ConnectionLost,
    DatabaseRefused,
    DatabaseUnavailable,
    EerpError,
    Overloaded,
    ValidationFailed,
)
from eerp.interfaces import Statement
from tests.conftest import run_as_superuser
from tests.postgres.conftest import READ, WRITE, Proxy

ONE = Statement("SELECT 1")
PID = Statement("SELECT pg_backend_pid()")
OTHER_BACKENDS = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
   AND backend_type = 'client backend'
"""
# How long a slow machine may take for what takes a fast one a moment.
SLOW_S = 60.0


def make(dsn: str, **options: Any) -> Pool:
    return Pool(reactor, dsn, require_durable=False, **{"size": 2, **options})


async def opened(dsn: str, **options: Any) -> Pool:
    pool = make(dsn, **options)
    await pool.open()
    return pool


async def until(truth: Callable[[], bool], within_s: float = 5.0) -> None:
    end = reactor.seconds() + within_s
    while not truth():
        assert reactor.seconds() < end, "it did not come about"
        await deferLater(reactor, 0.01)


async def hold(pool: Pool) -> Any:
    """A transaction that has a connection."""
    transaction = pool.transaction(READ)
    await transaction.run(ONE)
    return transaction


# Opening


@pytest_twisted.ensureDeferred
async def test_it_fills_up_by_itself_after_the_first_connection(database: str) -> None:
    pool = await opened(database, size=3)
    await until(lambda: pool.idle == 3)
    assert (pool.size, pool.in_use, pool.waiting) == (3, 0, 0)
    await pool.close()
    assert pool.size == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "wrong"}, "password authentication failed"),
        ({"user": "nobody-here"}, "authentication failed"),
        ({"dbname": "nowhere"}, 'database "nowhere" does not exist'),
        ({"host": "/nonexistent"}, "No such file or directory"),
        ({"host": "127.0.0.1", "port": "1"}, "Connection refused"),
        ({"host": "no-such-host.invalid"}, "no-such-host.invalid"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_server_that_cannot_be_reached_is_refused_saying_why(
    database: str, change: dict[str, str], said: str
) -> None:
    with pytest.raises(DatabaseRefused) as caught:
        await opened(make_dsn(database, **change))
    assert said in caught.value.message
    assert caught.value.hint
    secret = parse_dsn(database)["password"]
    assert secret not in caught.value.message
    assert "\n" not in caught.value.message


@pytest_twisted.ensureDeferred
async def test_a_server_that_never_answers_is_given_up(database: str) -> None:
    """libpq's own connect_timeout does nothing for an asynchronous connection."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = str(silent.getsockname()[1])
        dsn = make_dsn(database, host="127.0.0.1", port=port)
        with pytest.raises(DatabaseRefused, match=r"did not answer within 0\.2 s"):
            await opened(dsn, connect_timeout_s=0.2)


@pytest_twisted.ensureDeferred
async def test_a_server_that_may_lose_commits_is_refused(database: str) -> None:
    """The tests' own server is one."""
    pool = Pool(reactor, database)
    with pytest.raises(DatabaseRefused, match="fsync and full_page_writes off"):
        await pool.open()


@pytest_twisted.ensureDeferred
async def test_an_older_server_is_refused_with_its_version(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eerp.database.connect.VERSION_MIN", 19_00_00)
    with pytest.raises(DatabaseRefused, match=r"is version 18\.\d+; EERP needs"):
        await opened(database)


@pytest_twisted.ensureDeferred
async def test_a_version_with_known_holes_is_warned_of(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eerp.database.connect.VERSION_SOUND", 19_00_00)
    seen: list[Any] = []
    globalLogPublisher.addObserver(seen.append)
    pool = await opened(database)
    await pool.close()
    globalLogPublisher.removeObserver(seen.append)
    assert [e for e in seen if e.get("event") == "postgres_outdated"]


# Bounds


@pytest_twisted.ensureDeferred
async def test_the_queue_and_the_wait_are_bounded(database: str) -> None:
    pool = await opened(database, size=1, queue_max=1, wait_ms_max=50)
    held = await hold(pool)
    waits = Deferred.fromCoroutine(pool.query(ONE))
    assert pool.waiting == 1
    with pytest.raises(Overloaded, match="Too many"):
        await pool.query(ONE)
    with pytest.raises(Overloaded, match="in time"):
        await waits
    assert pool.waiting == 0
    await held.rollback()
    await pool.close()


@pytest_twisted.ensureDeferred
async def test_transactions_that_ask_for_a_second_connection_do_not_deadlock(
    database: str,
) -> None:
    """With txpostgres's pool two of these wait for each other for ever."""
    pool = await opened(database, size=2, wait_ms_max=100)
    await until(lambda: pool.idle == 2)
    held = [await hold(pool), await hold(pool)]
    nested = [Deferred.fromCoroutine(pool.query(ONE)) for _ in held]
    for inner in nested:
        with pytest.raises(Overloaded):
            await inner
    for outer in held:
        await outer.commit()
    assert await pool.query(ONE) == [(1,)]
    await pool.close()


@pytest_twisted.ensureDeferred
async def test_those_who_wait_are_served_in_order(database: str) -> None:
    pool = await opened(database, size=1)
    held = await hold(pool)
    served: list[int] = []

    async def ask(number: int) -> None:
        await pool.query(ONE)
        served.append(number)

    asked = [Deferred.fromCoroutine(ask(number)) for number in range(20)]
    await held.rollback()
    await gatherResults(asked)
    assert served == list(range(20))
    await pool.close()


@pytest_twisted.ensureDeferred
async def test_a_long_queue_that_fails_at_once_does_not_exhaust_the_stack(
    database: str,
) -> None:
    pool = await opened(database, size=1)
    held = await hold(pool)
    nul = Statement("SELECT %s", ("\0",))
    asked = [Deferred.fromCoroutine(pool.query(nul)) for _ in range(1000)]
    await held.rollback()
    for one in asked:
        with pytest.raises(ValidationFailed):
            await one
    await pool.close()


@pytest_twisted.ensureDeferred
async def test_one_who_no_longer_waits_is_not_served(database: str) -> None:
    pool = await opened(database, size=1)
    held = await hold(pool)
    waits = Deferred.fromCoroutine(pool.query(ONE))
    waits.cancel()
    with pytest.raises(CancelledError):
        await waits
    assert pool.waiting == 0
    await held.rollback()
    assert pool.idle == 1
    await pool.close()


@pytest_twisted.ensureDeferred
async def test_a_closed_pool_refuses_and_those_who_wait_hear_of_it(
    database: str,
) -> None:
    pool = await opened(database, size=1)
    held = await hold(pool)
    waits = Deferred.fromCoroutine(pool.query(ONE))
    await pool.close(within_s=0.05)
    for refused in (waits, pool.query(ONE)):
        with pytest.raises(DatabaseUnavailable, match="closed"):
            await refused
    with pytest.raises(ConnectionLost):
        await held.run(ONE)
    await held.rollback()
    assert (pool.size, pool.in_use) == (0, 0)


# Loss and healing


@pytest_twisted.ensureDeferred
async def test_connections_killed_while_idle_are_replaced(
    pool: Pool, kill_backends: Callable[[], None]
) -> None:
    await until(lambda: pool.idle == 4)
    before = await pool.query(PID)
    kill_backends()
    await until(lambda: pool.size < 4)
    await until(lambda: pool.idle == 4)
    assert await pool.query(PID) != before


@pytest_twisted.ensureDeferred
async def test_a_server_that_stops_and_starts_again_heals_by_itself(
    database: str, proxy: Proxy
) -> None:
    """While it is away, a refusal comes quickly."""
    pool = await opened(proxy.dsn)
    await until(lambda: pool.idle == 2)
    proxy.refuses = True
    proxy.cut()
    await until(lambda: pool.size == 0)
    began = reactor.seconds()
    with pytest.raises(DatabaseUnavailable):
        await pool.query(ONE)
    with pytest.raises(DatabaseUnavailable):
        await pool.ping()
    assert reactor.seconds() - began < 0.5
    proxy.refuses = False
    await until(lambda: pool.idle == 2)
    await pool.ping()
    await pool.close()


@pytest_twisted.ensureDeferred
async def test_a_connection_that_cannot_be_had_leaves_the_others_at_work(
    postgres: Embedded, database: str
) -> None:
    name = parse_dsn(database)["dbname"]
    run_as_superuser(postgres, f"ALTER DATABASE {name} CONNECTION LIMIT 1")
    pool = await opened(database)
    await deferLater(reactor, 0.2)
    assert pool.size == 1
    assert await pool.query(ONE) == [(1,)]
    run_as_superuser(postgres, f"ALTER DATABASE {name} CONNECTION LIMIT -1")
    await until(lambda: pool.size == 2)
    await pool.close()


@pytest_twisted.ensureDeferred
async def test_a_link_that_swallows_everything_ends_at_the_deadline(
    proxy: Proxy,
) -> None:
    pool = await opened(
        proxy.dsn, size=1, statement_timeout_ms=100, watchdog_margin_ms=100
    )
    transaction = await hold(pool)
    proxy.swallows = True
    with pytest.raises(ConnectionLost):
        await transaction.run(ONE)
    await transaction.rollback()
    proxy.swallows = False
    await until(lambda: pool.idle == 1)
    await pool.ping()
    await pool.close()


@pytest_twisted.ensureDeferred
async def test_a_ping_into_a_black_hole_ends_soon(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eerp.limits.PING_TIMEOUT_MS", 100)
    pool = await opened(proxy.dsn, size=1)
    proxy.swallows = True
    with pytest.raises(DatabaseUnavailable, match="did not answer"):
        await pool.ping()
    proxy.swallows = False
    await pool.close()


@pytest_twisted.ensureDeferred
async def test_descriptors_do_not_leak(database: str) -> None:

    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    pool = await opened(database)
    await pool.close()
    before = count()
    for _ in range(5):
        pool = await opened(database)
        await pool.query(ONE)
        await pool.close()
        with pytest.raises(DatabaseRefused):
            await opened(make_dsn(database, password="wrong"))
    assert count() == before


# Under load


@define
class Load:
    """Writers at work, whose count of acknowledged writes says when it is enough."""

    pool: Pool
    enough: int
    begun: set[int] = field(factory=set)
    acknowledged: list[int] = field(factory=list)

    async def writer(self, first: int) -> None:
        """Write number after number, every tenth cancelled on its way."""
        for number in range(first, first + 1000):
            if len(self.acknowledged) >= self.enough:
                return
            writing = Deferred.fromCoroutine(self.write(number))
            if number % 10 == 7:
                writing.cancel()
                writing.addErrback(lambda failure: failure.trap(CancelledError))
            await writing

    async def write(self, number: int) -> None:
        self.begun.add(number)
        transaction = self.pool.transaction(WRITE)
        try:
            if number % 3:
                await transaction.run(ONE)
            await transaction.run_last(
                Statement("INSERT INTO entry VALUES (%s)", (number,))
            )
            self.acknowledged.append(number)
        except EerpError:
            await transaction.rollback()
            # A pool without connections refuses at once; let it make new ones.
            await deferLater(reactor, 0.02)


@pytest_twisted.ensureDeferred
async def test_many_at_once_with_kills_and_cancellations_end_in_order(
    pool: Pool, look: Callable[[str], Any], kill_backends: Callable[[], None]
) -> None:
    """What was acknowledged is there, once; the rest at most once; nothing leaks."""
    look("CREATE TABLE entry (number integer)")
    load = Load(pool, enough=100)
    writers = [Deferred.fromCoroutine(load.writer(1000 * n)) for n in range(8)]
    for kill_at in (20, 40, 60):
        await until(lambda at=kill_at: len(load.acknowledged) >= at, SLOW_S)
        kill_backends()
    await gatherResults(writers)
    assert await pool.drain(SLOW_S)
    await until(lambda: pool.idle == 4, SLOW_S)
    assert (pool.size, pool.in_use, pool.waiting) == (4, 0, 0)
    await until(lambda: look(OTHER_BACKENDS) == [(4,)], SLOW_S)
    stored = [row[0] for row in look("SELECT number FROM entry")]
    assert len(stored) == len(set(stored))
    assert set(load.acknowledged) <= set(stored) <= load.begun
    assert len(load.acknowledged) >= load.enough
    assert await pool.query(ONE) == [(1,)]


def test_a_connector_keeps_its_password_to_itself(database: str) -> None:
    connector = Connector(reactor, database, 1.0, True)
    assert parse_dsn(database)["password"] not in repr(connector)
