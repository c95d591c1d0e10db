"""What Rust modules have to do with each other, in the real sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
import wasmtime
from attrs import define, field

from eerp.errors import EerpError, Refusal
from eerp.sandbox.engine import Engine
from eerp.sandbox.frame import GuestResponse, decode_response
from eerp.sandbox.guest import Guest, Registration
from eerp.sandbox.load import Description, describe
from eerp.sandbox.program import Program

MODULES = Path(__file__).resolve().parents[2] / "modules"
SERVICE, EVENT, JOB = 1 << 24, 2 << 24, 3 << 24
CAPABILITIES = {"core": ("orm",), "crm": ("orm", "events"), "loyalty": ("orm",)}
WON, MEMBER = (
    "018f3c1e-0000-7000-8000-000000000001",
    "018f3c1e-0000-7000-8000-00000000000a",
)
NOTHING = b'{"items":[],"next_cursor":null}'

Load = Callable[..., Program]


@pytest.fixture
def load(engine: Engine) -> Iterator[Load]:
    """`load(name)` links a module of the project with what its manifest asks for."""

    def link(name: str, capabilities: tuple[str, ...] | None = None) -> Program:
        code = wasmtime.Module.from_file(
            engine.wasmtime, str(MODULES / name / "module.wasm")
        )
        allowed = CAPABILITIES[name] if capabilities is None else capabilities
        return Program.link(engine, name, code, capabilities=allowed)

    yield link
    assert engine.live == 0


@define
class Told:
    """A host that answers each import in turn and keeps what it was asked."""

    answers: list[bytes | EerpError]
    asked: list[tuple[str, Any]] = field(factory=list)
    request_id: str = "test"

    async def serve(self, kind: str, request: bytes) -> bytes:
        """Note the request; answer, or fail."""
        self.asked.append((kind, json.loads(request)))
        answer = self.answers.pop(0)
        if isinstance(answer, EerpError):
            raise answer
        return answer


async def run(
    program: Program, host: Told, handler_id: int, head: Any, body: Any = None
) -> GuestResponse:
    """Call `handle` with one frame."""
    packed = json.dumps(head).encode()
    frame = len(packed).to_bytes(4, "little") + packed
    if body is not None:
        frame += json.dumps(body).encode()
    guest = Guest(program, host)
    try:
        await guest.start()
        pointer = await guest.put(frame)
        answer = await guest.call("handle", handler_id, pointer, len(frame))
        at, length = answer >> 32, answer & 0xFFFF_FFFF
        return decode_response(guest.memory.read(at, length, 1 << 20))
    finally:
        guest.close()


def ambiguous() -> EerpError:
    """What the CRM's own rule refuses."""
    return Refusal(409, "ambiguous", "Several contacts have this address.")


def imports(name: str) -> set[str]:
    """What a built module imports."""
    engine = wasmtime.Engine()
    code = wasmtime.Module.from_file(engine, str(MODULES / name / "module.wasm"))
    return {str(one.name) for one in code.imports}


def post(path: str, **params: str) -> dict[str, Any]:
    """The head of a request."""
    return {"method": "POST", "path": path, "params": params, "request_id": "test"}


def route_id(told: Description, path: str) -> int:
    """The number under which a route is registered."""
    routes = told.registered("route")
    return next(one.handler_id for one in routes if one.texts == ("POST", path))


def test_a_module_imports_only_what_it_uses() -> None:
    suspending = {"orm", "call", "emit", "http"}

    assert imports("core") & suspending == {"orm", "call"}
    assert imports("crm") & suspending == {"orm", "emit", "call"}
    assert imports("loyalty") & suspending == {"orm", "call"}


@pytest_twisted.ensureDeferred
async def test_services_events_and_jobs_are_registered_and_described(
    load: Load,
) -> None:
    crm, loyalty = await describe(load("crm")), await describe(load("loyalty"))

    assert crm.registered("service") == (
        Registration("service", ("contacts.find_or_create",), SERVICE),
        Registration("service", ("companies.describe",), SERVICE + 1),
    )
    offered = crm.description["services"][0]
    assert offered["name"] == "contacts.find_or_create"
    assert offered["permission"] == "crm.contacts.write"
    topics = [one["topic"] for one in crm.description["events"]]
    assert topics[:2] == ["crm.opportunities.won", "crm.opportunities.lost"]
    assert loyalty.registered("event") == (
        Registration("event", ("crm.opportunities.won",), EVENT),
    )
    assert loyalty.registered("job") == (
        Registration("job", ("review_tiers", "15 3 * * *"), JOB),
    )
    used = loyalty.description["uses"][0]
    assert used["service"] == "crm.contacts.find_or_create"
    assert (used["input"], used["output"]) == (offered["input"], offered["output"])


@pytest_twisted.ensureDeferred
async def test_a_service_reads_its_input_and_answers_its_output(load: Load) -> None:
    contact = {"id": WON, "version": 1, "first_name": "Ann", "company_id": MEMBER}
    host = Told([json.dumps({"items": [contact], "next_cursor": None}).encode()])
    head = {"service": "crm.contacts.find_or_create", "caller": "loyalty"}
    person = {"email": "ann@example.com", "first_name": "Ann"}

    reply = await run(load("crm"), host, SERVICE, head, person)

    assert host.asked[0][0] == "orm"
    found = {"contact_id": WON, "company_id": MEMBER, "created": False}
    assert (reply.status, json.loads(reply.body)) == (200, found)


@pytest_twisted.ensureDeferred
async def test_a_call_carries_the_input_and_passes_an_error_on(load: Load) -> None:
    program = load("loyalty")
    told = await describe(program)
    host = Told([ambiguous()])
    body = {"number": "A1", "email": "ann@example.com", "first_name": "Ann"}

    joined = route_id(told, "/members/join")
    reply = await run(program, host, joined, post("/members/join"), body)

    person = {"email": "ann@example.com", "first_name": "Ann"}
    person |= {"last_name": None, "phone": None}
    call = {"service": "crm.contacts.find_or_create", "input": person}
    assert host.asked == [("call", call)]
    assert (reply.status, json.loads(reply.body)["code"]) == (409, "ambiguous")


@pytest_twisted.ensureDeferred
async def test_an_error_of_a_call_is_handled_and_the_request_goes_on(
    load: Load,
) -> None:
    program = load("loyalty")
    told = await describe(program)
    member = {"id": MEMBER, "version": 1, "number": "A1", "contact_id": WON}
    member["tier"] = "bronze"
    referral = {
        "id": WON,
        "version": 1,
        "member_id": MEMBER,
        "email": "bob@example.com",
    }
    host = Told(
        [
            json.dumps(member).encode(),
            ambiguous(),
            json.dumps(referral).encode(),
        ]
    )
    head, body = (
        post("/x", id=MEMBER),
        {"email": "bob@example.com", "first_name": "Bob"},
    )

    reply = await run(
        program, host, route_id(told, "/members/{id:uuid}/refer"), head, body
    )

    assert reply.status == 200
    assert [kind for kind, _ in host.asked] == ["orm", "call", "orm"]
    values = host.asked[2][1]["values"]
    assert values["remark"] == "Several contacts have this address."


@pytest_twisted.ensureDeferred
async def test_an_event_is_read_with_its_data(load: Load) -> None:
    host = Told([NOTHING])
    head = {
        "event": "crm.opportunities.won", "key": WON, "id": "7", "attempt": 1,
        "at": "2026-01-01T00:00:00Z", "request_id": "test",
    }  # fmt: skip
    data = {"opportunity_id": WON, "name": "Tea", "contact_id": MEMBER}

    reply = await run(load("loyalty"), host, EVENT, head, data)

    assert reply.status == 204
    wanted = {"field": "contact_id", "op": "eq", "value": MEMBER}
    assert host.asked[0][1]["where"] == {"and": [wanted]}


@pytest_twisted.ensureDeferred
async def test_a_job_is_told_when_it_was_due(load: Load) -> None:
    host = Told([NOTHING])
    head = {"job": "review_tiers", "due": "2026-01-01T03:15:00Z"}

    reply = await run(load("loyalty"), host, JOB, head)

    assert (reply.status, len(host.asked)) == (204, 1)


@pytest_twisted.ensureDeferred
async def test_what_is_decided_is_told_before_the_record_is_stored(load: Load) -> None:
    program = load("crm")
    told = await describe(program)
    stage = {"id": MEMBER, "version": 1, "name": "Won", "is_won": True, "sequence": 1}
    stage |= {"probability": 100, "is_lost": False, "used": True}
    opportunity = {"id": WON, "version": 3, "name": "Tea"}
    change = {"id": MEMBER, "version": 1, "opportunity_id": WON, "seconds": "5"}
    change |= {"at": "2026-01-31T00:00:00Z"}
    host = Told(
        [
            json.dumps(opportunity).encode(),
            json.dumps({"items": [stage], "next_cursor": None}).encode(),
            json.dumps(stage).encode(),
            json.dumps(change).encode(),
            b'{"id":"1"}',
        ]
    )
    path = "/opportunities/{id:uuid}/win"

    reply = await run(program, host, route_id(told, path), post("/x", id=WON))

    assert reply.status == 200
    assert reply.last is not None
    kind, event = host.asked[4]
    assert (kind, event["topic"], event["key"]) == (
        "emit",
        "crm.opportunities.won",
        WON,
    )
    assert event["data"]["opportunity_id"] == WON
