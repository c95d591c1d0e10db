"""A module's migrations, from JSON to steps of SQL; pure.

The operations are replayed on paper from the first to the last, so that each one is
checked against the tables as they will be then: a column that is not there, a
default that is not of its type or a second index on the same columns is one clear
sentence before anything is touched.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from attrs import frozen

from eerp.orm.ddl import read_operation
from eerp.orm.document import Document
from eerp.orm.fields import is_identifier
from eerp.orm.replay import Replay

__all__ = ["Step", "read_migrations"]


@frozen
class Step:
    """One version of one entity: what it says, as a hash, and the SQL that does it."""

    entity: str
    version: int
    content_hash: str
    sql: tuple[str, ...]


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
    document.only("entity", "version", "operations")
    entity, version = document.get("entity", str), document.get("version", int)
    if not is_identifier(entity):
        document.refuse(f"has the entity {entity!r}, which is not an identifier")
    replay.step = f"{entity} version {version}"
    sql: list[str] = []
    for number, operation in enumerate(document.get("operations", list), 1):
        sql.extend(read_operation(replay, number, operation))
    content = orjson.dumps(document.value, option=orjson.OPT_SORT_KEYS)
    return Step(entity, version, hashlib.sha256(content).hexdigest(), tuple(sql))
