"""Puts together the core's routes for people: their accounts, and what they keep."""

from __future__ import annotations

from eerp.auth import OwnAccount, People, RoleBook
from eerp.kept import Comments, Filters, Preferences
from eerp.orm.search import Search
from eerp.startup.permissions import Permissions
from eerp.startup.runtime import Runtime
from eerp.web.comment_routes import comment_routes
from eerp.web.endpoints import CoreRoute
from eerp.web.filter_routes import filter_routes
from eerp.web.own_routes import own_routes
from eerp.web.role_routes import role_routes
from eerp.web.search_route import search_route
from eerp.web.user_routes import user_routes

__all__ = ["people_routes"]


def people_routes(runtime: Runtime) -> tuple[CoreRoute, ...]:
    """The routes, in a daemon whose models are frozen and whose accounts are made."""
    return (*_account_routes(runtime), *_kept_routes(runtime))


def _account_routes(runtime: Runtime) -> tuple[CoreRoute, ...]:
    pool, passwords, models = runtime.pool, runtime.passwords, runtime.models
    permissions = Permissions(models, runtime.routes, runtime.loader.loads)

    def forget(user_id: str | None) -> None:
        runtime.identities.forget(user_id=user_id)

    return (
        *user_routes(People(pool, passwords, models, forget)),
        *role_routes(RoleBook(pool, models, forget), permissions.matrix),
        *own_routes(OwnAccount(pool, passwords, runtime.throttle, forget)),
    )


def _kept_routes(runtime: Runtime) -> tuple[CoreRoute, ...]:
    pool, models, routes = runtime.pool, runtime.models, runtime.routes.routes()
    return (
        *filter_routes(Filters(pool), Preferences(pool), models),
        *comment_routes(Comments(pool, runtime.operations), models),
        search_route(pool, models, routes, Search(runtime.reactor)),
    )
