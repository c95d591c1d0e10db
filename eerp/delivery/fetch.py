"""One request to another server, by treq: bounded in time, in bytes, and in where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import treq
from attrs import field, frozen
from treq.client import HTTPClient
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as LateError
from twisted.internet.error import ConnectError
from twisted.python.failure import Failure
from twisted.web.client import Agent
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent
from zope.interface import implementer

from eerp import limits
from eerp.delivery.dial import Dialer, Line
from eerp.delivery.hosts import Destination
from eerp.errors import EerpError, RemoteFailed, RemoteLate

__all__ = ["Answer", "Call", "Fetcher"]


@frozen
class Call:
    """What is asked of another server."""

    method: str
    to: Destination
    headers: Sequence[tuple[str, str]]
    body: bytes
    timeout_s: float
    response_bytes_max: int
    private: bool = False


@frozen
class Answer:
    """What it answered; names of headers in small letters."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


@frozen(eq=False)
class Fetcher:
    """Does requests. No cookie is kept, no redirect followed, no connection reused."""

    reactor: Any
    dialer: Dialer = field(repr=False)

    async def fetch(self, call: Call) -> Answer:
        """Do one request. Raises `HostRefused`, `RemoteFailed` or `RemoteLate`. It may
        be cancelled at any time."""
        asked = _cancellable(Deferred.fromCoroutine(self._fetch(call)))
        asked.addTimeout(call.timeout_s, self.reactor)
        try:
            return await asked
        except LateError:
            raise RemoteLate(
                f"{call.to.host} did not answer within {call.timeout_s:g} s."
            ) from None

    async def _fetch(self, call: Call) -> Answer:
        most = call.response_bytes_max + limits.HTTP_RESPONSE_HEADER_BYTES_MAX
        line = await self.dialer.line(
            call.to, private=call.private, received_bytes_max=most
        )
        try:
            return await self._over(line, call)
        except EerpError:
            raise
        except Exception as error:
            raise _failed(call, line, error) from error
        finally:
            line.close()

    async def _over(self, line: Line, call: Call) -> Answer:
        agent = _Plain(Agent.usingEndpointFactory(self.reactor, line))
        headers = Headers()
        for name, value in call.headers:
            headers.addRawHeader(name.encode("ascii"), value.encode("latin-1"))
        response = await HTTPClient(agent).request(
            call.method,
            call.to.url,
            headers=headers,
            data=call.body or None,
            allow_redirects=False,
            unbuffered=True,
            reactor=self.reactor,
        )
        body = await _read(response, call)
        return Answer(response.code, tuple(_headers(response.headers)), body)


def _cancellable(work: Deferred[Answer]) -> Deferred[Answer]:
    """`work`, which fails with a CancelledError when it is cancelled: by itself it
    would fail with whatever that does to a connection."""
    given_up = False

    def give_up(_asked: Deferred[Answer]) -> None:
        nonlocal given_up
        given_up = True
        work.cancel()

    def settle(outcome: Any) -> None:
        if not given_up:
            asked.callback(outcome)

    asked: Deferred[Answer] = Deferred(give_up)
    work.addBoth(settle)
    return asked


async def _read(response: Any, call: Call) -> bytes:
    parts: list[bytes] = []
    size = 0

    def take(data: bytes) -> None:
        nonlocal size
        size += len(data)
        if size > call.response_bytes_max:
            raise _too_much(call)
        parts.append(data)

    await treq.collect(response, take)
    return b"".join(parts)


def _headers(headers: Headers) -> Sequence[tuple[str, str]]:
    return [
        (name.decode("latin-1").lower(), b", ".join(values).decode("latin-1"))
        for name, values in headers.getAllRawHeaders()
    ]


@implementer(IAgent)
@frozen(eq=False)
class _Plain:
    """An agent that takes no compressed answers: a small one may be very large."""

    agent: Agent

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: Any = None,  # Twisted's name
    ) -> Deferred[Any]:
        """Ask."""
        sent = Headers() if headers is None else headers.copy()
        sent.setRawHeaders(b"accept-encoding", [b"identity"])
        sent.setRawHeaders(b"connection", [b"close"])
        asked: Deferred[Any] = self.agent.request(method, uri, sent, bodyProducer)
        return asked.addCallback(_plain)


def _plain(response: Any) -> Any:
    encodings = response.headers.getRawHeaders(b"content-encoding", [])
    if any(encoding.strip().lower() != b"identity" for encoding in encodings):
        raise RemoteFailed("The answer is compressed, which nobody asked for.")
    return response


def _failed(call: Call, line: Line, error: Exception) -> EerpError:
    if line.exceeded:
        return _too_much(call)
    reasons = [_reason(each) for each in _causes(error)]
    return RemoteFailed(
        f"{call.to.host} could not be reached, or did not answer as it should.",
        detail="; ".join(reasons),
    )


def _causes(error: Exception) -> Sequence[BaseException]:
    """What Twisted wraps in lists of failures."""
    reasons = getattr(error, "reasons", None)
    if not isinstance(reasons, list):
        return [error]
    values = [each.value for each in reasons if isinstance(each, Failure)]
    return [value for value in values if value is not None] or [error]


def _reason(error: BaseException) -> str:
    words = str(error) if isinstance(error, ConnectError) else repr(error)
    return f"{type(error).__name__}: {words[:300]}"


def _too_much(call: Call) -> RemoteFailed:
    return RemoteFailed(
        f"{call.to.host} answered with more than {call.response_bytes_max} bytes."
    )
