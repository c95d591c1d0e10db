"""From a model to the schemas of its records, and of pages of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from eerp.openapi.components import Components
from eerp.openapi.doc import Schema, page_of
from eerp.openapi.values import field_schema
from eerp.orm.model import EXTENSIONS, Extension, Field, Model

__all__ = ["extended_body", "page_schema", "record_schema"]

_NONE: Mapping[str, Model] = MappingProxyType({})
_GROUP: Schema = {
    "title": "Group",
    "description": "What records have in common, and what they come to: under the "
    "names that `select` gives.",
    "type": "object",
    "additionalProperties": {
        "type": ["string", "number", "boolean", "null"],
    },
}
_RELATED: Schema = {
    "type": ["object", "array", "null"],
    "additionalProperties": True,
    "description": "Related records, under the name that `select` gives them.",
}
_TOTAL: Schema = {
    "type": "integer",
    "minimum": 0,
    "description": "How many records there are; only when it was asked for.",
}


def record_schema(
    components: Components,
    model: Model,
    *,
    selectable: bool,
    parts: Mapping[str, Model] = _NONE,
) -> Schema:
    """The schema of one record, with lists of others if it has `parts`: the whole one
    or, where `selectable`, a part."""
    whole = components.schema(_name(model), lambda: _whole(model))
    if parts:
        name = f"{_name(model)}.whole"
        whole = components.schema(name, lambda: _document(components, model, parts))
    if not selectable:
        return whole
    return {"anyOf": [whole, _selected(components, model)]}


def page_schema(components: Components, model: Model, *, selectable: bool) -> Schema:
    """The schema of a page of records, of parts of them, or of groups."""
    record = record_schema(components, model, selectable=False)
    whole = components.schema(f"{_name(model)}.page", lambda: _page(model, record))
    if not selectable:
        return whole
    parts = _selected(components, model)
    group = components.schema("Group", lambda: _GROUP)
    item = {"anyOf": [parts, group]}
    name = f"{_name(model)}.page.selected"
    selected = components.schema(name, lambda: _page(model, item, " as selected"))
    return {"anyOf": [whole, selected]}


def _name(model: Model) -> str:
    return f"{model.module}.{model.name}"


def _page(model: Model, item: Schema, how: str = "") -> Schema:
    page = page_of(item)
    page["properties"]["total"] = _TOTAL
    return {"title": f"{model.plural}{how}", **page}


def _whole(model: Model) -> Schema:
    shown = _own(model)
    properties = {field.name: field_schema(field) for field in shown}
    required = [field.name for field in shown if field.read is None]
    if model.extensions:
        properties[EXTENSIONS] = _extensions(model)
        required.append(EXTENSIONS)
    return {
        "title": model.title,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _document(
    components: Components, model: Model, parts: Mapping[str, Model]
) -> Schema:
    """A record with the records that belong to it."""
    head = _whole(model)
    lists = {
        name: {
            "title": part.plural,
            "type": "array",
            "items": record_schema(components, part, selectable=False),
        }
        for name, part in parts.items()
    }
    return {
        **head,
        "title": f"{model.title}, whole",
        "properties": {**head["properties"], **lists},
        "required": [*head["required"], *parts],
    }


def _selected(components: Components, model: Model) -> Schema:
    name = f"{_name(model)}.selected"
    return components.schema(name, lambda: _part(model))


def _part(model: Model) -> Schema:
    """A record of which `select` named the parts; the id is always there."""
    return {
        **_whole(model),
        "title": f"{model.title} as selected",
        "required": ["id"],
        "additionalProperties": _RELATED,
    }


def _own(model: Model) -> list[Field]:
    return [field for field in model.fields.values() if field.source is None]


def _extensions(model: Model) -> Schema:
    """What other modules keep of a record, by their names."""
    return {
        "title": "Extensions",
        "description": "What other modules keep of it; null where one keeps nothing.",
        "type": "object",
        "properties": {
            name: _extension(extension) for name, extension in model.extensions.items()
        },
        "required": list(model.extensions),
        "additionalProperties": False,
    }


def _extension(extension: Extension) -> Schema:
    fields = extension.fields.values()
    return {
        "type": ["object", "null"],
        "properties": {field.name: field_schema(field) for field in fields},
        "required": [field.name for field in fields if field.read is None],
        "additionalProperties": False,
    }


def extended_body(
    model: Model, schema: Schema, parts: Mapping[str, Model] = _NONE
) -> Schema:
    """The schema of a body with what other modules keep of the record, and of those
    that are its `parts`: a module cannot know it of its own models, but the core does.
    """
    properties = schema.get("properties", {})
    for name, part in parts.items():
        match properties.get(name):
            case {"items": dict(items)} as listed:
                listed = {**listed, "items": extended_body(part, items)}
                properties = {**properties, name: listed}
    if EXTENSIONS not in properties:
        return {**schema, "properties": properties} if properties else schema
    known = {
        name: _sent(extension.fields.values())
        for name, extension in model.extensions.items()
    }
    extensions = {
        **properties[EXTENSIONS], "properties": known, "additionalProperties": False,
    }  # fmt: skip
    return {**schema, "properties": {**properties, EXTENSIONS: extensions}}


def _sent(fields: Iterable[Field]) -> Schema:
    settable = [field for field in fields if not (field.readonly or field.computed)]
    return {
        "type": "object",
        "properties": {field.name: field_schema(field) for field in settable},
        "additionalProperties": False,
    }
