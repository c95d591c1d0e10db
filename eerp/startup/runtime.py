"""The parts of a running daemon, made one after the other by the sequence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from attrs import define, field
from twisted.internet.interfaces import IListeningPort

from eerp.auth import Identities, Keys, Passwords, Throttle
from eerp.config import Config
from eerp.database.embedded import Embedded
from eerp.database.pool import Pool
from eerp.delivery import Registry
from eerp.orm.registry import ModelRegistry
from eerp.orm.repository import Repository
from eerp.routes import RouteTable
from eerp.sandbox import Engine, Program
from eerp.screens import Screens
from eerp.services import ServiceTable
from eerp.startup.load import Loader
from eerp.web import Health, Site
from eerp.web.openapi_route import OpenApi

__all__ = ["Runtime"]


@define(eq=False)
class Runtime:
    """What exists so far. `undo` ends each part, the last one made first."""

    config: Config
    reactor: Any
    models: ModelRegistry = field(factory=ModelRegistry)
    routes: RouteTable = field(factory=RouteTable)
    programs: dict[str, Program] = field(factory=dict)
    registry: Registry = field(factory=Registry)
    undo: list[Callable[[], Awaitable[None]]] = field(factory=list)
    keys: Keys = field(init=False)
    embedded: Embedded | None = None
    dsn: str = field(init=False, repr=False)
    pool: Pool = field(init=False)
    engine: Engine = field(init=False)
    services: ServiceTable = field(init=False)
    loader: Loader = field(init=False)
    operations: Repository = field(init=False)
    identities: Identities = field(init=False)
    passwords: Passwords = field(init=False)
    throttle: Throttle = field(init=False)
    screens: Screens = field(init=False)
    openapi: OpenApi = field(init=False)
    health: Health = field(init=False)
    site: Site = field(init=False)
    ports: list[IListeningPort] = field(factory=list)

    @screens.default
    def _screens(self) -> Screens:
        return Screens(self.models, self.routes)

    @openapi.default
    def _openapi(self) -> OpenApi:
        return OpenApi(self.config.openapi.public)
