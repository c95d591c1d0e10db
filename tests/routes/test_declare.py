"""What a module says of its routes, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import frozen

from eerp.errors import DescriptionInvalid
from eerp.routes.declare import declare
from eerp.routes.registry import Route, RouteTable


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
    declare(table, "crm", prefix, registered, documents)
    return table.routes()


def document(**keys: Any) -> dict[str, Any]:
    """A document of GET /contacts."""
    return {"method": "GET", "path": "/contacts", **keys}


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("GET", "/contacts", "crm.contacts.read"),
        ("GET", "/contacts/{id}", "crm.contacts.read"),
        ("POST", "/contacts", "crm.contacts.write"),
        ("DELETE", "/contacts/{id}", "crm.contacts.write"),
        ("POST", "/leads/{id}/convert", "crm.leads.write"),
        ("GET", "/", "crm.read"),
    ],
)
def test_a_route_that_is_not_described_gets_the_default_permission(
    method: str, path: str, permission: str
) -> None:
    (route,) = declared([], Registered(method, path))

    assert route.permission == permission


def test_a_described_route_has_what_it_says() -> None:
    said = document(permission="crm.contacts.list", summary="All", kind="list")

    (route,) = declared([said], Registered("GET", "/contacts", 7))

    assert route.permission == "crm.contacts.list"
    assert (route.summary, route.kind, route.handler_id) == ("All", "list", 7)
    assert route.template == "/api/crm/contacts"


def test_another_prefix_moves_the_routes_and_not_their_permissions() -> None:
    (route,) = declared([], Registered("GET", "/contacts"), prefix="sales/crm")

    assert route.template == "/api/sales/crm/contacts"
    assert route.permission == "crm.contacts.read"


def test_only_an_explicit_public_route_needs_no_permission() -> None:
    (route,) = declared([document(public=True)], Registered("GET", "/contacts"))

    assert route.permission is None


WRONG: dict[str, tuple[object, str]] = {
    "routes that are no array": ({}, "not an array"),
    "a route that is no object": (["GET /contacts"], "describes a route wrongly"),
    "no path": ([{"method": "GET"}], "without method or path"),
    "a number as summary": ([document(summary=5)], "summary of GET /contacts"),
    "text as body": ([document(body="any")], "body of GET /contacts"),
    "a word for public": ([document(public="yes")], "public of GET /contacts"),
    "another module's permission": (
        [document(permission="hr.salaries.read")],
        "not a permission of crm",
    ),
    "public with a permission": (
        [document(public=True, permission="crm.contacts.read")],
        "is public and asks for",
    ),
    "what is not registered": (
        [document(), {"method": "PUT", "path": "/contacts"}],
        "describes PUT /contacts and never registers it",
    ),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_description_is_named(fault: str) -> None:
    documents, words = WRONG[fault]

    with pytest.raises(DescriptionInvalid, match=words):
        declared(documents, Registered("GET", "/contacts"))
