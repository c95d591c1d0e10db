"""A guest's linear memory, seen through checks that never clamp.

wasmtime-py's own `Memory.read` is a slice: it clamps, and counts negative numbers
from the end. Here a range that is not wholly inside is `GuestProtocolError`.
Addresses are fetched anew for every access, since the guest may have grown.
"""

from __future__ import annotations

import ctypes
from typing import Any

from eerp.errors import GuestProtocolError
from eerp.sandbox.native import native

__all__ = ["Memory"]

U32 = 0xFFFF_FFFF


class Memory:
    """The exported memory of one live guest."""

    __slots__ = ("_context", "_handle")

    def __init__(self, context: Any, handle: Any) -> None:
        self._context = context
        self._handle = ctypes.byref(handle)

    def read(self, pointer: int, length: int, length_max: int) -> bytes:
        """The `length` bytes at `pointer`, both as the guest gave them."""
        length &= U32
        if length > length_max:
            raise GuestProtocolError(
                f"The module passed {length} bytes where {length_max} are allowed."
            )
        return ctypes.string_at(self._address(pointer & U32, length), length)

    def write(self, pointer: int, data: bytes) -> None:
        """Copy `data` to `pointer`."""
        address = self._address(pointer & U32, len(data))
        ctypes.memmove(address, data, len(data))

    def _address(self, pointer: int, length: int) -> int:
        size = native.memory_data_size(self._context, self._handle)
        if pointer + length > size:
            raise GuestProtocolError(
                "The module passed an address outside its memory.",
                detail=f"pointer {pointer}, length {length}, memory {size}",
            )
        base: int = native.memory_data(self._context, self._handle)
        return base + pointer
