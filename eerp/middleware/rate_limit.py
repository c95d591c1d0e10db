"""``rate_limit``: so many requests in so many seconds, then 429.

A bucket of `requests` tokens is filled again steadily, all of it in `seconds`: who has
been quiet may send all at once, and nobody gets more than that over any longer time.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, Literal

from attrs import define, field
from twisted.internet.interfaces import IReactorTime

from eerp import limits
from eerp.calls import Call, Proceed
from eerp.errors import TooManyRequests
from eerp.interfaces import Reply
from eerp.middleware.maker import Context, Options

__all__ = ["Buckets", "RateLimit"]

_US = 1_000_000


@define
class Buckets:
    """A bucket for each key. Of those, no more than `keys_max` are kept: the one that
    was not asked for the longest time is forgotten, and would be full again.

    A bucket is one number: when it will be full. Times are whole microseconds,
    multiplied by `requests`, so that the share of one request is whole too.
    """

    requests: int
    seconds: int
    keys_max: int = limits.RATE_LIMIT_KEYS_MAX
    _full_at: dict[Hashable, int] = field(factory=dict, init=False)

    def take(self, key: Hashable, now_s: float) -> int:
        """Take a token. 0, or after how many seconds there is one."""
        share = self.seconds * _US
        whole = share * self.requests
        now = round(now_s * _US) * self.requests
        # The clock may have been set back: nobody waits longer than for a whole bucket.
        full_at = min(max(self._full_at.pop(key, now), now), now + whole)
        missing = full_at + share - now - whole
        self._keep(key, full_at if missing > 0 else full_at + share)
        return max(0, -(-missing // (self.requests * _US)))

    def _keep(self, key: Hashable, full_at: int) -> None:
        while len(self._full_at) >= self.keys_max:
            del self._full_at[next(iter(self._full_at))]
        self._full_at[key] = full_at

    def __len__(self) -> int:
        return len(self._full_at)


@define(eq=False)
class RateLimit:
    """Refuses who calls too often. Each process counts for itself."""

    name: ClassVar[str] = "rate_limit"
    schema: ClassVar[Options] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["requests", "seconds"],
        "properties": {
            "requests": {
                "description": "How many are let pass at once.",
                "type": "integer",
                "minimum": 1,
                "maximum": 1_000_000,
            },
            "seconds": {
                "description": "In how many seconds as many are let pass again.",
                "type": "integer",
                "minimum": 1,
                "maximum": 86_400,
            },
            "per": {
                "description": "Whether each user has a number, or all share one.",
                "enum": ["user", "module"],
                "default": "user",
            },
        },
    }
    per: Literal["user", "module"]
    buckets: Buckets
    clock: IReactorTime

    @classmethod
    def make(cls, options: Options, context: Context) -> RateLimit:
        """The middleware for one entry."""
        buckets = Buckets(options["requests"], options["seconds"])
        return cls(options["per"], buckets, context.clock)

    async def __call__(self, call: Call, proceed: Proceed) -> Reply:
        """The reply, or `TooManyRequests`."""
        # A call that is made again was counted already.
        if call.attempt == 1:
            self._count(self._key(call))
        return await proceed(call)

    def _key(self, call: Call) -> str | None:
        """Whoever is not signed in shares a bucket with all others who are not."""
        identity = call.request.identity
        return None if self.per == "module" or identity is None else identity.user_id

    def _count(self, key: str | None) -> None:
        wait_s = self.buckets.take(key, self.clock.seconds())
        if wait_s:
            requests, seconds = self.buckets.requests, self.buckets.seconds
            raise TooManyRequests(
                f"There may be {requests} requests in {seconds} seconds.",
                retry_after_s=wait_s,
            )
