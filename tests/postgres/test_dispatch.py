"""One request is one transaction in one guest, and again when it is the victim."""

from __future__ import annotations

import json
from typing import Any

import psycopg2
import pytest
import pytest_twisted
from attrs import evolve
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred, gatherResults
from twisted.internet.task import deferLater

from eerp.errors import (
    Conflict,
    GuestProtocolError,
    GuestTrapped,
    Refusal,
    RequestOutOfTime,
)
from eerp.interfaces import Reply
from tests.postgres.counters import ANN, Bench


@pytest_twisted.ensureDeferred
async def test_what_a_handler_did_is_committed_when_it_answers(bench: Bench) -> None:
    reply = await bench.send(1, op="create", values={"name": "a"})

    assert reply.status == 200
    assert json.loads(reply.body)["created_by"] == ANN.user_id
    assert await bench.rows() == [("a", 0, 1)]


@pytest.mark.parametrize(
    ("handler_id", "error"),
    [(3, Refusal), (4, GuestTrapped), (5, GuestProtocolError)],
)
@pytest_twisted.ensureDeferred
async def test_a_refusal_a_panic_or_nonsense_takes_everything_back(
    bench: Bench, handler_id: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await bench.send(handler_id, op="create", values={"name": "a"})

    assert await bench.rows() == []


@pytest_twisted.ensureDeferred
async def test_a_swallowed_database_error_is_the_answer_all_the_same(
    bench: Bench,
) -> None:
    """The guest ignores that its name is taken and says 200."""
    await bench.make("a")

    with pytest.raises(Conflict):
        await bench.send(1, op="create", values={"name": "a"})

    assert await bench.rows() == [("a", 0, 1)]


@pytest_twisted.ensureDeferred
async def test_two_operations_are_one_transaction(bench: Bench) -> None:
    """The second of two equal names fails, and the first is gone with it."""
    with pytest.raises(Conflict):
        await bench.send(2, op="create", values={"name": "twice"})

    assert await bench.rows() == []


@pytest_twisted.ensureDeferred
async def test_victims_of_a_conflict_run_again_until_all_are_done(bench: Bench) -> None:
    """Sixteen requests update one row twice each, four at a time."""
    counter = await bench.make("a")

    def update(value: int) -> Deferred[Reply]:
        return bench.send(2, op="update", id=counter, values={"value": value})

    for n in range(4):
        await gatherResults([update(10 * n + k) for k in range(4)])

    ((name, _value, version),) = await bench.rows()
    assert (name, version) == ("a", 1 + 2 * 16)


def _locked(dsn: str) -> Any:
    """Another session that holds every counter locked."""
    session = psycopg2.connect(dsn)
    session.cursor().execute("select 1 from demo.counters for update")
    return session


@pytest_twisted.ensureDeferred
async def test_the_deadline_ends_a_request_that_waits(bench: Bench) -> None:
    counter = await bench.make("a")
    session = _locked(bench.dsn)
    program = bench.dispatcher.programs["demo"]
    bench.dispatcher.programs["demo"] = evolve(program, deadline_ms=200)

    with pytest.raises(RequestOutOfTime, match="longer than its 200 ms"):
        await bench.send(1, op="update", id=counter, values={"value": 5})

    session.close()
    assert await bench.rows() == [("a", 0, 1)]


@pytest_twisted.ensureDeferred
async def test_a_client_that_left_takes_its_work_back(bench: Bench) -> None:
    counter = await bench.make("a")
    session = _locked(bench.dsn)
    waiting = bench.send(2, op="update", id=counter, values={"value": 5})
    await deferLater(reactor, 0.1)

    bench.runs[-1].cancel()

    with pytest.raises(CancelledError):
        await waiting
    session.close()
    await bench.pool.drain(5)
    assert await bench.rows() == [("a", 0, 1)]


@pytest_twisted.ensureDeferred
async def test_a_connection_lost_before_commit_costs_nobody_anything(
    bench: Bench,
) -> None:
    """The backend is killed while the request waits; the handler runs again."""
    counter = await bench.make("a")
    session = _locked(bench.dsn)
    waiting = bench.send(1, op="update", id=counter, values={"value": 5})
    await deferLater(reactor, 0.1)
    _terminate_waiting(session)
    session.rollback()

    reply = await waiting

    session.close()
    assert json.loads(reply.body)["value"] == 5
    assert await bench.rows() == [("a", 5, 2)]


def _terminate_waiting(session: Any) -> None:
    cursor = session.cursor()
    cursor.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where wait_event_type = 'Lock' and datname = current_database()"
    )
    assert cursor.rowcount == 1


@pytest_twisted.ensureDeferred
async def test_many_requests_at_once_share_few_connections(bench: Bench) -> None:
    """Sixty handlers of two operations each, on a pool of four."""
    replies = await gatherResults(
        [
            bench.send(1, op="create", values={"name": f"n{number:02}"})
            for number in range(60)
        ]
    )

    assert {reply.status for reply in replies} == {200}
    assert len(await bench.rows()) == 60
