"""A request for groups of records and what they come to, checked while it is read.

As JSON, ``group`` names fields and spans of time, ``measures`` functions of fields::

    {"group": ["stage_id", {"field": "created_at", "by": "month"}],
     "measures": {"total": ["sum", "expected_revenue"], "n": ["count"]}}

The select of a query string says the same by ``stage_id``, ``created_at.month()``,
``total:expected_revenue.sum()`` and ``n:count()``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from eerp.limits import GROUP_KEYS_MAX, MEASURES_MAX, ORDER_KEYS_MAX, ROWS_PER_PAGE_MAX
from eerp.orm.access import Caller
from eerp.orm.comparison import Comparison
from eerp.orm.condition import All, Condition
from eerp.orm.faults import refused
from eerp.orm.fields import is_identifier
from eerp.orm.model import Field, Model
from eerp.orm.order import Wanted, read_order
from eerp.orm.paging import Deleted, read_deleted, read_limit
from eerp.orm.query import Source
from eerp.orm.select import Item
from eerp.orm.view import View, field_of

__all__ = ["BUCKETS", "Aggregate", "Group", "Measure", "Sorting", "read_aggregate",
           "read_selected"]  # fmt: skip

BUCKETS = ("day", "week", "month", "quarter", "year")
_FUNCTIONS = ("count", "sum", "avg", "min", "max")
_COMPARABLE = frozenset(
    {"text", "integer", "bigint", "numeric", "date", "time", "timestamptz"}
)


@frozen
class Group:
    """What records of one group have in common: a field, or the span it lies in."""

    name: str
    field: Field
    bucket: str | None = None


@frozen
class Measure:
    """What a group comes to; without a field, the number of its records."""

    name: str
    function: str
    field: Field | None = None


@frozen
class Sorting:
    """One key of the order of groups."""

    key: Group | Measure
    descending: bool
    nulls_first: bool


@frozen
class Aggregate:
    """A checked request for groups."""

    groups: tuple[Group, ...]
    measures: tuple[Measure, ...]
    order: tuple[Sorting, ...]
    where: Condition | None = None
    limit: int = ROWS_PER_PAGE_MAX
    deleted: Deleted = "exclude"


def read_aggregate(
    model: Model, operation: Mapping[str, Any], caller: Caller
) -> Aggregate:
    """The request of a JSON operation. Raises `ValidationFailed` and `Forbidden`."""
    source = Source.of(model, caller)
    plan = _Plan(source.view, "/group", "/measures", "/order")
    for number, value in enumerate(_listed(operation.get("group"), "/group")):
        plan.group_of(value, f"/group/{number}")
    measures = operation.get("measures") or {}
    if not isinstance(measures, dict):
        raise refused("/measures", "format", _MEASURES_WORDS)
    for name, value in measures.items():
        plan.measure_of(name, value)
    where = operation.get("where")
    order = operation.get("order")
    limit, deleted = operation.get("limit"), operation.get("deleted")
    return plan.finish(
        None if where is None else source.own_reader().read(where, "/where"),
        [] if order is None else read_order(order),
        ROWS_PER_PAGE_MAX if limit is None else read_limit(limit, "/limit"),
        "exclude" if deleted is None else read_deleted(deleted, "/deleted"),
    )


_MEASURES_WORDS = "Measures are like {'total': ['sum', 'price'], 'n': ['count']}."


def _listed(value: Any, pointer: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise refused(pointer, "format", "A group is a list of fields.")
    return value


def read_selected(
    view: View,
    items: Sequence[Item],
    *,
    where: Condition | None,
    order: Wanted,
    limit: int = ROWS_PER_PAGE_MAX,
    deleted: Deleted = "exclude",
) -> Aggregate:
    """The request of a query string's select. Raises `ValidationFailed` and
    `Forbidden`."""
    place = "query/select"
    plan = _Plan(view, place, place, "query/order")
    for item in items:
        if item.parts is not None or item.name == "*":
            message = "Groups are selected by fields and functions only."
            raise refused(place, "format", message)
        if item.function is None or item.function in BUCKETS:
            plan.add_group(item.alias, item.name, item.function, place)
        else:
            name = item.alias or item.function
            plan.add_measure(name, item.function, item.name or None, place)
    return plan.finish(where, order, limit, deleted)


@define
class _Plan:
    """Groups and measures, as far as they were read."""

    view: View
    groups_pointer: str
    measures_pointer: str
    order_pointer: str
    groups: dict[str, Group] = field(factory=dict)
    measures: dict[str, Measure] = field(factory=dict)

    def group_of(self, value: Any, pointer: str) -> None:
        """A group as JSON."""
        match value:
            case str(name):
                self.add_group(None, name, None, pointer)
            case {"field": str(name), "by": str(bucket), **rest} if rest.keys() <= {
                "as"
            }:
                self.add_group(rest.get("as"), name, bucket, pointer)
            case {"field": str(name), "as": alias, **rest} if not rest:
                self.add_group(alias, name, None, pointer)
            case _:
                message = "A group is a field, or {'field': 'day', 'by': 'month'}."
                raise refused(pointer, "format", message)

    def measure_of(self, name: Any, value: Any) -> None:
        """A measure as JSON."""
        pointer = f"{self.measures_pointer}/{name}"
        match value:
            case [str(function)]:
                self.add_measure(name, function, None, pointer)
            case [str(function), str(subject)]:
                self.add_measure(name, function, subject, pointer)
            case _:
                raise refused(pointer, "format", _MEASURES_WORDS)

    def add_group(
        self, alias: Any, name: str, bucket: str | None, pointer: str
    ) -> None:
        """Group by a field, or by the span of time that it lies in."""
        found = field_of(self.view.fields, name, pointer, self.view.hidden)
        if bucket is None and "eq" not in found.type.operators:
            message = f"Records cannot be grouped by {name}."
            raise refused(pointer, "ungrouped", message)
        dated = found.type.name in ("date", "timestamptz")
        if bucket is not None and not (bucket in BUCKETS and dated):
            message = f"Days are grouped by {', '.join(BUCKETS)}, other fields not."
            raise refused(pointer, "unknown_bucket", message)
        key = alias or bucket or name.rpartition(".")[2]
        self._check_name(key, pointer)
        self.groups[key] = Group(key, found, bucket)

    def add_measure(
        self, name: Any, function: str, subject: str | None, pointer: str
    ) -> None:
        """Measure the groups by a function of a field, or count their records."""
        if function not in _FUNCTIONS:
            message = f"A function is one of {', '.join(_FUNCTIONS)}."
            raise refused(pointer, "unknown_function", message)
        self._check_name(name, pointer)
        found = None
        if subject is not None:
            found = field_of(self.view.fields, subject, pointer, self.view.hidden)
        if not _fits(function, found):
            message = f"There is no {function} of {subject or 'records'}."
            raise refused(pointer, "unknown_function", message)
        self.measures[name] = Measure(name, function, found)

    def _check_name(self, name: Any, pointer: str) -> None:
        if not is_identifier(name):
            message = "A name here is of small letters, digits and _."
            raise refused(pointer, "format", message)
        if name in self.groups or name in self.measures:
            message = f"{name} is there twice; give one another name."
            raise refused(pointer, "duplicate", message)

    def finish(
        self, where: Condition | None, order: Wanted, limit: int, deleted: Deleted
    ) -> Aggregate:
        """The whole request."""
        if not self.measures and not self.groups:
            message = "Name a group or a measure."
            raise refused(self.groups_pointer, "required", message)
        if len(self.groups) > GROUP_KEYS_MAX:
            message = f"There are at most {GROUP_KEYS_MAX} keys of groups."
            raise refused(self.groups_pointer, "too_many", message)
        if len(self.measures) > MEASURES_MAX:
            message = f"There are at most {MEASURES_MAX} measures."
            raise refused(self.measures_pointer, "too_many", message)
        self._check_money(where)
        groups, measures = self.groups.values(), self.measures.values()
        return Aggregate(
            tuple(groups), tuple(measures), self._sorting(order), where, limit, deleted
        )

    def _check_money(self, where: Condition | None) -> None:
        """Amounts in several currencies do not add up."""
        known = {
            group.field.name for group in self.groups.values() if group.bucket is None
        } | _fixed(where)
        for measure in self.measures.values():
            money = measure.function in ("sum", "avg") and measure.field
            if money and money.currency and money.currency not in known:
                message = (
                    f"{money.name} is in several currencies: group by "
                    f"{money.currency}, or filter it by eq."
                )
                raise refused(self.measures_pointer, "currency", message)

    def _sorting(self, order: Wanted) -> tuple[Sorting, ...]:
        keys: dict[str, Group | Measure] = {**self.groups, **self.measures}
        chosen: dict[str, Sorting] = {}
        for name, descending, nulls in order:
            if name not in keys or name in chosen or len(chosen) == ORDER_KEYS_MAX:
                message = f"Groups are ordered by {', '.join(keys)}, each once."
                raise refused(self.order_pointer, "unknown_field", message)
            first = descending if nulls is None else nulls
            chosen[name] = Sorting(keys[name], descending, first)
        for group in self.groups.values():
            chosen.setdefault(group.name, Sorting(group, False, False))
        return tuple(chosen.values())


def _fits(function: str, subject: Field | None) -> bool:
    if subject is None or function == "count":
        return function == "count"
    if function in ("sum", "avg"):
        return subject.type.numeric
    return subject.type.operand in _COMPARABLE


def _fixed(where: Condition | None) -> set[str]:
    """The fields that a condition holds to one value."""
    match where:
        case Comparison(found, "eq"):
            return {found.name}
        case All(parts):
            return set().union(*map(_fixed, parts))
    return set()
