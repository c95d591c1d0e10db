"""The core's own tables, in schema ``eerp``: ordered steps, each applied once.

A step is a file of ``schema/``, in the order of their numbers. One that was released
is never edited: a change is a new step at the end.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from attrs import frozen

from eerp.database.pool import Pool
from eerp.database.transaction import PostgresTransaction
from eerp.errors import DatabaseRefused
from eerp.interfaces import Statement, TransactionBegin
from eerp.log import Logger

__all__ = ["STEPS", "Step", "pending", "prepare"]

log = Logger(namespace="eerp.database")

_BEGIN = TransactionBegin(read_only=False, actor=None, request_id="", module="core")


@frozen
class Step:
    """One step: its place in the order, its name, its SQL."""

    number: int
    name: str
    sql: str

    @property
    def content_hash(self) -> str:
        """What the step said when it was applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


async def prepare(pool: Pool) -> None:
    """Apply the steps that are missing; any number of daemons may do so at once.

    Raises `DatabaseRefused` when the database is ahead of this program, or a step
    was applied with another content.
    """
    first, *rest = STEPS
    applied = await _apply(pool, first)
    for step in rest:
        applied += await _apply(pool, step)
    await _check(pool)
    if applied:
        log.info("the core's tables are up to date, {applied} steps applied",
                 event="core_schema_prepared", applied=applied)  # fmt: skip


async def pending(pool: Pool) -> tuple[Step, ...]:
    """The steps that are missing; changes nothing."""
    begin = TransactionBegin(read_only=True, actor=None, request_id="", module="core")
    transaction = pool.transaction(begin)
    try:
        missing = [s for s in STEPS if not await _is_applied(transaction, s)]
    finally:
        await transaction.rollback()
    return tuple(missing)


async def _apply(pool: Pool, step: Step) -> int:
    transaction = pool.exclusive(_BEGIN)
    try:
        if await _is_applied(transaction, step):
            await transaction.rollback()
            return 0
        await transaction.run(Statement(step.sql))
        await transaction.run_last(Statement(
            "INSERT INTO eerp.core_steps (number, name, content_hash)"
            " VALUES (%s, %s, %s)", (step.number, step.name, step.content_hash),
        ))  # fmt: skip
    except BaseException:
        await transaction.rollback()
        raise
    return 1


async def _is_applied(transaction: PostgresTransaction, step: Step) -> bool:
    table = Statement("SELECT to_regclass('eerp.core_steps') IS NOT NULL")
    if not (await transaction.run(table))[0][0]:
        return False
    asked = Statement("SELECT FROM eerp.core_steps WHERE number = %s", (step.number,))
    return len(await transaction.run(asked)) > 0


async def _check(pool: Pool) -> None:
    rows = await pool.query(
        Statement("SELECT number, name, content_hash FROM eerp.core_steps ORDER BY 1")
    )
    ours = [(step.number, step.name, step.content_hash) for step in STEPS]
    if len(rows) > len(ours):
        raise DatabaseRefused(
            f"The database was prepared by a newer EERP: step {rows[-1][1]}"
            " is unknown here.",
            hint="Install that version again, or restore a backup.",
        )
    for found, expected in zip(rows, ours, strict=True):
        if tuple(found) != expected:
            raise DatabaseRefused(
                f"Step {expected[1]} of the core's tables was applied with"
                " another content."
            )


def _read(path: Path) -> Step:
    number, _, name = path.stem.partition("_")
    return Step(int(number), name, path.read_text("utf-8"))


STEPS = tuple(map(_read, sorted(Path(__file__).with_name("schema").glob("*.sql"))))
"""Every step, in order."""
