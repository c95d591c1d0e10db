"""From a reply or an error to bytes: the only place that writes a response.

Errors are problem details (RFC 9457). What goes to the client is `code`, `message`,
`hint` and `errors`; `detail` and tracebacks go to the log. Each request leaves one
line in the log, with the route's template in place of the URL.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

from eerp.errors import EerpError, MethodNotAllowed, Unauthenticated
from eerp.interfaces import Reply
from eerp.log import Logger

if TYPE_CHECKING:
    from eerp.web.request import WebRequest
    from eerp.web.site import Site

__all__ = ["json_reply", "problem", "refusal", "respond"]

log = Logger(namespace="eerp.web")

_PROBLEM = "application/problem+json"
_JSON = "application/json"
_NO_CONTENT = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_CLIENT_GONE = 499
_FIRST_SERVER_ERROR = 500
# What a browser shows as a page would run with our origin's rights; a sandboxed
# page without sources cannot. A PDF viewer does not open in a sandbox.
_INERT = b"default-src 'none'; sandbox"
_HARMLESS = frozenset({_JSON, _PROBLEM, "application/pdf"})


def json_reply(value: Any, status: int = HTTPStatus.OK) -> Reply:
    """A reply whose body is `value` as JSON."""
    return Reply(int(status), orjson.dumps(value), {})


def problem(error: EerpError, request_id: str | None) -> Reply:
    """The problem details of `error`, with the headers that belong to its status."""
    content = {
        "type": f"urn:eerp:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.message,
        "code": error.code,
    }
    if request_id is not None:
        content["instance"] = f"urn:eerp:request:{request_id}"
    if error.errors:
        content["errors"] = [
            {"pointer": fault.pointer, "code": fault.code, "message": fault.message}
            for fault in error.errors
        ]
    if error.hint is not None:
        content["hint"] = error.hint
    body = orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)
    return Reply(error.status, body, _headers_of(error))


def _headers_of(error: EerpError) -> dict[str, str]:
    headers = {"content-type": _PROBLEM}
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = ", ".join(error.allow)
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = _challenge(error)
    seconds = getattr(error, "retry_after_s", None)
    if seconds is not None:
        headers["retry-after"] = str(seconds)
    return headers


def _challenge(error: Unauthenticated) -> str:
    """RFC 6750: a token that does not hold is told from none at all."""
    token = error.code.startswith("token_")
    return 'Bearer error="invalid_token"' if token else "Bearer"


def refusal(error: EerpError, site: Site) -> bytes:
    """A whole response for a request that never came to be; the connection ends."""
    reply = problem(error, None)
    log.info(
        "refused: {code}", event="request_refused", code=error.code, status=error.status
    )
    headers = {
        **reply.headers,
        "content-length": str(len(reply.body)),
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "connection": "close",
    }
    lines = "".join(f"{name.title()}: {value}\r\n" for name, value in headers.items())
    phrase = HTTPStatus(reply.status).phrase
    head = f"HTTP/1.1 {reply.status} {phrase}\r\n{lines}".encode("ascii")
    return head + b"Date: " + site.date() + b"\r\n\r\n" + reply.body


def respond(request: WebRequest, reply: Reply) -> None:
    """Write `reply` and finish the request; nothing is written to a client that is
    gone."""
    if request.gone:
        _note(request, _CLIENT_GONE, 0)
        return
    if _unchanged(request, reply):
        reply = Reply(HTTPStatus.NOT_MODIFIED, b"", reply.headers)
    request.setResponseCode(reply.status)
    _set_headers(request, reply)
    status, size = reply.status, len(reply.body)
    outgoing = request.channel.outgoing
    outgoing.hold()
    if reply.body and reply.status not in _NO_CONTENT:
        request.write(reply.body)
    request.finish()
    outgoing.release()
    _note(request, status, size)


def _set_headers(request: WebRequest, reply: Reply) -> None:
    put = request.responseHeaders.setRawHeaders
    put(b"Date", (request.site.date(),))
    for name, value in reply.headers.items():
        put(name.encode("ascii"), (value.encode("utf-8"),))
    given = reply.headers
    if reply.status not in _NO_CONTENT:
        put(b"Content-Length", (b"%d" % len(reply.body),))
        if "content-type" not in given and reply.body:
            put(b"Content-Type", (b"application/json",))
        if given.get("content-type", _JSON).split(";", 1)[0] not in _HARMLESS:
            put(b"Content-Security-Policy", (_INERT,))
    if "cache-control" not in given:
        put(b"Cache-Control", (b"no-store",))
    put(b"X-Content-Type-Options", (b"nosniff",))
    put(b"X-Request-Id", (request.request_id.encode("ascii"),))
    if request.site.settings.origins:
        _share(request, put)
    if request.site.draining:
        put(b"Connection", (b"close",))
        request.channel.persistent = False


def _share(
    request: WebRequest, put: Callable[[bytes, tuple[bytes, ...]], None]
) -> None:
    """Let a configured origin's scripts read the answer (CORS)."""
    put(b"Vary", (b"Origin",))
    origin = request.header(b"origin")
    if origin in request.site.settings.origins:
        put(b"Access-Control-Allow-Origin", (origin.encode("latin-1"),))
        put(b"Access-Control-Expose-Headers", (_EXPOSED,))


_EXPOSED = b"ETag, Link, Location, Preference-Applied, Retry-After, X-Request-Id"


def _unchanged(request: WebRequest, reply: Reply) -> bool:
    """Whether the client has this very representation (RFC 9110, If-None-Match)."""
    tag = reply.headers.get("etag")
    if tag is None or reply.status != HTTPStatus.OK:
        return False
    if request.method not in (b"GET", b"HEAD"):
        return False
    known = request.header(b"if-none-match")
    if known is None:
        return False
    tags = {one.strip().removeprefix("W/") for one in known.split(",")}
    return "*" in tags or tag.removeprefix("W/") in tags


def _note(request: WebRequest, status: int, size: int) -> None:
    error = request.error
    write = log.warn if status >= _FIRST_SERVER_ERROR else log.info
    took_s = request.site.clock.seconds() - request.started_s
    write(
        "{method} {route} {status} in {ms} ms",
        event="request",
        method=request.method.decode("ascii"),
        route=request.template,
        status=int(status),
        ms=round(took_s * 1000, 1),
        bytes=size,
        user_id=request.user_id,
        module=request.module,
        request_id=request.request_id,
        **({} if error is None else {"code": error.code, "detail": error.detail}),
    )
