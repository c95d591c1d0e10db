"""Two companies that were entered twice become one, whoever may see what of them."""

from __future__ import annotations

from typing import Any

import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater

from tests.daemon.process import Answer
from tests.daemon.test_crm_api import problem
from tests.daemon.world import World, world

__all__ = ["world"]

SOON_S_MAX = 30


async def made(world: World, token: str, path: str, **body: Any) -> dict[str, Any]:
    """A new record of somebody."""
    answer = await world.ask(token, "POST", f"/api/{path}", body)
    assert answer.status == 201, answer.text
    record: dict[str, Any] = answer.json
    return record


async def merge(world: World, token: str, stays: str, goes: str) -> Answer:
    path = f"/api/crm/companies/{stays}/merge"
    return await world.ask(token, "POST", path, {"merged_id": goes})


async def two_firms(world: World, token: str, name: str) -> tuple[str, str]:
    """One company under two names."""
    first = await made(world, token, "crm/companies", name=name, phone="030 1234567")
    second = await made(
        world, token, "crm/companies", name=f"{name} Ltd", fax="1", tags=["late"]
    )
    return first["id"], second["id"]


@pytest_twisted.ensureDeferred
async def test_what_another_own_company_has_follows_too(world: World) -> None:
    """The one who merges sees only what is ours; the rest follows by the event."""
    ours = (await made(world, world.admin, "core/companies", name="Ours"))["id"]
    theirs = (await made(world, world.admin, "core/companies", name="Theirs"))["id"]
    us = await world.user("crm.*", "core.*", "eerp.audit.read", companies=(ours,))
    them = await world.user("crm.*", "core.*", companies=(theirs,))
    stays, goes = await two_firms(world, us, "Island Trading")
    thing = {"model": "crm.companies", "record_id": goes}
    our = await made(world, us, "crm/opportunities", name="Tea", company_id=goes)
    await made(world, us, "core/activities", subject="Call", **thing)
    contact = await made(world, us, "crm/contacts", first_name="A", company_id=goes)
    their = await made(world, them, "crm/opportunities", name="Oil", company_id=goes)
    call = await made(world, them, "core/activities", subject="Call", **thing)

    found = await world.ask(us, "GET", f"/api/crm/companies/{stays}/duplicates")
    assert [item["id"] for item in found.json["items"]] == [goes]
    merged = await merge(world, us, stays, goes)

    assert merged.status == 200, merged.text
    assert (merged.json["fax"], merged.json["tags"]) == ("1", ["late"])
    for path in (f"opportunities/{our['id']}", f"contacts/{contact['id']}"):
        record = await world.ask(us, "GET", f"/api/crm/{path}")
        assert record.json["company_id"] == stays
    for _ in range(SOON_S_MAX * 10):
        sale = await world.ask(them, "GET", f"/api/crm/opportunities/{their['id']}")
        plan = await world.ask(them, "GET", f"/api/core/activities/{call['id']}")
        if plan.json["record_id"] == stays:
            break
        await deferLater(reactor, 0.1)
    assert (sale.json["company_id"], plan.json["record_id"]) == (stays, stays)

    gone = await world.ask(them, "GET", f"/api/crm/companies/{goes}")
    assert (gone.json["active"], gone.json["merged_into_id"]) == (False, stays)
    problem(await merge(world, us, stays, goes), 409, "already_merged")
    trail = await world.ask(us, "GET", f"/api/audit?model=crm.companies&id={goes}")
    last = trail.json["items"][0]
    assert last["action"] == "update"
    assert last["after"]["merged_into_id"] == stays
    kept = await world.ask(us, "GET", f"/api/crm/merges?goes_id=eq.{goes}")
    [before] = kept.json["items"]
    assert before["stays_before"]["fax"] is None
    assert before["goes_before"]["name"] == "Island Trading Ltd"


@pytest_twisted.ensureDeferred
async def test_whoever_merges_needs_a_permission_of_its_own(world: World) -> None:
    clerk = await world.user("crm.companies.read", "crm.companies.write")
    stays, goes = await two_firms(world, clerk, "Needs Permission")
    refused = await merge(world, clerk, stays, goes)
    assert refused.status == 403
    assert "crm.companies.merge" in refused.json["detail"]


@pytest_twisted.ensureDeferred
async def test_two_who_merge_both_ways_at_once_leave_one(world: World) -> None:
    """Neither waits for the other for ever, and no circle is made."""
    first, second = await two_firms(world, world.admin, "Circular")

    answers = await gatherResults(
        [
            Deferred.fromCoroutine(
                world.daemon.ask(
                    "POST", f"/api/crm/companies/{one}/merge", {"merged_id": other}
                )
            )
            for one, other in ((first, second), (second, first))
        ]
    )

    assert sorted(answer.status for answer in answers) == [200, 409]
    listed = await world.daemon.ask(
        "GET", "/api/crm/companies?name=like.Circular*&merged_into_id=is.null"
    )
    assert len(listed.json["items"]) == 1


@pytest_twisted.ensureDeferred
async def test_contacts_are_found_and_merged_alike(world: World) -> None:
    admin = world.admin
    ann = await made(
        world, admin, "crm/contacts", first_name="Ann", email="ann@twice.example"
    )
    again = await made(
        world, admin, "crm/contacts", first_name="Anna", email="Ann@Twice.example"
    )
    pairs = await world.ask(admin, "GET", "/api/crm/contacts/duplicates")
    assert ann["id"] in {pair["id"] for pair in pairs.json["items"]}
    path = f"/api/crm/contacts/{ann['id']}/merge"
    merged = await world.ask(admin, "POST", path, {"merged_id": again["id"]})
    assert merged.status == 200, merged.text
    pairs = await world.ask(admin, "GET", "/api/crm/contacts/duplicates")
    assert pairs.json == {"items": [], "next_cursor": None}
