"""Sessions and errors, as an integrator's program meets them."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred, fail, gatherResults
from twisted.internet.error import ConnectionRefusedError as Refusal
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import ResponseNeverReceived

from demo.northwind.client import Client
from demo.northwind.errors import Busy, DemoError, Refused
from tests.demo.double import PASSWORD, Crm, problem

URL = "http://crm.example"


class Unlucky:
    """An HTTP client whose every request ends in `error`."""

    def __init__(self, error):
        self.error = error

    def request(self, *args, **kwargs):
        return fail(self.error)


def client(crm, password=PASSWORD):
    return Client(crm.http(), URL, "admin", password)


class ClientTests(SynchronousTestCase):
    def setUp(self):
        self.crm = Crm()
        self.client = client(self.crm)
        self.result(self.client.sign_in())

    def result(self, coroutine):
        return self.successResultOf(Deferred.fromCoroutine(coroutine))

    def failure(self, coroutine):
        return self.failureResultOf(Deferred.fromCoroutine(coroutine)).value

    def find(self):
        return self.client.find("/api/crm/companies", {"reference": "eq.A B&C"})

    def test_created_record_is_found_again(self):
        values = {"reference": "A B&C"}
        created = self.result(self.client.create("/api/crm/companies", values))
        assert self.result(self.find()) == created

    def test_nothing_is_found_in_an_empty_crm(self):
        assert self.result(self.find()) is None

    def test_an_expired_token_is_refreshed_unseen(self):
        self.crm.access_token = "another"
        assert self.result(self.find()) is None
        assert self.crm.calls[1:] == [
            "GET /api/crm/companies",
            "POST /api/auth/refresh",
            "GET /api/crm/companies",
        ]

    def test_calls_side_by_side_spend_the_refresh_token_once(self):
        """A second use of it would end the session."""
        self.crm.access_token = "another"
        calls = [Deferred.fromCoroutine(self.find()) for _ in range(4)]
        self.successResultOf(gatherResults(calls))
        assert self.crm.calls.count("POST /api/auth/refresh") == 1

    def test_when_the_refresh_token_is_over_too_the_password_serves_again(self):
        self.crm.access_token = self.crm.refresh_token = "another"
        assert self.result(self.find()) is None
        assert self.crm.calls.count("POST /api/auth/login") == 2

    def test_a_wrong_password_is_refused(self):
        refused = self.failure(client(self.crm, "wrong").sign_in())
        assert type(refused) is Refused
        assert str(refused) == "EERP answered 401: Wrong user name or password."

    def test_faults_of_a_record_are_named(self):
        fault = {"pointer": "/email", "message": "is no e-mail address"}
        body = {"title": "Validation failed", "errors": [fault]}
        self.crm.misfortunes = [lambda request: (422, body, {})]
        refused = self.failure(self.client.create("/api/crm/contacts", {}))
        assert str(refused) == (
            "EERP answered 422: Validation failed /email: is no e-mail address"
        )

    def test_429_and_503_say_when_to_come_back(self):
        for status, header, seconds in [(429, "7", 7), (503, "", 1), (503, "soon", 1)]:
            answer = problem(status, "Later.", retry_after=header)
            self.crm.misfortunes = [lambda request, answer=answer: answer]
            busy = self.failure(self.find())
            assert (type(busy), busy.retry_after_s) == (Busy, seconds)

    def test_a_lost_answer_is_worth_another_attempt(self):
        self.client.http = Unlucky(ResponseNeverReceived([Failure(OSError())]))
        assert type(self.failure(self.find())) is Busy

    def test_no_daemon_is_one_clear_line(self):
        self.client.http = Unlucky(Refusal())
        with pytest.raises(
            DemoError, match=r"^No EERP answers at http://crm.example\."
        ):
            raise self.failure(self.find())

    def test_another_server_at_the_address_is_told_from_eerp(self):
        self.crm.misfortunes = [lambda request: (200, {"hello": "world"}, {})]
        error = self.failure(self.client.sign_in())
        assert str(error) == "What answers at http://crm.example is not EERP."
