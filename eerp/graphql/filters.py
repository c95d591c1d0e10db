"""Filters and orders of a query, written anew as those of a query string."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from graphql import GraphQLInputObjectType, get_named_type

from eerp.errors import ValidationFailed
from eerp.graphql.bindings import BINDING
from eerp.graphql.inputs import Compared, Grouped, Hopped
from eerp.orm.faults import refused
from eerp.orm.fields import SEARCHES, SqlType

__all__ = ["filter_text", "order_text"]

_OPERATORS = {"is_null": "is", "is_distinct": "isdistinct"}
_ANY = "id.not.is.null"
"""What every record fulfils: the relation leads to one at all."""


def order_text(keys: Sequence[Mapping[str, Any]] | None) -> str:
    """``last_name.desc.nullslast,id.asc``; empty where nothing is said."""
    return ",".join(
        [
            ".".join(filter(None, [key["field"], key["direction"], key.get("nulls")]))
            for key in keys or ()
        ]
    )


def filter_text(kind: GraphQLInputObjectType, value: Mapping[str, Any] | None) -> str:
    """``(name.eq."Acme",contacts.and(...))``; empty where nothing is said. Raises
    `ValidationFailed` for what could be meant in two ways."""
    parts = list(_parts(kind, value or {}, "filter"))
    return f"({','.join(parts)})" if parts else ""


def _parts(
    kind: GraphQLInputObjectType, value: Mapping[str, Any], place: str
) -> Iterator[str]:
    """The conditions of an object, all of which must hold."""
    for key, said in value.items():
        here = f"{place}/{key}"
        if said is None:
            raise _nothing(here)
        binding = kind.fields[key].extensions[BINDING]
        inner = get_named_type(kind.fields[key].type)
        assert isinstance(inner, GraphQLInputObjectType)
        match binding:
            case Grouped("not"):
                yield f"not.and({','.join(_some(inner, said, here))})"
            case Grouped(word):
                yield f"{word}({','.join(_members(inner, said, here))})"
            case Hopped(name):
                parts = list(_parts(inner, said, here)) or [_ANY]
                yield f"{name}.and({','.join(parts)})"
            case Compared(name, type_):
                yield from _comparisons(name, type_, said, here)


def _members(
    kind: GraphQLInputObjectType, values: Sequence[Mapping[str, Any]], place: str
) -> Iterator[str]:
    """The members of a group; one that says several things is a group itself."""
    if not values:
        raise _nothing(place)
    for number, value in enumerate(values):
        parts = _some(kind, value, f"{place}/{number}")
        yield parts[0] if len(parts) == 1 else f"and({','.join(parts)})"


def _some(
    kind: GraphQLInputObjectType, value: Mapping[str, Any], place: str
) -> list[str]:
    parts = list(_parts(kind, value, place))
    if not parts:
        raise _nothing(place)
    return parts


def _nothing(place: str) -> ValidationFailed:
    message = "Nothing is said here; leave it out, or compare by is_null."
    return refused(place, "required", message)


def _comparisons(
    name: str, kind: SqlType, said: Mapping[str, Any], place: str
) -> Iterator[str]:
    said = dict(said)
    language = said.pop("language", None)
    for key, operand in said.items():
        operator = _OPERATORS.get(key, key)
        if operand is None and operator != "isdistinct":
            raise _nothing(f"{place}/{key}")
        if operator in SEARCHES and language is not None:
            operator = f"{operator}({_language(language, place)})"
        yield f"{name}.{_compared(operator, operand, kind)}"


def _language(text: str, place: str) -> str:
    """It stands outside of quotes."""
    if not (text.isascii() and text.isalpha() and text.islower()):
        raise refused(f"{place}/language", "enum", "This is no language of searches.")
    return text


def _compared(operator: str, operand: Any, kind: SqlType) -> str:
    match operator:
        case "is":
            return f"is.{'null' if operand else 'not_null'}"
        case "isdistinct" if operand is None:
            return "is.not_null"
        case "in":
            return f"in.({','.join([_quoted(each) for each in operand])})"
    if kind.element is not None:
        return f"{operator}.{{{','.join([_quoted(each) for each in operand])}}}"
    if kind.name == "jsonb":
        return f"{operator}.{_quoted(orjson.dumps(operand).decode())}"
    return f"{operator}.{_quoted(operand)}"


def _quoted(value: Any) -> str:
    if isinstance(value, bool):
        value = str(value).lower()
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
