"""Guests, honest and hostile: each costs itself and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import CancelledError, Deferred

from eerp import limits
from eerp.errors import (
    EerpError,
    GuestFault,
    GuestOutOfTime,
    GuestProtocolError,
    GuestTrapped,
    NotFound,
    Overloaded,
    SerializationFailed,
)
from eerp.sandbox.engine import Engine
from eerp.sandbox.guest import Guest
from eerp.sandbox.program import Program
from tests.sandbox.conftest import EchoHost
from tests.sandbox.wat import data, frame, handle, wat

Link = Callable[..., Program]


async def ask(program: Program, host: EchoHost, body: bytes = b"question") -> bytes:
    """One request to a fresh guest."""
    guest = Guest(program, host)
    try:
        await guest.start()
        pointer = await guest.put(body)
        answer = await guest.call("handle", 1, pointer, len(body))
        return guest.memory.read(answer >> 32, answer, limits.GUEST_RESPONSE_BYTES_MAX)
    finally:
        guest.close()


def packed(pointer: str, length: str) -> str:
    """`ptr << 32 | len` in WAT."""
    return (
        f"(i64.or (i64.shl (i64.extend_i32_u {pointer}) (i64.const 32))"
        f" (i64.extend_i32_u {length}))"
    )


ECHO = handle(packed("(local.get $ptr)", "(local.get $len)"))
ASK_ORM = """
    (local $n i64)
    (local.set $n (call $orm (local.get $ptr) (local.get $len)))
    (drop (call $take (i32.const 50)))
    (i64.or (i64.shl (i64.const 50) (i64.const 32)) (local.get $n))"""
ORM = {"imports": ("orm", "take"), "handle": handle(ASK_ORM)}


@pytest_twisted.ensureDeferred
async def test_a_guest_answers_from_its_own_memory(
    program: Link, host: EchoHost
) -> None:
    assert await ask(program(wat(handle=ECHO)), host, b"hello") == b"hello"


@pytest_twisted.ensureDeferred
async def test_nothing_is_left_from_one_request_to_the_next(
    program: Link, host: EchoHost
) -> None:
    """A guest that answers what it stored before finds its memory fresh."""
    code = """(i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))
              (i64.const 34359738372)"""
    counting = program(wat(handle=handle(code)))

    first = await ask(counting, host)

    assert await ask(counting, host) == first == b"\1\0\0\0"


@pytest_twisted.ensureDeferred
async def test_an_orm_call_suspends_and_goes_on_with_the_result(
    program: Link, host: EchoHost
) -> None:
    waiting: Deferred[bytes] = Deferred()
    host.answer = lambda _operation: waiting
    reply = Deferred.fromCoroutine(ask(program(wat(**ORM)), host, b"get 7"))
    assert host.operations == [b"get 7"]
    assert not reply.called

    waiting.callback(b"a record")

    assert await reply == b"a record"


@pytest_twisted.ensureDeferred
async def test_forty_suspended_guests_resume_in_any_order(
    program: Link, host: EchoHost
) -> None:
    linked = program(wat(**ORM))
    waiting: dict[bytes, Deferred[bytes]] = {}
    host.answer = lambda operation: waiting.setdefault(operation, Deferred())
    replies = {
        b"%d" % n: Deferred.fromCoroutine(ask(linked, host, b"%d" % n))
        for n in range(40)
    }

    for n in sorted(waiting, key=lambda key: (len(key), key[::-1])):
        waiting[n].callback(b"answer " + n)

    for n, reply in replies.items():
        assert await reply == b"answer " + n


@pytest_twisted.ensureDeferred
async def test_a_refused_operation_is_a_value_for_the_guest(
    program: Link, host: EchoHost
) -> None:
    def refuse(_operation: bytes) -> bytes:
        raise NotFound("There is no such contact.")

    host.answer = refuse
    code = """
        (local $n i64)
        (local.set $n (call $orm (local.get $ptr) (local.get $len)))
        (drop (call $take (i32.const 50)))
        (i64.or (i64.shl (i64.const 50) (i64.const 32))
                (i64.sub (i64.const 0) (local.get $n)))"""
    reply = await ask(program(wat(imports=("orm", "take"), handle=handle(code))), host)

    assert b'"code":"not_found"' in reply
    assert b'"status":404' in reply


@pytest_twisted.ensureDeferred
async def test_a_failing_database_ends_the_guest(program: Link, host: EchoHost) -> None:
    """What the guest cannot mend is not shown to it: the request runs again."""

    def fail(_operation: bytes) -> bytes:
        raise SerializationFailed("Chosen as the victim.")

    host.answer = fail

    with pytest.raises(SerializationFailed):
        await ask(program(wat(**ORM)), host)


@pytest_twisted.ensureDeferred
async def test_a_cancelled_request_unwinds_its_guest(
    program: Link, host: EchoHost, engine: Engine
) -> None:
    host.answer = lambda _operation: Deferred()
    reply = Deferred.fromCoroutine(ask(program(wat(**ORM)), host))
    assert engine.live == 1

    reply.cancel()

    with pytest.raises(CancelledError):
        await reply
    assert engine.live == 0


LOOP = "(loop $l (br $l)) (i64.const 0)"
FAR = "(i32.const 0x7ffffff0)"
HOSTILE: dict[str, tuple[dict[str, Any], type[EerpError]]] = {
    "panics": ({"handle": handle("unreachable")}, GuestTrapped),
    "divides by zero": (
        {"handle": handle("(i64.div_s (i64.const 1) (i64.const 0))")},
        GuestTrapped,
    ),
    "loads out of bounds": ({"handle": handle(f"(i64.load {FAR})")}, GuestTrapped),
    "stores out of bounds": (
        {"handle": handle(f"(i64.store {FAR} (i64.const 1)) (i64.const 0)")},
        GuestTrapped,
    ),
    "calls through an empty table": (
        {
            "extra": "(type $t (func)) (table 1 funcref)",
            "handle": handle("(call_indirect (type $t) (i32.const 0)) (i64.const 0)"),
        },
        GuestTrapped,
    ),
    "loops for ever": ({"handle": handle(LOOP)}, GuestOutOfTime),
    "loops in alloc": (
        {
            "alloc": '(func (export "alloc") (param i32) (result i32)'
            f" {LOOP} drop i32.const 0)"
        },
        GuestOutOfTime,
    ),
    "loops in its start function": (
        {"extra": "(func $s (loop $l (br $l))) (start $s)"},
        GuestOutOfTime,
    ),
    "loops over a host call": (
        {
            "imports": ("now_ms",),
            "handle": handle("(loop $l (drop (call $now_ms)) (br $l)) (i64.const 0)"),
        },
        GuestFault,
    ),
    "recurses": (
        {
            "extra": "(func $r (param i32) (result i32)"
            " (i32.add (call $r (local.get 0)) (i32.const 1)))",
            "handle": handle("(i64.extend_i32_u (call $r (i32.const 0)))"),
        },
        GuestTrapped,
    ),
    "traps when it cannot grow": (
        {
            "handle": handle(
                """(loop $l (br_if $l (i32.ne (i32.const -1)
                     (memory.grow (i32.const 64))))) unreachable"""
            )
        },
        GuestTrapped,
    ),
    "has its room outside its memory": (
        {"alloc": '(func (export "alloc") (param i32) (result i32) i32.const -4)'},
        GuestProtocolError,
    ),
    "answers from outside its memory": (
        {"handle": handle(packed("(i32.const -1)", "(i32.const 64)"))},
        GuestProtocolError,
    ),
    "answers from just past its end": (
        {"handle": handle(packed("(i32.const 131070)", "(i32.const 3)"))},
        GuestProtocolError,
    ),
    "answers too much": (
        {"handle": handle(packed("(i32.const 0)", "(i32.const -1)"))},
        GuestProtocolError,
    ),
    "registers a route while it serves": (
        {
            "imports": ("register_route",),
            "handle": handle(
                """(call $register_route (i32.const 0) (i32.const 0)
                     (i32.const 0) (i32.const 0) (i32.const 1)) (i64.const 0)"""
            ),
        },
        GuestFault,
    ),
    "passes a bad pointer to the ORM": (
        {
            "imports": ("orm",),
            "handle": handle("(call $orm (i32.const -8) (i32.const 16))"),
        },
        GuestProtocolError,
    ),
    "passes a huge operation": (
        {
            "imports": ("orm",),
            "handle": handle("(call $orm (i32.const 0) (i32.const 0x7fffffff))"),
        },
        GuestProtocolError,
    ),
    "takes what is not there": (
        {
            "imports": ("take",),
            "handle": handle("(i64.extend_i32_u (call $take (i32.const 0)))"),
        },
        GuestFault,
    ),
    "asks for a gigabyte of randomness": (
        {
            "imports": ("random",),
            "handle": handle(
                "(call $random (i32.const 0) (i32.const 0x40000000)) (i64.const 0)"
            ),
        },
        GuestFault,
    ),
    "logs from outside its memory": (
        {
            "imports": ("log",),
            "handle": handle(
                "(call $log (i32.const 1) (i32.const -9) (i32.const 8)) (i64.const 0)"
            ),
        },
        GuestProtocolError,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest_twisted.ensureDeferred
async def test_a_hostile_guest_ends_with_its_own_error(
    name: str, program: Link, host: EchoHost, engine: Engine
) -> None:
    parts, expected = HOSTILE[name]
    # Enough for as many host calls as there may be, also where these are watched.
    cpu_ms = 60 if expected is GuestOutOfTime else 2000
    linked = program(wat(**parts), cpu_ms_max=cpu_ms)

    with pytest.raises(EerpError) as caught:
        await ask(linked, host)

    assert type(caught.value) is expected
    assert engine.live == 0


@pytest_twisted.ensureDeferred
async def test_growth_ends_at_the_limit(program: Link, host: EchoHost) -> None:
    """`memory.grow` answers -1 beyond the limit, and the guest may go on."""
    code = """
        (drop (memory.grow (i32.const 10)))
        (i32.store (i32.const 0) (memory.grow (i32.const 1000)))
        (i64.const 4)"""
    linked = program(wat(handle=handle(code)), memory_bytes_max=limits.MIB)

    assert await ask(linked, host) == b"\xff\xff\xff\xff"


@pytest_twisted.ensureDeferred
async def test_a_looping_guest_leaves_the_reactor_its_turns(
    program: Link, host: EchoHost
) -> None:
    """While one guest loops, another is served again and again."""
    looping = program(wat(handle=handle(LOOP)), cpu_ms_max=200)
    honest = program(wat(handle=ECHO))
    bad = Deferred.fromCoroutine(ask(looping, host))
    served = 0
    while not bad.called:
        await ask(honest, host)
        served += 1
        await honest.engine.next_turn()

    with pytest.raises(GuestOutOfTime):
        await bad
    assert served >= 5


@pytest_twisted.ensureDeferred
async def test_too_many_guests_at_once_are_refused(
    program: Link, host: EchoHost, engine: Engine
) -> None:
    linked = program(wat(**ORM))
    waiting: list[Deferred[bytes]] = []

    def answer(_operation: bytes) -> Deferred[bytes]:
        waiting.append(Deferred())
        return waiting[-1]

    host.answer = answer
    replies = [
        Deferred.fromCoroutine(ask(linked, host)) for _ in range(engine.live_max)
    ]

    with pytest.raises(Overloaded):
        await ask(linked, host)

    for one in waiting:
        one.callback(b"done")
    for reply in replies:
        assert await reply == b"done"


@pytest_twisted.ensureDeferred
async def test_a_guest_sees_one_time_throughout_a_request(
    program: Link, host: EchoHost
) -> None:
    code = """
        (i64.store (i32.const 0) (i64.sub (call $now_ms) (call $now_ms)))
        (i64.const 8)"""
    linked = program(wat(imports=("now_ms",), handle=handle(code)))

    assert await ask(linked, host) == bytes(8)


@pytest_twisted.ensureDeferred
async def test_collected_garbage_during_host_calls_harms_nothing(
    program: Link, host: EchoHost
) -> None:
    """Host functions run on the guest's stack; deep object graphs die there too."""
    linked = program(wat(**ORM))

    def answer(operation: bytes) -> bytes:
        graph: list[Any] = []
        for _ in range(500):
            graph = [graph, graph]
        return operation

    host.answer = answer
    for n in range(200):
        assert await ask(linked, host, b"%d" % n) == b"%d" % n


def test_data_segments_carry_bytes() -> None:
    """The text helper escapes every byte, or the tests above would lie."""
    assert data(3, b'\0"a') == '(data (i32.const 3) "\\00\\22\\61")'
    assert frame({"status": 200}, b"x") == b'\x0f\0\0\0{"status": 200}x'
