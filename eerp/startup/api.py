"""The core's own routes, and the document that tells of them and of the modules'."""

from __future__ import annotations

from twisted.internet.threads import deferToThreadPool

import eerp
from eerp import limits
from eerp.calls import Gateway
from eerp.database.audit import verify
from eerp.graphql import GraphQL
from eerp.graphql import build as build_schema
from eerp.openapi import build
from eerp.orm.cursor import Cursors
from eerp.startup.delivery import Delivery
from eerp.startup.live import live_routes
from eerp.startup.module_details import ModuleDetails
from eerp.startup.people import people_routes
from eerp.startup.runtime import Runtime
from eerp.web.audit import audit_routes, verify_route
from eerp.web.batch_route import batch_route
from eerp.web.core_routes import Accounts, core_routes
from eerp.web.endpoints import CoreRoute
from eerp.web.graphql_route import graphql_route
from eerp.web.screens_route import screens_route

__all__ = ["core_api", "publish"]


def core_api(runtime: Runtime, delivery: Delivery, gateway: Gateway) -> list[CoreRoute]:
    """The core's routes beside those for health, modules and signing in. Accounts are
    made before."""
    details = ModuleDetails(
        loads=runtime.loader.loads,
        routes=runtime.routes,
        services=runtime.services,
        pool=runtime.pool,
        version=eerp.__version__,
    )
    return [
        *audit_routes(runtime.pool, runtime.models, runtime.keys.derive("cursor")),
        verify_route(
            lambda: verify(runtime.pool, rows_max=limits.AUDIT_VERIFY_ROWS_MAX)
        ),
        *people_routes(runtime),
        *delivery.routes(),
        *live_routes(runtime),
        details.route(),
        batch_route(runtime.routes, gateway, runtime.config.limits.body_bytes_max),
        graphql_route(_graphql(runtime), gateway),
        screens_route(runtime.screens.complete(runtime.programs)),
        runtime.openapi.route(),
    ]


def _graphql(runtime: Runtime) -> GraphQL:
    """The schema of all that is loaded, and what plans operations on it."""
    reactor = runtime.reactor
    return GraphQL(
        build_schema(runtime.models, runtime.routes.routes()),
        runtime.routes,
        Cursors(runtime.keys.derive("cursor")),
        lambda call: deferToThreadPool(reactor, reactor.getThreadPool(), call),
    )


def publish(runtime: Runtime, accounts: Accounts, further: list[CoreRoute]) -> bytes:
    """Make the document, once all routes are there, and have it served; its bytes."""
    core = core_routes(accounts, runtime.health, runtime.loader)
    document = build(
        runtime.routes.routes(),
        runtime.models,
        [*core, *further],
        eerp.__version__,
        [load.manifest for load in runtime.loader.loads.values()],
    )
    return runtime.openapi.publish(document)
