"""Transactions that are cancelled, or lose their connection."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred

from eerp.database.pool import Pool
from eerp.errors import (
    ConnectionLost,
    EerpError,
)
from eerp.interfaces import Statement
from tests.postgres.conftest import READ, WRITE, Look, Proxy
from tests.postgres.test_transaction import (
    ADD,
    COUNT,
    after,
    open_pool,
)

# Cancellation


@pytest.mark.parametrize("seconds", [0.02, 30])
@pytest_twisted.ensureDeferred
async def test_a_cancelled_statement_leaves_a_pool_in_order(
    pool: Pool, items: Look, seconds: float
) -> None:
    transaction = pool.transaction(WRITE)
    await transaction.run(ADD)
    sleep = Statement("SELECT pg_sleep(%s)", (seconds,))
    running = Deferred.fromCoroutine(transaction.run(sleep))
    await after(0.01, running.cancel)
    with pytest.raises(CancelledError):
        await running
    await transaction.rollback()
    assert pool.in_use == 0
    assert items(COUNT) == [(0,)]
    with pytest.raises(EerpError, match="cancelled"):
        await transaction.commit()


@pytest_twisted.ensureDeferred
async def test_a_cancelled_statement_nobody_waits_for_leaks_nothing(
    pool: Pool,
) -> None:
    for begin in (READ, WRITE):
        one = pool.transaction(begin)
        running = Deferred.fromCoroutine(one.run_last(Statement("SELECT pg_sleep(30)")))
        await after(0.01, running.cancel)
        with pytest.raises(CancelledError):
            await running
    assert await pool.drain(1.0)


@pytest_twisted.ensureDeferred
async def test_the_server_gives_up_a_statement_whose_client_left(
    pool: Pool, look: Look
) -> None:
    running = Deferred.fromCoroutine(pool.query(Statement("SELECT pg_sleep(31)")))
    await after(0.01, running.cancel)
    with pytest.raises(CancelledError):
        await running
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%sleep(31)%'"
        " AND state = 'active' AND pid <> pg_backend_pid()"
    )
    for _ in range(40):
        if look(asked) == [(0,)]:
            return
        await after(0.1, lambda: None)
    pytest.fail("the statement still runs")


# Loss


@pytest_twisted.ensureDeferred
async def test_a_backend_killed_in_a_transaction_is_a_lost_connection(
    pool: Pool, items: Look, kill_backends: Callable[[], None]
) -> None:
    transaction = pool.transaction(WRITE)
    await transaction.run(ADD)
    kill_backends()
    with pytest.raises(ConnectionLost):
        await transaction.run(ADD)
    with pytest.raises(ConnectionLost):
        await transaction.commit()
    assert items(COUNT) == [(0,)]


@pytest_twisted.ensureDeferred
async def test_a_backend_killed_under_a_statement_is_a_lost_connection(
    pool: Pool, kill_backends: Callable[[], None]
) -> None:
    transaction = pool.transaction(READ)
    await transaction.run(Statement("SELECT 1"))
    reactor.callLater(0.05, kill_backends)
    with pytest.raises(ConnectionLost):
        await transaction.run(Statement("SELECT pg_sleep(5)"))
    await transaction.rollback()


@pytest_twisted.ensureDeferred
async def test_a_link_cut_under_a_reader_is_a_plain_loss(proxy: Proxy) -> None:
    pool = await open_pool(proxy.dsn)
    proxy.cut_after = b"SELECT 42"
    with pytest.raises(ConnectionLost):
        await pool.query(Statement("SELECT 42"))
    await pool.close()
