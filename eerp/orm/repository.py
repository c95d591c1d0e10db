"""Runs the operations of modules inside of a transaction."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from eerp.interfaces import Identity, Transaction
from eerp.orm.cursor import Cursors
from eerp.orm.operation import OperationResult, prepare
from eerp.orm.registry import ModelRegistry
from eerp.orm.rehearsal import Writes, affected, writes

__all__ = ["OperationResult", "Repository"]


@frozen
class Repository:
    """Runs the operations of modules on their models."""

    registry: ModelRegistry
    cursor_key: bytes = field(repr=False)
    _cursors: Cursors = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_cursors", Cursors(self.cursor_key))

    async def run(
        self,
        transaction: Transaction,
        module: str,
        operation: bytes | dict[str, Any],
        *,
        actor: Identity | None,
        last: bool = False,
    ) -> OperationResult:
        """Run one operation of `module` for `actor`, and commit when it is the `last`.

        Raises the errors of `prepare` and `Prepared`, and those of `Transaction`.
        """
        prepared = prepare(self.registry, self._cursors, module, operation, actor)
        if last and not transaction.begun:
            # Alone in its transaction, it changes nothing when `read` refuses.
            rows = await transaction.run_last(prepared.statement, prepared.recover)
            return prepared.read(rows)
        result = prepared.read(await transaction.run(prepared.statement))
        if prepared.recover is not None:
            transaction.note_trace()
        if last:
            await transaction.commit()
        return result

    async def affected(self, transaction: Transaction, most: int) -> int:
        """See `rehearsal.affected`."""
        return await affected(transaction, most)

    async def writes(
        self, transaction: Transaction, identity: Identity | None
    ) -> Writes:
        """See `rehearsal.writes`."""
        return await writes(transaction, self.registry, identity)
