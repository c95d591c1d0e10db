"""Idempotency-Key over HTTP, with the CRM, and a daemon that is killed at work."""

from __future__ import annotations

import signal
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater

from tests.daemon.process import Answer, Daemon

ORIGIN = "https://erp.example.org"


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


async def named(daemon: Daemon, name: str) -> list[Any]:
    found = await daemon.ask("GET", f"/api/crm/companies?name=eq.{name}")
    items: list[Any] = found.json["items"]
    return items


@pytest_twisted.ensureDeferred
async def test_a_repeated_post_makes_one_record_and_gives_the_same_answer(
    daemon: Daemon,
) -> None:
    headers = key()
    first = await daemon.ask(
        "POST", "/api/crm/companies", {"name": "Once"}, headers=headers
    )
    again = await daemon.ask(
        "POST", "/api/crm/companies", {"name": "Once"}, headers=headers
    )
    assert (first.status, again.status) == (201, 201)
    assert again.text == first.text
    for name in ("location", "etag", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await named(daemon, "Once")) == 1


@pytest_twisted.ensureDeferred
async def test_another_form_of_answer_is_another_request(daemon: Daemon) -> None:
    headers = {**key(), "Prefer": "return=minimal"}
    content = {"name": "Terse once"}
    first = await daemon.ask("POST", "/api/crm/companies", content, headers=headers)
    again = await daemon.ask("POST", "/api/crm/companies", content, headers=headers)
    assert (first.status, first.text, again.text) == (201, "", "")
    assert again.headers["idempotency-replayed"] == "true"
    del headers["Prefer"]
    other = await daemon.ask("POST", "/api/crm/companies", content, headers=headers)
    assert (other.status, other.json["code"]) == (422, "idempotency_mismatch")


@pytest_twisted.ensureDeferred
async def test_a_repeated_patch_changes_once(daemon: Daemon) -> None:
    made = await daemon.ask("POST", "/api/crm/companies", {"name": "Twice"})
    path, headers = made.headers["location"], {**key(), "If-Match": '"1"'}
    answers = [
        await daemon.ask("PATCH", path, {"name": "Twice more"}, headers=headers)
        for _ in range(2)
    ]
    assert [answer.status for answer in answers] == [200, 200], answers[0].text
    assert answers[0].text == answers[1].text
    assert (await daemon.ask("GET", path)).headers["etag"] == '"2"'


@pytest_twisted.ensureDeferred
async def test_twenty_posts_at_once_make_one_record(daemon: Daemon) -> None:
    headers = key()
    answers: list[Answer] = await gatherResults(
        [
            Deferred.fromCoroutine(
                daemon.ask(
                    "POST", "/api/crm/companies", {"name": "Twenty"}, headers=headers
                )
            )
            for _ in range(20)
        ]
    )
    assert {answer.status for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(await named(daemon, "Twenty")) == 1


@pytest_twisted.ensureDeferred
async def test_a_key_is_refused_for_another_request_and_where_it_is_malformed(
    daemon: Daemon,
) -> None:
    headers = key()
    await daemon.ask("POST", "/api/crm/companies", {"name": "Key"}, headers=headers)
    other = await daemon.ask(
        "POST", "/api/crm/companies", {"name": "Other"}, headers=headers
    )
    assert (other.status, other.json["code"]) == (422, "idempotency_mismatch")
    for wrong in ("a b", "x" * 256):
        answer = await daemon.ask(
            "POST",
            "/api/crm/companies",
            {"name": "Wrong"},
            headers={"Idempotency-Key": wrong},
        )
        assert (answer.status, answer.json["code"]) == (400, "bad_request")
    assert await named(daemon, "Wrong") == []


@pytest_twisted.ensureDeferred
async def test_a_refused_request_may_be_mended_under_the_same_key(
    daemon: Daemon,
) -> None:
    headers = key()
    wrong = await daemon.ask("POST", "/api/crm/companies", {}, headers=headers)
    assert wrong.status == 422
    right = await daemon.ask(
        "POST", "/api/crm/companies", {"name": "Mended"}, headers=headers
    )
    assert right.status == 201, right.text


@pytest.mark.parametrize("delays_ms", [(0, 3, 6, 9, 14, 20)])
@pytest_twisted.ensureDeferred
async def test_a_daemon_killed_at_work_has_done_it_once_in_the_end(
    make_daemon: Callable[..., Daemon], delays_ms: tuple[int, ...]
) -> None:
    """Repeated with its key after each kill, every request has one effect."""
    daemon = make_daemon(cors={"origins": [ORIGIN]})
    await daemon.start()
    await daemon.sign_in()
    for number, delay_ms in enumerate(delays_ms):
        name, headers = f"Killed {number}", key()

        async def post(name: str = name, headers: Any = headers) -> Answer:
            return await daemon.ask(
                "POST", "/api/crm/companies", {"name": name}, headers=headers
            )

        asked = Deferred.fromCoroutine(post())
        asked.addErrback(lambda _: None)
        await deferLater(reactor, delay_ms / 1000)
        await daemon.stop(signal.SIGKILL)
        first = await asked
        await daemon.start()
        last = await post()
        assert last.status == 201, last.text
        if first is not None:
            assert (first.status, first.text) == (201, last.text)
        again = await daemon.ask(
            "POST",
            "/api/crm/companies",
            {"name": name},
            headers={**headers, "Origin": ORIGIN},
        )
        assert again.text == last.text
        exposed = again.headers["access-control-expose-headers"]
        assert "Idempotency-Replayed" in exposed
        found = await daemon.ask("GET", "/api/crm/companies?limit=100")
        stored = [item for item in found.json["items"] if item["name"] == name]
        assert len(stored) == 1
    assert await daemon.stop() == 0
