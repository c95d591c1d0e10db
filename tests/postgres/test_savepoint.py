"""Savepoints, and what a transaction costs in round trips."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor

from eerp.database.pool import Pool
from eerp.database.transaction import PostgresTransaction
from eerp.errors import Conflict, ConnectionLost, SerializationFailed, ValidationFailed
from eerp.interfaces import Statement
from tests.postgres.conftest import READ, WRITE, Look, Proxy

NAMES = "SELECT string_agg(name, ',' ORDER BY name) FROM item"
ACTING = Statement("SELECT current_setting('eerp.module')")


def add(name: str) -> Statement:
    return Statement("INSERT INTO item (name) VALUES (%s) RETURNING name", (name,))


async def acting(transaction: PostgresTransaction) -> Any:
    return (await transaction.run(ACTING))[0][0]


@pytest_twisted.ensureDeferred
async def test_what_is_rolled_back_is_gone_and_the_rest_is_kept(
    pool: Pool, items: Look
) -> None:
    transaction = pool.transaction(WRITE)
    await transaction.run(add("a"))
    kept = transaction.savepoint()
    await transaction.run(add("b"))
    kept.release()
    dropped = transaction.savepoint()
    await transaction.run(add("c"))
    dropped.rollback()
    await transaction.run(add("d"))
    await transaction.commit()
    assert items(NAMES) == [("a,b,d",)]


@pytest.mark.parametrize("end", ["commit", "together", "last"])
@pytest_twisted.ensureDeferred
async def test_a_rollback_that_nothing_follows_goes_out_with_commit(
    pool: Pool, items: Look, end: str
) -> None:
    transaction = pool.transaction(WRITE)
    await transaction.run(add("a"))
    dropped = transaction.savepoint()
    await transaction.run(add("b"))
    dropped.rollback()
    if end == "commit":
        await transaction.commit()
    elif end == "together":
        await transaction.commit(add("c"))
    else:
        await transaction.run_last(add("c"))
    assert items(NAMES) == [("a",) if end == "commit" else ("a,c",)]


@pytest_twisted.ensureDeferred
async def test_a_failed_statement_is_forgiven_with_its_savepoint(
    pool: Pool, items: Look
) -> None:
    transaction = pool.transaction(WRITE)
    await transaction.run(add("a"))
    for wrong, error in ((add("a"), Conflict), (add("nul \0"), ValidationFailed)):
        savepoint = transaction.savepoint()
        await transaction.run(add("b"))
        with pytest.raises(error):
            await transaction.run(wrong)
        with pytest.raises(error):
            await transaction.run(add("c"))
        savepoint.rollback()
    await transaction.run(add("d"))
    await transaction.commit()
    assert items(NAMES) == [("a,d",)]


@pytest_twisted.ensureDeferred
async def test_a_savepoint_with_a_failed_statement_can_only_be_rolled_back(
    pool: Pool, items: Look
) -> None:
    transaction = pool.transaction(WRITE)
    await transaction.run(add("a"))
    savepoint = transaction.savepoint()
    with pytest.raises(Conflict):
        await transaction.run(add("a"))
    with pytest.raises(Conflict):
        savepoint.release()
    savepoint.rollback()
    await transaction.commit()
    assert items(NAMES) == [("a",)]


@pytest_twisted.ensureDeferred
async def test_the_very_first_statement_may_fail_in_a_savepoint(
    pool: Pool, items: Look
) -> None:
    items("INSERT INTO item (name) VALUES ('a')")
    for wrong, error in ((add("a"), Conflict), (add("nul \0"), ValidationFailed)):
        transaction = pool.transaction(WRITE)
        savepoint = transaction.savepoint()
        with pytest.raises(error):
            await transaction.run(wrong)
        savepoint.rollback()
        assert await transaction.run(add("b")) == [("b",)]
        await transaction.rollback()


@pytest_twisted.ensureDeferred
async def test_a_failure_from_before_a_savepoint_is_not_forgiven_with_it(
    pool: Pool, items: Look
) -> None:
    transaction = pool.transaction(WRITE)
    await transaction.run(add("a"))
    with pytest.raises(Conflict):
        await transaction.run(add("a"))
    savepoint = transaction.savepoint()
    savepoint.rollback()
    with pytest.raises(Conflict):
        await transaction.run(add("b"))
    with pytest.raises(Conflict):
        await transaction.commit()
    assert items(NAMES) == [(None,)]


@pytest_twisted.ensureDeferred
async def test_a_victim_stays_one_whatever_is_rolled_back(
    pool: Pool, items: Look
) -> None:
    items("INSERT INTO item (name) VALUES ('a')")
    change = Statement("UPDATE item SET size = size + 1")
    loser = pool.transaction(WRITE)
    await loser.run(Statement("SELECT 1"))
    await pool.transaction(WRITE).run_last(change)
    savepoint = loser.savepoint()
    with pytest.raises(SerializationFailed):
        await loser.run(change)
    savepoint.rollback()
    with pytest.raises(SerializationFailed):
        await loser.run(Statement("SELECT 1"))
    await loser.rollback()


@pytest_twisted.ensureDeferred
async def test_a_lost_connection_stays_lost_whatever_is_rolled_back(
    pool: Pool, items: Look, kill_backends: Any
) -> None:
    transaction = pool.transaction(WRITE)
    await transaction.run(add("a"))
    savepoint = transaction.savepoint()
    kill_backends()
    with pytest.raises(ConnectionLost):
        await transaction.run(add("b"))
    savepoint.rollback()
    with pytest.raises(ConnectionLost):
        await transaction.run(add("b"))
    await transaction.rollback()
    assert items(NAMES) == [(None,)]


@pytest_twisted.ensureDeferred
async def test_savepoints_nest_and_the_outer_one_takes_the_inner_ones_back(
    pool: Pool, items: Look
) -> None:
    transaction = pool.transaction(WRITE)
    outer = transaction.savepoint()
    await transaction.run(add("a"))
    inner = transaction.savepoint()
    await transaction.run(add("b"))
    inner.release()
    failing = transaction.savepoint()
    with pytest.raises(Conflict):
        await transaction.run(add("b"))
    failing.rollback()
    unused = transaction.savepoint()
    unused.release()
    outer.rollback()
    await transaction.run(add("c"))
    await transaction.commit()
    assert items(NAMES) == [("c",)]


@pytest_twisted.ensureDeferred
async def test_who_acts_changes_within_a_savepoint_and_back(pool: Pool) -> None:
    transaction = pool.transaction(WRITE)
    outer = transaction.savepoint("crm")
    assert await acting(transaction) == "crm"
    inner = transaction.savepoint("core")
    assert await acting(transaction) == "core"
    inner.release()
    assert await acting(transaction) == "crm"
    inner = transaction.savepoint("it's")
    assert await acting(transaction) == "it's"
    inner.rollback()
    assert await acting(transaction) == "crm"
    outer.release()
    assert await acting(transaction) == "test"
    unsent = transaction.savepoint("crm")
    unsent.rollback()
    assert await acting(transaction) == "test"
    await transaction.commit()


# Round trips


async def behind(proxy: Proxy) -> Pool:
    pool = Pool(reactor, proxy.dsn, size=1, require_durable=False)
    await pool.open()
    proxy.round_trips = 0
    return pool


@pytest_twisted.ensureDeferred
async def test_one_statement_is_one_round_trip(proxy: Proxy, items: Look) -> None:
    pool = await behind(proxy)
    await pool.transaction(READ).run_last(Statement("SELECT 1"))
    assert proxy.round_trips == 1
    await pool.transaction(WRITE).run_last(add("a"))
    assert proxy.round_trips == 2
    await pool.close()


@pytest_twisted.ensureDeferred
async def test_beginning_costs_no_round_trip_of_its_own(
    proxy: Proxy, items: Look
) -> None:
    pool = await behind(proxy)
    transaction = pool.transaction(WRITE)
    await transaction.run(add("a"))
    await transaction.run(add("b"))
    assert proxy.round_trips == 2
    await transaction.commit()
    assert proxy.round_trips == 3
    await pool.close()


@pytest_twisted.ensureDeferred
async def test_savepoints_cost_no_round_trip(proxy: Proxy, items: Look) -> None:
    pool = await behind(proxy)
    transaction = pool.transaction(WRITE)
    for name, ending in (("a", "release"), ("b", "rollback"), ("c", "release")):
        savepoint = transaction.savepoint("crm")
        await transaction.run(add(name))
        getattr(savepoint, ending)()
    savepoint = transaction.savepoint()
    with pytest.raises(Conflict):
        await transaction.run(add("a"))
    savepoint.rollback()
    await transaction.commit(add("d"))
    assert proxy.round_trips == 5
    assert items(NAMES) == [("a,c,d",)]
    await pool.close()
