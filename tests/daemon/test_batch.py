"""Several calls of one request: all or none, or each by itself."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import pytest_twisted

from eerp import limits
from tests.daemon.process import Answer, Daemon


def post(name: str) -> dict[str, Any]:
    return {"method": "POST", "path": "/api/crm/tags", "body": {"name": name}}


async def batch(daemon: Daemon, *calls: dict[str, Any], **more: Any) -> Answer:
    headers = more.pop("headers", None)
    content = {"calls": list(calls), **more}
    return await daemon.ask("POST", "/api/batch", content, headers=headers)


async def tags(daemon: Daemon, prefix: str) -> list[str]:
    found = await daemon.ask("GET", f"/api/crm/tags?name=like.{prefix}*&order=name.asc")
    return [item["name"] for item in found.json["items"]]


def statuses(answer: Answer) -> list[int]:
    return [result["status"] for result in answer.json["results"]]


@pytest_twisted.ensureDeferred
async def test_calls_of_several_modules_answer_as_they_would_alone(daemon: Daemon):
    made = await batch(daemon, post("both one"), post("both two"))
    assert (made.status, statuses(made)) == (200, [201, 201])
    first = made.json["results"][0]
    path = first["headers"]["location"]
    listing = "/api/crm/tags?name=like.both*&order=name.asc"
    country = "/api/core/countries?limit=1"
    read = await batch(
        daemon,
        {"method": "GET", "path": path},
        {"method": "GET", "path": listing},
        {"method": "GET", "path": country},
    )
    for result, alone in zip(
        read.json["results"], (path, listing, country), strict=True
    ):
        answer = await daemon.ask("GET", alone)
        assert (result["status"], result["body"]) == (answer.status, answer.json)
    assert first["body"] == read.json["results"][0]["body"]
    assert first["headers"]["etag"] == '"1"'


@pytest_twisted.ensureDeferred
async def test_an_atomic_batch_is_all_or_nothing(daemon: Daemon):
    answer = await batch(
        daemon, post("atom a"), post("atom a"), post("atom b"), atomic=True
    )
    assert answer.status == 409
    assert statuses(answer) == [424, 409, 424]
    codes = [result["body"]["code"] for result in answer.json["results"]]
    assert codes == ["undone", "conflict", "undone"]
    assert await tags(daemon, "atom") == []


@pytest_twisted.ensureDeferred
async def test_otherwise_each_refused_call_is_undone_alone(daemon: Daemon):
    answer = await batch(
        daemon,
        post("part a"),
        post("part a"),
        {"method": "POST", "path": "/api/crm/tags", "body": {"nam": 1}},
        {"method": "GET", "path": "/api/crm/nothing"},
        {"method": "DELETE", "path": "/api/crm/tags"},
        post("part b"),
        atomic=False,
    )
    assert answer.status == 200
    assert statuses(answer) == [201, 409, 422, 404, 405, 201]
    assert await tags(daemon, "part") == ["part a", "part b"]


@pytest_twisted.ensureDeferred
async def test_what_cannot_be_called_at_all_keeps_an_atomic_batch_from_beginning(
    daemon: Daemon,
):
    answer = await batch(
        daemon, post("early"), {"method": "GET", "path": "/api/modules"}
    )
    assert (answer.status, statuses(answer)) == (404, [424, 404])
    assert await tags(daemon, "early") == []


@pytest_twisted.ensureDeferred
async def test_a_change_needs_its_version_and_later_calls_see_it(daemon: Daemon):
    made = await daemon.ask("POST", "/api/crm/tags", {"name": "versioned"})
    change = {
        "method": "PATCH",
        "path": made.headers["location"],
        "body": {"colour": "#010203"},
        "headers": {"If-Match": made.headers["etag"]},
    }
    read = {"method": "GET", "path": made.headers["location"]}
    answer = await batch(daemon, change, read, change, atomic=False)
    assert statuses(answer) == [200, 200, 412]
    assert answer.json["results"][1]["body"]["colour"] == "#010203"


@pytest_twisted.ensureDeferred
async def test_a_batch_is_done_once_for_a_key(daemon: Daemon):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = await batch(daemon, post("once x"), post("once y"), headers=key)
    again = await batch(daemon, post("once x"), post("once y"), headers=key)
    assert first.status == 200
    assert again.text == first.text
    assert again.headers["idempotency-replayed"] == "true"
    assert await tags(daemon, "once") == ["once x", "once y"]


@pytest_twisted.ensureDeferred
async def test_a_batch_that_only_reads_may_have_a_key_too(daemon: Daemon):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    read = {"method": "GET", "path": "/api/crm/tags?limit=1"}
    first = await batch(daemon, read, headers=key)
    again = await batch(daemon, read, headers=key)
    assert (first.status, again.text) == (200, first.text)
    assert again.headers["idempotency-replayed"] == "true"


@pytest_twisted.ensureDeferred
async def test_a_dry_batch_lists_the_writes_of_all_its_calls(daemon: Daemon):
    answer = await batch(
        daemon, post("dry p"), post("dry p"), post("dry q"),
        atomic=False, headers={"Prefer": "tx=rollback"},
    )  # fmt: skip
    assert answer.headers["preference-applied"] == "tx=rollback"
    told = answer.json
    assert [one["status"] for one in told["body"]["results"]] == [201, 409, 201]
    assert [one["after"]["name"] for one in told["writes"]] == ["dry p", "dry q"]
    assert await tags(daemon, "dry") == []


@pytest_twisted.ensureDeferred
async def test_results_of_changes_can_be_minimal_and_those_of_reads_are_whole(
    daemon: Daemon,
):
    read = {"method": "GET", "path": "/api/crm/tags?name=eq.least"}
    answer = await batch(
        daemon, post("least"), read, headers={"Prefer": "return=minimal"}
    )
    made, found = answer.json["results"]
    assert (made["status"], made["body"]) == (201, None)
    assert made["headers"]["location"].endswith(found["body"]["items"][0]["id"])


@pytest_twisted.ensureDeferred
async def test_whoever_may_not_call_a_route_may_not_in_a_batch(daemon: Daemon):
    token, daemon.token = daemon.token, None
    try:
        assert (await batch(daemon, post("anonymous"))).status == 401
    finally:
        daemon.token = token


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"calls": []},
        {"calls": [{"method": "GET"}]},
        {"calls": [{"method": "TRACE", "path": "/api/crm/tags"}]},
        {"calls": [{"method": "GET", "path": "api/crm/tags"}]},
        {"calls": [{"method": "GET", "path": "/api/crm/tägs"}]},
        {"calls": [{"method": "GET", "path": "/x", "headers": {"Prefer": "a"}}]},
        {"calls": [{"method": "GET", "path": "/x", "header": {}}]},
        {"calls": [{"method": "GET", "path": "/x"}], "atomic": "yes"},
        {"calls": [{"method": "GET", "path": "/x"}] * (limits.BATCH_CALLS_MAX + 1)},
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_no_batch_is_refused_whole(daemon: Daemon, content: Any):
    answer = await daemon.ask("POST", "/api/batch", content)
    assert (answer.status, answer.json["code"]) == (422, "validation_failed")
