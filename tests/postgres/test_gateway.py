"""Several calls in one transaction: what each may do, and what becomes of the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest
import pytest_twisted
from attrs import evolve
from twisted.internet.defer import Deferred

from eerp.calls import Call, Gateway, Preferences, Step, Together, compose, json_reply
from eerp.errors import (
    Conflict,
    EerpError,
    Forbidden,
    GuestFault,
    GuestTrapped,
    SerializationFailed,
    Undone,
)
from eerp.interfaces import GuestRequest, Reply
from tests.postgres.counters import ANN, Bench, Route


def create(name: str) -> dict[str, Any]:
    return {"op": "create", "model": "counters", "values": {"name": name}}


def request(content: Any, method: str = "POST") -> GuestRequest:
    return GuestRequest(
        method,
        "/api/demo/x",
        "/x",
        {},
        [],
        {},
        ANN,
        "test",
        json.dumps(content).encode(),
    )


def step(handler_id: int, content: Any, method: str = "POST", **more: Any) -> Step:
    route = Route(handler_id, method, **more)
    return Step(Call(route, request(content, method)))


def make(name: str) -> Step:
    return step(1, create(name))


async def together(
    bench: Bench, *steps: Step | EerpError, atomic: bool = False, **more: Any
) -> list[Any]:
    """What becomes of each step: its reply, or its error."""
    seen: list[Any] = []

    def conclude(outcomes: list[Any]) -> Reply:
        seen[:] = outcomes
        return json_reply({}, 200)

    gateway = Gateway(bench.dispatcher, more.pop("chains", {}))
    asked = Together(steps, conclude, request({}), atomic, **more)

    async def work() -> Reply:
        return await gateway.together(asked, lambda: working.cancel())  # noqa: PLW0108

    working = Deferred.fromCoroutine(work())
    reply = await working
    return [*seen, reply] if more else seen


def kinds(outcomes: list[Any]) -> list[type]:
    return [type(outcome) for outcome in outcomes]


@pytest_twisted.ensureDeferred
async def test_each_step_sees_what_the_ones_before_it_did(bench: Bench):
    found = await together(
        bench, make("a"), step(1, {"op": "find", "model": "counters"}, "GET")
    )
    assert [item["name"] for item in json.loads(found[1].body)["items"]] == ["a"]


@pytest_twisted.ensureDeferred
async def test_a_module_that_fails_costs_its_own_step(bench: Bench):
    outcomes = await together(
        bench, make("a"), step(4, create("b")), make("a"), make("c")
    )
    assert kinds(outcomes) == [Reply, GuestTrapped, Conflict, Reply]
    assert await bench.names() == ["a", "c"]


@pytest_twisted.ensureDeferred
async def test_atomic_means_that_a_failure_takes_all_back(bench: Bench):
    outcomes = await together(
        bench, make("a"), step(4, create("b")), make("c"), atomic=True
    )
    assert kinds(outcomes) == [Undone, GuestTrapped, Undone]
    assert await bench.names() == []


@pytest_twisted.ensureDeferred
async def test_a_get_among_writes_cannot_write_and_the_next_step_can(bench: Bench):
    outcomes = await together(
        bench, make("a"), step(1, create("by a GET"), "GET"), make("b")
    )
    assert kinds(outcomes) == [Reply, GuestFault, Reply]
    assert await bench.names() == ["a", "b"]


@pytest_twisted.ensureDeferred
async def test_each_step_acts_as_its_own_module(bench: Bench):
    await together(bench, make("a"), step(1, create("b"), module="other"))
    assert (await bench.names(), await bench.names("other")) == (["a"], ["b"])


@pytest_twisted.ensureDeferred
async def test_a_further_call_takes_the_place_of_the_reply(bench: Bench):
    first = make("a")

    def read_back(reply: Reply) -> Call:
        found = {"op": "get", "model": "counters", "id": json.loads(reply.body)["id"]}
        return Call(Route(1, "GET"), request(found, "GET"))

    [read] = await together(bench, evolve(first, then=read_back))
    assert json.loads(read.body)["name"] == "a"


@pytest_twisted.ensureDeferred
async def test_what_was_refused_before_is_an_outcome_too(bench: Bench):
    refused = Forbidden("Not that.")
    outcomes = await together(bench, refused, make("a"))
    assert outcomes[0] is refused
    assert await bench.names() == ["a"]


@pytest_twisted.ensureDeferred
async def test_a_middleware_takes_back_what_the_handler_did(bench: Bench):
    async def refuse_afterwards(call: Call, proceed: Any) -> Reply:
        await proceed(call)
        raise Forbidden("Too late.")

    chains = {Route(1): compose([refuse_afterwards])}
    call = make("a").call

    async def alone() -> Reply:
        return await Gateway(bench.dispatcher, chains).one(call, lambda: None)

    with pytest.raises(Forbidden):
        await alone()
    outcomes = await together(
        bench, make("b"), step(1, create("c"), module="other"), chains=chains
    )
    assert kinds(outcomes) == [Forbidden, Reply]
    assert (await bench.names(), await bench.names("other")) == ([], ["c"])


@pytest_twisted.ensureDeferred
async def test_a_middleware_is_told_that_it_runs_again(bench: Bench):
    attempts: list[int] = []

    async def fail_once(call: Call, proceed: Any) -> Reply:
        attempts.append(call.attempt)
        reply = await proceed(call)
        if call.attempt == 1:
            raise SerializationFailed("Somebody else was faster.")
        return reply

    [reply] = await together(bench, make("a"), chains={Route(1): compose([fail_once])})
    assert (reply.status, attempts) == (200, [1, 2])
    assert await bench.names() == ["a"]


@pytest_twisted.ensureDeferred
async def test_a_dry_run_leaves_nothing_of_any_step(bench: Bench):
    *_, reply = await together(
        bench, make("a"), make("a"), make("b"), preferences=Preferences(rollback=True)
    )
    told = json.loads(reply.body)
    assert [write["after"]["name"] for write in told["writes"]] == ["a", "b"]
    assert await bench.names() == []
