"""A small business: a few routes of modules and of the core, and the document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from eerp.openapi import Doc, build
from eerp.openapi.doc import shape
from eerp.routes import Answer, Route, RouteTable, compile_body
from tests.orm.business import business

UUID = {"type": "string", "format": "uuid"}
OPERATOR = {"type": "string", "pattern": r"^(not\.)?[a-z]+\."}
GROUP = {"type": "string", "pattern": r"^\([\s\S]*\)$"}
LIST = {
    "type": "object",
    "properties": {
        "limit": {"type": "integer", "minimum": 1, "description": "How many."},
        "select": {"type": "string"},
    },
    "patternProperties": {
        r"^(not\.)?(and|or)$": {"type": "array", "items": GROUP},
        r"^[a-z][a-z0-9_.!]*$": {"type": "array", "items": OPERATOR},
    },
    "additionalProperties": False,
}
FIRM = {
    "title": "Firm",
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "pattern": r"\S"},
        "extensions": {
            "type": "object",
            "additionalProperties": {"type": "object"},
            "title": "Extensions",
        },
    },
    "required": ["name"],
    "additionalProperties": False,
}
BODIES: dict[str, dict[str, Any]] = {"create": FIRM, "update": FIRM}


def table(*more: Mapping[str, Any]) -> RouteTable:
    """The routes of the module `crm`, and `more`."""
    routes = RouteTable()
    one, all_ = "/firms/{id:uuid}", "/firms"
    crud = (
        ("GET", all_, "list", "read", 200, "list"),
        ("POST", all_, "create", "create", 201, "record"),
        ("GET", one, "get", "read", 200, "record"),
        ("PATCH", one, "update", "update", 200, "record"),
        ("DELETE", one, "delete", "delete", 204, "none"),
    )
    for number, (method, path, kind, verb, status, what) in enumerate(crud):
        model = None if what == "none" else "firms"
        routes.register(
            module="crm", prefix="crm", method=method, path=path, handler_id=number,
            permission=f"crm.firms.{verb}", summary=kind.capitalize(), model="firms",
            kind=kind, params={"id": UUID} if path == one else {},
            query=LIST if kind == "list" else None, body=BODIES.get(kind),
            answers=(Answer(status, "It.", None, model, what),),
        )  # fmt: skip
    for number, keys in enumerate(more):
        told: dict[str, Any] = {
            "module": "crm", "prefix": "crm", "method": "POST", "path": "/firms/merge",
            "handler_id": 100 + number, "permission": "crm.firms.merge", **keys,
        }  # fmt: skip
        routes.register(**told)
    routes.freeze()
    return routes


@frozen
class CoreGiven:
    """A route of the core."""

    method: str
    template: str
    doc: Doc | None
    body: Any = None
    needs_user: bool = True
    permission: str | None = None


THING = Doc(
    "things_get",
    "Things",
    "One thing",
    (Answer(200, "It.", shape("Thing", name={"type": "string"})),),
    problems=(404,),
)
CORE = (
    CoreGiven("GET", "/api/things/{name}", THING, permission="eerp.things.read"),
    CoreGiven(
        "POST",
        "/api/auth/login",
        evolve(THING, name="login", tag="Sessions", problems=(401, 429)),
        compile_body("core", {"type": "object"}),
        needs_user=False,
    ),
    CoreGiven("GET", "/hidden", None),
)


@frozen
class Titled:
    """A module, as its manifest tells of it."""

    name: str = "crm"
    display_name: str = "Customers"
    description: str = "Firms and deals."


def document(*more: Mapping[str, Any]) -> dict[str, Any]:
    """The document of all of it."""
    routes = table(*more).routes()
    return build(routes, business(), CORE, "1.2.3", [Titled()])


def operation(path: str, method: str, *more: Mapping[str, Any]) -> dict[str, Any]:
    """One operation of it."""
    found: dict[str, Any] = document(*more)["paths"][path][method]
    return found


def by_order(routes: tuple[Route, ...]) -> dict[str, Any]:
    """The document of routes in this order."""
    return build(routes, business(), CORE, "1.2.3")
