"""Preferences of a client: a dry run, a bound on what changes, no body."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted

from tests.daemon.process import Daemon

DRY = {"Prefer": "tx=rollback"}


async def make(daemon: Daemon, model: str, **values: Any) -> Any:
    made = await daemon.ask("POST", f"/api/crm/{model}", values)
    assert made.status == 201, made.text
    return made.json


async def names(daemon: Daemon, prefix: str) -> list[str]:
    found = await daemon.ask(
        "GET", f"/api/crm/companies?name=like.{prefix}*&order=name.asc"
    )
    return [item["name"] for item in found.json["items"]]


async def trail(daemon: Daemon, model: str, record: str) -> list[str]:
    page = await daemon.ask("GET", f"/api/audit?model=crm.{model}&id={record}")
    return [item["action"] for item in page.json["items"]]


@pytest_twisted.ensureDeferred
async def test_a_dry_create_tells_what_would_be_and_leaves_nothing(daemon: Daemon):
    answer = await daemon.ask(
        "POST", "/api/crm/companies", {"name": "Dry one"}, headers=DRY
    )
    assert answer.status == 201
    assert answer.headers["preference-applied"] == "tx=rollback"
    told = answer.json
    record = told["body"]
    assert told["status"] == 201
    assert record["name"] == "Dry one"
    assert told["headers"]["location"].endswith(record["id"])
    [write] = told["writes"]
    assert (write["model"], write["id"], write["action"], write["before"]) == (
        "crm.companies", record["id"], "create", None,
    )  # fmt: skip
    assert write["after"]["name"] == "Dry one"
    assert "location" not in answer.headers
    assert await names(daemon, "Dry") == []
    assert await trail(daemon, "companies", record["id"]) == []


@pytest_twisted.ensureDeferred
async def test_a_dry_run_of_a_whole_operation_lists_each_write_and_event(
    daemon: Daemon,
):
    deal = await make(daemon, "opportunities", name="To be won")
    path = f"/api/crm/opportunities/{deal['id']}/win"
    answer = await daemon.ask("POST", path, headers=DRY)
    assert answer.status == 200, answer.text
    told = answer.json
    assert told["body"]["probability"] == 100
    changed = [(one["model"], one["action"]) for one in told["writes"]]
    assert ("crm.opportunities", "update") in changed
    assert ("crm.stages", "update") in changed
    [event] = told["events"]
    assert (event["topic"], event["key"]) == ("crm.opportunities.won", deal["id"])
    again = await daemon.ask("GET", f"/api/crm/opportunities/{deal['id']}")
    assert again.json == deal
    stages = await daemon.ask("GET", "/api/crm/stages?is_won=is.true&used=is.true")
    assert stages.json["items"] == []


@pytest_twisted.ensureDeferred
async def test_a_dry_run_is_refused_as_the_real_one_would_be(daemon: Daemon):
    company = await make(daemon, "companies", name="Employer of one")
    await make(daemon, "contacts", first_name="Ann", company_id=company["id"])
    path = f"/api/crm/companies/{company['id']}"
    dry = await daemon.ask("DELETE", path, headers=DRY)
    real = await daemon.ask("DELETE", path)
    assert dry.status == real.status == 409
    assert dry.json["code"] == real.json["code"]
    assert dry.headers["preference-applied"] == "tx=rollback"


@pytest_twisted.ensureDeferred
async def test_dry_deletes_and_reads_answer_in_the_same_form(daemon: Daemon):
    company = await make(daemon, "companies", name="Stays")
    path = f"/api/crm/companies/{company['id']}"
    gone = await daemon.ask("DELETE", path, headers=DRY)
    assert (gone.status, gone.json["status"], gone.json["body"]) == (200, 204, None)
    assert [one["action"] for one in gone.json["writes"]] == ["delete"]
    read = await daemon.ask("GET", path, headers=DRY)
    assert (read.json["body"], read.json["writes"]) == (company, [])
    assert (await daemon.ask("GET", path)).json == company


@pytest_twisted.ensureDeferred
async def test_a_dry_run_uses_no_idempotency_key_up(daemon: Daemon):
    key = {"Idempotency-Key": "dry-and-then-real"}
    dry = await daemon.ask(
        "POST", "/api/crm/companies", {"name": "Keyed"}, headers={**DRY, **key}
    )
    real = await daemon.ask(
        "POST", "/api/crm/companies", {"name": "Keyed"}, headers=key
    )
    assert (dry.status, real.status) == (201, 201)
    assert "idempotency-replayed" not in real.headers
    assert await names(daemon, "Keyed") == ["Keyed"]


@pytest.mark.parametrize(("most", "status"), [(0, 409), (1, 409), (2, 200)])
@pytest_twisted.ensureDeferred
async def test_no_more_records_change_than_the_client_allows(
    daemon: Daemon, most: int, status: int
):
    company = await make(daemon, "companies", name=f"At most {most}")
    for kind in ("billing", "shipping"):
        await make(daemon, "addresses", company_id=company["id"], kind=kind)
    calls = [
        {"method": "DELETE", "path": f"/api/crm/addresses/{one['id']}"}
        for one in (
            await daemon.ask("GET", f"/api/crm/addresses?company_id=eq.{company['id']}")
        ).json["items"]
    ]
    answer = await daemon.ask(
        "POST", "/api/batch", {"calls": calls},
        headers={"Prefer": f"max-affected={most}"},
    )  # fmt: skip
    assert answer.status == status, answer.text
    assert answer.headers["preference-applied"] == f"max-affected={most}"
    left = await daemon.ask("GET", f"/api/crm/addresses?company_id=eq.{company['id']}")
    assert len(left.json["items"]) == (2 if status == 409 else 0)
    if status == 409:
        assert answer.json["code"] == "too_many_affected"


@pytest_twisted.ensureDeferred
async def test_minimal_answers_have_no_body(daemon: Daemon):
    minimal = {"Prefer": "return=minimal"}
    made = await daemon.ask(
        "POST", "/api/crm/companies", {"name": "Terse"}, headers=minimal
    )
    assert (made.status, made.text) == (201, "")
    assert made.headers["preference-applied"] == "return=minimal"
    changed = await daemon.ask(
        "PATCH", made.headers["location"], {"name": "Terser"},
        headers={**minimal, "If-Match": made.headers["etag"]},
    )  # fmt: skip
    assert (changed.status, changed.text, changed.headers["etag"]) == (204, "", '"2"')
    assert await names(daemon, "Terse") == ["Terser"]
    read = await daemon.ask("GET", made.headers["location"], headers=minimal)
    assert (read.status, read.json["name"]) == (200, "Terser")
    assert "preference-applied" not in read.headers


@pytest_twisted.ensureDeferred
async def test_a_mistyped_protection_is_refused_before_anything_is_done(
    daemon: Daemon,
):
    for wrong in ("tx=rolback", "max-affected=few"):
        answer = await daemon.ask(
            "POST", "/api/crm/companies", {"name": "Unprotected"},
            headers={"Prefer": wrong},
        )  # fmt: skip
        assert (answer.status, answer.json["code"]) == (400, "bad_request")
    assert await names(daemon, "Unprotected") == []


@pytest_twisted.ensureDeferred
async def test_counting_is_a_preference_beside_others(daemon: Daemon):
    answer = await daemon.ask(
        "GET", "/api/crm/stages", headers={"Prefer": "count=exact, max-affected=5"}
    )
    assert answer.headers["preference-applied"] == "count=exact, max-affected=5"
    assert answer.json["total"] == 6
