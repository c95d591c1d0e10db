"""Users, as those manage them who are signed in: nobody beyond what they have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from attrs import frozen

from eerp import limits
from eerp.auth.administrators import keep_one
from eerp.auth.companies import CompanyChange, change_companies
from eerp.auth.granter import Granter, holding
from eerp.auth.names import check_username
from eerp.auth.password import Passwords, check_password, random_password
from eerp.auth.sessions import end_all, end_one, open_sessions, owner
from eerp.auth.transact import read, transact
from eerp.auth.users import give_roles, insert_user, replace_password
from eerp.errors import Fault, ValidationFailed
from eerp.interfaces import Identity, Pool, Statement, Transaction
from eerp.log import Logger
from eerp.orm.model import Model

__all__ = ["People", "Person", "UserChange"]

log = Logger(namespace="eerp.auth")

Person = dict[str, Any]
"""A user as JSON values."""

_PERSON = """
select json_build_object(
         'id', u.id, 'username', u.username, 'active', u.active,
         'roles', array(select r.role from eerp.user_roles r
                         where r.user_id = u.id order by r.role),
         'companies', array(select c.company_id from eerp.user_companies c
                             where c.user_id = u.id order by 1),
         'company_id', u.company_id, 'created_at', u.created_at,
         'last_login_at', u.last_login_at)
  from eerp.users u
"""
_PAGE = f"""{_PERSON}
 where lower(u.username) > %s and position(%s in lower(u.username)) > 0
 order by lower(u.username) limit %s
"""
_ONE = f"{_PERSON} where u.id = %s"
_NAMES = """
select json_build_object('id', id, 'username', username) from eerp.users
 where id = any(%s::uuid[]) order by username
"""
_CALLED = """
select json_build_object('id', id, 'username', username) from eerp.users
 where active and position(%s in lower(username)) > 0 order by username limit %s
"""
_SWITCH = "update eerp.users set active = %s where id = %s"
_TAKE_OTHER_ROLES = """
delete from eerp.user_roles where user_id = %s and role <> all(%s::text[])
"""


@frozen
class UserChange:
    """What to change of a user; None leaves it. `roles` and `companies` are all that
    there are then, `company_id` is the default of the companies."""

    active: bool | None = None
    roles: Sequence[str] | None = None
    companies: Sequence[str] | None = None
    company_id: str | None = None

    def given(self) -> set[str]:
        """The companies that are named."""
        return {*(self.companies or ()), *filter(None, [self.company_id])}


@frozen
class People:
    """Keeps users. `by` is always the caller; `forget` is told whose identity changed.

    Raises `NotFound` for a user that there is not, `Forbidden` where the caller would
    give what they do not have or change who has more (`Granter`), and `Conflict` where
    the last administrator would be none.
    """

    pool: Pool
    passwords: Passwords
    models: Iterable[Model]
    forget: Callable[[str | None], None]

    async def page(
        self, part: str, limit: int, after: str
    ) -> tuple[list[Person], str | None]:
        """Users with `part` in their name, by name, beginning `after` one; and after
        which one to go on, if there are more."""
        values = (after, part.lower(), limit + 1)
        rows = await read(self.pool, Statement(_PAGE, values))
        people = [person for (person,) in rows]
        if len(people) <= limit:
            return people, None
        return people[:limit], people[limit - 1]["username"]

    async def names(self, ids: Sequence[str]) -> list[Person]:
        """The names of users; those that there are not are left out."""
        return [row for (row,) in await read(self.pool, Statement(_NAMES, (ids,)))]

    async def called(self, part: str) -> list[Person]:
        """The first active users with `part` in their name, by name."""
        values = (part.lower(), limits.USER_NAMES_FOUND)
        return [row for (row,) in await read(self.pool, Statement(_CALLED, values))]

    async def add(
        self, by: Identity, username: str, password: str | None, change: UserChange
    ) -> tuple[Person, str | None]:
        """Add a user; also the password, if one had to be made."""
        name, given = check_username(username), password or random_password()
        check_password(given, name)
        password_hash = await self.passwords.hash(given)

        async def work(transaction: Transaction) -> Person:
            granter = await Granter.of(by, self.models, transaction)
            granter.check(roles=change.roles or (), companies=change.given())
            roles = change.roles or ()
            user_id = await insert_user(name, password_hash, roles, transaction)
            await _set_companies(user_id, change, transaction)
            return await _person(user_id, transaction)

        person = await transact(self.pool, work, actor=by.user_id)
        _note("added", name, by, "user_added")
        return person, None if password else given

    async def change(self, by: Identity, user_id: str, change: UserChange) -> Person:
        """Change a user; one that is switched off is signed out everywhere."""

        async def work(transaction: Transaction) -> Person:
            granter = await Granter.of(by, self.models, transaction)
            user = await holding(user_id, transaction)
            granter.check_user(user)
            granter.check(roles=change.roles or (), companies=change.given())
            told = f"{user.username} is the last administrator."
            await keep_one(partial(_apply, user_id, change), told, transaction)
            return await _person(user_id, transaction)

        person = await transact(self.pool, work, actor=by.user_id)
        self.forget(user_id)
        _note("changed", person["username"], by, "user_changed")
        return person

    async def set_password(
        self, by: Identity, user_id: str, password: str | None
    ) -> str | None:
        """Give a user another password, which ends their sessions; answers it, if one
        had to be made."""
        given = password or random_password()
        password_hash = await self.passwords.hash(given)

        async def work(transaction: Transaction) -> str:
            granter = await Granter.of(by, self.models, transaction)
            user = await holding(user_id, transaction)
            granter.check_user(user)
            check_password(given, user.username)
            await replace_password(user_id, password_hash, transaction)
            return user.username

        name = await transact(self.pool, work, actor=by.user_id)
        self.forget(user_id)
        _note("given another password", name, by, "password_set")
        return None if password else given

    async def sessions(self, by: Identity, user_id: str) -> list[dict[str, Any]]:
        """The open sessions of a user."""
        await transact(self.pool, partial(holding, user_id), read_only=True)
        rows = await read(self.pool, open_sessions(user_id, by.session_id))
        return [session for (session,) in rows]

    async def end_session(self, by: Identity, session_id: str) -> None:
        """End a session of a user."""

        async def work(transaction: Transaction) -> Identity:
            granter = await Granter.of(by, self.models, transaction)
            user = await holding(await owner(session_id, transaction), transaction)
            granter.check_user(user)
            await end_one(user.user_id, session_id, "ended_by_manager", transaction)
            return user

        user = await transact(self.pool, work, actor=by.user_id)
        self.forget(user.user_id)
        _note("signed out in one place", user.username, by, "session_ended")


async def _apply(user_id: str, change: UserChange, transaction: Transaction) -> None:
    if change.active is not None:
        await transaction.run(Statement(_SWITCH, (change.active, user_id)))
        if not change.active:
            await end_all(user_id, "switched_off", transaction)
    if change.roles is not None:
        kept = (user_id, list(change.roles))
        await transaction.run(Statement(_TAKE_OTHER_ROLES, kept))
        await give_roles(user_id, change.roles, transaction)
    await _set_companies(user_id, change, transaction)


async def _set_companies(
    user_id: str, change: UserChange, transaction: Transaction
) -> None:
    have = (await holding(user_id, transaction)).companies
    wanted = have if change.companies is None else tuple(change.companies)
    if change.company_id is not None and change.company_id not in wanted:
        message = "The default is not one of the user's companies."
        fault = Fault("/company_id", "unknown", message)
        raise ValidationFailed(message, errors=(fault,))
    add = [company for company in wanted if company not in have]
    remove = [company for company in have if company not in wanted]
    asked = CompanyChange(add, remove, change.company_id)
    await change_companies(user_id, asked.checked(), transaction)


async def _person(user_id: str, transaction: Transaction) -> Person:
    person: Person = (await transaction.run(Statement(_ONE, (user_id,))))[0][0]
    return person


def _note(done: str, username: str, by: Identity, event: str) -> None:
    log.info("user {username} {done} by {by}", event=event, username=username,
             done=done, by=by.username)  # fmt: skip
