"""A connection lost at each moment of a write: what is answered is what happened."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg2
import pytest
import pytest_twisted
from attrs import evolve
from psycopg2.extensions import parse_dsn
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from eerp.database.embedded import Embedded
from eerp.database.pool import Pool
from eerp.database.transaction import PostgresTransaction
from eerp.errors import ConnectionLost, DatabaseUnavailable, OutcomeUnknown
from eerp.interfaces import Rows, Statement
from tests.conftest import run_as_superuser
from tests.postgres.conftest import READ, WRITE, Look, Proxy

ADD = Statement(
    'INSERT INTO item (name, "transaction")'
    " VALUES ('pen', current_setting('eerp.transaction')) RETURNING name"
)
COUNT = "SELECT count(*) FROM item"
WAYS = ["commit", "last", "alone", "together"]
"""How a write is committed: by itself, after its last statement, as one message, in one
message with its last statement."""


def recover(token: str) -> Statement:
    """What reads the rows of ADD once they are stored."""
    return Statement('SELECT name FROM item WHERE "transaction" = %s', (token,))


@pytest.fixture
def traced(items: Look) -> Look:
    """The table, with a column for the token of who wrote the row."""
    items('ALTER TABLE item ADD "transaction" text')
    return items


@pytest_twisted.async_yield_fixture
async def distant(proxy: Proxy, request: pytest.FixtureRequest) -> AsyncIterator[Pool]:
    """A pool behind the proxy, of two connections unless the test says how many."""
    size = getattr(request, "param", 2)
    pool = Pool(reactor, proxy.dsn, size=size, require_durable=False)
    await pool.open()
    yield pool
    await pool.close()


async def write(transaction: PostgresTransaction, way: str) -> Rows:
    """Store one item, one way or the other."""
    if way == "alone":
        return await transaction.run_last(ADD, recover)
    await transaction.run(Statement("SELECT 'first'"))
    if way == "last":
        return await transaction.run_last(ADD)
    if way == "together":
        await transaction.commit(ADD)
        return [("pen",)]
    rows = await transaction.run(ADD)
    await transaction.commit()
    return rows


def last_words(way: str) -> bytes:
    """Bytes of the message that commits."""
    return b"INSERT" if way == "alone" else b"COMMIT"


@pytest.mark.parametrize("way", WAYS)
@pytest_twisted.ensureDeferred
async def test_a_commit_whose_answer_is_lost_is_found_to_be_done(
    proxy: Proxy, distant: Pool, traced: Look, way: str
) -> None:
    proxy.cut_after = last_words(way)
    transaction = distant.transaction(WRITE)
    assert await write(transaction, way) == [("pen",)]
    assert proxy.cut_after is None, "nothing was cut"
    assert not transaction.committing
    await transaction.rollback()
    assert traced(COUNT) == [(1,)]


@pytest.mark.parametrize("way", WAYS)
@pytest_twisted.ensureDeferred
async def test_a_commit_that_never_arrived_is_found_to_be_undone(
    proxy: Proxy, distant: Pool, traced: Look, way: str
) -> None:
    proxy.cut_before = last_words(way)
    transaction = distant.transaction(WRITE)
    with pytest.raises(ConnectionLost):
        await write(transaction, way)
    assert proxy.cut_before is None, "nothing was cut"
    await transaction.rollback()
    assert traced(COUNT) == [(0,)]
    assert await write(distant.transaction(WRITE), way) == [("pen",)]
    assert traced(COUNT) == [(1,)]


@pytest.mark.parametrize("way", WAYS)
@pytest_twisted.ensureDeferred
async def test_a_backend_killed_under_the_statement_leaves_nothing(
    pool: Pool, database: str, traced: Look, way: str
) -> None:
    """It waits for a lock when it is killed."""
    holder = psycopg2.connect(database)
    holder.cursor().execute("LOCK TABLE item IN EXCLUSIVE MODE")
    transaction = pool.transaction(WRITE)
    writing = Deferred.fromCoroutine(write(transaction, way))
    await deferLater(reactor, 0.1)
    cursor = holder.cursor()
    cursor.execute(
        "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    assert cursor.rowcount == 1
    holder.rollback()
    holder.close()
    with pytest.raises(ConnectionLost):
        await writing
    await transaction.rollback()
    assert traced(COUNT) == [(0,)]


@pytest_twisted.ensureDeferred
async def test_a_statement_that_still_runs_is_ended_before_one_looks(
    proxy: Proxy, distant: Pool, database: str, traced: Look
) -> None:
    """The link is cut while the server waits for a lock: it could commit later."""
    holder = psycopg2.connect(database)
    holder.cursor().execute("LOCK TABLE item IN EXCLUSIVE MODE")
    proxy.cut_after = b"INSERT"
    with pytest.raises(ConnectionLost):
        await distant.transaction(WRITE).run_last(
            ADD, lambda _: Statement("SELECT 1 LIMIT 0")
        )
    holder.rollback()
    holder.close()
    await deferLater(reactor, 0.1)
    assert traced(COUNT) == [(0,)]


@pytest.mark.parametrize("distant", [1], indirect=True)
@pytest_twisted.ensureDeferred
async def test_the_locks_of_a_connection_lost_in_the_middle_are_soon_free(
    proxy: Proxy, distant: Pool, traced: Look
) -> None:
    """Its server process knows of nothing, and whoever comes would wait for it."""
    traced("INSERT INTO item (name) VALUES ('pen')")
    holder = distant.transaction(WRITE)
    await holder.run(Statement("UPDATE item SET size = 2"))
    (link,) = proxy.links
    proxy.strand(link)
    began = reactor.seconds()
    other = distant.transaction(WRITE)
    locked = await other.run(Statement("SELECT size FROM item FOR UPDATE"))
    await other.commit()
    assert locked == [(1,)]
    assert reactor.seconds() - began < 2
    await holder.rollback()


@pytest_twisted.ensureDeferred
async def test_only_the_process_of_the_lost_connection_is_ended(
    pool: Pool, traced: Look
) -> None:
    """Its pid may be another's by now; the start tells them apart."""
    transaction = pool.transaction(READ)
    await transaction.run(Statement("SELECT 1"))
    connection = transaction._connection
    assert connection is not None
    other = evolve(connection.backend, started="2001-01-01 00:00:00+00")
    rows = await pool.outcomes.rows(other, Statement("SELECT 42"))
    assert rows == [(42,)]
    assert await transaction.run(Statement("SELECT 1")) == [(1,)]
    await transaction.commit()


@pytest.mark.parametrize("traces", [True, False])
@pytest.mark.parametrize("since", [{"timeline": "000000FF"}, {"crash": "2001-01-01"}])
@pytest_twisted.ensureDeferred
async def test_after_a_failover_or_crash_a_trace_proves_a_commit_and_its_lack_nothing(
    proxy: Proxy, distant: Pool, traced: Look, traces: bool, since: dict[str, str]
) -> None:
    """The number may be that of another transaction by now."""
    transaction = distant.transaction(WRITE)
    await transaction.run(ADD)
    connection = transaction._connection
    assert connection is not None
    connection.backend = evolve(connection.backend, **since)
    if traces:
        await transaction.run(Statement(
            "INSERT INTO eerp.idempotency (user_id, key, fingerprint, \"transaction\")"
            " VALUES ('ann', 'k', '', %s)", (transaction.token,),
        ))  # fmt: skip
    proxy.cut_after = b"COMMIT"
    if traces:
        await transaction.commit()
    else:
        with pytest.raises(OutcomeUnknown):
            await transaction.commit()
    assert traced(COUNT) == [(1,)]


@pytest_twisted.ensureDeferred
async def test_a_number_that_a_crash_took_back_was_never_committed(
    pool: Pool, traced: Look
) -> None:
    transaction = pool.transaction(READ)
    await transaction.run(Statement("SELECT 1"))
    connection = transaction._connection
    assert connection is not None
    lost = evolve(connection.backend, started="2001-01-01 00:00:00+00", crash="x")
    assert not await pool.outcomes.committed(lost, str(2**40), transaction.token)
    await transaction.rollback()


@pytest_twisted.ensureDeferred
async def test_a_connection_that_is_lost_before_commit_is_sent_leaves_no_doubt(
    proxy: Proxy, distant: Pool, traced: Look
) -> None:
    transaction = distant.transaction(WRITE)
    await transaction.run(ADD)
    connection = transaction._connection
    assert connection is not None
    connection.abort()
    with pytest.raises(ConnectionLost):
        await transaction.commit()
    assert traced(COUNT) == [(0,)]


@pytest_twisted.ensureDeferred
async def test_a_lone_write_that_nobody_can_recover_stays_unknown(
    proxy: Proxy, distant: Pool, traced: Look
) -> None:
    proxy.cut_after = b"INSERT"
    with pytest.raises(OutcomeUnknown):
        await distant.transaction(WRITE).run_last(ADD)
    assert traced(COUNT) == [(1,)]


@pytest_twisted.ensureDeferred
async def test_a_database_that_stays_away_leaves_the_outcome_unknown(
    proxy: Proxy, distant: Pool, traced: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eerp.limits.OUTCOME_WAIT_MS_MAX", 200)
    transaction = distant.transaction(WRITE)
    await transaction.run(ADD)
    proxy.cut_after, proxy.refuses = b"COMMIT", True
    with pytest.raises(OutcomeUnknown):
        await transaction.commit()
    await transaction.rollback()
    proxy.refuses = False


@pytest_twisted.ensureDeferred
async def test_a_database_that_comes_back_is_asked(
    proxy: Proxy, distant: Pool, traced: Look
) -> None:
    transaction = distant.transaction(WRITE)
    await transaction.run(ADD)
    proxy.cut_after, proxy.refuses = b"COMMIT", True
    reactor.callLater(0.5, setattr, proxy, "refuses", False)
    await transaction.commit()
    assert traced(COUNT) == [(1,)]


@pytest_twisted.ensureDeferred
async def test_a_schema_change_whose_commit_is_lost_is_found_to_be_done(
    proxy: Proxy, distant: Pool, traced: Look
) -> None:
    transaction = distant.exclusive(WRITE)
    await transaction.run(Statement("CREATE TABLE further ()"))
    proxy.cut_after = b"COMMIT"
    await transaction.commit()
    assert traced("SELECT to_regclass('further') IS NOT NULL") == [(True,)]


@pytest_twisted.ensureDeferred
async def test_backends_killed_all_along_never_make_an_answer_wrong(
    pool: Pool, traced: Look, postgres: Embedded, database: str
) -> None:
    """Each item is written until it is said to be; then each is there once."""
    traced("ALTER TABLE item ADD n integer")
    name = parse_dsn(database)["dbname"]
    kill = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{name}' ORDER BY random() LIMIT 1"
    )
    stop = False

    async def killer() -> None:
        while not stop:
            run_as_superuser(postgres, kill)
            await deferLater(reactor, 0.02)

    async def writer(first: int) -> None:
        for n in range(first, first + 40):
            await _written(pool, n)

    killing = Deferred.fromCoroutine(killer())
    for work in [Deferred.fromCoroutine(writer(1000 * k)) for k in range(4)]:
        await work
    stop = True
    await killing
    await deferLater(reactor, 0.1)
    stored = [n for (n,) in traced("SELECT n FROM item ORDER BY n")]
    assert stored == [1000 * k + n for k in range(4) for n in range(40)]


async def _written(pool: Pool, n: int) -> None:
    add = Statement(
        'INSERT INTO item (name, n, "transaction") VALUES (%s, %s,'
        " current_setting('eerp.transaction')) RETURNING name", (f"i{n}", n),
    )  # fmt: skip
    while True:
        transaction = pool.transaction(WRITE)
        try:
            if n % 3:
                await transaction.run(Statement("SELECT 1"))
            if n % 3 == 1:
                await transaction.commit(add)
            else:
                await transaction.run_last(add, recover)
        except (ConnectionLost, DatabaseUnavailable):
            await transaction.rollback()
            await deferLater(reactor, 0.01)
        else:
            return
