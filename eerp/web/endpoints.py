"""Whom requests are for: the modules, a path of the core, or nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from typing import Any, Protocol

from attrs import field, frozen
from twisted.internet.defer import CancelledError

from eerp import limits
from eerp.auth.access import require, signed_in
from eerp.errors import MethodNotAllowed, NotFound
from eerp.interfaces import GuestRequest, Identity, Reply, Target
from eerp.openapi import Doc
from eerp.routes import BodyCheck, Match, RouteTable, parse_query
from eerp.web.pipeline import Service
from eerp.web.request import WebRequest

__all__ = [
    "CoreCall", "CoreEndpoint", "CoreRoute", "Gateway", "ModuleEndpoint", "Refusing",
]  # fmt: skip

# As Twisted spells them, and as a guest sees them.
_GUEST_HEADERS = {
    name.title().encode("ascii"): name
    for name in (
        "if-match", "if-none-match", "accept", "accept-language", "content-type",
        "prefer",
    )
}  # fmt: skip


class Call(Protocol):
    """A handler at work: await it for its reply."""

    def __await__(self) -> Generator[Any, Any, Reply]:
        """The reply; the errors of the module."""

    def cancel(self) -> None:
        """The client is gone; the gateway decides what that means."""


class Gateway(Protocol):
    """The way into a module."""

    def dispatch(
        self, target: Target, request: GuestRequest, cancel: Callable[[], None]
    ) -> Call:
        """The module's handler, to be awaited; `cancel` ends who awaits it."""


@frozen(eq=False)
class ModuleEndpoint:
    """The routes of the modules."""

    table: RouteTable
    gateway: Gateway
    identifies: bool = True

    def match(self, request: WebRequest) -> _ModuleService:
        """The module's route. Raises NotFound or MethodNotAllowed."""
        method = request.method.decode("ascii")
        return _ModuleService(self.table.match(method, request.segments), self.gateway)

    def allowed(self, request: WebRequest) -> tuple[str, ...]:
        """What the route table allows at this path. Raises NotFound."""
        return self.table.allowed(request.segments)


@frozen(eq=False)
class _ModuleService:
    found: Match
    gateway: Gateway

    @property
    def template(self) -> str:
        return self.found.route.template

    @property
    def module(self) -> str:
        return self.found.route.module

    @property
    def body(self) -> BodyCheck | None:
        return self.found.route.body

    @property
    def body_bytes_max(self) -> int:
        return self.found.route.body_bytes_max

    def allow(self, identity: Identity | None) -> None:
        require(identity, self.found.route.permission)

    async def call(
        self, request: WebRequest, identity: Identity | None, _body: Any
    ) -> Reply:
        """The body goes to the module as it came, now that it is checked."""
        route = self.found.route
        guest_request = GuestRequest(
            method=route.method,
            path=request.path.decode("ascii"),
            route=route.path,
            params=self.found.params,
            query=parse_query(request.query),
            headers=_guest_headers(request),
            identity=identity,
            request_id=request.request_id,
            body=request.body(),
            idempotency_key=request.header(b"idempotency-key"),
        )
        if request.gone:
            raise CancelledError
        request.call = self.gateway.dispatch(route, guest_request, request.cancel)
        try:
            return await request.call
        finally:
            request.call = None


def _guest_headers(request: WebRequest) -> dict[str, str]:
    return {
        _GUEST_HEADERS[name]: str(b", ".join(values), "latin-1")
        for name, values in request.requestHeaders.getAllRawHeaders()
        if name in _GUEST_HEADERS
    }


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
