"""A field compared with a value: which operators there are, and what they take.

Comparisons are SQL's own: with a null they are neither true nor false, so that
neither ``eq`` nor ``neq`` nor ``not`` finds a record whose field is null; ``is`` and
``isdistinct`` do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from eerp.limits import IN_VALUES_MAX
from eerp.orm.faults import refused
from eerp.orm.fields import OPERATORS, SEARCHES, WrongValue, array_literal
from eerp.orm.model import Field
from eerp.orm.textsearch import CONFIGURATIONS, PLAIN_CONFIGURATION, search_text

__all__ = ["Comparison", "comparison"]

_SEARCH = re.compile(r"([a-z]+)\(([a-z]*)\)").fullmatch


@frozen
class Comparison:
    """A field compared with a value. `value` is the text to bind; for ``in`` an array
    literal, for ``like`` and ``ilike`` the pattern; for ``is`` the SQL words.
    `configuration` is the language of a search."""

    field: Field
    operator: str
    value: str
    configuration: str = PLAIN_CONFIGURATION


def comparison(field: Field, operator: str, value: Any, pointer: str) -> Comparison:
    """A checked comparison of `field` with a JSON value. Raises `ValidationFailed`."""
    configuration = PLAIN_CONFIGURATION
    allowed = field.type.operators
    if operator not in allowed and operator.endswith(")"):
        operator, configuration = _search(operator, pointer)
    if operator not in allowed:
        names = ", ".join(name for name in OPERATORS if name in allowed)
        message = f"Field {field.name} cannot be filtered so; it knows: {names}."
        raise refused(pointer, "unknown_operator", message)
    if operator == "isdistinct" and value is None:
        operator, value = "is", "not_null"
    encode = _ENCODERS.get(operator, _operand)
    try:
        return Comparison(field, operator, encode(field, value), configuration)
    except WrongValue as wrong:
        raise refused(pointer, wrong.code, f"{field.name} {wrong.message}.") from None


def _search(operator: str, pointer: str) -> tuple[str, str]:
    """``wfts(english)`` in its two parts."""
    found = _SEARCH(operator)
    if found is None or found[1] not in SEARCHES or found[2] not in CONFIGURATIONS:
        known = ", ".join(sorted(CONFIGURATIONS))
        message = f"A search is like wfts(english); languages are: {known}."
        raise refused(pointer, "unknown_operator", message)
    return found[1], found[2]


def _operand(field: Field, value: Any) -> str:
    if value is None:
        raise WrongValue("type", "is compared with null only by is and isdistinct")
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
    if value == "not_null":
        return "NOT NULL"
    if isinstance(value, bool) and field.type.name == "boolean":
        return "TRUE" if value else "FALSE"
    boolean = field.type.name == "boolean"
    words = "null, not_null, true or false" if boolean else "null or not_null"
    raise WrongValue("type", f"is compared by the operator is with {words} only")


def _searched(operator: str) -> Callable[[Field, Any], str]:
    return lambda field, value: search_text(operator, _operand(field, value))


_ENCODERS: Mapping[str, Callable[[Field, Any], str]] = {
    "like": _pattern,
    "ilike": _pattern,
    "in": _operands,
    "is": _truth,
    **{operator: _searched(operator) for operator in SEARCHES},
}
