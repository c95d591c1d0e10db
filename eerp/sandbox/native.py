"""The C functions of wasmtime that the sandbox calls, as wasmtime-py binds them.

wasmtime-py wraps no asynchronous call, so the sandbox uses its ctypes bindings:
here by name, without the Python function around each, and with what the generated
ones get wrong put right.
"""

from __future__ import annotations

import ctypes
from types import SimpleNamespace
from typing import Any

from wasmtime import _bindings

__all__ = [
    "NO_FINALIZER", "async_callback", "bindings", "callback", "continuation", "native"
]  # fmt: skip

bindings: Any = _bindings
"""All of them, and the structures."""

# The C function answers nothing; the generated binding reads a pointer out of
# whatever the register held.
bindings._wasmtime_context_epoch_deadline_async_yield_and_update.restype = None
# An address is all that is wanted of the pointer.
bindings._wasmtime_memory_data.restype = ctypes.c_void_p

_CALLED_IN_EACH_REQUEST = (
    "call_future_delete", "call_future_poll",
    "context_epoch_deadline_async_yield_and_update", "context_set_epoch_deadline",
    "func_call_async", "instance_export_get", "instance_pre_instantiate_async",
    "memory_data", "memory_data_size", "store_context", "store_delete",
    "store_limiter", "store_new",
)  # fmt: skip
native: Any = SimpleNamespace(
    **{name: getattr(bindings, f"_wasmtime_{name}") for name in _CALLED_IN_EACH_REQUEST}
)
"""``native.store_new`` is ``wasmtime_store_new``, and so on."""

NO_FINALIZER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(0)
"""A null function pointer of the type that finalizers have."""

callback: Any = bindings.wasmtime_func_callback_t
async_callback: Any = bindings.wasmtime_func_async_callback_t
continuation: Any = bindings.wasmtime_func_async_continuation_callback_t
