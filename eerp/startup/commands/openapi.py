"""``eerp openapi``: the document of the API, without a daemon or a database."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.logger import globalLogBeginner

from eerp.config import Config, load
from eerp.errors import EerpError
from eerp.log import observer
from eerp.modules import detect, sort
from eerp.startup.api import core_api, publish
from eerp.startup.commands.area import add_command, fail
from eerp.startup.delivery import Delivery
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

__all__ = ["add"]


def add(areas: Any) -> None:
    """Declare the command; it has no commands below it."""
    add_command(areas, "openapi", _openapi, "print the API's OpenAPI document")


def _openapi(arguments: argparse.Namespace) -> None:
    config = load(arguments.config)
    globalLogBeginner.beginLoggingTo(
        [observer("text", "critical")], redirectStandardIO=False
    )

    async def work(reactor: Any) -> None:
        try:
            document = await _document(reactor, config)
        except EerpError as error:
            fail(error)
        sys.stdout.buffer.write(document)
        sys.stdout.buffer.flush()

    react(lambda reactor: Deferred.fromCoroutine(work(reactor)))


async def _document(reactor: Any, config: Config) -> bytes:
    """What the daemon would serve: its own parts, with a pool that is never opened."""
    runtime = Runtime(config, reactor)
    read_state(runtime)
    runtime.pool = make_pool(runtime, dsn="")
    plan = sort(detection := detect(config), config.on_module_error)
    try:
        await load_groups(runtime, detection, plan, DescribedSchemas(runtime.models))
        freeze(runtime)
        make_health(runtime)
        accounts = make_accounts(runtime)
        delivery = Delivery.of(runtime)
        gateway = make_gateway(runtime, make_dispatcher(runtime, delivery))
        further = core_api(runtime, delivery, gateway)
        return publish(runtime, accounts, further)
    finally:
        await stop(runtime)
