"""The history of users, roles, webhooks and settings, as a whole daemon tells it."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted

from tests.daemon.world import PASSWORD, World, world

__all__ = ["world"]

READ = "eerp.audit.read"
OURS = "018f4e9a-7c1b-7d2e-8f3a-000000000001"
THEIRS = "018f4e9a-7c1b-7d2e-8f3a-000000000002"
TRAILS = [
    ("eerp.users", "eerp.users.manage"),
    ("eerp.roles", "eerp.users.manage"),
    ("eerp.webhooks", "eerp.webhooks.manage"),
    ("eerp.settings", "eerp.settings.read"),
]


async def _do(
    world: World, method: str, path: str, body: Any, request_id: str = "wish-7"
) -> Any:
    """Something the administrator does, in a request with this id."""
    headers = {"X-Request-Id": request_id}
    answer = await world.daemon.ask(method, path, body, headers=headers)
    assert answer.status < 300, answer.text
    return answer.json if answer.text else None


async def _trail(world: World, model: str, query: str = "") -> list[dict[str, Any]]:
    """What happened, the oldest first; all that it says of who did it is right."""
    answer = await world.ask(world.admin, "GET", f"/api/audit?model={model}{query}")
    assert answer.status == 200, answer.text
    mine = [each for each in answer.json["items"] if each["request_id"] == "wish-7"]
    assert {each["actor_name"] for each in mine} <= {"admin"}
    return mine[::-1]


@pytest_twisted.ensureDeferred
async def test_what_was_done_to_a_user_is_told_and_no_secret(world: World) -> None:
    await _do(world, "PUT", "/api/roles/guest", {"permissions": ["crm.tags.read"]})
    body = {"username": "visitor", "password": PASSWORD, "roles": ["guest"]}
    made = await _do(world, "POST", "/api/users", body)
    one = f"/api/users/{made['id']}"
    await _do(world, "PATCH", one, {"active": False})
    await _do(world, "POST", f"{one}/password", {"password": f"{PASSWORD}!"})
    rows = await _trail(world, "eerp.users", f"&id={made['id']}")
    assert [(row["model"], row["action"]) for row in rows] == [
        ("eerp.users", "create"), ("eerp.user_roles", "create"),
        ("eerp.users", "update"), ("eerp.users", "update"),
    ]  # fmt: skip
    assert rows[1]["after"] == {"user_id": made["id"], "role": "guest"}
    assert (rows[2]["before"]["active"], rows[2]["after"]["active"]) == (True, False)
    assert [rows[3][side]["password_hash"] for side in ("before", "after")] == [
        "set", "set anew",
    ]  # fmt: skip
    verdict = await _do(world, "POST", "/api/audit/verify", None)
    assert (verdict["ok"], verdict["problems"]) == (True, [])


@pytest_twisted.ensureDeferred
async def test_what_was_done_to_a_role_and_a_webhook_is_told(world: World) -> None:
    path = "/api/roles/passing"
    await _do(world, "PUT", path, {"permissions": ["crm.tags.read", "crm.*"]})
    await _do(world, "PUT", path, {"permissions": ["crm.*"]})
    await _do(world, "DELETE", path, None)
    rows = await _trail(world, "eerp.roles")
    mine = [row for row in rows if "passing" in str(row)]
    assert len({row["record_id"] for row in mine}) == 1
    assert [row["action"] for row in mine] == ["create"] * 3 + ["purge"] * 3
    body = {"url": "https://a.example/", "topics": ["crm.*"]}
    hook = await _do(world, "POST", "/api/webhooks", body)
    await _do(world, "POST", f"/api/webhooks/{hook['id']}/rotate", None)
    made, turned = await _trail(world, "eerp.webhooks")
    assert (made["after"]["topics"], turned["after"]["generation"]) == (["crm.*"], 2)
    assert hook["secret"] not in str((made, turned))


@pytest.mark.parametrize(("model", "permission"), TRAILS)
@pytest_twisted.ensureDeferred
async def test_a_trail_of_the_core_takes_two_permissions(
    world: World, model: str, permission: str
) -> None:
    path = f"/api/audit?model={model}"
    for grants, status in (
        ((READ,), 403), ((permission,), 403), ((READ, permission), 200),
    ):  # fmt: skip
        answer = await world.ask(await world.user(*grants), "GET", path)
        assert answer.status == status, answer.text


@pytest_twisted.ensureDeferred
async def test_a_setting_is_told_to_its_company(world: World) -> None:
    clerk = await world.user("invoicing.settings.write", companies=(OURS,))
    body = {"footer": "Register 7"}
    answer = await world.ask(clerk, "PUT", "/api/invoicing/settings", body)
    assert answer.status == 200, answer.text
    for company, values in ((OURS, [body["footer"]]), (THEIRS, [])):
        grants = (READ, "eerp.settings.read")
        auditor = await world.user(*grants, companies=(company,))
        answer = await world.ask(auditor, "GET", "/api/audit?model=eerp.settings")
        told = [each["after"]["value"]["footer"] for each in answer.json["items"]]
        assert told == values
