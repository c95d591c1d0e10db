"""A module root with a hostile module, made from WebAssembly text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import wasmtime

from tests.sandbox.wat import data, frame, wat

MANIFEST = {
    "version": "1.0.0",
    "display_name": "A test module",
    "author": "tests",
    "capabilities": ["orm"],
}
FAR = "(i32.const 0x7ffffff0)"
MISDEEDS = {
    "fine": "(i64.const 140737488355393)",
    "panic": "unreachable",
    "loop": "(loop $l (br $l)) (i64.const 0)",
    "recurse": "(i64.extend_i32_u (call $deeper (i32.const 0)))",
    "grow": """(loop $l (br_if $l (i32.ne (i32.const -1)
                 (memory.grow (i32.const 16))))) unreachable""",
    "pointer": "(i64.const -4294967232)",
    "oversized": "(i64.const 0x7fffffff)",
    "malformed": "(i64.const 64)",
    "register": """(call $register_route (i32.const 0) (i32.const 0)
                     (i32.const 0) (i32.const 0) (i32.const 1)) (i64.const 0)""",
    "load": f"(i64.load {FAR})",
    "orm": "(call $orm (i32.const -8) (i32.const 16))",
}
"""What `handle` does, by the path that asks for it; ``fine`` answers 200."""

_FINE = frame({"status": 200}, b'{"fine":true}')
_FINE_AT = 32768
_PATHS_AT = 20000


def write_module(root: Path, name: str, text: str | bytes, **manifest: Any) -> Path:
    """A module in `root` from WAT or bytes; its folder."""
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "module.json").write_text(
        json.dumps({"name": name, **MANIFEST, **manifest})
    )
    wasm = wasmtime.wat2wasm(text) if isinstance(text, str) else text
    (folder / "module.wasm").write_bytes(wasm)
    return folder


def hostile() -> str:
    """A module with a public route for each of `MISDEEDS`."""
    names = list(MISDEEDS)
    paths = "".join(f"/{name}" for name in names)
    registrations, branches, at = "", "", _PATHS_AT
    for number, name in enumerate(names):
        length = len(name) + 1
        registrations += (
            f"(call $register_route (i32.const {_PATHS_AT - 3}) (i32.const 3)"
            f" (i32.const {at}) (i32.const {length}) (i32.const {number}))"
        )
        code = MISDEEDS[name]
        if name == "fine":
            code = f"(i64.const {_FINE_AT << 32 | len(_FINE)})"
        branches += (
            f"(if (i32.eq (local.get 0) (i32.const {number}))"
            f" (then (return {_value(code)})))"
        )
        at += length
    description = {
        "models": [],
        "permissions": [],
        "routes": [
            {"method": "GET", "path": f"/{name}", "public": True} for name in names
        ],
    }
    return wat(
        imports=("register_route", "orm"),
        init=f'(func (export "init") {registrations})',
        handle=f"""(func (export "handle") (param i32 i32 i32) (result i64)
                     {branches} (i64.const 0))""",
        description=json.dumps(description).encode(),
        extra=data(_PATHS_AT - 3, b"GET" + paths.encode())
        + data(_FINE_AT, _FINE)
        + """(func $deeper (param i32) (result i32)
               (i32.add (call $deeper (local.get 0)) (i32.const 1)))""",
    )


def _value(code: str) -> str:
    """Code whose value is an i64, as one expression."""
    return f"(block (result i64) {code})"
