"""What ended a guest: wasmtime's traps and errors as errors of ours.

Messages of wasmtime hold backtraces with names that the guest chose: they go to
the log as `detail`, never to a client.
"""

from __future__ import annotations

from typing import Any

from wasmtime import Trap, TrapCode, WasmtimeError

from eerp.errors import EerpError, GuestError, GuestTrapped, Overloaded

__all__ = ["error_of", "trap_of"]

_SENTENCES = {
    TrapCode.UNREACHABLE: "The module panicked.",
    TrapCode.STACK_OVERFLOW: "The module used up its stack.",
    TrapCode.MEMORY_OUT_OF_BOUNDS: "The module reached outside its memory.",
    TrapCode.INTEGER_DIVISION_BY_ZERO: "The module divided by zero.",
}
_POOL_FULL = "maximum concurrent"
DETAIL_CHARACTERS_MAX = 4000


def trap_of(pointer: Any) -> GuestError:
    """The error for a trap; takes ownership of `pointer`."""
    trap = Trap._from_ptr(pointer)
    code = trap.trap_code
    sentence = "The module trapped." if code is None else _SENTENCES.get(code)
    message = sentence or "The module trapped."
    return GuestTrapped(message, detail=trap.message[:DETAIL_CHARACTERS_MAX])


def error_of(pointer: Any) -> EerpError:
    """The error for a failure that is not a trap; takes ownership of `pointer`."""
    detail = str(WasmtimeError._from_ptr(pointer))[:DETAIL_CHARACTERS_MAX]
    if _POOL_FULL in detail:
        return Overloaded("Too many modules run at once.", detail=detail)
    return GuestTrapped("The module could not run.", detail=detail)
