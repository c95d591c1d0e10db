"""A module's migrations, from JSON to steps of SQL; pure.

The operations are replayed on paper from the first to the last, so that each one is
checked against the tables as they will be then: a column that is not there, a
default that is not of its type or a second index on the same columns is one clear
sentence before anything is touched. A way back is replayed too, and must lead to the
tables as they were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson
from attrs import frozen

from eerp.migrations.operations import read_operation
from eerp.migrations.replay import Replay, Table
from eerp.migrations.statement import Ddl, TableName, schedule
from eerp.orm.document import Document
from eerp.orm.fields import is_identifier

__all__ = ["Step", "read_migrations"]


@frozen
class Step:
    """One version of one entity: what it says, as a hash, and what does it.

    `down` is the SQL of its way back, or None when there is none. `creates` has the
    tables that it makes.
    """

    entity: str
    version: int
    content_hash: str
    statements: tuple[Ddl, ...]
    down: tuple[str, ...] | None = None
    creates: frozenset[TableName] = frozenset()

    @property
    def sql(self) -> tuple[str, ...]:
        """Its statements, as they run on small tables."""
        return tuple(statement.sql for statement in self.statements)

    @property
    def tables(self) -> frozenset[TableName]:
        """The tables that it has to do with."""
        return frozenset(name for one in self.statements for name in one.tables)


def read_migrations(
    module: str, depends: frozenset[str], migrations: bytes | list[Any]
) -> tuple[Step, ...]:
    """What a module's ``migrate`` answered, as steps in its order.

    Raises `MigrationRefused`, which names module, entity, version and operation.
    """
    replay = Replay(module, depends)
    values = _parse(replay, migrations)
    versions: dict[str, int] = {}
    steps = []
    for value in values:
        step = _read_step(replay, value)
        expected = versions.get(step.entity, 0) + 1
        if step.version != expected:
            replay.fail(
                f"Migrations of {module}: {step.entity} has version {step.version} "
                f"where {expected} must come next."
            )
        versions[step.entity] = expected
        steps.append(step)
    return tuple(steps)


def _parse(replay: Replay, migrations: bytes | list[Any]) -> list[Any]:
    if isinstance(migrations, bytes):
        try:
            migrations = orjson.loads(migrations)
        except orjson.JSONDecodeError:
            replay.fail(f"The migrations of module {replay.module} are not JSON.")
    if not isinstance(migrations, list):
        replay.fail(f"The migrations of module {replay.module} are not a list.")
    return migrations


def _read_step(replay: Replay, value: object) -> Step:
    document = Document.of(f"A migration of {replay.module}", value, replay.fail)
    document.only("entity", "version", "operations", "down")
    entity, version = document.get("entity", str), document.get("version", int)
    if not is_identifier(entity):
        document.refuse(f"has the entity {entity!r}, which is not an identifier")
    replay.step = f"{entity} version {version}"
    before = replay.copy_tables()
    statements = schedule(list(_read_operations(replay, document, "operations")))
    made = replay.tables.keys() - before.keys()
    return Step(
        entity=entity,
        version=version,
        content_hash=_content_hash(document),
        statements=statements,
        down=_read_down(replay, document, before),
        creates=frozenset((replay.module, name) for name in made),
    )


def _content_hash(document: Document) -> str:
    """What was done by a version does not change with the way back that is told."""
    done = {key: value for key, value in document.value.items() if key != "down"}
    content = orjson.dumps(done, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()


def _read_operations(replay: Replay, document: Document, key: str) -> Iterator[Ddl]:
    for number, operation in enumerate(document.get(key, list), 1):
        yield from read_operation(replay, number, operation)


def _read_down(
    replay: Replay, document: Document, before: dict[str, Table]
) -> tuple[str, ...] | None:
    """The way back, replayed on a copy of the tables."""
    if document.value.get("down") is None:
        return None
    back = Replay(replay.module, replay.depends, replay.copy_tables())
    back.step, back.before = f"{replay.step}, down", before
    statements = tuple(_read_operations(back, document, "down"))
    for name in sorted(back.tables.keys() | before.keys()):
        difference = _difference(back.tables.get(name), before.get(name))
        if difference is not None:
            replay.fail(
                f"Migration of {replay.module}, {replay.step}: its way down does not "
                f"lead back: {difference}."
            )
    return tuple(statement.sql for statement in statements)


def _difference(after: Table | None, before: Table | None) -> str | None:
    if after is None or before is None:
        name = next(table.name for table in (after, before) if table is not None)
        return f"table {name} {'is missing' if after is None else 'stays'}"
    wanted = before.shape()
    for part, value in after.shape().items():
        if value != wanted[part]:
            return f"the {part} of {after.name} are not as before"
    return None
