"""``eerp migrate``: what the modules' tables lack, shown or applied; and going back."""

from __future__ import annotations

import argparse
from typing import Any

from attrs import evolve

from eerp.config import Config, load
from eerp.database.core_schema import pending as pending_core_steps
from eerp.database.pool import Pool
from eerp.errors import StartupError
from eerp.migrations.apply import migration_begin
from eerp.migrations.back import find_way_back, go_back
from eerp.modules import detect, sort
from eerp.orm.fields import is_identifier
from eerp.orm.registry import ModelRegistry
from eerp.startup.commands.area import Job, add_command, run_with_pool
from eerp.startup.load import Loader, Schemas
from eerp.startup.migrating import applied_text, back_text, failed_text, plan_text
from eerp.startup.runtime import Runtime
from eerp.startup.schemas import ModuleSchemas, SchemaPreviews
from eerp.startup.sequence import load_groups, read_state, stop

__all__ = ["add"]


def add(areas: Any) -> None:
    """Declare the command; it has no commands below it."""
    command = add_command(
        areas, "migrate", _migrate, "bring the modules' tables up to date"
    )
    command.add_argument(
        "--plan",
        action="store_true",
        help="say what would be done, and change nothing",
    )
    command.add_argument(
        "--allow-destructive",
        action="store_true",
        help="agree that versions destroy what the plan names",
    )
    command.add_argument(
        "--back",
        metavar="MODULE.ENTITY",
        help="undo the newest version of one entity, as its module declared",
    )


def _migrate(arguments: argparse.Namespace) -> None:
    config = load(arguments.config)
    plan = bool(arguments.plan)
    if arguments.back is not None:
        module, entity = _named(arguments.back)
        job = _plan_back(module, entity) if plan else _back(module, entity)
    elif plan:
        job = _plan(config)
    else:
        allowed = config.migrations.destructive == "allow"
        job = _apply(config, consent=allowed or arguments.allow_destructive)
    run_with_pool(config, job, prepared=not plan)


def _named(text: str) -> tuple[str, str]:
    module, _, entity = text.partition(".")
    if not is_identifier(module) or not is_identifier(entity):
        raise StartupError(f"--back names {text!r}, which is not MODULE.ENTITY")
    return module, entity


def _plan(config: Config) -> Job:
    async def job(reactor: Any, pool: Pool) -> str:
        core = [step.name for step in await pending_core_steps(pool)]
        previews = SchemaPreviews(pool)
        loader = await _load(reactor, config, pool, previews)
        pending = [previews.pending.get(name, ()) for name in loader.loads]
        text = plan_text(core, [step for steps in pending for step in steps])
        return _unless_failed(loader, text)

    return job


def _apply(config: Config, *, consent: bool) -> Job:
    async def job(reactor: Any, pool: Pool) -> str:
        schemas = ModuleSchemas(pool, ModelRegistry(), consent=consent)
        loader = await _load(reactor, config, pool, schemas)
        return _unless_failed(loader, applied_text(schemas.adopted))

    return job


async def _load(reactor: Any, config: Config, pool: Pool, schemas: Schemas) -> Loader:
    """Let every module introduce itself, as the daemon does, and serve nothing.

    One that fails holds up those that depend on it, and no others.
    """
    runtime = Runtime(evolve(config, on_module_error="skip"), reactor)
    runtime.pool = pool
    read_state(runtime)
    detection = detect(runtime.config)
    plan = sort(detection, runtime.config.on_module_error)
    try:
        await load_groups(runtime, detection, plan, schemas, screens=False)
    finally:
        await stop(runtime)
    return runtime.loader


def _unless_failed(loader: Loader, text: str) -> str:
    """What to print; when a module failed, print it and raise that."""
    if not loader.failures:
        return text
    print(text)
    raise StartupError(failed_text(loader.failures))


def _plan_back(module: str, entity: str) -> Job:
    async def job(reactor: Any, pool: Pool) -> str:
        transaction = pool.transaction(migration_begin(module, read_only=True))
        try:
            way = await find_way_back(transaction, module, entity)
            return back_text(way, done=False)
        finally:
            await transaction.rollback()

    return job


def _back(module: str, entity: str) -> Job:
    async def job(reactor: Any, pool: Pool) -> str:
        return back_text(await go_back(pool, module, entity), done=True)

    return job
