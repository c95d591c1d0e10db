"""The path of the API's document."""

from __future__ import annotations

import pytest

from eerp.web.openapi_route import OpenApi
from tests.web.wire import World

PATH = "/api/openapi.json"
DOCUMENT = {
    "openapi": "3.1.1",
    "tags": [{"name": "crm"}, {"name": "hr"}],
    "paths": {
        "/open": {"get": {"tags": ["hr"]}},
        "/deals": {"get": {"tags": ["crm"], "x-permission": "crm.deals.read"}},
    },
    "components": {"schemas": {}},
}


def world(*, public: bool = True) -> World:
    served = OpenApi(public)
    found = World(further=(served.route(),))
    served.publish(DOCUMENT)
    return found


def test_anybody_gets_the_whole():
    response = world().ask("GET", PATH, token=None)
    assert (response.status, response.json) == (200, DOCUMENT)
    assert response.headers["cache-control"] == "no-cache"


def test_it_is_not_sent_again_to_who_has_it():
    site = world()
    tag = site.ask("GET", PATH, token=None).headers["etag"]
    again = site.ask("GET", PATH, token=None, if_none_match=tag)
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    ("token", "paths"),
    [("ann-token", {"/open", "/deals"}), ("bob-token", {"/open"})],
)
def test_a_user_gets_what_they_may_call(token, paths):
    site = world()
    for _ in range(2):
        response = site.ask("GET", f"{PATH}?permitted=true", token=token)
        assert response.json["paths"].keys() == paths
        assert response.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("query", "token", "status"),
    [
        ("?permitted=true", None, 401),
        ("?permitted=yes", None, 422),
        ("?everything=true", None, 422),
        ("?permitted=false", None, 200),
        ("", "stolen-token", 401),
    ],
)
def test_what_cannot_be_told_is_refused(query, token, status):
    assert world().ask("GET", PATH + query, token=token).status == status


def test_a_closed_document_is_for_who_is_signed_in():
    site = world(public=False)
    assert site.ask("GET", PATH, token=None).status == 401
    assert site.ask("GET", PATH, token="bob-token").json == DOCUMENT
