"""One timer a connection, looked at when it fires and not whenever a deadline moves.

Each request moves its connection's deadline three times: to that of the headers, to
none while it is served, and to that of the next one. Twisted moves a timer each time;
here only the number moves, and a timer that fires too early is set anew.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field
from twisted.internet.interfaces import IDelayedCall, IReactorTime

__all__ = ["Timeout"]


@define(eq=False)
class Timeout:
    """Calls `expired` at the deadline that was set last, if there is one."""

    clock: IReactorTime
    expired: Callable[[], None]
    _due: float | None = None
    _timer: IDelayedCall | None = field(default=None)

    def set(self, seconds: float | None) -> None:
        """Expire in `seconds` from now; None for never."""
        if seconds is None:
            self._due = None
            return
        self._due = self.clock.seconds() + seconds
        if self._timer is None or self._timer.getTime() > self._due:
            self.close()
            self._arm(seconds)

    def close(self) -> None:
        """Let no timer be left."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _arm(self, seconds: float) -> None:
        self._timer = self.clock.callLater(seconds, self._fire)

    def _fire(self) -> None:
        self._timer = None
        if self._due is None:
            return
        left = self._due - self.clock.seconds()
        if left > 0:
            self._arm(left)
        else:
            self._due = None
            self.expired()
