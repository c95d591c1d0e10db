"""Events from a module's request to another handler, and calls to a server outside,
in a real daemon.

The guest emits what it is sent. Its handler of events traps when the data begin with
the letter p, and is content with anything else.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_twisted
from twisted.internet import reactor
from twisted.internet.task import deferLater

from tests.daemon.guests import write_module
from tests.daemon.process import Daemon, write_config
from tests.postgres.receiver import Receiver
from tests.sandbox.wat import REPLY_AT, data, frame, handle, wat

_AT = 20000
_TEXTS = ("POST", "/tell", "/call", "teller.told", "hourly", "0 * * * *")
_BODY = """(i32.add (i32.add (local.get $ptr) (i32.const 4))
    (i32.load (local.get $ptr)))"""
_LENGTH = """(i32.sub (i32.sub (local.get $len) (i32.const 4))
    (i32.load (local.get $ptr)))"""
_REPLY = frame({"status": 200}, b"{}")
_RELAYED = frame({"status": 200, "body_from": 0})
_RELAYED_AT = REPLY_AT + 256
_DONE = f"(i64.const {REPLY_AT << 32 | len(_REPLY)})"
# 0x70 is the letter p, after the quote that opens a text.
_HANDLE = f"""
(if (i32.eq (local.get $id) (i32.const 1)) (then
    (if (i64.lt_s (call $emit {_BODY} {_LENGTH}) (i64.const 0)) (then unreachable))))
(if (i32.eq (local.get $id) (i32.const 2)) (then
    (if (i32.eq (i32.load8_u (i32.add {_BODY} (i32.const 1))) (i32.const 0x70))
        (then unreachable))))
(if (i32.eq (local.get $id) (i32.const 4)) (then
    (drop (call $http {_BODY} {_LENGTH}))
    (return (i64.const {_RELAYED_AT << 32 | len(_RELAYED)}))))
{_DONE}"""


def teller(cron: str = _TEXTS[-1]) -> str:
    """The guest, with a job that has this schedule."""
    texts = (*_TEXTS[:-1], cron)
    places = {text: f"(i32.const {_AT + 100 * n})" for n, text in enumerate(texts)}
    pair = {text: f"{at} (i32.const {len(text)})" for text, at in places.items()}
    registered = f"""
        (call $register_route {pair["POST"]} {pair["/tell"]} (i32.const 1))
        (call $register_route {pair["POST"]} {pair["/call"]} (i32.const 4))
        (call $register_event {pair["teller.told"]} (i32.const 2))
        (call $register_job {pair["hourly"]} {pair[cron]} (i32.const 3))"""
    description = {
        "models": [],
        "permissions": [],
        "routes": [
            {"method": "POST", "path": path, "permission": "teller.tell.write",
             "body": {"type": "object"}}
            for path in ("/tell", "/call")
        ],
    }  # fmt: skip
    return wat(
        imports=("register_route", "register_event", "register_job", "emit", "http"),
        init=f'(func (export "init") {registered})',
        handle=handle(_HANDLE),
        description=json.dumps(description).encode(),
        extra=data(REPLY_AT, _REPLY)
        + data(_RELAYED_AT, _RELAYED)
        + "".join(data(_AT + 100 * n, t.encode()) for n, t in enumerate(texts)),
    )


@pytest_twisted.async_yield_fixture(scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    yield made
    await made.close()


@pytest_twisted.async_yield_fixture(scope="module")
async def daemon(module_home: Path, receiver: Receiver) -> AsyncIterator[Daemon]:
    root = module_home / "mods"
    write_module(root, "teller", teller(), capabilities=["events", "http"])
    port = receiver.listen(tls=False)
    running = Daemon(
        write_config(
            module_home,
            module_root=[str(root)],
            modules={
                "teller": {
                    "capabilities": ["events", "http"],
                    "http_hosts": [f"127.0.0.1:{port}"],
                    "http_private": True,
                }
            },
            events={"attempts_max": 1},
            webhooks={"allow_hosts": [f"127.0.0.1:{port}"], "attempts_max": 1},
        )
    )
    await running.start()
    await running.sign_in()
    yield running
    assert await running.stop() == 0, running.log_file.read_text()


async def tell(daemon: Daemon, content: Any, key: str | None = None) -> None:
    event = {"topic": "told", "key": key, "data": content}
    answer = await daemon.ask("POST", "/api/teller/tell", event)
    assert answer.status == 200, answer.text


async def listed(daemon: Daemon, state: str, count: int) -> list[dict[str, Any]]:
    """The deliveries in `state`, once there are so many."""
    end = time.monotonic() + 30
    while True:
        answer = await daemon.ask("GET", f"/api/deliveries?state={state}")
        assert answer.status == 200, answer.text
        items: list[dict[str, Any]] = answer.json["items"]
        if len(items) >= count:
            return items
        assert time.monotonic() < end, daemon.log_file.read_text()
        await deferLater(reactor, 0.02)


def command(daemon: Daemon, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable, "-m", "eerp.startup.command", "events", *words,
            "--config", str(daemon.config),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest_twisted.ensureDeferred
async def test_what_a_request_emits_reaches_a_handler(daemon: Daemon) -> None:
    await tell(daemon, "good", "k1")

    (found,) = await listed(daemon, "done", 1)

    assert (found["topic"], found["key"], found["subscriber"]) == (
        "teller.told", "k1", "teller:teller.told",
    )  # fmt: skip
    told = await daemon.ask("GET", f"/api/deliveries/{found['id']}")
    assert told.json["data"] == "good"
    done = [each for each in daemon.events() if each["event"] == "delivered"]
    assert done[0]["request_id"] == found["request_id"]


@pytest_twisted.ensureDeferred
async def test_a_dead_delivery_is_seen_and_replayed(daemon: Daemon) -> None:
    await tell(daemon, "poison", "k2")
    (found,) = await listed(daemon, "dead", 1)
    assert found["error"].startswith("module_trapped: ")

    shown = command(daemon, "dead")
    again = await daemon.ask("POST", f"/api/deliveries/{found['id']}/replay")
    assert again.status == 200
    await listed(daemon, "dead", 1)
    by_hand = command(daemon, "replay", found["id"])
    await listed(daemon, "dead", 1)
    everything = command(daemon, "replay", "--all-dead")

    assert "teller:teller.told" in shown.stdout
    assert by_hand.stdout == "teller.told to teller:teller.told is tried again\n"
    assert everything.stdout == "1 deliveries are tried again\n"
    assert command(daemon, "replay").returncode == 1
    assert command(daemon, "replay", "999999").stderr.startswith(
        "eerp: There is no such delivery."
    )
    assert "teller.told" in command(daemon, "list").stdout
    jobs = command(daemon, "jobs").stdout.splitlines()
    assert jobs[1].split()[:2] == ["teller.hourly", "0"]


@pytest_twisted.ensureDeferred
async def test_a_webhook_is_made_told_and_removed(
    daemon: Daemon, receiver: Receiver
) -> None:
    port = next(iter(receiver._ports)).getHost().port
    asked = {"url": f"http://127.0.0.1:{port}/in", "topics": ["teller.*"]}
    made = await daemon.ask("POST", "/api/webhooks", asked)
    assert made.status == 201, made.text
    place = made.headers["location"]
    assert made.json["secret"].startswith("whsec_")

    await tell(daemon, "good", "k3")
    await receiver.until(1)
    body = json.loads(receiver.got[0][3])
    assert (body["topic"], body["key"], body["data"]) == ("teller.told", "k3", "good")

    shown = await daemon.ask("GET", place)
    assert "secret" not in shown.json
    rotated = await daemon.ask("POST", f"{place}/rotate")
    assert rotated.json["secret"] != made.json["secret"]
    tested = await daemon.ask("POST", f"{place}/test")
    assert tested.json == {"status": 200, "delivered": True}
    changed = await daemon.ask("PATCH", place, {"active": False})
    assert changed.json["active"] is False
    every = await daemon.ask("GET", "/api/webhooks")
    assert [each["id"] for each in every.json["items"]] == [made.json["id"]]
    assert (await daemon.ask("DELETE", place)).status == 204
    assert (await daemon.ask("GET", place)).status == 404


@pytest_twisted.ensureDeferred
async def test_a_module_calls_the_hosts_that_its_operator_allows(
    daemon: Daemon, receiver: Receiver
) -> None:
    port = next(iter(receiver._ports)).getHost().port
    asked = {"url": f"http://127.0.0.1:{port}/from-a-guest", "method": "PUT"}

    answered = await daemon.ask("POST", "/api/teller/call", asked)
    refused = await daemon.ask(
        "POST", "/api/teller/call", {"url": "https://api.example.com/"}
    )

    assert answered.json["status"] == 200
    assert answered.json["body"] == "fine"
    assert receiver.got[-1][:2] == ("PUT", "/from-a-guest")
    assert (refused.json["status"], refused.json["code"]) == (403, "host_refused")


@pytest_twisted.ensureDeferred
async def test_what_is_asked_wrongly_is_refused(daemon: Daemon) -> None:
    for path in (
        "/api/deliveries?state=lost", "/api/deliveries?limit=0",
        "/api/deliveries?cursor=x", "/api/deliveries?order=id",
    ):  # fmt: skip
        assert (await daemon.ask("GET", path)).status == 422, path
    assert (await daemon.ask("GET", "/api/deliveries/x")).status == 404
    assert (await daemon.ask("POST", "/api/deliveries/1/replay")).status in (404, 409)
    private = {"url": "https://10.0.0.1/", "topics": ["teller.*"]}
    assert (await daemon.ask("POST", "/api/webhooks", private)).status == 422
    assert (await daemon.ask("PATCH", "/api/webhooks/x", {})).status == 422
    assert (await daemon.ask("DELETE", "/api/webhooks/x")).status == 404


@pytest_twisted.ensureDeferred
async def test_who_may_not_manage_them_sees_nothing(daemon: Daemon) -> None:
    for method, path in (
        ("GET", "/api/deliveries"), ("GET", "/api/deliveries/1"),
        ("POST", "/api/deliveries/1/replay"), ("GET", "/api/webhooks"),
        ("DELETE", "/api/webhooks/x"), ("POST", "/api/webhooks/x/test"),
    ):  # fmt: skip
        answer = await daemon.ask(method, path, headers={"Authorization": ""})
        assert answer.status == 401, path


@pytest_twisted.ensureDeferred
async def test_a_module_with_a_wrong_schedule_does_not_load(make_daemon: Any) -> None:
    daemon = make_daemon(module_root=["mods"])
    write_module(
        daemon.config.parent / "mods", "teller", teller("61 * * * *"),
        capabilities=["events", "http"],
    )  # fmt: skip
    config = json.loads(daemon.config.read_text())
    config["modules"] = {"teller": {"capabilities": ["events", "http"]}}
    daemon.config.write_text(json.dumps(config))

    daemon.spawn()

    assert await daemon.wait() == 1
    log = daemon.log_file.read_text()
    assert "registers the job hourly with the schedule" in log
