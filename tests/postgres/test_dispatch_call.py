"""From guest to guest: one transaction, one user, errors as values or as the end."""

from __future__ import annotations

import json
from typing import Any

import pytest
import pytest_twisted
from attrs import evolve

from eerp import limits
from eerp.errors import (
    Conflict,
    Forbidden,
    GuestFault,
    GuestOutOfTime,
    GuestProtocolError,
    GuestTrapped,
    Refusal,
    RequestOutOfTime,
    SerializationFailed,
    ValidationFailed,
)
from eerp.interfaces import ServiceContext, Statement
from tests.postgres.counters import ANN, Bench, service


def create(name: str) -> dict[str, Any]:
    return {"op": "create", "model": "counters", "values": {"name": name}}


def call(name: str, given: Any) -> dict[str, Any]:
    return {"service": name, "input": given}


async def ask(bench: Bench, handler_id: int, content: Any) -> Any:
    return json.loads((await bench.ask(handler_id, content)).body)


@pytest_twisted.ensureDeferred
async def test_a_service_works_in_its_own_module_for_the_same_user(
    bench: Bench,
) -> None:
    bench.services.known["other.make"] = service(1)
    output = await ask(bench, 6, call("other.make", create("a")))
    assert (output["name"], output["created_by"]) == ("a", ANN.user_id)
    assert (await bench.names(), await bench.names("other")) == ([], ["a"])


@pytest_twisted.ensureDeferred
async def test_caller_and_service_are_one_transaction(bench: Bench) -> None:
    """Two calls, of which the second fails and is let through: nothing is left."""
    bench.services.known["other.make"] = service(1)
    await ask(bench, 7, call("other.make", create("a")))
    assert (await bench.names(), await bench.names("other")) == (["mine"], ["a"])
    with pytest.raises(Refusal, match="module refused") as refused:
        await bench.ask(8, call("other.make", create("a")))
    assert (refused.value.status, refused.value.code) == (418, "teapot")
    assert await bench.names("other") == ["a"]


@pytest.mark.parametrize("handler_id", [2, 3])
@pytest_twisted.ensureDeferred
async def test_an_error_comes_back_as_a_value_and_leaves_nothing_behind(
    bench: Bench, handler_id: int
) -> None:
    """The service creates a record; then it creates it again, or refuses."""
    bench.services.known["other.fail"] = service(handler_id)
    error = await ask(bench, 7, call("other.fail", create("a")))
    status, code = (409, "conflict") if handler_id == 2 else (409, "refused")
    assert (error["status"], error["code"]) == (status, code)
    assert (await bench.names(), await bench.names("other")) == (["mine"], [])


@pytest_twisted.ensureDeferred
async def test_the_caller_goes_on_after_a_failed_call(bench: Bench) -> None:
    bench.services.known["other.fail"] = service(2)
    await ask(bench, 11, call("other.fail", create("a")))
    assert (await bench.names(), await bench.names("other")) == (["mine"], [])


@pytest_twisted.ensureDeferred
async def test_a_final_operation_of_a_service_is_done_at_once(bench: Bench) -> None:
    bench.services.known["other.final"] = service(10)
    output = await ask(bench, 7, call("other.final", None))
    assert output["name"] == "mine"
    assert (await bench.names(), await bench.names("other")) == (["mine"], ["mine"])
    error = await ask(bench, 6, call("other.final", None))
    assert error["code"] == "conflict"


@pytest.mark.parametrize(
    ("handler_id", "error"),
    [(4, GuestTrapped), (5, GuestProtocolError), (9, GuestOutOfTime)],
)
@pytest_twisted.ensureDeferred
async def test_a_trap_nonsense_or_an_endless_loop_ends_the_whole_request(
    bench: Bench, handler_id: int, error: type[Exception]
) -> None:
    programs = bench.dispatcher.programs
    programs["other"] = evolve(programs["other"], cpu_ms_max=50)
    bench.services.known["other.bad"] = service(handler_id)
    with pytest.raises(error):
        await bench.ask(7, call("other.bad", create("a")))
    assert (await bench.names(), await bench.names("other")) == ([], [])


@pytest_twisted.ensureDeferred
async def test_the_deadline_of_the_request_is_that_of_its_calls(bench: Bench) -> None:
    programs = bench.dispatcher.programs
    # By its own deadline it would run until another bound ends it, another way.
    programs["other"] = evolve(
        programs["other"], cpu_ms_max=60_000, deadline_ms=3_600_000
    )
    programs["demo"] = evolve(programs["demo"], deadline_ms=200)
    bench.services.known["other.loop"] = service(9)
    with pytest.raises(RequestOutOfTime):
        await bench.ask(7, call("other.loop", None))
    assert await bench.names() == []


def nested(depth: int) -> Any:
    """Calls from `demo` to `other` and back, `depth` of them, then a record."""
    given: Any = create("deep")
    for number in range(depth):
        name = "last" if number == 0 else "on"
        given = call(f"{('other', 'demo')[(depth - number - 1) % 2]}.{name}", given)
    return given


@pytest_twisted.ensureDeferred
async def test_calls_nest_as_deep_as_the_limit_and_no_deeper(bench: Bench) -> None:
    for module in ("demo", "other"):
        bench.services.known[f"{module}.on"] = service(6, module)
        bench.services.known[f"{module}.last"] = service(1, module)
    output = await ask(bench, 6, nested(limits.CALL_DEPTH_MAX))
    assert output["name"] == "deep"
    assert await bench.names() == ["deep"]
    with pytest.raises(GuestFault, match="deeper than 8") as fault:
        await bench.ask(6, nested(limits.CALL_DEPTH_MAX + 1))
    assert fault.value.detail == "demo" + " -> other -> demo" * 4 + " -> other"


@pytest_twisted.ensureDeferred
async def test_a_request_makes_a_bounded_number_of_calls(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eerp.limits.CALLS_PER_REQUEST_MAX", 1)
    bench.services.known["other.make"] = service(1)
    await bench.ask(6, call("other.make", create("a")))
    with pytest.raises(GuestFault, match="more than 1 calls"):
        await bench.ask(12, call("other.make", create("b")))
    assert await bench.names("other") == ["a"]


# What is checked before


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"service": "other.none", "input": 1}, "not_found"),
        ({"input": 1}, "validation_failed"),
        ({"service": ["other"]}, "validation_failed"),
        ([1], "bad_request"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_call_that_cannot_be_is_an_error_for_the_caller(
    bench: Bench, content: Any, code: str
) -> None:
    assert (await ask(bench, 6, content))["code"] == code


@pytest_twisted.ensureDeferred
async def test_permission_and_input_are_checked_before_the_service_runs(
    bench: Bench,
) -> None:
    def check(given: Any) -> None:
        if "op" not in given:
            raise ValidationFailed("There is no op.")

    known = bench.services.known
    known["other.make"] = service(1, permission="other.make", check=check)
    bob = evolve(ANN, permissions=frozenset({"demo.*"}))
    reply = await bench.ask(6, call("other.make", create("a")), identity=bob)
    assert json.loads(reply.body)["code"] == "forbidden"
    assert "other.make" in json.loads(reply.body)["message"]
    assert (await ask(bench, 6, call("other.make", {})))["code"] == "validation_failed"
    assert await bench.names("other") == []


@pytest_twisted.ensureDeferred
async def test_the_record_says_which_module_acted(bench: Bench) -> None:
    """The trigger notes who acts, as an audit trail does."""
    await bench.pool.query(Statement(
        "create table public.acts (who text);"
        " create function public.note() returns trigger language plpgsql as"
        " $$ begin insert into public.acts values (current_setting('eerp.module'));"
        " return new; end $$;"
        " create trigger note after insert on demo.counters"
        " for each row execute function public.note();"
        " create trigger note after insert on other.counters"
        " for each row execute function public.note(); select 1"
    ), read_only=False)  # fmt: skip
    bench.services.known["other.make"] = service(1)
    await bench.ask(11, call("other.make", create("a")))
    acts = await bench.pool.query(Statement("select who from public.acts"))
    assert acts == [("other",), ("demo",)]


# Services of the core


@pytest_twisted.ensureDeferred
async def test_a_service_of_the_core_works_in_the_callers_transaction(
    bench: Bench,
) -> None:
    seen: list[ServiceContext] = []

    async def count(context: ServiceContext, given: Any) -> Any:
        seen.append(context)
        asked = Statement("select count(*) from demo.counters")
        return {"count": (await context.transaction.run(asked))[0][0], "given": given}

    bench.services.known["core.count"] = count
    output = await ask(bench, 7, call("core.count", [1, None]))
    assert output == {"count": 1, "given": [1, None]}
    assert (seen[0].identity, seen[0].module, seen[0].request_id) == (
        ANN, "demo", "test",
    )  # fmt: skip


@pytest_twisted.ensureDeferred
async def test_a_refusal_of_the_core_takes_back_what_the_service_did(
    bench: Bench,
) -> None:
    async def fail(context: ServiceContext, given: Any) -> Any:
        await context.transaction.run(
            Statement("insert into other.counters (name) values ('half')")
        )
        raise Forbidden("Not today.")

    bench.services.known["core.fail"] = fail
    error = await ask(bench, 7, call("core.fail", None))
    assert (error["code"], error["message"]) == ("forbidden", "Not today.")
    assert (await bench.names(), await bench.names("other")) == (["mine"], [])


@pytest_twisted.ensureDeferred
async def test_a_victim_among_the_services_is_no_value_but_another_attempt(
    bench: Bench,
) -> None:
    attempts = []

    async def fail(context: ServiceContext, given: Any) -> Any:
        attempts.append(given)
        if len(attempts) < 3:
            raise SerializationFailed("Another transaction was in the way.")
        return len(attempts)

    bench.services.known["core.fail"] = fail
    assert await ask(bench, 7, call("core.fail", 1)) == 3
    assert await bench.names() == ["mine"]


@pytest_twisted.ensureDeferred
async def test_a_failed_statement_that_a_service_swallows_is_its_answer_all_the_same(
    bench: Bench,
) -> None:
    async def swallow(context: ServiceContext, given: Any) -> Any:
        wrong = Statement("insert into demo.counters (name) values ('mine')")
        with pytest.raises(Conflict):
            await context.transaction.run(wrong)
        return "done"

    bench.services.known["core.swallow"] = swallow
    error = await ask(bench, 7, call("core.swallow", None))
    assert error["code"] == "conflict"
    assert await bench.names() == ["mine"]


@pytest_twisted.ensureDeferred
async def test_a_call_does_not_mend_what_failed_before_it(bench: Bench) -> None:
    """The caller swallows its own failed statement, then calls."""
    bench.services.known["other.make"] = service(1)
    await bench.make("mine")
    with pytest.raises(Conflict):
        await bench.ask(7, call("other.make", create("a")))
    assert (await bench.names(), await bench.names("other")) == (["mine"], [])
