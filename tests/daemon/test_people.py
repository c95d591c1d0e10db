"""Administration, comments and the search on a whole daemon with the real modules."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted

from eerp import limits
from tests.daemon.process import Answer
from tests.daemon.world import PASSWORD, World, world

__all__ = ["world"]

MANAGE = "eerp.users.manage"
NOBODY = "018f4e9a-7c1b-7d2e-8f3a-000000000000"
LIMITED = [
    ("GET", "/api/users", MANAGE),
    ("POST", "/api/users", MANAGE),
    ("PATCH", f"/api/users/{NOBODY}", MANAGE),
    ("POST", f"/api/users/{NOBODY}/password", MANAGE),
    ("GET", f"/api/users/{NOBODY}/sessions", MANAGE),
    ("DELETE", f"/api/sessions/{NOBODY}", MANAGE),
    ("GET", "/api/permissions", MANAGE),
    ("GET", "/api/roles", MANAGE),
    ("PUT", "/api/roles/x", MANAGE),
    ("DELETE", "/api/roles/x", MANAGE),
    ("GET", "/api/jobs", "eerp.deliveries.manage"),
    ("GET", "/api/modules", "eerp.modules.read"),
    ("GET", "/api/modules/crm", "eerp.modules.read"),
    ("POST", "/api/audit/verify", "eerp.audit.verify"),
]
OPEN = [
    ("GET", f"/api/users/names?ids={NOBODY}"),
    ("GET", "/api/auth/sessions"),
    ("GET", "/api/ui/preferences"),
    ("GET", "/api/search?q=ann"),
]
_SERIAL = iter(range(1000))


async def _admin(
    world: World, method: str, path: str, body: Any = None, status: int = 200
) -> Any:
    """What the administrator gets."""
    answer = await world.ask(world.admin, method, path, body)
    assert answer.status == status, (method, path, answer.text)
    return answer.json if answer.text else None


async def _sign_in(world: World, name: str, password: str) -> Answer:
    body = {"username": name, "password": password}
    return await world.ask(None, "POST", "/api/auth/login", body)


@pytest.mark.parametrize(("method", "path", "permission"), LIMITED)
@pytest_twisted.ensureDeferred
async def test_administration_is_behind_a_permission_each(
    world: World, method: str, path: str, permission: str
) -> None:
    assert (await world.ask(None, method, path)).status == 401
    others = {MANAGE, "eerp.deliveries.manage", "eerp.audit.verify"} - {permission}
    answer = await world.ask(await world.user(*others), method, path)
    assert answer.status == 403, answer.text
    assert permission in answer.json["detail"]


@pytest.mark.parametrize(("method", "path"), OPEN)
@pytest_twisted.ensureDeferred
async def test_whoever_is_signed_in_may_use_what_is_everybodys(
    world: World, method: str, path: str
) -> None:
    assert (await world.ask(None, method, path)).status == 401
    assert (await world.ask(await world.user(), method, path)).status == 200


@pytest_twisted.ensureDeferred
async def test_a_user_comes_works_and_goes(world: World) -> None:
    name = f"newcomer{next(_SERIAL)}"
    await _admin(world, "PUT", "/api/roles/greeter", {"permissions": []})
    body = {"username": name, "roles": ["greeter"]}
    made = await _admin(world, "POST", "/api/users", body, 201)
    await _admin(world, "POST", "/api/users", body, 409)
    pair = (await _sign_in(world, name, made["password"])).json
    token, tags = pair["access_token"], "/api/crm/tags"
    assert (await world.ask(token, "GET", tags)).status == 403
    grants = {"permissions": ["crm.tags.read"]}
    role = await _admin(world, "PUT", "/api/roles/greeter", grants)
    assert role == {"name": "greeter", **grants, "users": 1}
    assert (await world.ask(token, "GET", tags)).status == 200
    found = await _admin(world, "GET", f"/api/users?q={name[:-1].upper()}")
    assert [each["id"] for each in found["items"]] == [made["id"]]
    names = await world.ask(token, "GET", f"/api/users/names?ids={made['id']}")
    part = made["username"][1:].upper()
    called = await world.ask(token, "GET", f"/api/users/names?q={part}")
    assert names.json == {"items": [{"id": made["id"], "username": name}]}
    assert called.json == names.json
    await _admin(world, "DELETE", "/api/roles/greeter", status=409)
    one = f"/api/users/{made['id']}"
    assert (await _admin(world, "PATCH", one, {"roles": []}))["roles"] == []
    assert (await world.ask(token, "GET", tags)).status == 403
    await _admin(world, "DELETE", "/api/roles/greeter", status=204)
    await _admin(world, "PATCH", one, {"active": False})
    assert (await world.ask(token, "GET", "/api/auth/me")).status == 401
    gone = await _admin(world, "GET", f"/api/users/names?q={part}")
    assert gone == {"items": []}
    assert (await _sign_in(world, name, made["password"])).status == 401


@pytest_twisted.ensureDeferred
async def test_a_session_is_ended_from_another(world: World) -> None:
    name = f"roamer{next(_SERIAL)}"
    made = await _admin(
        world, "POST", "/api/users", {"username": name, "roles": []}, 201
    )
    here, there, elsewhere = [
        (await _sign_in(world, name, made["password"])).json["access_token"]
        for _ in range(3)
    ]
    items = (await world.ask(here, "GET", "/api/auth/sessions")).json["items"]
    assert [each["current"] for each in items] == [False, False, True]
    mine = f"/api/auth/sessions/{items[1]['id']}"
    assert (await world.ask(world.admin, "DELETE", mine)).status == 404
    assert (await world.ask(here, "DELETE", mine)).status == 204
    assert (await world.ask(there, "GET", "/api/auth/me")).status == 401
    body = {"current": made["password"], "new": PASSWORD}
    wrong = {**body, "current": "something else"}
    refused = await world.ask(here, "POST", "/api/auth/password", wrong)
    assert refused.status == 422
    assert refused.json["errors"][0]["pointer"] == "/current"
    assert (await world.ask(here, "POST", "/api/auth/password", body)).status == 204
    assert (await world.ask(here, "GET", "/api/auth/me")).status == 200
    assert (await world.ask(elsewhere, "GET", "/api/auth/me")).status == 401
    [left] = (await _admin(world, "GET", f"/api/users/{made['id']}/sessions"))["items"]
    await _admin(world, "DELETE", f"/api/sessions/{left['id']}", status=204)
    assert (await world.ask(here, "GET", "/api/auth/me")).status == 401


@pytest_twisted.ensureDeferred
async def test_who_manages_users_gives_no_more_than_they_have(world: World) -> None:
    token = await world.user(MANAGE, "crm.*")
    me = (await world.ask(token, "GET", "/api/auth/me")).json
    for path, body in (
        ("/api/roles/mighty", {"permissions": ["*"]}),
        ("/api/roles/mighty", {"permissions": ["hr.employees.read"]}),
        (f"/api/users/{me['id']}", {"roles": [*me["roles"], "administrator"]}),
        (f"/api/users/{me['id']}", {"companies": [NOBODY]}),
    ):
        method = "PUT" if "roles/" in path else "PATCH"
        answer = await world.ask(token, method, path, body)
        assert answer.status == 403, (path, body, answer.text)
    admin = (await _admin(world, "GET", "/api/users?q=admin"))["items"][0]["id"]
    for method, path in (("PATCH", ""), ("POST", "/password")):
        body = {"active": False} if method == "PATCH" else {}
        answer = await world.ask(token, method, f"/api/users/{admin}{path}", body)
        assert answer.status == 403, answer.text
    change = {"permissions": ["crm.companies.read"]}
    assert (await world.ask(token, "PUT", "/api/roles/modest", change)).status == 200


@pytest_twisted.ensureDeferred
async def test_the_matrix_has_every_permission_that_a_route_needs(world: World) -> None:
    matrix = await _admin(world, "GET", "/api/permissions")
    listed = {each["permission"] for each in matrix["others"]}
    for model in matrix["models"]:
        name = f"{model['module']}.{model['model']}"
        assert {"read", "write", "purge"} <= set(model["actions"])
        listed |= {f"{name}.{action}" for action in model["actions"]}
    document = await _admin(world, "GET", "/api/openapi.json")
    needed = {
        operation.get("x-permission")
        for path in document["paths"].values()
        for operation in path.values()
    }
    assert needed - {None} <= listed
    assert all(each["description"] for each in matrix["others"])


@pytest_twisted.ensureDeferred
async def test_a_company_is_commented_on_and_found(world: World) -> None:
    body = {"name": "Quibbling & Sons"}
    made = await _admin(world, "POST", "/api/crm/companies", body, 201)
    said = {"model": "crm.companies", "record_id": made["id"], "text": "Call back."}
    comment = await _admin(world, "POST", "/api/comments", said, 201)
    reader, other = await world.user("crm.companies.read"), await world.user()
    where = f"/api/comments?model=crm.companies&record_id={made['id']}"
    page = (await world.ask(reader, "GET", where)).json
    assert [each["text"] for each in page["items"]] == ["Call back."]
    assert (page["items"][0]["username"], page["items"][0]["mine"]) == ("admin", False)
    assert (await world.ask(other, "GET", where)).status == 403
    one = f"/api/comments/{comment['id']}"
    assert (await world.ask(reader, "PATCH", one, {"text": "x"})).status == 403
    assert (await world.ask(other, "DELETE", one)).status == 403
    hit = {"model": "crm.companies", "id": made["id"], "label": body["name"]}
    for token, items in ((world.admin, [hit]), (reader, [hit]), (other, [])):
        answer = await world.ask(token, "GET", "/api/search?q=sons%20quibb")
        assert answer.json == {"items": items, "complete": True}
    for query in ("", "?q=a", f"?q={'a' * 101}", "?q=ann&limit=51", "?q=ann&q=ann"):
        assert (await world.ask(reader, "GET", f"/api/search{query}")).status == 422


@pytest_twisted.ensureDeferred
async def test_filters_and_preferences_are_kept(world: World) -> None:
    token = await world.user("crm.tags.read")
    body: dict[str, Any] = {"model": "crm.tags", "name": "A", "query": {"name": "eq.a"}}
    made = await world.ask(token, "POST", "/api/ui/filters", body)
    assert made.status == 201, made.text
    listed = await world.ask(token, "GET", "/api/ui/filters?model=crm.tags")
    assert listed.json == {"items": [made.json]}
    one = f"/api/ui/filters/{made.json['id']}"
    assert (await world.ask(token, "PATCH", one, {"shared": True})).status == 403
    large = {**body, "name": "B", "query": {"a": "x" * limits.FILTER_QUERY_BYTES_MAX}}
    assert (await world.ask(token, "POST", "/api/ui/filters", large)).status == 422
    for model, status in (("crm.leads", 403), ("crm.nothing", 422)):
        asked = f"/api/ui/filters?model={model}"
        assert (await world.ask(token, "GET", asked)).status == status
    assert (await world.ask(token, "DELETE", one)).status == 204
    mine = "/api/ui/preferences"
    assert (await world.ask(token, "PUT", mine, {"theme": "dark"})).status == 200
    assert (await world.ask(token, "GET", mine)).json == {"theme": "dark"}
    large = {"a": "x" * limits.PREFERENCES_BYTES_MAX}
    assert (await world.ask(token, "PUT", mine, large)).status == 413
    assert (await world.ask(token, "PUT", mine, [])).status == 422


@pytest_twisted.ensureDeferred
async def test_jobs_are_listed_and_the_trail_is_verified(world: World) -> None:
    jobs = (await _admin(world, "GET", "/api/jobs"))["items"]
    assert {"hr", "inventory"} <= {each["module"] for each in jobs}
    for job in jobs:
        assert job["state"] == "waiting"
        assert job["next_run_at"] > "2026"
    await _admin(world, "POST", "/api/crm/tags", {"name": "A tag"}, 201)
    verdict = await _admin(world, "POST", "/api/audit/verify")
    assert verdict.pop("checked") > 0
    assert verdict == {"ok": True, "complete": True, "problems": []}
