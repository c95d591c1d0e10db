"""Cursors: where the next page of a list begins, sealed.

A cursor holds the values of the order's keys in the last record of a page, as JSON,
behind a truncated HMAC-SHA256. The seal covers the model and the order too, so that
a cursor opens only for the list that gave it; the filter may change between pages.
What a client can read in it are values that the record showed.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

import orjson
from attrs import field, frozen

from eerp.limits import CURSOR_BYTES_MAX
from eerp.orm.faults import refused
from eerp.orm.fields import WrongValue
from eerp.orm.model import Model
from eerp.orm.query import Key

__all__ = ["Cursors"]

_SEAL_BYTES = 16


@frozen
class Cursors:
    """Seals and opens cursors with `key`, which every process of a server shares."""

    key: bytes = field(repr=False)

    def seal(self, model: Model, order: Sequence[Key], values: Sequence[Any]) -> str:
        """A cursor of JSON `values`, one for each key. Raises `ValidationFailed` when
        they are too long for a URL."""
        payload = orjson.dumps(values)
        sealed = urlsafe_b64encode(self._sign(model, order, payload) + payload)
        if len(sealed) > CURSOR_BYTES_MAX:
            message = "A value of the order is too long to continue the list after it."
            raise refused("/order", "too_long", message)
        return sealed.rstrip(b"=").decode()

    def open(
        self, model: Model, order: Sequence[Key], cursor: str, pointer: str
    ) -> tuple[str | None, ...]:
        """The texts to bind, one for each key. Raises `ValidationFailed` for a cursor
        that was changed, or made for another list."""
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            seal, payload = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
            if hmac.compare_digest(seal, self._sign(model, order, payload)):
                return _texts(order, orjson.loads(payload))
        except (ValueError, WrongValue):
            pass
        message = "The cursor is not one that next_cursor gave for this order."
        raise refused(pointer, "cursor", message)

    def _sign(self, model: Model, order: Sequence[Key], payload: bytes) -> bytes:
        keys = ",".join(
            f"{key.field.name}:{key.field.type.name}"
            f"{'-' if key.descending else '+'}{'<' if key.nulls_first else '>'}"
            for key in order
        )
        signed = f"{model.module}.{model.name}/{keys}/".encode() + payload
        return hmac.digest(self.key, signed, "sha256")[:_SEAL_BYTES]


def _texts(order: Sequence[Key], values: list[Any]) -> tuple[str | None, ...]:
    return tuple(
        None if value is None else key.field.type.encode_operand(value)
        for key, value in zip(order, values, strict=True)
    )
