"""Transactions on a real server, and each known trap of the driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import pytest_twisted
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from eerp.database.pool import Pool
from eerp.database.transaction import PostgresTransaction
from eerp.errors import (
    Conflict,
    EerpError,
    SerializationFailed,
    StatementTimeout,
    ValidationFailed,
)
from eerp.interfaces import Statement, TransactionBegin
from tests.postgres.conftest import READ, WRITE, Look

SETTINGS = Statement(
    "SELECT current_setting('transaction_isolation'),"
    " current_setting('transaction_read_only'),"
    " coalesce(current_setting('eerp.actor', true), '')"
)
ADD = Statement("INSERT INTO item (name) VALUES (%s) RETURNING name", ("pen",))
COUNT = "SELECT count(*) FROM item"


async def value(transaction: PostgresTransaction, sql: str, *parameters: Any) -> Any:
    return (await transaction.run(Statement(sql, parameters)))[0][0]


async def open_pool(dsn: str, **options: Any) -> Pool:
    pool = Pool(reactor, dsn, size=2, require_durable=False, **options)
    await pool.open()
    return pool


def after(seconds: float, step: Callable[[], object]) -> Deferred[object]:
    return deferLater(reactor, seconds, step)


# What a transaction is


@pytest_twisted.ensureDeferred
async def test_every_way_of_running_has_the_isolation_and_mode_it_should(
    pool: Pool,
) -> None:
    for begin, expected in (
        (READ, ("repeatable read", "on", "")),
        (WRITE, ("repeatable read", "off", "ann")),
    ):
        assert await pool.transaction(begin).run_last(SETTINGS) == [expected]
        transaction = pool.transaction(begin)
        assert await transaction.run(SETTINGS) == [expected]
        assert await transaction.run_last(SETTINGS) == [expected]


@pytest_twisted.ensureDeferred
async def test_what_is_committed_is_there_and_what_is_not_is_not(
    pool: Pool, items: Look
) -> None:
    transaction = pool.transaction(WRITE)
    assert await transaction.run(ADD) == [("pen",)]
    await transaction.rollback()
    assert items(COUNT) == [(0,)]
    transaction = pool.transaction(WRITE)
    await transaction.run(ADD)
    await transaction.commit()
    assert items(COUNT) == [(1,)]


@pytest_twisted.ensureDeferred
async def test_the_actor_ends_with_the_transaction(pool: Pool) -> None:
    await pool.transaction(WRITE).run_last(SETTINGS)
    for _ in range(pool.size):
        assert (await pool.transaction(READ).run_last(SETTINGS))[0][2] == ""


@pytest_twisted.ensureDeferred
async def test_a_reader_cannot_write(pool: Pool, items: Look) -> None:
    for alone in (True, False):
        transaction = pool.transaction(READ)
        if not alone:
            await transaction.run(Statement("SELECT 1"))
        with pytest.raises(EerpError):
            await transaction.run_last(ADD)
        await transaction.rollback()
    assert items(COUNT) == [(0,)]


@pytest_twisted.ensureDeferred
async def test_one_snapshot_serves_the_whole_transaction(
    pool: Pool, items: Look
) -> None:
    transaction = pool.transaction(READ)
    assert await value(transaction, COUNT) == 0
    items("INSERT INTO item (name) VALUES ('late')")
    assert await value(transaction, COUNT) == 0
    await transaction.commit()
    assert await pool.query(Statement(COUNT)) == [(1,)]


@pytest_twisted.ensureDeferred
async def test_a_transaction_without_statements_takes_no_connection(pool: Pool) -> None:
    for end in ("commit", "rollback"):
        await getattr(pool.transaction(WRITE), end)()
    assert pool.in_use == 0


@pytest_twisted.ensureDeferred
async def test_a_finished_transaction_runs_nothing_more(pool: Pool) -> None:
    transaction = pool.transaction(READ)
    await transaction.run_last(Statement("SELECT 1"))
    await transaction.commit()
    await transaction.rollback()
    with pytest.raises(EerpError, match="over"):
        await transaction.run(Statement("SELECT 1"))


@pytest_twisted.ensureDeferred
async def test_two_statements_at_once_are_refused(pool: Pool) -> None:
    transaction = pool.transaction(READ)
    await transaction.run(Statement("SELECT 1"))
    slow = Deferred.fromCoroutine(transaction.run(Statement("SELECT pg_sleep(0.1)")))
    with pytest.raises(EerpError, match="at once"):
        await transaction.run(Statement("SELECT 2"))
    await slow
    await transaction.rollback()


# Failure


@pytest_twisted.ensureDeferred
async def test_a_failed_statement_poisons_the_transaction(
    pool: Pool, items: Look
) -> None:
    transaction = pool.transaction(WRITE)
    await transaction.run(ADD)
    with pytest.raises(Conflict) as first:
        await transaction.run(ADD)
    with pytest.raises(Conflict) as second:
        await transaction.run(Statement("SELECT 1"))
    with pytest.raises(Conflict) as third:
        await transaction.commit()
    assert first.value is second.value is third.value
    assert items(COUNT) == [(0,)]


@pytest_twisted.ensureDeferred
async def test_a_commit_that_postgres_turned_into_a_rollback_is_an_error(
    pool: Pool, items: Look
) -> None:
    """COMMIT of an aborted transaction succeeds, with the tag ROLLBACK."""
    transaction = pool.transaction(WRITE)
    await transaction.run(ADD)
    connection = transaction._connection
    assert connection is not None
    with pytest.raises(EerpError):
        await connection.send(b"SELECT 1/0")
    with pytest.raises(EerpError, match="rolled back instead"):
        await transaction.commit()
    assert items(COUNT) == [(0,)]


@pytest.mark.parametrize("sql", ["COMMIT", "ROLLBACK; SELECT 1", "COMMIT; BEGIN"])
@pytest_twisted.ensureDeferred
async def test_a_statement_that_leaves_the_transaction_fails_it(
    pool: Pool, items: Look, sql: str
) -> None:
    transaction = pool.transaction(WRITE)
    await transaction.run(Statement("SELECT 1"))
    with pytest.raises(EerpError, match="left its transaction"):
        await transaction.run(Statement(sql))
    await transaction.rollback()


@pytest_twisted.ensureDeferred
async def test_opening_a_transaction_in_the_last_statement_fails(pool: Pool) -> None:
    with pytest.raises(EerpError, match="left its transaction"):
        await pool.transaction(READ).run_last(Statement("BEGIN; SELECT 1"))


@pytest_twisted.ensureDeferred
async def test_copy_costs_its_connection_and_nothing_else(
    pool: Pool, items: Look
) -> None:
    transaction = pool.transaction(READ)
    with pytest.raises(EerpError):
        await transaction.run(Statement("COPY item TO STDOUT"))
    await transaction.rollback()
    for _ in range(5):
        assert await pool.query(Statement("SELECT 1")) == [(1,)]


@pytest.mark.parametrize(
    ("sql", "kind", "pointer", "code"),
    [
        ("INSERT INTO item (name) VALUES ('a'), ('a')", Conflict, "/name", "unique"),
        ("INSERT INTO item DEFAULT VALUES", ValidationFailed, "/name", "required"),
        ("INSERT INTO item (name, size) VALUES ('secret', 0)", ValidationFailed, "",
         "check"),
        ("INSERT INTO item (name, parent) VALUES ('a', 77)", ValidationFailed,
         "/parent", "reference"),
        ("INSERT INTO item (name, size) VALUES ('a', 'secret')", ValidationFailed, "",
         "invalid"),
        ("INSERT INTO item (name, size) VALUES ('a', 99999999999)", ValidationFailed,
         "", "invalid"),
        ("INSERT INTO item (name) VALUES (repeat(md5(random()::text), 300)"
         " || (SELECT string_agg(md5(g::text), '') FROM generate_series(1, 900) g))",
         ValidationFailed, "", "invalid"),
    ],
)  # fmt: skip
@pytest_twisted.ensureDeferred
async def test_a_broken_constraint_names_the_column_and_never_the_value(
    pool: Pool, items: Look, sql: str, kind: type[EerpError], pointer: str, code: str
) -> None:
    with pytest.raises(kind) as caught:
        await pool.transaction(WRITE).run_last(Statement(sql))
    fault = caught.value.errors[0]
    assert (fault.pointer, fault.code) == (pointer, code)
    said = f"{caught.value.message} {caught.value.detail} {fault.message}"
    assert "secret" not in said
    assert "77" not in said


@pytest_twisted.ensureDeferred
async def test_a_record_that_others_refer_to_stays(pool: Pool, items: Look) -> None:
    items("INSERT INTO item (id, name, parent) VALUES (1, 'a', NULL), (2, 'b', 1)")
    with pytest.raises(Conflict, match="refer"):
        await pool.transaction(WRITE).run_last(Statement("DELETE FROM item WHERE id=1"))


@pytest_twisted.ensureDeferred
async def test_a_constraint_checked_at_commit_fails_the_commit(
    pool: Pool, items: Look
) -> None:
    items("ALTER TABLE item ADD UNIQUE (size) DEFERRABLE INITIALLY DEFERRED")
    two = Statement("INSERT INTO item (name) VALUES ('a'), ('b') RETURNING id")
    with pytest.raises(Conflict):
        await pool.transaction(WRITE).run_last(two)
    transaction = pool.transaction(WRITE)
    await transaction.run(two)
    with pytest.raises(Conflict):
        await transaction.commit()
    assert items(COUNT) == [(0,)]


@pytest_twisted.ensureDeferred
async def test_contention_is_worth_a_retry_and_costs_no_connection(
    pool: Pool, items: Look
) -> None:
    """40001 is an OperationalError, which txpostgres would take for a death."""
    items("INSERT INTO item (name) VALUES ('a')")
    change = Statement("UPDATE item SET size = size + 1")
    loser = pool.transaction(WRITE)
    pid = await value(loser, "SELECT pg_backend_pid()")
    await pool.transaction(WRITE).run_last(change)
    with pytest.raises(SerializationFailed):
        await loser.run(change)
    await loser.rollback()
    assert await value(again := pool.transaction(READ), "SELECT pg_backend_pid()") == (
        pid
    )
    await again.commit()


@pytest_twisted.ensureDeferred
async def test_a_deadlock_and_a_lock_timeout_are_contention(
    database: str, items: Look
) -> None:
    items("INSERT INTO item (name) VALUES ('a'), ('b')")
    pool = await open_pool(database, lock_timeout_ms=100)
    lock = "SELECT FROM item WHERE name = %s FOR UPDATE"
    holder, waiter = pool.transaction(WRITE), pool.transaction(WRITE)
    await holder.run(Statement(lock, ("a",)))
    with pytest.raises(SerializationFailed):
        await waiter.run(Statement(lock, ("a",)))
    await waiter.rollback()
    await holder.rollback()
    await pool.close()


@pytest_twisted.ensureDeferred
async def test_a_slow_statement_is_told_from_a_cancelled_one(database: str) -> None:
    pool = await open_pool(database, statement_timeout_ms=100)
    with pytest.raises(StatementTimeout):
        await pool.query(Statement("SELECT pg_sleep(5)"))
    assert await pool.query(Statement("SELECT 1")) == [(1,)]
    await pool.close()


# Values


@pytest.mark.parametrize("text", ["nul \0 here", "half \ud800 a pair"])
@pytest_twisted.ensureDeferred
async def test_text_that_postgres_cannot_hold_is_the_clients_fault(
    pool: Pool, text: str
) -> None:
    for begin in (READ, WRITE):
        with pytest.raises(ValidationFailed):
            await pool.transaction(begin).run_last(Statement("SELECT %s", (text,)))
        transaction = pool.transaction(begin)
        with pytest.raises(ValidationFailed):
            await transaction.run(Statement("SELECT %s", (text,)))
        await transaction.rollback()


@pytest_twisted.ensureDeferred
async def test_a_percent_sign_stands_for_itself_unless_there_are_values(
    pool: Pool,
) -> None:
    for begin in (READ, WRITE):
        plain = Statement("SELECT 'a%' || 5 % 3 || '%%'")
        assert await pool.transaction(begin).run_last(plain) == [("a%2%%",)]
        bound = Statement("SELECT 'a%%' || %s", ("%s%d%",))
        transaction = pool.transaction(begin)
        assert await transaction.run(bound) == [("a%%s%d%",)]
        assert await transaction.run_last(bound) == [("a%%s%d%",)]


@settings(
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
        min_size=3,
        max_size=3,
    )
)
@pytest_twisted.ensureDeferred
async def test_values_come_back_as_they_went_in(pool: Pool, values: list[str]) -> None:
    hostile = [*values, "'; DROP TABLE item; --", "\\'; SELECT 1; --", "$$ %s {} \\x27"]
    sql = "SELECT " + ",".join(["%s::text"] * len(hostile))
    begin = TransactionBegin(
        read_only=False, actor=values[0], request_id=values[1], module=values[2]
    )
    rows = await pool.transaction(begin).run_last(Statement(sql, tuple(hostile)))
    assert rows == [tuple(hostile)]


# The session is clean for the next


@pytest.mark.parametrize(
    ("sql", "probe", "clean"),
    [
        ("SET search_path = pg_catalog", "SHOW search_path", "public"),
        ("SET statement_timeout = 0", "SHOW statement_timeout", "15s"),
        ("SET SESSION AUTHORIZATION eerp; SET ROLE eerp", "SHOW role", "none"),
        ("CREATE TEMP TABLE left_over ()", "SELECT to_regclass('left_over')", None),
        ("LISTEN gossip", "SELECT count(*) FROM pg_listening_channels()", 0),
        ("PREPARE left_over AS SELECT 1",
         "SELECT count(*) FROM pg_prepared_statements", 0),
        ("DO $$ BEGIN PERFORM pg_advisory_lock(7); END $$",
         "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", 0),
    ],
)  # fmt: skip
@pytest_twisted.ensureDeferred
async def test_nothing_is_left_in_the_session_for_the_next_request(
    database: str, sql: str, probe: str, clean: object
) -> None:
    pool = Pool(reactor, database, size=1, require_durable=False)
    await pool.open()
    transaction = pool.transaction(WRITE)
    await transaction.run(Statement(sql))
    await transaction.commit()
    assert await value(again := pool.transaction(READ), probe) == clean
    await again.commit()
    await pool.close()
