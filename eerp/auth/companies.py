"""The companies that a user may act in, and the one they act in by default."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from attrs import evolve, frozen

from eerp.errors import BadRequest, Conflict, Fault, Forbidden, ValidationFailed
from eerp.interfaces import Identity, Statement, Transaction

__all__ = ["Companies", "CompanyChange", "act_in", "change_companies"]

_ADD = """
insert into eerp.user_companies (user_id, company_id)
select %s::uuid, unnest(%s::uuid[]) on conflict do nothing
"""
_REMOVE = """
delete from eerp.user_companies where user_id = %s and company_id = any(%s::uuid[])
"""
_SET_DEFAULT = """
update eerp.users u set company_id = coalesce(%s::uuid, u.company_id, %s::uuid)
 where u.id = %s
"""
_LIST = """
select u.company_id::text,
       array(select c.company_id::text from eerp.user_companies c
              where c.user_id = u.id order by 1)
  from eerp.users u where u.id = %s
"""


_UUID_CHARACTERS = 36


@frozen
class CompanyChange:
    """What to change of a user's companies: ids to add and to remove, and which of
    them is the default, or None to leave that."""

    add: Sequence[str] = ()
    remove: Sequence[str] = ()
    default: str | None = None

    def checked(self) -> CompanyChange:
        """The same with ids as PostgreSQL writes them. Raises `ValidationFailed`."""
        return CompanyChange(
            [_id("/add", text) for text in self.add],
            [_id("/remove", text) for text in self.remove],
            None if self.default is None else _id("/default", self.default),
        )


@frozen
class Companies:
    """A user's companies, and the default of them, if there is one."""

    default: str | None
    all: tuple[str, ...]


async def change_companies(
    user_id: str, change: CompanyChange, transaction: Transaction
) -> Companies:
    """Make a checked `change`, in `transaction`; answers what is then.

    The first company of a user becomes the default. `Conflict` for a default that is
    not one of the user's companies.
    """
    await transaction.run(Statement(_ADD, (user_id, list(change.add))))
    await transaction.run(Statement(_REMOVE, (user_id, list(change.remove))))
    left = await _read(user_id, transaction)
    if change.default is not None and change.default not in left.all:
        raise Conflict(
            f"The user does not belong to company {change.default}.",
            hint="Add it with --add, too.",
        )
    first = next((added for added in change.add if added in left.all), None)
    values = (change.default, first, user_id)
    await transaction.run(Statement(_SET_DEFAULT, values))
    return await _read(user_id, transaction)


def act_in(identity: Identity, company: str) -> Identity:
    """The caller, acting in the company that the header X-Company names.

    `BadRequest` when it is no UUID, `Forbidden` when it is none of the caller's.
    """
    try:
        company_id = str(UUID(company)) if len(company) == _UUID_CHARACTERS else None
    except ValueError:
        company_id = None
    if company_id is None:
        raise BadRequest("The header X-Company is not one UUID.")
    if company_id not in identity.companies:
        raise Forbidden(
            "You may not act in the company that X-Company names.",
            hint="GET /api/auth/me lists your companies.",
        )
    return evolve(identity, company_id=company_id)


async def _read(user_id: str, transaction: Transaction) -> Companies:
    rows = await transaction.run(Statement(_LIST, (user_id,)))
    default, all_of_them = rows[0]
    return Companies(default, tuple(all_of_them))


def _id(pointer: str, text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        message = f"{text!r} is not the id of a company."
        raise ValidationFailed(
            message, errors=(Fault(pointer, "uuid", message),)
        ) from None
