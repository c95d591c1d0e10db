"""What a module says of its routes, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import frozen

from eerp.errors import DescriptionInvalid, RouteConflict
from eerp.routes import Answer, Route, RouteTable
from eerp.routes.declare import declare


@frozen
class Registered:
    """A registration as the sandbox collects it."""

    method: str
    path: str
    handler_id: int = 1

    @property
    def texts(self) -> tuple[str, str]:
        return self.method, self.path


def declared(
    documents: object, *registered: Registered, prefix: str = "crm"
) -> tuple[Route, ...]:
    """The routes of module `crm` after it told of them."""
    table = RouteTable()
    declare(table, "crm", prefix, registered, documents, models={"contacts"})
    return table.routes()


def document(**keys: Any) -> dict[str, Any]:
    """A document of GET /contacts."""
    permission = {} if keys.get("public") else {"permission": "crm.contacts.read"}
    return {"method": "GET", "path": "/contacts", **permission, **keys}


UUID = {"type": "string", "format": "uuid"}
LIMIT = {"type": "integer", "minimum": 1, "maximum": 9}
QUERY = {
    "type": "object",
    "properties": {"limit": LIMIT},
    "additionalProperties": False,
}


def query(**properties: Any) -> dict[str, Any]:
    """A query's schema with these properties."""
    return {**QUERY, "properties": properties}


def answer(**keys: Any) -> dict[str, Any]:
    """A document with this answer."""
    return document(answers=[{"status": 200, **keys}])


@pytest.mark.parametrize("documents", [[], [document(path="/leads")]])
def test_a_route_that_is_not_described_does_not_load(documents: object) -> None:
    with pytest.raises(DescriptionInvalid, match="GET /contacts and never describes"):
        declared(documents, Registered("GET", "/contacts"))


def test_a_described_route_has_what_it_says() -> None:
    said = document(
        path="/contacts/{id:uuid}", permission="crm.contacts.list", summary="One",
        description="More of it.", kind="get", model="contacts", params={"id": UUID},
        query=QUERY, body={"type": "object"},
        answers=[
            {"status": 200, "description": "It.", "model": "contacts",
             "shape": "record", "schema": None, "media_type": "application/json",
             "parts": {"lines": "contacts"}},
            {"status": 202, "schema": {"type": "object"}, "media_type": "text/plain"},
            {"status": 204, "shape": "none"},
        ],
    )  # fmt: skip

    (route,) = declared([said], Registered("GET", "/contacts/{id:uuid}", 7))

    assert route.permission == "crm.contacts.list"
    assert (route.summary, route.description) == ("One", "More of it.")
    assert (route.kind, route.model, route.handler_id) == ("get", "contacts", 7)
    assert route.template == "/api/crm/contacts/{id:uuid}"
    assert route.params == {"id": UUID}
    assert route.query is not None
    assert route.query.schema == QUERY
    assert route.body is not None
    assert route.body.schema == {"type": "object"}
    assert route.answers == (
        Answer(200, "It.", None, "contacts", "record", parts={"lines": "contacts"}),
        Answer(202, "", {"type": "object"}, None, "value", "text/plain"),
        Answer(204, shape="none"),
    )


def test_another_prefix_moves_the_routes_and_not_their_permissions() -> None:
    registered = Registered("GET", "/contacts")
    (route,) = declared([document()], registered, prefix="sales/crm")

    assert route.template == "/api/sales/crm/contacts"
    assert route.permission == "crm.contacts.read"


def test_only_an_explicit_public_route_needs_no_permission() -> None:
    (route,) = declared([document(public=True)], Registered("GET", "/contacts"))

    assert route.permission is None


def test_a_route_that_is_registered_twice_is_named_twice() -> None:
    twice = Registered("GET", "/contacts", 1), Registered("GET", "/contacts", 2)

    with pytest.raises(RouteConflict, match="same paths as GET /api/crm/contacts"):
        declared([document()], *twice)


WRONG: dict[str, tuple[object, str]] = {
    "routes that are no array": ({}, "not an array"),
    "a route that is no object": (["GET /contacts"], "describes a route wrongly"),
    "no path": ([{"method": "GET"}], "without method or path"),
    "a number as summary": ([document(summary=5)], "summary of GET /contacts"),
    "a list as description": ([document(description=[])], "description of GET /cont"),
    "text as body": ([document(body="any")], "body of GET /contacts"),
    "a word for public": ([document(public="yes")], "public of GET /contacts"),
    "another kind": ([document(kind="find")], "kind of GET /contacts is not one of"),
    "neither permission nor public": (
        [document(permission=None)],
        "GET /contacts has no permission and is not public",
    ),
    "not public, and no permission": (
        [document(permission=None, public=False)],
        "GET /contacts has no permission and is not public",
    ),
    "another module's permission": (
        [document(permission="hr.salaries.read")],
        "not a permission of crm",
    ),
    "public with a permission": (
        [document(public=True, permission="crm.contacts.read")],
        "is public and asks for",
    ),
    "what is not registered": (
        [document(), document(method="PUT")],
        "describes PUT /contacts and never registers it",
    ),
    "the same twice": ([document(), document()], "describes GET /contacts twice"),
    "a model that is none": (
        [document(model="leads")],
        "GET /contacts names leads, which is none of its models",
    ),
    "a parameter that the path has not": (
        [document(params={"id": UUID})],
        "the parameter id of GET /contacts is not in the path",
    ),
    "parameters that are no object": ([document(params=[])], "params of GET /contacts"),
    "text as query": ([document(query="any")], "query of GET /contacts"),
    "any query": ([document(query={})], "query of GET /contacts cannot be checked"),
    "an open query": (
        [document(query={"type": "object", "properties": {}})],
        "additionalProperties: false",
    ),
    "an object in the query": (
        [document(query=query(at={"type": "object"}))],
        "at is none of string, integer",
    ),
    "a list of lists in the query": (
        [document(query=query(at={"type": "array", "items": {"type": "array"}}))],
        "at is none of string, integer",
    ),
    "a reference in the query": (
        [document(query=query(at={"$ref": "#"}))],
        "at is none of string, integer",
    ),
    "a filter that is no list": (
        [document(query={**QUERY, "patternProperties": {"^a": {"type": "string"}}})],
        "is not a list of texts",
    ),
    "too many patterns": (
        [
            document(
                query={**QUERY, "patternProperties": {f"^{n}": {} for n in range(21)}}
            )
        ],
        "it has more than 20 patterns",
    ),
    "properties that are no object": (
        [document(query={**QUERY, "properties": 1})],
        "its properties are not an object",
    ),
    "a schema that is none": (
        [document(query=query(at={"type": "string", "pattern": "("}))],
        "query of GET /contacts cannot be checked",
    ),
    "answers that are no array": ([document(answers={})], "answers of GET /contacts"),
    "an answer that is no object": ([document(answers=[200])], "answers of GET /cont"),
    "an answer without a status": (
        [document(answers=[{"description": "Done."}])],
        "objects with a status",
    ),
    "an answer that is an error": ([answer(status=404)], "status of GET /contacts"),
    "a truth as a status": ([answer(status=True)], "status of GET /contacts"),
    "an answer of another shape": ([answer(shape="page")], "shape of GET /contacts"),
    "text as a schema": ([answer(schema="any")], "schema of GET /contacts"),
    "an answer with a model that is none": (
        [answer(model="leads", shape="record")],
        "names leads",
    ),
    "parts that are no object": ([answer(parts=["lines"])], "parts of GET /contacts"),
    "a part that is no model": (
        [answer(model="contacts", shape="record", parts={"lines": "leads"})],
        "names leads",
    ),
    "parts of what is no record": (
        [answer(parts={"lines": "contacts"})],
        "has parts and is no record",
    ),
    "a record of no model": ([answer(shape="record")], "has a model or is no record"),
    "a value of a model": ([answer(model="contacts")], "has a model or is no record"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_description_is_named(fault: str) -> None:
    documents, words = WRONG[fault]

    with pytest.raises(DescriptionInvalid, match="module crm") as caught:
        declared(documents, Registered("GET", "/contacts"))
    assert words in caught.value.message


def test_a_parameter_of_the_path_is_described() -> None:
    path = "/contacts/{id:uuid}"

    with pytest.raises(DescriptionInvalid, match=r"parameter id .* not described"):
        declared([document(path=path)], Registered("GET", path))


def test_a_path_has_no_room_for_a_list() -> None:
    path = "/contacts/{id}"
    many = {"type": "array", "items": {"type": "string"}}

    with pytest.raises(DescriptionInvalid, match="id is a list"):
        declared([document(path=path, params={"id": many})], Registered("GET", path))
