"""`GET /api/modules/{name}`: all that is known of one module, for who builds on it.

``/api/modules/eerp`` is the core, with the services that it offers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import attrs
from attrs import frozen

from eerp.errors import NotFound
from eerp.interfaces import READ_MODULES, Identity, Reply, Rows, Statement
from eerp.routes import Route, RouteTable
from eerp.services import CoreOffer, ModuleOffer, ServiceTable
from eerp.startup.load import ModuleLoad
from eerp.web.core_docs import MODULE
from eerp.web.endpoints import CoreRoute
from eerp.web.request import WebRequest
from eerp.web.respond import json_reply

__all__ = ["ModuleDetails"]

_CORE = "eerp"
_APPLIED = Statement(
    "SELECT entity, version, to_jsonb(applied_at)#>>'{}' FROM eerp.module_migrations"
    " WHERE module = %s ORDER BY applied_at, entity, version"
)


class Store(Protocol):
    """The pool, as this sees it."""

    async def query(self, statement: Statement, *, read_only: bool = True) -> Rows:
        """Run one statement in a transaction of its own."""


@frozen(eq=False)
class ModuleDetails:
    """Answers for the modules in `loads`; `version` is the core's."""

    loads: Mapping[str, ModuleLoad]
    routes: RouteTable
    services: ServiceTable
    pool: Store
    version: str

    def route(self) -> CoreRoute:
        """The route."""
        return CoreRoute(
            "GET",
            "/api/modules/{name}",
            self._answer,
            permission=READ_MODULES,
            doc=MODULE,
        )

    async def _answer(
        self, request: WebRequest, _who: Identity | None, _body: Any
    ) -> Reply:
        name = request.params["name"]
        if name == _CORE:
            offers = _services(self.services.core())
            return json_reply(
                {"name": _CORE, "version": self.version, "services": offers}
            )
        load = self.loads.get(name)
        if load is None:
            raise NotFound("There is no such module.")
        migrations = await self._migrations(name)
        return json_reply({**_head(load), **self._body(load), "migrations": migrations})

    def _body(self, load: ModuleLoad) -> dict[str, Any]:
        name = load.manifest.name
        described = {} if load.told is None else load.told.description
        return {
            "routes": [_route(route) for route in self.routes.routes_of(name)],
            "middleware": [one.shown() for one in load.around],
            "models": described.get("models") or [],
            "extensions": described.get("extensions") or [],
            "permissions": described.get("permissions") or [],
            "services": _services(self.services.offers_of(name)),
            "uses": [
                {"service": use.service, "version": use.version}
                for use in self.services.uses_of(name)
            ],
            "events": described.get("events") or [],
            **_handlers(load),
            **_allowance(load),
        }

    async def _migrations(self, name: str) -> list[dict[str, Any]]:
        rows = await self.pool.query(attrs.evolve(_APPLIED, parameters=(name,)))
        return [
            {"entity": entity, "version": version, "applied_at": at}
            for entity, version, at in rows
        ]


def _head(load: ModuleLoad) -> dict[str, Any]:
    manifest = load.manifest
    return {
        "name": manifest.name,
        "version": manifest.version,
        "display_name": manifest.display_name,
        "author": manifest.author,
        "description": manifest.description,
        "depends": list(manifest.depends),
        "optional": list(manifest.optional),
        "priority": load.priority,
        "state": load.state,
        "error": None if load.error is None else load.error.message,
    }


def _route(route: Route) -> dict[str, Any]:
    return {
        "method": route.method,
        "path": route.template,
        "permission": route.permission,
        "public": route.permission is None,
        "summary": route.summary,
        "kind": route.kind,
        "model": route.model,
    }


def _services(offers: Iterable[CoreOffer | ModuleOffer]) -> list[dict[str, Any]]:
    return [
        {
            "name": offer.name,
            "summary": offer.summary,
            "permission": offer.permission,
            "input": offer.input,
            "output": offer.output,
        }
        for offer in offers
    ]


def _handlers(load: ModuleLoad) -> dict[str, Any]:
    """What it does beside answering requests."""
    if load.told is None:
        return {"subscriptions": [], "jobs": []}
    return {
        "subscriptions": [one.texts[0] for one in load.told.registered("event")],
        "jobs": [
            {"name": one.texts[0], "cron": one.texts[1]}
            for one in load.told.registered("job")
        ],
    }


def _allowance(load: ModuleLoad) -> dict[str, Any]:
    """What it may do, and within which bounds."""
    allowance = load.allowance
    if allowance is None:
        return {"capabilities": [], "denied": [], "limits": {}}
    return {
        "capabilities": sorted(allowance.capabilities),
        "denied": sorted(allowance.denied),
        "limits": {
            name: getattr(allowance.limits, name)
            for name in (
                "body_bytes_max", "request_deadline_ms", "guest_cpu_ms_max",
                "guest_memory_bytes_max",
            )
        },
    }  # fmt: skip
