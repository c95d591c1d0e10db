"""How long to wait after a failed attempt; pure."""

from __future__ import annotations

import random
from collections.abc import Callable

from attrs import frozen

from eerp import limits

__all__ = ["HANDLERS", "JOBS", "WEBHOOKS", "Backoff"]

_JITTER_MIN = 0.5


@frozen
class Backoff:
    """`base_s` seconds after the first failure, `factor` times that after the next, and
    never more than `cap_s`; of each, a random half to the whole, so that what failed
    together does not come back together."""

    base_s: float
    factor: float
    cap_s: float

    def delay_s(
        self, attempt: int, uniform: Callable[[float, float], float] = random.uniform
    ) -> float:
        """Seconds to wait after the attempt of this number, from 1."""
        # The exponent is bounded so that no number of attempts overflows a float.
        longest = min(self.base_s * self.factor ** min(attempt - 1, 64), self.cap_s)
        return longest * uniform(_JITTER_MIN, 1.0)


HANDLERS = Backoff(limits.DELIVERY_BACKOFF_S, 2, limits.DELIVERY_BACKOFF_S_MAX)
"""For handlers of modules."""
WEBHOOKS = Backoff(limits.WEBHOOK_BACKOFF_S, 3, limits.WEBHOOK_BACKOFF_S_MAX)
"""For webhooks: their owners need hours to mend them."""
JOBS = Backoff(limits.JOB_BACKOFF_S, 2, limits.JOB_BACKOFF_S_MAX)
"""For jobs."""
