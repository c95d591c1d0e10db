"""One method of one path, whoever serves it, as the document is going to tell of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import field, frozen

from eerp.openapi.doc import CoreDescribed, Doc, Schema
from eerp.openapi.names import operation_ids, plain_path, unlike
from eerp.orm.model import Model
from eerp.orm.registry import ModelRegistry
from eerp.routes import Answer, Route

__all__ = ["CORE", "Operation", "core_operations", "module_operations"]

CORE = "eerp"
"""What the core is called where modules have their names."""

_ANY = frozenset({400, 408, 414, 431, 500, 503})
_USER = frozenset({401, 403})
_MODULE = frozenset({401, 403, 404, 413, 422, 429, 502, 504})
_WRITES = frozenset({409, 412})
_BODY = frozenset({413, 415, 422})


@frozen(eq=False)
class Operation:
    """What is known of it. `model` is what it serves, `models` are those of its module
    by name, which its answers may be records of; `problems` are the statuses of its
    errors. `public` ones need no token, those that `prefers` heed `Prefer`. `schemas`
    are parts of the document that it refers to."""

    id: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    permission: str | None
    public: bool
    answers: tuple[Answer, ...]
    problems: frozenset[int]
    params: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    query: Schema | None = None
    body: Schema | bool | None = None
    body_needed: bool = True
    kind: str = "custom"
    model: Model | None = None
    models: Mapping[str, Model] = field(factory=dict)
    core: bool = False
    prefers: bool = True
    schemas: Mapping[str, Schema] = field(factory=dict)

    @property
    def takes_select(self) -> bool:
        """Whether the caller says what is shown of records."""
        return "select" in (self.query or {}).get("properties", {})

    def parts(self, answer: Answer) -> Mapping[str, Model]:
        """The models of the records that an answer shows with a record, by the names
        of their lists."""
        return {name: self.models[part] for name, part in answer.parts.items()}


def module_operations(
    routes: Iterable[Route], registry: ModelRegistry
) -> Iterator[Operation]:
    """Those of modules, in the order of their paths."""
    routes = sorted(routes, key=lambda route: (route.template, route.method))
    ids, taken = operation_ids(routes), dict[str, tuple[str, str]]()
    for route in routes:
        models = {model.name: model for model in registry.of(route.module)}
        yield Operation(
            id=ids[route],
            method=route.method,
            path=unlike(plain_path(route.template), _kinds(route), taken),
            tag=route.module,
            summary=route.summary,
            description=route.description,
            permission=route.permission,
            public=route.permission is None,
            answers=route.answers,
            problems=_problems(route),
            params=route.params,
            query=None if route.query is None else route.query.schema,
            body=None if route.body is None else route.body.schema,
            body_needed=route.body is not None and not route.body.optional,
            kind=route.kind,
            model=models.get(route.model or ""),
            models=models,
        )


def _kinds(route: Route) -> str:
    return "-".join(each.kind for each in route.segments if each.kind != "static")


def _problems(route: Route) -> frozenset[int]:
    found = _ANY | _MODULE
    if route.method != "GET":
        found |= _WRITES
    if route.body is not None:
        found |= _BODY
    if route.kind == "update":
        found |= {428}
    return found


def core_operations(routes: Iterable[CoreDescribed]) -> Iterator[Operation]:
    """Those of the core that are documented, in the order of their paths."""
    for route in sorted(routes, key=lambda route: (route.template, route.method)):
        if route.doc is not None:
            yield _of_core(route, route.doc)


def _of_core(route: CoreDescribed, doc: Doc) -> Operation:
    user = route.needs_user or route.permission is not None
    problems = _ANY | set(doc.problems)
    problems |= _USER if user else frozenset()
    problems |= frozenset({413} if route.body is None else _BODY)
    problems |= {422} if doc.query is not None else set[int]()
    return Operation(
        id=f"{CORE}_{doc.name}",
        method=route.method,
        path=plain_path(route.template),
        tag=doc.tag,
        summary=doc.summary,
        description=doc.description,
        permission=route.permission,
        public=not user,
        answers=doc.answers,
        problems=problems,
        params=doc.params or _texts(route.template),
        query=doc.query,
        body=None if route.body is None else route.body.schema,
        core=True,
        prefers=doc.prefers,
        schemas=doc.schemas,
    )


def _texts(template: str) -> dict[str, Any]:
    """A parameter of which nothing is said is some text."""
    names = [part[1:-1] for part in template.split("/") if part.startswith("{")]
    return {name: {"type": "string", "minLength": 1} for name in names}
