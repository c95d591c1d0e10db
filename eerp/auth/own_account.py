"""What everybody may do with their own account: another password, and sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

from eerp.auth.password import Passwords, check_password
from eerp.auth.sessions import end_one, end_others, open_sessions, owner
from eerp.auth.throttle import WAIT_S, Attempt, Throttle, refuse_while
from eerp.auth.transact import read, transact
from eerp.errors import Fault, NotFound, ValidationFailed
from eerp.interfaces import Identity, Pool, Statement, Transaction
from eerp.log import Logger

__all__ = ["OwnAccount"]

log = Logger(namespace="eerp.auth")

_KNOWN = (
    f"select {WAIT_S}, password_hash"  # noqa: S608  # made of constants
    " from eerp.users where id = %s"
)
# The session that asks goes on, so the version of the user's tokens stays.
_REPLACE = """
update eerp.users set password_hash = %s where id = %s and password_hash = %s
returning id
"""


@frozen
class OwnAccount:
    """The accounts of callers. `forget` is told whose identity changed."""

    pool: Pool
    passwords: Passwords
    throttle: Throttle
    forget: Callable[[str | None], None]

    async def change_password(
        self, identity: Identity, current: str, new: str, *, address: str
    ) -> None:
        """Another password, which ends the caller's other sessions.

        `ValidationFailed` for a wrong `current` one or one that may not be; wrong ones
        count like failed sign-ins: `TooManyRequests`.
        """
        check_password(new, identity.username)
        attempt = self.throttle.attempt(identity.username, address)
        stored = await self._verified(identity, current, attempt)
        fresh = await self.passwords.hash(new)

        async def work(transaction: Transaction) -> None:
            await attempt.succeed(transaction)
            values = (fresh, identity.user_id, stored)
            if not await transaction.run(Statement(_REPLACE, values)):
                raise _wrong()
            own = identity.session_id
            await end_others(identity.user_id, own, "password_set", transaction)

        await transact(self.pool, work, actor=identity.user_id)
        self.forget(identity.user_id)
        log.info("user {username} changed the own password",
                 event="password_changed", username=identity.username)  # fmt: skip

    async def _verified(
        self, identity: Identity, current: str, attempt: Attempt
    ) -> str:
        """The stored hash of the password, which is verified."""
        values = (*attempt.wait_parameters(), identity.user_id)
        wait_s, stored = (await read(self.pool, Statement(_KNOWN, values)))[0]
        refuse_while(wait_s)
        if not await self.passwords.verify(stored, current):
            await attempt.fail(self.pool)
            raise _wrong()
        return str(stored)

    async def sessions(self, identity: Identity) -> list[dict[str, Any]]:
        """The caller's open sessions."""
        asked = open_sessions(identity.user_id, identity.session_id)
        return [session for (session,) in await read(self.pool, asked)]

    async def end_session(self, identity: Identity, session_id: str) -> None:
        """End one of them. Raises `NotFound` for another's."""

        async def work(transaction: Transaction) -> None:
            if await owner(session_id, transaction) != identity.user_id:
                raise NotFound("There is no such session.")
            await end_one(identity.user_id, session_id, "ended", transaction)

        await transact(self.pool, work, actor=identity.user_id)
        self.forget(identity.user_id)
        log.info("user {username} ended a session", event="session_ended",
                 username=identity.username)  # fmt: skip


def _wrong() -> ValidationFailed:
    message = "This is not your password."
    return ValidationFailed(message, errors=(Fault("/current", "wrong", message),))
