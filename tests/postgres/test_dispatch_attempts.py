"""Victims run again, in turn; what is no request runs the same way."""

from __future__ import annotations

import json
from typing import Any

import psycopg2
import pytest
import pytest_twisted
import wasmtime
from attrs import evolve
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred, gatherResults
from twisted.internet.task import Clock, deferLater

from eerp.errors import GuestTrapped, Refusal, SerializationFailed
from eerp.interfaces import ServiceContext, Statement, Transaction
from eerp.limits import TRANSACTION_ALONE_AFTER
from eerp.sandbox.attempts import Turns, persist
from eerp.services import core_offers
from tests.postgres.counters import ANN, Bench
from tests.sandbox.wat import data, frame, handle, wat

# Of fifty: hardly any needs a third attempt.
TRIES_MAX = 120
NEXT = Statement("update demo.counters set value = value + 1 returning value")


@pytest_twisted.ensureDeferred
async def test_fifty_clients_at_one_number_all_get_theirs_soon(bench: Bench) -> None:
    tries: list[str] = []

    async def number(context: ServiceContext, given: Any) -> Any:
        tries.append(given)
        return (await context.transaction.run(NEXT))[0][0]

    await bench.make("a")
    bench.services.known["core.next"] = number
    replies = await gatherResults(
        [bench.ask(6, {"service": "core.next", "input": "a"}) for _ in range(50)]
    )
    assert sorted(json.loads(reply.body) for reply in replies) == [*range(1, 51)]
    assert len(tries) < TRIES_MAX
    assert bench.dispatcher.turns.queues == {}


@pytest_twisted.ensureDeferred
async def test_fifty_clients_at_one_record_all_succeed_soon(bench: Bench) -> None:
    counter = await bench.make("a")
    await gatherResults(
        [bench.send(2, op="update", id=counter, values={"value": n}) for n in range(50)]
    )
    ((_name, _value, version),) = await bench.rows()
    assert version == 101
    assert bench.dispatcher.turns.queues == {}


@pytest_twisted.ensureDeferred
async def test_fifty_callers_of_one_sequence_all_succeed_soon(bench: Bench) -> None:
    """Each asks for it in other words, and still they find each other."""
    name = "eerp.sequences.next"
    offers = {offer.name: offer for offer in core_offers(reactor, None)}
    tries: list[str] = []

    async def number(context: ServiceContext, given: Any) -> Any:
        tries.append(given["prefix"])
        found = await offers[name].call(context, given)
        # What else a request does; the longer, the more of the others fail.
        await deferLater(reactor, 0.02)
        return found

    bench.services.known[name] = number
    asked = [
        {"name": "invoice", "padding": 1 + n % 15, "prefix": f"{n}-",
         "reset": "yearly", "date": f"2026-03-{1 + n % 28:02}"}
        for n in range(50)
    ]  # fmt: skip
    replies = await gatherResults(
        [bench.ask(6, {"service": name, "input": given}) for given in asked]
    )
    numbers = sorted(json.loads(reply.body)["number"] for reply in replies)
    assert numbers == [*range(1, 51)]
    assert len(tries) < TRIES_MAX
    assert bench.dispatcher.turns.queues == {}


# The queue by itself


def failed(subject: object) -> SerializationFailed:
    error = SerializationFailed("in the way")
    error.subject = subject
    return error


def persisting(
    turns: Turns, clock: Clock, attempt: Any, group: str | None = None
) -> Deferred[Any]:
    return Deferred.fromCoroutine(
        persist(attempt, turns, clock, lambda *_: None, group)
    )


def test_of_those_that_failed_on_a_record_one_at_a_time_tries() -> None:
    turns, clock = Turns(), Clock()
    tries: list[str] = []
    gates: dict[str, Deferred[str]] = {name: Deferred() for name in "abc"}

    def client(name: str) -> Any:
        async def attempt() -> str:
            tries.append(name)
            if tries.count(name) == 1:
                raise failed("r")
            return await gates[name]

        return attempt

    clients = [persisting(turns, clock, client(name)) for name in "abc"]
    clock.advance(1)
    assert tries == ["a", "b", "c", "a"]
    clients[1].cancel()
    clients[1].addErrback(lambda failure: failure.trap(CancelledError))
    gates["a"].callback("done")
    assert tries == ["a", "b", "c", "a", "c"]
    gates["c"].callback("done")
    assert turns.queues == {}


def test_nobody_keeps_a_place_while_waiting_for_another() -> None:
    """One failed on r and then on s, one on s and then on r: neither waits for ever."""
    turns, clock = Turns(), Clock()
    left = {"a": ["r", "s"], "b": ["s", "r"]}

    def client(name: str) -> Any:
        async def attempt() -> str:
            if left[name]:
                raise failed(left[name].pop(0))
            return name

        return attempt

    clients = [persisting(turns, clock, client(name)) for name in "ab"]
    for _ in range(10):
        clock.advance(1)
    assert [client.result for client in clients] == ["a", "b"]
    assert turns.queues == {}


def test_who_fails_here_and_there_goes_alone_at_last() -> None:
    """Three times another record was in its way: then those that come wait for it."""
    turns, clock = Turns(), Clock()
    tries: list[str] = []
    alone: Deferred[str] = Deferred()

    async def unlucky() -> str:
        tries.append("unlucky")
        if len(tries) <= TRANSACTION_ALONE_AFTER:
            raise failed(f"record {len(tries)}")
        return await alone

    async def newcomer() -> str:
        tries.append("newcomer")
        return "done"

    first = persisting(turns, clock, unlucky, group="shop")
    for _ in range(10):
        clock.advance(1)
    assert tries == ["unlucky"] * 4
    second = persisting(turns, clock, newcomer, group="shop")
    gone = persisting(turns, clock, newcomer, group="shop")
    gone.addErrback(lambda failure: failure.trap(CancelledError))
    stranger = persisting(turns, clock, newcomer, group="bank")
    assert stranger.result == "done"
    assert not second.called
    gone.cancel()
    alone.callback("through")
    assert (first.result, second.result) == ("through", "done")
    assert tries == [*["unlucky"] * 4, "newcomer", "newcomer"]
    assert (turns.queues, turns.waiting) == ({}, {})


@pytest_twisted.ensureDeferred
async def test_a_slow_request_gets_through_among_quick_ones(bench: Bench) -> None:
    """Whenever it has read, others write: without its turn it would never end."""
    tries: list[str] = []
    over = False

    async def number(context: ServiceContext, given: Any) -> Any:
        if given == "slow":
            tries.append(given)
            await context.transaction.run(Statement("select value from demo.counters"))
            await deferLater(reactor, 0.1)
        return (await context.transaction.run(NEXT))[0][0]

    async def hurry() -> int:
        done = 0
        while not over:
            await bench.ask(6, {"service": "core.next", "input": "quick"})
            done += 1
        return done

    await bench.make("a")
    bench.services.known["core.next"] = number
    quick = [Deferred.fromCoroutine(hurry()) for _ in range(4)]
    try:
        await bench.ask(6, {"service": "core.next", "input": "slow"})
    finally:
        over = True
    done = await gatherResults(quick)
    assert TRANSACTION_ALONE_AFTER < len(tries) <= TRANSACTION_ALONE_AFTER + 2
    ((_name, value, _version),) = await bench.rows()
    assert value == sum(done) + 1


@pytest.mark.parametrize("subject", [None, "r"])
def test_attempts_are_bounded(subject: object) -> None:
    turns, clock = Turns(), Clock()
    tries: list[int] = []

    async def attempt() -> None:
        tries.append(1)
        raise failed(subject)

    outcome = persisting(turns, clock, attempt)
    for _ in range(20):
        clock.advance(1)
    assert len(tries) == 12
    outcome.addErrback(lambda failure: failure.trap(SerializationFailed))
    assert turns.queues == {}


# What is no request


def run(bench: Bench, handler_id: int, **more: Any) -> Deferred[Any]:
    body = {"op": "create", "model": "counters", "values": {"name": "a"}}
    return bench.dispatcher.run_handler(
        "demo", handler_id, {"event": "x"}, json.dumps(body).encode(), ANN, "r", **more
    )


@pytest.mark.parametrize("handler_id", [1, 10])
@pytest_twisted.ensureDeferred
async def test_a_handler_and_what_is_done_also_are_one_transaction(
    bench: Bench, handler_id: int
) -> None:
    async def mark(transaction: Transaction) -> None:
        marked = "insert into other.counters (name) values (%s)"
        await transaction.run(Statement(marked, (transaction.token,)))

    async def fail(transaction: Transaction) -> None:
        await mark(transaction)
        raise Refusal(409, "taken", "It was delivered before.")

    with pytest.raises(Refusal):
        await run(bench, handler_id, also=fail)
    assert (await bench.names(), await bench.names("other")) == ([], [])
    reply = await run(bench, handler_id, also=mark)
    assert json.loads(reply.body)["created_by"] == ANN.user_id
    assert "location" not in reply.headers
    assert (len(await bench.names()), len(await bench.names("other"))) == (1, 1)


@pytest_twisted.ensureDeferred
async def test_a_handler_that_fails_leaves_nothing(bench: Bench) -> None:
    with pytest.raises(GuestTrapped):
        await run(bench, 4)
    assert await bench.names() == []


@pytest_twisted.ensureDeferred
async def test_a_cancelled_handler_is_rolled_back(bench: Bench) -> None:
    session = psycopg2.connect(bench.dsn)
    session.cursor().execute("lock table demo.counters in exclusive mode")
    running = run(bench, 1)
    await deferLater(reactor, 0.05)
    running.cancel()
    with pytest.raises(CancelledError):
        await running
    session.close()
    await bench.pool.drain(5)
    assert await bench.names() == []


@pytest_twisted.ensureDeferred
async def test_a_handler_is_told_what_it_runs_for(bench: Bench) -> None:
    """The guest answers with the frame that it got."""
    echo = frame({"status": 200})
    code = handle(
        f"(memory.copy (i32.const {40_000 + len(echo)}) (local.get $ptr)"
        " (local.get $len))"
        f"(return (i64.or (i64.const {40_000 << 32}) (i64.extend_i32_u"
        f" (i32.add (local.get $len) (i32.const {len(echo)})))))"
    )
    programs = bench.dispatcher.programs
    engine = programs["demo"].engine
    module = wasmtime.Module(
        engine.wasmtime, wat(handle=code, extra=data(40_000, echo))
    )
    linked = type(programs["demo"]).link(engine, "demo", module, capabilities=())
    programs["demo"] = evolve(linked, deadline_ms=1000)
    reply = await bench.dispatcher.run_handler(
        "demo", 1, {"job": "tidy", "due": "now"}, b"{}", ANN, "r7"
    )
    length = int.from_bytes(reply.body[:4], "little")
    head = json.loads(reply.body[4 : 4 + length])
    assert (head["job"], head["due"], head["request_id"]) == ("tidy", "now", "r7")
    assert head["identity"]["user_id"] == ANN.user_id
    assert reply.body[4 + length :] == b"{}"
