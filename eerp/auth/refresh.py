"""The rotation of refresh tokens: each is good once, and has one successor."""

from __future__ import annotations

from attrs import field, frozen

from eerp.auth.token import next_refresh_token, refresh_token_hash
from eerp.interfaces import Statement, Transaction

__all__ = ["Refresh", "Refused", "Renewed", "Session", "rotate"]

# The row lock lets the refreshes of one session pass one at a time.
_LOCK_SESSION = """
select id from eerp.sessions
 where id = (select session_id from eerp.refresh_tokens where hash = %s)
   for update
"""
_FIND = """
select u.id::text, u.username, u.active, u.token_version, s.id::text,
       s.revoked_at is null and s.expires_at > clock_timestamp(),
       floor(extract(epoch from s.expires_at - clock_timestamp()))::int,
       t.expires_at > clock_timestamp(),
       t.used_at is not null,
       t.used_at > clock_timestamp() - %s * interval '1 second'
         and exists (select from eerp.refresh_tokens n
                      where n.hash = %s and n.session_id = s.id and n.used_at is null
                        and n.expires_at > clock_timestamp())
  from eerp.refresh_tokens t
  join eerp.sessions s on s.id = t.session_id
  join eerp.users u on u.id = s.user_id
 where t.hash = %s
"""
_SPEND = """
update eerp.refresh_tokens set used_at = clock_timestamp()
 where hash = %s and used_at is null
"""
_SUCCEED = """
insert into eerp.refresh_tokens (hash, session_id, issued_at, expires_at)
select %s, s.id, clock_timestamp(),
       least(s.expires_at, clock_timestamp() + %s * interval '1 second')
  from eerp.sessions s where s.id = %s
"""
_DROP_EXPIRED = """
delete from eerp.refresh_tokens
 where session_id = %s and expires_at < clock_timestamp()
"""
_END_FAMILY = """
update eerp.sessions
   set revoked_at = clock_timestamp(), revoked_reason = 'refresh_token_reused'
 where id = %s and revoked_at is null
"""


@frozen
class Refresh:
    """A refresh token that was presented, and what its successor needs.

    `grace_s`: seconds in which a spent token may come back; 0, and it never may.
    """

    token: str = field(repr=False)
    key: bytes = field(repr=False)
    ttl_s: int
    grace_s: int

    @property
    def successor(self) -> str:
        """The token that comes after this one."""
        return next_refresh_token(self.key, self.token)


@frozen
class Session:
    """The session that a token belongs to, and the seconds that it has left."""

    user_id: str
    id: str
    token_version: int
    left_s: int


@frozen
class Renewed:
    """The session goes on with `refresh_token`."""

    session: Session
    refresh_token: str = field(repr=False)


@frozen
class Refused:
    """No. `reused_session_id` names the session that a spent token just ended."""

    reason: str
    reused_session_id: str | None = None
    username: str | None = None


@frozen
class _Found:
    user_id: str
    username: str
    user_active: bool
    token_version: int
    session_id: str
    session_lives: bool
    session_left_s: int
    lives: bool
    spent: bool
    answer_lost: bool | None


async def rotate(refresh: Refresh, transaction: Transaction) -> Renewed | Refused:
    """Spend a token for its successor; end the session if it was spent before.

    One exception, where `grace_s` is not 0: the answer may have been lost, or two
    tabs refreshed at once. A token that comes back within those seconds, while its
    successor has never been used, gets the same successor again. So there is never
    more than one token that lives, and a thief's copy is noticed at the next refresh
    by either side.
    """
    found = await _find(refresh, transaction)
    if found is None:
        return Refused("unknown")
    if not (found.session_lives and found.session_left_s > 0):
        return Refused("the session is over")
    if not found.user_active:
        return Refused("the user is switched off")
    if not found.spent:
        return await _spend(refresh, found, transaction)
    # Asked here too, because a clock that was set back makes a token's use recent.
    if refresh.grace_s > 0 and found.answer_lost:
        return _renewed(refresh, found)
    await transaction.run(Statement(_END_FAMILY, (found.session_id,)))
    return Refused("spent before", found.session_id, found.username)


async def _find(refresh: Refresh, transaction: Transaction) -> _Found | None:
    token_hash = refresh_token_hash(refresh.token)
    await transaction.run(Statement(_LOCK_SESSION, (token_hash,)))
    successor_hash = refresh_token_hash(refresh.successor)
    parameters = (refresh.grace_s, successor_hash, token_hash)
    rows = await transaction.run(Statement(_FIND, parameters))
    return _Found(*rows[0]) if rows else None


async def _spend(
    refresh: Refresh, found: _Found, transaction: Transaction
) -> Renewed | Refused:
    if not found.lives:
        return Refused("expired")
    await transaction.run(Statement(_SPEND, (refresh_token_hash(refresh.token),)))
    successor = (
        refresh_token_hash(refresh.successor),
        refresh.ttl_s,
        found.session_id,
    )
    await transaction.run(Statement(_SUCCEED, successor))
    await transaction.run(Statement(_DROP_EXPIRED, (found.session_id,)))
    return _renewed(refresh, found)


def _renewed(refresh: Refresh, found: _Found) -> Renewed:
    session = Session(
        found.user_id, found.session_id, found.token_version, found.session_left_s
    )
    return Renewed(session, refresh.successor)
