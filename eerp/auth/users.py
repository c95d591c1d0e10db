"""Users, roles, and which user has which role."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from attrs import frozen

from eerp.auth.administrators import keep_one
from eerp.auth.companies import Companies, CompanyChange, change_companies
from eerp.auth.names import check_permission, check_role_name, check_username
from eerp.auth.password import Passwords, check_password
from eerp.auth.sessions import end_all
from eerp.auth.transact import read, transact
from eerp.errors import Conflict, NotFound
from eerp.interfaces import Pool, Statement, Transaction
from eerp.log import Logger

__all__ = [
    "ADMINISTRATOR", "EVERYTHING", "Role", "User", "Users", "give_roles",
    "insert_grants", "insert_role", "insert_user", "replace_password",
]  # fmt: skip

log = Logger(namespace="eerp.auth")

ADMINISTRATOR = "administrator"
EVERYTHING = "*"

_ADD_USER = """
insert into eerp.users (username, password_hash) values (%s, %s)
on conflict (lower(username)) do nothing returning id::text
"""
_GIVE_ROLES = """
insert into eerp.user_roles (user_id, role) select %s::uuid, unnest(%s::text[])
on conflict do nothing
"""
_REPLACE_HASH = """
update eerp.users set password_hash = %s, token_version = token_version + 1
 where id = %s
"""
_TAKE_ROLE = """
delete from eerp.user_roles where user_id = %s and role = %s returning role
"""
_ADD_ROLE = """
insert into eerp.roles (name, title) values (%s, %s) on conflict (name) do nothing
"""
_ADD_GRANTS = """
insert into eerp.role_grants (role, permission) select %s, unnest(%s::text[])
on conflict do nothing
"""
_LIST_USERS = """
select u.id::text, u.username, u.active,
       array(select r.role::text from eerp.user_roles r
              where r.user_id = u.id order by r.role),
       u.created_at, u.last_login_at
  from eerp.users u order by u.username
"""
_LIST_ROLES = """
select r.name, r.title,
       array(select g.permission::text from eerp.role_grants g
              where g.role = r.name order by g.permission)
  from eerp.roles r order by r.name
"""


@frozen
class User:
    """A user as the list shows it; times are aware datetimes, or None for never."""

    id: str
    username: str
    active: bool
    roles: tuple[str, ...]
    created_at: Any
    last_login_at: Any


@frozen
class Role:
    """A role and the permissions that it grants."""

    name: str
    title: str
    permissions: tuple[str, ...]


class Users:
    """Keeps users and roles. `forget` is told whose identity changed, by user id,
    or None when it may be anybody's."""

    def __init__(
        self,
        pool: Pool,
        passwords: Passwords,
        forget: Callable[[str | None], None] = lambda user_id: None,
    ) -> None:
        self._pool = pool
        self._passwords = passwords
        self._forget = forget

    async def add_user(
        self, username: str, password: str, roles: Sequence[str] = ()
    ) -> str:
        """Add a user and answer its id.

        `ValidationFailed` for a username or password that may not be, `Conflict`
        when the username is taken, `NotFound` for a role that does not exist.
        """
        name = check_username(username)
        check_password(password, name)
        for role in roles:
            check_role_name(role)
        password_hash = await self._passwords.hash(password)
        user_id = await transact(
            self._pool, partial(insert_user, name, password_hash, roles)
        )
        log.info("user {username} added", event="user_added", username=name)
        return user_id

    async def set_password(self, username: str, password: str) -> None:
        """Give a user another password and end all of the user's sessions."""
        name = check_username(username)
        check_password(password, name)
        password_hash = await self._passwords.hash(password)

        async def work(transaction: Transaction) -> str:
            user_id = await _find_user(name, transaction)
            await replace_password(user_id, password_hash, transaction)
            return user_id

        user_id = await transact(self._pool, work)
        self._forget(user_id)
        log.info(
            "password of {username} set, all sessions ended",
            event="password_set",
            username=name,
        )

    async def grant(self, username: str, role: str) -> None:
        """Give a user a role; nothing happens if the user has it."""
        name = check_username(username)
        check_role_name(role)
        user_id = await transact(self._pool, partial(_give_role, name, role))
        self._forget(user_id)
        log.info(
            "role {role} given to {username}",
            event="role_granted",
            username=name,
            role=role,
        )

    async def revoke(self, username: str, role: str) -> None:
        """Take a role from a user; `Conflict` from the last administrator."""
        name = check_username(username)
        check_role_name(role)
        user_id = await transact(self._pool, partial(_take_role, name, role))
        self._forget(user_id)
        log.info(
            "role {role} taken from {username}",
            event="role_revoked",
            username=name,
            role=role,
        )

    async def change_companies(self, username: str, change: CompanyChange) -> Companies:
        """Change which companies a user may act in; answers what is then.

        `ValidationFailed` for an id that is none, `Conflict` for a default that is
        not one of the user's companies.
        """
        name, checked = check_username(username), change.checked()

        async def work(transaction: Transaction) -> tuple[str, Companies]:
            user_id = await _find_user(name, transaction)
            return user_id, await change_companies(user_id, checked, transaction)

        user_id, companies = await transact(self._pool, work)
        self._forget(user_id)
        log.info(
            "companies of {username} changed",
            event="companies_changed",
            username=name,
        )
        return companies

    async def add_role(
        self, name: str, permissions: Sequence[str], title: str | None = None
    ) -> None:
        """Add a role that grants `permissions`, or add these to the role."""
        check_role_name(name)
        grants = [check_permission(permission) for permission in permissions]
        await transact(
            self._pool, partial(insert_role, name, title or name.title(), grants)
        )
        self._forget(None)
        log.info("role {role} changed", event="role_changed", role=name)

    async def list_users(self) -> list[User]:
        """All users by name."""
        rows = await read(self._pool, Statement(_LIST_USERS))
        return [
            User(user_id, username, active, tuple(roles), created_at, last_login_at)
            for user_id, username, active, roles, created_at, last_login_at in rows
        ]

    async def list_roles(self) -> list[Role]:
        """All roles by name."""
        rows = await read(self._pool, Statement(_LIST_ROLES))
        return [Role(name, title, tuple(grants)) for name, title, grants in rows]


async def insert_user(
    name: str, password_hash: str, roles: Sequence[str], transaction: Transaction
) -> str:
    """Add a user with roles that exist, in `transaction`; answers the user's id."""
    rows = await transaction.run(Statement(_ADD_USER, (name, password_hash)))
    if not rows:
        raise Conflict(f"There is a user {name} already.")
    user_id = str(rows[0][0])
    await give_roles(user_id, roles, transaction)
    return user_id


async def insert_grants(
    role: str, permissions: Sequence[str], transaction: Transaction
) -> None:
    """Add permissions to a role, in `transaction`."""
    await transaction.run(Statement(_ADD_GRANTS, (role, list(permissions))))


async def insert_role(
    name: str, title: str, permissions: Sequence[str], transaction: Transaction
) -> None:
    """Add a role unless it is there, and permissions to it, in `transaction`."""
    await transaction.run(Statement(_ADD_ROLE, (name, title)))
    await insert_grants(name, permissions, transaction)


async def replace_password(
    user_id: str, password_hash: str, transaction: Transaction
) -> None:
    """Give a user another password and end all of the user's sessions."""
    await transaction.run(Statement(_REPLACE_HASH, (password_hash, user_id)))
    await end_all(user_id, "password_set", transaction)


async def _give_role(name: str, role: str, transaction: Transaction) -> str:
    user_id = await _find_user(name, transaction)
    await give_roles(user_id, [role], transaction)
    return user_id


async def give_roles(
    user_id: str, roles: Sequence[str], transaction: Transaction
) -> None:
    """Give a user roles that exist. Raises `NotFound`."""
    await _check_roles(roles, transaction)
    await transaction.run(Statement(_GIVE_ROLES, (user_id, list(roles))))


async def _take_role(name: str, role: str, transaction: Transaction) -> str:
    user_id = await _find_user(name, transaction)

    async def work(transaction: Transaction) -> None:
        taken = await transaction.run(Statement(_TAKE_ROLE, (user_id, role)))
        if not taken:
            raise NotFound(f"The user {name} does not have the role {role}.")

    await keep_one(work, f"{name} is the last administrator.", transaction)
    return user_id


async def _find_user(name: str, transaction: Transaction) -> str:
    statement = "select id::text from eerp.users where lower(username) = %s"
    rows = await transaction.run(Statement(statement, (name,)))
    if not rows:
        raise NotFound(f"There is no user {name}.")
    return str(rows[0][0])


async def _check_roles(roles: Sequence[str], transaction: Transaction) -> None:
    statement = "select name from eerp.roles where name = any(%s::text[])"
    rows = await transaction.run(Statement(statement, (list(roles),)))
    missing = sorted(set(roles) - {name for (name,) in rows})
    if missing:
        raise NotFound(
            f"There is no role {missing[0]}.", hint="List them with: eerp role list"
        )
