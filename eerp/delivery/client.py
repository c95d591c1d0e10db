"""The import ``http``: requests of modules to the hosts that their operator allowed."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from eerp import limits
from eerp.delivery.fetch import Answer, Call, Fetcher
from eerp.delivery.hosts import Destination, HostRule, allowed, parse_url
from eerp.errors import Fault, HostRefused, TooManyRequests, ValidationFailed

__all__ = ["ModuleHosts", "ModuleHttp"]

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_KEYS = frozenset({"method", "url", "headers", "body", "body_base64", "timeout_ms"})
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
# What the connection is made of is ours to say.
_OURS = frozenset(
    {
        "accept-encoding", "connection", "content-length", "expect", "host",
        "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    }
)  # fmt: skip


@frozen
class ModuleHosts:
    """Where one module may go. Only a host that is listed by its own name may be at a
    private address, and only when `private` is set."""

    rules: Sequence[HostRule] = ()
    private: bool = False


@define(eq=False)
class ModuleHttp:
    """See `eerp.interfaces.HttpClient`. A module has HTTP_CALLS_AT_ONCE_MAX requests at
    once, over all that run."""

    fetcher: Fetcher
    hosts: Mapping[str, ModuleHosts]
    _running: Counter[str] = field(factory=Counter)

    async def fetch(self, module: str, request: Any) -> dict[str, Any]:
        """Do one request of `module`.

        Raises `ValidationFailed` for a request that is none, `HostRefused` for a host
        that is not allowed, `TooManyRequests`, `RemoteFailed`, `RemoteLate`.
        """
        call = self._call(module, request)
        if self._running[module] >= limits.HTTP_CALLS_AT_ONCE_MAX:
            raise TooManyRequests(
                f"The module {module} has too many requests to other servers at once.",
                retry_after_s=1,
            )
        self._running[module] += 1
        try:
            return _shown(await self.fetcher.fetch(call))
        finally:
            self._running[module] -= 1

    def _call(self, module: str, request: Any) -> Call:
        asked = _object(request)
        to = _destination(asked.get("url"))
        return Call(
            method=_method(asked.get("method", "GET")),
            to=to,
            headers=_headers(asked.get("headers")),
            body=_body(asked),
            timeout_s=_timeout_ms(asked.get("timeout_ms")) / 1000,
            response_bytes_max=limits.HTTP_RESPONSE_BYTES_MAX,
            private=self._private(module, to),
        )

    def _private(self, module: str, to: Destination) -> bool:
        """Whether the host may be at a private address. Raises `HostRefused`."""
        hosts = self.hosts.get(module, ModuleHosts())
        rule = allowed(hosts.rules, to)
        if rule is None:
            raise HostRefused(
                f"The module {module} may not call {to.host} on port {to.port}.",
                hint=f"The operator allows hosts by modules.{module}.http_hosts.",
            )
        return hosts.private and not rule.star


def _object(request: Any) -> Mapping[str, Any]:
    if not isinstance(request, dict):
        raise _invalid("", "type", "The request is an object.")
    unknown = sorted(set(request) - _KEYS)
    if unknown:
        raise _invalid(f"/{unknown[0]}", "unknown", f"{unknown[0]} is not a key here")
    return request


def _destination(url: Any) -> Destination:
    if not isinstance(url, str) or len(url) > limits.HTTP_URL_CHARACTERS_MAX:
        most = limits.HTTP_URL_CHARACTERS_MAX
        raise _invalid("/url", "url", f"url is a text of at most {most} characters")
    try:
        return parse_url(url)
    except ValueError as error:
        raise _invalid("/url", "url", f"url {error}") from None


def _method(method: Any) -> str:
    if method not in _METHODS:
        words = ", ".join(_METHODS)
        raise _invalid("/method", "method", f"method is one of {words}")
    return str(method)


def _headers(headers: Any) -> list[tuple[str, str]]:
    if headers is None:
        return []
    if not isinstance(headers, dict) or len(headers) > limits.HTTP_HEADERS_MAX:
        most = limits.HTTP_HEADERS_MAX
        raise _invalid("/headers", "type", f"headers is an object of at most {most}")
    return [_header(name, value) for name, value in headers.items()]


def _header(name: str, value: Any) -> tuple[str, str]:
    if not _NAME.fullmatch(name) or name.lower() in _OURS:
        raise _invalid("/headers", "header", "a header by a name that may not be set")
    longest = limits.HTTP_HEADER_CHARACTERS_MAX
    if (
        not isinstance(value, str)
        or len(value) > longest
        or not _VALUE.fullmatch(value)
    ):
        raise _invalid(
            f"/headers/{name}", "header", f"{name} is not a text on one line"
        )
    return name, value


def _body(asked: Mapping[str, Any]) -> bytes:
    text, encoded = asked.get("body"), asked.get("body_base64")
    if text is not None and encoded is not None:
        raise _invalid("/body_base64", "conflict", "give body or body_base64, not both")
    if text is not None:
        body = _encoded(text)
    else:
        body = b"" if encoded is None else _decoded(encoded)
    if len(body) > limits.HTTP_REQUEST_BYTES_MAX:
        most = limits.HTTP_REQUEST_BYTES_MAX
        raise _invalid("/body", "too_long", f"the body has more than {most} bytes")
    return body


def _encoded(text: Any) -> bytes:
    if not isinstance(text, str):
        raise _invalid("/body", "type", "body is a text")
    return text.encode()


def _decoded(encoded: Any) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except (TypeError, ValueError):
        raise _invalid("/body_base64", "type", "body_base64 is not base64") from None


def _timeout_ms(value: Any) -> int:
    if value is None:
        return limits.HTTP_TIMEOUT_MS
    most = limits.HTTP_TIMEOUT_MS_MAX
    if type(value) is not int or not 1 <= value <= most:
        raise _invalid(
            "/timeout_ms", "range", f"timeout_ms is a number from 1 to {most}"
        )
    return value


def _shown(answer: Answer) -> dict[str, Any]:
    """As the module gets it: a body that is text as it is, any other in base64."""
    content: dict[str, Any] = {
        "status": answer.status,
        "headers": dict(answer.headers),
    }
    try:
        return {**content, "body": answer.body.decode("utf-8")}
    except UnicodeDecodeError:
        return {**content, "body_base64": b64encode(answer.body).decode()}


def _invalid(pointer: str, code: str, message: str) -> ValidationFailed:
    said = f"{message[0].upper()}{message[1:].rstrip('.')}."
    return ValidationFailed(said, errors=(Fault(pointer, code, message),))
