"""Every route of every module against roles that may and roles that may not.

The routes are read from the running daemon, so that a new module or model is tested
on the day that it appears.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from typing import Any

import pytest_twisted

from tests.daemon.scoped import CANARY
from tests.daemon.world import Route, World, world

__all__ = ["world"]


def _body(route: Route) -> Any:
    """A body that passes for JSON; whether it fits is asked after the permission."""
    return {} if route.method in ("POST", "PUT", "PATCH") else None


def _implying(permission: str) -> set[str]:
    """The permissions of which each allows what `permission` does."""
    stem, _, verb = permission.rpartition(".")
    writes = {f"{stem}.write"} if verb in ("create", "update", "delete") else set()
    return {permission} | writes


def _parts(permissions: set[str]) -> list[set[str]]:
    """What to take away from users, so that each permission was missing once while
    any other one was there.

    To take each away alone would need a user for each. Two permissions differ in what
    is done, or in to what: the numbers of two resources differ in a bit.
    """
    verbs, resources = defaultdict(set), defaultdict(set)
    for each in permissions:
        resource, _, verb = each.rpartition(".")
        verbs[verb].add(each)
        resources[resource].add(each)
    halves: dict[tuple[int, int], set[str]] = defaultdict(set)
    for number, resource in enumerate(sorted(resources)):
        for bit in range(len(resources).bit_length()):
            halves[bit, number >> bit & 1] |= resources[resource]
    return [*verbs.values(), *halves.values()]


def _others(lacked: set[str], all_of_them: set[str]) -> set[str]:
    """All permissions, but for what is lacked or implies it."""
    return all_of_them.difference(*map(_implying, lacked))


def test_each_permission_is_taken_away_while_any_other_is_there() -> None:
    verbs = ("read", "create", "update", "delete", "write", "send")
    every = {f"a.{resource}.{verb}" for resource in "bcdef" for verb in verbs}
    parts = _parts(every)
    assert len(parts) < len(every)
    for one in every:
        together = [_others(lacked, every) for lacked in parts if one in lacked]
        assert set().union(*together) == every - _implying(one)


@pytest_twisted.ensureDeferred
async def test_there_is_something_to_test(world: World) -> None:
    assert {route.module for route in world.routes} >= {"core", "crm"}
    assert len(world.routes) > 60
    methods = {route.method for route in world.routes}
    assert methods >= {"GET", "POST", "PATCH", "DELETE"}


@pytest_twisted.ensureDeferred
async def test_nobody_without_a_token_gets_in(world: World) -> None:
    for route in world.routes:
        if route.permission is not None:
            answer = await world.ask(None, route.method, route.url, _body(route))
            assert answer.status == 401, (route, answer.text)


@pytest_twisted.ensureDeferred
async def test_a_user_without_grants_is_refused_everywhere(world: World) -> None:
    token = await world.user()
    for route in world.routes:
        if route.permission is not None:
            answer = await world.ask(token, route.method, route.url, _body(route))
            assert answer.status == 403, (route, answer.text)
            assert route.permission in answer.json["detail"]


@pytest_twisted.ensureDeferred
async def test_every_other_permission_does_not_open_a_route(world: World) -> None:
    """Whoever lacks a permission is refused, whatever else this user may do."""
    permissions = {route.permission for route in world.routes if route.permission}
    for lacked in _parts(permissions):
        token = await world.user(*sorted(_others(lacked, permissions)))
        for route in world.routes:
            if route.permission not in lacked:
                continue
            answer = await world.ask(token, route.method, route.url, _body(route))
            assert answer.status == 403, (route, answer.text)


@pytest_twisted.ensureDeferred
async def test_its_own_permission_opens_a_route(world: World) -> None:
    by_permission = itertools.groupby(
        sorted(world.routes, key=lambda route: route.permission or ""),
        key=lambda route: route.permission,
    )
    for permission, routes in by_permission:
        if permission is None:
            continue
        token = await world.user(permission)
        for route in routes:
            answer = await world.ask(token, route.method, route.url, _body(route))
            assert answer.status not in (401, 403, 500), (route, answer.text)


@pytest_twisted.ensureDeferred
async def test_expansion_needs_the_right_to_read_what_is_expanded(
    world: World,
) -> None:
    token = await world.user("crm.contacts.read")
    made = await world.daemon.ask(
        "POST", "/api/crm/companies", {"name": CANARY, "phone": "1"}
    )
    body = {"first_name": "Ann", "company_id": made.json["id"]}
    await world.daemon.ask("POST", "/api/crm/contacts", body)
    for query in (
        "select=id,company(name)",
        f"company.name=eq.{CANARY}",
        f"or=(company.name.eq.{CANARY},first_name.eq.x)",
        f"not.and=(company.name.eq.{CANARY})",
    ):
        answer = await world.ask(token, "GET", f"/api/crm/contacts?{query}")
        assert answer.status == 403, (query, answer.text)
        assert "crm.companies.read" in answer.json["detail"]
        assert CANARY not in json.dumps(answer.json)


@pytest_twisted.ensureDeferred
async def test_purging_needs_its_own_permission(world: World) -> None:
    token = await world.user("crm.contacts.write", "crm.contacts.read")
    made = await world.ask(token, "POST", "/api/crm/contacts", {"first_name": "Eve"})
    path = f"/api/crm/contacts/{made.json['id']}?purge=true&reason=none"
    answer = await world.ask(token, "DELETE", path)
    assert answer.status == 403, answer.text
    assert "crm.contacts.purge" in answer.json["detail"]
    assert (await world.daemon.ask("DELETE", path)).status == 204
