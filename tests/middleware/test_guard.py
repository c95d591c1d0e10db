"""What becomes of a middleware that fails."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import SynchronousTestCase

from eerp.calls import compose
from eerp.errors import Conflict, EerpError
from eerp.interfaces import Reply
from eerp.middleware import Guarded
from tests.middleware.given import a_call

NOTED = "Something went wrong here; it has been noted."


async def handler(call):
    return Reply(200)


async def misstep(call, proceed):
    raise KeyError("boom")


async def twice(call, proceed):
    await proceed(call)
    return await proceed(call)


async def nothing(call, proceed):
    await proceed(call)


async def error_as_answer(call, proceed):
    return Reply(409)


async def through(call, proceed):
    return await proceed(call)


class GuardTests(SynchronousTestCase):
    def start(self, *middlewares, innermost=handler):
        chain = compose([Guarded(one.__name__, one) for one in middlewares])
        return Deferred.fromCoroutine(chain(a_call(), innermost))

    def fault_of(self, middleware):
        """What it fails with, deep in a chain, and the one that is logged."""
        error = self.failureResultOf(self.start(through, middleware, through)).value
        assert isinstance(error, EerpError)
        assert (error.status, error.code, error.message) == (
            500, "internal_error", NOTED,
        )  # fmt: skip
        (logged,) = self.flushLoggedErrors()
        return logged.value

    def test_a_mistake_is_logged_once_and_told_to_nobody(self):
        assert isinstance(self.fault_of(misstep), KeyError)

    def test_proceeding_twice_is_a_mistake(self):
        assert "twice" in self.fault_of(twice).message

    def test_an_answer_that_is_none_is_a_mistake(self):
        assert "NoneType" in str(self.fault_of(nothing))

    def test_an_error_is_raised_and_not_answered(self):
        assert "by raising" in str(self.fault_of(error_as_answer))

    def test_what_is_answered_passes_as_it_is(self):
        assert self.successResultOf(self.start(through)) == Reply(200)

    def test_a_refusal_passes_as_it_is(self):
        async def refuse(call):
            raise Conflict("Taken.")

        working = self.start(through, innermost=refuse)
        self.failureResultOf(working, Conflict)

    def test_a_client_that_is_gone_is_no_mistake(self):
        async def wait(call):
            return await Deferred()

        working = self.start(through, innermost=wait)
        working.cancel()
        self.failureResultOf(working, CancelledError)
