"""What people ask of deliveries: which there are, why one failed, and again please."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from eerp.delivery.claims import ISO
from eerp.delivery.outbox import CHANNEL
from eerp.delivery.statements import Desk
from eerp.errors import Conflict, NotFound
from eerp.interfaces import Statement

__all__ = ["Ledger"]

_NUMBER_MAX = 2**63 - 1
_DELIVERY = f"""
SELECT d.id, json_build_object(
    'id', d.id::text, 'event_id', e.id::text, 'topic', e.topic, 'key', e.key,
    'module', e.module, 'subscriber', d.subscriber, 'kind', d.kind, 'state', d.state,
    'attempts', d.attempts, 'error', d.error, 'request_id', e.request_id,
    'at', to_char(e.created_at, '{ISO}'),
    'due_at', CASE WHEN d.state = 'pending' AND d.due_at < 'infinity'
        THEN to_char(d.due_at, '{ISO}') END,
    'finished_at', to_char(d.finished_at, '{ISO}'){{more}})
FROM eerp.deliveries d JOIN eerp.outbox e ON e.id = d.event_id
"""  # noqa: S608  # all parts are constants
_LIST = (
    _DELIVERY.format(more="")
    + "WHERE d.state = %s AND d.id < %s ORDER BY d.id DESC LIMIT %s"
)
_GET = _DELIVERY.format(more=", 'data', e.data") + "WHERE d.id = %s"
_EVENTS = f"""
SELECT e.id::text, to_char(e.created_at, '{ISO}'), e.topic, coalesce(e.key, '-'),
    count(d.id)::text, count(d.id) FILTER (WHERE d.state = 'done')::text,
    count(d.id) FILTER (WHERE d.state = 'dead')::text
FROM (SELECT * FROM eerp.outbox ORDER BY id DESC LIMIT %s) e
LEFT JOIN eerp.deliveries d ON d.event_id = e.id
GROUP BY e.id, e.created_at, e.topic, e.key ORDER BY e.id DESC
"""  # noqa: S608  # all parts are constants
_JOBS = f"""
SELECT module || '.' || name, cron, to_char(due_at, '{ISO}'), attempts::text,
    coalesce(to_char(last_ended_at, '{ISO}'), '-'), coalesce(last_outcome, '-'),
    coalesce(error, '-')
FROM eerp.jobs ORDER BY module, name
"""  # noqa: S608  # all parts are constants
_JOB_LIST = f"""
SELECT json_build_object(
    'module', module, 'name', name, 'cron', cron,
    'state', CASE WHEN claim IS NOT NULL AND run_at > now() THEN 'running'
                  WHEN attempts > 0 THEN 'retrying' ELSE 'waiting' END,
    'next_run_at',
        to_char(CASE WHEN claim IS NULL THEN run_at ELSE due_at END, '{ISO}'),
    'attempts', attempts, 'last_run_at', to_char(last_ended_at, '{ISO}'),
    'last_outcome', last_outcome, 'error', error)
FROM eerp.jobs ORDER BY module, name
"""  # noqa: S608  # all parts are constants
_REPLAY = """
WITH again AS (
    UPDATE eerp.deliveries SET state = 'pending', attempts = 0, claim = NULL,
        due_at = now(), finished_at = NULL
    WHERE state = 'dead' AND {which} RETURNING id
)
SELECT count(*), pg_notify(%s, '') FROM again
"""
_REPLAY_ONE = _REPLAY.format(which="id = %s")
_REPLAY_ALL = _REPLAY.format(which="true")


@frozen
class Ledger:
    """Reads deliveries, events and jobs, and replays what is dead."""

    desk: Desk

    async def deliveries(
        self, state: str, limit: int, before: int | None
    ) -> tuple[list[dict[str, Any]], int | None]:
        """A page of deliveries in `state`, the newest first, with an id lower than
        `before`; and what is `before` for the next page, if there is one."""
        start = _NUMBER_MAX if before is None else before
        rows = await self.desk.read(Statement(_LIST, (state, start, limit + 1)))
        page = rows[:limit]
        following = page[-1][0] if len(rows) > limit else None
        return [row[1] for row in page], following

    async def delivery(self, number: int) -> dict[str, Any]:
        """One delivery, with the data of its event. Raises `NotFound`."""
        rows = await self.desk.read(Statement(_GET, (number,)))
        if not rows:
            raise NotFound("There is no such delivery.")
        found: dict[str, Any] = rows[0][1]
        return found

    async def replay(self, number: int, *, actor: str | None) -> dict[str, Any]:
        """Let a dead delivery be tried again, as if for the first time.

        Raises `NotFound`, and `Conflict` for one that is not dead.
        """
        values = (number, CHANNEL)
        rows = await self.desk.write(Statement(_REPLAY_ONE, values), actor)
        found = await self.delivery(number)
        if rows[0][0] == 0:
            raise Conflict(f"The delivery is {found['state']}; only a dead one is"
                           " replayed.")  # fmt: skip
        return found

    async def replay_all(self, *, actor: str | None) -> int:
        """The same for all that are dead; how many."""
        rows = await self.desk.write(Statement(_REPLAY_ALL, (CHANNEL,)), actor)
        count: int = rows[0][0]
        return count

    async def events(self, limit: int) -> list[Sequence[str]]:
        """The last events: id, time, topic, key, and of how many deliveries how many
        are done and dead."""
        return [
            tuple(row) for row in await self.desk.read(Statement(_EVENTS, (limit,)))
        ]

    async def job_list(self) -> list[dict[str, Any]]:
        """All jobs as JSON values, with what they do at this moment."""
        return [job for (job,) in await self.desk.read(Statement(_JOB_LIST))]

    async def jobs(self) -> list[Sequence[str]]:
        """All jobs: name, schedule, when due next, failed attempts for that, when the
        last one ended and how, and what the last failure was."""
        return [tuple(row) for row in await self.desk.read(Statement(_JOBS))]
