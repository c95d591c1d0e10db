"""The steps of a request: which answer it gets, and in which order they decide."""

from __future__ import annotations

import pytest
from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from eerp.errors import (
    Conflict,
    Fault,
    GuestTrapped,
    Refusal,
    SerializationFailed,
)
from eerp.interfaces import Reply
from eerp.web.app import build_app
from eerp.web.pipeline import Pipeline
from tests.web import wire
from tests.web.wire import ANN, World, request_bytes


@pytest.fixture
def world():
    return World()


def test_the_module_sees_the_request_as_it_is(world):
    world.ask(
        "GET",
        "/api/crm/contacts/J%C3%BCrgen%20A?limit=5&q=a+b%2Bc&q=",
        if_none_match='"3"',
        cookie="secret=1",
        x_other="x",
        prefer="count=exact",
        x_request_id="abc-1",
    )
    [request], [target] = world.gateway.requests, world.gateway.targets
    assert request.method == "GET"
    assert request.path == "/api/crm/contacts/J%C3%BCrgen%20A"
    assert request.route == "/contacts/{id}"
    assert request.params == {"id": "Jürgen A"}
    assert request.query == (("limit", "5"), ("q", "a b+c"), ("q", ""))
    assert request.headers == {"if-none-match": '"3"', "prefer": "count=exact"}
    assert request.identity is ANN
    assert request.request_id == "abc-1"
    assert (target.module, target.method, target.handler_id) == ("crm", "GET", 2)


def test_the_body_goes_to_the_module_as_it_came(world):
    body = b'{ "name" : "Ann" }'
    assert world.ask("POST", "/api/crm/contacts", body=body).status == 200
    assert world.gateway.requests[0].body == body


STEPS = {
    "a bad token on an unknown path": ("GET", "/api/crm/x", "bad", None, 401),
    "a bad token on a path of nobody": ("GET", "/nope", "bad", None, 401),
    "a bad token on a public route": ("GET", "/api/crm/public", "bad", None, 401),
    "an unknown path without a token": ("GET", "/api/crm/x", None, None, 404),
    "a path of nobody without a token": ("GET", "/nope", None, None, 404),
    "a wrong method without a token": ("PUT", "/api/crm/contacts", None, None, 405),
    "no token on a protected route": ("GET", "/api/crm/contacts", None, None, 401),
    "no token and a bad body": ("POST", "/api/crm/contacts", None, b"{", 401),
    "no permission": ("GET", "/api/crm/contacts", "bob-token", None, 403),
    "no permission and a bad body": (
        "POST", "/api/crm/contacts", "bob-token", b"{", 403,
    ),
    "a bad body": ("POST", "/api/crm/contacts", "ann-token", b"{", 400),
    "no body": ("POST", "/api/crm/contacts", "ann-token", None, 400),
    "a wrong body": ("POST", "/api/crm/contacts", "ann-token", b"{}", 422),
    "a body where none is taken": (
        "GET", "/api/crm/contacts", "ann-token", b'{"a":1}', 400,
    ),
    "a public route without a token": ("GET", "/api/crm/public", None, None, 200),
    "a bad token where one signs in": (
        "POST", "/api/auth/refresh", "bad", b'{"refresh_token":"r"}', 200,
    ),
    "a bad token at a probe": ("GET", "/health", "bad", None, 200),
    "a bad query": ("GET", "/api/crm/public?a=%zz", None, None, 400),
}  # fmt: skip


@pytest.mark.parametrize("case", STEPS)
def test_the_first_step_that_refuses_decides(world, case):
    method, path, token, body, status = STEPS[case]
    response = world.ask(method, path, token=token, body=body)
    assert response.status == status
    if status >= 400:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json["status"] == status
        assert world.gateway.requests == []


@pytest.mark.parametrize(
    ("token", "challenge"),
    [(None, "Bearer"), ("bad", 'Bearer error="invalid_token"')],
)
def test_401_says_how_to_sign_in(world, token, challenge):
    response = world.ask("GET", "/api/crm/contacts", token=token)
    assert response.headers["www-authenticate"] == challenge


@pytest.mark.parametrize(
    "value", ["Basic YTpi", "Bearer", "Bearer ", "Bearer t\xe9", "Bearer " + "x" * 5000]
)
def test_an_authorization_that_is_no_bearer_token_is_401(world, value):
    raw = f"GET /nope HTTP/1.1\r\nHost: a\r\nAuthorization: {value}\r\n\r\n"
    [response] = world.send(raw.encode("latin-1"))
    assert response.status == 401
    assert response.json["code"] == "token_invalid"


def test_two_tokens_are_none(world):
    response = world.ask("GET", "/api/crm/contacts", authorization="Bearer bob-token")
    assert response.status == 401


def test_405_lists_what_is_allowed(world):
    response = world.ask("PUT", "/api/crm/contacts")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_options_answers_what_is_allowed_without_a_token(world):
    response = world.ask("OPTIONS", "/api/crm/contacts/7", token=None)
    assert response.status == 204
    assert response.headers["allow"] == "DELETE, GET, HEAD, OPTIONS"
    assert world.ask("OPTIONS", "/api/crm/x").status == 404
    assert world.ask("OPTIONS", "/health").headers["allow"] == "GET, HEAD, OPTIONS"


def test_head_is_get_without_the_body(world):
    response = world.ask("HEAD", "/api/crm/contacts")
    assert response.headers["content-length"] == "11"
    assert world.gateway.requests[0].method == "GET"


def test_a_method_override_header_overrides_nothing(world):
    world.ask("GET", "/api/crm/contacts/7", x_http_method_override="DELETE")
    assert world.gateway.targets[0].method == "GET"


def test_a_prefix_of_several_segments_has_its_own_routes(world):
    assert world.ask("GET", "/api/sales/deals/7").status == 200
    assert world.gateway.targets[0].module == "deals"
    assert world.ask("GET", "/api/sales/deals/x").status == 404
    assert world.ask("GET", "/api/sales").status == 404


ERRORS = {
    "conflict": (Conflict("There is such a contact."), 409),
    "refusal": (Refusal(418, "teapot", "No.", (Fault("/a", "b", "c"),)), 418),
    "trap": (GuestTrapped("The module failed.", detail="unreachable"), 502),
    "contention": (SerializationFailed("Too many at once."), 503),
}


@pytest.mark.parametrize("case", ERRORS)
def test_an_error_of_the_dispatch_becomes_problem_details(world, case):
    error, status = ERRORS[case]
    world.gateway.reply = error
    response = world.ask("GET", "/api/crm/contacts")
    assert response.status == status
    assert response.json["code"] == error.code
    assert response.json["detail"] == error.message
    assert b"unreachable" not in response.body


def test_a_client_that_leaves_cancels_the_dispatch_and_nothing_is_written(world):
    world.gateway.waiting = []
    client = world.connect()
    client.send(request_bytes("GET", "/api/crm/contacts"))
    client.lose()
    assert world.gateway.cancelled == 1
    assert client.transport.value() == b""
    assert world.site.in_flight == 0


def test_a_client_that_left_while_it_was_identified_reaches_no_module(world):
    world.identities.waiting = Deferred()
    client = world.connect()
    client.send(request_bytes("GET", "/api/crm/public", token="bob-token"))
    client.lose()
    world.identities.waiting.callback(None)
    assert world.gateway.requests == []


class UnknownErrorTests(SynchronousTestCase):
    def test_an_unknown_error_is_500_and_its_traceback_stays_in_the_log(self):
        world = World()
        world.gateway.reply = ValueError("the secret value")
        response = world.ask("GET", "/api/crm/contacts")
        assert response.status == 500
        assert response.json["code"] == "internal_error"
        assert b"secret" not in response.body
        assert len(self.flushLoggedErrors(ValueError)) == 1

    def test_a_reply_that_cannot_be_written_closes_the_connection(self):
        world = World()
        world.gateway.reply = Reply(200, "not bytes")
        client = world.connect()
        client.send(request_bytes("GET", "/api/crm/contacts"))
        assert client.closed
        assert world.site.in_flight == 0
        assert len(self.flushLoggedErrors()) == 1

    def test_a_resource_that_raises_is_500(self):
        world = World()
        world.site.resource = None
        assert world.ask("GET", "/health").status == 500
        assert len(self.flushLoggedErrors(AttributeError)) == 1

    def test_a_leaf_that_raises_below_klein_is_500(self):
        world = World()
        app = build_app(Pipeline(world.identities), ())

        @app.route("/broken")
        def broken(request):
            raise ValueError("the secret value")

        world.site.resource = app.resource()
        response = world.ask("GET", "/broken")
        assert response.status == 500
        assert response.json["code"] == "internal_error"
        assert len(self.flushLoggedErrors(ValueError)) == 1

    def test_a_ping_that_raises_something_unknown_is_a_reason(self):
        world = World()
        world.database.error = ValueError("the secret value")
        response = world.ask("GET", "/ready")
        assert response.status == 503
        assert response.json["reasons"] == ["the database cannot be used"]
        assert len(self.flushLoggedErrors(ValueError)) == 1

    def test_a_client_that_leaves_leaves_no_traceback(self):
        world = World()
        world.gateway.waiting = []
        client = world.connect()
        client.send(request_bytes("GET", "/api/crm/contacts"))
        client.lose()
        world.gateway.waiting[0].addErrback(lambda _: None)
        assert self.flushLoggedErrors() == []


def test_a_reply_keeps_its_own_headers(world):
    world.gateway.reply = Reply(
        201, b"{}", {"etag": '"1"', "location": "/api/crm/contacts/7"}
    )
    response = world.ask("POST", "/api/crm/contacts", body={"name": "Ann"})
    assert response.status == 201
    assert response.headers["etag"] == '"1"'
    assert response.headers["location"] == "/api/crm/contacts/7"


class TestCompanies:
    """The header X-Company says in which of the caller's companies a request acts."""

    ONE = "018f4e9a-7c1b-7d2e-8f3a-000000000001"
    TWO = "018f4e9a-7c1b-7d2e-8f3a-000000000002"

    @pytest.fixture
    def world(self, monkeypatch):
        ann = evolve(ANN, company_id=self.ONE, companies=(self.ONE, self.TWO))
        monkeypatch.setattr(wire, "ANN", ann)
        return World()

    def _seen(self, world):
        [request] = world.gateway.requests
        return request.identity.company_id, request.identity.companies

    def test_without_it_the_default_is_acted_in(self, world):
        world.ask("GET", "/api/crm/contacts")
        assert self._seen(world) == (self.ONE, (self.ONE, self.TWO))

    def test_another_of_the_callers_companies_is_acted_in(self, world):
        world.ask("GET", "/api/crm/contacts", x_company=self.TWO.upper())
        assert self._seen(world) == (self.TWO, (self.ONE, self.TWO))

    @pytest.mark.parametrize(
        ("company", "status"),
        [
            ("018f4e9a-7c1b-7d2e-8f3a-000000000003", 403),
            ("018f4e9a7c1b7d2e8f3a000000000001", 400),
            ("{018f4e9a-7c1b-7d2e-8f3a-0000000001}", 400),
            ("", 400),
            ("7", 400),
            (f"{ONE}, {TWO}", 400),
        ],
    )
    def test_what_is_none_of_them_is_refused(self, world, company, status):
        response = world.ask("GET", "/api/crm/contacts", x_company=company)
        assert response.status == status
        assert world.gateway.requests == []

    def test_it_means_nothing_where_nobody_is_identified(self, world):
        response = world.ask("GET", "/api/crm/public", token=None, x_company="7")
        assert response.status == 200

    def test_scripts_of_other_origins_may_send_it(self, world):
        response = world.ask(
            "OPTIONS", "/api/crm/contacts", token=None, origin="https://spa.example",
            access_control_request_method="GET",
        )  # fmt: skip
        assert "X-Company" in response.headers["access-control-allow-headers"]
