"""From JSON Schemas of routes to types: what bodies take, and what is answered.

A module's schemas come of its own types, so few shapes of them occur. What is none of
those is typed as JSON, and the route's own check sees to it all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from attrs import define, field
from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from eerp.graphql.bindings import BINDING, Column
from eerp.graphql.names import Names, camel, is_name
from eerp.graphql.scalars import (
    BASE64,
    BIG_INT,
    DATE,
    DATE_TIME,
    DECIMAL,
    JSON,
    TIME,
    UUID,
)

__all__ = ["Schemas", "can_be_null"]

Schema = Mapping[str, Any]

_FORMATS = {"uuid": UUID, "date": DATE, "time": TIME, "date-time": DATE_TIME}
# How the SDK writes the pattern of an exact number.
_DECIMAL = re.compile(
    r"\^(-\?)?\[0-9\]\{1,\d+\}(\(\\\.\[0-9\]\{1,\d+\}\)\?)?\$"
).fullmatch
_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1


def can_be_null(schema: Any) -> bool:
    """Whether null fits."""
    if not isinstance(schema, dict):
        return schema is not False
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return "null" in kinds
    if isinstance(kinds, str):
        return kinds == "null"
    if "enum" in schema:
        return None in schema["enum"]
    forms = schema.get("anyOf") or schema.get("oneOf")
    return forms is None or any(map(can_be_null, forms))


@define(eq=False)
class Schemas:
    """Makes the types of JSON Schemas; two alike are one. `names` are those of all
    types."""

    names: Names
    _made: dict[tuple[str, bytes], Any] = field(factory=dict, init=False)

    def input(self, schema: Any, name: str) -> Any:
        """What a value that fits is typed as where it comes in; null aside. `name` is
        that of an object without a title."""
        return self._kind(schema, name, self._input_object)

    def output(self, schema: Any, name: str) -> Any:
        """The same where it goes out."""
        return self._kind(schema, name, self._output_object)

    def _kind(self, schema: Any, name: str, make: Callable[[Schema, str], Any]) -> Any:
        if not isinstance(schema, dict):
            return JSON
        words = schema.get("enum")
        if words is not None:
            return self._enum([word for word in words if word is not None], name)
        match _kinds(schema):
            case ["object"]:
                return self._object(schema, name, make)
            case ["array"]:
                items = schema.get("items", True)
                of = self._kind(items, f"{name}Item", make)
                return GraphQLList(of if can_be_null(items) else GraphQLNonNull(of))
            case ["string"]:
                return _string(schema)
            case ["integer"]:
                return _integer(schema)
            case ["number"]:
                return GraphQLFloat
            case ["boolean"]:
                return GraphQLBoolean
            case ["integer", "string"]:
                return BIG_INT
        return JSON

    def _enum(self, words: list[Any], name: str) -> Any:
        if not words or not all(map(is_name, words)):
            texts = all(isinstance(word, str) for word in words)
            return GraphQLString if texts else JSON
        key = "enum", orjson.dumps(words)
        if key not in self._made:
            values = dict(zip(words, words, strict=True))
            self._made[key] = GraphQLEnumType(self.names.take(name), values)
        return self._made[key]

    def _object(
        self, schema: Schema, name: str, make: Callable[[Schema, str], Any]
    ) -> Any:
        properties = schema.get("properties") or {}
        if not properties or not all(map(is_name, properties)):
            return JSON
        key = make.__name__, orjson.dumps(schema, option=orjson.OPT_SORT_KEYS)
        if key not in self._made:
            self._made[key] = make(schema, name)
        return self._made[key]

    def _input_object(self, schema: Schema, name: str) -> GraphQLInputObjectType:
        required = schema.get("required", ())
        fields = {}
        for key, inner in schema["properties"].items():
            kind = self.input(inner, name + camel(key))
            if key in required and not can_be_null(inner):
                kind = GraphQLNonNull(kind)
            fields[key] = GraphQLInputField(kind, description=_said(inner))
        return GraphQLInputObjectType(
            self.names.take(f"{name}Input"), fields, description=_said(schema)
        )

    def _output_object(self, schema: Schema, name: str) -> GraphQLObjectType:
        required = schema.get("required", ())
        fields = {}
        for key, inner in schema["properties"].items():
            kind = self.output(inner, name + camel(key))
            if key in required and not can_be_null(inner):
                kind = GraphQLNonNull(kind)
            fields[key] = GraphQLField(
                kind, description=_said(inner), extensions={BINDING: Column(key)}
            )
        return GraphQLObjectType(
            self.names.take(name), fields, description=_said(schema)
        )


def _kinds(schema: Schema) -> list[str]:
    """The kinds of JSON that fit, null aside."""
    kinds = schema.get("type")
    if kinds is None:
        forms = schema.get("anyOf") or schema.get("oneOf") or []
        objects = [form for form in forms if isinstance(form, dict)]
        found = {kind for form in objects for kind in _kinds(form)}
        return sorted(found)
    listed = [kinds] if isinstance(kinds, str) else kinds
    return sorted(kind for kind in listed if kind != "null")


def _string(schema: Schema) -> Any:
    if schema.get("contentEncoding") == "base64":
        return BASE64
    if _DECIMAL(schema.get("pattern", "")):
        return DECIMAL
    return _FORMATS.get(str(schema.get("format")), GraphQLString)


def _integer(schema: Schema) -> Any:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is None or most is None:
        return BIG_INT
    return GraphQLInt if _INT_MIN <= least <= most <= _INT_MAX else BIG_INT


def _said(schema: Any) -> str | None:
    if not isinstance(schema, dict):
        return None
    said = schema.get("description") or schema.get("title")
    return str(said) if said else None
