"""Nobody gives what they do not have, nor changes who has more than they.

What a user has are roles, the permissions that these grant, and companies to act in. A
role counts by itself: record rules and middleware ask for its name. Whoever has every
permission may give everything.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from eerp.auth.access import require
from eerp.errors import Forbidden, NotFound
from eerp.interfaces import MANAGE_USERS, Identity, Statement, Transaction
from eerp.orm.access import OPERATIONS, restricting
from eerp.orm.model import Model

__all__ = ["Granter", "holding"]

_HELD = """
select u.username, u.company_id::text,
       array(select r.role::text from eerp.user_roles r where r.user_id = u.id),
       array(select g.permission::text
               from eerp.user_roles r join eerp.role_grants g on g.role = r.role
              where r.user_id = u.id),
       array(select c.company_id::text from eerp.user_companies c
              where c.user_id = u.id)
  from eerp.users u where u.id = %s
"""


async def holding(user_id: str, transaction: Transaction) -> Identity:
    """What a user has, as the database says now. Raises `NotFound`."""
    rows = await transaction.run(Statement(_HELD, (user_id,)))
    if not rows:
        raise NotFound("There is no such user.")
    username, company_id, roles, permissions, companies = rows[0]
    return Identity(
        user_id,
        username,
        company_id,
        tuple(roles),
        frozenset(permissions),
        companies=tuple(companies),
    )


@frozen
class Granter:
    """Who manages users and roles, with what they `have` at this moment."""

    have: Identity

    @classmethod
    async def of(
        cls, identity: Identity, models: Iterable[Model], transaction: Transaction
    ) -> Granter:
        """The caller as a granter. `Forbidden` for one who manages users no more, and
        for one whom record rules limit: users without those roles would see more."""
        granter = cls(await holding(identity.user_id, transaction))
        require(granter.have, MANAGE_USERS)
        if not granter.everything and _is_limited(granter.have, models):
            raise Forbidden(
                "Your roles see some records only; users are managed by who sees all."
            )
        return granter

    @property
    def everything(self) -> bool:
        """Whether there is nothing that they may not give."""
        return self.have.may("*")

    def check_user(self, user: Identity) -> None:
        """Raise `Forbidden` for a user who has more."""
        self.check(user.roles, user.permissions, user.companies)

    def check(
        self,
        roles: Iterable[str] = (),
        permissions: Iterable[str] = (),
        companies: Iterable[str] = (),
    ) -> None:
        """Raise `Forbidden` for the first of these that they do not have. A grant such
        as ``crm.*`` needs one that is as wide."""
        if self.everything:
            return
        for role in roles:
            if role not in self.have.roles:
                raise _lacks(f"role {role}")
        for permission in permissions:
            if not self.have.may(permission):
                raise _lacks(f"permission {permission}")
        for company in companies:
            if company not in self.have.companies and not self.have.unscoped:
                raise _lacks(f"company {company}")


def _is_limited(identity: Identity, models: Iterable[Model]) -> bool:
    return any(
        restricting(model, identity, operation)
        for model in models
        for operation in OPERATIONS
    )


def _lacks(what: str) -> Forbidden:
    return Forbidden(
        f"This is about the {what}, which you do not have yourself.",
        hint="Ask an administrator who has it.",
    )
