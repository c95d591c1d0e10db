"""What mutations take: the bodies of routes, as input types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define, field
from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
)

from eerp.graphql.inputs import Inputs
from eerp.graphql.names import camel, is_name
from eerp.graphql.scalars import JSON, leaf_of
from eerp.graphql.schemas import Schemas, can_be_null
from eerp.orm.model import EXTENSIONS, Extension, Model
from eerp.routes import Route

__all__ = ["ANY_VERSION", "INPUT", "VERSION", "Bodies"]

INPUT, VERSION, ANY_VERSION = "input", "version", "any_version"
"""The arguments beside those of the path and of the query string."""
_ID = "id"
Parts = Mapping[str, Model]
_OF_A_VERSION = frozenset({"update", "delete", "restore"})


@define(eq=False)
class Bodies:
    """Makes the arguments of routes."""

    inputs: Inputs
    schemas: Schemas
    _extensions: dict[int, Any] = field(factory=dict, init=False)

    def arguments(
        self, route: Route, model: Model | None, parts: Parts
    ) -> dict[str, GraphQLArgument]:
        """The body, which may have lists of records by the names of `parts`, and the
        version that the record must have."""
        arguments = {}
        if route.body is not None:
            schema = route.body.schema
            kind = self._body(route, model, schema, parts)
            required = isinstance(schema, dict) and schema.get("required")
            # One whose parts may all be left out may be left out itself.
            arguments[INPUT] = GraphQLArgument(
                GraphQLNonNull(kind) if required or kind is JSON else kind
            )
        if route.kind in _OF_A_VERSION and model is not None:
            arguments[VERSION] = GraphQLArgument(
                GraphQLInt, description="The version that the record must have."
            )
            arguments[ANY_VERSION] = GraphQLArgument(
                GraphQLBoolean, description="Whether it may have any version."
            )
        return arguments

    def _body(
        self, route: Route, model: Model | None, schema: Any, parts: Parts
    ) -> Any:
        own = model is not None and route.kind in ("create", "update")
        if own and isinstance(schema, dict):
            assert model is not None
            wanted = f"{self.inputs.name_of(model)}{camel(route.kind)}"
            return self._of_model(wanted, model, schema, parts)
        title = schema.get("title", "") if isinstance(schema, dict) else ""
        return self.schemas.input(schema, camel(route.module, title or route.path))

    def _of_model(
        self, wanted: str, model: Model, schema: dict[str, Any], parts: Parts
    ) -> Any:
        """The fields of a record, typed as they are where it is shown."""
        fields = {}
        required = schema.get("required", ())
        for key, inner in schema.get("properties", {}).items():
            if key in parts:
                kind = self._list(
                    f"{wanted}{camel(parts[key].title)}", parts[key], inner
                )
            else:
                kind = self._property(model, key, inner)
            if kind is not None:
                must = key in required and not can_be_null(inner)
                fields[key] = GraphQLInputField(
                    GraphQLNonNull(kind) if must else kind,
                    description=inner.get("description") or inner.get("title"),
                )
        if not fields:
            return JSON
        name = self.inputs.names.take(wanted, f"{wanted}Input")
        return GraphQLInputObjectType(name, fields)

    def _list(self, wanted: str, model: Model, schema: Any) -> Any:
        """The records that come with the record of a body."""
        match schema:
            case {"type": "array", "items": {"properties": _} as item}:
                kind = self._of_model(wanted, model, item, {})
                return GraphQLList(GraphQLNonNull(kind))
        return JSON

    def _property(self, model: Model, key: str, schema: Any) -> Any:
        """The type of a property; None for one that GraphQL cannot name, or that has
        nothing to take."""
        column = model.own.get(key) or (model.fields[key] if key == _ID else None)
        if column is None:
            given = key == EXTENSIONS and model.extensions
            return self._extensions_of(model) if given else None
        if not is_name(key):
            return None
        if column.type.name == "jsonb":
            # A value of several parts has a schema of its own.
            name = self.inputs.name_of(model) + camel(key)
            return self.schemas.input(schema, name)
        return self.inputs.enum_of(model, column) or leaf_of(column.type)

    def _extensions_of(self, model: Model) -> GraphQLInputObjectType:
        made = self._extensions.get(id(model))
        if made is None:
            fields = {
                name: GraphQLInputField(self._extension(model, extension))
                for name, extension in model.extensions.items()
            }
            name = self.inputs.names.take(
                f"{self.inputs.name_of(model)}ExtensionsInput"
            )
            made = self._extensions[id(model)] = GraphQLInputObjectType(name, fields)
        return made

    def _extension(self, model: Model, extension: Extension) -> Any:
        fields = {
            name: GraphQLInputField(
                leaf_of(column.type), description=column.label or None
            )
            for name, column in extension.fields.items()
            if not column.computed
        }
        if not fields:
            return JSON
        wanted = camel(self.inputs.name_of(model), extension.module, "ExtensionInput")
        return GraphQLInputObjectType(self.inputs.names.take(wanted), fields)
