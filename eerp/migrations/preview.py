"""What pending versions would do, for an operator to read before it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from eerp.database.catalog import RowCount, row_counts
from eerp.interfaces import Transaction
from eerp.limits import LARGE_TABLE_ROWS
from eerp.migrations.apply import destroyed
from eerp.migrations.migration import Step
from eerp.migrations.statement import Lock, Part, TableName, Work, gently, resolve

__all__ = ["LockPreview", "StatementPreview", "StepPreview", "preview"]


@frozen
class LockPreview:
    """A lock that a statement takes. `rows` is None for a table that is not there
    yet, and so in nobody's way."""

    table: TableName
    mode: str
    rows: RowCount | None


@frozen
class StatementPreview:
    """A statement: its SQL, when it runs (see `Part`), what it locks, and what it
    does with the rows."""

    sql: str
    when: str
    work: Work
    locks: tuple[LockPreview, ...]


@frozen
class StepPreview:
    """One pending version. `losses` says in words what is lost for good."""

    module: str
    entity: str
    version: int
    statements: tuple[StatementPreview, ...]
    losses: tuple[str, ...]
    has_way_back: bool


async def preview(
    transaction: Transaction,
    module: str,
    steps: Sequence[Step],
    large_rows: int = LARGE_TABLE_ROWS,
) -> tuple[StepPreview, ...]:
    """What applying `steps` now would do; reads the sizes of their tables only."""
    names = {name for step in steps for name in step.tables}
    counts = await row_counts(transaction, names, large_rows)
    lost = destroyed(steps)
    return tuple(
        StepPreview(
            module=module,
            entity=step.entity,
            version=step.version,
            statements=tuple(_statements(step, counts)),
            losses=tuple(words for one, words in lost if one is step),
            has_way_back=step.down is not None,
        )
        for step in steps
    )


def _statements(
    step: Step, counts: Mapping[TableName, RowCount]
) -> list[StatementPreview]:
    large = {name for name, count in counts.items() if not count.exact}
    parts = resolve(step.statements, gently(step.statements, large))
    return [_statement(part, counts) for part in parts]


def _statement(part: Part, counts: Mapping[TableName, RowCount]) -> StatementPreview:
    one = part.statement
    locks = tuple(_lock(lock, counts) for lock in one.locks)
    return StatementPreview(one.sql, part.when, one.work, locks)


def _lock(lock: Lock, counts: Mapping[TableName, RowCount]) -> LockPreview:
    return LockPreview(lock.table, lock.mode, counts.get(lock.table))
