"""From a field of a model to the JSON Schema of what a record shows of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from eerp.openapi.doc import Schema
from eerp.orm.fields import SqlType
from eerp.orm.model import SYSTEM_COLUMNS, Field

__all__ = ["field_schema", "type_schema"]

_FORMATS = frozenset({"email", "uri", "date", "time", "date-time", "uuid"})
_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)").fullmatch
_LABELS: Mapping[str, str] = {
    "id": "The record's id.",
    "version": "Counts up with each change; the number in its `ETag`.",
    "created_at": "When it was made.",
    "created_by": "The user who made it.",
    "updated_at": "When it was changed last.",
    "updated_by": "The user who changed it last.",
    "deleted_at": "When it was deleted; null while it is not.",
}

_TYPES: Mapping[str, Callable[[], Schema]] = {
    "text": lambda: {"type": "string"},
    "integer": lambda: {
        "type": "integer",
        "format": "int32",
        "minimum": -(2**31),
        "maximum": 2**31 - 1,
    },
    "bigint": lambda: {"type": "string", "pattern": "^-?[0-9]{1,19}$"},
    "boolean": lambda: {"type": "boolean"},
    "date": lambda: {"type": "string", "format": "date"},
    # Without an offset, which the format called "time" demands.
    "time": lambda: {
        "type": "string",
        "pattern": r"^[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?$",
    },
    "timestamptz": lambda: {"type": "string", "format": "date-time"},
    "uuid": lambda: {"type": "string", "format": "uuid"},
    "jsonb": dict,
    "bytea": lambda: {"type": "string", "contentEncoding": "base64"},
}


def type_schema(kind: SqlType) -> Schema:
    """The schema of a value of this type, which is not null."""
    if kind.element is not None:
        return {"type": "array", "items": type_schema(kind.element)}
    known = _TYPES.get(kind.name)
    return _decimal(kind.name) if known is None else known()


def _decimal(name: str) -> Schema:
    """A decimal is text: no client's binary fractions come near it."""
    bounds = _NUMERIC(name)
    assert bounds is not None, name
    scale = int(bounds[2])
    fraction = rf"(\.[0-9]{{1,{scale}}})?" if scale else ""
    whole = max(int(bounds[1]) - scale, 1)
    return {"type": "string", "pattern": rf"^-?[0-9]{{1,{whole}}}{fraction}$"}


def field_schema(field: Field) -> Schema:
    """The schema of what a record shows of `field`."""
    schema = type_schema(field.type)
    if field.values is not None:
        schema["enum"] = list(field.values)
    if field.max_length is not None:
        schema["maxLength"] = field.max_length
    if field.format in _FORMATS and field.type.name == "text":
        schema["format"] = field.format
    if field.nullable:
        _allow_null(schema)
    schema |= _told(field)
    return schema


def _allow_null(schema: Schema) -> None:
    # Without a type, anything goes already.
    if "type" in schema:
        schema["type"] = [schema["type"], "null"]
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]


def _told(field: Field) -> dict[str, Any]:
    """What people and screens want to know of it."""
    told: dict[str, Any] = {}
    name = field.name.rpartition(".")[2]
    if field.label and field.label != name:
        told["title"] = field.label
    if field.name in SYSTEM_COLUMNS:
        told["description"] = _LABELS[field.name]
    if field.name == "deleted_at":
        told["examples"] = [None]
    if field.readonly or field.computed:
        told["readOnly"] = True
    if field.references is not None:
        told["x-references"] = f"{field.references.module}.{field.references.model}"
    if field.currency is not None:
        told["x-currency"] = field.currency.rpartition(".")[2]
    if field.read is not None:
        told["x-read-permission"] = field.read
    if field.write is not None:
        told["x-write-permission"] = field.write
    return told
