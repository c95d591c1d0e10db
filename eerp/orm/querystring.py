"""The query string of a list, in PostgREST's grammar.

::

    name=ilike.*ann*   age=not.gte.18   id=in.(a,"b,c")   deleted_at=is.null
    company.name=eq.Acme   tags=cs.{a,b}   notes=wfts(english).late payment
    or=(first_name.eq.Ann,and(age.gt.3,age.lt.9))   not.and=(...)
    order=last_name.asc,created_at.desc.nullslast   limit=50   cursor=...
    select=id,last_name,company(name)   deleted=include   count=exact

A field that is called like one of the reserved words can be filtered inside of
``and=(...)``. In lists and groups a value that holds ``,()"`` is put in double
quotes, with a backslash before a quote or a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from attrs import define, field

from eerp.errors import Fault, ValidationFailed
from eerp.limits import CONDITION_DEPTH_MAX, QUERY_PARAMETERS_MAX
from eerp.orm.access import Caller
from eerp.orm.aggregate import Aggregate, read_selected
from eerp.orm.comparison import Comparison
from eerp.orm.condition import All, Condition, Negation, Reader, Some, beyond
from eerp.orm.faults import refuse_any, refused
from eerp.orm.fields import OPERATORS
from eerp.orm.model import EXTENSIONS, Field, Model
from eerp.orm.query import (
    NOBODY,
    Find,
    Source,
    check_expanded,
    default_order,
    order_keys,
    read_count,
    read_cursor,
    read_deleted,
    read_limit,
)
from eerp.orm.scanner import Scanner, read_comparison
from eerp.orm.select import Item, has_functions, read_items, read_selection

__all__ = ["read_query"]

_GROUPS: Mapping[str, type[All] | type[Some]] = {"and": All, "or": Some}
_NULLS = {"nullsfirst": True, "nullslast": False}
Wanted = list[tuple[str, bool, bool | None]]


def read_query(
    model: Model, pairs: Iterable[tuple[str, str]], caller: Caller = NOBODY
) -> Find | Aggregate:
    """The request of decoded query pairs: for groups when its select has functions,
    else for records. Raises `ValidationFailed`, all faults, each with ``query/`` and
    the parameter as its pointer, and `Forbidden`."""
    pairs = list(pairs)
    if len(pairs) > QUERY_PARAMETERS_MAX:
        message = f"There are more than {QUERY_PARAMETERS_MAX} query parameters."
        raise refused("query", "too_many", message)
    query = _Query(Source.of(model, caller))
    for name, text in pairs:
        query.collect(partial(query.take, name, text))
    return query.finish()


@define
class _Query:
    """A query string, as far as it was read."""

    source: Source
    reader: Reader = field(init=False)
    faults: list[Fault] = field(factory=list)
    settings: dict[str, Any] = field(factory=dict)
    conditions: list[Condition] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.reader = self.source.reader()

    def collect(self, step: Callable[[], None]) -> None:
        """Take a step, and keep its faults."""
        try:
            step()
        except ValidationFailed as error:
            self.faults.extend(error.errors)

    def take(self, name: str, text: str) -> None:
        """Read one parameter."""
        if name not in _SETTINGS:
            self.conditions.append(_filter(self.reader, name, text))
            return
        if name in self.settings:
            message = f"The parameter {name} is given twice."
            raise refused(f"query/{name}", "duplicate", message)
        self.settings[name] = _SETTINGS[name](text)

    def finish(self) -> Find | Aggregate:
        """What was asked for; here order and select meet the model."""
        settings = self.settings
        items: tuple[Item, ...] | None = settings.pop("select", None)
        wanted: Wanted | None = settings.pop("order", None)
        if items is not None and has_functions(items):
            return self._aggregate(items, wanted)
        view = self.source.view
        if wanted is not None:
            self.collect(
                lambda: settings.update(order=order_keys(view, wanted, "query/order"))
            )
        if items is not None:
            self.collect(
                lambda: settings.update(
                    select=read_selection(
                        items, view, self.source.caller, "query/select"
                    )
                )
            )
        refuse_any(self.faults)
        settings.setdefault("order", default_order(view))
        find = Find(where=_joined(self.conditions), **settings)
        if find.select is not None:
            check_expanded(find.select, find.limit, "query/select")
        return find

    def _aggregate(self, items: tuple[Item, ...], wanted: Wanted | None) -> Aggregate:
        for name in self.settings.keys() & {"cursor", "count"}:
            message = f"Groups are shown without {name}."
            self.faults.append(Fault(f"query/{name}", "unknown", message))
        refuse_any(self.faults)
        return read_selected(
            self.source.view,
            items,
            where=_joined(self.conditions),
            order=wanted or [],
            **self.settings,
        )


def _joined(conditions: list[Condition]) -> Condition | None:
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    return All(tuple(conditions))


def _order(text: str) -> Wanted:
    return [_ordered(part.split(".")) for part in text.split(",")]


def _ordered(words: list[str]) -> tuple[str, bool, bool | None]:
    """``last_name.desc.nullslast``; the name may be dotted itself."""
    nulls, direction = None, None
    if len(words) > 2 and words[-1] in _NULLS:
        nulls = _NULLS[words.pop()]
    if len(words) > 1 and words[-1] in ("asc", "desc"):
        direction = words.pop()
    extended = words[0] == EXTENSIONS
    if (direction is None and nulls is not None) or (len(words) > 1 and not extended):
        message = "An order is like last_name.asc,created_at.desc.nullslast."
        raise refused("query/order", "format", message)
    return ".".join(words), direction == "desc", nulls


def _limit(text: str) -> int:
    digits = text.isascii() and text.isdecimal() and len(text) < 10
    return read_limit(int(text) if digits else text, "query/limit")


_SETTINGS: Mapping[str, Callable[[str], Any]] = {
    "order": _order,
    "select": lambda text: read_items(text, "query/select"),
    "limit": _limit,
    "cursor": lambda text: read_cursor(text, "query/cursor"),
    "deleted": lambda text: read_deleted(text, "query/deleted"),
    "count": lambda text: read_count(text, "query/count"),
}


def _filter(reader: Reader, name: str, text: str) -> Condition:
    pointer = f"query/{name}"
    negated, word = _negation(name)
    if word in _GROUPS:
        groups = _Groups(reader, Scanner(text, pointer))
        group = groups.group(word, negated, CONDITION_DEPTH_MAX)
        groups.scanner.end()
        return group
    reader.budget.spend(pointer)
    found, hops = reader.find(name, pointer)
    return _wrapped(hops, _compared(found, text, pointer))


def _negation(text: str) -> tuple[bool, str]:
    return (True, text[4:]) if text.startswith("not.") else (False, text)


def _wrapped(hops: Any, compared: tuple[bool, Comparison]) -> Condition:
    """``not`` is of the whole: no related record is so."""
    negated, found = compared
    condition = beyond(hops, found)
    return Negation(condition) if negated else condition


def _compared(field: Field, text: str, pointer: str) -> tuple[bool, Comparison]:
    """``op.value`` of a parameter: the value runs to the end, quotes and all."""
    negated, text = _negation(text)
    operator, dot, word = text.partition(".")
    if not dot:
        message = f"A filter is like {field.name}=eq.value."
        raise refused(pointer, "format", message)
    if operator == "in" or field.type.element is not None:
        scanner = Scanner(word, pointer)
        found = scanner.compared(field, operator)
        scanner.end()
        return negated, found
    return negated, read_comparison(field, operator, word, pointer)


_GROUP = re.compile(r"(not\.)?(and|or)(?=\()")
_COMPARED = re.compile(
    r"([a-z][a-z0-9_!]*(?:\.[a-z][a-z0-9_!]*)*?)\.(not\.)?"
    rf"((?:{'|'.join(sorted(OPERATORS, reverse=True))})(?:\([a-z]*\))?)\."
)


@define
class _Groups:
    """Reads groups of conditions: ``(a.eq.1,or(b.gt.2,c.is.null))``."""

    reader: Reader
    scanner: Scanner

    def group(self, word: str, negated: bool, depth: int) -> Condition:
        """Parts between brackets, joined by `word`."""
        if depth == 0:
            message = f"A filter is nested at most {CONDITION_DEPTH_MAX} deep."
            raise refused(self.scanner.pointer, "too_deep", message)
        parts = self.scanner.bracketed("()", lambda: self.part(depth - 1))
        found = _GROUPS[word](tuple(parts))
        return Negation(found) if negated else found

    def part(self, depth: int) -> Condition:
        """One part of a group: a group, or ``field.op.value``."""
        scanner = self.scanner
        group = scanner.take(_GROUP)
        if group is not None:
            return self.group(group[2], group[1] is not None, depth)
        compared = scanner.take(_COMPARED)
        if compared is None:
            raise scanner.wrong("A part of a group is like name.eq.value")
        self.reader.budget.spend(scanner.pointer)
        found, hops = self.reader.find(compared[1], scanner.pointer)
        value = scanner.compared(found, compared[3])
        return _wrapped(hops, (compared[2] is not None, value))
