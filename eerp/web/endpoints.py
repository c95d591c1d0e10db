"""Whom requests are for: the modules, a path of the core, or nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Protocol

from attrs import field, frozen
from twisted.internet.defer import CancelledError

from eerp import limits
from eerp.auth.access import require, signed_in
from eerp.calls import (
    GUEST_HEADERS,
    Asked,
    Call,
    Caller,
    Running,
    Together,
    check,
    make,
)
from eerp.errors import MethodNotAllowed, NotFound
from eerp.interfaces import GuestRequest, Identity, Reply
from eerp.openapi import Doc
from eerp.routes import (
    BodyCheck,
    Match,
    RouteTable,
    body_too_large,
    parse_query,
    refuse_body,
)
from eerp.web.pipeline import Service
from eerp.web.request import WebRequest

__all__ = [
    "CoreCall", "CoreEndpoint", "CoreRoute", "Gateway", "ModuleEndpoint", "Refusing",
    "run", "whole",
]  # fmt: skip

# As Twisted spells them, and as a guest sees them.
_GUEST_HEADERS = {name.title().encode("ascii"): name for name in GUEST_HEADERS}


class Gateway(Protocol):
    """The way into the modules; see `eerp.calls.Gateway`."""

    def one(self, call: Call, cancel: Callable[[], None]) -> Running:
        """Make a call; `cancel` ends who awaits it."""

    def together(self, asked: Together, cancel: Callable[[], None]) -> Running:
        """Make several calls in one transaction."""


@frozen(eq=False)
class ModuleEndpoint:
    """The routes of the modules."""

    table: RouteTable
    gateway: Gateway
    identifies: bool = True

    def match(self, request: WebRequest) -> _ModuleService:
        """The module's route. Raises NotFound or MethodNotAllowed."""
        method = request.method.decode("ascii")
        found = self.table.match(method, request.segments)
        return _ModuleService(self.table, found, self.gateway)

    def allowed(self, request: WebRequest) -> tuple[str, ...]:
        """What the route table allows at this path. Raises NotFound."""
        return self.table.allowed(request.segments)


@frozen(eq=False)
class _ModuleService:
    table: RouteTable
    found: Match
    gateway: Gateway

    @property
    def template(self) -> str:
        return self.found.route.template

    @property
    def module(self) -> str:
        return self.found.route.module

    def allow(self, identity: Identity | None) -> None:
        require(identity, self.found.route.permission)

    def check(self, request: WebRequest, identity: Identity | None) -> Asked:
        asked = Asked(
            self.found.route.method,
            request.path,
            parse_query(request.query),
            request.body(),
            _guest_headers(request),
        )
        check(self.table, self.found, asked, identity, *_media(request))
        return asked

    async def call(
        self, request: WebRequest, identity: Identity | None, asked: Asked
    ) -> Reply:
        """The body goes to the module as it came, now that it is checked."""
        key = request.header(b"idempotency-key")
        caller = Caller(identity, request.request_id, key)
        call = make(self.found, asked, caller)
        request.applied = call.preferences.applied
        return await run(request, lambda cancel: self.gateway.one(call, cancel))


def _media(request: WebRequest) -> tuple[str | None, str | None]:
    return request.header(b"content-type"), request.header(b"content-encoding")


def _guest_headers(request: WebRequest) -> dict[str, str]:
    return {
        _GUEST_HEADERS[name]: str(b", ".join(values), "latin-1")
        for name, values in request.requestHeaders.getAllRawHeaders()
        if name in _GUEST_HEADERS
    }


def whole(
    request: WebRequest, identity: Identity | None, key: str | None
) -> GuestRequest:
    """A request that asks for several calls, as what an Idempotency-Key is for."""
    path = request.path.decode("ascii")
    return GuestRequest(
        method=request.method.decode("ascii"),
        path=path,
        route=path,
        params={},
        query=(),
        headers={"prefer": request.header(b"prefer") or ""},
        identity=identity,
        request_id=request.request_id,
        body=request.body(),
        idempotency_key=key,
    )


async def run(
    request: WebRequest, start: Callable[[Callable[[], None]], Running]
) -> Reply:
    """The reply of what `start` begins for `request`, given how to cancel it."""
    if request.gone:
        raise CancelledError
    request.call = start(request.cancel)
    try:
        return await request.call
    finally:
        request.call = None


CoreCall = Callable[[WebRequest, Identity | None, Any], Awaitable[Reply]]
"""What a path of the core does, given the caller and the checked body."""


@frozen(eq=False)
class CoreRoute:
    """One path of the core with one method.

    `template` may have parameters, such as ``/api/modules/{name}``: decoded, they are
    the request's `params`. A route with a `permission` needs a user who has it; one
    that `identifies` looks at a token though none is needed. `doc` is what the API's
    document tells of it.
    """

    method: str
    template: str
    answer: CoreCall
    body: BodyCheck | None = None
    needs_user: bool = False
    permission: str | None = None
    module: str | None = None
    body_bytes_max: int = limits.BODY_BYTES_ANONYMOUS_MAX
    identifies: bool = False
    doc: Doc | None = None

    def allow(self, identity: Identity | None) -> None:
        """Raise Unauthenticated where a user is needed and there is none, Forbidden
        where the user lacks the permission."""
        if self.needs_user:
            signed_in(identity)
        require(identity, self.permission)

    def check(self, request: WebRequest, _identity: Identity | None) -> Any:
        """The checked body; None where none is taken."""
        body = request.body()
        if len(body) > self.body_bytes_max:
            raise body_too_large(self.body_bytes_max)
        if self.body is None:
            refuse_body(body)
            return None
        return self.body(body, *_media(request))

    def call(
        self, request: WebRequest, identity: Identity | None, body: Any
    ) -> Awaitable[Reply]:
        """Do what is asked."""
        return self.answer(request, identity, body)


@frozen(eq=False)
class CoreEndpoint:
    """The routes of one path of the core; a token is looked at where one needs it."""

    routes: Mapping[str, CoreRoute]
    methods: tuple[str, ...] = field(init=False)
    identifies: bool = field(init=False)

    @classmethod
    def of(cls, routes: Iterable[CoreRoute]) -> CoreEndpoint:
        """The endpoint of routes that share a path, each with a method of its own."""
        return cls({route.method: route for route in routes})

    @methods.default
    def _methods(self) -> tuple[str, ...]:
        head = {"HEAD"} if "GET" in self.routes else set()
        return tuple(sorted({*self.routes, "OPTIONS"} | head))

    @identifies.default
    def _identifies(self) -> bool:
        # Where nobody need sign in, not even a bad token stands in the way.
        routes = self.routes.values()
        return any(
            route.needs_user or route.permission or route.identifies for route in routes
        )

    def match(self, request: WebRequest) -> CoreRoute:
        """The route, for its method."""
        method = request.method.decode("ascii")
        route = self.routes.get("GET" if method == "HEAD" else method)
        if route is None:
            raise MethodNotAllowed(
                f"{method} is not possible here.", allow=self.methods
            )
        return route

    def allowed(self, _request: WebRequest) -> tuple[str, ...]:
        """The methods of this path."""
        return self.methods


@frozen(eq=False)
class Refusing:
    """A path that nobody serves."""

    identifies: bool = True

    def match(self, _request: WebRequest) -> Service:
        """There is nothing to find."""
        raise NotFound("There is nothing at this path.")

    def allowed(self, _request: WebRequest) -> tuple[str, ...]:
        """Nothing is allowed where nothing is."""
        raise NotFound("There is nothing at this path.")
