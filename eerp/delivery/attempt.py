"""One attempt at a delivery or a job: how it failed, and what follows of that.

Couriers and jobs ask here, so that the same failure means the same to both.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from attrs import frozen
from twisted.internet.defer import CancelledError

from eerp import limits
from eerp.delivery.backoff import Backoff
from eerp.delivery.claims import ClaimLost
from eerp.errors import EerpError, RequestOutOfTime, ServiceError, StatementTimeout
from eerp.log import Logger, printable

__all__ = ["INTERRUPTED", "Failure", "attempt"]

log = Logger(namespace="eerp.delivery")


@frozen
class Failure:
    """Why an attempt failed, in words fit for the log and for a row.

    Unless it `counts`, nobody could have helped it: a failure of ours or of the
    database is no attempt at the work.
    """

    text: str
    detail: str | None
    counts: bool

    @classmethod
    def of(cls, error: EerpError) -> Failure:
        """What this error says of the attempt that it ended."""
        text = printable(f"{error.code}: {error.message}")
        kept = text[: limits.DELIVERY_ERROR_CHARACTERS_MAX]
        return cls(kept, error.detail, not _is_passing(error))

    def is_last(self, attempt: int, attempts_max: int) -> bool:
        """Whether no attempt follows the one of this number."""
        return self.counts and attempt >= attempts_max

    def delay_s(self, attempt: int, backoff: Backoff) -> float:
        """Seconds until the next; nobody waits for what was interrupted."""
        return 0.0 if self is INTERRUPTED else backoff.delay_s(attempt)


INTERRUPTED = Failure("interrupted", None, counts=False)
"""This process stops, and another one goes on."""


async def attempt(work: Awaitable[None], what: str, **about: Any) -> Failure | None:
    """Do `work`, one `what`; None when it is done, or somebody else does it by now."""
    try:
        await work
    except CancelledError:
        return INTERRUPTED
    except ClaimLost:
        log.info("a {what} was taken over", event=f"{what}_lost", what=what, **about)
    except EerpError as error:
        return Failure.of(error)
    except Exception:
        log.failure("a {what} broke", event=f"{what}_broken", what=what, **about)
        return Failure.of(EerpError(f"The {what} broke."))
    return None


def _is_passing(error: EerpError) -> bool:
    own_fault = (RequestOutOfTime, StatementTimeout)
    return isinstance(error, ServiceError) and not isinstance(error, own_fault)
