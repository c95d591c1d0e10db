"""Work that is done once for all who wait for it."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import SynchronousTestCase

from eerp.changes.once import Once


class OnceTests(SynchronousTestCase):
    """Who waits early, late, and no longer."""

    def setUp(self) -> None:
        self.asked: Deferred[str] = Deferred()
        self.times = 0
        self.once = Once(self.work())

    def work(self) -> Coroutine[Deferred[Any], Any, str]:
        async def ask() -> str:
            self.times += 1
            return await self.asked

        return ask()

    def test_all_get_the_outcome_of_one_asking(self) -> None:
        early = [self.once.wait(), self.once.wait()]
        self.asked.callback("seen")
        late = self.once.wait()

        assert [self.successResultOf(one) for one in (*early, late)] == ["seen"] * 3
        assert self.times == 1
        assert not self.once.failed

    def test_a_failure_is_everybodys(self) -> None:
        waiting = [self.once.wait(), self.once.wait()]
        self.asked.errback(ValueError("gone"))

        for one in (*waiting, self.once.wait()):
            self.failureResultOf(one, ValueError)
        assert self.once.failed

    def test_who_goes_away_takes_nothing_from_the_others(self) -> None:
        gone, stays = self.once.wait(), self.once.wait()
        gone.cancel()
        self.asked.callback("seen")

        self.failureResultOf(gone, CancelledError)
        assert self.successResultOf(stays) == "seen"
