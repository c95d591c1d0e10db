"""`eerp.sequences.next`: numbers for invoices and the like.

Without gaps, a number belongs to its transaction: its row is locked until then, and a
transaction that is rolled back gives the number back. With gaps allowed, nobody waits
for anybody. The two count apart, also under one name.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from eerp import limits
from eerp.errors import SerializationFailed
from eerp.interfaces import ServiceContext, Statement
from eerp.services.offer import CoreOffer
from eerp.services.scope import NAME_SCHEMA, company

__all__ = ["SEQUENCES"]

_NEXT = (
    "INSERT INTO eerp.sequences AS s (module, company_id, name, period, value)"
    " VALUES (%s, %s, %s, %s, %s)"
    " ON CONFLICT (module, company_id, name, period)"
    " DO UPDATE SET value = s.value + 1 RETURNING value"
)
_NEXT_WITH_GAPS = "SELECT eerp.next_with_gaps(%s, %s)"
_PERIODS = {"never": "", "yearly": "%Y", "monthly": "%Y-%m"}


async def _next(context: ServiceContext, given: dict[str, Any]) -> dict[str, Any]:
    day = _day(context, given.get("date"))
    period = day.strftime(_PERIODS[given.get("reset", "never")])
    owner = company(context) if given.get("per_company", True) else None
    key = (context.module, owner, given["name"], period)
    first = given.get("start", 1)
    if given.get("gapless", True):
        number = await _next_in_turn(context, key, first)
    else:
        name = "/".join(part or "-" for part in key)
        asked = Statement(_NEXT_WITH_GAPS, (name, first))
        number = int((await context.transaction.run(asked))[0][0])
    return {"number": number, "text": _text(given, day, number), "period": period}


async def _next_in_turn(
    context: ServiceContext, key: tuple[str | None, ...], first: int
) -> int:
    """Whoever failed on this sequence waits for the others that did, whatever else
    they ask for."""
    try:
        rows = await context.transaction.run(Statement(_NEXT, (*key, first)))
    except SerializationFailed as error:
        error.subject = ("eerp.sequences", *key)
        raise
    return int(rows[0][0])


def _day(context: ServiceContext, given: str | None) -> date:
    if given is not None:
        return date.fromisoformat(given)
    return datetime.fromtimestamp(context.clock.seconds(), UTC).date()


def _text(given: dict[str, Any], day: date, number: int) -> str:
    prefix: str = given.get("prefix", "")
    for name, part in (("{year}", "%Y"), ("{month}", "%m"), ("{day}", "%d")):
        prefix = prefix.replace(name, day.strftime(part))
    return f"{prefix}{number:0{given.get('padding', 1)}}"


SEQUENCES = (
    CoreOffer(
        name="eerp.sequences.next",
        summary="The next number of a sequence, without gaps unless they are allowed",
        input={
            "type": "object",
            "additionalProperties": False,
            "required": ["name"],
            "properties": {
                "name": NAME_SCHEMA,
                "gapless": {"type": "boolean"},
                "per_company": {"type": "boolean"},
                "reset": {"enum": list(_PERIODS)},
                "date": {"type": "string", "format": "date"},
                "prefix": {"type": "string", "maxLength": 100},
                "padding": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": limits.SEQUENCE_DIGITS_MAX,
                },
                "start": {"type": "integer", "minimum": 0, "maximum": 10**15},
            },
        },
        output={
            "type": "object",
            "required": ["number", "text", "period"],
            "properties": {
                "number": {"type": "integer"},
                "text": {"type": "string"},
                "period": {"type": "string"},
            },
        },
        run=_next,
    ),
)
"""The services of the sequences."""
