"""The query string of a list, in PostgREST's grammar, to a `Find`.

::

    name=ilike.*ann*   age=not.gte.18   id=in.(a,"b,c")   deleted_at=is.null
    or=(first_name.eq.Ann,and(age.gt.3,age.lt.9))   not.and=(...)
    order=last_name.asc,created_at.desc.nullslast   limit=50   cursor=...
    select=id,last_name   deleted=include

A field that is called like one of the reserved words can be filtered inside of
``and=(...)``. In lists and groups a value that holds ``,()"`` is put in double
quotes, with a backslash before a quote or a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from attrs import define

from eerp.errors import Fault, ValidationFailed
from eerp.limits import CONDITION_DEPTH_MAX, QUERY_PARAMETERS_MAX
from eerp.orm.faults import refuse_any, refused
from eerp.orm.model import Field, Model
from eerp.orm.query import (
    All,
    Budget,
    Comparison,
    Condition,
    Find,
    Key,
    Negation,
    Some,
    comparison,
    default_order,
    field_of,
    order_keys,
    read_cursor,
    read_deleted,
    read_limit,
)

__all__ = ["read_query"]

_T = TypeVar("_T")

_GROUPS: Mapping[str, type[All] | type[Some]] = {"and": All, "or": Some}
_TRUTHS = {"null": None, "true": True, "false": False}
_NULLS = {"nullsfirst": True, "nullslast": False}


def read_query(model: Model, pairs: Iterable[tuple[str, str]]) -> Find:
    """The find request of decoded query pairs. Raises `ValidationFailed`, all faults;
    each pointer is ``query/`` and the parameter."""
    pairs = list(pairs)
    if len(pairs) > QUERY_PARAMETERS_MAX:
        message = f"There are more than {QUERY_PARAMETERS_MAX} query parameters."
        raise refused("query", "too_many", message)
    faults: list[Fault] = []
    settings: dict[str, Any] = {}
    conditions: list[Condition] = []
    budget = Budget()
    for name, text in pairs:
        try:
            if name in _SETTINGS:
                _set(model, settings, name, text)
            else:
                conditions.append(_filter(model, name, text, budget))
        except ValidationFailed as error:
            faults.extend(error.errors)
    refuse_any(faults)
    settings.setdefault("order", None)
    if settings["order"] is None:
        settings["order"] = default_order(model)
    return Find(where=_joined(conditions), **settings)


def _joined(conditions: list[Condition]) -> Condition | None:
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    return All(tuple(conditions))


def _set(model: Model, settings: dict[str, Any], name: str, text: str) -> None:
    if name in settings:
        message = f"The parameter {name} is given twice."
        raise refused(f"query/{name}", "duplicate", message)
    settings[name] = _SETTINGS[name](model, text)


def _order(model: Model, text: str) -> tuple[Key, ...]:
    wanted: list[tuple[str, bool, bool | None]] = []
    for part in text.split(","):
        match part.split("."):
            case [name]:
                wanted.append((name, False, None))
            case [name, "asc" | "desc" as direction]:
                wanted.append((name, direction == "desc", None))
            case [name, "asc" | "desc" as direction, nulls] if nulls in _NULLS:
                wanted.append((name, direction == "desc", _NULLS[nulls]))
            case _:
                message = "An order is like last_name.asc,created_at.desc.nullslast."
                raise refused("query/order", "format", message)
    return order_keys(model, wanted, "query/order")


def _select(model: Model, text: str) -> tuple[Field, ...]:
    """The selected fields, the id first, each once."""
    names = dict.fromkeys(["id", *text.split(",")])
    return tuple(field_of(model.fields, name, "query/select") for name in names)


def _limit(model: Model, text: str) -> int:
    digits = text.isascii() and text.isdecimal() and len(text) < 10
    return read_limit(int(text) if digits else text, "query/limit")


_SETTINGS: Mapping[str, Callable[[Model, str], Any]] = {
    "order": _order,
    "select": _select,
    "limit": _limit,
    "cursor": lambda _, text: read_cursor(text, "query/cursor"),
    "deleted": lambda _, text: read_deleted(text, "query/deleted"),
}


def _filter(model: Model, name: str, text: str, budget: Budget) -> Condition:
    pointer = f"query/{name}"
    negated, word = _negation(name)
    if word in _GROUPS:
        scanner = _Scanner(text, model.fields, pointer, budget)
        group = scanner.group(word, negated, CONDITION_DEPTH_MAX)
        scanner.end()
        return group
    field = field_of(model.fields, name, pointer)
    return _compared(field, text, pointer, budget)


def _negation(text: str) -> tuple[bool, str]:
    return (True, text[4:]) if text.startswith("not.") else (False, text)


def _compared(field: Field, text: str, pointer: str, budget: Budget) -> Condition:
    """``op.value`` of a parameter: the value runs to the end, quotes and all."""
    budget.spend(pointer)
    negated, text = _negation(text)
    operator, dot, word = text.partition(".")
    if not dot:
        message = f"A filter is like {field.name}=eq.value."
        raise refused(pointer, "format", message)
    found = _comparison(field, operator, word, pointer)
    return Negation(found) if negated else found


def _comparison(field: Field, operator: str, word: str, pointer: str) -> Comparison:
    if operator == "in":
        scanner = _Scanner(word, {}, pointer, Budget())
        found = scanner.values(field)
        scanner.end()
        return found
    value: Any = field.type.read(word)
    if operator == "is":
        if word not in _TRUTHS:
            raise refused(pointer, "format", "is takes null, true or false.")
        value = _TRUTHS[word]
    return comparison(field, operator, value, pointer)


_GROUP = re.compile(r"(not\.)?(and|or)(?=\()")
_COMPARED = re.compile(r"([a-z][a-z0-9_]*)\.(not\.)?([a-z]+)\.")
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[^",()]*', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@define
class _Scanner:
    """Reads the parts of one parameter from left to right."""

    text: str
    fields: Mapping[str, Field]
    pointer: str
    budget: Budget
    position: int = 0

    def end(self) -> None:
        """Nothing follows."""
        if self.position != len(self.text):
            raise self.wrong("Something follows the closing bracket")

    def group(self, word: str, negated: bool, depth: int) -> Condition:
        """``(a.eq.1,or(b.gt.2,c.is.null))``, joined by `word`."""
        if depth == 0:
            message = f"A filter is nested at most {CONDITION_DEPTH_MAX} deep."
            raise refused(self.pointer, "too_deep", message)
        parts = self.bracketed(lambda: self.part(depth - 1))
        found = _GROUPS[word](tuple(parts))
        return Negation(found) if negated else found

    def part(self, depth: int) -> Condition:
        """One part of a group: a group, or ``field.op.value``."""
        group = self.take(_GROUP)
        if group is not None:
            return self.group(group[2], group[1] is not None, depth)
        compared = self.take(_COMPARED)
        if compared is None:
            raise self.wrong("A part of a group is like name.eq.value")
        self.budget.spend(self.pointer)
        field = field_of(self.fields, compared[1], self.pointer)
        found = self.compared(field, compared[3])
        return Negation(found) if compared[2] else found

    def compared(self, field: Field, operator: str) -> Comparison:
        """What stands after ``field.op.``."""
        if operator == "in":
            return self.values(field)
        return _comparison(field, operator, self.word(), self.pointer)

    def values(self, field: Field) -> Comparison:
        """``(a,"b,c")``, the values of ``in``."""
        words = [] if self.take_empty() else self.bracketed(self.word)
        values = [field.type.read(word) for word in words]
        return comparison(field, "in", values, self.pointer)

    def word(self) -> str:
        """A bare word, or one in double quotes."""
        found = self.take(_WORD)
        word = "" if found is None else found[0]
        return _ESCAPED.sub(r"\1", word[1:-1]) if word.startswith('"') else word

    def bracketed(self, item: Callable[[], _T]) -> list[_T]:
        """Items between brackets, separated by commas."""
        self.expect("(")
        items = [item()]
        while self.text[self.position : self.position + 1] == ",":
            self.position += 1
            items.append(item())
        self.expect(")")
        return items

    def take_empty(self) -> bool:
        """Whether ``()`` stands here; it is passed over."""
        empty = self.text.startswith("()", self.position)
        self.position += 2 * empty
        return empty

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What matches here; it is passed over."""
        found = pattern.match(self.text, self.position)
        if found is not None:
            self.position = found.end()
        return found

    def expect(self, mark: str) -> None:
        """Pass over `mark`, which must stand here."""
        if not self.text.startswith(mark, self.position):
            raise self.wrong(f"A {mark!r} is missing")
        self.position += 1

    def wrong(self, message: str) -> ValidationFailed:
        """The error of this parameter, with the place in its text."""
        message = f"{message}, at character {self.position + 1} of {self.pointer}."
        return refused(self.pointer, "format", message)
