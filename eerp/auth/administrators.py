"""The last active user whose roles grant everything keeps them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from eerp.errors import Conflict
from eerp.interfaces import Statement, Transaction

__all__ = ["keep_one"]

# Two processes that strip two administrators at once must not both succeed: each
# writes the same rows, so that the second starts anew and sees what the first did.
_ONE_AT_A_TIME = """
update eerp.roles r set title = r.title
 where exists (select from eerp.role_grants g
                where g.role = r.name and g.permission = '*')
"""
_COUNT = """
select count(distinct u.id)
  from eerp.users u
  join eerp.user_roles r on r.user_id = u.id
  join eerp.role_grants g on g.role = r.role and g.permission = '*'
 where u.active
"""


async def keep_one(
    work: Callable[[Transaction], Awaitable[None]], told: str, transaction: Transaction
) -> None:
    """Do `work` in `transaction`. `Conflict`, which says what is `told`, when there was
    an administrator before it and is none after."""
    await transaction.run(Statement(_ONE_AT_A_TIME))
    before = await _count(transaction)
    await work(transaction)
    if before and not await _count(transaction):
        raise Conflict(
            told, hint="Give another user a role that grants everything (*) first."
        )


async def _count(transaction: Transaction) -> int:
    return int((await transaction.run(Statement(_COUNT)))[0][0])
