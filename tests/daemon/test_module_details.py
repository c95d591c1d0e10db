"""What a daemon tells of one module, and which services it refuses to load."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest_twisted

from tests.daemon.guests import write_module
from tests.daemon.process import Daemon
from tests.sandbox.wat import data, wat
from tests.services.given import MERGE, USE

SERVICE_AT = 20000


def module(*services: dict[str, Any], uses: tuple[Any, ...] = (), **more: Any) -> str:
    """A module that offers and uses services."""
    init, texts = "", ""
    for number, service in enumerate(services):
        at, name = SERVICE_AT + 100 * number, service["name"]
        texts += data(at, name.encode())
        init += (
            f"(call $register_service (i32.const {at}) (i32.const {len(name)})"
            f" (i32.const {number}))"
        )
    description = {
        "models": [], "routes": [], "permissions": [], "services": list(services),
        "uses": list(uses), **more,
    }  # fmt: skip
    return wat(
        imports=("register_service",),
        init=f'(func (export "init") {init})',
        description=json.dumps(description).encode(),
        extra=texts,
    )


@pytest_twisted.ensureDeferred
async def test_a_module_is_told_with_all_that_others_build_on(
    make_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    events = [{"topic": "crm.contacts.merged", "summary": "Merged"}]
    write_module(tmp_path, "crm", module(MERGE, events=events), version="0.1.0")
    billing = module(uses=(USE,))
    write_module(tmp_path, "billing", billing, version="2.0.0", depends=["crm"])
    daemon = make_daemon(module_root=[str(tmp_path)])
    await daemon.start()
    assert (await daemon.ask("GET", "/api/modules/crm")).status == 401
    await daemon.sign_in()

    crm = (await daemon.ask("GET", "/api/modules/crm")).json
    billing_told = (await daemon.ask("GET", "/api/modules/billing")).json
    core = (await daemon.ask("GET", "/api/modules/eerp")).json

    (service,) = crm["services"]
    assert service == {**MERGE, "name": "crm.contacts.merge"}
    assert (crm["version"], crm["state"], crm["events"]) == ("0.1.0", "loaded", events)
    assert crm["capabilities"] == ["orm"]
    assert crm["limits"]["guest_cpu_ms_max"] == 1000
    assert billing_told["uses"] == [{"service": USE["service"], "version": "0.1.0"}]
    names = {offer["name"] for offer in core["services"]}
    assert {"eerp.clock.now", "eerp.mail.send", "eerp.render.pdf"} <= names
    assert (await daemon.ask("GET", "/api/modules/nothing")).status == 404
    assert await daemon.stop() == 0


@pytest_twisted.ensureDeferred
async def test_real_modules_are_told_with_routes_models_and_migrations(
    daemon: Daemon,
) -> None:
    crm = (await daemon.ask("GET", "/api/modules/crm")).json

    routes = {(route["method"], route["path"]): route for route in crm["routes"]}
    assert routes["GET", "/api/crm/contacts"]["permission"] == "crm.contacts.read"
    assert "contacts" in {model["name"] for model in crm["models"]}
    assert {"contacts"} <= {one["entity"] for one in crm["migrations"]}
    assert all(one["applied_at"] for one in crm["migrations"])


@pytest_twisted.ensureDeferred
async def test_a_module_whose_dependency_changed_its_service_is_not_loaded(
    make_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    needs_more = {**MERGE["input"], "required": ["winner", "reason"]}
    newer = module({**MERGE, "input": needs_more})
    write_module(tmp_path, "crm", newer, version="0.2.0")
    billing = module(uses=(USE,))
    write_module(tmp_path, "billing", billing, version="2.0.0", depends=["crm"])
    daemon = make_daemon(module_root=[str(tmp_path)])
    daemon.spawn()

    assert await daemon.wait() == 1

    (refused,) = [e for e in daemon.events() if e.get("event") == "start_refused"]
    assert refused["code"] == "service_incompatible"
    assert refused["reason"] == (
        "module billing 2.0.0 was built for crm.contacts.merge of crm 0.1.0 and"
        " cannot use that of crm 0.2.0: what billing sends: /reason may be absent"
    )
