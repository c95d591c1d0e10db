"""From a reply or an error to bytes: the only place that writes a response.

Errors are problem details (RFC 9457). What goes to the client is `code`, `message`,
`hint` and `errors`; `detail` and tracebacks go to the log. Each request leaves one
line in the log, with the route's template in place of the URL.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from attrs import frozen

from eerp.errors import EerpError, MethodNotAllowed, Unauthenticated
from eerp.interfaces import Reply
from eerp.log import Logger, LogLevel

if TYPE_CHECKING:
    from eerp.web.request import WebRequest
    from eerp.web.site import Site

__all__ = ["Streaming", "json_reply", "problem", "refusal", "respond"]

log = Logger(namespace="eerp.web")

_PROBLEM = "application/problem+json"
_JSON = "application/json"
_NO_CONTENT = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_CLIENT_GONE = 499
_FIRST_SERVER_ERROR = 500
# What a browser shows as a page would run with our origin's rights; a sandboxed
# page without sources cannot. A PDF viewer does not open in a sandbox.
_INERT = "default-src 'none'; sandbox"
_HARMLESS = frozenset({_JSON, "application/pdf", "text/event-stream"})
_EXPOSED = (
    "ETag, Idempotency-Replayed, Link, Location, Preference-Applied, Retry-After,"
    " X-Request-Id"
)
_SPELLINGS = {"etag": "ETag", "www-authenticate": "WWW-Authenticate"}
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_PHRASES = {int(status): status.phrase for status in HTTPStatus}
_STATUS_LINES = {
    status: f"HTTP/1.1 {status} {_PHRASES.get(status, 'Unassigned')}\r\n"
    for status in range(200, 600)
}


def _nothing() -> None:
    """Nothing follows."""


@frozen
class Streaming(Reply):
    """A reply without an end of its own: when its head is written, `begin` is called,
    and writes and finishes the request in its own time."""

    begin: Callable[[], None] = _nothing


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
            {**_place(fault.pointer), "code": fault.code, "message": fault.message}
            for fault in error.errors
        ]
    if error.hint is not None:
        content["hint"] = error.hint
    body = orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)
    return Reply(error.status, body, _headers_of(error))


def _place(pointer: str) -> dict[str, str]:
    """Where a fault is: in the body, unless it names the query or the path, which in
    our code stand in front of the pointer, as in ``query/limit``."""
    part, slash, name = pointer.partition("/")
    if part in ("query", "path"):
        return {"in": part, "pointer": f"/{name}" if slash else ""}
    return {"in": "body", "pointer": pointer}


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
    headers = _headers(reply)
    headers["connection"] = "close"
    return _head(reply.status, headers, site) + reply.body


def respond(request: WebRequest, reply: Reply) -> None:
    """Write `reply` and finish the request; nothing is written to a client that is
    gone."""
    if request.gone:
        _note(request, _CLIENT_GONE, 0)
        return
    if _unchanged(request, reply):
        reply = Reply(HTTPStatus.NOT_MODIFIED, b"", reply.headers)
    channel, site = request.channel, request.site
    headers = _headers(reply)
    headers["x-request-id"] = request.request_id
    if request.applied:
        own = headers.get("preference-applied")
        both = filter(None, (own, request.applied))
        headers["preference-applied"] = ", ".join(both)
    if site.settings.origins:
        _share(request, headers)
    if site.draining:
        channel.persistent = False
    if not channel.persistent:
        headers["connection"] = "close"
    if isinstance(reply, Streaming):
        _begin(request, reply, headers)
        return
    parts = [_head(reply.status, headers, site)]
    if reply.status not in _NO_CONTENT and request.method != b"HEAD":
        parts.append(reply.body)
    channel.outgoing.hold()
    # Twisted's own writer of heads costs more than all the rest of a response.
    request.startedWriting = 1
    channel.writeSequence(parts)
    request.finish()
    channel.outgoing.release()
    _note(request, reply.status, len(reply.body))


def _begin(request: WebRequest, reply: Streaming, headers: dict[str, str]) -> None:
    """Write the head of a reply that goes on by itself; of HTTP/1.0 it ends with the
    connection."""
    del headers["content-length"]
    if request.clientproto == b"HTTP/1.1":
        headers["transfer-encoding"] = "chunked"
    request.startedWriting = 1
    request.channel.write(_head(reply.status, headers, request.site))
    _note(request, reply.status, 0)
    if request.method == b"HEAD":
        request.finish()
        return
    request.chunked = int("transfer-encoding" in headers)
    reply.begin()


def _headers(reply: Reply) -> dict[str, str]:
    """What goes with each reply, beside its own headers."""
    headers = {
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        **reply.headers,
    }
    if reply.status not in _NO_CONTENT:
        headers["content-length"] = str(len(reply.body))
        if reply.body:
            headers.setdefault("content-type", _JSON)
        if not _is_harmless(headers.get("content-type", _JSON)):
            headers["content-security-policy"] = reply.policy or _INERT
    return headers


def _is_harmless(media_type: str) -> bool:
    name = media_type.split(";", 1)[0]
    return name in _HARMLESS or name.endswith("+json")


def _head(status: int, headers: dict[str, str], site: Site) -> bytes:
    """Status line and headers, up to the empty line that ends them."""
    lines = [f"{_name(name)}: {_value(text)}\r\n" for name, text in headers.items()]
    head = _STATUS_LINES[status] + "".join(lines)
    return head.encode("utf-8") + b"Date: " + site.date() + b"\r\n\r\n"


@lru_cache(maxsize=256)
def _name(name: str) -> str:
    """A header's name in its usual spelling."""
    return _SPELLINGS.get(name) or name.title()


def _value(text: str) -> str:
    """A header's value, which never begins a line of its own."""
    return text if text.isprintable() else _CONTROLS.sub(" ", text)


def _share(request: WebRequest, headers: dict[str, str]) -> None:
    """Let a configured origin's scripts read the answer (CORS)."""
    own = headers.get("vary")
    headers["vary"] = "Origin" if own is None else f"{own}, Origin"
    origin = request.header(b"origin")
    if origin in request.site.settings.origins:
        headers["access-control-allow-origin"] = origin
        headers["access-control-expose-headers"] = _EXPOSED


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
    level = LogLevel.warn if status >= _FIRST_SERVER_ERROR else LogLevel.info
    if not log.emits(level):
        return
    error = request.error
    took_s = request.site.clock.seconds() - request.started_s
    log.emit(
        level,
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
