"""Deliveries in the database: claimed, done, failed, and the next one of a queue.

A claim is a lease: `due_at` moves into the future, and a token says whose it is. Who
died with a claim is no obstacle: it falls due again. Who lost a claim finds another
token, or none, and what it did is rolled back. Only the first pending delivery of a
subscriber and key can be claimed; the others wait at infinity, where no query looks for
due ones, until they are first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal

from attrs import define, frozen

from eerp import limits
from eerp.errors import EerpError
from eerp.interfaces import Rows, Statement, Transaction

__all__ = ["ISO", "Ask", "ClaimLost", "Claims", "Delivery", "Kind"]

Kind = Literal["module", "webhook"]
Ask = Callable[[Statement], Awaitable[Rows]]
"""Runs one statement by itself; what others committed is seen, not refused."""

ISO = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
"""How `to_char` writes a time; sessions are in UTC."""

# Asked of single rows: as a join it might read all that wait.
_FIRST = """d.event_id <= coalesce((
    SELECT e.event_id FROM eerp.deliveries e WHERE e.subscriber = d.subscriber
        AND e.key = d.key AND e.state = 'pending' ORDER BY e.event_id LIMIT 1
    ), d.event_id)"""
# Subscribers come in random order, so that none is always served first.
_CLAIM = f"""
WITH subscriber AS (
    SELECT s.subscriber, %s - coalesce(b.busy, 0) AS room
    FROM (SELECT DISTINCT subscriber FROM eerp.subscriptions
          WHERE kind = %s AND (%s::text[] IS NULL OR subscriber = ANY (%s::text[]))) s
    LEFT JOIN unnest(%s::text[], %s::int[]) AS b (subscriber, busy) USING (subscriber)
    ORDER BY random()
), chosen AS (
    SELECT due.id FROM subscriber s CROSS JOIN LATERAL (
        SELECT d.id FROM eerp.deliveries d
        WHERE d.subscriber = s.subscriber AND d.state = 'pending'
            AND d.due_at <= now() AND d.due_at < 'infinity' AND {_FIRST}
        ORDER BY d.due_at, d.id LIMIT greatest(s.room, 0) FOR UPDATE SKIP LOCKED
    ) due LIMIT %s
)
UPDATE eerp.deliveries d
SET due_at = clock_timestamp() + %s * interval '1 second', attempts = d.attempts + 1,
    claim = gen_random_uuid()
FROM chosen, eerp.outbox e
WHERE d.id = chosen.id AND e.id = d.event_id
RETURNING d.id, d.subscriber, d.key, d.attempts, d.claim::text, e.id::text, e.topic,
    e.request_id, e.hops, to_char(e.created_at, '{ISO}'), e.data::text
"""  # noqa: S608  # all parts are constants above
_NEXT = """
SELECT extract(epoch FROM min(next.due_at) - clock_timestamp())::float8
FROM (SELECT DISTINCT subscriber FROM eerp.subscriptions
      WHERE kind = %s AND (%s::text[] IS NULL OR subscriber = ANY (%s::text[]))) s
CROSS JOIN LATERAL (
    SELECT d.due_at FROM eerp.deliveries d
    WHERE d.subscriber = s.subscriber AND d.state = 'pending'
        AND d.due_at > now() AND d.due_at < 'infinity'
    ORDER BY d.due_at LIMIT 1) next
"""
_QUEUED = "d.state = 'pending' AND d.due_at = 'infinity'"
_PROMOTE = f"""
UPDATE eerp.deliveries d SET due_at = clock_timestamp()
WHERE {_QUEUED} AND {_FIRST} AND d.id = ANY (ARRAY(
    SELECT n.id FROM unnest(%s::bigint[]) AS e (id)
    JOIN eerp.deliveries n ON n.event_id = e.id
    UNION ALL
    SELECT n.id FROM unnest(%s::text[], %s::text[]) AS q (subscriber, key)
    CROSS JOIN LATERAL (
        SELECT i.id FROM eerp.deliveries i WHERE i.subscriber = q.subscriber
            AND i.key = q.key AND i.state = 'pending' ORDER BY i.event_id LIMIT 1) n))
"""  # noqa: S608  # all parts are constants above
_PROMOTE_ALL = f"""
UPDATE eerp.deliveries d SET due_at = clock_timestamp()
WHERE {_QUEUED} AND d.kind = %s AND NOT EXISTS (
    SELECT FROM eerp.deliveries e WHERE e.subscriber = d.subscriber AND e.key = d.key
        AND e.state = 'pending' AND e.event_id < d.event_id)
"""  # noqa: S608  # all parts are constants above
_DONE = """
UPDATE eerp.deliveries SET state = 'done', finished_at = clock_timestamp(),
    claim = NULL, error = NULL
WHERE id = %s AND claim = %s AND state = 'pending' RETURNING id
"""
_FAILED = """
UPDATE eerp.deliveries SET state = %s, error = %s, claim = NULL,
    attempts = attempts - %s, due_at = clock_timestamp() + %s * interval '1 second',
    finished_at = CASE WHEN %s = 'dead' THEN clock_timestamp() END
WHERE id = %s AND claim = %s AND state = 'pending' RETURNING id
"""


class ClaimLost(EerpError):
    """Another process has the delivery by now: what was done for it must not stay."""


@frozen
class Delivery:
    """One claimed delivery, and its event: `event_id`, `topic`, `key`, `at` (ISO 8601),
    `request_id` of the request that emitted it, `hops`, how many events led to it, and
    `data`, JSON as it is stored."""

    id: int
    subscriber: str
    key: str | None
    attempt: int
    claim: str
    event_id: str
    topic: str
    request_id: str
    hops: int
    at: str
    data: str


@define(eq=False)
class Claims:
    """The deliveries of one kind, asked for by `ask`. A process serves the subscribers
    `served`; None is all of the kind. A claim holds for `lease_s`."""

    ask: Ask
    kind: Kind
    lease_s: float
    each_max: int
    served: list[str] | None = None

    async def claim(self, room: int, busy: Mapping[str, int]) -> list[Delivery]:
        """At most `room` due deliveries, and at most `each_max` of one subscriber with
        those that it is `busy` with."""
        rows = await self.ask(self.statement(room, busy))
        return sorted((Delivery(*row) for row in rows), key=lambda each: each.id)

    def statement(self, room: int, busy: Mapping[str, int]) -> Statement:
        """What `claim` asks."""
        return Statement(
            _CLAIM,
            (
                self.each_max, self.kind, self.served, self.served,
                list(busy), list(busy.values()), room, self.lease_s,
            ),
        )  # fmt: skip

    async def next_due_s(self) -> float | None:
        """Seconds until another one falls due, if none is put in between."""
        asked = Statement(_NEXT, (self.kind, self.served, self.served))
        seconds: float | None = (await self.ask(asked))[0][0]
        return seconds

    async def promote(
        self, events: Sequence[int], queues: Sequence[tuple[str, str]]
    ) -> None:
        """Let those that are first by now fall due: of these events, and in the queues
        of these (subscriber, key)."""
        subscribers = [subscriber for subscriber, _ in queues]
        keys = [key for _, key in queues]
        await self.ask(Statement(_PROMOTE, (list(events), subscribers, keys)))

    async def promote_all(self) -> None:
        """The same for all of the kind."""
        await self.ask(Statement(_PROMOTE_ALL, (self.kind,)))

    async def finish_in(self, transaction: Transaction, delivery: Delivery) -> None:
        """Mark it done within `transaction`. Raises `ClaimLost`."""
        _held(await transaction.run(_done(delivery)))

    async def finish(self, delivery: Delivery) -> None:
        """Mark it done. Raises `ClaimLost`."""
        _held(await self.ask(_done(delivery)))

    async def fail(
        self, delivery: Delivery, error: str, delay_s: float, *, counts: bool = True
    ) -> None:
        """Another attempt is due in `delay_s`; this one is not counted unless it
        `counts`."""
        await self._fail(delivery, "pending", error, 0 if counts else 1, delay_s)

    async def bury(self, delivery: Delivery, error: str) -> None:
        """No further attempt is made, until somebody replays it."""
        await self._fail(delivery, "dead", error, 0, 0)

    async def _fail(
        self, delivery: Delivery, state: str, error: str, uncounted: int, delay_s: float
    ) -> None:
        kept = error[: limits.DELIVERY_ERROR_CHARACTERS_MAX]
        values = (state, kept, uncounted, delay_s, state, delivery.id, delivery.claim)
        await self.ask(Statement(_FAILED, values))


def _done(delivery: Delivery) -> Statement:
    return Statement(_DONE, (delivery.id, delivery.claim))


def _held(rows: Rows) -> None:
    if not rows:
        raise ClaimLost("Another process delivers this by now.")
