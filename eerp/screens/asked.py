"""What is asked for: the fields of dialogs and reports, as JSON Schemas tell of them.

A field may consist of others: an object, or a list of objects.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eerp.orm.model import EXTENSIONS
from eerp.screens.catalogue import Piece
from eerp.screens.fields import Schema, bounds_of, of_relation, options_of
from eerp.screens.kinds import humane, kind_of_schema

__all__ = ["asked_field", "asked_fields", "structured"]

_TYPES = {
    "choice": "text", "datetime": "timestamptz", "decimal": "numeric", "json": "jsonb",
    "bytes": "bytea", "email": "text", "url": "text", "currency": "text",
    "tags": "text[]", "reference": "uuid",
}  # fmt: skip
Leads = Callable[[str], str | None]
"""Says which model a parameter refers to by its name."""


def asked_fields(schema: Any, leads: Leads) -> list[Piece]:
    """The properties of a body or a query. `leads` says to which model one refers.
    What nobody can type is left out unless it is needed."""
    if not isinstance(schema, dict):
        return []
    required = schema.get("required", ())
    told = schema.get("properties", {})
    fields = [
        asked_field(name, each, name in required, leads)
        for name, each in told.items()
        if name != EXTENSIONS and isinstance(each, dict)
    ]
    return [each for each in fields if each["kind"] != "json" or each["required"]]


def asked_field(name: str, schema: Schema, required: bool, leads: Leads) -> Piece:
    """The field that a JSON Schema describes."""
    kind, to = kind_of_schema(schema), leads(name)
    related = of_relation(kind, to) if to and kind == "uuid" else {}
    options = {"options": options_of(schema["enum"])} if kind == "choice" else {}
    told = {
        "name": name,
        "label": schema.get("title") or humane(name),
        "help": schema.get("description", ""),
        "kind": kind,
        "type": _TYPES.get(kind, kind),
        "required": required,
        "readonly": False,
        "system": False,
        "nullable": "null" in schema.get("type", ()),
        "default": schema.get("default"),
        "sortable": False,
        "filterable": False,
        "groupable": False,
        "searchable": False,
        **bounds_of(schema),
        **options,
        **related,
    }
    return structured(told, schema, leads)


def structured(told: Piece, schema: Schema, leads: Leads) -> Piece:
    """A field with what it consists of, if that is an object, or a list of objects."""
    if told["kind"] != "json":
        return told
    for kind, each in (("object", schema), ("list", schema.get("items"))):
        fields = asked_fields(each, leads)
        if fields:
            return {**told, "kind": kind, "type": "jsonb", "fields": fields}
    return told
