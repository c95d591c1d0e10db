"""A module's place in the database: migrations applied, models known and checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import Factory, field, frozen
from twisted.internet.defer import DeferredLock

from eerp.database.pool import Pool
from eerp.interfaces import Statement, Transaction
from eerp.limits import LARGE_TABLE_ROWS
from eerp.migrations.apply import (
    Applied,
    Step,
    applied,
    apply,
    migration_begin,
    plan,
)
from eerp.migrations.preview import StepPreview, preview
from eerp.migrations.verify import verify
from eerp.orm.registry import Described, ModelRegistry

__all__ = ["DescribedSchemas", "ModuleSchemas", "SchemaPreviews"]

_HAS_RECORDS = "SELECT to_regclass('eerp.module_migrations') IS NOT NULL"


@frozen(eq=False)
class ModuleSchemas:
    """Adopts modules into one database and one registry of models.

    One module at a time: they would wait for one lock anyway, each with a connection.
    Without `consent`, nothing is destroyed. `adopted` has the pending steps of each
    module, and how many of them were applied here.
    """

    pool: Pool
    models: ModelRegistry
    consent: bool = False
    large_rows: int = LARGE_TABLE_ROWS
    adopted: dict[str, tuple[list[Step], int]] = Factory(dict)
    _turn: DeferredLock = field(factory=DeferredLock, init=False)

    async def adopt(
        self,
        module: str,
        depends: Iterable[str],
        migrations: list[Any],
        models: object,
        extensions: object = None,
    ) -> None:
        """Apply what is missing of `migrations`, compare `models` and `extensions`
        with the catalogue, and register them. Raises ModuleError."""
        depends = tuple(depends)
        await self._turn.acquire()
        try:
            await self._migrate(module, depends, migrations)
            described = self.models.read(module, models or [], extensions, depends)
            # Only then: what does not fit would break the models that it extends.
            await self._verify(described)
            self.models.admit(described)
        finally:
            self._turn.release()

    async def _migrate(
        self, module: str, depends: tuple[str, ...], migrations: list[Any]
    ) -> None:
        recorded = await self._applied(module)
        steps = plan(migrations, recorded, module, depends)
        done = await apply(
            self.pool,
            module,
            steps,
            consent=self.consent,
            large_rows=self.large_rows,
        )
        self.adopted[module] = (steps, done)

    async def _applied(self, module: str) -> Applied:
        transaction = _read(self.pool, module)
        try:
            return await applied(transaction, module)
        finally:
            await transaction.rollback()

    async def _verify(self, described: Described) -> None:
        transaction = _read(self.pool, described.module)
        try:
            await verify(transaction, described)
        finally:
            await transaction.rollback()


@frozen(eq=False)
class SchemaPreviews:
    """Looks what adopting modules would do, and changes nothing."""

    pool: Pool
    large_rows: int = LARGE_TABLE_ROWS
    pending: dict[str, tuple[StepPreview, ...]] = Factory(dict)
    _turn: DeferredLock = field(factory=DeferredLock, init=False)

    async def adopt(
        self,
        module: str,
        depends: Iterable[str],
        migrations: list[Any],
        models: object,
        extensions: object = None,
    ) -> None:
        """Note what is missing of `migrations`. Raises ModuleError."""
        await self._turn.acquire()
        transaction = _read(self.pool, module)
        try:
            recorded = await _recorded(transaction, module)
            steps = plan(migrations, recorded, module, tuple(depends))
            self.pending[module] = await preview(
                transaction, module, steps, self.large_rows
            )
        finally:
            await transaction.rollback()
            self._turn.release()


@frozen(eq=False)
class DescribedSchemas:
    """Registers what modules describe, and asks no database whether it has it."""

    models: ModelRegistry

    async def adopt(
        self,
        module: str,
        depends: Iterable[str],
        migrations: list[Any],
        models: object,
        extensions: object = None,
    ) -> None:
        """Register the models and extensions. Raises ModuleError."""
        self.models.register(module, models or [], extensions, tuple(depends))


async def _recorded(transaction: Transaction, module: str) -> Applied:
    """What is applied, even where the core's own tables are not there yet."""
    if not (await transaction.run(Statement(_HAS_RECORDS)))[0][0]:
        return {}
    return await applied(transaction, module)


def _read(pool: Pool, module: str) -> Transaction:
    return pool.transaction(migration_begin(module, read_only=True))
