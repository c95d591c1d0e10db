"""What belongs to one own company is not there for whoever works for another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_twisted
from attrs import define

from tests.daemon.process import Answer
from tests.daemon.scoped import (
    CANARY,
    NEEDED,
    NEVER_PURGED,
    SCOPED,
    SCOPED_WITHOUT_TEXT,
    filled,
    list_of,
)
from tests.daemon.world import World, world

__all__ = ["world"]


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
async def test_lines_are_of_the_company_of_their_document(rivals: Rivals) -> None:
    """Also when the document moves to another company that its author acts in."""
    world = rivals.world
    other = await _company(world, "Third Ltd")
    every = ("crm.*", "core.*", "inventory.*", "accounting.*", "invoicing.*")
    author = await world.user(*every, companies=(rivals.company, other))
    customer = await _there(world, author, "crm.companies")
    body = {"company_id": customer, "lines": [{"description": CANARY}]}
    made = (await world.ask(author, "POST", "/api/invoicing/invoices", body)).json
    path = f"/api/invoicing/lines?invoice_id=eq.{made['id']}"
    for token, count in ((rivals.ours, 0), (rivals.theirs, 1)):
        assert len((await world.ask(token, "GET", path)).json["items"]) == count
    moved = {"own_company_id": other}
    invoice = f"/api/invoicing/invoices/{made['id']}"
    answer = await world.ask(author, "PATCH", invoice, moved)
    assert answer.status == 200, answer.text
    assert (await world.ask(rivals.theirs, "GET", path)).json["items"] == []
    [line] = (await world.ask(author, "GET", path)).json["items"]
    assert line["own_company_id"] == other
