"""The resource tree: core paths on a Klein app, each module's routes a child of it.
What is neither is the app's for browsers, or nobody's.

A module's prefix is a child in Twisted's resource tree; all else is Klein's, which
finds the resource and has then done its part. Our resources answer by themselves,
so that a client that goes away never makes Klein cancel a handler. No rule
redirects, and what Klein does not know leaves as problem details too.
"""

from __future__ import annotations

from collections.abc import Iterable

from klein import Klein
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET
from werkzeug.exceptions import HTTPException

from eerp.errors import EerpError
from eerp.log import Logger
from eerp.routes import RouteTable
from eerp.web.app_pages import is_page
from eerp.web.core_routes import Accounts, core_routes
from eerp.web.endpoints import (
    CoreEndpoint,
    CoreRoute,
    Gateway,
    ModuleEndpoint,
    Refusing,
)
from eerp.web.health import Health, Modules
from eerp.web.pipeline import Endpoint, Identifier, Pipeline
from eerp.web.request import WebRequest
from eerp.web.site import Settings, Site

__all__ = ["EndpointResource", "Fork", "build_app", "build_site"]

log = Logger(namespace="eerp.web")


class EndpointResource(Resource):
    """A leaf that hands its requests to the pipeline."""

    isLeaf = True

    def __init__(self, pipeline: Pipeline, endpoint: Endpoint) -> None:
        super().__init__()
        self._pipeline = pipeline
        self._endpoint = endpoint

    def render(self, request: WebRequest) -> int:
        """Twisted calls it; the answer comes later."""
        self._pipeline.start(request, self._endpoint)
        return NOT_DONE_YET


def build_site(
    *,
    table: RouteTable,
    gateway: Gateway,
    identifier: Identifier,
    accounts: Accounts,
    health: Health,
    modules: Modules,
    clock: IReactorTime,
    settings: Settings | None = None,
    further: Iterable[CoreRoute] = (),
    pages: Endpoint | None = None,
) -> Site:
    """The site to listen with. `table` is frozen; `clock` is the reactor; `further` are
    the core's routes beside those for health, modules and signing in; `pages` serves
    the app for browsers, where it is wanted."""
    pipeline = Pipeline(identifier)
    routes = (*core_routes(accounts, health, modules), *further)
    core = build_app(pipeline, routes, pages).resource()
    endpoint = EndpointResource(pipeline, ModuleEndpoint(table, gateway))
    root = Fork(core)
    for _module, prefix in table.prefixes():
        root.attach(f"api/{prefix}", endpoint)
    return Site(root, clock, settings)


class Fork(Resource):
    """A place in the tree below which modules lie.

    What is no module's goes to Klein's resource, whole, as if nothing had been
    looked at on the way.
    """

    def __init__(self, core: Resource) -> None:
        super().__init__()
        self._core = core

    def attach(self, path: str, resource: Resource) -> None:
        """Put `resource` below this place."""
        first, _, rest = path.encode("ascii").partition(b"/")
        if not rest:
            self.putChild(first, resource)
            return
        fork = self.children.get(first)
        if fork is None:
            fork = Fork(self._core)
            self.putChild(first, fork)
        fork.attach(rest.decode("ascii"), resource)

    def getChild(self, _name: bytes, request: WebRequest) -> Resource:
        """Twisted asks for what lies nowhere below."""
        request.postpath = [*request.prepath, *request.postpath]
        request.prepath = []
        return self._core

    def render(self, request: WebRequest) -> int:
        """Twisted asks for this very place, where no module is."""
        rendered: int = self.getChild(b"", request).render(request)
        return rendered


def build_app(
    pipeline: Pipeline, core: Iterable[CoreRoute], pages: Endpoint | None = None
) -> Klein:
    """The Klein app with the paths of the core, and `pages` at those that are left."""
    app = Klein()
    app.url_map.merge_slashes = False
    paths: dict[str, list[CoreRoute]] = {}
    for route in core:
        paths.setdefault(route.template, []).append(route)
    for path, routes in paths.items():
        # Strict, so that a trailing slash is another path; such rules never redirect.
        _attach(app, path, EndpointResource(pipeline, CoreEndpoint.of(routes)))
    nobody = EndpointResource(pipeline, Refusing())
    shown = nobody if pages is None else EndpointResource(pipeline, pages)
    _attach_rest(app, shown, nobody)
    return app


def _attach(app: Klein, path: str, resource: Resource) -> None:
    def core(request: WebRequest, **params: str) -> Resource:
        request.params = params
        return resource

    app.route(path.replace("{", "<").replace("}", ">"), endpoint=path)(core)


def _attach_rest(app: Klein, pages: Resource, nobody: Resource) -> None:
    @app.handle_errors(HTTPException)
    def rest(request: IRequest, failure: Failure) -> Resource:
        assert isinstance(request, WebRequest)
        return pages if is_page(request) else nobody

    @app.handle_errors(Exception)
    def fail(request: IRequest, failure: Failure) -> None:
        assert isinstance(request, WebRequest)
        log.failure("routing failed", failure, event="routing_failed")
        request.refuse(EerpError("Something went wrong here; it has been noted."))
