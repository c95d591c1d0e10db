"""What kind of value a field holds, for screens: more than its type says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from eerp.orm.model import Field

__all__ = ["OF_TEXT", "groupable", "humane", "kind_of", "kind_of_schema", "scale_of"]

OF_TEXT = frozenset({"multiline", "email", "phone", "url", "colour"})
"""The formats of texts that are kinds of their own."""

_OF_TYPES = {
    "integer": "integer", "bigint": "integer", "boolean": "boolean", "date": "date",
    "time": "time", "timestamptz": "datetime", "uuid": "uuid", "jsonb": "json",
    "bytea": "bytes", "text[]": "tags", "uuid[]": "tags",
}  # fmt: skip
_OF_SCHEMAS = {"integer": "integer", "number": "decimal", "boolean": "boolean"}
_OF_FORMATS = {
    "date": "date", "time": "time", "date-time": "datetime", "uuid": "uuid",
    "email": "email", "uri": "url",
}  # fmt: skip
_CODE = "^[A-Z]{3}$"
_CODE_CHARACTERS = 3
_DECIMAL = "[0-9]{1,"
_GROUPED = frozenset({"choice", "boolean", "reference", "date", "datetime", "currency"})
_NUMERIC = re.compile(r"numeric\(\d+,(\d+)\)").fullmatch


def kind_of(field: Field) -> str:
    """The kind of a model's field."""
    name = field.type.name
    if field.values is not None:
        return "choice"
    if field.references is not None:
        return "reference"
    if name.startswith("numeric("):
        return _kind_of_number(field)
    if name == "text":
        return _kind_of_text(field)
    return _OF_TYPES.get(name, "json")


def _kind_of_number(field: Field) -> str:
    if field.currency is not None:
        return "money"
    return "percent" if field.format == "percent" else "decimal"


def _kind_of_text(field: Field) -> str:
    last = field.name.rpartition("_")[2]
    if last == "currency" and field.max_length == _CODE_CHARACTERS:
        return "currency"
    return field.format if field.format in OF_TEXT else "text"


def kind_of_schema(schema: Mapping[str, Any]) -> str:
    """The kind of a value that only a JSON Schema describes."""
    if "enum" in schema:
        return "choice"
    for each in (schema, *schema.get("anyOf", ())):
        for named in _types(each):
            if named == "array":
                return _kind_of_list(schema)
            if named == "string":
                return _kind_of_string(each)
            if named in _OF_SCHEMAS:
                return _OF_SCHEMAS[named]
    return "json"


def _types(schema: Mapping[str, Any]) -> list[str]:
    named = schema.get("type", [])
    return [named] if isinstance(named, str) else list(named)


def _kind_of_list(schema: Mapping[str, Any]) -> str:
    items = schema.get("items")
    return "tags" if isinstance(items, dict) and "string" in _types(items) else "json"


def _kind_of_string(schema: Mapping[str, Any]) -> str:
    pattern = schema.get("pattern", "")
    if pattern == _CODE:
        return "currency"
    if _DECIMAL in pattern and pattern.startswith("^"):
        return "decimal"
    if "contentEncoding" in schema:
        return "bytes"
    return _OF_FORMATS.get(schema.get("format", ""), "text")


def scale_of(field: Field) -> int | None:
    """How many digits a decimal has after the point."""
    bounds = _NUMERIC(field.type.name)
    return None if bounds is None else int(bounds[1])


def groupable(kind: str) -> bool:
    """Whether many records have a value of this kind in common."""
    return kind in _GROUPED


def humane(word: str) -> str:
    """A name as people write it: ``partly_paid`` -> ``Partly paid``."""
    return word.replace("_", " ").replace("-", " ").strip().capitalize()
