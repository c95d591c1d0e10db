"""A module that keeps more of the CRM's opportunities, which have rules and owners."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest_twisted

from tests.daemon.guests import write_module
from tests.daemon.process import REPOSITORY, Answer, Daemon, write_config
from tests.daemon.test_crm_rules import NOBODY, signed_in
from tests.daemon.test_module_details import module
from tests.sandbox.wat import wat

PATH = "/api/crm/opportunities"
FIELDS: list[dict[str, Any]] = [
    {"name": "stars", "type": "integer", "nullable": False, "default": 1},
    {"name": "secret", "type": "text", "read": "rating.secret.read"},
    {"name": "verdict", "type": "text", "write": "rating.verdict.write"},
]
EXTENSION = {
    "module": "crm", "model": "opportunities", "table": "more", "fields": FIELDS,
}  # fmt: skip
TABLE = {
    "type": "extend_table",
    "table": "more",
    "extends": {"module": "crm", "table": "opportunities"},
    "columns": [
        {"column": "stars", "sql_type": "integer", "nullable": False, "default": 1},
        {"column": "secret", "sql_type": "text"},
        {"column": "verdict", "sql_type": "text"},
    ],
}


def rating(*operations: Any, **description: Any) -> str:
    """A module that does nothing but keep something of opportunities."""
    described = {"models": [], "routes": [], "permissions": [], **description}
    migrations = [{"entity": "more", "version": 1, "operations": list(operations)}]
    return wat(
        migrations=json.dumps(migrations).encode(),
        description=json.dumps(described).encode(),
    )


@pytest_twisted.async_yield_fixture(scope="module")
async def daemon(module_home: Path) -> AsyncIterator[Daemon]:
    """A daemon with the real modules and the one that rates."""
    guest = rating(TABLE, extensions=[EXTENSION])
    write_module(module_home / "mods", "rating", guest, depends=["crm"])
    roots = [str(REPOSITORY / "modules"), str(module_home / "mods")]
    running = Daemon(write_config(module_home, module_root=roots))
    await running.start()
    await running.sign_in()
    yield running
    assert await running.stop() == 0, running.log_file.read_text()


async def change(daemon: Daemon, record: Any, version: int, **values: Any) -> Answer:
    """PATCH an opportunity at this version."""
    path, headers = f"{PATH}/{record['id']}", {"If-Match": f'"{version}"'}
    return await daemon.ask("PATCH", path, values, headers=headers)


def stars(count: int, **more: Any) -> dict[str, Any]:
    """What is kept of an opportunity, as it is sent."""
    return {"rating": {"stars": count, **more}}


@pytest_twisted.ensureDeferred
async def test_a_record_with_rules_is_made_and_changed_with_it(daemon: Daemon) -> None:
    answer = await daemon.ask("POST", PATH, {"name": "A", "extensions": stars(4)})
    assert answer.status == 201, answer.text
    made = answer.json
    kept = await change(daemon, made, 1, name="B")
    rated = await change(daemon, made, 2, extensions=stars(5))
    won = await daemon.ask("POST", f"{PATH}/{made['id']}/win")
    await daemon.ask("POST", PATH, {"name": "unrated"})
    found = await daemon.ask("GET", f"{PATH}?extensions.rating.stars=gt.3")

    assert made["extensions"]["rating"]["stars"] == 4
    assert (kept.json["name"], kept.json["extensions"]["rating"]["stars"]) == ("B", 4)
    assert rated.json["extensions"]["rating"]["stars"] == 5
    assert (won.json["probability"], won.json["extensions"]["rating"]["stars"]) == (
        100, 5,
    )  # fmt: skip
    assert [one["id"] for one in found.json["items"]] == [made["id"]]
    stale = await change(daemon, made, 1, extensions=stars(1))
    wrong = await change(daemon, made, 4, extensions=stars("many"))
    unknown = await change(daemon, made, 4, extensions={"chess": {}})
    assert [one.status for one in (stale, wrong, unknown)] == [412, 422, 422]


@pytest_twisted.ensureDeferred
async def test_rules_and_limits_hold_for_what_is_kept(daemon: Daemon) -> None:
    answer = await daemon.ask(
        "POST",
        PATH,
        {"name": "S", "extensions": stars(2, secret="s", verdict="v")},
    )
    assert answer.status == 201, answer.text
    theirs = await daemon.ask(
        "POST", PATH, {"name": "T", "owner_id": NOBODY, "extensions": stars(9)}
    )
    user = await signed_in(
        daemon, "sue", "salesperson", "crm.opportunities.*", "crm.stages.*"
    )
    admin, daemon.token = daemon.token, user["token"]
    try:
        seen = await daemon.ask("GET", f"{PATH}/{answer.json['id']}")
        asked = await daemon.ask("GET", f"{PATH}?extensions.rating.secret=eq.s")
        renamed = await change(daemon, answer.json, 1, name="R")
        judged = await change(
            daemon, answer.json, 2, extensions={"rating": {"verdict": "w"}}
        )
        hidden = await change(daemon, theirs.json, 1, extensions=stars(1))
        many = await daemon.ask("GET", f"{PATH}?extensions.rating.stars=gt.8")
    finally:
        daemon.token = admin

    assert seen.json["extensions"]["rating"] == {"stars": 2, "verdict": "v"}
    assert (renamed.status, renamed.json.get("name")) == (200, "R"), renamed.text
    assert (asked.status, judged.status, hidden.status) == (403, 403, 404)
    assert many.json["items"] == []


@pytest_twisted.ensureDeferred
async def test_what_does_not_fit_its_table_leaves_the_crm_whole(
    make_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    more = [*FIELDS, {"name": "colour", "type": "text"}]
    guest = rating(TABLE, extensions=[{**EXTENSION, "fields": more}])
    write_module(tmp_path, "rating", guest, depends=["crm"])
    daemon = make_daemon(
        module_root=[str(REPOSITORY / "modules"), str(tmp_path)],
        on_module_error="skip",
        optional_modules=["rating"],
    )
    await daemon.start()
    await daemon.sign_in()

    made = await daemon.ask("POST", PATH, {"name": "A"})

    told = (await daemon.ask("GET", "/api/modules/rating")).json
    assert told["state"] == "failed"
    assert told["error"] == "Extension rating.more, field 'colour' has no column."
    assert made.status == 201, made.text
    assert "extensions" not in made.json
    assert await daemon.stop() == 0


@pytest_twisted.ensureDeferred
async def test_who_was_built_for_another_crm_is_refused_with_both_versions(
    make_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    """It would send a person by telephone number; the CRM wants an address."""
    use = {
        "service": "crm.contacts.find_or_create", "version": "0.9.0",
        "input": {
            "type": "object", "additionalProperties": False, "required": ["phone"],
            "properties": {"phone": {"type": "string"}},
        },
        "output": {"type": "object"},
    }  # fmt: skip
    guest = module(uses=(use,))
    write_module(tmp_path, "club", guest, version="3.0.0", depends=["crm"])
    roots = [str(REPOSITORY / "modules"), str(tmp_path)]
    daemon = make_daemon(module_root=roots)
    daemon.spawn()

    assert await daemon.wait() == 1

    (refused,) = [e for e in daemon.events() if e.get("event") == "start_refused"]
    assert refused["code"] == "service_incompatible"
    assert (
        "module club 3.0.0 was built for crm.contacts.find_or_create of crm 0.9.0 and"
        " cannot use that of crm 0.1.0"
    ) in refused["reason"]
    assert "/email may be absent" in refused["reason"]
