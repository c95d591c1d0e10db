"""One connection: what reaches a request is one unambiguous HTTP/1.1 message.

Twisted's channel is lenient where two readers of one byte stream could disagree
(request smuggling) and patient with slow clients. This one refuses, in one readable
answer, and closes. The deadlines are absolute: a byte now and then extends none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import (
    IAddress,
    IHalfCloseableDescriptor,
    ISSLTransport,
)
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

from eerp import limits
from eerp.errors import (
    BadRequest,
    EerpError,
    HeadersTooLarge,
    MethodUnknown,
    RequestTimeout,
    UriTooLong,
)
from eerp.routes import body_too_large
from eerp.web.outgoing import Outgoing
from eerp.web.respond import refusal
from eerp.web.timeout import Timeout

if TYPE_CHECKING:
    from eerp.web.request import WebRequest
    from eerp.web.site import Site

__all__ = ["Channel"]

METHODS = frozenset({b"DELETE", b"GET", b"HEAD", b"OPTIONS", b"PATCH", b"POST", b"PUT"})
_REQUEST_LINE_WORDS = 3
_LENGTH_DIGITS_MAX = 15
_HOST = re.compile(
    rb"(?:[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?|\[[0-9A-Fa-f:.]{2,45}\])"
    rb"(?::[0-9]{1,5})?"
)
_HOST_BYTES_MAX = 255


class Channel(HTTPChannel):
    """Twisted's channel with our limits. Made by `Site`."""

    site: Site
    requests: list[WebRequest]
    # What a channel has once it is connected, and all that this class is used for.
    transport: Any
    _networkProducer: Any  # Twisted's
    maxHeaders = limits.HEADERS_MAX  # noqa: N815  # read by Twisted
    totalHeadersSize = limits.HEADER_BYTES_MAX  # noqa: N815  # read by Twisted
    MAX_LENGTH = limits.HEADER_BYTES_MAX

    _reading = False
    _at_request_line = True
    _refused = False
    _discarded = 0

    def connectionMade(self) -> None:
        """Twisted calls it; the first request's deadline begins now."""
        self.site.channels.add(self)
        self.outgoing = Outgoing(self.transport)
        self._here: IAddress = self.transport.getHost()
        self._timeout = Timeout(self.site.clock, self.timeoutConnection)
        super().connectionMade()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Twisted calls it once."""
        super().connectionLost(reason)
        self._timeout.close()
        self.site.channels.discard(self)
        self.site.note_progress()

    def setTimeout(self, period: int | None) -> int | None:  # noqa: N802
        """Close the connection unless it is set anew within `period` seconds."""
        before, self.timeOut = self.timeOut, period
        self._timeout.set(period)
        return before

    def getHost(self) -> IAddress:
        """Our side of the connection, asked of the kernel once."""
        return self._here

    def dataReceived(self, data: bytes) -> None:
        """Bytes from the client. Unlike Twisted's, it resets no deadline."""
        if self._refused:
            self._discard(data)
            return
        self._begin_reading()
        LineReceiver.dataReceived(self, data)

    def rawDataReceived(self, data: bytes) -> None:
        """A part of a body, or of what is pipelined behind a request."""
        if not self._refused:
            super().rawDataReceived(data)

    def _begin_reading(self) -> None:
        if not self._reading and not self._handlingRequest:
            self._reading = True
            self.setTimeout(limits.HEADERS_DEADLINE_S)

    def lineReceived(self, line: bytes) -> None:
        """The request line, or a line of the headers."""
        if self._refused:
            return
        error = self._fault_of_line(line)
        if error is not None:
            self.refuse(error)
            return
        self._begin_reading()
        if line:
            self._at_request_line = False
        super().lineReceived(line)

    def _fault_of_line(self, line: bytes) -> EerpError | None:
        if self._at_request_line:
            return _fault_of_request_line(line)
        if self._receivedHeaderSize + len(line) > self.totalHeadersSize:
            return _headers_too_large()
        if line[:1] in (b" ", b"\t"):
            return BadRequest("A header is folded over several lines.")
        return None

    def lineLengthExceeded(self, _line: bytes) -> None:
        """A line is longer than all the headers may be together."""
        self.refuse(_uri_too_long() if self._at_request_line else _headers_too_large())

    def headerReceived(self, line: bytes) -> bool:
        """One header; False when the request is refused."""
        if self._receivedHeaderCount >= self.maxHeaders:
            self.refuse(_headers_too_large())
            return False
        return bool(super().headerReceived(line))

    def _maybeChooseTransferDecoder(self, header: bytes, data: bytes) -> bool:  # noqa: N802
        """Twisted ignores ``identity`` and takes the body for the next request."""
        if header == b"Transfer-Encoding" and (
            data.lower() != b"chunked" or self._version != b"HTTP/1.1"
        ):
            self.refuse(BadRequest("The only Transfer-Encoding here is chunked."))
            return False
        if header == b"Content-Length" and len(data) > _LENGTH_DIGITS_MAX:
            self.refuse(BadRequest("The Content-Length is not a length."))
            return False
        return bool(super()._maybeChooseTransferDecoder(header, data))

    def allHeadersReceived(self) -> None:
        """The headers are complete: refuse before a byte of the body is asked for."""
        request = self.requests[-1]
        error = _fault_of_host(request, self._version) or self._fault_of_size(request)
        if error is not None:
            self.refuse(error)
            return
        if self.length != 0:
            self.setTimeout(limits.BODY_DEADLINE_S)
        super().allHeadersReceived()

    def _fault_of_size(self, request: WebRequest) -> EerpError | None:
        allowed = request.limit_body()
        if self.length is not None and self.length > allowed:
            return body_too_large(allowed)
        return None

    def allContentReceived(self) -> None:
        """The request is complete; nothing runs against the clock until it is done."""
        if self._refused:
            return
        self._reading = False
        self._at_request_line = True
        # What Twisted restores when the request is done.
        self.timeOut = limits.KEEP_ALIVE_S
        super().allContentReceived()

    def checkPersistence(self, request: WebRequest, version: bytes) -> bool:  # noqa: N802
        """Whether the connection stays open after this request."""
        return bool(super().checkPersistence(request, version)) and (
            not self.site.draining
        )

    def timeoutConnection(self) -> None:
        """A deadline has passed: for a request, for the next one, or for lingering."""
        if self._refused:
            self.transport.abortConnection()
        elif self._reading:
            self.refuse(RequestTimeout("The request took too long to arrive."))
        else:
            super().timeoutConnection()

    def close_idle(self) -> None:
        """Close, if no request is being read or answered."""
        if not self._reading and not self.requests and not self._refused:
            self.loseConnection()

    def abort(self) -> None:
        """Close at once; what is under way is cut short."""
        self.transport.abortConnection()

    def refuse(self, error: EerpError) -> None:
        """Answer `error`, once, and close; nothing more is read as a request."""
        if self._refused:
            return
        self._refused = True
        self.transport.write(refusal(error, self.site))
        self._networkProducer.unregisterProducer()
        if not self._half_close():
            self.transport.loseConnection()
        self.setTimeout(limits.LINGER_S)

    def _respondToBadRequestAndDisconnect(self) -> None:  # noqa: N802
        """Twisted's own refusals, in our words."""
        self.refuse(BadRequest("The request is not well-formed HTTP/1.1."))

    def _half_close(self) -> bool:
        """Keep reading for a while: closing a socket with unread bytes resets it, and
        the client would lose the answer."""
        transport = self.transport
        plain = not ISSLTransport.providedBy(transport)
        can = plain and bool(IHalfCloseableDescriptor.providedBy(transport))
        if can:
            transport.loseWriteConnection()
        return can

    def _discard(self, data: bytes) -> None:
        self._discarded += len(data)
        if self._discarded > limits.LINGER_BYTES_MAX:
            self.transport.abortConnection()


def _fault_of_request_line(line: bytes) -> EerpError | None:
    words = line.split(b" ")
    if len(words) != _REQUEST_LINE_WORDS:
        return None
    if words[0] not in METHODS:
        return MethodUnknown("The method is not one that this server speaks.")
    if len(words[1]) > limits.URL_BYTES_MAX:
        return _uri_too_long()
    return None


def _fault_of_host(request: WebRequest, version: bytes) -> EerpError | None:
    hosts = request.requestHeaders.getRawHeaders(b"host")
    if hosts is None:
        return None if version == b"HTTP/1.0" else BadRequest("The Host is missing.")
    if len(hosts) != 1:
        return BadRequest("There is more than one Host.")
    if len(hosts[0]) > _HOST_BYTES_MAX or not _HOST.fullmatch(hosts[0]):
        return BadRequest("The Host is not a host name.")
    return None


def _uri_too_long() -> UriTooLong:
    return UriTooLong(f"The URL is longer than {limits.URL_BYTES_MAX} bytes.")


def _headers_too_large() -> HeadersTooLarge:
    return HeadersTooLarge(
        f"There are more than {limits.HEADERS_MAX} headers,"
        f" or more than {limits.HEADER_BYTES_MAX} bytes of them."
    )
