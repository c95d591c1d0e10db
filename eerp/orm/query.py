"""A find request, checked against its model while it is read.

``read_find`` reads the JSON of an ORM operation; :mod:`eerp.orm.querystring` reads
the same out of a query string. Both give a `Find`: what is in it has been checked,
values are texts ready to bind, and :mod:`eerp.orm.compile_find` cannot fail on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from eerp.errors import Fault, ValidationFailed
from eerp.limits import ROWS_EXPANDED_MAX, ROWS_PER_PAGE
from eerp.orm.access import Caller, OwnModels
from eerp.orm.comparison import Comparison
from eerp.orm.condition import All, Condition, Negation, Reader, Some, read_condition
from eerp.orm.faults import refuse_any, refused
from eerp.orm.model import Model
from eerp.orm.order import Key, default_order, order_keys, read_order
from eerp.orm.paging import (
    Count,
    Deleted,
    read_count,
    read_cursor,
    read_deleted,
    read_limit,
)
from eerp.orm.select import Selection, read_items, read_selection
from eerp.orm.view import View

__all__ = [
    # comparison, condition: the tree of a filter
    "All", "Comparison", "Condition", "Negation", "Some", "read_condition",
    "NOBODY", "Find", "Source", "check_expanded", "read_find", "read_source",
    "select_of",
]  # fmt: skip

NOBODY = Caller(None)


@frozen
class Find:
    """A checked find request. `order` ends with the id, so that it is total.

    `select` is None for whole records; `cursor` is still sealed; `count` asks for the
    number of all records that are found.
    """

    where: Condition | None
    order: tuple[Key, ...]
    limit: int = ROWS_PER_PAGE
    cursor: str | None = None
    deleted: Deleted = "exclude"
    select: Selection | None = None
    count: Count | None = None


@frozen
class Source:
    """What a request is about: a model, as its caller sees it."""

    caller: Caller
    view: View

    @classmethod
    def of(cls, model: Model, caller: Caller) -> Source:
        """The records of `model` that `caller` may read."""
        return cls(caller, caller.seen(model, 0))

    def reader(self) -> Reader:
        """A reader of the conditions of a query string, which a client wrote."""
        return Reader(self.view.fields, self.view, self.caller)

    def own_reader(self) -> Reader:
        """A reader of conditions that the module of the model wrote."""
        seer = OwnModels(self.caller, self.view.model.module)
        return Reader(self.view.fields, self.view, seer)


def select_of(source: Source, value: Any, pointer: str) -> Selection:
    """What is shown of a record. Raises `ValidationFailed` and `Forbidden`."""
    items = read_items(value, pointer)
    return read_selection(items, source.view, source.caller, pointer)


def check_expanded(selection: Selection, limit: int, pointer: str) -> None:
    """Refuse a page that could show too many related records."""
    rows = selection.rows
    if rows * limit > ROWS_EXPANDED_MAX:
        message = (
            f"A page could show {rows * limit} related records, and may show "
            f"{ROWS_EXPANDED_MAX}: take a smaller limit, or fewer relations."
        )
        raise refused(pointer, "too_many", message)


def read_find(
    model: Model, operation: Mapping[str, Any], caller: Caller = NOBODY
) -> Find:
    """The find request of a JSON operation. Raises `ValidationFailed`, all faults, and
    `Forbidden`."""
    return read_source(Source.of(model, caller), operation)


def read_source(source: Source, operation: Mapping[str, Any]) -> Find:
    """The same, where it is known already what is seen."""
    faults: list[Fault] = []
    parts: dict[str, Any] = {"where": None, "order": None}
    for name, read in _READERS.items():
        if operation.get(name) is not None:
            try:
                parts[name] = read(source, operation[name])
            except ValidationFailed as error:
                faults.extend(error.errors)
    refuse_any(faults)
    if parts["order"] is None:
        parts["order"] = default_order(source.view)
    find = Find(**parts)
    if find.select is not None:
        check_expanded(find.select, find.limit, "/select")
    return find


_READERS: Mapping[str, Callable[[Source, Any], Any]] = {
    "where": lambda source, value: source.own_reader().read(value, "/where"),
    "order": lambda source, value: order_keys(source.view, read_order(value), "/order"),
    "limit": lambda _, value: read_limit(value, "/limit"),
    "cursor": lambda _, value: read_cursor(value, "/cursor"),
    "deleted": lambda _, value: read_deleted(value, "/deleted"),
    "select": lambda source, value: select_of(source, value, "/select"),
    "count": lambda _, value: read_count(value, "/count"),
}
