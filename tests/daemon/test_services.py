"""A module calls another and the core, over HTTP and in real sandboxes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest_twisted

from tests.daemon.guests import write_module
from tests.daemon.process import Daemon
from tests.sandbox.wat import REPLY_AT, data, frame, wat
from tests.services.given import MERGE, USE

WINNER = "018f0000-0000-7000-8000-000000000001"
SERVICE_AT, PATHS_AT, REQUESTS_AT = 20000, 21000, 24000
# The first result that was staged is the answer.
STAGED = frame({"status": 200, "body_from": 0})
PDF = frame(
    {"status": 200, "body_from": 0, "headers": {"content-type": "application/pdf"}}
)
CALLS: dict[str, tuple[bytes, bytes]] = {
    "/merge": (
        json.dumps(
            {"service": USE["service"], "input": {"winner": WINNER}}
        ).encode(),
        STAGED,
    ),
    "/wrong": (
        json.dumps({"service": USE["service"], "input": {}}).encode(), STAGED
    ),
    "/number": (
        json.dumps(
            {"service": "eerp.sequences.next", "input": {"name": "invoice"}}
        ).encode(),
        STAGED,
    ),
    "/document": (
        json.dumps(
            {
                "service": "eerp.render.pdf",
                "input": {"template": "= Invoice", "raw": True},
            }
        ).encode(),
        PDF,
    ),
    "/mail": (
        json.dumps({"service": "eerp.mail.send", "input": {}}).encode(), STAGED
    ),
}  # fmt: skip


def provider(answer: Any) -> str:
    """A module whose service `contacts.merge` answers `answer`."""
    description = {"models": [], "routes": [], "permissions": [], "services": [MERGE]}
    name = MERGE["name"]
    return wat(
        imports=("register_service",),
        init=f"""(func (export "init") (call $register_service
            (i32.const {SERVICE_AT}) (i32.const {len(name)}) (i32.const 5)))""",
        description=json.dumps(description).encode(),
        reply=frame({"status": 200}, json.dumps(answer).encode()),
        extra=data(SERVICE_AT, name.encode()),
    )


def consumer() -> str:
    """A module with a route for each of `CALLS`, which answers what it got."""
    init = branches = texts = ""
    texts += data(PATHS_AT, b"POST")
    for number, (path, (request, reply)) in enumerate(CALLS.items()):
        place = PATHS_AT + 50 * (number + 1)
        asked, answered = REQUESTS_AT + 400 * number, REPLY_AT + 400 * number
        texts += data(place, path.encode())
        texts += data(asked, request) + data(answered, reply)
        init += (
            f"(call $register_route (i32.const {PATHS_AT}) (i32.const 4)"
            f" (i32.const {place}) (i32.const {len(path)}) (i32.const {number}))"
        )
        branches += (
            f"(if (i32.eq (local.get 0) (i32.const {number})) (then"
            f" (drop (call $call (i32.const {asked}) (i32.const {len(request)})))"
            f" (return (i64.const {answered << 32 | len(reply)}))))"
        )
    routes = [
        {"method": "POST", "path": path, "permission": "billing.all"} for path in CALLS
    ]
    description = {"models": [], "routes": routes, "permissions": [], "uses": [USE]}
    return wat(
        imports=("register_route", "call"),
        init=f'(func (export "init") {init})',
        handle=f"""(func (export "handle") (param i32 i32 i32) (result i64)
                     {branches} (i64.const 0))""",
        description=json.dumps(description).encode(),
        extra=texts,
    )


async def running(
    make_daemon: Callable[..., Daemon], root: Path, answer: Any
) -> Daemon:
    write_module(root, "crm", provider(answer), version="0.1.0")
    write_module(
        root, "billing", consumer(), depends=["crm"], capabilities=["orm", "render"]
    )  # fmt: skip
    daemon = make_daemon(
        module_root=[str(root)],
        modules={"billing": {"capabilities": ["orm", "render"]}},
    )
    await daemon.start()
    await daemon.sign_in()
    return daemon


@pytest_twisted.ensureDeferred
async def test_a_module_gets_what_services_answer(
    make_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    daemon = await running(make_daemon, tmp_path, {"id": WINNER})

    async def ask(path: str) -> Any:
        return (await daemon.ask("POST", f"/api/billing{path}")).json

    assert await ask("/merge") == {"id": WINNER}
    wrong = await ask("/wrong")
    assert (wrong["code"], wrong["errors"][0]["pointer"]) == (
        "validation_failed", "/winner",
    )  # fmt: skip
    assert [(await ask("/number"))["number"] for _ in range(3)] == [1, 2, 3]
    mail = await ask("/mail")
    assert (mail["code"], mail["status"]) == ("forbidden", 403)
    document = await daemon.ask("POST", "/api/billing/document")
    assert document.headers["content-type"] == "application/pdf"
    assert document.text.startswith("%PDF-")
    assert await daemon.stop() == 0


@pytest_twisted.ensureDeferred
async def test_an_answer_that_was_not_promised_ends_the_request(
    make_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    daemon = await running(make_daemon, tmp_path, {"identity": 1})

    answer = await daemon.ask("POST", "/api/billing/merge")

    assert (answer.status, answer.json["code"]) == (502, "module_protocol_error")
    assert "crm.contacts.merge answered something else" in answer.json["detail"]
    assert await daemon.stop() == 0
