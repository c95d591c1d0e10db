"""What hangs on records of all modules, and rates, units and settings, over HTTP."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest_twisted
from twisted.internet.defer import Deferred, gatherResults

from tests.daemon.process import Answer, Daemon
from tests.daemon.test_crm_api import problem

THING = "018f0000-0000-7000-8000-00000000abcd"


async def one(daemon: Daemon, path: str) -> dict[str, Any]:
    """The first record of a list."""
    answer = await daemon.ask("GET", f"/api/core/{path}")
    assert answer.status == 200, answer.text
    record: dict[str, Any] = answer.json["items"][0]
    return record


async def made(daemon: Daemon, resource: str, body: Any) -> Answer:
    """A new record that must be made."""
    answer = await daemon.ask("POST", f"/api/core/{resource}", body)
    assert answer.status == 201, answer.text
    return answer


@pytest_twisted.ensureDeferred
async def test_a_pair_of_currencies_has_one_rate_a_day(daemon: Daemon) -> None:
    """Also when several people enter it at once, and whichever way round."""
    euro = (await one(daemon, "currencies?code=eq.EUR"))["id"]
    dollar = (await one(daemon, "currencies?code=eq.USD"))["id"]
    there = {"currency_id": euro, "to_id": dollar, "rate": "1.25"}
    back = {"currency_id": dollar, "to_id": euro, "rate": "0.8"}
    bodies = [{**ends, "date": "2026-03-01"} for ends in (there, back) * 4]

    answers = await gatherResults(
        [
            Deferred.fromCoroutine(daemon.ask("POST", "/api/core/rates", body))
            for body in bodies
        ]
    )

    statuses = sorted(answer.status for answer in answers)
    assert statuses == [201] + [409] * 7
    same = {**there, "to_id": euro, "date": "2026-03-02"}
    refused = await daemon.ask("POST", "/api/core/rates", same)
    problem(refused, 422, "validation_failed")


@pytest_twisted.ensureDeferred
async def test_quantities_are_converted_within_a_category(daemon: Daemon) -> None:
    units = {
        name: (await one(daemon, f"units?name=eq.{name}"))["id"]
        for name in ("Gram", "Kilogram", "Piece")
    }
    item = {"quantity": "2500", "from": units["Gram"], "to": units["Kilogram"]}

    told = await daemon.ask("POST", "/api/core/units/convert", {"items": [item]})
    wrong = {**item, "to": units["Piece"]}
    refused = await daemon.ask("POST", "/api/core/units/convert", {"items": [wrong]})

    assert told.json == {"items": ["2.500000"]}
    problem(refused, 422, "validation_failed")
    assert refused.json["errors"][0]["pointer"] == "/items/0/to"


@pytest_twisted.ensureDeferred
async def test_a_file_is_attached_downloaded_and_taken_away(daemon: Daemon) -> None:
    content = b"An offer.\n" * 1000
    body = {
        "model": "crm.companies", "record_id": THING, "name": 'Offer "1" é.pdf',
        "media_type": "application/pdf", "content": base64.b64encode(content).decode(),
    }  # fmt: skip

    attached = await made(daemon, "attachments", body)
    path = attached.headers["location"]
    listed = await daemon.ask("GET", f"/api/core/attachments?record_id=eq.{THING}")
    loaded = await daemon.ask("GET", f"{path}/content")

    assert attached.json["sha256"] == hashlib.sha256(content).hexdigest()
    assert [item["id"] for item in listed.json["items"]] == [attached.json["id"]]
    assert loaded.text == content.decode()
    assert loaded.headers["content-type"] == "application/octet-stream"
    expected = "attachment; filename*=UTF-8''Offer%20%221%22%20%C3%A9.pdf"
    assert loaded.headers["content-disposition"] == expected
    assert (await daemon.ask("DELETE", path)).status == 204
    problem(await daemon.ask("GET", f"{path}/content"), 404, "not_found")
    problem(await daemon.ask("POST", f"{path}/restore"), 404, "not_found")


@pytest_twisted.ensureDeferred
async def test_what_cannot_be_a_file_is_one_clear_error(daemon: Daemon) -> None:
    body = {
        "model": "crm.companies",
        "record_id": THING,
        "name": "x",
        "content": "YQ==",
    }
    for field, value in (
        ("content", ""),
        ("content", "%%%"),
        ("name", "../../etc/passwd"),
        ("media_type", "no type"),
        ("model", "companies"),
        ("record_id", "7"),
    ):
        path = "/api/core/attachments"
        answer = await daemon.ask("POST", path, {**body, field: value})
        problem(answer, 422, "validation_failed")
        assert answer.json["errors"][0]["pointer"] == f"/{field}", answer.text


@pytest_twisted.ensureDeferred
async def test_an_activity_is_planned_done_and_reopened(daemon: Daemon) -> None:
    body = {
        "subject": "Call back", "kind": "call", "due_at": "2020-01-01T00:00:00Z",
        "model": "crm.companies", "record_id": THING,
    }  # fmt: skip
    activity = await made(daemon, "activities", body)
    path = activity.headers["location"]
    overdue = "/api/core/activities?done_at=is.null&due_at=lt.2021-01-01T00:00:00Z"

    before = await daemon.ask("GET", overdue)
    done = await daemon.ask("POST", f"{path}/complete")
    after = await daemon.ask("GET", overdue)
    again = await daemon.ask("POST", f"{path}/complete")
    reopened = await daemon.ask("POST", f"{path}/reopen")

    assert len(before.json["items"]) == 1
    assert done.json["done_at"] is not None
    assert after.json["items"] == []
    problem(again, 409, "already_done")
    assert reopened.json["done_at"] is None


@pytest_twisted.ensureDeferred
async def test_a_sequence_with_gaps_makes_nobody_wait(daemon: Daemon) -> None:
    body = {"code": "tickets", "prefix": "T{year}-", "gapless": False}
    path = (await made(daemon, "sequences", body)).headers["location"] + "/next"

    answers = await gatherResults(
        [Deferred.fromCoroutine(daemon.ask("POST", path)) for _ in range(20)]
    )

    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["number"] for answer in answers}) == 20
    failed = await daemon.ask("POST", path, headers={"Prefer": "tx=rollback"})
    after = await daemon.ask("POST", path)
    lost, number = failed.json["body"]["value"], after.json["value"]
    assert int(number) > int(lost)


@pytest_twisted.ensureDeferred
async def test_a_setting_is_of_its_type(daemon: Daemon) -> None:
    path = "/api/core/settings/currency"

    usual = await daemon.ask("GET", path)
    wrong = await daemon.ask("PUT", path, {"value": "QQQ"})
    changed = await daemon.ask("PUT", path, {"value": "EUR"})
    forgotten = await daemon.ask("PUT", path, {"value": None})

    assert (usual.json["value"], usual.json["scope"]) == ("USD", None)
    problem(wrong, 422, "validation_failed")
    assert (changed.json["value"], changed.json["scope"]) == ("EUR", "global")
    assert forgotten.json["value"] == "USD"
    unknown = await daemon.ask("GET", "/api/core/settings/colour")
    problem(unknown, 404, "not_found")
