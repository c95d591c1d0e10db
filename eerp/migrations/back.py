"""Going back from the newest version of an entity, as the module declared it.

The way back was recorded when the version was applied: it needs no module, so that an
operator can go back before the older one is installed.
"""

from __future__ import annotations

from typing import NoReturn

from attrs import frozen

from eerp.database.pool import Pool
from eerp.errors import EerpError, MigrationRefused, ModuleError, ServiceError
from eerp.interfaces import Statement, Transaction
from eerp.log import Logger
from eerp.migrations import ahead
from eerp.migrations.apply import migration_begin

__all__ = ["WayBack", "find_way_back", "go_back"]

log = Logger(namespace="eerp.orm")

_NEWEST = (
    "SELECT version, down, tables, number FROM eerp.module_migrations "
    "WHERE module = %s AND entity = %s ORDER BY version DESC LIMIT 1"
)
_LATER = (
    "SELECT entity, version FROM eerp.module_migrations WHERE module = %s "
    "AND number > %s::bigint AND tables && %s::text[] ORDER BY number DESC LIMIT 1"
)
_FORGET = (
    "DELETE FROM eerp.module_migrations "
    "WHERE module = %s AND entity = %s AND version = %s::integer"
)


@frozen
class WayBack:
    """What leads back from a version."""

    module: str
    entity: str
    version: int
    sql: tuple[str, ...]


async def find_way_back(transaction: Transaction, module: str, entity: str) -> WayBack:
    """The way back from the newest version of `entity`.

    Raises `MigrationRefused` when there is none, or another version stands on it.
    """

    def refuse(message: str, hint: str | None = None) -> NoReturn:
        raise MigrationRefused(module, message, hint=hint)

    rows = await transaction.run(Statement(_NEWEST, (module, entity)))
    if not rows:
        refuse(f"No version of {entity} in module {module} is applied.")
    version, down, tables, number = rows[0]
    if down is None:
        refuse(
            f"Version {version} of {entity} in module {module} declares no way back.",
            "Install a newer version of the module, or restore a backup.",
        )
    later = await transaction.run(Statement(_LATER, (module, number, tables)))
    if later:
        refuse(
            f"Version {version} of {entity} in module {module} is not the last that "
            f"changed its tables: version {later[0][1]} of {later[0][0]} is.",
            f"Go back from that first: eerp migrate --back {module}.{later[0][0]}",
        )
    return WayBack(module, entity, version, tuple(down))


async def go_back(pool: Pool, module: str, entity: str) -> WayBack:
    """Undo the newest version of `entity`, in one transaction; answers what was done.

    Raises `MigrationRefused`; nothing has changed then.
    """
    await ahead.finish(pool, module)
    transaction = pool.exclusive(migration_begin(module))
    try:
        way = await find_way_back(transaction, module, entity)
        for sql in way.sql:
            await transaction.run(Statement(sql))
        forget = Statement(_FORGET, (module, entity, way.version))
        await transaction.run_last(forget)
    except (ServiceError, ModuleError):
        await transaction.rollback()
        raise
    except EerpError as error:
        await transaction.rollback()
        raise MigrationRefused(
            module,
            f"The way back of {entity} in module {module} does not fit what the "
            f"database holds: {error.message}",
            detail=error.detail,
        ) from error
    except BaseException:
        await transaction.rollback()
        raise
    log.info("module {module}: went back from {entity} version {version}",
             event="migration_undone", module=module, entity=entity,
             version=way.version)  # fmt: skip
    return way
