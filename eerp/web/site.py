"""The site: how many connections and requests at once, and how it comes to an end."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.web import server
from twisted.web.http import Request, datetimeToString
from twisted.web.resource import IResource

from eerp import limits
from eerp.log import Logger
from eerp.web.channel import Channel
from eerp.web.request import WebRequest

__all__ = ["Settings", "Site", "Stream"]

log = Logger(namespace="eerp.web")


@frozen
class Settings:
    """What an operator may move. `origins` are those whose scripts may call the API
    from a browser, e.g. ``https://erp.example.com``."""

    origins: frozenset[str] = frozenset()
    body_bytes_max: int = limits.BODY_BYTES_MAX
    connections_max: int = limits.CONNECTIONS_MAX
    requests_in_flight_max: int = limits.REQUESTS_IN_FLIGHT_MAX


class Stream(Protocol):
    """A response that goes on until it is ended."""

    def end(self, why: str) -> None:
        """End it now."""


class Site(server.Site):
    """Twisted's site with our channel and request.

    `in_flight` counts requests whose work is under way here; `streams` are responses
    that go on for as long as both sides like, and are not among them. Everything runs
    on the reactor's thread.
    """

    noisy = False
    protocol = Channel  # type: ignore[assignment]  # without Twisted's HTTP/2 proxy
    requestFactory = WebRequest

    def __init__(
        self, resource: IResource, clock: IReactorTime, settings: Settings | None = None
    ) -> None:
        super().__init__(
            resource,
            timeout=limits.HEADERS_DEADLINE_S,
            reactor=clock,
            parsePOSTFormSubmission=False,
        )
        self.clock = clock
        self.settings = Settings() if settings is None else settings
        self.channels: set[Channel] = set()
        self.in_flight = 0
        self.streams: set[Stream] = set()
        self.draining = False
        self._emptied: Deferred[None] | None = None
        self._date = (0, b"")

    def startFactory(self) -> None:
        """Twisted would open its own access log here; ours is in respond.py."""

    def stopFactory(self) -> None:
        """Nothing was opened."""

    def log(self, request: Request) -> None:
        """Twisted's own access log, with whole URLs, is not written."""

    def buildProtocol(  # type: ignore[override]  # see `protocol`
        self, addr: IAddress | None
    ) -> Channel | None:
        """A channel for a new connection; None, which closes it, when there are too
        many."""
        if len(self.channels) >= self.settings.connections_max:
            log.warn("too many connections", event="connection_refused")
            return None
        channel: Channel = super().buildProtocol(addr)
        return channel

    def acceptableProtocols(self) -> list[bytes]:  # noqa: N802
        """HTTP/1.1 only, whatever libraries are installed."""
        return [b"http/1.1"]

    def date(self) -> bytes:
        """The value of the Date header, made once a second."""
        second = int(self.clock.seconds())
        if second != self._date[0]:
            self._date = (second, datetimeToString(second))
        return self._date[1]

    def enter(self) -> None:
        """A request's work begins."""
        self.in_flight += 1

    def leave(self) -> None:
        """A request's work is over."""
        self.in_flight -= 1
        self.note_progress()

    def note_progress(self) -> None:
        """A request or a connection ended; it may have been the last."""
        if self._emptied is not None and self._empty():
            emptied, self._emptied = self._emptied, None
            emptied.callback(None)

    def _empty(self) -> bool:
        return not self.channels and self.in_flight == 0

    async def drain(self, timeout_s: float) -> int:
        """Let what is under way end, within `timeout_s`, and close every connection.

        Stop listening first. From now on each answer closes its connection. Answers
        how many requests had to be cut short.
        """
        self.draining = True
        for channel in tuple(self.channels):
            channel.close_idle()
        for stream in tuple(self.streams):
            stream.end("the daemon stops")
        if not self._empty():
            await self._wait(timeout_s)
        cut = self.in_flight
        for channel in tuple(self.channels):
            channel.abort()
        return cut

    async def _wait(self, timeout_s: float) -> None:
        emptied: Deferred[None] = Deferred()
        self._emptied = emptied
        timer = self.clock.callLater(timeout_s, self._give_up)
        await emptied
        if timer.active():
            timer.cancel()

    def _give_up(self) -> None:
        if self._emptied is not None:
            emptied, self._emptied = self._emptied, None
            emptied.callback(None)
