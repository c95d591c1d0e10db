"""What is refused before a module ever runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import wasmtime

from eerp.errors import WasmInvalid
from eerp.sandbox.engine import Engine
from eerp.sandbox.program import EXPORTS, Program
from tests.sandbox.wat import wat

Link = Callable[..., Program]


@pytest.mark.parametrize("name", EXPORTS)
def test_a_missing_export_is_named(name: str, engine: Engine) -> None:
    text = wat().replace(f'(export "{name}")', "")

    with pytest.raises(WasmInvalid, match=rf"does not export {name}$"):
        Program.link(
            engine, "demo", wasmtime.Module(engine.wasmtime, text), capabilities=()
        )


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("handle", '(func (export "handle") (param i32) (result i64) i64.const 0)'),
        ("eerp_abi", '(func (export "eerp_abi") (result i64) i64.const 1)'),
        ("init", '(global (export "init") i32 (i32.const 1))'),
        ("alloc", '(func (export "alloc") (param i64) (result i32) i32.const 1)'),
    ],
)
def test_an_export_of_another_type_is_refused(
    part: str, text: str, program: Link
) -> None:
    with pytest.raises(WasmInvalid, match=rf"exports {part}, but not as"):
        program(wat(**{part: text}))


def test_memory_must_be_exported(program: Link) -> None:
    with pytest.raises(WasmInvalid, match="does not export its memory"):
        program(wat(memory="(memory 2)"))


@pytest.mark.parametrize(
    "foreign",
    [
        '(import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))',
        '(import "eerp" "sql" (func (param i32 i32) (result i64)))',
        '(import "eerp" "memory" (memory $m 1)) (export "memory" (memory $m))',
        '(import "eerp" "take" (global i32))',
        '(import "env" "orm" (func (param i32 i32) (result i64)))',
    ],
)
def test_an_import_that_the_core_has_not_is_refused(
    foreign: str, program: Link
) -> None:
    parts = {"memory": ""} if "(memory" in foreign else {}

    with pytest.raises(WasmInvalid, match="imports"):
        program(wat(foreign=foreign, **parts))


def test_a_capability_that_was_not_granted_is_named(program: Link) -> None:
    with pytest.raises(
        WasmInvalid, match=r"imports eerp\.orm without .* orm"
    ) as caught:
        program(wat(imports=("orm",)), capabilities=())

    assert "module.json" in (caught.value.hint or "")


def test_an_import_of_another_type_is_refused(program: Link) -> None:
    with pytest.raises(WasmInvalid, match="with another type"):
        program(wat(foreign='(import "eerp" "orm" (func (param i32)))'))


@pytest.mark.parametrize(
    "text",
    [
        "(module (memory i64 1))",
        "(module (memory 1) (memory 1))",
        "(module (memory 1 1 shared))",
        "(module (tag))",
        "(module (type (struct)))",
        "(module (func (param i32) (return_call 0 (local.get 0))))",
    ],
)
def test_proposals_that_rust_does_not_need_are_off(text: str, engine: Engine) -> None:
    with pytest.raises(wasmtime.WasmtimeError):
        wasmtime.Module(engine.wasmtime, text)


def test_a_memory_larger_than_the_limit_is_refused_at_load(program: Link) -> None:
    with pytest.raises((WasmInvalid, wasmtime.WasmtimeError)):
        program(wat(memory='(memory (export "memory") 20000)'))
