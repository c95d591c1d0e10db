"""When a job is due, by a cron expression in UTC; pure."""

from __future__ import annotations

from datetime import datetime

from cronsim import CronSim, CronSimError

__all__ = ["CronRefused", "next_due"]

_FIELDS = 5


class CronRefused(ValueError):
    """Not a cron expression, or one that is never due."""


def next_due(expression: str, after: datetime) -> datetime:
    """The first time after `after`, which is in UTC, that `expression` names.

    Raises `CronRefused`. The expression has five fields: minute, hour, day of the
    month, month, day of the week.
    """
    if len(expression.split()) != _FIELDS:
        raise CronRefused(
            "needs five fields: minute, hour, day, month, day of the week"
        )
    try:
        return next(CronSim(expression, after))
    except StopIteration:
        raise CronRefused("is never due") from None
    except CronSimError as error:
        raise CronRefused(f"cannot be read: {error}") from None
    except (ValueError, AssertionError, OverflowError, RecursionError):
        raise CronRefused("cannot be read") from None
