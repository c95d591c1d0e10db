"""One request: its body in memory, its path decoded, its number for the log."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Mapping
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.web import server
from twisted.web.resource import getChildForRequest

from eerp import limits
from eerp.calls import Running
from eerp.errors import EerpError, Overloaded
from eerp.log import Logger
from eerp.routes import body_too_large, decode_path
from eerp.web.respond import problem, respond

if TYPE_CHECKING:
    from eerp.web.channel import Channel
    from eerp.web.site import Site

__all__ = ["WebRequest"]

log = Logger(namespace="eerp.web")

_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{1,%d}" % limits.REQUEST_ID_CHARACTERS_MAX)
# Unlike any other process's, and cheaper than a random number for each request.
_PROCESS = secrets.token_hex(6)
_numbers = itertools.count(1)
_PROBES = frozenset({b"/health", b"/ready"})


class WebRequest(server.Request):
    """Twisted's request without what we never use: forms, cookies, sessions.

    `template`, `module`, `user_id` and `error` are set by the pipeline, for the log;
    `params` are those in a path of the core, `applied` are preferences that are obeyed.
    """

    site: Site
    channel: Channel
    content: BytesIO | None
    defaultContentType = None  # noqa: N815  # read by Twisted

    query = b""
    request_id = ""
    started_s = 0.0
    segments: tuple[str, ...] = ()
    params: Mapping[str, str] = MappingProxyType({})
    template = "-"
    module: str | None = None
    user_id: str | None = None
    applied = ""
    error: EerpError | None = None
    gone = False
    call: Running | None = None
    work: Deferred[None] | None = None

    _received = 0
    _allowed = 0

    def limit_body(self) -> int:
        """Set and return how many bytes the body may have.

        Without a token it is little: a login fits, a flood does not.
        """
        signed = self.requestHeaders.hasHeader(b"authorization")
        allowed = self.channel.site.settings.body_bytes_max
        if not signed:
            allowed = min(allowed, limits.BODY_BYTES_ANONYMOUS_MAX)
        self._allowed = allowed
        return allowed

    def gotLength(self, _length: int | None) -> None:
        """The body is about to come; it never goes to a file."""
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """A part of the body."""
        self._received += len(data)
        if self._received > self._allowed:
            self.channel.refuse(body_too_large(self._allowed))
        elif self.content is not None:
            self.content.write(data)

    def parseCookies(self) -> None:  # noqa: N802
        """Nothing here reads a cookie."""

    def getRequestHostname(self) -> bytes:  # noqa: N802
        """What Klein and Werkzeug take for the Host, so that no client's Host ever
        becomes part of a URL of ours."""
        return b"localhost"

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """The request is complete."""
        self.method, self.uri, self.clientproto = command, path, version
        self.path, _, self.query = path.partition(b"?")
        self.args: dict[bytes, list[bytes]] = {}
        self.process()

    def process(self) -> None:
        """Find whom the request is for, and let them answer."""
        self.site = self.channel.site
        self.started_s = self.site.clock.seconds()
        self.request_id = self._identified()
        try:
            self._admit()
            self.segments = decode_path(self.path)
            self.prepath: list[bytes] = []
            self.postpath: list[bytes] = [
                segment.encode("utf-8") for segment in self.segments
            ]
            self.render(getChildForRequest(self.site.resource, self))
        except EerpError as error:
            self.refuse(error)
        except Exception:
            log.failure("request failed", event="request_failed", id=self.request_id)
            self.refuse(EerpError("Something went wrong here; it has been noted."))

    def _identified(self) -> str:
        values: Any = self.requestHeaders.getRawHeaders(b"x-request-id")
        if values is not None and len(values) == 1 and _REQUEST_ID.fullmatch(values[0]):
            return str(values[0], "ascii")
        return f"{_PROCESS}-{next(_numbers):x}"

    def _admit(self) -> None:
        busy = self.site.in_flight >= self.site.settings.requests_in_flight_max
        if busy and self.path not in _PROBES:
            raise Overloaded("Too many requests are being served at this moment.")

    def refuse(self, error: EerpError) -> None:
        """Answer `error`."""
        self.error = error
        respond(self, problem(error, self.request_id))

    def body(self) -> bytes:
        """The whole body."""
        return b"" if self.content is None else self.content.getvalue()

    def header(self, name: bytes) -> str | None:
        """A header's value, several joined by commas; None when it was not sent."""
        values: Any = self.requestHeaders.getRawHeaders(name)
        if values is None:
            return None
        return str(values[0] if len(values) == 1 else b", ".join(values), "latin-1")

    def cancel(self) -> None:
        """End the work on this request where it stands."""
        if self.work is not None:
            self.work.cancel()

    def connectionLost(self, reason: Failure) -> None:
        """The client is gone. Only the dispatch decides what that means: before
        COMMIT it rolls back in order, after that it finishes."""
        super().connectionLost(reason)
        self.gone = True
        if self.call is not None:
            self.call.cancel()
