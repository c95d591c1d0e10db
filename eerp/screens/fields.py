"""The fields of models, as the contract tells of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from eerp.orm.model import EXTENSIONS, SYSTEM_COLUMNS, Field, Model
from eerp.routes import Route
from eerp.screens.catalogue import Catalogue, Piece, key_of
from eerp.screens.kinds import groupable, humane, kind_of, kind_of_schema, scale_of

__all__ = [
    "Bodies", "Schema", "bounds_of", "model_fields", "of_relation", "options_of",
]  # fmt: skip

_LABELS = {
    "id": "ID", "version": "Version", "created_at": "Created at",
    "created_by": "Created by", "updated_at": "Changed at", "updated_by": "Changed by",
    "deleted_at": "Deleted at",
}  # fmt: skip
_USERS = frozenset({"created_by", "updated_by"})
_INTEGERS = ((-(2**31), 2**31 - 1), (-(2**63), 2**63 - 1))
_UNSIGNED = re.compile(r"\^\[0-9\]")
_REFERRING = {"uuid": "reference", "reference": "reference", "tags": "references"}
Schema = Mapping[str, Any]


@frozen
class Bodies:
    """What the bodies that make and change a record say of its fields. Without any, a
    client sets none of them."""

    properties: Mapping[str, Schema] = field(factory=dict)
    required: frozenset[str] = frozenset()

    @classmethod
    def of(cls, verbs: Mapping[str, Route], model: Model) -> Bodies:
        """Those of the routes of `model`."""
        update, create = (_schema(verbs.get(verb)) for verb in ("update", "create"))
        properties = {
            **update.get("properties", {}),
            **create.get("properties", {}),
        }
        required = create.get("required", model.required if "create" in verbs else ())
        return cls(properties, frozenset(required))

    def within(self, items: Schema) -> Bodies:
        """The same, of records that are written as `items` of others, too."""
        properties = {**items.get("properties", {}), **self.properties}
        return Bodies(properties, self.required | frozenset(items.get("required", ())))


def _schema(route: Route | None) -> Schema:
    if route is None or route.body is None or not isinstance(route.body.schema, dict):
        return {}
    return route.body.schema


def model_fields(catalogue: Catalogue, model: Model, bodies: Bodies) -> list[Piece]:
    """All fields of a model, what other modules keep of it included. `write` is what
    setting one takes, where it takes something."""
    return [
        _model_field(catalogue, model, each, bodies) for each in model.fields.values()
    ]


def _model_field(
    catalogue: Catalogue, model: Model, told: Field, bodies: Bodies
) -> Piece:
    kind, said = kind_of(told), bodies.properties.get(told.name, {})
    system = told.name in SYSTEM_COLUMNS
    operators = told.type.operators
    return {
        "name": told.name,
        "label": _LABELS[told.name] if system else told.label or humane(told.name),
        "help": said.get("description", ""),
        "kind": kind,
        "type": told.type.name,
        "required": told.name in bodies.required,
        "readonly": _is_readonly(told, bodies),
        "system": system,
        "nullable": told.nullable,
        "default": said.get("default", told.default),
        "sortable": told.type.ordered,
        "filterable": bool(operators),
        "groupable": groupable(kind),
        "searchable": (key_of(model), told.name) in catalogue.found,
        **bounds_of(said),
        **_given(
            write=told.write,
            max_length=told.max_length,
            scale=scale_of(told),
            currency=told.currency,
            options=told.values and options_of(told.values),
            widget="user" if told.name in _USERS else None,
            relation=told.references
            and {"model": f"{told.references.module}.{told.references.model}"},
        ),
    }


def _is_readonly(told: Field, bodies: Bodies) -> bool:
    outer = told.source is not None
    settable = EXTENSIONS if outer else told.name
    return told.readonly or told.computed or settable not in bodies.properties


def _given(**parts: Any) -> Piece:
    return {name: part for name, part in parts.items() if part is not None}


def options_of(words: Iterable[Any]) -> list[Piece]:
    """Words to choose from."""
    return [
        {"value": word, "label": humane(word), "help": "", "colour": None}
        for word in words
        if isinstance(word, str)
    ]


def bounds_of(schema: Schema) -> Piece:
    """What a JSON Schema allows, in the words of the contract."""
    least, most = schema.get("minimum"), schema.get("maximum")
    if (least, most) in _INTEGERS:
        least = most = None
    pattern = schema.get("pattern")
    if pattern is not None and kind_of_schema(schema) == "decimal":
        least = 0 if _UNSIGNED.match(pattern) else None
        pattern = None
    return _given(
        max_length=schema.get("maxLength"), minimum=least, maximum=most, pattern=pattern
    )


def of_relation(kind: str, key: str) -> Piece:
    """What makes a field that holds one id, or several, a reference to a model."""
    found = _REFERRING.get(kind)
    return {} if found is None else {"kind": found, "relation": {"model": key}}
