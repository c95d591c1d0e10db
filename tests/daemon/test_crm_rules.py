"""What the CRM's models demand of their records, in the daemon and in PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest_twisted
from twisted.internet.defer import Deferred, gatherResults

from tests.daemon.process import Answer, Daemon

EERP = Path(sys.executable).parent / "eerp"
NOBODY = "018f4e9a-7c1b-7d2e-8f3a-4b5c6d7e8f90"
ANY_VERSION = {"If-Match": "*"}


async def made(daemon: Daemon, resource: str, **fields: Any) -> dict[str, Any]:
    """A new record."""
    answer = await daemon.ask("POST", f"/api/crm/{resource}", fields)
    assert answer.status == 201, answer.text
    record: dict[str, Any] = answer.json
    return record


async def listed(daemon: Daemon, path: str, **headers: str) -> Any:
    """A list as it is answered."""
    answer = await daemon.ask("GET", f"/api/crm/{path}", headers=headers)
    assert answer.status == 200, answer.text
    return answer.json


@pytest_twisted.ensureDeferred
async def test_a_company_where_somebody_works_is_not_deleted(daemon: Daemon) -> None:
    company = await made(daemon, "companies", name="Alfreds")
    contact = await made(
        daemon, "contacts", first_name="Maria", company_id=company["id"]
    )
    path = f"/api/crm/companies/{company['id']}"

    refused = await daemon.ask("DELETE", path)
    gone = await daemon.ask("DELETE", f"/api/crm/contacts/{contact['id']}")
    deleted = await daemon.ask("DELETE", path)

    assert (refused.status, refused.json["code"]) == (409, "conflict")
    assert (gone.status, deleted.status) == (204, 204)


@pytest_twisted.ensureDeferred
async def test_addresses_go_and_come_back_with_their_company(daemon: Daemon) -> None:
    company = await made(daemon, "companies", name="Alfreds")
    address = await made(daemon, "addresses", city="Berlin", company_id=company["id"])
    path = f"/api/crm/companies/{company['id']}"
    address_path = f"/api/crm/addresses/{address['id']}"

    await daemon.ask("DELETE", path)
    without = await daemon.ask("GET", address_path)
    await daemon.ask("POST", f"{path}/restore")
    again = await daemon.ask("GET", address_path)

    assert (without.status, again.status) == (404, 200)


@pytest_twisted.ensureDeferred
async def test_purging_takes_a_reason_and_the_record(daemon: Daemon) -> None:
    path = f"/api/crm/tags/{(await made(daemon, 'tags', name='purged'))['id']}"

    unsaid = await daemon.ask("DELETE", f"{path}?purge=true")
    purged = await daemon.ask("DELETE", f"{path}?purge=true&reason=asked%20for")
    restored = await daemon.ask("POST", f"{path}/restore")

    assert unsaid.status == 422
    fault = unsaid.json["errors"][0]
    assert (fault["in"], fault["pointer"]) == ("query", "/reason")
    assert (purged.status, restored.status) == (204, 404)


@pytest_twisted.ensureDeferred
async def test_lists_are_counted_searched_and_expanded(daemon: Daemon) -> None:
    company = await made(daemon, "companies", name="Wilman Kala")
    for name in ("Matti", "Pirkko"):
        await made(
            daemon,
            "contacts",
            first_name=name,
            company_id=company["id"],
            notes="Pays late, and in reindeer.",
        )
    query = "contacts?notes=wfts.reindeer&limit=1&order=first_name"
    select = "first_name,company(name)"

    answer = await daemon.ask(
        "GET", f"/api/crm/{query}&select={select}", headers={"Prefer": "count=exact"}
    )

    assert answer.headers["preference-applied"] == "count=exact"
    assert answer.json["total"] == 2
    found = answer.json["items"][0]
    assert found["company"] == {"name": "Wilman Kala"}
    assert found["first_name"] == "Matti"


@pytest_twisted.ensureDeferred
async def test_revenue_is_summed_by_currency_only(daemon: Daemon) -> None:
    await made(daemon, "opportunities", name="Summed", expected_revenue="12.5")
    total = "total:expected_revenue.sum()"
    summed = "/api/crm/opportunities?name=eq.Summed&select="

    mixed = await daemon.ask("GET", f"{summed}{total}")
    apart = await daemon.ask("GET", f"{summed}currency_id,{total}")

    assert mixed.status == 422
    assert apart.json["items"] == [{"currency_id": None, "total": "12.50"}]


@pytest_twisted.ensureDeferred
async def test_a_salesperson_sees_own_leads_and_those_of_nobody(
    daemon: Daemon,
) -> None:
    user = await signed_in(daemon, "sam", "salesperson", "crm.leads.*")
    admin, daemon.token = daemon.token, user["token"]
    try:
        own = await made(daemon, "leads", title="own", owner_id=user["id"])
        refused = await daemon.ask(
            "POST", "/api/crm/leads", {"title": "x", "owner_id": NOBODY}
        )
        given_away = await daemon.ask(
            "PATCH",
            f"/api/crm/leads/{own['id']}",
            {"owner_id": NOBODY},
            headers=ANY_VERSION,
        )
        daemon.token = admin
        other = await made(daemon, "leads", title="other", owner_id=NOBODY)
        await made(daemon, "leads", title="free")
        daemon.token = user["token"]
        titles = [
            lead["title"]
            for lead in (await listed(daemon, "leads?order=title"))["items"]
        ]
        hidden = await daemon.ask("GET", f"/api/crm/leads/{other['id']}")
    finally:
        daemon.token = admin

    assert (refused.status, given_away.status, hidden.status) == (403, 403, 404)
    assert titles == ["free", "own"]


async def signed_in(
    daemon: Daemon, name: str, role: str, *permissions: str
) -> dict[str, str]:
    """A new user with a role; the id and a token."""
    run_eerp(daemon, "role", "add", role, *permissions)
    password = run_eerp(daemon, "user", "add", name, "--role", role, "--random")
    said = {"username": name, "password": password.split()[-1]}
    answer = await daemon.ask("POST", "/api/auth/login", said)
    token = answer.json["access_token"]
    about = await daemon.ask(
        "GET", "/api/auth/me", headers={"Authorization": f"Bearer {token}"}
    )
    return {"id": about.json["id"], "token": token}


def run_eerp(daemon: Daemon, *arguments: str) -> str:
    """What the command ``eerp`` says."""
    command = [str(EERP), *arguments, "--config", str(daemon.config)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout


@pytest_twisted.ensureDeferred
async def test_a_stage_and_its_first_opportunities_never_disagree(
    daemon: Daemon,
) -> None:
    """Whoever enters a stage while it turns won finds it either open or won."""
    for number in range(8):
        name = f"race {number}"
        stage = await made(daemon, "stages", name=name, sequence=100 + number)
        path = f"/api/crm/stages/{stage['id']}"

        answers = await together(
            daemon.ask("PATCH", path, {"is_won": True}, headers=ANY_VERSION),
            *(
                daemon.ask(
                    "POST",
                    "/api/crm/opportunities",
                    {"name": name, "stage_id": stage["id"]},
                )
                for _ in range(3)
            ),
        )

        assert {answer.status for answer in answers[1:]} == {201}
        won = (await daemon.ask("GET", path)).json["is_won"]
        assert won == (answers[0].status == 200), answers[0].text
        entered = await listed(daemon, f"opportunities?name=eq.{quote(name)}")
        closed = [each["closed_at"] is not None for each in entered["items"]]
        assert closed == [won] * 3


async def together(*asked: Any) -> list[Answer]:
    """The answers to requests that are under way at once."""
    answers: list[Answer] = await gatherResults(
        [Deferred.fromCoroutine(each) for each in asked], consumeErrors=True
    )
    return answers
