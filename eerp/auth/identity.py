"""From the text of a token to the caller, fast, and never far behind the database."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from eerp.auth.token import Claims, Tokens
from eerp.auth.transact import read
from eerp.errors import TokenRevoked
from eerp.interfaces import Identity, Pool, Rows, Statement
from eerp.limits import IDENTITY_REFRESH_S, TOKEN_CACHE_MAX

__all__ = ["Identities"]

# A session of another user's than the token says finds no row.
_CALLER = """
select u.username, u.company_id::text, u.active, u.token_version,
       s.revoked_at is null and s.expires_at > clock_timestamp(),
       array(select r.role::text from eerp.user_roles r
              where r.user_id = u.id order by r.role),
       array(select distinct g.permission::text
               from eerp.user_roles r join eerp.role_grants g on g.role = r.role
              where r.user_id = u.id),
       array(select c.company_id::text from eerp.user_companies c
              where c.user_id = u.id order by 1)
  from eerp.users u
  join eerp.sessions s on s.user_id = u.id
 where u.id = %s and s.id = %s
"""


@frozen
class _Known:
    identity: Identity
    until: float


class Identities:
    """Verified tokens and their callers: at most TOKEN_CACHE_MAX, oldest out first.

    An entry lives until its token expires, and IDENTITY_REFRESH_S at most, so that
    what another process or the command changed is seen soon. `forget` drops entries
    at once; accounts calls it for what this process changes.
    """

    def __init__(
        self, pool: Pool, tokens: Tokens, *, known_max: int = TOKEN_CACHE_MAX
    ) -> None:
        self._pool = pool
        self._tokens = tokens
        self._now: Callable[[], float] = tokens.now
        self._known: dict[str, _Known] = {}
        self._known_max = known_max
        self._changes = 0

    def cached(self, token: str) -> Identity | None:
        """The caller, when this token was seen a moment ago; else ask `identify`."""
        known = self._known.get(token)
        if known is None or self._now() >= known.until:
            return None
        return known.identity

    async def identify(self, token: str) -> Identity:
        """The caller that `token` stands for, as the database has it now.

        The errors of `Tokens.verify`, `TokenRevoked`, or those of the database.
        """
        known = self.cached(token)
        if known is not None:
            return known
        claims = self._tokens.verify(token)
        changes = self._changes
        identity = _caller(claims, await self._read(claims))
        # What was read while something changed is answered, but not kept.
        if changes == self._changes:
            self._keep(token, identity, claims.expires_at)
        return identity

    def forget(
        self, *, user_id: str | None = None, session_id: str | None = None
    ) -> None:
        """Drop what is known of a user, or of a session; of everybody without both."""
        self._changes += 1
        everybody = user_id is None and session_id is None
        for token, known in list(self._known.items()):
            caller = known.identity
            of_user = user_id is not None and user_id == caller.user_id
            of_session = session_id is not None and session_id == caller.session_id
            if everybody or of_user or of_session:
                del self._known[token]

    async def _read(self, claims: Claims) -> Rows:
        statement = Statement(_CALLER, (claims.user_id, claims.session_id))
        return await read(self._pool, statement, actor=claims.user_id)

    def _keep(self, token: str, identity: Identity, expires_at: int) -> None:
        # Each entry is put in anew every IDENTITY_REFRESH_S while it is in use, so
        # the first of the dict is the one that was not used for the longest time.
        self._known.pop(token, None)
        while len(self._known) >= self._known_max:
            del self._known[next(iter(self._known))]
        until = min(float(expires_at), self._now() + IDENTITY_REFRESH_S)
        self._known[token] = _Known(identity, until)


def _caller(claims: Claims, rows: Rows) -> Identity:
    if not rows:
        raise _revoked("no such user or session")
    username, company_id, active, token_version, session_lives, *lists = rows[0]
    roles, grants, companies = map(tuple, lists)
    if not active:
        raise _revoked("the user is switched off")
    if token_version != claims.token_version:
        raise _revoked("the token version is over")
    if not session_lives:
        raise _revoked("the session is over")
    return Identity(
        user_id=claims.user_id,
        username=username,
        company_id=company_id,
        roles=roles,
        permissions=frozenset(grants),
        session_id=claims.session_id,
        companies=companies,
    )


def _revoked(detail: str) -> TokenRevoked:
    return TokenRevoked(
        "The session behind this access token is over.",
        hint="Sign in again.",
        detail=detail,
    )
