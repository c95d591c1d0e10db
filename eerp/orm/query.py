"""A find request, checked against its model while it is read.

``read_find`` reads the JSON of an ORM operation; :mod:`eerp.orm.querystring` reads
the same out of a query string. Both give a `Find`: what is in it has been checked,
values are texts ready to bind, and :mod:`eerp.orm.compile_find` cannot fail on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, get_args

from attrs import frozen

from eerp.errors import Fault, ValidationFailed
from eerp.limits import (
    CURSOR_BYTES_MAX,
    ORDER_KEYS_MAX,
    ROWS_EXPANDED_MAX,
    ROWS_PER_PAGE,
    ROWS_PER_PAGE_MAX,
)
from eerp.orm.access import Caller
from eerp.orm.comparison import Comparison
from eerp.orm.condition import All, Condition, Negation, Reader, Some, read_condition
from eerp.orm.faults import refuse_any, refused
from eerp.orm.model import Field, Model
from eerp.orm.select import Selection, read_items, read_selection
from eerp.orm.view import View, field_of

__all__ = [
    # comparison, condition: the tree of a filter
    "All", "Comparison", "Condition", "Negation", "Some", "read_condition",
    "NOBODY", "Count", "Deleted", "Find", "Key", "Source", "check_expanded",
    "default_order", "order_keys", "read_count", "read_cursor", "read_deleted",
    "read_find", "read_limit", "read_order", "read_source", "select_of",
]  # fmt: skip

Deleted = Literal["exclude", "include", "only"]
Count = Literal["exact", "estimated"]

NOBODY = Caller(None)


@frozen
class Key:
    """One key of an order."""

    field: Field
    descending: bool
    nulls_first: bool


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
        """A reader of its conditions."""
        return Reader(self.view.fields, self.view, self.caller)


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


def read_limit(value: Any, pointer: str) -> int:
    """How many records a page has. Raises `ValidationFailed`."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and 1 <= value <= ROWS_PER_PAGE_MAX:
        return int(value)
    message = f"The limit is a whole number from 1 to {ROWS_PER_PAGE_MAX}."
    raise refused(pointer, "range", message)


def read_cursor(value: Any, pointer: str) -> str | None:
    """A sealed cursor, of a size that it may have. Raises `ValidationFailed`."""
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and len(value) <= CURSOR_BYTES_MAX:
        return value
    message = "The cursor is not one that next_cursor gave."
    raise refused(pointer, "cursor", message)


def read_deleted(value: Any, pointer: str) -> Deleted:
    """Whether deleted records are found. Raises `ValidationFailed`."""
    word: Deleted = _word_of(Deleted, "deleted", value, pointer)
    return word


def read_count(value: Any, pointer: str) -> Count:
    """How the records are counted. Raises `ValidationFailed`."""
    word: Count = _word_of(Count, "count", value, pointer)
    return word


def _word_of(choice: Any, name: str, value: Any, pointer: str) -> Any:
    words = get_args(choice)
    for word in words:
        if value == word:
            return word
    raise refused(pointer, "enum", f"{name} is one of {', '.join(words)}.")


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


def read_order(value: Any) -> list[tuple[str, bool, bool | None]]:
    """An order as JSON: what it names, and in which direction. Raises
    `ValidationFailed`."""
    wanted: list[tuple[str, bool, bool | None]] = []
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


_READERS: Mapping[str, Callable[[Source, Any], Any]] = {
    "where": lambda source, value: source.reader().read(value, "/where"),
    "order": lambda source, value: order_keys(source.view, read_order(value), "/order"),
    "limit": lambda _, value: read_limit(value, "/limit"),
    "cursor": lambda _, value: read_cursor(value, "/cursor"),
    "deleted": lambda _, value: read_deleted(value, "/deleted"),
    "select": lambda source, value: select_of(source, value, "/select"),
    "count": lambda _, value: read_count(value, "/count"),
}
