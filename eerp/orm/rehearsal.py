"""What a transaction has written so far, for who asks before it is committed.

It is read from the audit trail and the outbox. A transaction's rows are the last ones
of the lane that its session holds, so the primary key finds them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from attrs import frozen

from eerp.errors import Forbidden
from eerp.interfaces import MANAGE_DELIVERIES, Identity, Statement, Transaction
from eerp.limits import WRITES_SHOWN_MAX
from eerp.orm.access import companies_of
from eerp.orm.audited import Source, refuse_limited, shown, sources
from eerp.orm.model import Model

__all__ = ["Writes", "affected", "writes"]

# What waits for COMMIT to be checked is checked now.
_CHECK = Statement("SET CONSTRAINTS ALL IMMEDIATE")
_TAIL = """
(SELECT * FROM eerp.audit
  WHERE lane = nullif(current_setting('eerp.audit_lane', true), '')::integer
  ORDER BY seq DESC LIMIT %s) a
 WHERE a."transaction" = current_setting('eerp.transaction', true)
"""
_COUNT = f"SELECT count(*) FROM {_TAIL}"  # noqa: S608  # a constant
_WRITES = f"""
SELECT a.model, a.record_id::text, a.action, a.before::text, a.after::text
  FROM {_TAIL} ORDER BY a.seq
"""  # noqa: S608  # a constant
_EVENTS = Statement(
    "SELECT topic, key, data::text FROM eerp.outbox"
    " WHERE \"transaction\" = current_setting('eerp.transaction', true)"
    " ORDER BY id"
)


@frozen
class Writes:
    """What was written, in order. `records` are changes of records, the first
    WRITES_SHOWN_MAX of them when `cut`; `events` are what was emitted."""

    records: list[dict[str, Any]]
    events: list[dict[str, Any]]
    cut: bool = False


async def affected(transaction: Transaction, most: int) -> int:
    """How many changes of records there are; `most` + 1 stands for any number above."""
    if not transaction.begun:
        return 0
    rows = await transaction.run(Statement(_COUNT, (most + 1,)))
    return int(rows[0][0])


async def writes(
    transaction: Transaction, models: Iterable[Model], identity: Identity | None
) -> Writes:
    """What was written, as `identity` may see it: the values of a record only of a
    model of which the caller may read every record, and of it only those fields.

    Raises what COMMIT would raise, such as `Conflict`.
    """
    if not transaction.begun:
        return Writes([], [])
    await transaction.run(_CHECK)
    rows = await transaction.run(Statement(_WRITES, (WRITES_SHOWN_MAX + 1,)))
    events = await transaction.run(_EVENTS)
    seen = _Seen.by(models, identity)
    return Writes(
        [seen.change(*row) for row in rows[:WRITES_SHOWN_MAX]],
        [seen.event(*row) for row in events],
        cut=len(rows) > WRITES_SHOWN_MAX,
    )


@frozen
class _Seen:
    """The tables of which the caller may see what was written, each with its model."""

    tables: dict[str, tuple[Source, Model]]
    identity: Identity | None

    @classmethod
    def by(cls, models: Iterable[Model], identity: Identity | None) -> _Seen:
        tables = {
            source.model: (source, model)
            for model in models
            if identity is not None and _reads_all(model, identity)
            for source in sources(model)
        }
        return cls(tables, identity)

    def change(
        self,
        table: str,
        record_id: str,
        action: str,
        before: str | None,
        after: str | None,
    ) -> dict[str, Any]:
        """One change as JSON."""
        change: dict[str, Any] = {"model": table, "id": record_id, "action": action}
        if table in self.tables and self.identity is not None:
            source, model = self.tables[table]
            rows = [row for row in (before, after) if row is not None]
            if all(_is_ours(source, model, self.identity, row) for row in rows):
                change["before"] = shown(source, self.identity, before)
                change["after"] = shown(source, self.identity, after)
        return change

    def event(self, topic: str, key: str | None, data: str) -> dict[str, Any]:
        """One event as JSON; its data may say more of records than the caller may read,
        and is for who sees all events."""
        event: dict[str, Any] = {"topic": topic, "key": key}
        if self.identity is not None and self.identity.may(MANAGE_DELIVERIES):
            event["data"] = orjson.loads(data)
        return event


def _is_ours(source: Source, model: Model, identity: Identity, row: str) -> bool:
    """Whether a row is of a company that the caller may act in, or of all of them. A
    row that another module keeps of a record does not say."""
    if model.company is None or identity.unscoped:
        return True
    company = orjson.loads(row).get(model.company) if source.own else ""
    return company is None or company in companies_of(identity)


def _reads_all(model: Model, identity: Identity) -> bool:
    if not identity.may(f"{model.module}.{model.name}.read"):
        return False
    try:
        refuse_limited(model, identity)
    except Forbidden:
        return False
    return True
