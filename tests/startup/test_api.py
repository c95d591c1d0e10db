"""The core's own routes, as the document tells of them."""

from __future__ import annotations

from pathlib import Path

import pytest_twisted
from twisted.internet import reactor

from eerp.config import load
from eerp.modules import detect, sort
from eerp.startup.api import core_api
from eerp.startup.delivery import Delivery
from eerp.startup.permissions import CORE
from eerp.startup.runtime import Runtime
from eerp.startup.schemas import DescribedSchemas
from eerp.startup.sequence import (
    freeze,
    load_groups,
    make_accounts,
    make_dispatcher,
    make_gateway,
    make_health,
    make_pool,
    read_state,
    stop,
)
from eerp.web.core_routes import core_routes
from tests.daemon.process import REPOSITORY, write_config

# Pages for people, which are no part of the API.
PAGES: set[str] = set()


@pytest_twisted.ensureDeferred
async def test_each_route_of_the_core_is_documented_and_so_is_its_permission(
    tmp_path: Path, state_home: Path
) -> None:
    runtime = Runtime(
        load(write_config(state_home, module_root=[str(tmp_path)])), reactor
    )
    read_state(runtime)
    runtime.pool = make_pool(runtime, dsn="")
    plan = sort(detection := detect(runtime.config), "stop")
    await load_groups(runtime, detection, plan, DescribedSchemas(runtime.models))
    freeze(runtime)
    make_health(runtime)
    delivery = Delivery.of(runtime)
    gateway = make_gateway(runtime, make_dispatcher(runtime, delivery))
    routes = [
        *core_routes(make_accounts(runtime), runtime.health, runtime.loader),
        *core_api(runtime, delivery, gateway),
    ]
    await stop(runtime)
    bare = {route.template for route in routes if route.doc is None}
    assert bare == PAGES
    needed = {route.permission for route in routes} - {None}
    assert needed <= CORE.keys()
    listed = (REPOSITORY / "docs" / "reference" / "auth.md").read_text()
    assert [each for each in CORE if f"`{each}`" not in listed] == []
