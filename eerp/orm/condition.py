"""Conditions as a syntax tree, checked against their model while they are read.

``read_condition`` reads the JSON of an operation's ``where``; the query string makes
the same tree with a `Reader` of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define, field, frozen

from eerp.limits import CONDITION_DEPTH_MAX, CONDITIONS_MAX, RELATION_DEPTH_MAX
from eerp.orm.comparison import Comparison, comparison
from eerp.orm.faults import refused
from eerp.orm.model import Field
from eerp.orm.relations import Hop, Seer, follow
from eerp.orm.view import View, field_of

__all__ = [
    "All", "Budget", "Condition", "Negation", "Reader", "Related", "Some", "Unknown",
    "beyond",
    "read_condition",
]  # fmt: skip


@frozen
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@frozen
class Some:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@frozen
class Negation:
    """The part does not hold."""

    part: Condition


@frozen
class Related:
    """The part holds for a record that the step leads to."""

    hop: Hop
    part: Condition


@frozen
class Unknown:
    """Compared with nothing: neither this nor its negation holds."""


Condition = Comparison | All | Some | Negation | Related | Unknown


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


@define
class Reader:
    """Reads the conditions of one request on a table.

    `fields` may be named; where there is a `view`, the fields of related records too,
    as far as the `seer` may see them.
    """

    fields: Mapping[str, Field]
    view: View | None = None
    seer: Seer | None = None
    budget: Budget = field(factory=Budget)

    @classmethod
    def of(cls, view: View, seer: Seer) -> Reader:
        """A reader of conditions on what is seen of a model."""
        return cls(view.fields, view, seer)

    def read(
        self, value: Any, pointer: str, depth: int = CONDITION_DEPTH_MAX
    ) -> Condition:
        """The condition that `value` is as JSON. Raises `ValidationFailed` and
        `Forbidden`."""
        if depth == 0:
            message = f"A filter is nested at most {CONDITION_DEPTH_MAX} deep."
            raise refused(pointer, "too_deep", message)
        match value:
            case {"field": name, "op": str(operator), **rest} if rest.keys() == {
                "value"
            }:
                return self.compared(name, operator, rest["value"], pointer)
            case {"not": part, **rest} if not rest:
                return Negation(self.read(part, f"{pointer}/not", depth - 1))
            case {"and": list(parts), **rest} if not rest:
                return All(self._parts(parts, f"{pointer}/and", depth - 1))
            case {"or": list(parts), **rest} if not rest:
                return Some(self._parts(parts, f"{pointer}/or", depth - 1))
        message = "A condition is field, op and value, or one of and, or, not."
        raise refused(pointer, "format", message)

    def _parts(
        self, parts: list[Any], pointer: str, depth: int
    ) -> tuple[Condition, ...]:
        if not parts:
            raise refused(pointer, "format", "A group of conditions is not empty.")
        return tuple(
            [
                self.read(part, f"{pointer}/{number}", depth)
                for number, part in enumerate(parts)
            ]
        )

    def compared(self, name: Any, operator: str, value: Any, pointer: str) -> Condition:
        """The comparison of a field, perhaps of a related record, with a value."""
        self.budget.spend(pointer)
        found = self.fields.get(name) if isinstance(name, str) else None
        if found is not None:
            return comparison(found, operator, value, f"{pointer}/value")
        found, hops = self.find(name, f"{pointer}/field")
        return beyond(hops, comparison(found, operator, value, f"{pointer}/value"))

    def find(self, name: Any, pointer: str) -> tuple[Field, tuple[Hop, ...]]:
        """The field that is named, and the steps that lead to it."""
        hidden = {} if self.view is None else self.view.hidden
        known = name in self.fields or name in hidden if isinstance(name, str) else True
        if known or "." not in name or self.view is None or self.seer is None:
            return field_of(self.fields, name, pointer, hidden), ()
        view, rest = self.view, name
        hops: list[Hop] = []
        while rest not in view.fields and rest not in view.hidden and "." in rest:
            step, _, rest = rest.partition(".")
            hops.append(_step(self.seer, view, hops, step, pointer))
            view = hops[-1].view
        return field_of(view.fields, rest, pointer, view.hidden), tuple(hops)

    def beyond(self, path: str, pointer: str) -> tuple[Reader, tuple[Hop, ...]]:
        """A reader of conditions on the records that a dotted path of relations leads
        to, and the steps there. Raises `ValidationFailed` and `Forbidden`."""
        view, hops = self.view, list[Hop]()
        assert view is not None
        assert self.seer is not None
        for step in path.split("."):
            hops.append(_step(self.seer, view, hops, step, pointer))
            view = hops[-1].view
        return Reader(view.fields, view, self.seer, self.budget), tuple(hops)


def _step(seer: Seer, view: View, hops: list[Hop], name: str, pointer: str) -> Hop:
    """One step more than `hops`. Raises `ValidationFailed` and `Forbidden`."""
    if len(hops) == RELATION_DEPTH_MAX:
        message = f"Relations are followed at most {RELATION_DEPTH_MAX} deep."
        raise refused(pointer, "too_deep", message)
    return follow(seer, view, name, pointer)


def beyond(hops: tuple[Hop, ...], condition: Condition) -> Condition:
    """`condition`, held by a record at the end of `hops`."""
    for hop in reversed(hops):
        condition = Related(hop, condition)
    return condition


def read_condition(
    fields: Mapping[str, Field], value: Any, pointer: str = "/where"
) -> Condition:
    """The condition of an operation's ``where``. Raises `ValidationFailed`."""
    return Reader(fields).read(value, pointer)
