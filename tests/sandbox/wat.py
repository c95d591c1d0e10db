"""Guests as WebAssembly text: an honest one, whose parts a test replaces."""

from __future__ import annotations

import json

_IMPORTS = {
    "register_route": "(param i32 i32 i32 i32 i32)",
    "log": "(param i32 i32 i32)",
    "now_ms": "(result i64)",
    "random": "(param i32 i32)",
    "take": "(param i32) (result i32)",
    "orm": "(param i32 i32) (result i64)",
    "call": "(param i32 i32) (result i64)",
    "emit": "(param i32 i32) (result i64)",
    "http": "(param i32 i32) (result i64)",
    "register_service": "(param i32 i32 i32)",
    "register_event": "(param i32 i32 i32)",
    "register_job": "(param i32 i32 i32 i32 i32)",
}
PARTS = {
    "memory": '(memory (export "memory") 2)',
    "eerp_abi": '(func (export "eerp_abi") (result i32) i32.const 1)',
    "alloc": """(global $next (mut i32) (i32.const 65536))
        (func $alloc (export "alloc") (param i32) (result i32)
          global.get $next
          (global.set $next (i32.add (global.get $next) (local.get 0))))""",
    "migrate": '(func (export "migrate") (result i32) i32.const 1024)',
    "describe": '(func (export "describe") (result i32) i32.const 4096)',
    "init": '(func (export "init"))',
    "handle": """(func (export "handle") (param i32 i32 i32) (result i64)
          i64.const 0)""",
}
REPLY_AT = 32768


def data(at: int, content: bytes) -> str:
    """A data segment with `content` at the address `at`."""
    escaped = "".join(f"\\{byte:02x}" for byte in content)
    return f'(data (i32.const {at}) "{escaped}")'


def frame(head: object, body: bytes = b"") -> bytes:
    """A frame of the ABI."""
    encoded = head if isinstance(head, bytes) else json.dumps(head).encode()
    return len(encoded).to_bytes(4, "little") + encoded + body


def wat(
    *,
    imports: tuple[str, ...] = (),
    foreign: str = "",
    extra: str = "",
    reply: bytes | None = None,
    migrations: bytes = b"[]",
    description: bytes = b'{"models":[],"routes":[],"permissions":[]}',
    **parts: str,
) -> str:
    """A module in WAT. `foreign` is an import as text; `parts` replace those of
    `PARTS`; `reply` is what `handle` answers when it has no code of its own."""
    body = dict(PARTS, **parts)
    if reply is not None:
        packed = REPLY_AT << 32 | len(reply)
        body["handle"] = (
            '(func (export "handle") (param i32 i32 i32) (result i64) '
            f"i64.const {packed})"
        )
        extra += data(REPLY_AT, reply)
    lines = [f'(import "eerp" "{n}" (func ${n} {_IMPORTS[n]}))' for n in imports]
    lines += [foreign, *body.values()]
    for name, content in (("migrate", migrations), ("describe", description)):
        lines.append(
            f'(func (export "{name}_len") (result i32) i32.const {len(content)})'
        )
    lines += [data(1024, migrations), data(4096, description), extra]
    return "(module\n" + "\n".join(lines) + ")"


def handle(code: str) -> str:
    """The export `handle` with this body (locals: $id $ptr $len)."""
    return (
        '(func (export "handle") (param $id i32) (param $ptr i32) (param $len i32)'
        f" (result i64) {code})"
    )


__all__ = ["data", "frame", "handle", "wat"]
