"""What every response carries, and what the log keeps of it."""

from __future__ import annotations

import orjson
import pytest
from twisted.internet.testing import EventLoggingObserver
from twisted.logger import globalLogPublisher

from eerp.errors import Fault, TooManyRequests, ValidationFailed
from eerp.interfaces import Reply
from eerp.web.respond import problem
from tests.web.wire import World, request_bytes


@pytest.fixture
def world():
    return World()


@pytest.fixture
def events():
    observer = EventLoggingObserver()
    globalLogPublisher.addObserver(observer)
    yield observer
    globalLogPublisher.removeObserver(observer)


def test_every_response_has_the_headers_that_keep_browsers_harmless(world):
    for path in ("/health", "/nope", "/api/crm/contacts"):
        headers = world.ask("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["date"] == "Tue, 14 Nov 2023 22:13:20 GMT"
        assert "server" not in headers


def test_a_page_that_a_module_makes_is_inert(world):
    world.gateway.reply = Reply(200, b"<p>", {"content-type": "text/html"})
    headers = world.ask("GET", "/api/crm/contacts").headers
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_a_module_may_let_its_answer_be_kept(world):
    world.gateway.reply = Reply(200, b"{}", {"cache-control": "max-age=60"})
    response = world.ask("GET", "/api/crm/contacts")
    assert response.headers["cache-control"] == "max-age=60"


def test_204_has_no_body_and_no_length(world):
    world.gateway.reply = Reply(204)
    response = world.ask("DELETE", "/api/crm/contacts/7")
    assert response.status == 204
    assert "content-length" not in response.headers
    assert "content-type" not in response.headers


def test_the_client_s_request_id_is_answered(world):
    response = world.ask("GET", "/nope", x_request_id="Web_1-a")
    assert response.headers["x-request-id"] == "Web_1-a"
    assert response.json["instance"] == "urn:eerp:request:Web_1-a"


@pytest.mark.parametrize("value", ["", "a b", "a" * 65, "ä", "a;b"])
def test_another_request_id_is_made_for_one_that_is_none(world, value):
    headers = world.ask("GET", "/health", x_request_id=value).headers
    assert headers["x-request-id"] != value
    assert headers["x-request-id"].replace("-", "").isalnum()


def test_request_ids_differ(world):
    ids = {world.ask("GET", "/health").headers["x-request-id"] for _ in range(50)}
    assert len(ids) == 50


@pytest.mark.parametrize("known", ['"3"', 'W/"3"', '"1", "3"', "*", '"1" , W/"3"'])
def test_if_none_match_saves_the_body(world, known):
    world.gateway.reply = Reply(200, b"{}", {"etag": '"3"'})
    response = world.ask("GET", "/api/crm/contacts/7", if_none_match=known)
    assert response.status == 304
    assert response.headers["etag"] == '"3"'
    assert response.body == b""


@pytest.mark.parametrize("known", ['"4"', "3", 'W/"33"'])
def test_another_etag_gets_the_body(world, known):
    world.gateway.reply = Reply(200, b"{}", {"etag": '"3"'})
    response = world.ask("GET", "/api/crm/contacts/7", if_none_match=known)
    assert response.status == 200


def test_if_none_match_is_for_reading_only(world):
    world.gateway.reply = Reply(200, b"{}", {"etag": '"3"'})
    response = world.ask("DELETE", "/api/crm/contacts/7", if_none_match='"3"')
    assert response.status == 200


def test_429_says_when_to_come_back():
    reply = problem(TooManyRequests("Slow down.", retry_after_s=30), "r")
    assert reply.headers["retry-after"] == "30"


@pytest.mark.parametrize(
    ("pointer", "place", "shown"),
    [
        ("/name", "body", "/name"),
        ("", "body", ""),
        ("/query/limit", "body", "/query/limit"),
        ("queries/limit", "body", "queries/limit"),
        ("query/limit", "query", "/limit"),
        ("query/a~1b/0", "query", "/a~1b/0"),
        ("query", "query", ""),
        ("path/id", "path", "/id"),
    ],
)
def test_a_fault_says_in_which_part_of_the_request_it_is(pointer, place, shown):
    error = ValidationFailed("Wrong.", errors=(Fault(pointer, "type", "is wrong"),))
    told = orjson.loads(problem(error, "r").body)
    assert told["errors"] == [
        {"in": place, "pointer": shown, "code": "type", "message": "is wrong"}
    ]


def test_hints_are_told_and_details_are_not():
    error = ValidationFailed("Wrong.", hint="Do better.", detail="row (1, secret)")
    reply = problem(error, "r")
    assert b"Do better." in reply.body
    assert b"secret" not in reply.body


def test_one_event_a_request_with_the_template_and_never_the_url(world, events):
    world.ask("GET", "/api/crm/contacts/secret-7?token=secret", x_request_id="r-1")
    [event] = [event for event in events if event.get("event") == "request"]
    assert event["method"] == "GET"
    assert event["route"] == "/api/crm/contacts/{id}"
    assert event["status"] == 200
    assert event["module"] == "crm"
    assert event["user_id"] == "u-1"
    assert event["request_id"] == "r-1"
    assert event["bytes"] == 11
    assert event["ms"] == 0.0
    assert "secret" not in repr(
        {key: value for key, value in event.items() if not key.startswith("log_")}
    )


def test_a_refused_request_is_logged_once_without_its_bytes(world, events):
    world.send(b"GET /health HTTP/1.1\r\nHost: a\r\nHost: secret\r\n\r\n")
    [event] = [event for event in events if event.get("event") == "request_refused"]
    assert event["code"] == "bad_request"


def test_a_client_that_is_gone_is_logged_as_499(world, events):
    world.gateway.waiting = []
    client = world.connect()
    client.send(request_bytes("GET", "/api/crm/contacts"))
    client.lose()
    [event] = [event for event in events if event.get("event") == "request"]
    assert event["status"] == 499


SPA = "https://spa.example"


def test_a_configured_origin_may_read_the_answer(world):
    headers = world.ask("GET", "/health", origin=SPA).headers
    assert headers["access-control-allow-origin"] == SPA
    assert "ETag" in headers["access-control-expose-headers"]
    assert headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in headers


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", SPA + ".evil.example", "http://spa.example", "*"],
)
def test_another_origin_may_not(world, origin):
    for method in ("GET", "OPTIONS"):
        headers = world.ask(
            method, "/health", origin=origin, access_control_request_method="GET"
        ).headers
        assert not [name for name in headers if name.startswith("access-control")]


def test_a_preflight_is_answered_without_a_token_and_for_any_path(world):
    response = world.ask(
        "OPTIONS",
        "/api/crm/contacts/7",
        token=None,
        origin=SPA,
        access_control_request_method="PATCH",
        access_control_request_headers="authorization,if-match",
    )
    assert response.status == 204
    assert response.headers["access-control-allow-origin"] == SPA
    assert "PATCH" in response.headers["access-control-allow-methods"]
    assert "If-Match" in response.headers["access-control-allow-headers"]
    assert world.gateway.requests == []


def test_errors_can_be_read_by_a_configured_origin_too(world):
    headers = world.ask("GET", "/nope", origin=SPA).headers
    assert headers["access-control-allow-origin"] == SPA
