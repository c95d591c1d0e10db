"""The one reader of a process: reads what is new once, and hands it to every stream.

It looks at the feed at a steady pace while there is somebody to tell, and not at all
otherwise. A notification would be no quicker where it matters and costs every writer:
PostgreSQL takes a lock of the whole server at each commit that notifies.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from eerp import limits
from eerp.changes.change import Page
from eerp.changes.feed import Astray, Feed
from eerp.changes.place import Place
from eerp.errors import EerpError
from eerp.log import Logger

__all__ = ["Inbox", "Tail"]

log = Logger(namespace="eerp.changes")


def _nobody_minds() -> None:
    """Nothing happens."""


@define(eq=False)
class Inbox:
    """Pages on their way to one stream, with `room` for so many changes.

    One that is `full` gets no more, and says so by `spilled`; one that is `astray` has
    come to its end too.
    """

    spilled: Callable[[], None] = _nobody_minds
    room: int = limits.EVENT_BUFFER_CHANGES_MAX
    full: bool = False
    astray: bool = False
    _pages: deque[Page] = field(factory=deque)
    _waiter: Deferred[None] | None = None

    def put(self, page: Page) -> None:
        """Add a page, if there is room."""
        if self.full:
            return
        self.room -= len(page.changes)
        self.full = self.room < 0
        if self.full:
            self._pages.clear()
            self.spilled()
        else:
            self._pages.append(page)

    def end(self) -> None:
        """What comes from now on does not follow what came before."""
        self.astray = True
        self.wake()

    async def take(self) -> Page | None:
        """The next page, when there is one; None at the end."""
        while not (self._pages or self.full or self.astray):
            self._waiter = Deferred()
            await self._waiter
        if self.full or not self._pages:
            return None
        page = self._pages.popleft()
        self.room += len(page.changes)
        return page

    def wake(self) -> None:
        """Let the stream look."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.called:
            waiter.callback(None)


class Tail:
    """Reads `feed` on for all inboxes that joined. On the reactor's thread."""

    def __init__(self, feed: Feed, clock: IReactorTime) -> None:
        self._feed = feed
        self._clock = clock
        self._inboxes: set[Inbox] = set()
        self._place: Place | None = None
        self._reading = False
        self._failing = False

    def join(self, inbox: Inbox, place: Place) -> Place:
        """Give this inbox all that is read from now on; answers from where that is.

        Where nobody else follows, it is the `place` that this one has come to.
        """
        self._inboxes.add(inbox)
        if self._place is None:
            self._place = place
        if not self._reading:
            self._reading = True
            self._later(limits.EVENT_POLL_MS / 1000)
        return self._place

    def leave(self, inbox: Inbox) -> None:
        """Give it nothing more."""
        self._inboxes.discard(inbox)
        if not self._inboxes:
            self._place = None

    def _later(self, seconds: float) -> None:
        self._clock.callLater(seconds, lambda: Deferred.fromCoroutine(self._turn()))

    async def _turn(self) -> None:
        """Read until there is nothing new, and come again."""
        pause_s = limits.EVENT_POLL_MS / 1000
        try:
            while self._place is not None and await self._read(self._place):
                pass
            self._failing = False
        except EerpError as error:
            pause_s = limits.EVENT_RETRY_S
            self._note(error)
        except Exception:
            pause_s = limits.EVENT_RETRY_S
            log.failure("changes could not be read", event="changes_broken")
        if self._place is None:
            self._reading = False
        else:
            self._later(pause_s)

    async def _read(self, place: Place) -> bool:
        """Hand on one page; whether more follows."""
        try:
            page = await self._feed.page(place)
        except Astray:
            self._go_astray()
            return False
        if self._place is not place:
            # All have left, and perhaps others came.
            return False
        self._place = page.end
        if page.changes:
            await self._hand_on(page)
        return page.more

    async def _hand_on(self, page: Page) -> None:
        """Give all inboxes the page, then wake some in each turn of the reactor: what
        a stream does with a long page takes milliseconds."""
        inboxes = tuple(self._inboxes)
        for inbox in inboxes:
            inbox.put(page)
        for number, inbox in enumerate(inboxes, start=1):
            inbox.wake()
            if number % limits.EVENT_WAKES_PER_TURN_MAX == 0:
                await deferLater(self._clock, 0)

    def _go_astray(self) -> None:
        log.warn(
            "the database is not the one that it was: some commits are lost",
            event="changes_astray",
        )
        inboxes, self._inboxes = self._inboxes, set()
        self._place = None
        for inbox in inboxes:
            inbox.end()

    def _note(self, error: EerpError) -> None:
        if not self._failing:
            log.warn(
                "changes are read again later: {reason}",
                event="changes_late", reason=error.message,
            )  # fmt: skip
        self._failing = True
