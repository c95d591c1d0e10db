"""Users, roles and sessions, as callers manage them, on a real PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_twisted import ensureDeferred

from eerp import limits
from eerp.auth import UserChange
from eerp.database.pool import Pool
from eerp.errors import (
    Conflict,
    Forbidden,
    LoginRefused,
    NotFound,
    TokenRevoked,
    TooManyRequests,
    ValidationFailed,
)
from eerp.interfaces import Identity
from tests.postgres.managed import MANAGE, Office, office
from tests.postgres.test_companies import ONE, TWO
from tests.postgres.world import GOOD, HOME, at_once, process

BETTER = "a longer horse battery"


async def _boss(site: Office) -> Identity:
    await site.role("boss", "*")
    return await site.who(await site.user("boss", "boss"))


async def _signed_in(site: Office, name: str, password: str = GOOD) -> Identity:
    pair = await site.world.login(name, password)
    return await site.world.identities.identify(pair.access_token)


@ensureDeferred
async def test_a_user_is_added_and_signs_in_with_the_password_that_was_made(pool: Pool):
    site = office(pool)
    boss = await _boss(site)
    await site.role("sales", "crm.*")
    change = UserChange(roles=["sales"], companies=[ONE, TWO], company_id=TWO)
    person, password = await site.people.add(boss, "Ann", None, change)
    assert person.keys() == {
        "id", "username", "active", "roles", "companies", "company_id", "created_at",
        "last_login_at",
    }  # fmt: skip
    assert (person["username"], person["roles"]) == ("ann", ["sales"])
    assert (person["companies"], person["company_id"]) == ([ONE, TWO], TWO)
    assert password is not None
    ann = await _signed_in(site, "ann", password)
    assert ann.permissions == {"crm.*"}
    _, nothing = await site.people.add(boss, "bob", GOOD, UserChange(roles=[]))
    assert nothing is None


@ensureDeferred
async def test_users_are_found_a_page_at_a_time(pool: Pool):
    site = office(pool)
    for name in ("anna", "bert", "hannah", "joanna"):
        await site.user(name)
    first, after = await site.people.page("ANN", 2, "")
    assert [each["username"] for each in first] == ["anna", "hannah"]
    assert after == "hannah"
    last, after = await site.people.page("ann", 2, after)
    assert ([each["username"] for each in last], after) == (["joanna"], None)
    assert await site.people.page("%", 2, "") == ([], None)
    ids = [each["id"] for each in first]
    names = await site.people.names([*ids, ONE])
    assert names == [{"id": each["id"], "username": each["username"]} for each in first]


@ensureDeferred
async def test_what_is_changed_holds_at_once_in_this_process(pool: Pool):
    site = office(pool)
    boss = await _boss(site)
    await site.role("sales", "crm.*")
    person, _ = await site.people.add(boss, "ann", GOOD, UserChange(roles=[]))
    pair = await site.world.login("ann", GOOD)
    identify, user_id = site.world.identities.identify, person["id"]
    assert not (await identify(pair.access_token)).may("crm.x.read")
    await site.people.change(boss, user_id, UserChange(roles=["sales"]))
    assert (await identify(pair.access_token)).may("crm.x.read")
    await site.roles.put(boss, "sales", ["hr.*"])
    assert not (await identify(pair.access_token)).may("crm.x.read")
    await site.people.change(boss, user_id, UserChange(companies=[ONE]))
    assert (await identify(pair.access_token)).companies == (ONE,)
    await site.people.change(boss, user_id, UserChange(active=False))
    with pytest.raises(TokenRevoked):
        await identify(pair.access_token)
    with pytest.raises(LoginRefused):
        await site.world.login("ann", GOOD)
    assert await site.people.sessions(boss, user_id) == []


@ensureDeferred
async def test_roles_and_companies_are_all_that_there_are_then(pool: Pool):
    site = office(pool)
    boss = await _boss(site)
    for name in ("one", "two"):
        await site.role(name)
    user_id = await site.user("ann", "one")
    changed = await site.people.change(
        boss, user_id, UserChange(roles=["two"], companies=[ONE])
    )
    assert (changed["roles"], changed["company_id"]) == (["two"], ONE)
    changed = await site.people.change(
        boss, user_id, UserChange(companies=[ONE, TWO], company_id=TWO)
    )
    assert (changed["companies"], changed["company_id"]) == ([ONE, TWO], TWO)
    changed = await site.people.change(boss, user_id, UserChange(companies=[]))
    assert (changed["companies"], changed["company_id"]) == ([], None)
    with pytest.raises(ValidationFailed, match="not one of the user's"):
        await site.people.change(boss, user_id, UserChange(company_id=ONE))


@ensureDeferred
async def test_the_last_administrator_stays_one_whoever_asks(pool: Pool):
    site = office(pool)
    boss = await _boss(site)
    takings: list[Any] = [
        lambda: site.people.change(boss, boss.user_id, UserChange(active=False)),
        lambda: site.people.change(boss, boss.user_id, UserChange(roles=[])),
        lambda: site.roles.put(boss, "boss", [MANAGE]),
        lambda: site.roles.remove(boss, "boss"),
        lambda: site.world.accounts.revoke("boss", "boss"),
    ]
    for take in takings:
        with pytest.raises(Conflict):
            await take()
    await site.user("other", "boss")
    await site.people.change(boss, boss.user_id, UserChange(active=False))


@ensureDeferred
async def test_two_who_switch_each_other_off_leave_one(pool: Pool):
    site, other = office(pool), office(process(pool).pool)
    ann = await _boss(site)
    bob = await site.who(await site.user("bob", "boss"))
    off = UserChange(active=False)
    outcomes = await at_once(
        site.people.change(ann, bob.user_id, off),
        other.people.change(bob, ann.user_id, off),
    )
    came = sorted(type(outcome).__name__ for outcome in outcomes)
    assert came == ["Conflict", "dict"]


@ensureDeferred
async def test_who_lacks_something_neither_gives_it_nor_changes_who_has_it(pool: Pool):
    site = office(pool)
    await site.role("manager", MANAGE, "crm.*")
    await site.role("hr", "hr.*")
    by = await site.who(await site.user("ann", "manager"))
    boss = await _boss(site)
    clerk = await site.user("carl", "manager")
    refused: list[Any] = [
        lambda: site.people.add(by, "dora", GOOD, UserChange(roles=["hr"])),
        lambda: site.people.add(by, "dora", GOOD, UserChange(companies=[ONE])),
        lambda: site.people.change(by, clerk, UserChange(roles=["boss"])),
        lambda: site.people.change(by, boss.user_id, UserChange(roles=[])),
        lambda: site.people.set_password(by, boss.user_id, None),
        lambda: site.roles.put(by, "new", ["*"]),
        lambda: site.roles.put(by, "new", ["crm.*", "hr.people.read"]),
        lambda: site.roles.put(by, "hr", []),
        lambda: site.roles.remove(by, "hr"),
    ]
    for ask in refused:
        with pytest.raises(Forbidden):
            await ask()
    assert (await site.roles.put(by, "new", ["crm.x.read"]))["users"] == 0
    await site.people.change(by, clerk, UserChange(roles=[]))


@ensureDeferred
async def test_what_a_caller_had_a_moment_ago_does_not_count(pool: Pool):
    """Another process took the role; this one still knows the identity."""
    site = office(pool)
    await site.role("manager", MANAGE, "crm.*")
    by = await site.who(await site.user("ann", "manager"))
    clerk = await site.user("carl")
    await process(pool).accounts.revoke("ann", "manager")
    for ask in (
        lambda: site.people.change(by, clerk, UserChange(active=False)),
        lambda: site.roles.put(by, "new", ["crm.x.read"]),
    ):
        with pytest.raises(Forbidden, match=MANAGE):
            await ask()


@ensureDeferred
async def test_roles_are_made_changed_and_removed(pool: Pool):
    site = office(pool)
    boss = await _boss(site)
    made = await site.roles.put(boss, "sales", ["crm.*", "hr.read"])
    assert made == {"name": "sales", "permissions": ["crm.*", "hr.read"], "users": 0}
    assert (await site.roles.put(boss, "sales", []))["permissions"] == []
    user_id = await site.user("ann", "sales")
    with pytest.raises(Conflict, match="1 users have the role sales"):
        await site.roles.remove(boss, "sales")
    assert [each["users"] for each in await site.roles.all()] == [1, 1]
    await site.people.change(boss, user_id, UserChange(roles=[]))
    await site.roles.remove(boss, "sales")
    with pytest.raises(NotFound):
        await site.roles.remove(boss, "sales")
    for name, grants in (("Sales", []), ("sales", ["CRM"])):
        with pytest.raises(ValidationFailed):
            await site.roles.put(boss, name, grants)


@ensureDeferred
async def test_another_password_ends_the_sessions_of_its_user(pool: Pool):
    site = office(pool)
    boss = await _boss(site)
    person, _ = await site.people.add(boss, "ann", GOOD, UserChange(roles=[]))
    await site.world.login("ann", GOOD)
    [session] = await site.people.sessions(boss, person["id"])
    assert (session["user_agent"], session["current"]) == ("tests/1", False)
    assert session["created_at"] <= session["last_used_at"] < session["expires_at"]
    made = await site.people.set_password(boss, person["id"], None)
    assert await site.people.sessions(boss, person["id"]) == []
    assert await site.people.set_password(boss, person["id"], BETTER) is None
    with pytest.raises(LoginRefused):
        await site.world.login("ann", str(made))
    await site.world.login("ann", BETTER)
    [session] = await site.people.sessions(boss, person["id"])
    await site.people.end_session(boss, session["id"])
    for gone in (session["id"], ONE):
        with pytest.raises(NotFound):
            await site.people.end_session(boss, gone)
    with pytest.raises(NotFound):
        await site.people.sessions(boss, ONE)


@ensureDeferred
async def test_ones_own_password_ends_ones_other_sessions(pool: Pool):
    site = office(pool)
    boss = await _boss(site)
    await site.people.add(boss, "ann", GOOD, UserChange(roles=[]))
    elsewhere = await site.world.login("ann", GOOD)
    here = await site.world.login("ann", GOOD)
    ann = await site.world.identities.identify(here.access_token)
    newest, oldest = await site.own.sessions(ann)
    assert (newest["current"], oldest["current"]) == (True, False)
    await site.own.change_password(ann, GOOD, BETTER, address=HOME)
    assert (await site.world.identities.identify(here.access_token)).user_id
    await site.world.accounts.refresh(here.refresh_token)
    with pytest.raises(TokenRevoked):
        await site.world.identities.identify(elsewhere.access_token)
    await site.world.login("ann", BETTER)
    other = next(each for each in await site.own.sessions(ann) if not each["current"])
    await site.own.end_session(ann, other["id"])
    assert len(await site.own.sessions(ann)) == 1
    with pytest.raises(NotFound):
        await site.own.end_session(boss, newest["id"])


@ensureDeferred
async def test_ones_own_password_is_not_to_be_guessed(pool: Pool):
    site = office(pool)
    boss = await _boss(site)
    await site.people.add(boss, "ann", GOOD, UserChange(roles=[]))
    ann = await _signed_in(site, "ann")
    with pytest.raises(ValidationFailed, match="at least"):
        await site.own.change_password(ann, GOOD, "short", address=HOME)
    for _ in range(limits.LOGIN_FAILURES_MAX):
        with pytest.raises(ValidationFailed, match="not your password"):
            await site.own.change_password(ann, "wrong", BETTER, address=HOME)
    with pytest.raises(TooManyRequests):
        await site.own.change_password(ann, GOOD, BETTER, address=HOME)
