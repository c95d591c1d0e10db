"""The loop that takes what is due and has it done, so many at once.

It turns when it is woken: by a notification, by something that ended, by the clock when
the next falls due, and slowly by itself, should all of that have failed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

from attrs import define, field
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime

from eerp import limits
from eerp.errors import EerpError
from eerp.log import Logger

__all__ = ["Pump", "Source"]

log = Logger(namespace="eerp.delivery")

T = TypeVar("T")
# A timer may be early by a hair, and would then find nothing.
_MARGIN_S = 0.002


class Source(Protocol[T]):
    """Work that falls due."""

    async def claim(self, room: int) -> Sequence[T]:
        """Take at most `room` that are due, for nobody else to take."""

    async def next_due_s(self) -> float | None:
        """Seconds until the next falls due, if it is known."""

    async def run(self, work: T) -> None:
        """Do it, and note what came of it. When it is cancelled, give it back."""


@define(eq=False)
class Pump(Generic[T]):
    """Runs the work of `source`, `at_once` at a time. Nothing runs before `wake`."""

    source: Source[T]
    clock: IReactorTime
    at_once: int
    _running: set[Deferred[None]] = field(factory=set)
    _timer: Any = None
    _woken: bool = False
    _turning: bool = False
    _stopped: bool = False
    _failing: bool = False
    _idle: list[Deferred[None]] = field(factory=list)

    @property
    def running(self) -> int:
        """How many are being done."""
        return len(self._running)

    def wake(self) -> None:
        """Look for what is due, now or when the present look is over."""
        if self._stopped:
            return
        self._woken = True
        if not self._turning:
            self._turning = True
            Deferred.fromCoroutine(self._turn())

    async def stop(self, within_s: float) -> None:
        """Take nothing more, wait `within_s` for what is done now, cancel the rest."""
        self._stopped = True
        self._disarm()
        if not self._running and not self._turning:
            return
        idle: Deferred[None] = Deferred()
        self._idle.append(idle)
        late = self.clock.callLater(within_s, self._cancel_all)
        await idle
        if late.active():
            late.cancel()

    def _cancel_all(self) -> None:
        for work in tuple(self._running):
            work.cancel()

    async def _turn(self) -> None:
        """Claim until there is nothing due, or no room."""
        try:
            while self._woken and not self._stopped:
                self._woken = False
                await self._take()
            self._note_well()
        except EerpError as error:
            self._note_failure(error)
            self._arm(limits.DELIVERY_RETRY_S)
        except Exception:
            log.failure("what is due could not be taken", event="delivery_broken")
            self._arm(limits.DELIVERY_RETRY_S)
        finally:
            self._turning = False
            self._tell_idle()

    async def _take(self) -> None:
        room = self.at_once - len(self._running)
        if room <= 0:
            # What ends wakes us.
            return
        claimed = await self.source.claim(room)
        for work in claimed:
            self._start(work)
        if len(claimed) == room:
            self._woken = True
        elif not self._woken and not self._stopped:
            self._arm(await self.source.next_due_s())

    def _start(self, work: T) -> None:
        done = Deferred.fromCoroutine(self.source.run(work))
        self._running.add(done)
        done.addErrback(_note_unexpected).addBoth(lambda _: self._ended(done))

    def _ended(self, done: Deferred[None]) -> None:
        self._running.discard(done)
        self._tell_idle()
        self.wake()

    def _arm(self, seconds: float | None) -> None:
        """Wake in `seconds`, and soon in any case."""
        self._disarm()
        if self._stopped:
            return
        slow_s = limits.DELIVERY_POLL_S * random.uniform(0.5, 1)
        wait_s = slow_s if seconds is None else min(slow_s, seconds + _MARGIN_S)
        self._timer = self.clock.callLater(max(wait_s, 0), self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.wake()

    def _disarm(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _tell_idle(self) -> None:
        if self._stopped and not self._running and not self._turning:
            waiting, self._idle = self._idle, []
            for idle in waiting:
                idle.callback(None)

    def _note_failure(self, error: EerpError) -> None:
        """Once, for it will fail again and again while the database is away."""
        if not self._failing:
            log.warn(
                "what is due cannot be taken: {reason}",
                event="delivery_halted", reason=error.message, detail=error.detail,
            )  # fmt: skip
        self._failing = True

    def _note_well(self) -> None:
        if self._failing:
            log.info("what is due is taken again", event="delivery_resumed")
        self._failing = False


def _note_unexpected(failure: Any) -> None:
    if not failure.check(CancelledError):
        log.failure("a delivery broke", failure=failure, event="delivery_broken")
