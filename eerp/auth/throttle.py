"""Guessing passwords is slowed down, and nobody is locked out from elsewhere.

Failures are counted in PostgreSQL, over all processes, in a sliding window: those
of one username from one address, and those of one address whatever the username,
of which LOGIN_FAILURES_PER_ADDRESS_FACTOR times as many are let pass. There is no
count for a username alone: whoever filled it would lock its owner out.
"""

from __future__ import annotations

import hashlib
import math
from ipaddress import IPv6Address, ip_address, ip_network

from attrs import frozen

from eerp.auth.transact import read, transact
from eerp.errors import TooManyRequests
from eerp.interfaces import Pool, Statement, Transaction
from eerp.limits import (
    LOGIN_FAILURES_MAX,
    LOGIN_FAILURES_PER_ADDRESS_FACTOR,
    LOGIN_WINDOW_S,
)

__all__ = ["WAIT_S", "Attempt", "Throttle", "refuse_while"]

# An IPv6 client commands a whole network of this size.
IPV6_CLIENT_PREFIX_BITS = 64

_NTH_FAILURE_LEAVES_S = """
(select extract(epoch from f.at - clock_timestamp()) + %s
   from eerp.login_failures f
  where f.key = %s and f.at > clock_timestamp() - %s * interval '1 second'
  order by f.at desc offset %s limit 1)
"""
# There is room again when, for each key, its n-th latest failure leaves the window.
WAIT_S = f"greatest({_NTH_FAILURE_LEAVES_S}, {_NTH_FAILURE_LEAVES_S})::float8"

_ASK = f"select {WAIT_S}"
_SWEEP = """
delete from eerp.login_failures where at < clock_timestamp() - %s * interval '1 second'
"""
_RECORD = """
insert into eerp.login_failures (key, at)
values (%s, clock_timestamp()), (%s, clock_timestamp())
"""
_FORGET = "delete from eerp.login_failures where key = %s"


@frozen
class Throttle:
    """How many failures of one username from one address, and in how long."""

    failures_max: int = LOGIN_FAILURES_MAX
    window_s: int = LOGIN_WINDOW_S

    def attempt(self, username: str, address: str) -> Attempt:
        """An attempt for `username`, folded, from the client at `address`."""
        client = _client(address)
        name = hashlib.sha256(username.encode("utf-8", "surrogatepass")).hexdigest()
        return Attempt(self, f"user:{name}@{client}", f"address:{client}")


@frozen
class Attempt:
    """One attempt to sign in, with the two keys that its failure counts for.

    The username is kept as a hash: people type passwords into the wrong box.
    """

    throttle: Throttle
    pair: str
    address: str

    def wait_parameters(self, *, own: int = 0) -> tuple[str | int, ...]:
        """The parameters of WAIT_S, in its order, if `own` failures of the counted
        ones are this attempt's."""
        window_s = self.throttle.window_s
        pair_max = self.throttle.failures_max
        address_max = pair_max * LOGIN_FAILURES_PER_ADDRESS_FACTOR
        return (
            *(window_s, self.pair, window_s, pair_max - 1 + own),
            *(window_s, self.address, window_s, address_max - 1 + own),
        )

    async def fail(self, pool: Pool) -> None:
        """Count a failure, then `TooManyRequests` if others made it one too many.

        The count is asked in a transaction of its own, after the failure was
        committed. So, however many guesses come at once, over any number of
        processes, no more than `failures_max` are told that they were wrong.
        """
        await transact(pool, self._record)
        rows = await read(pool, Statement(_ASK, self.wait_parameters(own=1)))
        refuse_while(rows[0][0])

    async def succeed(self, transaction: Transaction) -> None:
        """Forget the failures of this user from here; first in its transaction.

        `TooManyRequests` when others failed too often while this one's password
        was verified: a burst of guesses must not get further than a series.
        """
        rows = await transaction.run(Statement(_ASK, self.wait_parameters()))
        refuse_while(rows[0][0])
        await transaction.run(Statement(_FORGET, (self.pair,)))

    async def _record(self, transaction: Transaction) -> None:
        await transaction.run(Statement(_SWEEP, (self.throttle.window_s,)))
        await transaction.run(Statement(_RECORD, (self.pair, self.address)))


def refuse_while(wait_s: float | None) -> None:
    """`TooManyRequests` if there is a wait, what WAIT_S answered, in seconds."""
    if wait_s is None:
        return
    raise TooManyRequests(
        "Too many failed sign-ins from this address; wait, then try again.",
        retry_after_s=max(1, math.ceil(wait_s)),
    )


def _client(address: str) -> str:
    """The address without a zone; for IPv6 its network; else the text, hashed."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return hashlib.sha256(address.encode("utf-8", "replace")).hexdigest()[:32]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, IPV6_CLIENT_PREFIX_BITS), strict=False))
