"""A module introduces itself; what it says wrongly is named."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import pytest_twisted

from eerp.errors import DescriptionInvalid, ModuleError, WasmInvalid
from eerp.sandbox.guest import Registration
from eerp.sandbox.load import describe
from eerp.sandbox.program import Program
from tests.sandbox.wat import data, handle, wat

Link = Callable[..., Program]

REGISTER = """(func (export "init")
    (call $register_route (i32.const 100) (i32.const 3)
                          (i32.const 110) (i32.const 9) (i32.const 7)))"""


@pytest_twisted.ensureDeferred
async def test_a_module_tells_migrations_description_and_routes(program: Link) -> None:
    linked = program(
        wat(
            imports=("register_route",),
            init=REGISTER,
            extra=data(100, b"GET") + data(110, b"/contacts"),
            migrations=json.dumps([{"entity": "contacts"}]).encode(),
            description=b'{"models": []}',
        )
    )

    told = await describe(linked)

    assert told.migrations == [{"entity": "contacts"}]
    assert told.description == {"models": []}
    assert told.registrations == (Registration("route", ("GET", "/contacts"), 7),)


WRONG: dict[str, tuple[str, type[ModuleError], str]] = {
    "not JSON": (wat(description=b"{"), DescriptionInvalid, "does not answer JSON"),
    "an array": (wat(description=b"[]"), DescriptionInvalid, "not answer an object"),
    "an object": (wat(migrations=b"{}"), DescriptionInvalid, "not answer an array"),
    "another ABI": (
        wat(eerp_abi='(func (export "eerp_abi") (result i32) i32.const 2)'),
        WasmInvalid,
        "speaks ABI 2, the core 1",
    ),
    "a panic": (
        wat(init='(func (export "init") unreachable)'),
        WasmInvalid,
        "failed while loading: The module panicked",
    ),
    "a loop": (
        wat(init='(func (export "init") (loop $l (br $l)))'),
        WasmInvalid,
        "of computing time",
    ),
    "the ORM": (
        wat(
            imports=("orm",),
            init='(func (export "init")'
            " (drop (call $orm (i32.const 0) (i32.const 1))))",
        ),
        WasmInvalid,
        "may not use orm while it loads",
    ),
    "a route from migrate": (
        wat(
            imports=("register_route",),
            migrate='(func (export "migrate") (result i32)'
            + REGISTER.removeprefix('(func (export "init")').removesuffix(")")
            + " i32.const 0)",
            extra=data(100, b"GET") + data(110, b"/contacts"),
        ),
        WasmInvalid,
        "called register_route after init",
    ),
    "a path that is not text": (
        wat(
            imports=("register_route",),
            init=REGISTER,
            extra=data(100, b"GET") + data(110, b"/\xff\xfe\xfd\xfc"),
        ),
        WasmInvalid,
        "not UTF-8",
    ),
}


@pytest.mark.parametrize("name", WRONG)
@pytest_twisted.ensureDeferred
async def test_a_module_that_answers_wrongly_does_not_load(
    name: str, program: Link
) -> None:
    text, expected, words = WRONG[name]

    with pytest.raises(expected, match=words) as caught:
        await describe(program(text, cpu_ms_max=50))

    assert caught.value.module == "demo"


@pytest_twisted.ensureDeferred
async def test_routes_without_end_are_refused(program: Link) -> None:
    init = f"""(func (export "init") (loop $l
        {REGISTER.removeprefix('(func (export "init")').removesuffix(")")}
        (br $l)))"""
    linked = program(
        wat(
            imports=("register_route",),
            init=init,
            handle=handle("i64.const 0"),
            extra=data(100, b"GET") + data(110, b"/contacts"),
        )
    )

    with pytest.raises(WasmInvalid, match="registers more than 2000 handlers"):
        await describe(linked)
