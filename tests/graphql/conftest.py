"""The real modules, as they describe themselves: models, routes and a schema."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_twisted
import wasmtime
from attrs import frozen
from graphql import GraphQLSchema
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from eerp.graphql.schema import build
from eerp.orm.registry import ModelRegistry
from eerp.routes import RouteTable
from eerp.routes.declare import declare
from eerp.sandbox.engine import Engine
from eerp.sandbox.load import describe
from eerp.sandbox.program import Program

MODULES = {"core": (), "crm": ("core",), "loyalty": ("crm",)}
WASM = Path(__file__).parents[2] / "modules"


@frozen
class Business:
    """What three modules registered."""

    models: ModelRegistry
    table: RouteTable
    schema: GraphQLSchema


@pytest.fixture(scope="session")
def business() -> Business:
    """The modules, loaded without a database."""
    engine = Engine(reactor, live_max=5)
    try:
        return pytest_twisted.blockon(Deferred.fromCoroutine(_load(engine)))
    finally:
        engine.close()


async def _load(engine: Engine) -> Business:
    models, table = ModelRegistry(), RouteTable()
    for name, depends in MODULES.items():
        code = wasmtime.Module.from_file(
            engine.wasmtime, str(WASM / name / "module.wasm")
        )
        capabilities = ("orm", "events", "depends")
        told = await describe(
            Program.link(engine, name, code, capabilities=capabilities)
        )
        described = told.description
        models.register(name, described["models"], described.get("extensions"), depends)
        names = [model.name for model in models.of(name)]
        routes = told.registered("route")
        declare(table, name, name, routes, described["routes"], models=names)
    models.freeze()
    table.freeze()
    return Business(models, table, build(models, table.routes()))
