"""What is made outside the transactions of versions, and its journal.

The journal, ``eerp.migration_work``, has a row for each piece of work, by the number
of its statement, from before it begins until its version is recorded or it is taken
back. So a daemon that dies in the middle leaves nothing that the next one does not
know of, and daemons that start at once share the work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from eerp.database.alone import AloneSession
from eerp.database.pool import Pool
from eerp.interfaces import Statement, Transaction
from eerp.migrations.migration import Step

__all__ = [
    "announce", "announced", "build", "claim", "finish", "leave_for_later", "settle",
    "take_back",
]  # fmt: skip

_ANNOUNCE = (
    "INSERT INTO eerp.migration_work (module, entity, version, number, content_hash, "
    "state, undo, build) VALUES (%s, %s, %s::integer, %s::integer, %s, %s, %s, "
    "%s::text[]) ON CONFLICT (module, entity, version, number) DO NOTHING"
)
_OF_STEP = (
    "FROM eerp.migration_work WHERE module = %s AND entity = %s "
    "AND version = %s::integer AND content_hash = %s"
)
_ANNOUNCED = f"SELECT number, state {_OF_STEP} AND state IN ('begun', 'ready')"
_CLAIM = f"DELETE {_OF_STEP} AND state = 'ready' RETURNING number"
_OF_PIECE = (
    "WHERE module = %s AND entity = %s AND version = %s::integer "
    "AND number = %s::integer"
)
_READY = f"UPDATE eerp.migration_work SET state = 'ready' {_OF_PIECE}"
_DONE = f"DELETE FROM eerp.migration_work {_OF_PIECE}"
_CONDEMN = (
    "UPDATE eerp.migration_work SET state = 'undone' WHERE module = %s "
    "AND entity = %s AND version = %s::integer AND state <> 'late' "
    "RETURNING number, undo"
)
_ROWS = (
    "SELECT entity, version, number, content_hash, state, undo, build "
    "FROM eerp.migration_work WHERE module = %s ORDER BY entity, version, number"
)

# ruff: noqa: S608  # the SQL above is joined of constants


async def announce(
    transaction: Transaction, module: str, step: Step, numbers: Collection[int]
) -> None:
    """Write down what is going to be made before the step."""
    await _write(transaction, module, step, numbers, "begun")


async def leave_for_later(
    transaction: Transaction, module: str, step: Step, numbers: Collection[int]
) -> None:
    """Write down, with the step itself, what is made after it."""
    await _write(transaction, module, step, numbers, "late")


async def _write(
    transaction: Transaction,
    module: str,
    step: Step,
    numbers: Collection[int],
    state: str,
) -> None:
    for number in sorted(numbers):
        way = step.statements[number].gentle
        assert way is not None
        row = (
            module, step.entity, step.version, number, step.content_hash, state,
            way.undo.sql, [one.sql for one in way.build],
        )  # fmt: skip
        await transaction.run(Statement(_ANNOUNCE, row))


async def announced(
    transaction: Transaction, module: str, step: Step
) -> dict[int, str]:
    """What was announced for the step, by whichever daemon: ``begun`` or ``ready``."""
    return dict(await transaction.run(Statement(_ANNOUNCED, _key(module, step))))


def _key(module: str, step: Step) -> tuple[str, str, int, str]:
    return (module, step.entity, step.version, step.content_hash)


async def build(pool: Pool, module: str, step: Step) -> None:
    """Make what is announced and not ready. What was taken back is left."""
    async with AloneSession(pool) as session:
        key = _key(module, step)
        for number, state in await session.run(Statement(_ANNOUNCED, key)):
            way = step.statements[number].gentle
            if state == "begun" and way is not None:
                for one in (way.undo, *way.build):
                    await session.run(Statement(one.sql), patient=one.patient)
                await session.run(Statement(_READY, (*key[:3], number)))


async def claim(transaction: Transaction, module: str, step: Step) -> frozenset[int]:
    """In the step's transaction: take what is ready for it."""
    ready = await transaction.run(Statement(_CLAIM, _key(module, step)))
    return frozenset(row[0] for row in ready)


async def take_back(pool: Pool, module: str, entity: str, version: int) -> None:
    """Undo what was made for a version that failed, or that nobody asks for."""
    key = (module, entity, version)
    async with AloneSession(pool) as session:
        # A daemon that records the version has these rows locked: either they go
        # with it, or they are condemned before it can count on them.
        for number, undo in await session.run(Statement(_CONDEMN, key)):
            await session.run(Statement(undo), patient="CONCURRENTLY" in undo)
            await session.run(Statement(_DONE, (*key, number)))


async def settle(pool: Pool, module: str, pending: Iterable[Step]) -> None:
    """Before anything else: take back what belongs to no pending step."""
    wanted = {(one.entity, one.version): one.content_hash for one in pending}
    rows = await pool.query(Statement(_ROWS, (module,)))
    stray = {
        (entity, version)
        for entity, version, _, content_hash, state, *_ in rows
        if state != "late"
        and (state == "undone" or wanted.get((entity, version)) != content_hash)
    }
    for entity, version in sorted(stray):
        await take_back(pool, module, entity, version)


async def finish(pool: Pool, module: str) -> None:
    """Make what was left for after the versions that are recorded."""
    rows = await pool.query(Statement(_ROWS, (module,)))
    if all(state != "late" for _, _, _, _, state, *_ in rows):
        return
    async with AloneSession(pool) as session:
        for row in await session.run(Statement(_ROWS, (module,))):
            entity, version, number, _, state, undo, statements = row
            if state == "late":
                for sql in (undo, *statements):
                    await session.run(Statement(sql))
                await session.run(Statement(_DONE, (module, entity, version, number)))
