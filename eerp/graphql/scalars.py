"""The scalars: how values of records are typed, and read from a query.

A value goes out as PostgreSQL made it, the same that REST shows. One that comes in is
looked at only as far as its kind of JSON: whether it is a date is checked where REST
checks it, and refused in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from graphql import (
    FloatValueNode,
    GraphQLBoolean,
    GraphQLError,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
    IntValueNode,
    StringValueNode,
)
from graphql.language import ValueNode

from eerp.orm.fields import SqlType

__all__ = ["BASE64", "BIG_INT", "DATE", "DATE_TIME", "DECIMAL", "JSON", "TIME", "UUID",
           "Leaf", "leaf_of"]  # fmt: skip

_INTEGER = re.compile(r"-?[0-9]{1,18}").fullmatch
Leaf = GraphQLScalarType | GraphQLList[GraphQLNonNull[GraphQLScalarType]]


def _text(name: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise GraphQLError(f"{name} is written as a text.")
        return value

    return read


def _scalar(name: str, description: str) -> GraphQLScalarType:
    return GraphQLScalarType(
        name, description=description, coerce_input_value=_text(name)
    )


def _number(
    name: str, description: str, read: Callable[[str], str | int]
) -> GraphQLScalarType:
    """A number that a client need not be able to count to: it is shown as text."""

    def of_value(value: Any) -> str | int:
        if isinstance(value, str):
            return read(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return read(str(value))
        raise GraphQLError(f"{name} is a text, or a whole number.")

    def of_literal(node: ValueNode) -> str | int:
        if isinstance(node, IntValueNode | FloatValueNode | StringValueNode):
            return read(node.value)
        raise GraphQLError(f"{name} is a text, or a number.")

    return GraphQLScalarType(
        name,
        description=description,
        coerce_input_value=of_value,
        coerce_input_literal=of_literal,
    )


def _whole(text: str) -> str | int:
    return int(text) if _INTEGER(text) else text


UUID = _scalar("UUID", "A UUID, such as the id of a record.")
DATE_TIME = _scalar("DateTime", "An instant: ISO 8601 with its zone.")
DATE = _scalar("Date", "A day: 2026-01-31.")
TIME = _scalar("Time", "A time of day: 17:30:00.")
BASE64 = _scalar("Base64", "Bytes, in base64.")
DECIMAL = _number("Decimal", "An exact decimal, such as 12.50, shown as text.", str)
BIG_INT = _number("BigInt", "A whole number of 64 bits, shown as text.", _whole)
JSON = GraphQLScalarType("JSON", description="Any JSON.")

_LEAVES = {
    "text": GraphQLString,
    "integer": GraphQLInt,
    "bigint": BIG_INT,
    "numeric": DECIMAL,
    "boolean": GraphQLBoolean,
    "date": DATE,
    "time": TIME,
    "timestamptz": DATE_TIME,
    "uuid": UUID,
    "jsonb": JSON,
    "bytea": BASE64,
}


def leaf_of(kind: SqlType) -> Leaf:
    """What values of an SQL type are typed as."""
    if kind.element is not None:
        return GraphQLList(GraphQLNonNull(_LEAVES[kind.element.operand]))
    return _LEAVES[kind.operand]
