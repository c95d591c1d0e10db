"""What stands around the routes of a module, in a whole daemon."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.task import deferLater

from tests.daemon.guests import write_module
from tests.daemon.process import REPOSITORY, Daemon, write_config
from tests.middleware.packages import STAMP, write_package
from tests.sandbox.wat import data, frame, wat

PLACES = ("open", "items", "kept", "mine", "few", "broken", "slow")
"""The paths of the module; ``open`` is public."""
TEXTS_AT = 20000
FAULTY = """
from twisted.internet import reactor
from twisted.internet.task import deferLater

from eerp.log import Logger

log = Logger(namespace="acme")


class Plain:
    schema = {"type": "object", "additionalProperties": False}

    @classmethod
    def make(cls, options, context):
        return cls()


class Broken(Plain):
    async def __call__(self, call, proceed):
        await proceed(call)
        raise KeyError("a secret of acme")


class Slow(Plain):
    async def __call__(self, call, proceed):
        log.info("waiting", event="acme_waits")
        try:
            await deferLater(reactor, 60)
        finally:
            log.info("let go", event="acme_let_go")
        return await proceed(call)
"""
BROKEN = {"name": "acme.broken"}
AROUND = [
    {"name": "request_log", "before": True, "fields": ["username", "query_names"]},
    {"name": "acme.stamp", "text": "outer"},
    {"name": "response_headers", "headers": {"X-Shelf": "oak"}},
    {"name": "acme.stamp", "text": "inner", "paths": ["/items"]},
    {"name": "cache", "seconds": 60, "methods": ["GET"], "paths": ["/items"]},
    {"name": "idempotency"},
    {"name": "require_role", "roles": ["keeper"], "paths": ["/kept"]},
    {"name": "require_role", "roles": ["keeper", "administrator"], "paths": ["/mine"]},
    {"name": "rate_limit", "requests": 2, "seconds": 3600, "paths": ["/few"]},
    {**BROKEN, "paths": ["/broken"]},
    {"name": "acme.slow", "paths": ["/slow"]},
]
WRONG = {
    "misnamed": ({"name": "rate_limitt"}, "did you mean `rate_limit`?"),
    "misset": ({"name": "cache", "second": 1}, "second: is not an option"),
    "misplaced": ({"name": "cache", "paths": ["/item"]}, "did you mean `/items`?"),
    "misfit": ({"name": "acme.absent"}, "of the package acme-eerp cannot be imported"),
}
"""Modules with an entry that is wrong, and what is said of it."""


def shelf(module: str) -> str:
    """A module with GET and POST for each of `PLACES`, which all answer the same."""
    routes, texts, init = [], b"", ""
    for number, name in enumerate(PLACES):
        for method in ("GET", "POST"):
            at = TEXTS_AT + len(texts)
            texts += f"{method}/{name}".encode()
            init += (
                f"(call $register_route (i32.const {at}) (i32.const {len(method)})"
                f" (i32.const {at + len(method)}) (i32.const {len(name) + 1})"
                f" (i32.const {number}))"
            )
            access: dict[str, Any] = {"permission": f"{module}.{name}.use"}
            if name == "open":
                access = {"public": True}
            routes.append({"method": method, "path": f"/{name}", **access})
    description = {"models": [], "permissions": [], "routes": routes}
    return wat(
        imports=("register_route",),
        init=f'(func (export "init") {init})',
        description=json.dumps(description).encode(),
        extra=data(TEXTS_AT, texts),
        reply=frame({"status": 200}, b'{"fine":true}'),
    )


def write_packages(site: Path) -> None:
    """What acme offers; one part of it was forgotten."""
    (site / "acme_stamp.py").write_text(STAMP)
    text = FAULTY + "\nfrom acme_stamp import Stamp\n"
    write_package(
        site, "acme-eerp", "acme_eerp", text,
        acme__stamp="Stamp", acme__broken="Broken", acme__slow="Slow",
    )  # fmt: skip
    entries = next(site.glob("*.dist-info")) / "entry_points.txt"
    with entries.open("a") as listed:
        listed.write("acme.absent = acme_absent:Absent\n")


def copy_module(root: Path, name: str, *around: dict[str, Any]) -> None:
    """One of the real modules, with other middlewares."""
    source = REPOSITORY / "modules" / name
    manifest = json.loads((source / "module.json").read_text())
    wasm = (source / "module.wasm").read_bytes()
    write_module(root, **{**manifest, "text": wasm, "middleware": list(around)})


@pytest_twisted.async_yield_fixture(scope="module")
async def shop(module_home: Path) -> AsyncIterator[Daemon]:
    """A daemon with modules that are right, and some that are not."""
    root, site = module_home / "modules", module_home / "site"
    site.mkdir()
    write_packages(site)
    write_module(root, "shelf", shelf("shelf"), middleware=AROUND)
    copy_module(root, "core")
    copy_module(root, "crm", {**BROKEN, "methods": ["POST"], "paths": ["/tags"]})
    for name, (entry, _) in WRONG.items():
        write_module(root, name, shelf(name), middleware=[{"name": "cache"}, entry])
    config = write_config(
        module_home,
        module_root=[str(root)],
        on_module_error="skip",
        optional_modules=list(WRONG),
    )
    running = Daemon(config)
    with pytest.MonkeyPatch.context() as patch:
        paths = filter(None, (str(site), os.environ.get("PYTHONPATH")))
        patch.setenv("PYTHONPATH", os.pathsep.join(paths))
        running.spawn()
    try:
        await running.until_ready()
        await running.sign_in()
        yield running
    finally:
        status = await running.stop()
    assert status == 0, running.log_file.read_text()


@pytest_twisted.ensureDeferred
async def test_the_order_is_shown_with_options_and_origin(shop: Daemon):
    told = (await shop.ask("GET", "/api/modules/shelf")).json["middleware"]
    assert [one["name"] for one in told] == [one["name"] for one in AROUND]
    assert told[1] == {
        "name": "acme.stamp", "options": {"text": "outer"}, "from": "acme-eerp",
        "methods": [], "paths": [],
    }  # fmt: skip
    assert told[4] == {
        "name": "cache", "options": {"seconds": 60}, "from": "eerp",
        "methods": ["GET"], "paths": ["/items"],
    }  # fmt: skip


@pytest_twisted.ensureDeferred
async def test_each_stands_around_its_routes_in_order(shop: Daemon):
    items = await shop.ask("GET", "/api/shelf/items")
    mine = await shop.ask("GET", "/api/shelf/mine")
    assert (items.headers["x-stamp"], mine.headers["x-stamp"]) == (
        "outer inner", "outer",
    )  # fmt: skip
    assert (items.headers["x-shelf"], mine.headers["x-shelf"]) == ("oak", "oak")
    assert items.headers["cache-control"] == "private, max-age=60"
    assert mine.headers["cache-control"] == "no-store"
    assert "etag" not in mine.headers


@pytest_twisted.ensureDeferred
async def test_what_has_not_changed_is_not_sent_again(shop: Daemon):
    first = await shop.ask("GET", "/api/shelf/items")
    known = {"If-None-Match": first.headers["etag"]}
    again = await shop.ask("GET", "/api/shelf/items", headers=known)
    assert (again.status, again.text) == (304, "")
    assert again.headers["etag"] == first.headers["etag"]


@pytest_twisted.ensureDeferred
async def test_a_role_is_asked_for(shop: Daemon):
    kept = await shop.ask("GET", "/api/shelf/kept")
    assert (kept.status, kept.json["code"]) == (403, "forbidden")
    assert kept.json["detail"] == "This needs the role keeper."
    assert (await shop.ask("GET", "/api/shelf/mine")).status == 200


@pytest_twisted.ensureDeferred
async def test_a_post_needs_a_key_alone_and_in_a_batch(shop: Daemon):
    call = {"method": "POST", "path": "/api/shelf/items"}
    statuses = []
    for keyed in (False, True):
        one, other = ({"Idempotency-Key": k} if keyed else {} for k in ("1", "2"))
        alone = await shop.ask("POST", "/api/shelf/items", headers=one)
        batch = await shop.ask("POST", "/api/batch", {"calls": [call]}, headers=other)
        statuses.append((alone.status, batch.json["results"][0]["status"]))
    dry = await shop.ask(
        "POST", "/api/batch", {"calls": [call]}, headers={"Prefer": "tx=rollback"}
    )
    assert statuses == [(400, 400), (200, 200)]
    assert dry.status == 200
    missing = await shop.ask("POST", "/api/shelf/items")
    assert "UUID" in missing.json["hint"]


@pytest_twisted.ensureDeferred
async def test_too_many_requests_are_told_when_to_come_back(shop: Daemon):
    statuses = [(await shop.ask("GET", "/api/shelf/few")).status for _ in range(2)]
    refused = await shop.ask("GET", "/api/shelf/few")
    assert statuses == [200, 200]
    assert (refused.status, refused.json["code"]) == (429, "too_many_requests")
    assert 1700 < int(refused.headers["retry-after"]) <= 1800


@pytest_twisted.ensureDeferred
async def test_each_call_is_logged_without_what_is_private(shop: Daemon):
    mark = {"X-Request-Id": "logged-1"}
    await shop.ask("GET", "/api/shelf/mine?token=hush", headers=mark)
    lines = [e for e in shop.events() if e.get("request_id") == "logged-1"]
    begun, done = (e for e in lines if e["logger"] == "eerp.middleware")
    assert (begun["event"], done["event"]) == ("call_begun", "call_done")
    assert (done["status"], done["username"]) == (200, "admin")
    assert done["query_names"] == ["token"]
    assert "hush" not in json.dumps(lines)


@pytest_twisted.ensureDeferred
async def test_a_mistake_costs_its_call_and_is_told_to_the_log_only(shop: Daemon):
    mark = {"X-Request-Id": "broken-1"}
    answer = await shop.ask("GET", "/api/shelf/broken", headers=mark)
    assert (answer.status, answer.json["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    (failure,) = [
        e for e in named(shop, "middleware_failed") if e["request_id"] == "broken-1"
    ]
    assert (failure["name"], failure["module"]) == ("acme.broken", "shelf")
    assert "a secret of acme" in failure["traceback"]


@pytest_twisted.ensureDeferred
async def test_what_fails_after_the_module_takes_back_what_it_did(shop: Daemon):
    made = await shop.ask("POST", "/api/crm/tags", {"name": "never"})
    assert made.status == 500
    call = {"method": "POST", "path": "/api/crm/tags", "body": {"name": "never"}}
    batch = await shop.ask("POST", "/api/batch", {"calls": [call], "atomic": False})
    assert batch.status == 500
    tags = await shop.ask("GET", "/api/crm/tags?deleted=include")
    assert (tags.status, tags.json["items"]) == (200, [])


@pytest_twisted.ensureDeferred
async def test_a_client_that_leaves_while_a_middleware_waits_leaves_nothing(
    shop: Daemon,
):
    assert shop.token is not None
    head = (
        "GET /api/shelf/slow HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {shop.token}\r\nX-Request-Id: gone-1\r\n\r\n"
    )
    port = int(shop.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(head.encode())
        await until(lambda: named(shop, "acme_waits"))
    await until(lambda: named(shop, "acme_let_go"))
    await until(lambda: [e for e in named(shop, "request") if is_gone(e)])
    (done,) = [e for e in named(shop, "call_done") if is_gone(e)]
    assert done["status"] == 499
    assert (await shop.ask("GET", "/api/shelf/mine")).status == 200


def named(daemon: Daemon, event: str) -> list[dict[str, Any]]:
    """The events of one name so far."""
    return [one for one in daemon.events() if one.get("event") == event]


def is_gone(event: dict[str, Any]) -> bool:
    return event.get("request_id") == "gone-1"


async def until(happened: Callable[[], object]) -> None:
    """Wait for something in the log."""
    for _ in range(500):
        if happened():
            return
        await deferLater(reactor, 0.02)
    raise AssertionError("it never happened")


@pytest.mark.parametrize("name", WRONG)
@pytest_twisted.ensureDeferred
async def test_a_wrong_entry_fails_its_module_with_one_sentence(
    shop: Daemon, name: str
):
    entry, words = WRONG[name]
    told = (await shop.ask("GET", f"/api/modules/{name}")).json
    assert told["state"] == "failed"
    assert told["error"].startswith(f"module {name}: middleware.1 ({entry['name']}): ")
    assert words in told["error"]
    assert (await shop.ask("GET", f"/api/{name}/items")).status == 404


@pytest_twisted.ensureDeferred
async def test_the_log_says_why_a_package_cannot_be_imported(shop: Daemon):
    (unusable,) = named(shop, "middleware_unusable")
    assert "No module named 'acme_absent'" in unusable["traceback"]
