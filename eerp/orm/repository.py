"""Runs the operations of modules inside of a transaction."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from eerp.interfaces import Identity, Transaction
from eerp.limits import LISTS_PREPARED_MAX
from eerp.orm.cursor import Cursors
from eerp.orm.operation import OperationResult, Prepared, prepare
from eerp.orm.registry import ModelRegistry
from eerp.orm.rehearsal import Writes, affected, writes

__all__ = ["OperationResult", "Repository"]

_LIST_KEYS = {"op", "model", "query"}


def _key(module: str, operation: dict[str, Any], actor: Identity | None) -> Any:
    """What tells one list from another; nothing known for what is none."""
    query = operation["query"]
    if operation["op"] != "find" or not isinstance(query, list):
        return None
    try:
        key = (module, operation["model"], tuple(map(tuple, query)), actor)
        hash(key)
    except TypeError:
        return None
    return key


@frozen
class Repository:
    """Runs the operations of modules on their models."""

    registry: ModelRegistry
    cursor_key: bytes = field(repr=False)
    _cursors: Cursors = field(init=False)
    # Of all modules, and the oldest goes first: nothing in them ever changes.
    _lists: dict[Any, Prepared] = field(factory=dict, init=False)

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
        prepared = self._prepared(module, operation, actor)
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

    def check_list(
        self,
        module: str,
        model: str,
        query: tuple[tuple[str, str], ...],
        actor: Identity | None,
    ) -> None:
        """Raise what `run` would raise for this list before its statement.

        The module will ask for just that in a moment: what was prepared is kept.
        """
        key = (module, model, query, actor)
        if key in self._lists:
            return
        operation = {"op": "find", "model": model, "query": [*map(list, query)]}
        prepared = prepare(self.registry, self._cursors, module, operation, actor)
        if len(self._lists) >= LISTS_PREPARED_MAX:
            del self._lists[next(iter(self._lists))]
        self._lists[key] = prepared

    def _prepared(
        self, module: str, operation: bytes | dict[str, Any], actor: Identity | None
    ) -> Prepared:
        if isinstance(operation, dict) and operation.keys() == _LIST_KEYS:
            known = self._lists.get(_key(module, operation, actor))
            if known is not None:
                return known
        return prepare(self.registry, self._cursors, module, operation, actor)

    async def affected(self, transaction: Transaction, most: int) -> int:
        """See `rehearsal.affected`."""
        return await affected(transaction, most)

    async def writes(
        self, transaction: Transaction, identity: Identity | None
    ) -> Writes:
        """See `rehearsal.writes`."""
        return await writes(transaction, self.registry, identity)
