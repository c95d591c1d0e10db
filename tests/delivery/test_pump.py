"""The loop takes what is due: so many at once, and when it is due."""

from __future__ import annotations

from attrs import define, field
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock

from eerp import limits
from eerp.delivery.pump import Pump
from eerp.errors import DatabaseUnavailable


@define(eq=False)
class Work:
    """A source whose work ends when the test says so."""

    due: list[int] = field(factory=list)
    later_s: float | None = None
    error: Exception | None = None
    gate: Deferred[None] | None = None
    running: dict[int, Deferred[None]] = field(factory=dict)
    cancelled: list[int] = field(factory=list)

    async def claim(self, room: int) -> list[int]:
        if self.error is not None:
            raise self.error
        taken, self.due = self.due[:room], self.due[room:]
        if self.gate is not None:
            await self.gate
        return taken

    async def next_due_s(self) -> float | None:
        return self.later_s

    async def run(self, work: int) -> None:
        self.running[work] = Deferred()
        try:
            await self.running[work]
        except CancelledError:
            self.cancelled.append(work)
        finally:
            del self.running[work]

    def end(self, work: int) -> None:
        self.running[work].callback(None)


def pump(work: Work, at_once: int = 2) -> tuple[Pump[int], Clock]:
    clock = Clock()
    return Pump(work, clock, at_once), clock


def test_so_many_run_at_once_and_the_next_when_one_ends():
    work = Work([1, 2, 3])
    made, _ = pump(work)
    made.wake()
    assert set(work.running) == {1, 2}
    work.end(1)
    assert set(work.running) == {2, 3}
    work.end(2)
    work.end(3)
    assert made.running == 0


def test_what_falls_due_later_is_taken_then():
    work = Work(later_s=3.0)
    made, clock = pump(work)
    made.wake()
    work.due = [1]
    clock.advance(2.9)
    assert not work.running
    clock.advance(0.2)
    assert set(work.running) == {1}


def test_it_looks_by_itself_in_case_nobody_says_anything():
    work = Work()
    made, clock = pump(work)
    made.wake()
    work.due = [1]
    clock.advance(limits.DELIVERY_POLL_S)
    assert set(work.running) == {1}


def test_a_call_that_comes_during_a_look_is_not_lost():
    work = Work()
    made, _ = pump(work)
    gate: Deferred[None] = Deferred()
    work.gate = gate
    made.wake()
    work.due, work.gate = [1], None
    made.wake()
    gate.callback(None)
    assert set(work.running) == {1}


def test_it_goes_on_when_the_database_is_back():
    work = Work([1], error=DatabaseUnavailable("Away."))
    made, clock = pump(work)
    made.wake()
    work.error = None
    clock.advance(limits.DELIVERY_RETRY_S)
    clock.advance(0.1)
    assert set(work.running) == {1}


def test_a_stop_takes_nothing_more_and_waits_for_what_runs():
    work = Work([1])
    made, clock = pump(work)
    made.wake()
    stopped = Deferred.fromCoroutine(made.stop(5))
    work.due = [2]
    made.wake()
    assert not stopped.called
    work.end(1)
    assert stopped.called
    assert not work.running
    assert not clock.getDelayedCalls()


def test_a_stop_cancels_what_takes_too_long():
    work = Work([1])
    made, clock = pump(work)
    made.wake()
    stopped = Deferred.fromCoroutine(made.stop(5))
    clock.advance(5)
    assert work.cancelled == [1]
    assert stopped.called


def test_a_stop_of_what_is_idle_is_over_at_once():
    made, clock = pump(Work())
    made.wake()
    assert Deferred.fromCoroutine(made.stop(5)).called
    assert not clock.getDelayedCalls()
