"""Whoever manages users gains nothing by it: a property over random roles."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from attrs import frozen
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread, deferToThread

from eerp.auth import UserChange
from eerp.database.pool import Pool
from eerp.errors import Conflict, Forbidden, NotFound
from eerp.interfaces import Identity
from tests.postgres.managed import LIMITED, MANAGE, Office, office

PERMISSIONS = (
    "a.x.read", "a.x.create", "a.x.purge", "a.y.read", "b.x.read", "eerp.companies.all",
)  # fmt: skip
GRANTS = (*PERMISSIONS, "a.x.write", "a.x.*", "a.*", "b.*", "*")
ROLES = ("one", "two", "three")
COMPANIES = tuple(f"018f4e9a-7c1b-7d2e-8f3a-00000000000{n}" for n in (1, 2))

Drawn = tuple[list[str], list[str], list[str]]

grants = st.lists(st.sampled_from(GRANTS), max_size=3, unique=True)
some_roles = st.lists(st.sampled_from(ROLES), max_size=2, unique=True)
some_companies = st.lists(st.sampled_from(COMPANIES), max_size=2, unique=True)
places = st.integers(0, 2)
steps = st.one_of(
    st.tuples(st.just("put"), st.sampled_from([*ROLES, "new"]), grants),
    st.tuples(st.just("roles"), places, some_roles),
    st.tuples(st.just("companies"), places, some_companies),
    st.tuples(st.just("switch"), places, st.booleans()),
)


@frozen
class Power:
    """All that a user can do."""

    permissions: frozenset[str]
    roles: frozenset[str]
    companies: frozenset[str]

    @classmethod
    def of(cls, who: Identity) -> Power:
        every = who.may("*")
        return cls(
            frozenset(filter(who.may, PERMISSIONS)),
            frozenset((*ROLES, "new", "mgr") if every else who.roles),
            frozenset(COMPANIES if who.unscoped else who.companies),
        )

    def within(self, other: Power) -> bool:
        return (
            self.permissions <= other.permissions
            and self.roles <= other.roles
            and self.companies <= other.companies
        )

    def __or__(self, other: Power) -> Power:
        return Power(
            self.permissions | other.permissions,
            self.roles | other.roles,
            self.companies | other.companies,
        )


async def _plant(site: Office, drawn: Drawn, held: Drawn) -> list[str]:
    """Roles, the manager and two others; their ids."""
    await site.clear()
    await site.role("mgr", MANAGE)
    for name, granted in zip(ROLES, drawn, strict=True):
        await site.role(name, *granted)
    manager = await site.user("manager", "mgr", *held[0])
    others = [await site.user(f"user{n}", *held[n]) for n in (1, 2)]
    for user_id, company in zip((manager, others[0]), COMPANIES, strict=True):
        await site.world.sql(
            "insert into eerp.user_companies values (%s, %s)", user_id, company
        )
    return [manager, *others]


async def _step(site: Office, by: Identity, ids: list[str], step: Any) -> None:
    kind, what, value = step
    if kind == "put":
        await site.roles.put(by, what, value)
        return
    change = {
        "roles": lambda: UserChange(roles=value),
        "companies": lambda: UserChange(companies=value),
        "switch": lambda: UserChange(active=value),
    }[kind]()
    await site.people.change(by, ids[what], change)


Seen = Counter[tuple[str, str]]
"""What came of steps."""


async def _gains_nothing(
    site: Office,
    drawn: Drawn,
    held: Drawn,
    asked: list[Any],
    seen: Seen,
) -> None:
    ids = await _plant(site, drawn, held)
    for step in asked:
        before = [Power.of(await site.who(each)) for each in ids]
        by = await site.who(ids[0])
        granted = {role["name"]: role["permissions"] for role in await site.roles.all()}
        try:
            await _step(site, by, ids, step)
        except (Forbidden, Conflict, NotFound) as error:
            seen[step[0], type(error).__name__] += 1
            continue
        seen[step[0], "done"] += 1
        after = [Power.of(await site.who(each)) for each in ids]
        for was, became in zip(before, after, strict=True):
            assert became.within(was | before[0]), step
        # What one may change gave nothing more before, either.
        if step[0] == "put":
            assert all(map(by.may, granted.get(step[1], []))), step
        else:
            assert before[step[1]].within(before[0]), step


@ensureDeferred
async def test_whoever_manages_users_gives_nothing_that_they_lack(pool: Pool) -> None:
    """In a thread: Hypothesis waits for each example, and the reactor must not."""
    site, seen = office(pool), Seen()

    @settings(
        max_examples=200,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        drawn=st.tuples(grants, grants, grants),
        held=st.tuples(some_roles, some_roles, some_roles),
        asked=st.lists(steps, min_size=1, max_size=6),
    )
    def run(drawn: Any, held: Any, asked: list[Any]) -> None:
        work = _gains_nothing(site, drawn, held, asked, seen)
        blockingCallFromThread(reactor, Deferred.fromCoroutine, work)

    await deferToThread(run)
    for kind in ("put", "roles", "companies", "switch"):
        assert seen[kind, "done"] > 20, seen
        assert seen[kind, "Forbidden"] > 20, seen
    assert "Conflict" in {came for _, came in seen}, seen


@pytest.mark.parametrize("grant", GRANTS)
def test_a_grant_covers_itself_and_what_is_within_it_only(grant: str) -> None:
    mine = Identity("u", "u", None, (), frozenset({grant}))
    for other in GRANTS:
        theirs = Identity("v", "v", None, (), frozenset({other}))
        if mine.may(other):
            assert Power.of(theirs).permissions <= Power.of(mine).permissions
    assert mine.may(grant)


@ensureDeferred
async def test_whom_record_rules_limit_manages_nobody(pool: Pool) -> None:
    site = office(pool)

    await site.role(LIMITED, MANAGE, "shop.*")
    await site.role("boss", "*")
    limited = await site.who(await site.user("ann", LIMITED))
    other = await site.user("bob")
    with pytest.raises(Forbidden, match="some records only"):
        await site.people.change(limited, other, UserChange(active=False))
    with pytest.raises(Forbidden, match="some records only"):
        await site.roles.put(limited, "new", ["shop.notes.read"])
    # Whoever has everything could drop the role, too.
    boss = await site.who(await site.user("cleo", LIMITED, "boss"))
    await site.people.change(boss, other, UserChange(active=False))
