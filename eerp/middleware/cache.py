"""``cache``: lets a browser keep what it got, and ask whether it is still so."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import ClassVar

from attrs import evolve, frozen

from eerp.calls import Call, Proceed
from eerp.interfaces import Reply
from eerp.middleware.maker import Context, Options

__all__ = ["Cache"]

_TAG_BYTES = 16
# What an answer may depend on beside its URL.
_VARY = ("Accept-Language", "Authorization", "Prefer", "X-Company")


@frozen(eq=False)
class Cache:
    """Gives answers to GET an ``ETag``, made of their bytes and therefore strong, and a
    ``Cache-Control`` that only the caller's own cache may act upon.

    What the module says itself is left as it is.
    """

    name: ClassVar[str] = "cache"
    schema: ClassVar[Options] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "seconds": {
                "description": "How long an answer is good without asking; 0: always"
                " ask whether it has changed.",
                "type": "integer",
                "minimum": 0,
                "maximum": 31_536_000,
                "default": 0,
            }
        },
    }
    control: str

    @classmethod
    def make(cls, options: Options, _context: Context) -> Cache:
        """The middleware for one entry."""
        seconds = options["seconds"]
        return cls(f"private, max-age={seconds}" if seconds else "private, no-cache")

    async def __call__(self, call: Call, proceed: Proceed) -> Reply:
        """The reply, with headers for caches."""
        reply = await proceed(call)
        if call.route.method != "GET" or reply.status != HTTPStatus.OK:
            return reply
        own = reply.headers
        headers = {
            "cache-control": self.control,
            "etag": own.get("etag") or _tag(reply.body),
            **own,
            "vary": _vary(own.get("vary")),
        }
        return evolve(reply, headers=headers)


def _tag(body: bytes) -> str:
    digest = hashlib.blake2b(body, digest_size=_TAG_BYTES)
    return f'"{digest.hexdigest()}"'


def _vary(own: str | None) -> str:
    """What the module's own answer depends on, too."""
    told = [] if own is None else [name.strip() for name in own.split(",")]
    known = {name.lower() for name in told}
    return ", ".join([*told, *(name for name in _VARY if name.lower() not in known)])
