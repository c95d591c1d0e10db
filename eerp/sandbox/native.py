"""wasmtime's C functions, with what the generated bindings get wrong put right.

wasmtime-py wraps no asynchronous call, so the sandbox uses its ctypes bindings.
"""

from __future__ import annotations

import ctypes
from typing import Any

from wasmtime import _bindings

__all__ = ["NO_FINALIZER", "async_callback", "bindings", "callback", "continuation"]

bindings: Any = _bindings
"""The C functions by name."""

# The C function answers nothing; the generated binding reads a pointer out of
# whatever the register held.
bindings._wasmtime_context_epoch_deadline_async_yield_and_update.restype = None

NO_FINALIZER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(0)
"""A null function pointer of the type that finalizers have."""

callback: Any = bindings.wasmtime_func_callback_t
async_callback: Any = bindings.wasmtime_func_async_callback_t
continuation: Any = bindings.wasmtime_func_async_continuation_callback_t
