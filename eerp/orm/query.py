"""A find request as a syntax tree, checked against its model while it is read.

``read_find`` reads the JSON of an ORM operation; :mod:`eerp.orm.querystring` reads
the same out of a query string. Both give a `Find`: what is in it has been checked,
values are texts ready to bind, and :mod:`eerp.orm.compile` cannot fail on it.

Comparisons are SQL's own: with a null they are neither true nor false, so that
neither ``eq`` nor ``neq`` nor ``not`` finds a record whose field is null; ``is``
does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, get_args

from attrs import define, frozen

from eerp.errors import Fault, ValidationFailed
from eerp.limits import (
    CONDITION_DEPTH_MAX,
    CONDITIONS_MAX,
    CURSOR_BYTES_MAX,
    IN_VALUES_MAX,
    ORDER_KEYS_MAX,
    ROWS_PER_PAGE,
    ROWS_PER_PAGE_MAX,
)
from eerp.orm.faults import refuse_any, refused
from eerp.orm.fields import OPERATORS, WrongValue, array_literal
from eerp.orm.model import Field, Model

__all__ = [
    "All", "Budget", "Comparison", "Condition", "Deleted", "Find", "Key", "Negation",
    "Some", "comparison", "default_order",
    "field_of", "order_keys", "read_condition", "read_cursor",
    "read_deleted", "read_find", "read_limit",
]  # fmt: skip

Deleted = Literal["exclude", "include", "only"]


@frozen
class Comparison:
    """A field compared with a value. `value` is the text to bind; for ``in`` an array
    literal, for ``like`` and ``ilike`` the pattern; for ``is`` the SQL word."""

    field: Field
    operator: str
    value: str


@frozen
class All:
    """Every part holds; with no parts, it holds."""

    parts: tuple[Condition, ...]


@frozen
class Some:
    """At least one part holds; with no parts, it does not."""

    parts: tuple[Condition, ...]


@frozen
class Negation:
    """The part does not hold."""

    part: Condition


Condition = Comparison | All | Some | Negation


@frozen
class Key:
    """One key of an order."""

    field: Field
    descending: bool
    nulls_first: bool


@frozen
class Find:
    """A checked find request. `order` ends with the id, so that it is total.

    `select` is None for whole records; `cursor` is still sealed.
    """

    where: Condition | None
    order: tuple[Key, ...]
    limit: int = ROWS_PER_PAGE
    cursor: str | None = None
    deleted: Deleted = "exclude"
    select: tuple[Field, ...] | None = None


@define
class Budget:
    """How many comparisons a request may still hold."""

    left: int = CONDITIONS_MAX

    def spend(self, pointer: str) -> None:
        """Count one comparison. Raises `ValidationFailed` beyond the last."""
        self.left -= 1
        if self.left < 0:
            message = f"A filter has at most {CONDITIONS_MAX} comparisons."
            raise refused(pointer, "too_many", message)


def field_of(fields: Mapping[str, Field], name: object, pointer: str) -> Field:
    """The field that a request names. Raises `ValidationFailed`, naming those there
    are."""
    found = fields.get(name) if isinstance(name, str) else None
    if found is None:
        message = f"There is no such field; there are: {', '.join(fields)}."
        raise refused(pointer, "unknown_field", message)
    return found


def comparison(field: Field, operator: str, value: Any, pointer: str) -> Comparison:
    """A checked comparison of `field` with a JSON value. Raises `ValidationFailed`."""
    allowed = field.type.operators
    if operator not in allowed:
        names = ", ".join(name for name in OPERATORS if name in allowed)
        message = f"Field {field.name} cannot be filtered so; it knows: {names}."
        raise refused(pointer, "unknown_operator", message)
    encode = _ENCODERS.get(operator, _operand)
    try:
        return Comparison(field, operator, encode(field, value))
    except WrongValue as wrong:
        raise refused(pointer, wrong.code, f"{field.name} {wrong.message}.") from None


def _operand(field: Field, value: Any) -> str:
    if value is None:
        raise WrongValue("type", "is compared with null only by the operator is")
    return field.type.encode_operand(value)


def _pattern(field: Field, value: Any) -> str:
    """A LIKE pattern in which only ``*`` is special."""
    text = _operand(field, value)
    for special in "\\%_":
        text = text.replace(special, "\\" + special)
    return text.replace("*", "%")


def _operands(field: Field, value: Any) -> str:
    if not isinstance(value, list):
        raise WrongValue("type", "is compared by the operator in with a list only")
    if len(value) > IN_VALUES_MAX:
        raise WrongValue("too_many", f"is compared with at most {IN_VALUES_MAX} values")
    return array_literal(_operand(field, item) for item in value)


def _truth(field: Field, value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool) and field.type.name == "boolean":
        return "TRUE" if value else "FALSE"
    words = "null, true or false" if field.type.name == "boolean" else "null"
    raise WrongValue("type", f"is compared by the operator is with {words} only")


_ENCODERS: Mapping[str, Callable[[Field, Any], str]] = {
    "like": _pattern,
    "ilike": _pattern,
    "in": _operands,
    "is": _truth,
}


def read_condition(
    fields: Mapping[str, Field],
    value: Any,
    pointer: str = "/where",
    budget: Budget | None = None,
    depth: int = CONDITION_DEPTH_MAX,
) -> Condition:
    """The condition of an operation's ``where``. Raises `ValidationFailed`."""
    budget = Budget() if budget is None else budget
    if depth == 0:
        message = f"A filter is nested at most {CONDITION_DEPTH_MAX} deep."
        raise refused(pointer, "too_deep", message)
    match value:
        case {"field": name, "op": str(operator), **rest} if rest.keys() == {"value"}:
            budget.spend(pointer)
            found = field_of(fields, name, f"{pointer}/field")
            return comparison(found, operator, rest["value"], f"{pointer}/value")
        case {"not": part, **rest} if not rest:
            inner = read_condition(fields, part, f"{pointer}/not", budget, depth - 1)
            return Negation(inner)
        case {"and": list(parts), **rest} if not rest:
            return All(_parts(fields, parts, f"{pointer}/and", budget, depth - 1))
        case {"or": list(parts), **rest} if not rest:
            return Some(_parts(fields, parts, f"{pointer}/or", budget, depth - 1))
    message = "A condition is field, op and value, or one of and, or, not."
    raise refused(pointer, "format", message)


def _parts(
    fields: Mapping[str, Field],
    parts: list[Any],
    pointer: str,
    budget: Budget,
    depth: int,
) -> tuple[Condition, ...]:
    if not parts:
        raise refused(pointer, "format", "A group of conditions is not empty.")
    return tuple(
        read_condition(fields, part, f"{pointer}/{number}", budget, depth)
        for number, part in enumerate(parts)
    )


def order_keys(
    model: Model, wanted: Iterable[tuple[str, bool, bool | None]], pointer: str
) -> tuple[Key, ...]:
    """A total order of (field, descending, nulls first or None for the usual).

    Nulls are last when ascending and first when descending, as in PostgreSQL. The
    id ends every order, in the direction of the key before it, so that one index
    can serve both. Raises `ValidationFailed`.
    """
    keys: list[Key] = []
    for name, descending, nulls_first in wanted:
        found = field_of(model.fields, name, pointer)
        _check_key(found, keys, pointer)
        first = descending if nulls_first is None else nulls_first
        keys.append(Key(found, descending, first))
        if name == "id":
            # The id is unique: what comes after it decides nothing.
            return tuple(keys)
    descending = keys[-1].descending if keys else False
    return (*keys, Key(model.fields["id"], descending, descending))


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


def default_order(model: Model) -> tuple[Key, ...]:
    """The order that the model declares."""
    wanted = [(name, direction == "desc", None) for name, direction in model.order]
    return order_keys(model, wanted, "/order")


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
    words: tuple[Deleted, ...] = get_args(Deleted)
    for word in words:
        if value == word:
            return word
    raise refused(pointer, "enum", f"deleted is one of {', '.join(words)}.")


def read_find(model: Model, operation: Mapping[str, Any]) -> Find:
    """The find request of a JSON operation. Raises `ValidationFailed`, all faults."""
    faults: list[Fault] = []
    parts: dict[str, Any] = {"where": None, "order": None}
    for name, read in _READERS.items():
        if operation.get(name) is not None:
            try:
                parts[name] = read(model, operation[name])
            except ValidationFailed as error:
                faults.extend(error.errors)
    refuse_any(faults)
    if parts["order"] is None:
        parts["order"] = default_order(model)
    return Find(**parts)


def _read_order(model: Model, value: Any) -> tuple[Key, ...]:
    wanted: list[tuple[str, bool, bool | None]] = []
    for pair in value if isinstance(value, list) else [value]:
        match pair:
            case [str(name), "asc" | "desc" as direction]:
                wanted.append((name, direction == "desc", None))
            case _:
                message = "An order is a list such as [['name', 'asc']]."
                raise refused("/order", "format", message)
    return order_keys(model, wanted, "/order")


_READERS: Mapping[str, Callable[[Model, Any], Any]] = {
    "where": lambda model, value: read_condition(model.fields, value),
    "order": _read_order,
    "limit": lambda _, value: read_limit(value, "/limit"),
    "cursor": lambda _, value: read_cursor(value, "/cursor"),
    "deleted": lambda _, value: read_deleted(value, "/deleted"),
}
