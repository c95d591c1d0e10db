"""The host functions that a guest may import, each gated by a capability.

They run on the guest's own stack, called by C code: an exception that escaped
would end the process or surface in another request. So each body runs inside a
guard that keeps the exception on the guest and traps. They are small: they check,
copy and note down what is asked; the work is done later on the reactor's stack.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from typing import Any, Protocol

from attrs import frozen
from wasmtime import FuncType, ValType

from eerp import limits
from eerp.errors import GuestFault
from eerp.log import Logger, LogLevel
from eerp.sandbox.fiber import KIND_I32, KIND_I64
from eerp.sandbox.memory import Memory
from eerp.sandbox.native import (
    NO_FINALIZER,
    async_callback,
    bindings,
    callback,
    continuation,
)

__all__ = ["IMPORTS", "Import", "Running", "running"]

log = Logger(namespace="eerp.guest")

_LEVELS = (LogLevel.debug, LogLevel.info, LogLevel.warn, LogLevel.error)
_RANDOM_BYTES_MAX = 64 * limits.KIB
_METHOD_BYTES_MAX = 16
_PATH_BYTES_MAX = 512
_NAME_BYTES_MAX = 200


class Caller(Protocol):
    """The guest that calls, as host functions see it."""

    module: str
    request_id: str
    now_ms: int
    log_lines: int
    memory: Memory
    staged: list[bytes]
    fault: BaseException | None

    def count_host_call(self) -> None:
        """Note one more call; raises when there are too many."""

    def register(self, kind: str, texts: tuple[str, ...], handler_id: int) -> None:
        """Note a registration; raises outside `init`."""

    def suspend(self, kind: str, request: bytes, results: Any) -> None:
        """Note what the guest waits for, and where the outcome goes."""

    def resumable(self) -> bool:
        """Whether there is an outcome; hands it over."""


class Running:
    """Which guest is being polled. Only one can be, on the reactor's thread."""

    __slots__ = ("guest",)

    def __init__(self) -> None:
        self.guest: Caller | None = None


running = Running()


def _trap(error: BaseException) -> Any:
    """A new trap that stands for `error`, which the guest object keeps."""
    guest = running.guest
    if guest is not None and guest.fault is None:
        guest.fault = error
    text = b"host function refused"
    return bindings.wasmtime_trap_new(ctypes.create_string_buffer(text), len(text))


def _current() -> Caller:
    guest = running.guest
    if guest is None:
        raise GuestFault("A host function was called outside of a request.")
    guest.count_host_call()
    return guest


def _immediate(body: Callable[[Caller, Any], int | None], kind: int) -> Any:
    """The C callback for a host function that answers at once."""

    def body_guarded(
        _env: Any, _caller: Any, arguments: Any, _n: int, results: Any, count: int
    ) -> int:
        try:
            value = body(_current(), arguments)
            if count:
                _answer(results, kind, value)
            return 0
        except BaseException as error:  # C code cannot take it
            return int(ctypes.cast(_trap(error), ctypes.c_void_p).value or 0)

    return callback(body_guarded)


def _answer(results: Any, kind: int, value: int | None) -> None:
    results[0].kind = kind
    if kind == KIND_I64:
        results[0].of.i64 = value
    else:
        results[0].of.i32 = value


def _resume(_env: Any) -> bool:
    """Whether the suspended guest may go on; always, when something is wrong."""
    guest = running.guest
    try:
        return guest is None or guest.resumable()
    except BaseException as error:  # C code cannot take it
        _trap(error)
        return True


_RESUME = continuation(_resume)


def _suspending(body: Callable[[Caller, Any, Any], None]) -> Any:
    """The C callback for a host function that suspends the guest."""

    def body_guarded(
        _env: Any, _caller: Any, arguments: Any, _n: int,
        results: Any, _count: int, trap: Any, then: Any,
    ) -> None:  # fmt: skip
        # The continuation comes first: without one, the process would abort.
        then.contents.callback = _RESUME
        then.contents.env = None
        then.contents.finalizer = NO_FINALIZER
        try:
            body(_current(), arguments, results)
        except BaseException as error:  # C code cannot take it
            _answer(results, KIND_I64, 0)
            trap[0] = _trap(error)

    return async_callback(body_guarded)


def _registering(kind: str, *lengths_max: int) -> Import:
    """`register_<kind>`: so many texts of bounded length, then the handler's id."""
    last = 2 * len(lengths_max)

    def register(guest: Caller, arguments: Any) -> None:
        pairs = [
            (arguments[2 * n].of.i32, arguments[2 * n + 1].of.i32, length_max)
            for n, length_max in enumerate(lengths_max)
        ]
        texts = tuple(_text(guest, *pair) for pair in pairs)
        guest.register(kind, texts, arguments[last].of.i32)

    return _now(last + 1, None, register)


def _text(guest: Caller, pointer: int, length: int, length_max: int) -> str:
    try:
        return guest.memory.read(pointer, length, length_max).decode()
    except UnicodeDecodeError:
        raise GuestFault("The module passed text that is not UTF-8.") from None


def _log(guest: Caller, arguments: Any) -> None:
    guest.log_lines += 1
    if guest.log_lines > limits.GUEST_LOG_LINES_MAX:
        return
    level = arguments[0].of.i32
    length = min(arguments[2].of.i32 & 0xFFFF_FFFF, limits.GUEST_LOG_BYTES_MAX)
    data = guest.memory.read(arguments[1].of.i32, length, limits.GUEST_LOG_BYTES_MAX)
    log.emit(
        _LEVELS[level] if 0 <= level < len(_LEVELS) else LogLevel.info,
        "{module}: {text}",
        event="module_log",
        module=guest.module,
        text=data.decode("utf-8", "replace"),
        request_id=guest.request_id,
    )


def _now_ms(guest: Caller, _arguments: Any) -> int:
    return guest.now_ms


def _random(guest: Caller, arguments: Any) -> None:
    length = arguments[1].of.i32 & 0xFFFF_FFFF
    if length > _RANDOM_BYTES_MAX:
        raise GuestFault(f"The module asked for {length} random bytes at once.")
    guest.memory.write(arguments[0].of.i32, os.urandom(length))


def _take(guest: Caller, arguments: Any) -> int:
    if not guest.staged:
        raise GuestFault("The module took a result, and there is none.")
    data = guest.staged[-1]
    guest.memory.write(arguments[0].of.i32, data)
    return len(data)


def _asking(kind: str, capability: str | None) -> Import:
    """An import that suspends the guest until the host has served its request."""

    def ask(guest: Caller, arguments: Any, results: Any) -> None:
        request = guest.memory.read(
            arguments[0].of.i32, arguments[1].of.i32, limits.GUEST_OPERATION_BYTES_MAX
        )
        guest.suspend(kind, request, results)

    return Import(2, KIND_I64, capability, True, _suspending(ask))


@frozen
class Import:
    """A host function: how many i32 it takes, what it answers, who may have it."""

    parameters: int
    result: int | None
    capability: str | None
    suspends: bool
    callback: Any

    def type(self) -> FuncType:
        """Its WebAssembly type."""
        answers = {None: [], KIND_I32: [ValType.i32()], KIND_I64: [ValType.i64()]}
        return FuncType(
            [ValType.i32() for _ in range(self.parameters)], answers[self.result]
        )


def _now(
    parameters: int, result: int | None, body: Callable[[Caller, Any], int | None]
) -> Import:
    kind = KIND_I32 if result is None else result
    return Import(parameters, result, None, False, _immediate(body, kind))


IMPORTS: dict[str, Import] = {
    "register_route": _registering("route", _METHOD_BYTES_MAX, _PATH_BYTES_MAX),
    "register_service": _registering("service", _NAME_BYTES_MAX),
    "register_event": _registering("event", _NAME_BYTES_MAX),
    "register_job": _registering("job", _NAME_BYTES_MAX, _NAME_BYTES_MAX),
    "log": _now(3, None, _log),
    "now_ms": _now(0, KIND_I64, _now_ms),
    "random": _now(2, None, _random),
    "take": _now(1, KIND_I32, _take),
    "orm": _asking("orm", "orm"),
    "call": _asking("call", None),
    "emit": _asking("emit", "events"),
    "http": _asking("http", "http"),
}
