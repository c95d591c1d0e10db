"""Roles, as those manage them who are signed in: nobody beyond what they have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from attrs import frozen

from eerp.auth.administrators import keep_one
from eerp.auth.granter import Granter
from eerp.auth.names import check_permission, check_role_name
from eerp.auth.transact import read, transact
from eerp.auth.users import insert_role
from eerp.errors import Conflict, NotFound
from eerp.interfaces import Identity, Pool, Statement, Transaction
from eerp.log import Logger
from eerp.orm.model import Model

__all__ = ["RoleBook"]

log = Logger(namespace="eerp.auth")

_ROLE = """
select json_build_object(
         'name', r.name,
         'permissions', array(select g.permission from eerp.role_grants g
                               where g.role = r.name order by g.permission),
         'users', (select count(*) from eerp.user_roles u where u.role = r.name))
  from eerp.roles r
"""
_ALL = f"{_ROLE} order by r.name"
_ONE = f"{_ROLE} where r.name = %s"
_TAKE_OTHER_GRANTS = """
delete from eerp.role_grants where role = %s and permission <> all(%s::text[])
"""
_REMOVE = "delete from eerp.roles where name = %s"


@frozen
class RoleBook:
    """Keeps roles. `by` is the caller; `forget` is told that anybody's identity may
    have changed. Raises what `People` does."""

    pool: Pool
    models: Iterable[Model]
    forget: Callable[[str | None], None]

    async def all(self) -> list[dict[str, Any]]:
        """All roles by name, and how many users have each."""
        return [role for (role,) in await read(self.pool, Statement(_ALL))]

    async def put(
        self, by: Identity, name: str, permissions: Sequence[str]
    ) -> dict[str, Any]:
        """Make a role, or change one; it grants `permissions` then, and no others."""
        check_role_name(name)
        wanted = [check_permission(permission) for permission in permissions]

        async def replace(transaction: Transaction) -> None:
            await transaction.run(Statement(_TAKE_OTHER_GRANTS, (name, wanted)))
            await insert_role(name, name.title(), wanted, transaction)

        async def work(transaction: Transaction) -> dict[str, Any]:
            granter = await Granter.of(by, self.models, transaction)
            role = await _find(name, transaction)
            before = [] if role is None else role["permissions"]
            granter.check(permissions=[*before, *wanted])
            told = f"Only the role {name} makes anybody an administrator."
            await keep_one(replace, told, transaction)
            role = await _find(name, transaction)
            assert role is not None
            return role

        role = await transact(self.pool, work, actor=by.user_id)
        self.forget(None)
        log.info("role {role} changed by {by}", event="role_changed", role=name,
                 by=by.username, permissions=sorted(wanted))  # fmt: skip
        return role

    async def remove(self, by: Identity, name: str) -> None:
        """Remove a role; `Conflict` while a user has it."""

        async def work(transaction: Transaction) -> None:
            granter = await Granter.of(by, self.models, transaction)
            role = await _find(name, transaction)
            if role is None:
                raise NotFound(f"There is no role {name}.")
            granter.check(permissions=role["permissions"])
            if role["users"]:
                raise Conflict(
                    f"{role['users']} users have the role {name}.",
                    hint="Take it from them first.",
                )
            await transaction.run(Statement(_REMOVE, (name,)))

        await transact(self.pool, work, actor=by.user_id)
        log.info("role {role} removed by {by}", event="role_removed", role=name,
                 by=by.username)  # fmt: skip


async def _find(name: str, transaction: Transaction) -> dict[str, Any] | None:
    rows = await transaction.run(Statement(_ONE, (name,)))
    return rows[0][0] if rows else None
