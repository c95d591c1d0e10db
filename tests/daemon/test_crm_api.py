"""The CRM over HTTP, as an integrator sees it."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, gatherResults

from tests.daemon.process import Answer, Daemon

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
NOBODY = "018f0000-0000-7000-8000-000000000000"


async def create(daemon: Daemon, resource: str, **values: Any) -> Answer:
    """A new record that must be made."""
    answer = await daemon.ask("POST", f"/api/crm/{resource}", values)
    assert answer.status == 201, answer.text
    return answer


def problem(answer: Answer, status: int, code: str) -> Any:
    """Check problem details (RFC 9457); their content."""
    assert answer.status == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    content = answer.json
    assert content["code"] == code
    assert content["status"] == status
    assert content["title"]
    assert content["detail"]
    return content


@pytest_twisted.ensureDeferred
async def test_a_contact_lives_its_life(daemon: Daemon) -> None:
    """Create, read, change, delete softly, restore."""
    company = await create(daemon, "companies", name="Alfreds Futterkiste")
    made = await create(
        daemon,
        "contacts",
        first_name="Maria",
        last_name="Anders",
        email="maria@alfreds.example",
        phone="030-0074321",
        company_id=company.json["id"],
        tags=["vip", "berlin"],
    )
    path = made.headers["location"]
    assert re.fullmatch(rf"/api/crm/contacts/{UUID}", path)
    assert made.headers["etag"] == '"1"'

    found = await daemon.ask("GET", path)
    assert found.json == made.json
    assert found.headers["etag"] == '"1"'
    assert found.json["tags"] == ["vip", "berlin"]
    assert found.json["company_id"] == company.json["id"]
    assert found.json["created_by"] is not None

    changed = await daemon.ask(
        "PATCH", path, {"phone": "030-1"}, headers={"If-Match": '"1"'}
    )
    assert changed.status == 200, changed.text
    assert changed.json["phone"] == "030-1"
    assert changed.json["last_name"] == "Anders"
    assert changed.headers["etag"] == '"2"'

    stale = await daemon.ask(
        "PATCH", path, {"phone": "030-2"}, headers={"If-Match": '"1"'}
    )
    problem(stale, 412, "version_conflict")

    gone = await daemon.ask("DELETE", path)
    assert (gone.status, gone.text) == (204, "")
    problem(await daemon.ask("GET", path), 404, "not_found")
    problem(await daemon.ask("DELETE", path), 404, "not_found")

    back = await daemon.ask("POST", f"{path}/restore")
    assert back.status == 200, back.text
    assert back.json["phone"] == "030-1"
    assert back.json["deleted_at"] is None
    assert (await daemon.ask("GET", path)).status == 200


@pytest_twisted.ensureDeferred
async def test_a_change_without_if_match_is_asked_for_it(daemon: Daemon) -> None:
    made = await create(daemon, "companies", name="Careful Ltd")

    answer = await daemon.ask("PATCH", made.headers["location"], {"name": "Careless"})

    problem(answer, 428, "precondition_required")


@pytest_twisted.ensureDeferred
async def test_pages_visit_every_record_once(daemon: Daemon) -> None:
    for n in range(23):
        await create(daemon, "tags", name=f"page-{n:02}")
    seen: list[str] = []
    path = "/api/crm/tags?name=like.page-*&order=name.desc&limit=5"
    cursor = None
    while True:
        suffix = f"&cursor={cursor}" if cursor else ""
        page = (await daemon.ask("GET", path + suffix)).json
        seen += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == [f"page-{n:02}" for n in reversed(range(23))]


@pytest_twisted.ensureDeferred
async def test_filters_are_those_of_postgrest(daemon: Daemon) -> None:
    for name, phone in (("Ann 1_0%", "1"), ("Ann 1x05", "2"), ("Bob", None)):
        values = {"first_name": name, "last_name": "Filter", "phone": phone}
        await create(daemon, "contacts", **{k: v for k, v in values.items() if v})

    async def names(query: str) -> list[str]:
        path = f"/api/crm/contacts?last_name=eq.Filter&order=first_name.asc&{query}"
        answer = await daemon.ask("GET", path)
        assert answer.status == 200, answer.text
        return [item["first_name"] for item in answer.json["items"]]

    assert await names("first_name=ilike.ann*") == ["Ann 1_0%", "Ann 1x05"]
    assert await names("first_name=like.*1_0%25*") == ["Ann 1_0%"]
    assert await names("phone=is.null") == ["Bob"]
    assert await names("phone=in.(1,2)") == ["Ann 1_0%", "Ann 1x05"]
    assert await names("phone=not.eq.1") == ["Ann 1x05"]
    assert await names("or=(phone.eq.1,first_name.eq.Bob)") == ["Ann 1_0%", "Bob"]


CONTACTS = "/api/crm/contacts"
BODIES: dict[str, tuple[bytes, int]] = {
    "not JSON": (b"{", 400),
    "empty": (b"", 400),
    "NaN": (b'{"first_name": NaN}', 400),
    "infinity": (b'{"first_name": -Infinity}', 400),
    "duplicate keys": (b'{"first_name": "a", "first_name": "b"}', 400),
    "deep nesting": (b"[" * 5000 + b"]" * 5000, 400),
    "deep objects": (b'{"a":' * 200 + b"1" + b"}" * 200, 400),
    "trailing data": (b'{"first_name": "a"} {}', 400),
    "a lone surrogate": (b'{"first_name": "\\ud800"}', 400),
    "not UTF-8": (b'{"first_name": "\xff"}', 400),
    "an array": (b"[]", 422),
    "a number": (b'{"first_name": 5}', 422),
    "null for a name": (b'{"first_name": null}', 422),
    "an unknown field": (b'{"first_name": "a", "shoe_size": 3}', 422),
    "a column of the core": (b'{"first_name": "a", "created_by": null}', 422),
    "nothing": (b"{}", 422),
    "too long": (b'{"first_name": "' + b"a" * 101 + b'"}', 422),
    "no e-mail": (b'{"first_name": "a", "email": "b"}', 422),
    "a bad UUID": (b'{"first_name": "a", "company_id": "5"}', 422),
    "no such company": (
        f'{{"first_name": "a", "company_id": "{NOBODY}"}}'.encode(), 422
    ),
    "wrong tags": (b'{"first_name": "a", "tags": [1]}', 422),
}  # fmt: skip


@pytest.mark.parametrize("fault", BODIES)
@pytest_twisted.ensureDeferred
async def test_a_wrong_body_is_one_clear_error(daemon: Daemon, fault: str) -> None:
    data, status = BODIES[fault]

    answer = await daemon.ask("POST", CONTACTS, data=data)

    assert answer.status == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if status == 422:
        assert answer.json["errors"], answer.text


@pytest_twisted.ensureDeferred
async def test_a_nul_in_text_is_refused_and_nothing_breaks(daemon: Daemon) -> None:
    answer = await daemon.ask("POST", CONTACTS, {"first_name": "a\0b"})

    assert answer.status in (400, 422), answer.text


@pytest_twisted.ensureDeferred
async def test_every_fault_of_a_body_is_listed(daemon: Daemon) -> None:
    body = {"last_name": 3, "email": "x", "shoe_size": 42}

    answer = await daemon.ask("POST", CONTACTS, body)

    pointers = {fault["pointer"] for fault in answer.json["errors"]}
    assert pointers == {"/first_name", "/last_name", "/email", "/shoe_size"}


def places(answer: Answer) -> set[tuple[str, str, str]]:
    """Where the faults of an answer are, and which."""
    return {
        (fault["in"], fault["pointer"], fault["code"])
        for fault in answer.json["errors"]
    }


@pytest_twisted.ensureDeferred
async def test_the_faults_of_query_and_body_are_one_422(daemon: Daemon) -> None:
    answer = await daemon.ask(
        "POST", f"{CONTACTS}?select=id&limit=x", {"first_name": 7, "shoe_size": 42}
    )

    problem(answer, 422, "validation_failed")
    assert places(answer) == {
        ("query", "/select", "unknown_parameter"),
        ("query", "/limit", "unknown_parameter"),
        ("body", "/first_name", "type"),
        ("body", "/shoe_size", "unknown_field"),
    }


@pytest_twisted.ensureDeferred
async def test_every_fault_of_a_query_is_listed(daemon: Daemon) -> None:
    query = "limit=0&limit=1&nmae=eq.x&email=like&deleted=all&or=a&first_name=eq.A"

    answer = await daemon.ask("GET", f"{CONTACTS}?{query}")

    problem(answer, 422, "validation_failed")
    assert places(answer) == {
        ("query", "/limit", "duplicate"),
        ("query", "/limit", "minimum"),
        ("query", "/nmae", "unknown_parameter"),
        ("query", "/email", "format"),
        ("query", "/deleted", "enum"),
        ("query", "/or", "format"),
    }


@pytest_twisted.ensureDeferred
async def test_what_only_the_orm_can_tell_of_a_query_looks_alike(
    daemon: Daemon,
) -> None:
    answer = await daemon.ask("GET", f"{CONTACTS}?id=eq.7&company.nmae=eq.x")

    problem(answer, 422, "validation_failed")
    assert {fault["in"] for fault in answer.json["errors"]} == {"query"}
    pointers = {fault["pointer"] for fault in answer.json["errors"]}
    assert pointers == {"/id", "/company.nmae"}


@pytest_twisted.ensureDeferred
async def test_an_id_that_is_none_is_no_path(daemon: Daemon) -> None:
    for path in (f"{CONTACTS}/7", f"{CONTACTS}/7/restore", "/api/crm/leads/x/convert"):
        problem(await daemon.ask("POST", path), 404, "not_found")


@pytest_twisted.ensureDeferred
@pytest.mark.parametrize("field", ["id", "version", "created_by", "deleted_at"])
async def test_what_the_core_keeps_cannot_be_assigned(
    daemon: Daemon, field: str
) -> None:
    made = await daemon.ask("POST", CONTACTS, {"first_name": "Eve", field: "x"})
    own = await daemon.ask("POST", CONTACTS, {"first_name": "Eve"})
    path = f"{CONTACTS}/{own.json['id']}"
    changed = await daemon.ask("PATCH", path, {field: "x"}, headers={"If-Match": "*"})

    for answer in (made, changed):
        problem(answer, 422, "validation_failed")
        assert places(answer) == {("body", f"/{field}", "unknown_field")}


@pytest_twisted.ensureDeferred
async def test_a_module_s_own_refusal_names_its_field(daemon: Daemon) -> None:
    made = await daemon.ask("POST", "/api/crm/addresses", {"city": "Bern"})

    problem(made, 422, "validation_failed")
    assert places(made) == {("body", "/company_id", "required")}


@pytest_twisted.ensureDeferred
async def test_a_body_of_ten_megabytes_is_413(daemon: Daemon) -> None:
    data = b'{"first_name": "' + b"a" * 10_000_000 + b'"}'

    problem(await daemon.ask("POST", CONTACTS, data=data), 413, "body_too_large")


@pytest_twisted.ensureDeferred
async def test_another_media_type_is_415(daemon: Daemon) -> None:
    answer = await daemon.ask(
        "POST", CONTACTS, data=b"a=b", headers={"Content-Type": "text/plain"}
    )

    problem(answer, 415, "unsupported_media_type")


@pytest_twisted.ensureDeferred
async def test_another_method_is_405_with_what_is_allowed(daemon: Daemon) -> None:
    answer = await daemon.ask("DELETE", CONTACTS)

    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


QUERIES = {
    "limit=0": 422, "limit=1001": 422, "limit=x": 422, "cursor=x": 422,
    "order=shoe_size": 422, "order=first_name.up": 422, "shoe_size=eq.1": 422,
    "first_name=near.x": 422, "company_id=eq.5": 422, "created_at=gt.yesterday": 422,
    "select=shoe_size": 422, "or=(a": 422, "deleted=perhaps": 422,
    "first_name=%ff": 400,
}  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
@pytest_twisted.ensureDeferred
async def test_a_wrong_query_is_one_clear_error(daemon: Daemon, query: str) -> None:
    answer = await daemon.ask("GET", f"{CONTACTS}?{query}")

    assert answer.status == QUERIES[query], answer.text
    assert answer.json["detail"]


@pytest_twisted.ensureDeferred
async def test_a_cursor_for_another_order_or_changed_is_refused(daemon: Daemon) -> None:
    for n in range(3):
        await create(daemon, "tags", name=f"cursor-{n}")
    first = await daemon.ask("GET", "/api/crm/tags?limit=1&order=name.asc")
    cursor = first.json["next_cursor"]
    changed = ("A" if cursor[0] != "A" else "B") + cursor[1:]

    for query in (
        f"order=name.desc&cursor={cursor}",
        f"order=name.asc&cursor={changed}",
    ):
        answer = await daemon.ask("GET", f"/api/crm/tags?limit=1&{query}")
        assert answer.status == 422, answer.text


@pytest.mark.parametrize("last", ["5", "abc", "0" * 36, NOBODY])
@pytest_twisted.ensureDeferred
async def test_an_id_that_names_nothing_is_404(daemon: Daemon, last: str) -> None:
    problem(await daemon.ask("GET", f"{CONTACTS}/{last}"), 404, "not_found")


@pytest_twisted.ensureDeferred
async def test_an_unknown_path_is_404(daemon: Daemon) -> None:
    for path in ("/api", "/api/crm", "/api/crm/nothing", "/graphql/nowhere"):
        problem(await daemon.ask("GET", path), 404, "not_found")


def _forged(header: dict[str, Any], claims: dict[str, Any]) -> str:
    def part(content: dict[str, Any]) -> str:
        raw = base64.urlsafe_b64encode(json.dumps(content).encode())
        return raw.rstrip(b"=").decode()

    return f"{part(header)}.{part(claims)}."


@pytest_twisted.ensureDeferred
async def test_a_token_that_does_not_hold_is_401(daemon: Daemon) -> None:
    assert daemon.token is not None
    head, claims, signature = daemon.token.split(".")
    content = json.loads(base64.urlsafe_b64decode(claims + "=="))
    tokens = {
        "none": _forged({"alg": "none", "typ": "at+jwt"}, content),
        "forged": f"{head}.{claims}.{signature[::-1]}",
        "garbage": "abc",
        "another user's": _forged({"alg": "HS256", "typ": "at+jwt"}, content)
        + signature,
    }
    for name, token in tokens.items():
        answer = await daemon.ask(
            "GET", CONTACTS, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status == 401, name
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest_twisted.ensureDeferred
async def test_no_token_is_401_and_a_missing_permission_403(daemon: Daemon) -> None:
    nobody = Daemon(daemon.config)

    problem(await nobody.ask("GET", CONTACTS), 401, "unauthenticated")
    problem(await nobody.ask("GET", "/api/modules"), 401, "unauthenticated")
    assert (await nobody.ask("GET", "/health")).status == 200


@pytest_twisted.ensureDeferred
async def test_modules_are_listed(daemon: Daemon) -> None:
    modules = (await daemon.ask("GET", "/api/modules")).json["modules"]

    shown = {one["name"]: one for one in modules}
    assert shown["crm"]["priority"] == 1
    assert shown["crm"]["depends"] == ["core"]
    assert shown["core"]["priority"] == 0
    assert set(shown["crm"]) == {
        "name", "version", "display_name", "depends", "optional", "priority", "state"
    }  # fmt: skip


@pytest_twisted.ensureDeferred
async def test_fifty_numbers_from_one_sequence_have_no_gap(daemon: Daemon) -> None:
    """Conflicting transactions run again by themselves."""
    made = await daemon.ask(
        "POST", "/api/core/sequences", {"code": "test", "name": "Test", "prefix": "T"}
    )
    assert made.status == 201, made.text
    path = made.headers["location"] + "/next"

    answers = await gatherResults(
        [Deferred.fromCoroutine(daemon.ask("POST", path)) for _ in range(50)]
    )

    allotted = [one for one in answers if one.status == 200]
    numbers = sorted(int(one.json["value"]) for one in allotted)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert {one.status for one in answers} <= {200, 503}
    assert len(numbers) > 10


@pytest_twisted.ensureDeferred
async def test_a_lead_becomes_company_contact_and_opportunity_once(
    daemon: Daemon,
) -> None:
    lead = await create(
        daemon,
        "leads",
        title="Wants a demo",
        company_name="Island Trading",
        first_name="Helen",
        last_name="Bennett",
        email="helen@island.example",
    )
    path = lead.headers["location"] + "/convert"

    first = await daemon.ask("POST", path, {})
    again = await daemon.ask("POST", path, {})

    assert first.status in (200, 201), first.text
    assert again.status == 409, again.text
    companies = await daemon.ask("GET", "/api/crm/companies?name=eq.Island%20Trading")
    assert len(companies.json["items"]) == 1
    contacts = await daemon.ask("GET", f"{CONTACTS}?last_name=eq.Bennett")
    assert len(contacts.json["items"]) == 1
