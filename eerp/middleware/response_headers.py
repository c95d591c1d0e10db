"""``response_headers``: headers that every answer carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import evolve, frozen

from eerp.calls import Call, Proceed
from eerp.interfaces import Reply
from eerp.middleware.maker import Context, Options
from eerp.sandbox.frame import HEADER_NAME, HEADER_VALUE, HEADERS_OF_THE_CORE

__all__ = ["ResponseHeaders"]

# What tells of one answer, or protects its reader, is no fixed text.
_OF_THE_ANSWER = frozenset(
    {
        "allow", "etag", "last-modified", "location", "preference-applied",
        "retry-after", "vary", "www-authenticate", "x-content-type-options",
    }
)  # fmt: skip
_PREFIXES = ("access-control-", "content-")


@frozen(eq=False)
class ResponseHeaders:
    """Sets fixed headers on every answer of the module that is no error; they win over
    the module's own."""

    name: ClassVar[str] = "response_headers"
    schema: ClassVar[Options] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["headers"],
        "properties": {
            "headers": {
                "description": "Names and values.",
                "type": "object",
                "minProperties": 1,
                "maxProperties": 20,
                "additionalProperties": {"type": "string"},
            }
        },
    }
    headers: Mapping[str, str]

    @classmethod
    def make(cls, options: Options, _context: Context) -> ResponseHeaders:
        """The middleware for one entry. Raises ValueError for a header that may not
        be set."""
        headers: dict[str, str] = {}
        for name, value in options["headers"].items():
            folded = name.lower()
            _check(name, value)
            if folded in headers:
                raise ValueError(f"headers.{name}: is written more than once")
            headers[folded] = value
        return cls(headers)

    async def __call__(self, call: Call, proceed: Proceed) -> Reply:
        """The reply, with the headers."""
        reply = await proceed(call)
        return evolve(reply, headers={**reply.headers, **self.headers})


def _check(name: str, value: str) -> None:
    folded = name.lower()
    if not HEADER_NAME.fullmatch(folded):
        raise ValueError(f"headers.{name}: is not the name of a header")
    if folded in HEADERS_OF_THE_CORE | _OF_THE_ANSWER or folded.startswith(_PREFIXES):
        raise ValueError(f"headers.{name}: belongs to the core")
    if not HEADER_VALUE.fullmatch(value):
        raise ValueError(f"headers.{name}: must be printable ASCII")
