"""Every route of every module against roles that may and roles that may not.

The routes are read from the running daemon, so that a new module or model is tested
on the day that it appears.
"""

from __future__ import annotations

import itertools
import json
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_twisted
from attrs import define, frozen
from twisted.internet import reactor
from twisted.internet.threads import deferToThread

from eerp.auth import Passwords, Users
from eerp.auth.companies import CompanyChange
from eerp.database.embedded import running_dsn
from eerp.database.pool import Pool
from tests.daemon.process import Answer, Daemon, write_config
from tests.daemon.scoped import (
    CANARY,
    NEEDED,
    NEVER_PURGED,
    NOBODY,
    SCOPED,
    SCOPED_WITHOUT_TEXT,
    filled,
    list_of,
)

PASSWORD = "correct horse battery"
_VERSION = {"If-Match": '"1"'}


@frozen
class Route:
    """A route as the daemon tells it."""

    module: str
    method: str
    path: str
    permission: str | None

    @property
    def url(self) -> str:
        """The path with an id that no record has."""
        segments = self.path.split("/")
        return "/".join(NOBODY if part.startswith("{") else part for part in segments)


class OnePassword(Passwords):
    """All users have the same one, so that it is hashed once."""

    kept: str | None = None

    async def hash(self, password: str) -> str:
        """The hash that is there, or now."""
        self.kept = self.kept or await super().hash(password)
        return self.kept


@define(eq=False)
class World:
    """A daemon, its routes, and users made beside it."""

    daemon: Daemon
    users: Users
    routes: list[Route]
    models: dict[str, list[dict[str, Any]]]
    admin: str

    async def user(self, *grants: str, companies: tuple[str, ...] = ()) -> str:
        """A new user with these grants; a token of theirs."""
        name = f"u{secrets.token_hex(4)}"
        if grants:
            await self.users.add_role(name, grants)
        await self.users.add_user(name, PASSWORD, [name] if grants else [])
        if companies:
            change = CompanyChange(add=companies, default=companies[0])
            await self.users.change_companies(name, change)
        answer = await self.daemon.ask(
            "POST", "/api/auth/login", {"username": name, "password": PASSWORD}
        )
        assert answer.status == 200, answer.text
        return str(answer.json["access_token"])

    async def ask(
        self, token: str | None, method: str, path: str, body: Any = None
    ) -> Answer:
        """One request of somebody; changes name a version, whatever it is.

        What changes nothing is asked in a batch too, and must be answered alike.
        """
        self.daemon.token = token
        headers = _VERSION if method in ("PATCH", "PUT") else {}
        answer = await self.daemon.ask(method, path, body, headers=headers)
        module = path.split("/")[2] in self.models
        told = module and "json" in answer.headers.get("content-type", "")
        if token and told and (method == "GET" or answer.status >= 400):
            await self._same_in_a_batch(answer, method, path, body, headers)
        self.daemon.token = self.admin
        return answer

    async def _same_in_a_batch(
        self, alone: Answer, method: str, path: str, body: Any, headers: dict[str, str]
    ) -> None:
        call = {"method": method, "path": path, "headers": headers}
        content = {"calls": [call if body is None else {**call, "body": body}]}
        batch = await self.daemon.ask("POST", "/api/batch", content)
        [told] = batch.json["results"]
        expected = alone.json
        for body in (expected, told["body"]):
            # The number of the request is its own.
            body.pop("instance", None)
        assert told["status"] == alone.status == batch.status, (method, path)
        assert told["body"] == expected, (method, path)


@pytest_twisted.async_yield_fixture(scope="module")
async def world(module_home: Path) -> AsyncIterator[World]:
    """A daemon with all real modules."""
    daemon = Daemon(write_config(module_home))
    await daemon.start()
    await daemon.sign_in()
    assert daemon.token is not None
    listed = (await daemon.ask("GET", "/api/modules")).json["modules"]
    routes, models = [], {}
    for module in listed:
        told = (await daemon.ask("GET", f"/api/modules/{module['name']}")).json
        models[module["name"]] = told["models"]
        routes += [
            Route(module["name"], one["method"], one["path"], one["permission"])
            for one in told["routes"]
        ]
    dsn = running_dsn(daemon.state_dir)
    assert dsn is not None
    pool = Pool(reactor, dsn, size=1)
    await pool.open()
    users = Users(pool, OnePassword(deferToThread))
    yield World(daemon, users, routes, models, daemon.token)
    await pool.close()
    assert await daemon.stop() == 0, daemon.log_file.read_text()


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


@define(eq=False)
class Rivals:
    """Two companies, a user of each who may do all, and a secret of one of them."""

    world: World
    ours: str
    theirs: str
    company: str
    secrets: dict[str, str]
    versions: dict[str, int]

    async def peek(self, method: str, path: str, body: Any = None) -> Answer:
        """What we are told; never the secret."""
        answer = await self.world.ask(self.ours, method, path, body)
        assert CANARY not in answer.text, (method, path, answer.text)
        assert answer.status < 500, (method, path, answer.text)
        return answer


async def _company(world: World, name: str) -> str:
    answer = await world.daemon.ask("POST", "/api/core/companies", {"name": name})
    assert answer.status == 201, answer.text
    return str(answer.json["id"])


@pytest_twisted.async_yield_fixture(scope="module")
async def rivals(world: World) -> AsyncIterator[Rivals]:
    """Ours and theirs; each scoped model holds two records of theirs, so that there is
    a second page of them, and `secrets` has the second."""
    ours = await _company(world, "Ours Ltd")
    theirs = await _company(world, "Theirs Ltd")
    modules = ("accounting", "crm", "core", "hr", "inventory", "invoicing", "payroll")
    every = tuple(f"{module}.*" for module in modules)
    us = await world.user(*every, "eerp.audit.read", companies=(ours,))
    them = await world.user(*every, companies=(theirs,))
    made: dict[str, str] = {}
    for number in (1, 2):
        for model, values in SCOPED.items():
            for needed in NEEDED.get(model, {}).values():
                if needed not in made:
                    made[needed] = await _there(world, them, needed)
            body = filled(model, values, number, made)
            answer = await world.ask(them, "POST", list_of(model), body)
            assert answer.status == 201, (model, answer.text)
            assert answer.json["own_company_id"] == theirs, model
            made[model] = answer.json["id"]
    secrets_ = {model: made[model] for model in SCOPED}
    versions = {
        model: (await world.ask(them, "GET", f"{list_of(model)}/{id_}")).json["version"]
        for model, id_ in secrets_.items()
    }
    yield Rivals(world, us, them, theirs, secrets_, versions)


async def _there(world: World, token: str, model: str) -> str:
    """A record that belongs to nobody: the first, else a new one."""
    listed = await world.ask(token, "GET", f"{list_of(model)}?limit=1")
    if listed.json["items"]:
        return str(listed.json["items"][0]["id"])
    made = await world.ask(token, "POST", list_of(model), {"name": "Shared"})
    assert made.status == 201, made.text
    return str(made.json["id"])


@pytest_twisted.ensureDeferred
async def test_all_scoped_models_are_tested(world: World) -> None:
    scoped = {
        f"{module}.{model['name']}"
        for module, models in world.models.items()
        for model in models
        if model["company"] is not None
    }
    assert scoped == {*SCOPED, *SCOPED_WITHOUT_TEXT}


@pytest_twisted.ensureDeferred
async def test_another_companys_record_is_not_there(rivals: Rivals) -> None:
    """By its id, by every method of every route that takes one."""
    tried: set[str] = set()
    for model, id_ in rivals.secrets.items():
        field = next(iter(SCOPED[model]))
        for route in rivals.world.routes:
            if route.path.startswith(f"{list_of(model)}/{{id"):
                path = route.path.replace("{id}", id_).replace("{id:uuid}", id_)
                # What is asked for is right, but for whose record it is.
                body = {field: "ours now"} if route.method == "PATCH" else None
                answer = await rivals.peek(route.method, path, body)
                right = route.method != "POST" or path.endswith("/restore")
                known = (404,) if right else (400, 404, 422)
                assert answer.status in known, (route, answer.text)
                tried.add(route.method)
        path = f"{list_of(model)}/{id_}"
        purge = await rivals.peek("DELETE", f"{path}?purge=true&reason=spite")
        assert purge.status == 404 or model in NEVER_PURGED, purge.text
        seen = await rivals.world.ask(rivals.theirs, "GET", path)
        assert (seen.status, seen.json["version"]) == (200, rivals.versions[model])
    assert tried == {"GET", "POST", "PATCH", "DELETE"}


@pytest_twisted.ensureDeferred
async def test_no_list_filter_order_total_or_cursor_shows_it(rivals: Rivals) -> None:
    for model, values in SCOPED.items():
        field = next(iter(values))
        base = list_of(model)
        for query in (
            "",
            "?deleted=include",
            f"?{field}=like.canary*",
            f"?or=({field}.eq.{CANARY},id.eq.{rivals.secrets[model]})",
            f"?order={field}.desc&limit=1",
            f"?id=in.({rivals.secrets[model]})",
            f"?own_company_id=eq.{rivals.company}",
            f"?own_company_id=not.is.null&{field}=neq.x",
            f"?select={field},n:count()",
            f"?select=n:count()&{field}=eq.{CANARY}",
            "?count=exact&limit=1000",
            f"?count=estimated&deleted=include&{field}=eq.{CANARY}",
        ):
            answer = await rivals.peek("GET", base + query)
            assert answer.status == 200, (query, answer.text)
            assert rivals.secrets[model] not in answer.text, (query, answer.text)
            for item in answer.json["items"]:
                # There may be records of all; of theirs there are none to count.
                assert item.get("own_company_id") != rivals.company, (query, item)
                assert item.get("n", 0) == 0 or CANARY not in query, (query, item)
            if "count=" in query:
                assert answer.json["total"] == len(answer.json["items"]), query
            if f"id=eq.{rivals.company}" in query or "id=in." in query:
                assert answer.json["items"] == [], query
        filtered = f"{base}?{field}=eq.{CANARY}&order={field}.asc"
        page = await rivals.world.ask(rivals.theirs, "GET", f"{filtered}&limit=1")
        after = f"{filtered}&cursor={page.json['next_cursor']}"
        assert (await rivals.peek("GET", after)).json["items"] == []
        more = await rivals.world.ask(rivals.theirs, "GET", after)
        assert [item["id"] for item in more.json["items"]] == [rivals.secrets[model]]


@pytest_twisted.ensureDeferred
async def test_no_relation_leads_to_it(rivals: Rivals) -> None:
    """A shared company of the CRM that both work with shows only our part of it."""
    shared = await rivals.world.daemon.ask(
        "POST", "/api/crm/companies", {"name": "Customer of both"}
    )
    company = shared.json["id"]
    body = {"name": CANARY, "company_id": company}
    made = await rivals.world.ask(rivals.theirs, "POST", "/api/crm/opportunities", body)
    assert made.status == 201, made.text
    path = f"/api/crm/companies/{company}?select=id,name,opportunities(id,name)"
    answer = await rivals.peek("GET", path)
    assert answer.json["opportunities"] == []
    listed = await rivals.peek(
        "GET", "/api/crm/companies?select=id,opportunities(id,name)"
    )
    assert listed.status == 200
    filtered = await rivals.peek(
        "GET", f"/api/crm/companies?opportunities.name=eq.{CANARY}"
    )
    assert filtered.json["items"] == []
    theirs = await rivals.world.ask(rivals.theirs, "GET", path)
    assert [one["name"] for one in theirs.json["opportunities"]] == [CANARY]


@pytest_twisted.ensureDeferred
async def test_nothing_can_be_moved_into_another_company(rivals: Rivals) -> None:
    made = await rivals.peek("POST", "/api/crm/leads", {"title": "Ours"})
    assert made.status == 201, made.text
    path = f"/api/crm/leads/{made.json['id']}"
    moved = await rivals.peek("PATCH", path, {"own_company_id": rivals.company})
    assert moved.status == 403, moved.text
    planted = {"title": "Trojan", "own_company_id": rivals.company}
    answer = await rivals.peek("POST", "/api/crm/leads", planted)
    assert answer.status == 403, answer.text


@pytest_twisted.ensureDeferred
async def test_the_audit_trail_shows_only_our_companies(rivals: Rivals) -> None:
    for model, id_ in rivals.secrets.items():
        for query in ("", f"&id={id_}"):
            answer = await rivals.peek("GET", f"/api/audit?model={model}{query}")
            assert answer.status == 200, answer.text
            found = {item["record_id"] for item in answer.json["items"]}
            assert id_ not in found


@pytest_twisted.ensureDeferred
async def test_a_dry_run_shows_nothing_of_what_it_would_take_along(
    rivals: Rivals,
) -> None:
    """A record of all companies goes, and with it one of theirs that refers to it."""
    daemon = rivals.world.daemon
    deal = {"name": "Of everybody", "own_company_id": None}
    made = (await daemon.ask("POST", "/api/crm/opportunities", deal)).json
    path = f"/api/crm/opportunities/{made['id']}"
    [stage] = (await daemon.ask("GET", "/api/crm/stages?name=eq.Negotiation")).json[
        "items"
    ]
    body = {"stage_id": stage["id"]}
    moved = await rivals.world.ask(rivals.theirs, "POST", f"{path}/move", body)
    assert moved.status == 200, moved.text
    [step] = (await daemon.ask("GET", "/api/crm/stage-changes")).json["items"]
    assert step["own_company_id"] == rivals.company
    daemon.token = rivals.ours
    answer = await daemon.ask(
        "DELETE", f"{path}?purge=true&reason=test", headers={"Prefer": "tx=rollback"}
    )
    daemon.token = rivals.world.admin
    assert answer.status == 200, answer.text
    writes = {write["model"]: write for write in answer.json["writes"]}
    assert writes["crm.opportunities"]["before"]["name"] == "Of everybody"
    assert set(writes["crm.stage_changes"]) == {"model", "id", "action"}
    assert step["id"] not in (await rivals.peek("GET", "/api/crm/stage-changes")).text


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
