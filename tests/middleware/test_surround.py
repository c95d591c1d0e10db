"""From module.json to what stands around which route."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred

from eerp.errors import ManifestInvalid
from eerp.interfaces import Reply
from eerp.middleware import BUILT_IN, chains
from tests.middleware.given import ROUTES, a_call, around, table

LIMIT = {"name": "rate_limit", "requests": 9, "seconds": 9}
PAGE = Path(__file__).parents[2] / "docs/reference/middleware.md"


def headers(**keys):
    return {"name": "response_headers", "headers": keys}


def test_what_is_shown_has_the_order_the_source_and_all_options():
    shown = [one.shown() for one in around({"name": "cache"}, LIMIT)]
    assert shown == [
        {
            "name": "cache", "options": {"seconds": 0}, "from": "eerp",
            "methods": [], "paths": [],
        },
        {
            "name": "rate_limit",
            "options": {"per": "user", "requests": 9, "seconds": 9},
            "from": "eerp", "methods": [], "paths": [],
        },
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        ({}, set(ROUTES)),
        ({"methods": ["POST"]}, {("POST", "/items")}),
        ({"paths": ["/items"]}, {("GET", "/items"), ("POST", "/items")}),
        (
            {"methods": ["GET"], "paths": ["/items", "/items/{id:uuid}"]},
            {("GET", "/items"), ("GET", "/items/{id:uuid}")},
        ),
    ],
)
def test_an_entry_stands_around_the_routes_that_it_chooses(keys, chosen):
    routes = table().routes()
    found = dict(chains(around({"name": "cache", **keys}), routes))
    assert {(route.method, route.path) for route in found} == chosen


def test_a_module_without_middleware_has_no_chains():
    assert dict(chains(around(), table().routes())) == {}


def test_the_first_entry_is_outermost():
    both = around(headers(**{"X-A": "outer"}), headers(**{"X-A": "inner"}))
    routes = table().routes()
    chain = dict(chains(both, routes))[routes[0]]

    async def handler(call):
        return Reply(200)

    answered = []
    Deferred.fromCoroutine(chain(a_call(), handler)).addCallback(answered.append)
    assert answered[0].headers == {"x-a": "outer"}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            {"name": "rate_limits"},
            "there is no middleware `rate_limits`; did you mean `rate_limit`?",
        ),
        (
            {"name": "rate_limit", "requsts": 1, "seconds": 1, "requests": 1},
            "requsts: is not an option; did you mean `requests`?",
        ),
        ({"name": "rate_limit", "seconds": 1}, "requests: is required"),
        ({**LIMIT, "requests": 0}, "requests: must be at least 1"),
        ({**LIMIT, "requests": "9"}, "requests: must be"),
        ({**LIMIT, "per": "planet"}, "per: must be one of user, module"),
        ({"name": "cache", "seconds": -1}, "seconds: must be at least 0"),
        ({"name": "require_role", "roles": []}, "roles: must have at least 1"),
        ({"name": "require_role", "roles": [1]}, "roles.0: must be"),
        ({"name": "idempotency", "required_on": ["PUT"]}, "required_on.0: must be one"),
        ({"name": "request_log", "fields": ["body"]}, "fields.0: must be one of"),
        (headers(**{"Set-Cookie": "a"}), "headers.Set-Cookie: belongs to the core"),
        (headers(**{"X-Request-Id": "a"}), "headers.X-Request-Id: belongs to the core"),
        (headers(ETag="a"), "headers.ETag: belongs to the core"),
        (headers(**{"Content-Type": "a"}), "headers.Content-Type: belongs to"),
        (
            headers(**{"Access-Control-Allow-Origin": "*"}),
            "headers.Access-Control-Allow-Origin: belongs to the core",
        ),
        (headers(**{"X A": "a"}), "headers.X A: is not the name of a header"),
        (headers(**{"X-A": "a\r\nb"}), "headers.X-A: must be printable ASCII"),
        (headers(**{"X-A": "1", "x-a": "2"}), "headers.x-a: is written more than once"),
        (
            {"name": "cache", "paths": ["/itms"]},
            "paths.0: the module has no route with the path `/itms`; did you mean"
            " `/items`?",
        ),
        (
            {"name": "cache", "methods": ["POST"], "paths": ["/items/{id:uuid}"]},
            "no route of the module has these methods and paths",
        ),
    ],
)
def test_a_wrong_entry_is_named_with_what_is_wrong(entry, words):
    with pytest.raises(ManifestInvalid) as caught:
        around({"name": "cache"}, entry)
    assert caught.value.module == "shop"
    start = f"module shop: middleware.1 ({entry['name']}): "
    assert caught.value.message.startswith(start + words)
    assert "\n" not in caught.value.message


def test_all_that_is_wrong_with_an_entry_is_told_at_once():
    with pytest.raises(ManifestInvalid) as caught:
        around({"name": "rate_limit", "requests": 0, "per": 1})
    for option in ("requests", "seconds", "per"):
        assert f"{option}: " in caught.value.message
    assert caught.value.hint == "The options of rate_limit: requests, seconds, per."


def test_each_middleware_and_each_option_is_documented():
    sections = re.split(r"^### ", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    told = {part.split("`")[1]: part for part in sections[1:]}
    assert set(told) == set(BUILT_IN)
    for name, maker in BUILT_IN.items():
        rows = re.findall(r"^\| `(\w+)` \|", told[name], re.MULTILINE)
        assert set(rows) == set(maker.schema["properties"])
