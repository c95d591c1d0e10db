"""What is done every now and then goes on, whatever becomes of one time."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from eerp.errors import DatabaseUnavailable
from eerp.startup.upkeep import Upkeep


class UpkeepTests(SynchronousTestCase):
    """Work that is due every ten seconds."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.done: list[float] = []
        self.failure: Exception | None = None
        self.gate: Deferred[None] | None = None
        self.upkeep = Upkeep(self.clock, 10, "testing", self.work)

    async def work(self) -> None:
        self.done.append(self.clock.seconds())
        if self.gate is not None:
            await self.gate
        if self.failure is not None:
            raise self.failure

    def test_it_is_done_in_time_and_not_at_once(self) -> None:
        """The first time is after ten seconds."""
        for _ in range(25):
            self.clock.advance(1)
        self.assertEqual(self.done, [10, 20])

    def test_a_failure_is_not_the_end(self) -> None:
        """The next time comes; a fault of ours is logged with its traceback."""
        self.failure = DatabaseUnavailable("away")
        self.clock.advance(10)
        self.failure = ValueError("a fault")
        self.clock.advance(10)
        self.failure = None
        self.clock.advance(10)
        self.assertEqual(self.done, [10, 20, 30])
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)

    def test_it_is_never_done_twice_at_once_and_ends_when_stopped(self) -> None:
        """What is under way is cancelled, and nothing follows."""
        cancelled: list[object] = []
        self.gate = Deferred(cancelled.append)
        for _ in range(3):
            self.clock.advance(10)
        self.assertEqual(self.done, [10])
        self.successResultOf(Deferred.fromCoroutine(self.upkeep.stop()))
        self.assertEqual(len(cancelled), 1)
        self.clock.advance(50)
        self.assertEqual(self.done, [10])
