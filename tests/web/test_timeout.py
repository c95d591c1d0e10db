"""A deadline that moves, and a timer that does not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from eerp.web.timeout import Timeout


@given(st.lists(st.tuples(st.integers(0, 30), st.none() | st.integers(1, 20))))
def test_it_expires_when_the_last_deadline_says(
    plan: list[tuple[int, int | None]],
) -> None:
    """`plan`: seconds that pass, and what the deadline is set to then."""
    clock, expired = Clock(), []
    timeout = Timeout(clock, lambda: expired.append(clock.seconds()))
    expected: list[float] = []
    due: float | None = None
    for passing, seconds in [*plan, (100, None)]:
        if due is not None and due <= clock.seconds() + passing:
            expected.append(due)
            due = None
        for _ in range(passing):
            clock.advance(1)
        timeout.set(seconds)
        due = None if seconds is None else clock.seconds() + seconds

    assert expired == expected
    timeout.close()
    assert clock.getDelayedCalls() == []
