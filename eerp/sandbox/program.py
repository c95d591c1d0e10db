"""A module's code, checked and linked: what a fresh guest is made from.

Capabilities are granted by linking: a linker gets only the host functions that
the module may use, so that what is not granted cannot be called. Everything that
can be known of a module without running it is checked here.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from typing import Any

import wasmtime
from attrs import frozen
from wasmtime import FuncType, MemoryType, WasmtimeError

from eerp import limits
from eerp.errors import WasmInvalid
from eerp.sandbox.engine import Engine
from eerp.sandbox.imports import IMPORTS
from eerp.sandbox.native import NO_FINALIZER, bindings

__all__ = ["EXPORTS", "Program"]

NAMESPACE = "eerp"

EXPORTS: dict[str, tuple[str, str]] = {
    "eerp_abi": ("", "i32"),
    "alloc": ("i32", "i32"),
    "migrate": ("", "i32"),
    "migrate_len": ("", "i32"),
    "describe": ("", "i32"),
    "describe_len": ("", "i32"),
    "init": ("", ""),
    "handle": ("i32 i32 i32", "i64"),
}
"""The functions that a module must export: parameter and result types."""


@frozen
class Program:
    """A linked module, from which a `Guest` is made in some microseconds."""

    module: str
    engine: Engine
    pre: Any
    memory_bytes_max: int
    cpu_ms_max: int
    deadline_ms: int
    export_keys: dict[str, Any]

    @classmethod
    def link(
        cls,
        engine: Engine,
        module: str,
        code: wasmtime.Module,
        *,
        capabilities: Iterable[str],
        memory_bytes_max: int = limits.GUEST_MEMORY_BYTES_MAX,
        cpu_ms_max: int = limits.GUEST_CPU_MS_MAX,
        deadline_ms: int = limits.REQUEST_DEADLINE_MS,
    ) -> Program:
        """Check `code` against the ABI and link it with what it may call.

        Raises WasmInvalid, naming the export or import that is wrong.
        """
        granted = frozenset(capabilities)
        _check_exports(module, code)
        _check_imports(module, code, granted)
        try:
            pre = _linker(engine, granted).instantiate_pre(code)
        except WasmtimeError as error:
            raise WasmInvalid(
                module, f"module {module} cannot be linked", detail=str(error)
            ) from None
        names = ("memory", *EXPORTS)
        keys = {name: ctypes.create_string_buffer(name.encode()) for name in names}
        return cls(module, engine, pre, memory_bytes_max, cpu_ms_max, deadline_ms, keys)


def _linker(engine: Engine, granted: frozenset[str]) -> wasmtime.Linker:
    linker = wasmtime.Linker(engine.wasmtime)
    for name, host_function in IMPORTS.items():
        if host_function.capability is None or host_function.capability in granted:
            define = (
                bindings.wasmtime_linker_define_async_func
                if host_function.suspends
                else bindings.wasmtime_linker_define_func
            )
            # Held by a name: the type is freed with its Python object.
            kind = host_function.type()
            failure = define(
                linker.ptr(),
                ctypes.create_string_buffer(NAMESPACE.encode()),
                len(NAMESPACE),
                ctypes.create_string_buffer(name.encode()),
                len(name),
                kind.ptr(),
                host_function.callback,
                None,
                NO_FINALIZER,
            )
            assert not failure, f"host function {name} cannot be defined"
    return linker


def _check_exports(module: str, code: wasmtime.Module) -> None:
    found = {export.name: export.type for export in code.exports}
    for name, (parameters, results) in EXPORTS.items():
        kind = found.get(name)
        if kind is None:
            raise WasmInvalid(module, f"module {module} does not export {name}")
        expected = f"({parameters}) -> ({results})"
        if not isinstance(kind, FuncType) or _signature(kind) != expected:
            raise WasmInvalid(
                module, f"module {module} exports {name}, but not as {expected}"
            )
    if not isinstance(found.get("memory"), MemoryType):
        raise WasmInvalid(module, f"module {module} does not export its memory")


def _check_imports(module: str, code: wasmtime.Module, granted: frozenset[str]) -> None:
    for wanted in code.imports:
        name = f"{wanted.module}.{wanted.name}"
        known = IMPORTS.get(wanted.name or "")
        if wanted.module != NAMESPACE or known is None:
            raise WasmInvalid(
                module, f"module {module} imports {name}, which the core has not"
            )
        if known.capability is not None and known.capability not in granted:
            raise WasmInvalid(
                module,
                f"module {module} imports {name} without the capability "
                f"{known.capability}",
                hint="Ask for it in module.json, and see that the operator allows it.",
            )
        kind = wanted.type
        if not isinstance(kind, FuncType) or _signature(kind) != _signature(
            known.type()
        ):
            raise WasmInvalid(
                module, f"module {module} imports {name} with another type"
            )


def _signature(kind: FuncType) -> str:
    parameters = " ".join(str(value) for value in kind.params)
    results = " ".join(str(value) for value in kind.results)
    return f"({parameters}) -> ({results})"
