"""The filters of a query string, in PostgREST's grammar.

::

    name=ilike.*ann*   age=not.gte.18   company.name=eq.Acme
    or=(first_name.eq.Ann,and(age.gt.3,age.lt.9))   not.and=(...)
    and=(contacts.and(first_name.eq.Ann,last_name.eq.Lee))

A group behind a relation is about one and the same related record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, evolve

from eerp.limits import CONDITION_DEPTH_MAX
from eerp.orm.comparison import Comparison
from eerp.orm.condition import All, Condition, Negation, Reader, Some, beyond
from eerp.orm.faults import refused
from eerp.orm.fields import OPERATORS
from eerp.orm.model import Field
from eerp.orm.scanner import Scanner, read_comparison

__all__ = ["joined", "read_filter"]

_GROUPS: Mapping[str, type[All] | type[Some]] = {"and": All, "or": Some}


def joined(conditions: Sequence[Condition]) -> Condition | None:
    """All of `conditions` as one, if there is any."""
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    return All(tuple(conditions))


def read_filter(reader: Reader, name: str, text: str, pointer: str) -> Condition:
    """The condition that one parameter is. Raises `ValidationFailed` and
    `Forbidden`."""
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


_GROUP = re.compile(r"(not\.)?((?:[a-z][a-z0-9_!]*\.)*?)(and|or)(?=\()")
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
        """One part of a group: a group, perhaps behind a relation, or
        ``field.op.value``."""
        scanner = self.scanner
        group = scanner.take(_GROUP)
        if group is not None:
            return self._behind(group[2], group[3], group[1] is not None, depth)
        compared = scanner.take(_COMPARED)
        if compared is None:
            raise scanner.wrong("A part of a group is like name.eq.value")
        self.reader.budget.spend(scanner.pointer)
        found, hops = self.reader.find(compared[1], scanner.pointer)
        value = scanner.compared(found, compared[3])
        return _wrapped(hops, (compared[2] is not None, value))

    def _behind(self, path: str, word: str, negated: bool, depth: int) -> Condition:
        """A group; behind relations, it is about one record that they lead to."""
        if not path:
            return self.group(word, negated, depth)
        reader, hops = self.reader.beyond(path.rstrip("."), self.scanner.pointer)
        group = evolve(self, reader=reader).group(word, False, depth)
        found = beyond(hops, group)
        return Negation(found) if negated else found
