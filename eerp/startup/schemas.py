"""A module's place in the database: migrations applied, models known and checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen

from eerp.database.pool import Pool
from eerp.interfaces import Transaction, TransactionBegin
from eerp.orm.migrate import Applied, applied, apply, plan, verify
from eerp.orm.model import Model
from eerp.orm.registry import ModelRegistry

__all__ = ["ModuleSchemas"]


@frozen(eq=False)
class ModuleSchemas:
    """Adopts modules into one database and one registry of models."""

    pool: Pool
    models: ModelRegistry

    async def adopt(
        self,
        module: str,
        depends: Iterable[str],
        migrations: list[Any],
        models: object,
        extensions: object = None,
    ) -> None:
        """Apply what is missing of `migrations`, register `models` and `extensions`,
        and compare the models with the catalogue. Raises ModuleError."""
        depends = tuple(depends)
        steps = plan(migrations, await self._applied(module), module, depends)
        await apply(self.pool, module, steps)
        models = self.models.register(module, models or [], extensions, depends)
        await self._verify(module, models)

    async def _applied(self, module: str) -> Applied:
        transaction = self._read(module)
        try:
            return await applied(transaction, module)
        finally:
            await transaction.rollback()

    async def _verify(self, module: str, models: Iterable[Model]) -> None:
        transaction = self._read(module)
        try:
            await verify(transaction, module, models)
        finally:
            await transaction.rollback()

    def _read(self, module: str) -> Transaction:
        begin = TransactionBegin(
            read_only=True, actor=None, request_id=f"load-{module}", module=module
        )
        return self.pool.transaction(begin)
