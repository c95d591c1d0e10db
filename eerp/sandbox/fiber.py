"""A guest call as a state machine over wasmtime's asynchronous C functions.

The C side keeps pointers into every slot that a call writes to until its future
is deleted, so one `Fiber` owns them all. The life of a fiber is NEW -> (poll)* ->
DONE -> closed, or closed while it waits: deleting the future then unwinds the
guest's stack. A fiber is never polled again after it is done, and closed only from
the reactor's own level, never from inside a poll.
"""

from __future__ import annotations

import ctypes
from typing import Any

from eerp.errors import EerpError
from eerp.sandbox.native import bindings, native
from eerp.sandbox.trap import error_of, trap_of

__all__ = ["Fiber"]

KIND_I32 = 0
KIND_I64 = 1
_Trap = ctypes.POINTER(bindings.wasm_trap_t)
_Error = ctypes.POINTER(bindings.wasmtime_error_t)
_Arguments = [bindings.wasmtime_val_t * n for n in range(4)]
_Results = bindings.wasmtime_val_t * 1


class Fiber:
    """One call in flight. `call` and `instantiate` make it; `poll` drives it."""

    __slots__ = (
        "_arguments",
        "_error",
        "_func",
        "_future",
        "_results",
        "_trap",
        "done",
    )

    def __init__(self) -> None:
        self._trap = _Trap()
        self._error = _Error()
        self._results = _Results()
        self._arguments: Any = None
        self._func: Any = None
        self._future: Any = None
        self.done = False

    @classmethod
    def instantiate(cls, pre: Any, context: Any, instance: Any) -> Fiber:
        """Instantiate `pre` in the store of `context`, into the slot `instance`."""
        self = cls()
        self._arguments = instance
        self._future = native.instance_pre_instantiate_async(
            pre,
            context,
            ctypes.byref(instance),
            ctypes.byref(self._trap),
            ctypes.byref(self._error),
        )
        return self

    @classmethod
    def call(
        cls, context: Any, func: Any, arguments: tuple[int, ...], results: int
    ) -> Fiber:
        """Call `func` with 32-bit integers; it answers `results` (0 or 1) values."""
        self = cls()
        self._func = func
        slots = _Arguments[len(arguments)]()
        for slot, value in zip(slots, arguments, strict=True):
            slot.kind = KIND_I32
            slot.of.i32 = value
        self._arguments = slots
        self._future = native.func_call_async(
            context,
            ctypes.byref(func),
            slots,
            len(arguments),
            self._results,
            results,
            ctypes.byref(self._trap),
            ctypes.byref(self._error),
        )
        return self

    def poll(self) -> bool:
        """Run until the guest is done (true), suspends, or uses up its slice."""
        assert not self.done
        self.done = native.call_future_poll(self._future)
        return self.done

    def result(self) -> int:
        """The value of a done call; raises what ended it. Closes the fiber."""
        assert self.done
        self.close()
        failure = self._failure()
        if failure is not None:
            raise failure
        value = self._results[0]
        return int(value.of.i64 if value.kind == KIND_I64 else value.of.i32)

    def close(self) -> None:
        """Delete the future; a guest that is not done is unwound."""
        future, self._future = self._future, None
        if future is not None:
            native.call_future_delete(future)

    def _failure(self) -> EerpError | None:
        if self._trap:
            return trap_of(self._trap)
        if self._error:
            return error_of(self._error)
        return None
