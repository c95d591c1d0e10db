"""The paths of the core."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from eerp import limits
from eerp.errors import DatabaseUnavailable
from eerp.interfaces import ModuleState
from eerp.web.endpoints import CoreRoute
from eerp.web.respond import json_reply
from tests.web.wire import ANN, World


@pytest.fixture
def world():
    return World()


def test_health_needs_nothing(world):
    world.database.error = DatabaseUnavailable("No connection.")
    world.health.phase = "starting"
    response = world.ask("GET", "/health", token=None)
    assert (response.status, response.json) == (200, {"status": "ok"})


def test_ready_when_the_database_answers_and_the_modules_are_loaded(world):
    response = world.ask("GET", "/ready", token=None)
    assert (response.status, response.json) == (200, {"status": "ready"})


def test_not_ready_says_every_reason(world):
    world.database.error = DatabaseUnavailable("No connection.")
    world.health.phase = "draining"
    world.modules.modules = [
        ModuleState("crm", "1", "CRM", (), 1, "failed", "It trapped."),
        ModuleState("hr", "1", "HR", (), 1, "failed", "It trapped.", required=False),
    ]
    response = world.ask("GET", "/ready", token=None)
    assert response.status == 503
    assert response.json["reasons"] == [
        "the daemon is draining",
        "module crm is failed",
        "the database cannot be used: database_unavailable",
    ]


def test_ready_again_when_the_database_is_back(world):
    world.database.error = DatabaseUnavailable("No connection.")
    assert world.ask("GET", "/ready").status == 503
    world.database.error = None
    assert world.ask("GET", "/ready").status == 200


def test_not_ready_when_the_database_takes_too_long_and_pings_do_not_pile_up(world):
    world.database.waiting = Deferred()
    clients = [world.connect() for _ in range(3)]
    for client in clients:
        client.send(b"GET /ready HTTP/1.1\r\nHost: a\r\n\r\n")
    world.clock.advance(limits.READY_DATABASE_S)
    for client in clients:
        [response] = client.responses()
        assert response.status == 503
        assert response.json["reasons"] == ["the database does not answer in time"]
    assert world.database.pings == 1
    world.database.waiting.callback(None)
    world.database.waiting = None
    assert world.ask("GET", "/ready").status == 200


def test_modules_are_listed_for_who_may_see_them(world):
    world.modules.modules.append(
        ModuleState(
            "hr",
            "0.1.0",
            "HR",
            ("core", "crm"),
            2,
            "failed",
            "It trapped.",
            optional=("shop",),
        )
    )
    response = world.ask("GET", "/api/modules", token="bob-token")
    assert response.json == {
        "modules": [
            {
                "name": "crm",
                "version": "1.2.0",
                "display_name": "CRM",
                "depends": ["core"],
                "optional": [],
                "priority": 1,
                "state": "loaded",
            },
            {
                "name": "hr",
                "version": "0.1.0",
                "display_name": "HR",
                "depends": ["core", "crm"],
                "optional": ["shop"],
                "priority": 2,
                "state": "failed",
                "error": "It trapped.",
            },
        ]
    }
    assert world.ask("GET", "/api/modules", token="ann-token").status == 403
    assert world.ask("GET", "/api/modules", token=None).status == 401


def test_login_answers_a_pair(world):
    response = world.ask(
        "POST",
        "/api/auth/login",
        token=None,
        body={"username": "ann", "password": "right"},
        user_agent="browser",
    )
    assert response.status == 200
    assert response.json == {
        "access_token": "a",
        "refresh_token": "r",
        "token_type": "Bearer",
        "expires_in": 900,
    }
    assert response.headers["cache-control"] == "no-store"
    assert world.accounts.seen == [("ann", "192.0.2.7", "browser")]


def test_wrong_credentials_are_401(world):
    body = {"username": "ann", "password": "wrong"}
    response = world.ask("POST", "/api/auth/login", token=None, body=body)
    assert response.status == 401
    assert response.json["code"] == "login_refused"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"username": "ann"}, 422),
        ({"username": "ann", "password": 7}, 422),
        ({"username": "ann", "password": "x", "admin": True}, 422),
        ({"username": "ann", "password": "x" * 1000}, 422),
        (b'{"username":"ann","username":"bob","password":"x"}', 400),
        (b"username=ann", 400),
    ],
)
def test_login_checks_its_body(world, body, status):
    response = world.ask("POST", "/api/auth/login", token=None, body=body)
    assert response.status == status
    assert world.accounts.seen == []


def test_refresh_answers_a_pair(world):
    response = world.ask(
        "POST", "/api/auth/refresh", token=None, body={"refresh_token": "r"}
    )
    assert response.json["token_type"] == "Bearer"


def test_logout_and_me_are_for_those_who_are_signed_in(world):
    assert world.ask("POST", "/api/auth/logout", token=None).status == 401
    assert world.ask("GET", "/api/auth/me", token=None).status == 401
    assert world.ask("POST", "/api/auth/logout").status == 204
    assert world.accounts.seen == [ANN]
    assert world.ask("GET", "/api/auth/me").json == {"username": "ann"}


@pytest.mark.parametrize("path", ["/health", "/ready", "/api/modules", "/api/auth/me"])
def test_core_paths_have_get_only(world, path):
    response = world.ask("POST", path)
    assert response.status == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    assert world.ask("HEAD", path, token="bob-token").status == 200


class TestMorePathsOfTheCore:
    """Paths with parameters and several methods, as `build_site` takes them."""

    @staticmethod
    def _world():
        async def told(request, _identity, _body):
            return json_reply({"method": request.method.decode(), **request.params})

        return World(
            further=(
                CoreRoute("GET", "/api/things/{name}", told, needs_user=True),
                CoreRoute("PATCH", "/api/things/{name}", told, permission="a.b"),
            )
        )

    def test_a_parameter_is_decoded(self):
        answer = self._world().ask("GET", "/api/things/caf%C3%A9")
        assert answer.json == {"method": "GET", "name": "café"}

    def test_each_method_has_its_own_right(self):
        answer = self._world().ask("PATCH", "/api/things/tea")
        assert (answer.status, answer.json["code"]) == (403, "forbidden")

    def test_another_method_is_told_what_there_is(self):
        answer = self._world().ask("PUT", "/api/things/tea")
        assert answer.status == 405
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS, PATCH"
