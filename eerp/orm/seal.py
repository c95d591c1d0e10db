"""A cursor's seal: what a client hands back is what it was given, for this list.

A cursor holds a value as JSON behind a truncated HMAC-SHA256, which covers a label
of the list too. Whoever has it can read the value and not change it.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson

__all__ = ["close", "open_sealed"]

_SEAL_BYTES = 16


def close(key: bytes, label: str, value: Any) -> str:
    """A cursor of the JSON `value` for the list with this label."""
    payload = orjson.dumps(value)
    sealed = urlsafe_b64encode(_seal(key, label, payload) + payload)
    return sealed.rstrip(b"=").decode()


def open_sealed(key: bytes, label: str, cursor: str) -> Any:
    """The value. Raises `ValueError` for what is no cursor of this list."""
    raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    seal, payload = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
    if not hmac.compare_digest(seal, _seal(key, label, payload)):
        raise ValueError("the seal is broken")
    return orjson.loads(payload)


def _seal(key: bytes, label: str, payload: bytes) -> bytes:
    return hmac.digest(key, f"{label}/".encode() + payload, "sha256")[:_SEAL_BYTES]
