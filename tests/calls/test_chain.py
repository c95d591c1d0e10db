"""Middlewares around a call, one around the other."""

from __future__ import annotations

import pytest
from attrs import evolve, frozen
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from eerp.calls import Call, compose
from eerp.errors import EerpError, Forbidden
from eerp.interfaces import GuestRequest, Reply
from eerp.routes import RouteTable


def a_call():
    table = RouteTable()
    route = table.register(
        module="crm", prefix="crm", method="GET", path="/x", handler_id=1,
        permission=None,
    )  # fmt: skip
    request = GuestRequest("GET", "/api/crm/x", "/x", {}, (), {}, None, "r")
    return Call(route, request)


@frozen
class Named:
    """Notes when it is entered and left."""

    name: str
    seen: list

    async def __call__(self, call, proceed):
        self.seen.append(f"into {self.name}")
        reply = await proceed(call)
        self.seen.append(f"out of {self.name}")
        return evolve(reply, headers={**reply.headers, f"x-{self.name}": "1"})


class ChainTests(SynchronousTestCase):
    def run_chain(self, middlewares, handler):
        chain = compose(middlewares)
        return self.successResultOf(Deferred.fromCoroutine(chain(a_call(), handler)))

    def test_no_middleware_is_no_chain(self):
        assert compose([]) is None

    def test_the_first_is_outermost(self):
        seen = []

        async def handler(call):
            seen.append("handler")
            return Reply(200)

        reply = self.run_chain([Named("a", seen), Named("b", seen)], handler)
        assert seen == ["into a", "into b", "handler", "out of b", "out of a"]
        assert reply.headers == {"x-b": "1", "x-a": "1"}

    def test_a_refusal_keeps_the_handler_from_running(self):
        async def refuse(call, proceed):
            raise Forbidden("No.")

        async def handler(call):
            raise AssertionError

        chain = compose([Named("a", []), refuse])
        working = Deferred.fromCoroutine(chain(a_call(), handler))
        assert isinstance(self.failureResultOf(working).value, Forbidden)

    def test_the_call_may_be_changed_on_the_way(self):
        async def change(call, proceed):
            return await proceed(evolve(call, attempt=7))

        async def handler(call):
            return Reply(200, str(call.attempt).encode())

        assert self.run_chain([change], handler).body == b"7"

    def test_proceeding_twice_is_refused_and_a_chain_can_be_used_again(self):
        async def twice(call, proceed):
            await proceed(call)
            return await proceed(call)

        async def handler(call):
            return Reply(200)

        chain = compose([twice])
        for _ in range(2):
            working = Deferred.fromCoroutine(chain(a_call(), handler))
            error = self.failureResultOf(working).value
            assert isinstance(error, EerpError)
            assert "twice" in error.message
        once = compose([Named("a", [])])
        for _ in range(2):
            working = Deferred.fromCoroutine(once(a_call(), handler))
            assert self.successResultOf(working).status == 200


def test_a_path_that_is_no_modules_cannot_be_called():
    from eerp.calls import Asked, Caller, prepare
    from eerp.errors import NotFound

    table = RouteTable()
    table.freeze()
    with pytest.raises(NotFound):
        prepare(table, Asked("GET", b"/api/modules"), Caller(None, "r"))
