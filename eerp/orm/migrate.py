"""Bringing a module's schema to what the module says: plan, apply, verify.

`plan` is pure: the module's migrations and what the database has recorded make the
steps that are missing. `apply` runs each step in one exclusive transaction, alone
among all daemons, so that any number of them may start at once; there the step is
looked for again. `verify` compares what a module
describes with the catalogue.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from eerp.database.catalog import Column, columns
from eerp.database.pool import Pool
from eerp.errors import (
    DescriptionInvalid,
    EerpError,
    MigrationRefused,
    ModuleError,
    ServiceError,
)
from eerp.interfaces import Statement, Transaction, TransactionBegin
from eerp.log import Logger
from eerp.orm.fields import quote
from eerp.orm.migration import Step, read_migrations
from eerp.orm.model import Field, Model

__all__ = ["Applied", "Step", "applied", "apply", "plan", "verify"]

log = Logger(namespace="eerp.orm")

Applied = Mapping[tuple[str, int], str]
"""The steps that are recorded for a module: (entity, version) -> content hash."""

_RECORDED = (
    "SELECT entity, version, content_hash FROM eerp.module_migrations WHERE module = %s"
)
_RECORD = (
    "INSERT INTO eerp.module_migrations (module, entity, version, content_hash, sql) "
    "VALUES (%s, %s, %s::integer, %s, %s)"
)
# PostgreSQL is away or busy, or it was said already what is wrong.
_NOT_ITS_FAULT = (ServiceError, ModuleError)
_CATALOG_NAMES = {
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timestamptz[]": "timestamp with time zone[]",
    "time[]": "time without time zone[]",
}


def plan(
    migrations: bytes | list[Any],
    applied: Applied,
    module: str,
    depends: Collection[str],
) -> list[Step]:
    """The steps that `applied` lacks, in the module's order; pure.

    Raises `MigrationRefused` for a migration that is not as the ABI says, a recorded
    version with another content, and a database that is ahead of the module.
    """
    steps = read_migrations(module, frozenset(depends), migrations)
    known = {(step.entity, step.version) for step in steps}
    for entity, version in sorted(applied.keys() - known):
        raise MigrationRefused(
            module,
            f"The database has version {version} of {entity}, which this version of "
            f"module {module} does not know.",
            hint="Install the newer version of the module again.",
        )
    missing = [step for step in steps if not _is_recorded(module, step, applied)]
    _refuse_gaps(module, missing, applied)
    return missing


def _is_recorded(module: str, step: Step, applied: Applied) -> bool:
    recorded = applied.get((step.entity, step.version))
    if recorded is None:
        return False
    if recorded != step.content_hash:
        raise MigrationRefused(
            module,
            f"Version {step.version} of {step.entity} in module {module} was applied "
            "with another content.",
            hint="A version that was applied never changes: add a new one.",
        )
    return True


def _refuse_gaps(module: str, missing: Iterable[Step], applied: Applied) -> None:
    for step in missing:
        if any(
            entity == step.entity and version > step.version
            for entity, version in applied
        ):
            raise MigrationRefused(
                module,
                f"Version {step.version} of {step.entity} in module {module} was "
                "never applied, and a later one was.",
            )


async def applied(transaction: Transaction, module: str) -> Applied:
    """What the database has recorded for `module`."""
    rows = await transaction.run(Statement(_RECORDED, (module,)))
    return {(entity, version): content_hash for entity, version, content_hash in rows}


async def apply(pool: Pool, module: str, steps: Iterable[Step]) -> int:
    """Apply steps in order, each in its own transaction; answers how many it did.

    A step that another daemon applied meanwhile is passed over. Raises
    `MigrationRefused` when PostgreSQL refuses a step (it leaves nothing behind), and
    the errors of `Transaction`.
    """
    return sum([await _apply_one(pool, module, step) for step in steps])


async def _apply_one(pool: Pool, module: str, step: Step) -> bool:
    begin = TransactionBegin(
        read_only=False, actor=None, request_id="migrate", module=module
    )
    transaction = pool.exclusive(begin)
    try:
        if _is_recorded(module, step, await applied(transaction, module)):
            await transaction.rollback()
            return False
        await _run(transaction, module, step)
    except BaseException as error:
        await transaction.rollback()
        if not isinstance(error, EerpError) or isinstance(error, _NOT_ITS_FAULT):
            raise
        message = (
            f"Version {step.version} of {step.entity} in module {module} does not fit "
            f"what the database holds: {error.message}"
        )
        raise MigrationRefused(module, message, detail=error.detail) from error
    log.info("module {module}: applied {entity} version {version}",
             event="migration_applied", module=module, entity=step.entity,
             version=step.version)  # fmt: skip
    return True


async def _run(transaction: Transaction, module: str, step: Step) -> None:
    for sql in (f"CREATE SCHEMA IF NOT EXISTS {quote(module)}", *step.sql):
        await transaction.run(Statement(sql))
    row = (module, step.entity, step.version, step.content_hash, ";\n".join(step.sql))
    await transaction.run_last(Statement(_RECORD, row))


async def verify(
    transaction: Transaction, module: str, models: Iterable[Model]
) -> None:
    """Compare described models with the tables there are.

    Raises `DescriptionInvalid` for the first difference, naming model and field.
    """
    tables = await columns(transaction, module)
    for model in models:
        table = tables.get(model.name)
        if table is None:
            message = f"Model {module}.{model.name} has no table."
            raise DescriptionInvalid(module, message)
        for fault in _differences(model, table):
            message = f"Model {module}.{model.name}, field {fault}."
            raise DescriptionInvalid(module, message)


def _differences(model: Model, table: Mapping[str, Column]) -> Iterable[str]:
    for field in model.fields.values():
        column = table.get(field.name)
        words = "has no column" if column is None else _difference(field, column)
        if words is not None:
            yield f"{field.name!r} {words}"
    for name, column in table.items():
        if name not in model.fields and not column.nullable and column.default is None:
            yield f"{name!r} is not described, and its column may not be null"


def _difference(field: Field, column: Column) -> str | None:
    declared = _CATALOG_NAMES.get(field.type.name, field.type.name)
    if column.sql_type != declared:
        return f"is of type {field.type.name}, and its column {column.sql_type}"
    if column.nullable != field.nullable:
        may = "may" if field.nullable else "may not"
        return f"{may} be null, contrary to its column"
    if field.default is not None and column.default is None:
        return "has a default, and its column has none"
    return None
