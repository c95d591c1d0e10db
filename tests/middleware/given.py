"""Calls, and modules that say what is to stand around theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import evolve, frozen
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from eerp.calls import Call
from eerp.interfaces import GuestRequest, Identity, Reply
from eerp.middleware import BUILT_IN, Context, Offers, Surrounding, surround
from eerp.modules import Manifest, MiddlewareEntry
from eerp.routes import RouteTable

ANN = Identity("u-1", "ann", "c-1", ("sales", "boss"), frozenset({"*"}))
BOB = Identity("u-2", "bob", None, (), frozenset({"*"}))
ROUTES = (("GET", "/items"), ("POST", "/items"), ("GET", "/items/{id:uuid}"))


@frozen
class Registered:
    """A registration as the sandbox collects it."""

    texts: tuple[str, ...]
    handler_id: int = 1


def table(*routes: tuple[str, str], module: str = "shop") -> RouteTable:
    made = RouteTable()
    for method, path in routes or ROUTES:
        made.register(
            module=module, prefix=module, method=method, path=path, handler_id=1,
            permission=None,
        )  # fmt: skip
    return made


def a_call(method: str = "GET", who: Identity | None = ANN, **keys: Any) -> Call:
    """A call of ``/items``; `keys` are those of the guest's request."""
    route = next(one for one in table().routes() if one.method == method)
    request = GuestRequest(
        method, "/api/shop/items", "/items", {}, (), {}, who, "r-1"
    )  # fmt: skip
    return Call(route, evolve(request, **keys))


def manifest(*entries: dict[str, Any]) -> Manifest:
    return Manifest(
        name="shop",
        version="1.0.0",
        display_name="Shop",
        folder=Path(),
        wasm=Path("module.wasm"),
        route_prefix="shop",
        middleware=tuple(map(MiddlewareEntry.of, entries)),
    )


def around(
    *entries: dict[str, Any], offers: Offers | None = None
) -> tuple[Surrounding, ...]:
    """What stands around the routes of a module whose module.json has `entries`."""
    registered = [Registered(route) for route in ROUTES]
    return surround(manifest(*entries), registered, offers or Offers(), Clock())


class MiddlewareTests(SynchronousTestCase):
    """Runs one of the core's middlewares around a handler that is a function."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.reply = Reply(200, b"[]")

    def make(self, name: str, **options: Any) -> Any:
        (one,) = around({"name": name, **options})
        return BUILT_IN[name].make(one.options, Context("shop", self.clock))

    async def handler(self, call: Call) -> Reply:
        return self.reply

    def start(self, middleware: Any, call: Call, handler: Any = None) -> Deferred:
        return Deferred.fromCoroutine(middleware(call, handler or self.handler))

    def run_call(self, middleware: Any, call: Call, handler: Any = None) -> Reply:
        return self.successResultOf(self.start(middleware, call, handler))

    def refused(self, middleware: Any, call: Call, handler: Any = None) -> Any:
        return self.failureResultOf(self.start(middleware, call, handler)).value
