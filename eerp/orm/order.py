"""An order of records: its keys, checked against what a caller sees of a model.

As text it is ``last_name.asc,created_at.desc.nullslast``, as JSON a list of pairs such
as ``["name", "asc"]``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen

from eerp.limits import ORDER_KEYS_MAX
from eerp.orm.faults import refused
from eerp.orm.model import EXTENSIONS, Field
from eerp.orm.view import View, field_of

__all__ = ["Key", "Wanted", "default_order", "order_keys", "order_of_text",
           "read_order"]  # fmt: skip

_NULLS = {"nullsfirst": True, "nullslast": False}

Wanted = list[tuple[str, bool, bool | None]]
"""Fields, each with whether it descends, and whether nulls come first."""


@frozen
class Key:
    """One key of an order."""

    field: Field
    descending: bool
    nulls_first: bool


def order_keys(
    view: View, wanted: Iterable[tuple[str, bool, bool | None]], pointer: str
) -> tuple[Key, ...]:
    """A total order of (field, descending, nulls first or None for the usual).

    Nulls are last when ascending and first when descending, as in PostgreSQL. The
    id ends every order, in the direction of the key before it, so that one index
    can serve both. Raises `ValidationFailed`, and `Forbidden` for a hidden field.
    """
    keys: list[Key] = []
    for name, descending, nulls_first in wanted:
        found = field_of(view.fields, name, pointer, view.hidden)
        _check_key(found, keys, pointer)
        first = descending if nulls_first is None else nulls_first
        keys.append(Key(found, descending, first))
        if name == "id":
            # The id is unique: what comes after it decides nothing.
            return tuple(keys)
    descending = keys[-1].descending if keys else False
    return (*keys, Key(view.fields["id"], descending, descending))


def _check_key(field: Field, keys: list[Key], pointer: str) -> None:
    if not field.type.ordered:
        message = f"Records cannot be ordered by {field.name}."
        raise refused(pointer, "unordered", message)
    if any(key.field is field for key in keys):
        message = f"{field.name} is in the order twice."
        raise refused(pointer, "duplicate", message)
    if len(keys) == ORDER_KEYS_MAX:
        message = f"An order has at most {ORDER_KEYS_MAX} fields."
        raise refused(pointer, "too_many", message)


def default_order(view: View) -> tuple[Key, ...]:
    """The order that the model declares, without what is hidden: the order of records,
    and a cursor, would tell of it."""
    wanted = [
        (name, direction == "desc", None)
        for name, direction in view.model.order
        if name not in view.hidden
    ]
    return order_keys(view, wanted, "/order")


def read_order(value: Any) -> Wanted:
    """An order as JSON: what it names, and in which direction. Raises
    `ValidationFailed`."""
    wanted: Wanted = []
    for pair in value if isinstance(value, list) else [value]:
        match pair:
            case [str(name), "asc" | "desc" as direction]:
                wanted.append((name, direction == "desc", None))
            case [
                str(name),
                "asc" | "desc" as direction,
                "nullsfirst" | "nullslast" as nulls,
            ]:
                wanted.append((name, direction == "desc", nulls == "nullsfirst"))
            case _:
                message = "An order is a list such as [['name', 'asc']]."
                raise refused("/order", "format", message)
    return wanted


def order_of_text(text: str, pointer: str) -> Wanted:
    """The same of a query string. Raises `ValidationFailed`."""
    return [_ordered(part.split("."), pointer) for part in text.split(",")]


def _ordered(words: list[str], pointer: str) -> tuple[str, bool, bool | None]:
    """``last_name.desc.nullslast``; the name may be dotted itself."""
    nulls, direction = None, None
    if len(words) > 2 and words[-1] in _NULLS:
        nulls = _NULLS[words.pop()]
    if len(words) > 1 and words[-1] in ("asc", "desc"):
        direction = words.pop()
    extended = words[0] == EXTENSIONS
    if (direction is None and nulls is not None) or (len(words) > 1 and not extended):
        message = "An order is like last_name.asc,created_at.desc.nullslast."
        raise refused(pointer, "format", message)
    return ".".join(words), direction == "desc", nulls
