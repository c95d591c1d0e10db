"""What the core's own middlewares do, but for the rate limit."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import globalLogPublisher

from eerp.calls import Preferences
from eerp.errors import BadRequest, Conflict, Forbidden, Unauthenticated
from eerp.interfaces import Reply
from eerp.middleware.cache import _tag
from tests.middleware.given import ANN, BOB, MiddlewareTests, a_call


@given(st.binary(), st.binary())
def test_tags_are_alike_for_the_same_bytes_only(one, other):
    assert (_tag(one) == _tag(other)) == (one == other)


class CacheTests(MiddlewareTests):
    def test_an_answer_gets_a_tag_and_is_asked_for_anew_each_time(self):
        headers = self.run_call(self.make("cache"), a_call()).headers
        assert headers["etag"] == _tag(b"[]")
        assert headers["cache-control"] == "private, no-cache"
        assert headers["vary"] == "Accept-Language, Authorization, Prefer, X-Company"

    def test_an_answer_may_be_good_for_a_while(self):
        headers = self.run_call(self.make("cache", seconds=60), a_call()).headers
        assert headers["cache-control"] == "private, max-age=60"

    def test_what_the_module_says_itself_stays(self):
        own = {"etag": '"7"', "cache-control": "no-store", "vary": "Prefer, Accept"}
        self.reply = Reply(200, b"[]", own)
        headers = self.run_call(self.make("cache", seconds=60), a_call()).headers
        assert headers["etag"] == '"7"'
        assert headers["cache-control"] == "no-store"
        whole = "Prefer, Accept, Accept-Language, Authorization, X-Company"
        assert headers["vary"] == whole

    def test_only_what_was_read_and_found_is_kept(self):
        cache = self.make("cache")
        assert self.run_call(cache, a_call("POST")) is self.reply
        self.reply = Reply(202)
        assert self.run_call(cache, a_call()) is self.reply


class RequireRoleTests(MiddlewareTests):
    def test_one_of_the_roles_is_enough(self):
        guard = self.make("require_role", roles=["clerk", "boss"])
        assert self.run_call(guard, a_call(who=ANN)) is self.reply

    def test_who_has_none_of_them_is_refused_whatever_he_may(self):
        guard = self.make("require_role", roles=["clerk", "boss"])
        error = self.refused(guard, a_call(who=BOB))
        assert isinstance(error, Forbidden)
        assert error.message == "This needs the role clerk or boss."

    def test_who_is_not_signed_in_is_told_to_do_so(self):
        guard = self.make("require_role", roles=["boss"])
        assert isinstance(self.refused(guard, a_call(who=None)), Unauthenticated)


class ResponseHeadersTests(MiddlewareTests):
    def test_the_headers_are_set_and_win(self):
        self.reply = Reply(200, b"", {"x-shop": "its own", "x-more": "1"})
        fixed = self.make("response_headers", headers={"X-Shop": "ours"})
        headers = self.run_call(fixed, a_call()).headers
        assert headers == {"x-shop": "ours", "x-more": "1"}


class RequestLogTests(MiddlewareTests):
    def setUp(self):
        super().setUp()
        self.events = []
        globalLogPublisher.addObserver(self.events.append)
        self.addCleanup(globalLogPublisher.removeObserver, self.events.append)

    def lines(self):
        return [e for e in self.events if e["log_namespace"] == "eerp.middleware"]

    def test_a_call_leaves_one_line_with_its_status_and_time(self):
        async def slow(call):
            self.clock.advance(0.25)
            return self.reply

        self.run_call(self.make("request_log"), a_call(), slow)
        (line,) = self.lines()
        assert (line["event"], line["status"], line["ms"]) == ("call_done", 200, 250.0)
        assert (line["module"], line["route"]) == ("shop", "/api/shop/items")
        assert (line["user_id"], line["request_id"]) == ("u-1", "r-1")

    def test_the_fields_are_chosen_and_none_has_a_value_of_the_client(self):
        fields = ["body_bytes", "company_id", "path", "query_names", "roles"]
        logged = self.make("request_log", fields=fields, before=True)
        secret = "s3cret"
        call = a_call(
            "POST",
            query=(("q", secret), ("a", secret)),
            headers={"if-match": secret},
            body=secret.encode(),
            idempotency_key=secret,
        )
        self.run_call(logged, call)
        begun, done = self.lines()
        assert begun["event"] == "call_begun"
        assert done["query_names"] == ["a", "q"]
        assert (done["body_bytes"], done["company_id"]) == (6, "c-1")
        assert done["roles"] == ("sales", "boss")
        assert "user_id" not in done
        assert secret not in repr([begun, done])

    def test_a_refusal_is_logged_with_its_code_and_raised(self):
        async def refuse(call):
            raise Conflict("Taken.")

        call = evolve(a_call(who=None), attempt=2)
        error = self.refused(self.make("request_log"), call, refuse)
        assert isinstance(error, Conflict)
        (line,) = self.lines()
        assert (line["status"], line["code"]) == (409, "conflict")
        assert (line["attempt"], line["user_id"]) == (2, None)

    def test_a_client_that_is_gone_is_logged_as_such(self):
        async def wait(call):
            return await Deferred()

        working = self.start(self.make("request_log"), a_call(), wait)
        working.cancel()
        self.failureResultOf(working, CancelledError)
        assert [line["status"] for line in self.lines()] == [499]


class IdempotencyTests(MiddlewareTests):
    def test_a_post_without_a_key_is_refused_with_a_hint(self):
        error = self.refused(self.make("idempotency"), a_call("POST"))
        assert isinstance(error, BadRequest)
        assert error.message == "This needs an Idempotency-Key."
        assert "UUID" in error.hint

    def test_what_has_a_key_or_needs_none_is_let_pass(self):
        demand = self.make("idempotency")
        dry = evolve(a_call("POST"), preferences=Preferences(rollback=True))
        for call in (
            a_call("POST", idempotency_key="k"),
            a_call("GET"),
            a_call("POST", who=None),
            dry,
        ):
            assert self.run_call(demand, call) is self.reply

    def test_other_methods_can_be_chosen(self):
        demand = self.make("idempotency", required_on=["PATCH"])
        assert self.run_call(demand, a_call("POST")) is self.reply
