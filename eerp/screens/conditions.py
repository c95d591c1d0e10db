"""Conditions that modules declare for screens: those of record rules, and the day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import define, frozen

from eerp.errors import EerpError, ValidationFailed
from eerp.orm.access import SAMPLE, RuleReader
from eerp.orm.condition import Condition
from eerp.orm.model import Model
from eerp.orm.view import View, open_view

__all__ = ["fault_of", "fields_of"]

# Any day will do: what is checked is whether the field can be compared with one.
_DAYS = {"date": "2026-01-31", "timestamptz": "2026-01-31T00:00:00Z"}


@frozen
class _Anybody:
    """Who may see everything; what a caller may not see is left out later."""

    def view(self, model: Model, depth: int) -> View:
        """All of it."""
        return open_view(model, depth)


@define
class _Reader(RuleReader):
    def compared(self, name: Any, operator: str, value: Any, pointer: str) -> Condition:
        """A comparison; ``{"today": 7}`` is the day in a week."""
        match value:
            case {"today": int(), **rest} if not rest:
                found, _ = self.find(name, f"{pointer}/field")
                value = _DAYS.get(found.type.name, value)
        return RuleReader.compared(self, name, operator, value, pointer)


def fault_of(model: Model, condition: Any, *, beyond: bool) -> str | None:
    """What is wrong with a condition on records of `model`; None when nothing is. Only
    one that is asked of the database may look `beyond` the record."""
    view = open_view(model)
    near = _Reader(model.fields, facts=SAMPLE)
    far = _Reader(model.fields, view, _Anybody(), facts=SAMPLE)
    try:
        (far if beyond else near).read(condition, "")
    except ValidationFailed as error:
        return "; ".join(fault.message.rstrip(".") for fault in error.errors)
    except EerpError as error:
        return error.message.rstrip(".")
    return None


def fields_of(condition: Any) -> Iterator[str]:
    """The fields that a condition names."""
    match condition:
        case {"field": str(name)}:
            yield name
        case {"not": part}:
            yield from fields_of(part)
        case {"and": parts} | {"or": parts}:
            for part in parts:
                yield from fields_of(part)
