"""Which of the many records behind a relation are shown, as a select says in brackets.

::

    contacts[first_name=ilike.a*&order=last_name.desc&limit=5](id,first_name)

What stands there is a query string of its own, percent-encoded where a value holds
one of its marks: filters, ``order``, ``limit``, ``cursor``, and ``count=exact``, with
which the relation shows ``{"items": [...], "total": n}`` in place of the records alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from attrs import frozen

from eerp.limits import QUERY_PARAMETERS_MAX, RELATED_LIMIT_MAX, ROWS_PER_RELATION_MAX
from eerp.orm.condition import Budget, Condition, Reader
from eerp.orm.faults import refused
from eerp.orm.filters import joined, read_filter
from eerp.orm.order import Key, default_order, order_keys, order_of_text
from eerp.orm.paging import limit_of_text, read_count, read_cursor
from eerp.orm.relations import Seer
from eerp.orm.view import View

__all__ = ["Page", "read_page"]


@frozen
class Page:
    """The records that are shown: those that are found, in order, after one.

    `cursor` is still sealed, `after` has the texts that it held, one for each key.
    """

    order: tuple[Key, ...]
    where: Condition | None = None
    limit: int = ROWS_PER_RELATION_MAX
    cursor: str | None = None
    after: tuple[str | None, ...] | None = None
    counted: bool = False


def read_page(
    view: View, seer: Seer, budget: Budget, text: str | None, pointer: str
) -> Page:
    """What is said of related records. Raises `ValidationFailed` and `Forbidden`."""
    reader = Reader(view.fields, view, seer, budget)
    conditions: list[Condition] = []
    settings: dict[str, Any] = {}
    for name, value in _pairs(text or "", pointer):
        if name not in _SETTINGS:
            conditions.append(read_filter(reader, name, value, pointer))
            continue
        if name in settings:
            message = f"{name} is given twice for one relation."
            raise refused(pointer, "duplicate", message)
        settings[name] = _SETTINGS[name](view, value, pointer)
    order = settings.pop("order", None) or default_order(view)
    counted = settings.pop("count", None) is not None
    return Page(order, joined(conditions), counted=counted, **settings)


def _pairs(text: str, pointer: str) -> list[tuple[str, str]]:
    parts = [part.partition("=") for part in text.split("&") if part]
    if len(parts) > QUERY_PARAMETERS_MAX:
        message = f"More than {QUERY_PARAMETERS_MAX} things are said of one relation."
        raise refused(pointer, "too_many", message)
    try:
        return [
            (unquote(name, errors="strict"), unquote(value, errors="strict"))
            for name, _, value in parts
        ]
    except UnicodeDecodeError:
        message = "What is said of a relation is not percent-encoded UTF-8."
        raise refused(pointer, "format", message) from None


def _count(_view: View, text: str, pointer: str) -> str:
    if read_count(text, pointer) != "exact":
        message = "Related records are counted exactly, or not at all."
        raise refused(pointer, "enum", message)
    return text


_SETTINGS: Mapping[str, Callable[[View, str, str], Any]] = {
    "order": lambda view, text, pointer: order_keys(
        view, order_of_text(text, pointer), pointer
    ),
    "limit": lambda _, text, pointer: limit_of_text(text, pointer, RELATED_LIMIT_MAX),
    "cursor": lambda _, text, pointer: read_cursor(text, pointer),
    "count": _count,
}
