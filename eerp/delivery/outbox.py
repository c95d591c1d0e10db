"""The outbox: what modules tell of, written in the transaction of what they tell.

One statement writes the event, finds who hears of it, makes a delivery for each, and
notifies: PostgreSQL sends that when the transaction commits, and not before. So an
event is delivered if and only if what it tells was committed, however late.

Events of one module with one key are written one after the other, each when the
transaction of the one before it has ended: their ids are in the order of the commits.
"""

from __future__ import annotations

import re
from typing import Any

import orjson
from attrs import frozen

from eerp import limits
from eerp.delivery.topics import is_topic, matching, owned
from eerp.errors import Fault, ValidationFailed
from eerp.interfaces import Statement, Transaction

__all__ = ["CHANNEL", "TransactionOutbox"]

CHANNEL = "eerp_outbox"
"""What is notified; the payload is empty, or the id of an event that had to queue."""

# An escape, and no backslash that is escaped itself before it.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_LOCK = "pg_advisory_xact_lock(hashtextextended(%s, 0))"
_NO_LOCK = "%s"
# How many events a transaction has is kept in a setting, which ends with it, and goes
# back with a savepoint.
_EMIT = """
WITH turn AS MATERIALIZED (
    SELECT set_config('eerp.events', (coalesce(nullif(
        current_setting('eerp.events', true), ''), '0')::int + 1)::text, true)::int
        AS number, {lock} AS lock
), event AS (
    INSERT INTO eerp.outbox
        (topic, key, data, module, request_id, actor, hops, "transaction")
    SELECT %s, %s, %s::jsonb, %s, %s, %s, %s::integer,
        current_setting('eerp.transaction', true)
    FROM turn WHERE number <= %s
    RETURNING id, key
), delivery AS (
    INSERT INTO eerp.deliveries (event_id, kind, subscriber, key, due_at)
    SELECT event.id, s.kind, s.subscriber, event.key, CASE WHEN EXISTS (
        SELECT FROM eerp.deliveries d WHERE d.subscriber = s.subscriber
            AND d.key = event.key AND d.state = 'pending'
        ) THEN 'infinity' ELSE now() END
    FROM event, (SELECT DISTINCT kind, subscriber FROM eerp.subscriptions
                 WHERE pattern = ANY (%s)) s
    RETURNING due_at = 'infinity' AS queues
), told AS (
    SELECT pg_notify(%s, CASE WHEN bool_or(queues)
        THEN (SELECT id FROM event)::text ELSE '' END)
    FROM delivery HAVING count(*) > 0
)
SELECT event.id::text, (SELECT count(*) FROM told) FROM event
"""
_EMIT_IN_ORDER = _EMIT.format(lock=_LOCK)
_EMIT_FREELY = _EMIT.format(lock=_NO_LOCK)


@frozen
class TransactionOutbox:
    """See `eerp.interfaces.Outbox`."""

    async def emit(
        self,
        transaction: Transaction,
        *,
        module: str,
        request_id: str,
        actor: str | None,
        topic: object,
        key: object,
        data: object,
        hops: int = 0,
    ) -> dict[str, Any]:
        """Write an event of `module` in `transaction`; answers its id.

        Raises `ValidationFailed` for what `topic`, `key` and `data` may not be, and for
        more events than EVENTS_PER_TRANSACTION_MAX; and for the last of more than
        EVENT_HOPS_MAX `hops`, so that modules that answer each other come to an end.
        """
        name, text = _topic(module, topic), _data(data)
        faults = _key_faults(key) + _hop_faults(hops)
        if faults:
            raise _refused(*faults)
        statement = Statement(
            _EMIT_FREELY if key is None else _EMIT_IN_ORDER,
            (
                None if key is None else f"eerp.event {module} {key}",
                name, key, text, module, request_id, actor, hops,
                limits.EVENTS_PER_TRANSACTION_MAX, matching(name), CHANNEL,
            ),
        )  # fmt: skip
        rows = await transaction.run(statement)
        if not rows:
            most = limits.EVENTS_PER_TRANSACTION_MAX
            message = f"One request emits {most} events at most."
            raise _refused(Fault("", "too_many", message))
        return {"id": rows[0][0]}


def _topic(module: str, topic: object) -> str:
    name = owned(module, topic) if isinstance(topic, str) else topic
    if not is_topic(name):
        most = limits.TOPIC_CHARACTERS_MAX
        message = (
            "A topic is words of small letters, digits and underscores with dots"
            f" between them, such as {module}.contacts.merged, of at most {most}"
            " characters."
        )
        raise _refused(Fault("/topic", "topic", message))
    assert isinstance(name, str)
    return name


def _data(data: object) -> str:
    text = orjson.dumps(data)
    if len(text) > limits.EVENT_DATA_BYTES_MAX:
        message = f"An event has {limits.EVENT_DATA_BYTES_MAX} bytes of data at most."
        raise _refused(Fault("/data", "too_long", message))
    if _NUL.search(text):
        message = "A text holds a NUL character, which cannot be stored."
        raise _refused(Fault("/data", "invalid_text", message))
    return text.decode()


def _key_faults(key: object) -> tuple[Fault, ...]:
    if key is None:
        return ()
    most = limits.EVENT_KEY_CHARACTERS_MAX
    if not isinstance(key, str) or not 1 <= len(key) <= most:
        message = f"A key is a text of 1 to {most} characters, or null."
        return (Fault("/key", "key", message),)
    if "\x00" in key:
        message = "A key holds a NUL character, which cannot be stored."
        return (Fault("/key", "invalid_text", message),)
    return ()


def _hop_faults(hops: int) -> tuple[Fault, ...]:
    if hops <= limits.EVENT_HOPS_MAX:
        return ()
    message = (
        f"This event would be the last of a chain of more than {limits.EVENT_HOPS_MAX},"
        " each emitted on hearing of the one before."
    )
    return (Fault("", "too_many", message),)


def _refused(*faults: Fault) -> ValidationFailed:
    return ValidationFailed(faults[0].message, errors=faults)
