"""Bringing a module's schema to what the module says: plan and apply.

`plan` is pure: the module's migrations and what the database has recorded make the
steps that are missing. `apply` runs each step in one exclusive transaction, alone
among all daemons, so that any number of them may start at once; there the step is
looked for again. What would hold up others for long on a large table is made before
or after that transaction; see :mod:`eerp.migrations.ahead`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from eerp.database.catalog import row_counts
from eerp.database.pool import Pool
from eerp.database.transaction import PostgresTransaction
from eerp.errors import (
    EerpError,
    MigrationRefused,
    ModuleError,
    SerializationFailed,
    ServiceError,
)
from eerp.interfaces import Statement, Transaction, TransactionBegin
from eerp.limits import LARGE_TABLE_ROWS, MIGRATION_ATTEMPTS_MAX
from eerp.log import Logger
from eerp.migrations import ahead
from eerp.migrations.migration import Step, read_migrations
from eerp.migrations.statement import gently, resolve
from eerp.orm.fields import quote

__all__ = [
    "Applied", "Step", "applied", "apply", "destroyed", "migration_begin", "plan",
    "refuse_without_consent",
]  # fmt: skip

log = Logger(namespace="eerp.orm")

Applied = Mapping[tuple[str, int], str]
"""The steps that are recorded for a module: (entity, version) -> content hash."""

_RECORDED = (
    "SELECT entity, version, content_hash FROM eerp.module_migrations WHERE module = %s"
)
_RECORD = (
    "INSERT INTO eerp.module_migrations (module, entity, version, content_hash, sql, "
    "tables, down) VALUES (%s, %s, %s::integer, %s, %s, %s::text[], %s::text[])"
)
# PostgreSQL is away or busy, or it was said already what is wrong.
_NOT_ITS_FAULT = (ServiceError, ModuleError)


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
            hint="Install the newer version of the module again, or go back: "
            f"eerp migrate --back {module}.{entity}",
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


def destroyed(steps: Sequence[Step]) -> list[tuple[Step, str]]:
    """What steps that are applied in this order lose for good, each in words.

    What happens to a table that they make themselves is no loss.
    """
    made = {table for step in steps for table in step.creates}
    return [
        (step, statement.destroys)
        for step in steps
        for statement in step.statements
        if statement.destroys is not None and statement.locks[0].table not in made
    ]


def refuse_without_consent(module: str, steps: Sequence[Step]) -> None:
    """Raise `MigrationRefused` when something would be lost for good."""
    for step, loss in destroyed(steps):
        raise MigrationRefused(
            module,
            f"Version {step.version} of {step.entity} in module {module} {loss}, and "
            "nobody has agreed to that.",
            hint="Look at eerp migrate --plan, then run eerp migrate "
            "--allow-destructive",
        )


async def applied(transaction: Transaction, module: str) -> Applied:
    """What the database has recorded for `module`."""
    rows = await transaction.run(Statement(_RECORDED, (module,)))
    return {(entity, version): content_hash for entity, version, content_hash in rows}


def migration_begin(module: str, *, read_only: bool = False) -> TransactionBegin:
    """How a transaction of a module's migrations begins."""
    return TransactionBegin(
        read_only=read_only, actor=None, request_id="migrate", module=module
    )


async def apply(
    pool: Pool,
    module: str,
    steps: Sequence[Step],
    *,
    consent: bool = True,
    large_rows: int = LARGE_TABLE_ROWS,
) -> int:
    """Apply steps in order, each in its own transaction; answers how many it did.

    A step that another daemon applied meanwhile is passed over. A table of more than
    `large_rows` rows is large. Raises `MigrationRefused` when PostgreSQL refuses a
    step (it leaves nothing behind), or when something would be destroyed without
    `consent`, and the errors of `Transaction`.
    """
    if not consent:
        refuse_without_consent(module, steps)
    await ahead.settle(pool, module, steps)
    await ahead.finish(pool, module)
    done = 0
    for step in steps:
        done += await _Application(pool, module, step, large_rows).apply()
        await ahead.finish(pool, module)
    return done


@frozen
class _Application:
    """One step on its way into the database."""

    pool: Pool
    module: str
    step: Step
    large_rows: int

    async def apply(self) -> bool:
        """Apply the step; False when another daemon did."""
        step = self.step
        try:
            done = await self._persevere()
        except EerpError as error:
            if isinstance(error, _NOT_ITS_FAULT):
                raise
            raise MigrationRefused(
                self.module,
                f"Version {step.version} of {step.entity} in module {self.module} "
                f"does not fit what the database holds: {error.message}",
                detail=error.detail,
            ) from error
        if done:
            log.info("module {module}: applied {entity} version {version}",
                     event="migration_applied", module=self.module,
                     entity=step.entity, version=step.version)  # fmt: skip
        return done

    async def _persevere(self) -> bool:
        """A lock that was not to be had for a while is no reason to give up."""
        for attempt in range(1, MIGRATION_ATTEMPTS_MAX + 1):
            try:
                done = await self._attempt()
            except SerializationFailed as error:
                if attempt == MIGRATION_ATTEMPTS_MAX:
                    raise
                log.warn("module {module}: {reason} Trying again.",
                         event="migration_waits", module=self.module,
                         reason=error.message)  # fmt: skip
            else:
                if done is not None:
                    return done
        raise SerializationFailed(
            f"Another daemon took back what was made for {self.step.entity}."
        )

    async def _attempt(self) -> bool | None:
        """Apply it now, or make what must be there before and answer None."""
        try:
            done = await self._transact()
            if done is None:
                await ahead.build(self.pool, self.module, self.step)
        except ServiceError:
            raise
        except EerpError:
            if any(one.gentle is not None for one in self.step.statements):
                await ahead.take_back(
                    self.pool, self.module, self.step.entity, self.step.version
                )
            raise
        return done

    async def _transact(self) -> bool | None:
        """Whether it was applied here; None when something must be made before."""
        transaction = self.pool.exclusive(migration_begin(self.module))
        try:
            recorded = await applied(transaction, self.module)
            if _is_recorded(self.module, self.step, recorded):
                await transaction.rollback()
                return False
            done = await self._run(transaction)
        except BaseException:
            await transaction.rollback()
            raise
        return done

    async def _run(self, transaction: PostgresTransaction) -> bool | None:
        gentle = await self._gentle(transaction)
        late = frozenset(one for one in gentle if self.step.statements[one].late)
        there = await ahead.announced(transaction, self.module, self.step)
        missing = gentle - late - there.keys()
        if missing or "begun" in there.values():
            await ahead.announce(transaction, self.module, self.step, missing)
            await transaction.commit()
            return None
        ready = await ahead.claim(transaction, self.module, self.step)
        if ready != there.keys():
            # It was taken back between the two questions.
            await transaction.rollback()
            return None
        await self._execute(transaction, ready | late)
        await ahead.leave_for_later(transaction, self.module, self.step, late)
        await self._record(transaction)
        return True

    async def _gentle(self, transaction: Transaction) -> frozenset[int]:
        """Which statements go the gentle way, by the size of their tables now."""
        statements = self.step.statements
        tables = {one.locks[0].table for one in statements if one.gentle is not None}
        counts = await row_counts(transaction, tables, self.large_rows)
        return gently(statements, {name for name, n in counts.items() if not n.exact})

    async def _execute(self, transaction: Transaction, gentle: frozenset[int]) -> None:
        schema = f"CREATE SCHEMA IF NOT EXISTS {quote(self.module)}"
        await transaction.run(Statement(schema))
        for part in resolve(self.step.statements, gentle):
            if part.when == "inside":
                await transaction.run(Statement(part.statement.sql))

    async def _record(self, transaction: Transaction) -> None:
        step = self.step
        row = (
            self.module, step.entity, step.version, step.content_hash,
            ";\n".join(step.sql), sorted(".".join(name) for name in step.tables),
            None if step.down is None else list(step.down),
        )  # fmt: skip
        await transaction.run_last(Statement(_RECORD, row))
