"""A call of a route: path, query and body are checked together."""

from __future__ import annotations

from typing import Any

import pytest

from eerp.errors import BadRequest, UnsupportedMediaType, ValidationFailed
from eerp.limits import FAULTS_PER_BODY_MAX
from eerp.routes import Route, RouteTable

JSON = "application/json"
UUID = {"type": "string", "format": "uuid"}
BODY = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}
QUERY = {
    "type": "object",
    "properties": {"limit": {"type": "integer"}},
    "additionalProperties": False,
}
NUMBER = {"n": {"type": "integer", "maximum": 9}}


def route(path: str = "/a", **keys: Any) -> Route:
    """A route of the module `crm`."""
    return RouteTable().register(
        module="crm",
        prefix="crm",
        method="POST",
        path=path,
        handler_id=1,
        permission=None,
        **keys,
    )


def pointers(route: Route, *sent: Any) -> list[str]:
    with pytest.raises(ValidationFailed) as caught:
        route.check(*sent)
    return [fault.pointer for fault in caught.value.errors]


def test_path_query_and_body_are_blamed_in_one_error() -> None:
    checked = route("/a/{n:int}", params=NUMBER, query=QUERY, body=BODY)

    with pytest.raises(ValidationFailed) as caught:
        checked.check({"n": "10"}, (("limit", "x"), ("y", "")), b'{"z":1}', JSON)

    found = [(fault.pointer, fault.code) for fault in caught.value.errors]
    assert sorted(found) == [
        ("/name", "required"),
        ("/z", "unknown_field"),
        ("path/n", "maximum"),
        ("query/limit", "type"),
        ("query/y", "unknown_parameter"),
    ]
    assert caught.value.message == "The request has 5 faults."


def test_what_fits_is_answered_as_the_value_of_the_body() -> None:
    checked = route("/a/{n:int}", params=NUMBER, query=QUERY, body=BODY)

    assert checked.check({"n": "7"}, (("limit", "1"),), b'{"name":"A"}', JSON) == {
        "name": "A"
    }
    assert route().check({}, (), b"", None) is None


def test_a_body_that_is_none_comes_before_all_that_is_wrong() -> None:
    checked = route(body=BODY)

    with pytest.raises(BadRequest):
        checked.check({}, (("x", "1"),), b"{", JSON)
    with pytest.raises(UnsupportedMediaType):
        checked.check({}, (("x", "1"),), b"{}", "text/plain")
    with pytest.raises(UnsupportedMediaType):
        checked.check({}, (), b"{}", JSON, "gzip")
    with pytest.raises(BadRequest):
        route().check({}, (("x", "1"),), b"[]", JSON)


def test_a_route_that_declares_no_query_takes_no_parameter() -> None:
    sent = (("a", "1"), ("b/c", "2"), ("a", "3"))
    found = pointers(route(), {}, sent, b"", None)

    assert found == ["query/a", "query/b~1c"]


def test_a_query_that_is_needed_is_missed() -> None:
    checked = route(query={**QUERY, "required": ["limit"]})

    assert pointers(checked, {}, (), b"", None) == ["query/limit"]


def test_what_the_pattern_of_a_path_says_is_not_checked_again() -> None:
    kinds: dict[str, Any] = {"id": {**UUID, "title": "ID"}, "n": {"type": "integer"}}
    path = "/{id:uuid}/{n:int}"

    assert route(path).in_path is None
    assert route(path).params == {"id": UUID, "n": {"type": "integer"}}
    assert route(path, params=kinds).in_path is None
    assert route(path, params={**kinds, "n": NUMBER["n"]}).in_path is not None


def test_faults_are_bounded_in_all() -> None:
    query = tuple((f"x{n}", "") for n in range(FAULTS_PER_BODY_MAX))
    body = ("{" + ",".join(f'"y{n}":1' for n in range(200)) + "}").encode()

    found = pointers(route(body=BODY), {}, query, body, JSON)

    assert len(found) == FAULTS_PER_BODY_MAX
