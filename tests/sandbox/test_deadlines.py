"""One timer, and yet each request has its own time."""

from __future__ import annotations

from attrs import define
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from eerp.sandbox.deadlines import Deadlines


@define(eq=False)
class Request:
    """Notes when its time was over."""

    clock: Clock
    expired: float | None = None

    def expire(self) -> None:
        assert self.expired is None
        self.expired = self.clock.seconds()


@given(st.lists(st.tuples(st.integers(0, 40), st.none() | st.integers(0, 300))))
def test_each_expires_at_its_time_unless_it_ended_before(
    plan: list[tuple[int, int | None]],
) -> None:
    """`plan`: the pause before each request, and how long it takes, in ms."""
    clock = Clock()
    deadlines = Deadlines(clock, 100)
    begun = []
    for pause_ms, takes_ms in plan:
        _advance(clock, pause_ms)
        request = Request(clock)
        deadlines.begin(request)
        begun.append((request, clock.seconds(), takes_ms))
        if takes_ms is not None:
            clock.callLater(takes_ms / 1000, deadlines.end, request)
    _advance(clock, 500)

    for request, since, takes_ms in begun:
        if takes_ms is not None and takes_ms < 100:
            assert request.expired is None
        elif takes_ms != 100:
            assert request.expired is not None
            assert abs(request.expired - since - 0.1) < 0.0011
    assert clock.getDelayedCalls() == []


def _advance(clock: Clock, milliseconds: int) -> None:
    for _ in range(milliseconds):
        clock.advance(0.001)


def test_nothing_waits_when_nothing_runs() -> None:
    clock = Clock()
    deadlines = Deadlines(clock, 100)
    request = Request(clock)
    deadlines.begin(request)
    deadlines.end(request)

    clock.advance(1)

    assert request.expired is None
    assert clock.getDelayedCalls() == []
