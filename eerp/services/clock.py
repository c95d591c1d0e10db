"""`eerp.clock.now`: the time, in any zone; a module has no table of zones."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from eerp.errors import Fault, ValidationFailed
from eerp.interfaces import ServiceContext
from eerp.services.offer import CoreOffer

__all__ = ["CLOCK"]


async def _now(context: ServiceContext, given: dict[str, Any]) -> dict[str, Any]:
    seconds = context.clock.seconds()
    name = given.get("zone") or "UTC"
    local = datetime.fromtimestamp(seconds, UTC).astimezone(_zone(name))
    offset = local.utcoffset()
    return {
        "at": local.astimezone(UTC).isoformat(timespec="milliseconds"),
        "ms": int(seconds * 1000),
        "zone": name,
        "date": local.date().isoformat(),
        "time": local.time().isoformat(timespec="milliseconds"),
        "offset_s": 0 if offset is None else int(offset.total_seconds()),
    }


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fault = Fault("/zone", "zone", "is not a time zone such as Europe/Vienna")
        raise ValidationFailed(
            f"There is no time zone {name}.", errors=(fault,)
        ) from None


CLOCK = (
    CoreOffer(
        name="eerp.clock.now",
        summary="The time now, in UTC and in a time zone",
        input={
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "zone": {
                    "type": ["string", "null"],
                    "pattern": "^[A-Za-z0-9_+/-]{1,64}$",
                }
            },
        },
        output={
            "type": "object",
            "required": ["at", "ms", "zone", "date", "time", "offset_s"],
            "properties": {
                "at": {"type": "string", "format": "date-time"},
                "ms": {"type": "integer"},
                "zone": {"type": "string"},
                "date": {"type": "string", "format": "date"},
                "time": {"type": "string"},
                "offset_s": {"type": "integer"},
            },
        },
        run=_now,
    ),
)
"""The services of the clock."""
