"""The schema: every route of every module as a field, and the types it takes.

Built once, when all modules are loaded. What a field stands for is its binding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from attrs import define, field
from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    assert_valid_schema,
)

from eerp.graphql.bindings import BINDING, Called, Column, Listed, Read
from eerp.graphql.bodies import Bodies
from eerp.graphql.inputs import Inputs
from eerp.graphql.names import Names, camel, is_name, snake
from eerp.graphql.records import DELETED, Records, page_arguments
from eerp.graphql.scalars import BASE64, BIG_INT
from eerp.graphql.schemas import Schemas
from eerp.orm.model import Model
from eerp.routes import Answer, Route

__all__ = ["build"]

_DONE = Answer(200, shape="value")
_BUILT_IN = ("Query", "Mutation", "Subscription", "String", "Int", "Float", "Boolean")
_OURS = ("UUID", "DateTime", "Date", "Time", "Base64", "Decimal", "BigInt", "JSON")
_TAKEN = {*_BUILT_IN, *_OURS, "ID", "PageInfo", "Deleted", "Direction", "Nulls"}


def build(models: Iterable[Model], routes: Iterable[Route]) -> GraphQLSchema:
    """The schema of all `routes`, on all `models`."""
    builder = _Builder({(model.module, model.name): model for model in models})
    for route in routes:
        builder.add(route)
    return builder.finish()


@define(eq=False)
class _Builder:
    """The fields so far. The names of all types are given by one `Names`."""

    models: Mapping[tuple[str, str], Model]
    names: Names = field(factory=lambda: Names(set(_TAKEN)))
    queries: dict[str, GraphQLField] = field(factory=dict)
    mutations: dict[str, GraphQLField] = field(factory=dict)
    query_names: Names = field(factory=Names)
    mutation_names: Names = field(factory=Names)
    readers: dict[int, Route] = field(factory=dict)
    pages: dict[int, GraphQLObjectType] = field(factory=dict)
    inputs: Inputs = field(init=False)
    records: Records = field(init=False)
    schemas: Schemas = field(init=False)
    bodies: Bodies = field(init=False)
    waiting: list[Route] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.inputs = Inputs(self.names)
        self.records = Records(self.names, self.inputs)
        self.schemas = Schemas(self.names)
        self.bodies = Bodies(self.inputs, self.schemas)
        for model in self.models.values():
            self.inputs.name_of(model)

    def add(self, route: Route) -> None:
        """Add what a route is for; what is not about pages and records waits until
        those have their names."""
        model = self._model(route, route.model)
        if route.method != "GET" or model is None:
            self.waiting.append(route)
        elif route.kind == "list" and not route.parameters:
            self._list(route, model)
        elif route.kind == "get" and len(route.parameters) == 1:
            self._get(route, model)
        else:
            self.waiting.append(route)

    def _model(self, route: Route, name: str | None) -> Model | None:
        return self.models.get((route.module, name or ""))

    def _list(self, route: Route, model: Model) -> None:
        arguments = page_arguments(self.inputs, model)
        arguments["deleted"] = GraphQLArgument(DELETED)
        name = self.query_names.take(f"{snake(route.module)}_{snake(model.name)}")
        self.queries[name] = GraphQLField(
            self.records.of(model).connection,
            arguments,
            description=_said(route),
            extensions={BINDING: Listed(route, model)},
        )

    def _get(self, route: Route, model: Model) -> None:
        self.readers.setdefault(id(model), route)
        wanted = snake(route.module, model.title)
        listed = f"{snake(route.module)}_{snake(model.name)}"
        name = self.query_names.take(
            *([] if wanted == listed else [wanted]), f"{listed}_by_id"
        )
        [(_, parameter)] = route.parameters
        self.queries[name] = GraphQLField(
            self.records.of(model).record,
            {parameter: GraphQLArgument(GraphQLNonNull(self._param(route, parameter)))},
            description=_said(route),
            extensions={BINDING: Read(route, model)},
        )

    def _param(self, route: Route, name: str) -> Any:
        return self.schemas.input(route.params.get(name, {"type": "string"}), name)

    def finish(self) -> GraphQLSchema:
        """The schema. It is checked: a mistake of ours ends the start here."""
        for route in self.waiting:
            reading = route.method == "GET"
            fields = self.queries if reading else self.mutations
            names = self.query_names if reading else self.mutation_names
            fields[names.take(*_call_names(route))] = self._call(route)
        if not self.queries:
            self.queries["nothing"] = GraphQLField(
                GraphQLBoolean, description="There is no module to ask."
            )
        mutation = GraphQLObjectType("Mutation", self.mutations)
        schema = GraphQLSchema(
            GraphQLObjectType("Query", self.queries),
            mutation if self.mutations else None,
        )
        assert_valid_schema(schema)
        return schema

    def _call(self, route: Route) -> GraphQLField:
        model = self._model(route, route.model)
        answer = _best(route.answers)
        shown = self._model(route, answer.model)
        params = {name: name for _, name in route.parameters}
        arguments = {
            name: GraphQLArgument(GraphQLNonNull(self._param(route, name)))
            for name in params
        }
        parts = {
            name: self.models[route.module, part] for name, part in answer.parts.items()
        }
        arguments |= self.bodies.arguments(route, model, parts)
        query = self._query(route, arguments)
        return GraphQLField(
            self._answered(route, answer, shown),
            arguments,
            description=_said(route),
            extensions={
                BINDING: Called(
                    route, answer, shown, self.readers.get(id(shown)), query
                )
            },
        )

    def _query(
        self, route: Route, arguments: dict[str, GraphQLArgument]
    ) -> Mapping[str, str]:
        """Add the parameters of the query string to `arguments`; each by its name
        among those."""
        schema = None if route.query is None else route.query.schema
        found = {}
        properties = schema.get("properties", {}) if isinstance(schema, dict) else {}
        required = schema.get("required", ()) if isinstance(schema, dict) else ()
        for name, inner in properties.items():
            wanted = snake(name)
            if is_name(wanted) and wanted not in arguments:
                kind = self.schemas.input(inner, camel(route.module, route.path, name))
                if name in required:
                    kind = GraphQLNonNull(kind)
                arguments[wanted] = GraphQLArgument(kind)
                found[wanted] = name
        return found

    def _answered(self, route: Route, answer: Answer, model: Model | None) -> Any:
        if answer.shape == "none":
            return GraphQLBoolean
        if answer.media_type.partition(";")[0] != "application/json":
            return BASE64
        if model is not None and answer.shape == "record":
            return self.records.of(model).record
        if model is not None and answer.shape == "list":
            return self._page(model)
        schema = answer.schema
        title = schema.get("title", "") if isinstance(schema, dict) else ""
        return self.schemas.output(schema, camel(route.module, title or route.path))

    def _page(self, model: Model) -> GraphQLObjectType:
        """A page that a route makes by itself, so that nothing is asked of it."""
        made = self.pages.get(id(model))
        if made is None:
            record = self.records.of(model).record
            columns: dict[str, Any] = {
                "items": GraphQLNonNull(GraphQLList(GraphQLNonNull(record))),
                "next_cursor": GraphQLString,
                "total": BIG_INT,
            }
            made = self.pages[id(model)] = GraphQLObjectType(
                self.names.take(f"{self.inputs.name_of(model)}Page"),
                {
                    name: GraphQLField(kind, extensions={BINDING: Column(name)})
                    for name, kind in columns.items()
                },
            )
        return made


def _best(answers: Iterable[Answer]) -> Answer:
    """The answer of a route where all went well."""
    good = [one for one in answers if one.status < HTTPStatus.BAD_REQUEST]
    return min(good, key=lambda one: one.status, default=_DONE)


def _call_names(route: Route) -> tuple[str, ...]:
    """``crm_companies_update``, ``crm_leads_convert``."""
    static = [part for part in route.path.split("/") if not part.startswith("{")]
    if route.model is not None and route.kind != "custom":
        wanted = f"{snake(route.module)}_{snake(route.model)}_{snake(route.kind)}"
    else:
        wanted = f"{snake(route.module)}_{snake(*static)}".rstrip("_")
    return wanted, f"{wanted}_{route.method.lower()}"


def _said(route: Route) -> str | None:
    said = "\n\n".join(filter(None, [route.summary, route.description]))
    return said or None
