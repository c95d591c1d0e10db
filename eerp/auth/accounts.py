"""Signing in, staying signed in, signing out."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from attrs import frozen

from eerp.auth.first_start import make_first_user
from eerp.auth.identity import Identities
from eerp.auth.names import fold_username, is_username
from eerp.auth.password import Passwords
from eerp.auth.refresh import Refresh, Renewed, Session, rotate
from eerp.auth.throttle import WAIT_S, Attempt, Throttle, refuse_while
from eerp.auth.token import Tokens, first_refresh_token, refresh_token_hash
from eerp.auth.transact import read, transact
from eerp.auth.users import Users
from eerp.config import AuthConfig
from eerp.errors import LoginRefused, RefreshRefused, TooManyRequests
from eerp.interfaces import Identity, Pool, Statement, Transaction
from eerp.limits import (
    REFRESH_TOKEN_BYTES_MAX,
    SESSION_RETENTION_S,
    USER_AGENT_CHARACTERS_MAX,
)
from eerp.log import Logger

__all__ = ["Accounts", "TokenPair"]

log = Logger(namespace="eerp.auth")

_LOOK_UP = f"""
select {WAIT_S}, u.id::text, u.password_hash, u.active
  from (select 1) one left join eerp.users u on lower(u.username) = %s
"""  # noqa: S608  # made of constants
_SIGN_IN = """
update eerp.users
   set last_login_at = clock_timestamp(), password_hash = coalesce(%s, password_hash)
 where id = %s and active and password_hash = %s
returning token_version
"""
_OPEN_SESSION = """
insert into eerp.sessions (user_id, expires_at, user_agent)
values (%s, clock_timestamp() + %s * interval '1 second', %s)
returning id::text
"""
_STORE_FIRST = """
insert into eerp.refresh_tokens (hash, session_id, issued_at, expires_at)
values (%s, %s, clock_timestamp(), clock_timestamp() + %s * interval '1 second')
"""
_DROP_OLD_SESSIONS = """
delete from eerp.sessions
 where user_id = %s and expires_at < clock_timestamp() - %s * interval '1 second'
"""
_SIGN_OUT = """
update eerp.sessions
   set revoked_at = clock_timestamp(), revoked_reason = 'logout'
 where id = %s and revoked_at is null
"""
_ABOUT = """
select username, created_at, last_login_at
  from eerp.users where id = %s
"""


@frozen
class TokenPair:
    """What a client gets when it signs in or refreshes; `expires_in` in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105  # a word of RFC 6750


@frozen
class _Known:
    user_id: str | None
    password_hash: str | None
    active: bool


class Accounts(Users):
    """Users and their sessions. `refresh_key` derives the successors of tokens.

    ``Accounts(pool, Passwords(deferToThread), tokens, identities,
    refresh_key=keys.derive("refresh"), lifetimes=config.auth)``
    """

    def __init__(
        self,
        pool: Pool,
        passwords: Passwords,
        tokens: Tokens,
        identities: Identities,
        *,
        refresh_key: bytes,
        lifetimes: AuthConfig,
        throttle: Throttle | None = None,
    ) -> None:
        super().__init__(pool, passwords, lambda user_id: _forget(identities, user_id))
        self._tokens = tokens
        self._identities = identities
        self._refresh_key = refresh_key
        self._lifetimes = lifetimes
        self._throttle = throttle or Throttle()

    async def login(
        self, username: str, password: str, *, address: str, user_agent: str | None
    ) -> TokenPair:
        """Open a session. `address` is the client's own, not a proxy's.

        `LoginRefused` tells nobody whether the user exists, in words or in time:
        a hash is computed either way. `TooManyRequests` after too many failures,
        whatever the password; `Overloaded` when too many wait for their hash.
        """
        name = fold_username(username)
        attempt = self._throttle.attempt(name, address)
        known = await self._look_up(name, attempt)
        right = await self._passwords.verify(known.password_hash, password)
        if not (right and known.active):
            await self._refuse_login(name, known, attempt)
        pair = await self._open_session(known, password, attempt, user_agent)
        log.info(
            "user {username} signed in",
            event="login_succeeded",
            username=name,
            address=address,
        )
        return pair

    async def refresh(self, refresh_token: str) -> TokenPair:
        """Trade a refresh token for a new pair; it is spent then.

        `RefreshRefused` when it is unknown or expired or its session is over. A
        spent one ends the session; `refresh_grace_s` may forgive (see `rotate`).
        """
        if len(refresh_token) > REFRESH_TOKEN_BYTES_MAX:
            raise refresh_refused("longer than any of ours")
        refresh = Refresh(
            refresh_token,
            self._refresh_key,
            self._lifetimes.refresh_token_ttl_s,
            self._lifetimes.refresh_grace_s,
        )
        outcome = await transact(self._pool, partial(rotate, refresh))
        if isinstance(outcome, Renewed):
            return self._pair(outcome.session, outcome.refresh_token)
        if outcome.reused_session_id is not None:
            self._identities.forget(session_id=outcome.reused_session_id)
            log.warn(
                "a spent refresh token of {username} came back: session ended",
                event="refresh_token_reused",
                username=outcome.username,
                session_id=outcome.reused_session_id,
            )
        raise refresh_refused(outcome.reason)

    async def logout(self, identity: Identity) -> None:
        """End the session of the caller's token; its tokens are worthless then."""
        if identity.session_id is None:
            return
        statement = Statement(_SIGN_OUT, (identity.session_id,))
        await transact(self._pool, lambda tx: tx.run(statement), actor=identity.user_id)
        self._identities.forget(session_id=identity.session_id)
        log.info(
            "user {username} signed out", event="logout", username=identity.username
        )

    async def me(self, identity: Identity) -> dict[str, Any]:
        """Who the caller is and may be, as JSON values."""
        rows = await read(self._pool, Statement(_ABOUT, (identity.user_id,)))
        username, created_at, last_login_at = rows[0]
        return {
            "id": identity.user_id,
            "username": username,
            "company_id": identity.company_id,
            "companies": list(identity.companies),
            "roles": list(identity.roles),
            "permissions": sorted(identity.permissions),
            "created_at": created_at.isoformat(),
            "last_login_at": last_login_at and last_login_at.isoformat(),
        }

    async def first_start(self, state_dir: Path) -> Path | None:
        """Make the administrator when there is no user at all (`make_first_user`)."""
        return await make_first_user(self._pool, self._passwords, state_dir)

    async def _look_up(self, name: str, attempt: Attempt) -> _Known:
        # What cannot be a username is looked up all the same, as one nobody has.
        parameters = (*attempt.wait_parameters(), name if is_username(name) else "")
        rows = await read(self._pool, Statement(_LOOK_UP, parameters))
        wait_s, user_id, password_hash, active = rows[0]
        known = _Known(user_id, password_hash, bool(active))
        _refuse_while(wait_s, known, name)
        return known

    async def _refuse_login(self, name: str, known: _Known, attempt: Attempt) -> None:
        await attempt.fail(self._pool)
        # A name that nobody has may be a password that was typed into its box.
        log.info(
            "sign-in of {username} refused",
            event="login_refused",
            username=name if known.user_id else "an unknown user",
        )
        raise login_refused()

    async def _open_session(
        self, known: _Known, password: str, attempt: Attempt, user_agent: str | None
    ) -> TokenPair:
        stored, fresh = known.password_hash, None
        if stored is not None and self._passwords.needs_rehash(stored):
            fresh = await self._passwords.hash(password)
        first = first_refresh_token()

        async def work(transaction: Transaction) -> Session:
            await attempt.succeed(transaction)
            version = await _sign_in(known, fresh, transaction)
            session_id = await self._insert_session(
                known.user_id, user_agent, first, transaction
            )
            session_ttl_s = self._lifetimes.session_ttl_s
            return Session(str(known.user_id), session_id, version, session_ttl_s)

        session = await transact(self._pool, work, actor=known.user_id)
        return self._pair(session, first)

    async def _insert_session(
        self,
        user_id: str | None,
        user_agent: str | None,
        first: str,
        transaction: Transaction,
    ) -> str:
        lifetimes = self._lifetimes
        await transaction.run(
            Statement(_DROP_OLD_SESSIONS, (user_id, SESSION_RETENTION_S))
        )
        session = (user_id, lifetimes.session_ttl_s, _printable(user_agent))
        rows = await transaction.run(Statement(_OPEN_SESSION, session))
        session_id = str(rows[0][0])
        ttl_s = min(lifetimes.refresh_token_ttl_s, lifetimes.session_ttl_s)
        token = (refresh_token_hash(first), session_id, ttl_s)
        await transaction.run(Statement(_STORE_FIRST, token))
        return session_id

    def _pair(self, session: Session, refresh_token: str) -> TokenPair:
        # No access token outlives its session.
        ttl_s = min(self._lifetimes.access_token_ttl_s, session.left_s)
        access_token = self._tokens.issue(
            session.user_id, session.id, session.token_version, ttl_s
        )
        return TokenPair(access_token, refresh_token, ttl_s)


def login_refused() -> LoginRefused:
    """The one answer to an unknown user, a wrong password, a user switched off."""
    return LoginRefused("Unknown user or wrong password.")


def refresh_refused(detail: str) -> RefreshRefused:
    """The one answer to a refresh token that is not good; `detail` for the log."""
    return RefreshRefused(
        "The refresh token is not valid.", hint="Sign in again.", detail=detail
    )


def _forget(identities: Identities, user_id: str | None) -> None:
    identities.forget(user_id=user_id)


def _refuse_while(wait_s: float | None, known: _Known, name: str) -> None:
    try:
        refuse_while(wait_s)
    except TooManyRequests:
        log.warn(
            "sign-in of {username} refused: too many failures",
            event="login_throttled",
            username=name if known.user_id else "an unknown user",
        )
        raise


async def _sign_in(known: _Known, fresh: str | None, transaction: Transaction) -> int:
    parameters = (fresh, known.user_id, known.password_hash)
    rows = await transaction.run(Statement(_SIGN_IN, parameters))
    if not rows:
        # Switched off, or given another password, since the password was verified.
        raise login_refused()
    return int(rows[0][0])


def _printable(user_agent: str | None) -> str | None:
    if user_agent is None:
        return None
    kept = user_agent[:USER_AGENT_CHARACTERS_MAX]
    return "".join(letter if letter.isprintable() else "?" for letter in kept)
