"""All permissions that there are, for who decides what a role grants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from eerp.graphql import INTROSPECT
from eerp.interfaces import (
    ALL_COMPANIES,
    MANAGE_DELIVERIES,
    MANAGE_USERS,
    MANAGE_WEBHOOKS,
    READ_MODULES,
    READ_SETTINGS,
)
from eerp.kept import SHARE
from eerp.orm.registry import ModelRegistry
from eerp.routes import RouteTable
from eerp.startup.load import ModuleLoad
from eerp.web.audit import READ, VERIFY

__all__ = ["CORE", "Permissions"]

CORE: Mapping[str, str] = {
    READ: "See what was done to records that one may read",
    VERIFY: "Verify the audit trail",
    ALL_COMPANIES: "See the records of all companies",
    MANAGE_DELIVERIES: "See events and jobs, and replay what was not delivered",
    SHARE: "Share saved filters, and change those that others share",
    INTROSPECT: "See the whole schema of GraphQL",
    READ_MODULES: "See the modules, with their state, routes and migrations",
    READ_SETTINGS: "See how the settings of modules were changed",
    MANAGE_USERS: "Manage users, roles and sessions",
    MANAGE_WEBHOOKS: "Manage webhooks",
}
"""The core's own, with what each is for."""


@frozen(eq=False)
class Permissions:
    """Those of the core, and of the modules in `loads`."""

    models: ModelRegistry
    routes: RouteTable
    loads: Mapping[str, ModuleLoad]

    def matrix(self) -> dict[str, Any]:
        """The actions of each model, then all that is no action of one."""
        told = self._told()
        rows = {f"{each.module}.{each.name}": each for each in self.models}
        actions: dict[str, list[str]] = {name: [] for name in rows}
        others = []
        for permission, description in sorted(told.items()):
            subject, _, action = permission.rpartition(".")
            if subject in actions:
                actions[subject].append(action)
            else:
                others.append(_other(permission, description))
        return {
            "models": [
                {
                    "module": model.module,
                    "model": model.name,
                    "title": model.plural,
                    "actions": actions[name],
                }
                for name, model in rows.items()
            ],
            "others": others,
        }

    def _told(self) -> dict[str, str]:
        """Each permission with what is said of it; the first words hold."""
        found = dict(CORE)
        for permission, description in (*self._described(), *self._of_routes()):
            found.setdefault(permission, description)
        return found

    def _described(self) -> Iterator[tuple[str, str]]:
        for load in self.loads.values():
            if load.told is not None:
                yield from _titles(load.told.description.get("permissions"))

    def _of_routes(self) -> Iterable[tuple[str, str]]:
        return (
            (route.permission, route.summary)
            for route in self.routes.routes()
            if route.permission is not None
        )


def _titles(described: Any) -> Iterator[tuple[str, str]]:
    """What a module says of its permissions; what it says wrongly is passed over."""
    for each in described if isinstance(described, list) else ():
        match each:
            case {"name": str(name), "title": str(title)}:
                yield name, title


def _other(permission: str, description: str) -> dict[str, str]:
    module = permission.partition(".")[0]
    return {"permission": permission, "description": description, "module": module}
