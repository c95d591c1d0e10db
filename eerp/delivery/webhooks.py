"""Webhooks: where integrators want to be told, and of what."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from attrs import field, frozen

from eerp import limits
from eerp.delivery.claims import ISO
from eerp.delivery.hosts import Destination, HostRule, allowed, is_public, parse_url
from eerp.delivery.outbox import CHANNEL
from eerp.delivery.signing import Secrets, fingerprint, shown
from eerp.delivery.statements import Desk
from eerp.delivery.topics import is_pattern
from eerp.errors import Conflict, Fault, NotFound, ValidationFailed
from eerp.interfaces import Statement
from eerp.log import Logger

__all__ = ["Webhook", "Webhooks"]

log = Logger(namespace="eerp.delivery")

_COLUMNS = f"""id::text, url, topics, active, generation, fingerprint,
    coalesce(retiring_until > now(), false), to_char(retiring_until, '{ISO}'),
    to_char(created_at, '{ISO}'), to_char(updated_at, '{ISO}')"""
_LIST = f"SELECT {_COLUMNS} FROM eerp.webhooks ORDER BY created_at, id"  # noqa: S608
_GET = f"SELECT {_COLUMNS} FROM eerp.webhooks WHERE id = %s"  # noqa: S608
_ADD = f"""
WITH made AS (
    INSERT INTO eerp.webhooks (id, url, topics, active, fingerprint, created_by)
    SELECT %s, %s, %s::text[], %s, %s, %s
    WHERE (SELECT count(*) FROM eerp.webhooks) < %s RETURNING *
), heard AS (
    INSERT INTO eerp.subscriptions (kind, subscriber, pattern)
    SELECT 'webhook', made.id::text, unnest(made.topics) FROM made WHERE made.active
)
SELECT {_COLUMNS} FROM made
"""  # noqa: S608  # all parts are constants above
_CHANGE = f"""
WITH made AS (
    UPDATE eerp.webhooks SET url = coalesce(%s, url), updated_at = now(),
        topics = coalesce(%s::text[], topics), active = coalesce(%s, active)
    WHERE id = %s RETURNING *
), unheard AS (
    DELETE FROM eerp.subscriptions s USING made
    WHERE s.kind = 'webhook' AND s.subscriber = made.id::text
        AND (NOT made.active OR s.pattern <> ALL (made.topics))
), heard AS (
    INSERT INTO eerp.subscriptions (kind, subscriber, pattern)
    SELECT 'webhook', made.id::text, unnest(made.topics) FROM made WHERE made.active
    ON CONFLICT DO NOTHING
)
SELECT {_COLUMNS}, pg_notify(%s, '') FROM made
"""  # noqa: S608  # all parts are constants above
_ROTATE = f"""
UPDATE eerp.webhooks SET generation = generation + 1, fingerprint = %s,
    retiring_until = now() + %s * interval '1 second', updated_at = now()
WHERE id = %s AND generation = %s RETURNING {_COLUMNS}
"""  # noqa: S608  # all parts are constants above
_REMOVE = """
WITH unheard AS (
    DELETE FROM eerp.subscriptions WHERE kind = 'webhook' AND subscriber = %s
), undelivered AS (
    DELETE FROM eerp.deliveries WHERE kind = 'webhook' AND subscriber = %s
)
DELETE FROM eerp.webhooks WHERE id = %s RETURNING id
"""


@frozen
class Webhook:
    """One webhook. `retiring` says whether the secret of the generation before this one
    still holds. Times are ISO 8601."""

    id: str
    url: str
    topics: Sequence[str]
    active: bool
    generation: int
    fingerprint: bytes
    retiring: bool
    retiring_until: str | None
    created_at: str
    updated_at: str

    @classmethod
    def of(cls, row: Sequence[Any]) -> Webhook:
        """From a row of its columns."""
        values = list(row)
        values[5] = bytes(values[5])
        return cls(*values)


@frozen
class Webhooks:
    """Makes, changes and removes webhooks. `allow` lists the hosts that may be private,
    or be called without TLS."""

    desk: Desk
    secrets: Secrets
    allow: Sequence[HostRule] = field(default=())

    async def all(self) -> list[Webhook]:
        """Every webhook, the oldest first."""
        return [Webhook.of(row) for row in await self.desk.read(Statement(_LIST))]

    async def get(self, webhook: str) -> Webhook:
        """One webhook. Raises `NotFound`."""
        rows = await self.desk.read(Statement(_GET, (_known(webhook),)))
        return _one(rows)

    async def add(
        self, url: str, topics: Sequence[str], *, active: bool, actor: str
    ) -> tuple[Webhook, str]:
        """A new webhook and its secret, which is never told again.

        Raises `ValidationFailed`, and `Conflict` when there are WEBHOOKS_MAX.
        """
        self._check(url, topics)
        made = str(uuid.uuid4())
        secret = self.secrets.of(made, 1)
        values = (
            made, url, list(topics), active, fingerprint(secret), actor,
            limits.WEBHOOKS_MAX,
        )  # fmt: skip
        rows = await self.desk.write(Statement(_ADD, values), actor)
        if not rows:
            raise Conflict(f"There are {limits.WEBHOOKS_MAX} webhooks already.")
        _note("made", made, actor)
        return Webhook.of(rows[0]), shown(secret)

    async def change(
        self,
        webhook: str,
        *,
        url: str | None,
        topics: Sequence[str] | None,
        active: bool | None,
        actor: str,
    ) -> Webhook:
        """Change what is not None. What waits for it is kept while it is not active.

        Raises `NotFound` and `ValidationFailed`.
        """
        self._check(url, topics)
        listed = None if topics is None else list(topics)
        values = (url, listed, active, _known(webhook), CHANNEL)
        rows = await self.desk.write(Statement(_CHANGE, values), actor)
        changed = _one([row[:-1] for row in rows])
        _note("changed", changed.id, actor)
        return changed

    async def rotate(self, webhook: str, *, actor: str) -> tuple[Webhook, str]:
        """A new secret; the one before it holds for WEBHOOK_ROTATION_S more, and signs
        too. Raises `NotFound`, and `Conflict` when another does the same."""
        found = await self.get(webhook)
        secret = self.secrets.of(found.id, found.generation + 1)
        values = (
            fingerprint(secret), limits.WEBHOOK_ROTATION_S, found.id, found.generation,
        )  # fmt: skip
        rows = await self.desk.write(Statement(_ROTATE, values), actor)
        if not rows:
            raise Conflict("The webhook's secret was changed a moment ago.")
        _note("given a new secret", found.id, actor)
        return Webhook.of(rows[0]), shown(secret)

    async def remove(self, webhook: str, *, actor: str) -> None:
        """Remove it, and all that waits for it. Raises `NotFound`."""
        known = _known(webhook)
        values = (known, known, known)
        _one_row(await self.desk.write(Statement(_REMOVE, values), actor))
        _note("removed", known, actor)

    def permits(self, to: Destination) -> bool:
        """Whether the operator lets a webhook lead to a private address by this host,
        and by plain HTTP."""
        return allowed(self.allow, to) is not None

    def _check(self, url: str | None, topics: Sequence[str] | None) -> None:
        faults = [] if url is None else self._url_faults(url)
        faults += _topic_faults(topics or ())
        if faults:
            raise ValidationFailed(
                "The webhook cannot be as asked.", errors=tuple(faults)
            )

    def _url_faults(self, url: str) -> list[Fault]:
        try:
            to = parse_url(url)
        except ValueError as error:
            return [Fault("/url", "url", f"url {error}")]
        if self.permits(to):
            return []
        if to.scheme != "https":
            return [Fault("/url", "url", "url must begin with https://")]
        if to.address is not None and not is_public(to.address):
            return [Fault("/url", "host", "url leads to a private address")]
        return []


def _note(what: str, webhook: str, actor: str) -> None:
    log.info("webhook {webhook} {what}", event="webhook_changed", webhook=webhook,
             what=what, user_id=actor)  # fmt: skip


def _topic_faults(topics: Sequence[str]) -> list[Fault]:
    return [
        Fault(
            f"/topics/{place}",
            "topic",
            "a topic is like crm.contacts.merged, or crm.* for all that begin so",
        )
        for place, topic in enumerate(topics)
        if not is_pattern(topic)
    ]


def _known(webhook: str) -> str:
    """The id as it is stored."""
    try:
        return str(uuid.UUID(webhook))
    except ValueError:
        raise _unknown() from None


def _one(rows: Sequence[Sequence[Any]]) -> Webhook:
    return Webhook.of(_one_row(rows))


def _one_row(rows: Sequence[Sequence[Any]]) -> Sequence[Any]:
    if not rows:
        raise _unknown()
    return rows[0]


def _unknown() -> NotFound:
    return NotFound("There is no such webhook.")
