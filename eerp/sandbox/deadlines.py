"""One timer for all requests that have the same time to run.

As each has the same time, the one that began first ends first: what began is kept
in that order, and only the oldest is waited for.
"""

from __future__ import annotations

from typing import Protocol

from attrs import define, field
from twisted.internet.interfaces import IReactorTime

__all__ = ["Deadlines", "Expiring"]


class Expiring(Protocol):
    """Something whose time may be over."""

    def expire(self) -> None:
        """The time is over."""


@define(eq=False)
class Deadlines:
    """Expires what runs longer than `deadline_ms`, unless it ended before."""

    clock: IReactorTime
    deadline_ms: int
    _running: dict[Expiring, float] = field(factory=dict)
    _armed: bool = False

    def begin(self, one: Expiring) -> None:
        """The time of `one` begins."""
        self._running[one] = self.clock.seconds() + self.deadline_ms / 1000
        if not self._armed:
            self._arm(self.deadline_ms / 1000)

    def end(self, one: Expiring) -> None:
        """`one` ended; an expired one may end as well."""
        self._running.pop(one, None)

    def _arm(self, seconds: float) -> None:
        self._armed = True
        self.clock.callLater(max(0.0, seconds), self._look)

    def _look(self) -> None:
        now = self.clock.seconds()
        due = [one for one, end in self._running.items() if end <= now]
        try:
            for one in due:
                # The end of one may have been the end of another.
                if self._running.pop(one, None) is not None:
                    one.expire()
        finally:
            self._armed = False
            if self._running:
                self._arm(next(iter(self._running.values())) - now)
