"""Searching many models at once, by their texts: a few records of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from attrs import frozen
from twisted.internet.interfaces import IReactorTime

from eerp import limits
from eerp.database.catalog import searched_columns
from eerp.errors import StatementTimeout
from eerp.interfaces import Identity, Rows, Statement, Transaction
from eerp.orm.access import Caller
from eerp.orm.compile_search import compile_search, together
from eerp.orm.model import Field, Model
from eerp.orm.view import View

__all__ = ["Found", "Search", "chosen"]

Columns = Collection[tuple[str, str, str]]
_BOUND = "SELECT set_config('statement_timeout', %s, true)"


@frozen
class Found:
    """Records that were found, those of a model together; `complete` says that no
    model was left out for lack of time."""

    items: list[dict[str, Any]]
    complete: bool


@frozen
class Search:
    """Searches models within limits.FOUND_MS_MAX, by `clock`."""

    clock: IReactorTime

    async def find(
        self,
        transaction: Transaction,
        models: Sequence[Model],
        identity: Identity,
        text: str,
        limit: int,
    ) -> Found:
        """Records of `models`, which the caller may read, with all words of `text`.

        They are searched in their display field, and in texts that an index finds the
        parts of. The transaction is for reading, and may have failed afterwards: roll
        it back. Raises the errors of `Transaction` but for a timeout.
        """
        until = self.clock.seconds() + limits.FOUND_MS_MAX / 1000
        words = text.split()[: limits.FOUND_WORDS_MAX]
        names = list({model.module for model in models})
        indexed = await searched_columns(transaction, names)
        asked = list(_statements(models, indexed, identity, words))
        rows: list[tuple[Any, ...]] = []
        try:
            for part in _parts(asked):
                left_ms = int((until - self.clock.seconds()) * 1000)
                await transaction.run(Statement(_BOUND, (str(max(left_ms, 1)),)))
                rows += await transaction.run(part)
        except StatementTimeout:
            return Found(chosen(rows, limit), complete=False)
        return Found(chosen(rows, limit), complete=True)


def _parts(statements: Sequence[Statement]) -> Iterator[Statement]:
    """Several of them at a time, so that what is found in time is not lost."""
    size = limits.FOUND_MODELS_AT_ONCE_MAX
    for start in range(0, len(statements), size):
        yield together(statements[start : start + size])


def _statements(
    models: Iterable[Model], indexed: Columns, identity: Identity, words: Sequence[str]
) -> Iterator[Statement]:
    """Those that indexes serve come first: what takes long may find no time."""
    quick, slow = list[Statement](), list[Statement]()
    for model in models:
        view = Caller(identity).seen(model, 0)
        fields = _fields(view, indexed)
        if fields:
            label = view.fields.get(model.display or "", fields[0])
            statement = compile_search(view, label, fields, words)
            all_indexed = all(_key(model, each) in indexed for each in fields)
            (quick if all_indexed else slow).append(statement)
    yield from (quick + slow)[: limits.FOUND_MODELS_MAX]


def _fields(view: View, indexed: Columns) -> list[Field]:
    """The texts of a model that are searched, as far as the caller may see them."""
    model = view.model
    return [
        field
        for field in view.fields.values()
        if field.type.name == "text"
        and field.source is None
        and (field.name == model.display or _key(model, field) in indexed)
    ]


def _key(model: Model, field: Field) -> tuple[str, str, str]:
    return model.module, model.name, field.name


def chosen(rows: Rows, limit: int) -> list[dict[str, Any]]:
    """The best of each model first; then those of a model stand together."""
    best = sorted(rows, key=lambda row: int(row[-1]))[:limit]
    order = list(dict.fromkeys(row[:2] for row in rows))
    best.sort(key=lambda row: (order.index(row[:2]), int(row[-1])))
    return [
        {"model": f"{module}.{name}", "id": record_id, "label": label}
        for module, name, record_id, label, _ in best
    ]
