"""Clients that listen to a daemon's events, and come back with their cursors."""

from __future__ import annotations

import json
import time
from typing import Any

import treq
from attrs import define, field
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.web.client import HTTPConnectionPool, ResponseDone

from tests.daemon.process import Daemon

WAIT_S_MAX = 30


class _Body(Protocol):
    """Hands on what comes, and how it ends."""

    def __init__(self, ear: Ear) -> None:
        self.ear = ear

    def dataReceived(self, data: bytes) -> None:
        self.ear.hear(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.ear.ends = "in order" if reason.check(ResponseDone) else "cut"


@define(eq=False)
class Ear:
    """One listener. `changes` has what it was told over all its connections, `ends` how
    the present connection ended, if it did."""

    daemon: Daemon
    token: str
    query: str = ""
    cursor: str | None = None
    changes: list[dict[str, Any]] = field(factory=list)
    resets: list[str] = field(factory=list)
    ready: int = 0
    ends: str | None = None
    _rest: bytes = b""
    _body: _Body | None = None

    async def listen(self) -> Ear:
        """Connect, with the cursor of what was heard last, until it is ready."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if self.cursor is not None:
            headers["Last-Event-ID"] = self.cursor
        response = await treq.get(
            f"{self.daemon.url}/api/events{self.query}",
            headers=headers,
            pool=HTTPConnectionPool(reactor, persistent=False),
            unbuffered=True,
        )
        assert response.code == 200, await response.text()
        self.ends, self._rest, before = None, b"", self.ready
        self._body = _Body(self)
        response.deliverBody(self._body)
        await self.until(lambda: self.ready > before)
        return self

    def hear(self, data: bytes) -> None:
        """Bytes of the stream."""
        *blocks, self._rest = (self._rest + data).split(b"\n\n")
        for block in blocks:
            self._take(block.decode())

    def _take(self, block: str) -> None:
        lines = [line.split(": ", 1) for line in block.split("\n") if line[:1] != ":"]
        said = {pair[0]: pair[1] for pair in lines}
        self.cursor = said.get("id", self.cursor)
        match said.get("event"):
            case "change":
                self.changes.append(json.loads(said["data"]))
            case "reset":
                self.resets.append(json.loads(said["data"])["reason"])
            case "ready":
                self.ready += 1

    def hang_up(self) -> None:
        """Go away without a word."""
        assert self._body is not None
        assert self._body.transport is not None
        self._body.transport.loseConnection()

    async def told(self, count: int) -> list[dict[str, Any]]:
        """What it was told, once that is so much."""
        await self.until(lambda: len(self.changes) >= count)
        return self.changes

    async def ended(self) -> str:
        """How its connection ended."""
        await self.until(lambda: self.ends is not None)
        assert self.ends is not None
        return self.ends

    async def until(self, holds: Any) -> None:
        """Wait until it is so."""
        end = time.monotonic() + WAIT_S_MAX
        while not holds():
            assert time.monotonic() < end, self.daemon.log_file.read_text()[-3000:]
            await deferLater(reactor, 0.01)


def later(seconds: float) -> Deferred[None]:
    """Some time passes."""
    return deferLater(reactor, seconds)
