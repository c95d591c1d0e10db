"""One client's way along the feed: from its cursor to the present, then on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, TypeVar

from attrs import define, field, frozen
from twisted.internet.defer import Deferred, DeferredSemaphore
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from eerp import limits
from eerp.changes.change import Page
from eerp.changes.feed import Astray, Feed
from eerp.changes.place import Cursor, Place
from eerp.changes.sight import Sight, Watched
from eerp.changes.tail import Inbox, Tail
from eerp.errors import ServiceError

__all__ = ["Follower", "Live", "Overrun"]

T = TypeVar("T")


class Overrun(Exception):
    """The client takes less than there is."""


@frozen(eq=False)
class Live:
    """What the followers of a process share."""

    feed: Feed
    tail: Tail
    sight: Sight
    clock: IReactorTime
    turns: DeferredSemaphore = field(
        factory=lambda: DeferredSemaphore(limits.EVENT_CATCH_UPS_AT_ONCE_MAX)
    )

    async def begin(
        self, watched: Mapping[str, Watched], cursor: str | None
    ) -> Follower:
        """One who starts behind `cursor`, or now. `lost` says why it does not start
        where the cursor says."""
        place, lost = None, None
        if cursor is not None:
            place, lost = await self._resume(cursor)
        if place is None:
            place = await self.feed.now()
        return Follower(self, watched, place, lost)

    async def _resume(self, cursor: str) -> tuple[Place | None, str | None]:
        try:
            place = await self.feed.resume(Cursor.read(cursor))
        except (Astray, ValueError):
            return None, "unknown"
        if await self.feed.behind(place) > limits.EVENT_BEHIND_ROWS_MAX:
            return None, "behind"
        return place, None


@define(eq=False)
class Follower:
    """Goes along the feed with `pages`; `place` is where it is."""

    live: Live
    watched: Mapping[str, Watched]
    place: Place
    lost: str | None
    _inbox: Inbox = field(factory=Inbox)

    def when_overrun(self, call: Callable[[], None]) -> None:
        """Call that as soon as more waits to be told than may."""
        self._inbox.spilled = call

    async def pages(self) -> AsyncGenerator[tuple[Page, list[int]], None]:
        """Each page that follows, with the numbers of the changes to tell.

        The place moves when the next one is asked for. Ends with `Overrun` or `Astray`.
        """
        try:
            async for page in self._catch_up():
                yield page, await self._seen(page)
                self.place = page.end
            while True:
                page = await self._taken()
                if page.changes:
                    yield page, await self._seen(page)
                self.place = page.end
        finally:
            self.live.tail.leave(self._inbox)

    async def _catch_up(self) -> AsyncGenerator[Page, None]:
        """What was committed before it joins the tail, and what was while it did."""
        more = True
        while more:
            page = await self._insist(self._next)
            yield page
            more = page.more
        joined = self.live.tail.join(self._inbox, self.place)
        while not self.place.covers(joined):
            yield await self._insist(self._next)

    async def _next(self) -> Page:
        page: Page = await self.live.turns.run(self._ask)
        return page

    def _ask(self) -> Any:
        return Deferred.fromCoroutine(self.live.feed.page(self.place))

    async def _taken(self) -> Page:
        """The next page of the tail, without what was read while joining it."""
        page = await self._inbox.take()
        if page is None:
            raise Astray if self._inbox.astray else Overrun
        return page.beyond(self.place)

    async def _seen(self, page: Page) -> list[int]:
        return await self._insist(lambda: self.live.sight.of(page, self.watched))

    async def _insist(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it, however long the database stays away."""
        while True:
            try:
                return await work()
            except ServiceError:
                await deferLater(self.live.clock, limits.EVENT_RETRY_S)
