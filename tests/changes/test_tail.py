"""What the reader of a process hands to its streams, and when it looks at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from eerp import limits
from eerp.changes.change import Change, Page
from eerp.changes.feed import Astray
from eerp.changes.place import Place
from eerp.changes.tail import Inbox, Tail
from eerp.errors import DatabaseUnavailable

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLL_S = limits.EVENT_POLL_MS / 1000


@define(eq=False)
class Lane:
    """A feed of one lane, in memory; it answers what it is told to, once."""

    written: int = 0
    looks: int = 0
    error: Exception | None = None
    waiting: Deferred[None] | None = None
    models: tuple[str, ...] = field(default=("crm.leads",))

    async def page(self, place: Place) -> Page:
        self.looks += 1
        if self.waiting is not None:
            await self.waiting
        error, self.error = self.error, None
        if error is not None:
            raise error
        known = place.seq(1)
        changes = [_change(seq) for seq in range(known + 1, self.written + 1)][:3]
        end = place
        for one in changes:
            end = end.after(1, one.seq, one.mark)
        return Page(place, end, changes, end.seq(1) < self.written)


def _change(seq: int) -> Change:
    mark = seq.to_bytes(8, "big")
    return Change(1, seq, mark, NOON, None, "crm.leads", str(seq), "create", 1)


class TailTests(SynchronousTestCase):
    """One lane, a clock, and inboxes."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.lane = Lane()
        self.tail = Tail(self.lane, self.clock)  # type: ignore[arg-type]  # a double

    def seqs(self, inbox: Inbox) -> list[int]:
        """What is in it."""
        return [change.seq for page in inbox._pages for change in page.changes]

    def test_nobody_listens_and_nothing_is_read(self) -> None:
        self.clock.advance(10 * POLL_S)
        assert self.lane.looks == 0

        inbox = Inbox()
        self.tail.join(inbox, Place())
        self.clock.advance(POLL_S)
        assert self.lane.looks == 1

        self.tail.leave(inbox)
        self.clock.pump([POLL_S] * 5)
        assert self.lane.looks == 1
        assert self.clock.getDelayedCalls() == []

    def test_all_get_what_is_new_however_much_it_is(self) -> None:
        inboxes = [Inbox() for _ in range(25)]
        for inbox in inboxes:
            self.tail.join(inbox, Place())
        self.lane.written = 8
        self.clock.pump([POLL_S] + [0] * 20)

        assert {tuple(self.seqs(inbox)) for inbox in inboxes} == {tuple(range(1, 9))}
        assert self.lane.looks == 3

    def test_who_joins_later_gets_what_is_read_later(self) -> None:
        first, second = Inbox(), Inbox()
        self.tail.join(first, Place())
        self.lane.written = 2
        self.clock.advance(POLL_S)
        joined = self.tail.join(second, Place())
        self.lane.written = 3
        self.clock.advance(POLL_S)

        assert joined.seqs == (2,)
        assert self.seqs(second) == [3]

    def test_who_comes_while_the_last_one_leaves_gets_nothing_of_the_former(
        self,
    ) -> None:
        first, second = Inbox(), Inbox()
        self.tail.join(first, Place())
        self.lane.written, self.lane.waiting = 2, Deferred()
        self.clock.advance(POLL_S)
        self.tail.leave(first)
        here = Place().after(1, 1, (1).to_bytes(8, "big"))
        assert self.tail.join(second, here) is here
        waiting, self.lane.waiting = self.lane.waiting, None
        waiting.callback(None)
        self.clock.advance(POLL_S)

        assert self.seqs(second) == [2]
        assert len(self.clock.getDelayedCalls()) == 1

    def test_a_failure_is_no_end(self) -> None:
        inbox = Inbox()
        self.tail.join(inbox, Place())
        self.lane.written = 1
        for error in (DatabaseUnavailable("gone"), ValueError("broken")):
            self.lane.error = error
            self.clock.advance(limits.EVENT_RETRY_S)
        self.clock.advance(limits.EVENT_RETRY_S)

        assert self.seqs(inbox) == [1]
        self.flushLoggedErrors(ValueError)

    def test_astray_ends_every_inbox(self) -> None:
        inbox = Inbox()
        self.tail.join(inbox, Place())
        self.lane.error = Astray()
        taken: Any = Deferred.fromCoroutine(inbox.take())
        self.clock.advance(POLL_S)

        assert self.successResultOf(taken) is None
        assert inbox.astray
        assert self.clock.getDelayedCalls() == []

    def test_an_inbox_has_room_for_so_many(self) -> None:
        spilled: list[bool] = []
        inbox = Inbox(room=4, spilled=lambda: spilled.append(True))
        self.tail.join(inbox, Place())
        self.lane.written = 3
        self.clock.advance(POLL_S)
        assert self.successResultOf(Deferred.fromCoroutine(inbox.take()))
        assert inbox.room == 4

        self.lane.written = 9
        self.clock.pump([POLL_S, 0, 0])
        assert spilled == [True]
        assert self.successResultOf(Deferred.fromCoroutine(inbox.take())) is None
