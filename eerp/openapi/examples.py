"""An example for a schema: made of what it says, and kept only when it fits it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from eerp.openapi.components import needed
from eerp.openapi.doc import Schema
from eerp.schema import compile_schema

__all__ = ["MISSING", "example"]

MISSING: Any = object()
"""There is no example."""

_ID = "018f4e9a-7c1b-7d2e-8f3a-4b5c6d7e8f90"
_FORMATS: Mapping[str, str] = {
    "uuid": _ID,
    "date": "2026-01-31",
    "date-time": "2026-01-31T17:30:00Z",
    "email": "ann@example.com",
    "uri": "https://example.com/",
    "time": "17:30:00Z",
}
# What a pattern is likely to want, the likeliest first.
_TEXTS = (
    "an example", "Ann", "ann", "ABC", "AB", "EUR", "1250.00", "12.50", "12", "1",
    "17:30:00", "crm.contacts", "#1a2b3c", "/an/example",
    "YW4gZXhhbXBsZQ==",
)  # fmt: skip
_RULES = ("format", "maxLength", "minLength", "pattern")
_DEPTH_MAX = 20


def example(schema: Schema | bool, named: Mapping[str, Schema] | None = None) -> Any:
    """A value of `schema`, whose references lead to `named`; MISSING if none is found.

    Of an object's properties, those that are never null are shown, and of a whole
    record all.
    """
    if schema is False:
        return MISSING
    made = _Making(named or {}).of(schema, _DEPTH_MAX)
    return made if made is not MISSING and _fits(made, schema, named or {}) else MISSING


def _fits(value: Any, schema: Schema | bool, named: Mapping[str, Schema]) -> bool:
    if isinstance(schema, dict):
        # Those that it needs and no others: there are hundreds.
        schema = {**schema, "components": {"schemas": needed(schema, named)}}
    return compile_schema(schema).accepts(value)


class _Making:
    def __init__(self, named: Mapping[str, Schema]) -> None:
        self._named = named

    def of(self, schema: Any, depth: int) -> Any:
        if not isinstance(schema, dict) or depth == 0:
            return "anything" if schema is True else MISSING
        for key in ("example", "const", "default"):
            if schema.get(key) is not None:
                return schema[key]
        if "examples" in schema:
            return schema["examples"][0]
        if "enum" in schema:
            return schema["enum"][0]
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self.of(self._named.get(name), depth - 1)
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self.of(schema[key][0], depth - 1)
        return self._typed(schema, depth)

    def _typed(self, schema: Schema, depth: int) -> Any:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = kind[0]
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, depth)
            case "string":
                return _text(schema)
            case "integer" | "number":
                return max(schema.get("minimum", 1), min(schema.get("maximum", 1), 1))
            case "boolean":
                return True
        return None if kind == "null" else {}

    def _object(self, schema: Schema, depth: int) -> Any:
        properties = schema.get("properties", {})
        values = {name: self.of(each, depth - 1) for name, each in properties.items()}
        # An optional object without content says nothing.
        required = schema.get("required", ())
        return {
            name: value
            for name, value in values.items()
            if value is not MISSING and (value != {} or name in required)
        }

    def _array(self, schema: Schema, depth: int) -> Any:
        item = self.of(schema.get("items", True), depth - 1)
        return [] if item is MISSING else [item]


def _text(schema: Schema) -> Any:
    known = _FORMATS.get(schema.get("format", ""))
    candidates = (known,) if known else (str(schema.get("title", "")), *_TEXTS)
    rules = {key: schema[key] for key in _RULES if key in schema}
    return _first(orjson.dumps(rules), candidates)


@lru_cache(maxsize=1000)
def _first(rules: bytes, candidates: tuple[str, ...]) -> Any:
    """The first of `candidates` that keeps to the rules of a text, as JSON."""
    check = compile_schema({"type": "string", "minLength": 1, **orjson.loads(rules)})
    return next((text for text in candidates if check.accepts(text)), MISSING)
