"""One open stream of events: it tells, waits for the client, and ends by itself."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing

import orjson
from attrs import define, field, frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.internet.task import LoopingCall, deferLater
from twisted.python.failure import Failure
from zope.interface import implementer

from eerp import limits
from eerp.auth.companies import act_in
from eerp.changes import Astray, Follower, Live, Overrun, Page
from eerp.errors import EerpError, Overloaded, ServiceError, TooManyRequests
from eerp.interfaces import Identity
from eerp.log import Logger
from eerp.web.pipeline import Identifier, token_of
from eerp.web.request import WebRequest

__all__ = ["Room", "Stream", "Watch"]

log = Logger(namespace="eerp.web")

_WRITE_BYTES = 32 * limits.KIB
_TOO_SLOW = "client too slow"


@define(eq=False)
class Room:
    """How many streams there may be, and whose they are."""

    most: int = limits.EVENT_STREAMS_MAX
    most_of_user: int = limits.EVENT_STREAMS_PER_USER_MAX
    _of_users: Counter[str] = field(factory=Counter)

    def check(self, user_id: str) -> None:
        """Raise `TooManyRequests` or `Overloaded` when there is no room."""
        if self._of_users[user_id] >= self.most_of_user:
            raise TooManyRequests(
                f"You have {self.most_of_user} streams of events open already.",
                retry_after_s=limits.EVENT_HEARTBEAT_S,
            )
        if self._of_users.total() >= self.most:
            raise Overloaded("Too many streams of events are open at this moment.")

    def enter(self, user_id: str) -> None:
        """One more of a user's."""
        self._of_users[user_id] += 1

    def leave(self, user_id: str) -> None:
        """One less."""
        self._of_users[user_id] -= 1
        if not self._of_users[user_id]:
            del self._of_users[user_id]


@frozen(eq=False)
class Watch:
    """Sees that the caller is who came, and may what could be done then."""

    identifier: Identifier
    request: WebRequest
    identity: Identity

    async def fault(self) -> str | None:
        """Why the stream ends, if it does. Raises `ServiceError` when it cannot be
        known now."""
        token, company = token_of(self.request), self.request.header(b"x-company")
        assert token is not None
        try:
            found = self.identifier.cached(token)
            if found is None:
                found = await self.identifier.identify(token)
            if company is not None:
                found = act_in(found, company)
        except ServiceError:
            raise
        except EerpError as error:
            return error.code
        return None if found == self.identity else "rights_changed"


class _Over(Exception):
    """The stream comes to an end; why."""


@implementer(IPushProducer)
class Stream:
    """One open stream."""

    def __init__(
        self, request: WebRequest, live: Live, watch: Watch, follower: Follower
    ) -> None:
        self._request = request
        self._live = live
        self._clock = live.clock
        self._watch = watch
        self._follower = follower
        self._began_s = self._clock.seconds()
        self._count = 0
        # The cursor that the client has, unless it is being told something.
        self._marked: str | None = None
        self._paused = False
        self._resumed: Deferred[None] | None = None
        self._work: Deferred[None] | None = None
        self._why = "client gone"
        self._beat = LoopingCall(self._heartbeat)
        self._beat.clock = self._clock

    def begin(self, room: Room, *, fresh: bool) -> None:
        """Go on by itself from here; `fresh` for a client that has no cursor."""
        request, user_id = self._request, self._watch.identity.user_id
        room.enter(user_id)
        request.site.streams.add(self)
        request.registerProducer(self, True)
        request.notifyFinish().addBoth(lambda _: self._over(room))
        self._beat.start(limits.EVENT_HEARTBEAT_S, now=False).addErrback(self._broken)
        self._work = Deferred.fromCoroutine(self._run(fresh))
        self._work.addErrback(self._broken)

    def end(self, why: str) -> None:
        """End it: in order, so that the client knows and may come back; at once, where
        the client does not take what was written before."""
        request = self._request
        if request.gone or request.finished:
            return
        self._why = why
        if self._paused:
            request.channel.abort()
            return
        if request.site.draining:
            request.channel.persistent = False
        request.unregisterProducer()
        request.finish()

    def pauseProducing(self) -> None:
        """Twisted calls it when the client takes nothing more for now."""
        self._paused = True

    def resumeProducing(self) -> None:
        """Twisted calls it when the client takes more."""
        self._paused = False
        resumed, self._resumed = self._resumed, None
        if resumed is not None and not resumed.called:
            resumed.callback(None)

    def stopProducing(self) -> None:
        """Twisted calls it when the connection is lost; the request hears of it too."""

    def _over(self, room: Room) -> None:
        user_id = self._watch.identity.user_id
        room.leave(user_id)
        self._request.site.streams.discard(self)
        if self._beat.running:
            self._beat.stop()
        work, self._work = self._work, None
        if work is not None:
            work.cancel()
        log.info(
            "a stream of events ended after {seconds} s: {why}",
            event="stream_ended",
            why=self._why,
            seconds=round(self._clock.seconds() - self._began_s, 1),
            changes=self._count,
            user_id=user_id,
            request_id=self._request.request_id,
        )

    async def _run(self, fresh: bool) -> None:
        try:
            self._greet(fresh)
            while True:
                await self._follow()
                await self._begin_anew()
        except _Over as over:
            why = str(over)
        # What ends it must not cancel what runs here.
        self._work = None
        self.end(why)

    def _greet(self, fresh: bool) -> None:
        """The first event. It has an id where the client comes without one; else the
        client's own holds, until it hears that it does not."""
        pause_ms = random.randint(
            limits.EVENT_RECONNECT_MS_MIN, limits.EVENT_RECONNECT_MS_MAX
        )
        cursor = self._follower.place.cursor
        models = orjson.dumps({"models": sorted(self._follower.watched)})
        ready = _event("ready", models, cursor if fresh else None)
        self._write(b"retry: %d\n\n%s" % (pause_ms, ready))
        if self._follower.lost is not None:
            self._reset(self._follower.lost)
        self._marked = cursor

    def _reset(self, reason: str) -> None:
        """Say that what was told before and what follows do not join."""
        self._marked = self._follower.place.cursor
        told = orjson.dumps({"reason": reason})
        self._write(_event("reset", told, self._marked))

    async def _follow(self) -> None:
        """Tell what follows, until the database is not the one that it was."""
        self._follower.when_overrun(lambda: self.end(_TOO_SLOW))
        try:
            async with aclosing(self._follower.pages()) as pages:
                async for page, numbers in pages:
                    if numbers:
                        await self._tell(page, numbers)
        except Astray:
            return
        except Overrun:
            raise _Over(_TOO_SLOW) from None

    async def _begin_anew(self) -> None:
        watched = self._follower.watched
        while True:
            await deferLater(self._clock, limits.EVENT_RETRY_S)
            try:
                self._follower = await self._live.begin(watched, None)
            except ServiceError:
                continue
            self._reset("unknown")
            return

    async def _tell(self, page: Page, numbers: Sequence[int]) -> None:
        """Write these changes, as fast as the client takes them."""
        await self._allowed()
        self._marked = None
        part = bytearray()
        for number in numbers:
            part += _event("change", page.changes[number].data, page.cursor(number))
            if len(part) > _WRITE_BYTES:
                self._write(bytes(part))
                part.clear()
                await self._taken()
        self._write(bytes(part))
        self._count += len(numbers)
        await self._taken()
        self._marked = page.cursor(numbers[-1])

    async def _allowed(self) -> None:
        """Wait until it is certain that the caller may hear more."""
        while True:
            try:
                fault = await self._watch.fault()
            except ServiceError:
                await deferLater(self._clock, limits.EVENT_RETRY_S)
                continue
            if fault is not None:
                raise _Over(fault)
            return

    async def _taken(self) -> None:
        """Wait until the client takes more."""
        while self._paused:
            self._resumed = Deferred()
            await self._resumed

    async def _heartbeat(self) -> None:
        """Show that the stream lives, to whom still may have it, and how far it is."""
        try:
            fault = await self._watch.fault()
        except ServiceError:
            # Without the database there is nothing to tell either.
            fault = None
        if fault is not None:
            self.end(fault)
        elif not self._paused and not self._request.finished:
            self._write(b": \n\n" + self._mark())

    def _mark(self) -> bytes:
        """The cursor, where what followed the client's was not for it to hear."""
        cursor = self._follower.place.cursor
        if self._marked is None or self._marked == cursor:
            return b""
        self._marked = cursor
        return _event("mark", b"{}", cursor)

    def _broken(self, failure: Failure) -> None:
        if failure.check(CancelledError):
            return
        log.failure("a stream of events failed", failure, event="stream_failed")
        if not self._request.gone and not self._request.finished:
            self._why = "failed"
            self._request.channel.abort()

    def _write(self, data: bytes) -> None:
        request = self._request
        if data and not request.gone and not request.finished:
            outgoing = request.channel.outgoing
            outgoing.hold()
            request.write(data)
            outgoing.release()


def _event(name: str, data: bytes, cursor: str | None) -> bytes:
    """One event as it goes over the wire; JSON has no line break in it."""
    head = b"" if cursor is None else b"id: %s\n" % cursor.encode("ascii")
    return b"%sevent: %s\ndata: %s\n\n" % (head, name.encode("ascii"), data)
