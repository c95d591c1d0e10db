"""The sessions of users: which are open, and the end of some."""

from __future__ import annotations

from typing import Any

from eerp import limits
from eerp.errors import NotFound
from eerp.interfaces import Rows, Statement, Transaction

__all__ = ["end_all", "end_one", "end_others", "open_sessions", "owner"]

_OPEN = """
select json_build_object(
         'id', s.id, 'created_at', s.created_at, 'expires_at', s.expires_at,
         'last_used_at', coalesce((select max(t.issued_at) from eerp.refresh_tokens t
                                    where t.session_id = s.id), s.created_at),
         'user_agent', s.user_agent,
         'current', s.id is not distinct from %s::uuid)
  from eerp.sessions s
 where s.user_id = %s and s.revoked_at is null and s.expires_at > clock_timestamp()
 order by s.id desc limit %s
"""
_OWNER = """
select user_id::text from eerp.sessions
 where id = %s and revoked_at is null and expires_at > clock_timestamp()
"""
_END = """
update eerp.sessions set revoked_at = clock_timestamp(), revoked_reason = %s
 where user_id = %s and revoked_at is null
"""


def open_sessions(user_id: str, current: str | None) -> Statement:
    """The open sessions of a user, the newest first; `current` is the caller's own."""
    return Statement(_OPEN, (current, user_id, limits.SESSIONS_SHOWN_MAX))


async def owner(session_id: str, transaction: Transaction) -> str:
    """Whose an open session is. Raises `NotFound`."""
    rows = await transaction.run(Statement(_OWNER, (session_id,)))
    if not rows:
        raise NotFound("There is no such session.")
    return str(rows[0][0])


async def end_all(user_id: str, reason: str, transaction: Transaction) -> None:
    """End all sessions of a user."""
    await _end("", (reason, user_id), transaction)


async def end_one(
    user_id: str, session_id: str, reason: str, transaction: Transaction
) -> None:
    """End one session of a user."""
    await _end(" and id = %s", (reason, user_id, session_id), transaction)


async def end_others(
    user_id: str, current: str | None, reason: str, transaction: Transaction
) -> None:
    """End the sessions of a user but for the `current` one."""
    which = " and id is distinct from %s::uuid"
    await _end(which, (reason, user_id, current), transaction)


async def _end(which: str, values: tuple[Any, ...], transaction: Transaction) -> Rows:
    return await transaction.run(Statement(_END + which, values))
