"""The document of a real daemon with the real modules, and its command."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest_twisted
from openapi_spec_validator import validate

from eerp.schema import compile_schema
from tests.daemon.process import Answer, Daemon, write_config
from tests.openapi.test_document import examples

PATH = "/api/openapi.json"
LOYAL: dict[str, Any] = {"loyalty": {"active": True}}
EERP = Path(sys.executable).parent / "eerp"


@pytest_twisted.async_yield_fixture(scope="module")
async def shop(module_home: Path) -> AsyncIterator[Daemon]:
    """A daemon with all modules, an administrator signed in."""
    daemon = Daemon(write_config(module_home, modules=LOYAL))
    await daemon.start()
    await daemon.sign_in()
    yield daemon
    assert await daemon.stop() == 0, daemon.log_file.read_text()


async def anonymous(daemon: Daemon, path: str = PATH, **headers: str) -> Answer:
    """What somebody gets who is not signed in."""
    token, daemon.token = daemon.token, None
    try:
        return await daemon.ask("GET", path, headers=headers)
    finally:
        daemon.token = token


def printed(config: Path) -> bytes:
    """What the command prints."""
    command = [str(EERP), "openapi", "--config", str(config)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    return done.stdout


@pytest_twisted.ensureDeferred
async def test_anybody_gets_a_valid_document_of_all_modules(shop: Daemon) -> None:
    answer = await anonymous(shop)
    document = answer.json
    validate(document)
    operations = [each for item in document["paths"].values() for each in item.values()]
    tags = {tag for each in operations for tag in each["tags"]}
    ids = [each["operationId"] for each in operations]
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert {"core", "crm", "loyalty", "Sessions", "Audit trail"} <= tags
    assert len(set(ids)) == len(ids)
    assert {"crm_contacts_list", "crm_leads_convert", "eerp_auth_login"} <= set(ids)


@pytest_twisted.ensureDeferred
async def test_every_example_fits_its_schema(shop: Daemon) -> None:
    document = (await anonymous(shop)).json
    wrong = []
    # Most of them, those of refusals, are there many times.
    several = {json.dumps(pair): pair for pair in examples(document)}
    for schema, value in several.values():
        check = compile_schema({**schema, "components": document["components"]})
        wrong += [(value, fault.message) for fault in check.faults(value)]
    assert wrong == []


@pytest_twisted.ensureDeferred
async def test_every_body_and_every_json_answer_of_an_operation_has_an_example(
    shop: Daemon,
) -> None:
    document = (await anonymous(shop)).json
    bare = []
    for item in document["paths"].values():
        for each in item.values():
            parts = [each.get("requestBody", {}), *each["responses"].values()]
            for part in parts:
                content = part.get("content", {}).get("application/json")
                if content is not None and "example" not in content:
                    bare.append(each["operationId"])
    assert bare == []


@pytest_twisted.ensureDeferred
async def test_the_command_prints_the_same_without_a_server(shop: Daemon) -> None:
    served = await anonymous(shop)
    assert printed(shop.config).decode() == served.text


@pytest_twisted.ensureDeferred
async def test_a_client_that_has_it_already_is_told_so(shop: Daemon) -> None:
    first = await anonymous(shop)
    again = await anonymous(shop, **{"If-None-Match": first.headers["etag"]})
    assert (again.status, again.text) == (304, "")
    assert again.headers["cache-control"] == "no-cache"


@pytest_twisted.ensureDeferred
async def test_the_administrator_may_call_all_and_others_what_they_may(
    shop: Daemon,
) -> None:
    whole = (await anonymous(shop)).json
    mine = await shop.ask("GET", f"{PATH}?permitted=true")
    assert mine.json["paths"] == whole["paths"]
    assert mine.headers["cache-control"] == "private, no-cache"
    token = await _clerk(shop)
    part = (
        await shop.ask(
            "GET",
            f"{PATH}?permitted=true",
            headers={"Authorization": f"Bearer {token}"},
        )
    ).json
    validate(part)
    permissions = {
        each.get("x-permission")
        for item in part["paths"].values()
        for each in item.values()
    }
    assert permissions == {None, "crm.tags.read"}
    assert "crm.tags" in part["components"]["schemas"]
    assert "crm.contacts" not in part["components"]["schemas"]


_ADD_CLERK = "user add clerk --role reader --password-stdin"


def _run(command: list[str]) -> None:
    told = b"a quiet long password\n"
    subprocess.run(command, input=told, check=True, timeout=120, capture_output=True)


async def _clerk(shop: Daemon) -> str:
    """The token of a user who may read tags."""
    config = ["--config", str(shop.config)]
    for command in ("role add reader crm.tags.read", _ADD_CLERK):
        _run([str(EERP), *command.split(), *config])
    body = {"username": "clerk", "password": "a quiet long password"}
    answer = await shop.ask("POST", "/api/auth/login", body)
    return str(answer.json["access_token"])


@pytest_twisted.ensureDeferred
async def test_what_one_may_call_is_told_to_who_is_signed_in_only(shop: Daemon) -> None:
    assert (await anonymous(shop, f"{PATH}?permitted=true")).status == 401
    assert (await anonymous(shop, f"{PATH}?permitted=maybe")).status == 422
    assert (await anonymous(shop, f"{PATH}?all=true")).status == 422
    bad = await anonymous(shop, Authorization="Bearer nonsense")
    assert bad.status == 401


@pytest_twisted.ensureDeferred
async def test_an_operator_may_close_it_to_strangers(
    make_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    daemon = make_daemon(openapi={"public": False}, module_root=[str(tmp_path)])
    await daemon.start()
    assert (await daemon.ask("GET", PATH)).status == 401
    await daemon.sign_in()
    document = (await daemon.ask("GET", PATH)).json
    assert "security" not in document["paths"][PATH]["get"]
    assert json.loads(printed(daemon.config)) == document


def test_the_command_says_in_one_line_what_is_wrong(tmp_path: Path) -> None:
    command = [str(EERP), "openapi", "--config", str(tmp_path / "none.json")]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stdout == b""
    assert b"none.json" in done.stderr
