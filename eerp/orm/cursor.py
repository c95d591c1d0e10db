"""Cursors: where the next page of a list begins, sealed.

A cursor holds the values of the order's keys in the last record of a page. Its seal
covers the model and the order too, so that it opens only for the list that gave it; the
filter may change between pages.
What a client can read in it are values that the record showed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import field, frozen

from eerp.limits import CURSOR_BYTES_MAX
from eerp.orm.faults import refused
from eerp.orm.fields import WrongValue
from eerp.orm.model import Model
from eerp.orm.order import Key
from eerp.orm.seal import close, open_sealed

__all__ = ["Cursors"]


@frozen
class Cursors:
    """Seals and opens cursors with `key`, which every process of a server shares."""

    key: bytes = field(repr=False)

    def seal(self, model: Model, order: Sequence[Key], values: Sequence[Any]) -> str:
        """A cursor of JSON `values`, one for each key. Raises `ValidationFailed` when
        they are too long for a URL."""
        sealed = close(self.key, _label(model, order), values)
        if len(sealed) > CURSOR_BYTES_MAX:
            message = "A value of the order is too long to continue the list after it."
            raise refused("/order", "too_long", message)
        return sealed

    def open(
        self, model: Model, order: Sequence[Key], cursor: str, pointer: str
    ) -> tuple[str | None, ...]:
        """The texts to bind, one for each key. Raises `ValidationFailed` for a cursor
        that was changed, or made for another list."""
        try:
            values = open_sealed(self.key, _label(model, order), cursor)
            return _texts(order, values)
        except (ValueError, WrongValue):
            pass
        message = "The cursor is not one that next_cursor gave for this order."
        raise refused(pointer, "cursor", message)


def _label(model: Model, order: Sequence[Key]) -> str:
    keys = ",".join(
        f"{key.field.name}:{key.field.type.name}"
        f"{'-' if key.descending else '+'}{'<' if key.nulls_first else '>'}"
        for key in order
    )
    return f"{model.module}.{model.name}/{keys}"


def _texts(order: Sequence[Key], values: list[Any]) -> tuple[str | None, ...]:
    return tuple(
        None if value is None else key.field.type.encode_operand(value)
        for key, value in zip(order, values, strict=True)
    )
