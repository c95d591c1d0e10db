"""The document, put together: everything that a client must know to call the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from attrs import define, field

from eerp.openapi.answers import responses
from eerp.openapi.components import Components
from eerp.openapi.doc import CoreDescribed, Schema
from eerp.openapi.examples import MISSING, example
from eerp.openapi.filters import GRAMMAR, query_parameters
from eerp.openapi.headers import (
    ANSWER_HEADERS,
    REQUEST_HEADERS,
    request_headers,
)
from eerp.openapi.operation import Operation, core_operations, module_operations
from eerp.openapi.problems import PROBLEM, problem_responses
from eerp.openapi.records import extended_body
from eerp.orm.registry import ModelRegistry
from eerp.routes import Route

__all__ = ["build"]

_ABOUT = f"""\
Every answer is JSON unless it says otherwise; what goes wrong is told as problem
details (RFC 9457) with a stable `code`. Decimals and integers of 64 bits are text,
moments have their offset. `HEAD` works wherever `GET` does, and `OPTIONS` says what a
path allows.

## Lists

{GRAMMAR}"""
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "The `access_token` of `POST /api/auth/login`.",
}


class Titled(Protocol):
    """A module, as its manifest tells of it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def display_name(self) -> str:
        """What people call it."""

    @property
    def description(self) -> str:
        """What it is for."""


def build(
    routes: Iterable[Route],
    models: ModelRegistry,
    core_routes: Iterable[CoreDescribed],
    version: str,
    modules: Iterable[Titled] = (),
) -> dict[str, Any]:
    """The OpenAPI 3.1 document of what is registered, as JSON values.

    The same registrations give the same document, in whatever order they came.
    """
    ours = list(core_operations(core_routes))
    theirs = list(module_operations(routes, models))
    building = _Building()
    paths: dict[str, Any] = {}
    for operation in (*ours, *theirs):
        item = paths.setdefault(operation.path, {})
        item[operation.method.lower()] = building.operation(operation)
    return {
        "openapi": "3.1.1",
        "info": {"title": "EERP", "version": version, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "tags": [*_core_tags(ours), *_module_tags(theirs, modules)],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": building.schemas(),
            "responses": problem_responses(),
            "parameters": REQUEST_HEADERS,
            "headers": ANSWER_HEADERS,
            "securitySchemes": {"bearer": _BEARER},
        },
    }


def _core_tags(operations: Iterable[Operation]) -> list[dict[str, Any]]:
    return [{"name": name} for name in sorted({each.tag for each in operations})]


def _module_tags(
    operations: Iterable[Operation], modules: Iterable[Titled]
) -> list[dict[str, Any]]:
    known = {module.name: module for module in modules}
    return [
        {
            "name": name,
            "description": known[name].description,
            "x-displayName": known[name].display_name,
        }
        if name in known
        else {"name": name}
        for name in sorted({each.tag for each in operations})
    ]


@define
class _Building:
    components: Components = field(factory=Components)

    def schemas(self) -> dict[str, Schema]:
        named = {"Problem": PROBLEM, **self.components.schemas}
        return dict(sorted(named.items()))

    def operation(self, operation: Operation) -> dict[str, Any]:
        self.components.schemas.update(operation.schemas)
        shown: dict[str, Any] = {
            "operationId": operation.id,
            "tags": [operation.tag],
            "summary": operation.summary or operation.id,
            "description": _description(operation),
            "parameters": self._parameters(operation),
            "responses": responses(self.components, operation),
        }
        if operation.body is not None:
            shown["requestBody"] = self._body(operation, operation.body)
        if operation.public:
            shown["security"] = []
        if operation.permission is not None:
            shown["x-permission"] = operation.permission
        return shown

    def _parameters(self, operation: Operation) -> list[dict[str, Any]]:
        path = [_path_parameter(name, each) for name, each in operation.params.items()]
        query: list[dict[str, Any]] = []
        if operation.query is not None:
            query = query_parameters(self.components, operation.query, operation.model)
        return [*path, *query, *request_headers(operation)]

    def _body(self, operation: Operation, schema: Schema | bool) -> dict[str, Any]:
        content: dict[str, Any] = {"schema": schema}
        if isinstance(schema, dict):
            if operation.model is not None:
                parts = {
                    name: part
                    for answer in operation.answers
                    for name, part in operation.parts(answer).items()
                }
                schema = extended_body(operation.model, schema, parts)
            content["schema"] = self._named(operation, schema)
        value = example(schema, self.components.schemas)
        if value is not MISSING:
            content["example"] = value
        needed = operation.body_needed
        return {"required": needed, "content": {"application/json": content}}

    def _named(self, operation: Operation, schema: Schema) -> Schema:
        title = schema.get("title")
        if operation.kind in ("create", "update") and operation.model is not None:
            model = operation.model
            name = f"{model.module}.{model.name}.{operation.kind}"
            return self.components.add(name, schema)
        if not title:
            return schema
        return self.components.add(f"{operation.tag}.{title}", schema)


def _path_parameter(name: str, described: Mapping[str, Any]) -> dict[str, Any]:
    schema = dict(described)
    description = schema.pop("description", None)
    told = {} if description is None else {"description": description}
    return {"name": name, "in": "path", "required": True, **told, "schema": schema}


def _description(operation: Operation) -> str:
    if operation.permission is not None:
        needed = f"Needs the permission `{operation.permission}`."
    elif operation.public:
        needed = "Anybody may call it."
    else:
        needed = "Needs a user who is signed in."
    return f"{operation.description}\n\n{needed}".strip()
