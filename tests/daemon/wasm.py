"""Compiled modules that are changed: a real one whose services die."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from attrs import define

_HEADER_BYTES = 8
_IMPORTS, _FUNCTIONS, _EXPORTS, _CODE = 2, 3, 7, 10
_FUNCTION_KIND = 0
# Where the SDK counts services from, and what comes behind them.
_SERVICES, _EVENTS = 1 << 24, 2 << 24


def dying(module: Path, when: str) -> tuple[bytes, int]:
    """The module in a folder, trapping in each of its services: `before` it does what
    it should, or `after` all of it is done. And the number of the function that traps,
    as a trap names it."""
    wasm = (module / "module.wasm").read_bytes()
    sections = list(_sections(wasm[_HEADER_BYTES:]))
    imported = _imported_functions(_body(sections, _IMPORTS))
    types = _Vector.read(_body(sections, _FUNCTIONS))
    handle = _exported(_body(sections, _EXPORTS), b"handle")
    grown = imported + types.count
    kind = types.items()[handle - imported]
    changed = {
        _FUNCTIONS: types.with_item(_number(kind)),
        _EXPORTS: _pointing(_body(sections, _EXPORTS), b"handle", grown),
        _CODE: _Vector.read(_body(sections, _CODE)).with_item(_wrapper(handle, when)),
    }
    written = b"".join(
        bytes([kind]) + _sized(changed.get(kind, body)) for kind, body in sections
    )
    return wasm[:_HEADER_BYTES] + written, grown


def _wrapper(handle: int, when: str) -> bytes:
    """A function that calls `handle` and traps, if it was asked for a service."""
    call = b"\x20\x00\x20\x01\x20\x02\x10" + _number(handle)
    asked = (
        b"\x20\x00\x41" + _signed(_SERVICES) + b"\x4f"
        b"\x20\x00\x41" + _signed(_EVENTS) + b"\x49\x71"
    )  # fmt: skip
    trap = asked + b"\x04\x40\x00\x0b"
    # `handle` answers an i64, which stays on the stack behind the trap.
    code = trap + call if when == "before" else call + trap
    return _sized(b"\x00" + code + b"\x0b")


@define
class _Vector:
    """What a section is: how many items, and the items."""

    count: int
    content: bytes

    @classmethod
    def read(cls, body: bytes) -> _Vector:
        count, at = _read(body, 0)
        return cls(count, body[at:])

    def items(self) -> list[int]:
        """The items, where each is a number."""
        found, at = [], 0
        while at < len(self.content):
            number, at = _read(self.content, at)
            found.append(number)
        return found

    def with_item(self, item: bytes) -> bytes:
        """The section with one item more."""
        return _number(self.count + 1) + self.content + item


def _sections(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(content):
        kind = content[at]
        size, start = _read(content, at + 1)
        at = start + size
        yield kind, content[start:at]


def _body(sections: list[tuple[int, bytes]], wanted: int) -> bytes:
    return next(body for kind, body in sections if kind == wanted)


def _imported_functions(body: bytes) -> int:
    """How many functions are imported: the SDK's modules import nothing else."""
    count, at = _read(body, 0)
    for _ in range(count):
        for _ in range(2):
            size, start = _read(body, at)
            at = start + size
        assert body[at] == _FUNCTION_KIND, "a module of the SDK imports functions"
        _, at = _read(body, at + 1)
    return count


def _exports(body: bytes) -> Iterator[tuple[bytes, int, int, int]]:
    """Name, number, and where the number stands."""
    count, at = _read(body, 0)
    for _ in range(count):
        size, start = _read(body, at)
        name = body[start : start + size]
        begins = start + size + 1
        number, at = _read(body, begins)
        yield name, number, begins, at


def _exported(body: bytes, wanted: bytes) -> int:
    return next(number for name, number, _, _ in _exports(body) if name == wanted)


def _pointing(body: bytes, wanted: bytes, number: int) -> bytes:
    """The exports, of which one is another function."""
    begins, ends = next(
        (begins, ends) for name, _, begins, ends in _exports(body) if name == wanted
    )
    return body[:begins] + _number(number) + body[ends:]


def _read(content: bytes, at: int) -> tuple[int, int]:
    """An unsigned number, and where it ends."""
    number = shift = 0
    while True:
        byte = content[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, at


def _number(number: int) -> bytes:
    """An unsigned number, as WebAssembly writes it."""
    written = bytearray()
    while number >= 0x80:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])


def _signed(number: int) -> bytes:
    """A number above zero where one may be below."""
    written = _number(number)
    return written if written[-1] < 0x40 else written[:-1] + bytes(
        [written[-1] | 0x80, 0]
    )  # fmt: skip


def _sized(content: bytes) -> bytes:
    return _number(len(content)) + content
