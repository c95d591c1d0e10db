"""GET /api/audit on a real PostgreSQL: who may see what of a record's history."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from attrs import Factory, define, evolve, frozen
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.task import deferLater

from eerp import limits
from eerp.database.pool import Pool
from eerp.errors import TokenExpired
from eerp.interfaces import Identity, Statement
from eerp.orm.audited import Trail as History
from eerp.orm.audited import refuse_limited
from eerp.orm.history import Asked
from eerp.orm.model import Model
from eerp.orm.registry import ModelRegistry
from eerp.web.audit import audit_routes
from tests.postgres.trail import Trail, run
from tests.web.wire import World, request_bytes

OURS = "018f4e9a-7c1b-7d2e-8f3a-000000000001"
THEIRS = "018f4e9a-7c1b-7d2e-8f3a-000000000002"
AUDITOR = Identity(
    "018f4e9a-7c1b-7d2e-8f3a-4b5c6d7e8f90", "ann", None, (),
    frozenset({"eerp.audit.read", "shop.notes.read", "shop.secret.read"}),
)  # fmt: skip
FIELDS = [
    {"name": "text", "type": "text"},
    {"name": "price", "type": "numeric(12,2)"},
    {"name": "at", "type": "timestamptz"},
    {"name": "data", "type": "jsonb"},
    {"name": "photo", "type": "bytea"},
    {"name": "tags", "type": "text[]"},
]


@define
class Callers:
    """Knows a token for each caller."""

    known: dict[str, Identity]

    def cached(self, token: str) -> Identity | None:
        return self.known.get(token)

    async def identify(self, token: str) -> Identity:
        raise TokenExpired("The access token has expired.")


@define
class Registry:
    """The model of the notes, which a test may describe in another way."""

    models: ModelRegistry = Factory(ModelRegistry)

    def __attrs_post_init__(self) -> None:
        self.describe()

    def describe(self, *extensions: Any, price: Any = None, **more: Any) -> None:
        """Forget what was described; `price` is said of the field, `more` of the
        model."""
        fields = [{**f, **(price or {})} if f["name"] == "price" else f for f in FIELDS]
        if "company" in more:
            fields[0] = {"name": "text", "type": "uuid"}
        self.models = ModelRegistry()
        self.models.register("shop", [{"name": "notes", "fields": fields, **more}])
        self.models.register("more", [], list(extensions))

    def model(self, module: str, name: str) -> Model:
        return self.models.model(module, name)


@frozen
class Api:
    """The route, and what it knows."""

    world: World
    registry: Registry

    async def ask(self, who: str = "auditor", **query: Any) -> Any:
        """The status and the content of one answer."""
        client = self.world.connect()
        path = f"/api/audit?{urlencode(query)}"
        client.send(request_bytes("GET", path, token=who))
        while not client.transport.value():
            await deferLater(reactor, 0.002)
        [response] = client.responses()
        return response.status, response.json

    async def items(self, who: str = "auditor", **query: Any) -> list[dict[str, Any]]:
        """The items of one page."""
        status, content = await self.ask(who, model="shop.notes", **query)
        assert status == 200
        return content["items"]


@pytest.fixture
def api(pool: Pool, trail: Trail) -> Api:
    registry = Registry()
    nobody = evolve(AUDITOR, permissions=frozenset({"eerp.audit.read"}))
    reader = evolve(AUDITOR, permissions=frozenset({"shop.notes.read"}))
    member = evolve(AUDITOR, companies=(OURS,))
    everywhere = frozenset({*AUDITOR.permissions, "eerp.companies.all"})
    callers = Callers(
        {
            "auditor": AUDITOR,
            "nobody": nobody,
            "reader": reader,
            "member": member,
            "clerk": evolve(AUDITOR, roles=("clerk",)),
            "unscoped": evolve(AUDITOR, permissions=everywhere),
            "plain": evolve(
                AUDITOR, permissions=AUDITOR.permissions - {"shop.secret.read"}
            ),
        }
    )
    routes = audit_routes(pool, registry, b"k" * 32)
    return Api(World(identities=callers, further=routes), registry)


def _write(trail: Trail, *statements: str, **settings: str) -> None:
    connection = trail.connect()
    for name, value in settings.items():
        run(connection, "SELECT set_config(%s, %s, true)", (f"eerp.{name}", value))
    for statement in statements:
        run(connection, statement)
    connection.commit()
    connection.close()


@ensureDeferred
async def test_a_record_has_its_history_newest_first(api: Api, trail: Trail):
    [[note]] = trail.run("INSERT INTO shop.notes (text) VALUES ('a') RETURNING id")
    trail.run("INSERT INTO shop.notes (text) VALUES ('other')")
    trail.run(
        "INSERT INTO eerp.users (id, username, password_hash) VALUES (%s, 'ann', '')",
        (AUDITOR.user_id,),
    )
    settings = {"actor": AUDITOR.user_id, "request_id": "r7", "module": "shop"}
    _write(trail, "UPDATE shop.notes SET text = 'b' WHERE text = 'a'", **settings)
    _write(
        trail, "DELETE FROM shop.notes WHERE text = 'b'", reason="GDPR", actor="system"
    )
    purge, update, create = await api.items(id=note)
    assert update.keys() == {
        "at", "actor", "actor_name", "action", "request_id", "module", "model",
        "record_id", "before", "after", "reason",
    }  # fmt: skip
    assert [purge["action"], update["action"], create["action"]] == [
        "purge", "update", "create",
    ]  # fmt: skip
    assert (update["actor"], update["actor_name"]) == (AUDITOR.user_id, "ann")
    assert (update["request_id"], update["module"]) == ("r7", "shop")
    assert (update["before"]["text"], update["after"]["text"]) == ("a", "b")
    assert (purge["reason"], purge["actor_name"], purge["after"]) == (
        "GDPR", "system", None,
    )  # fmt: skip
    assert (create["actor"], create["actor_name"], create["before"]) == (
        None,
        None,
        None,
    )
    assert {item["record_id"] for item in (purge, update, create)} == {note}
    assert len(await api.items()) == 4


@ensureDeferred
async def test_values_are_shown_as_in_records(api: Api, trail: Trail):
    trail.run(
        "INSERT INTO shop.notes (price, data, photo, tags)"
        " VALUES (10, '{\"x\": 1.50, \"n\": [null]}', '\\x00ff', '{a,b}')"
    )
    [item] = await api.items()
    after = item["after"]
    assert after["price"] == "10.00"
    assert after["data"] == {"x": 1.5, "n": [None]}
    assert (after["photo"], after["tags"], after["version"]) == ("AP8=", ["a", "b"], 1)


@ensureDeferred
async def test_pages_lead_through_all_of_it(api: Api, trail: Trail):
    trail.run(
        "INSERT INTO shop.notes (text) SELECT n::text FROM generate_series(1, 7) n"
    )
    trail.run("INSERT INTO shop.notes (text) VALUES ('8')")
    texts, query = [], {"model": "shop.notes", "limit": 3}
    while True:
        status, content = await api.ask(**query)
        assert status == 200
        texts += [item["after"]["text"] for item in content["items"]]
        if content["next_cursor"] is None:
            break
        assert len(content["items"]) == 3
        query["cursor"] = content["next_cursor"]
    assert texts == ["8", "7", "6", "5", "4", "3", "2", "1"]


@pytest.mark.parametrize(
    ("who", "query", "status", "code"),
    [
        ("stranger", {"model": "shop.notes"}, 401, "token_expired"),
        ("reader", {"model": "shop.notes"}, 403, "forbidden"),
        ("nobody", {"model": "shop.notes"}, 403, "forbidden"),
        ("auditor", {}, 422, "validation_failed"),
        ("auditor", {"model": "shop.nothing"}, 422, "validation_failed"),
        ("auditor", {"model": "shop"}, 422, "validation_failed"),
        ("auditor", {"model": "shop.notes", "id": "7"}, 422, "validation_failed"),
        ("auditor", {"model": "shop.notes", "limit": "0"}, 422, "validation_failed"),
        ("auditor", {"model": "shop.notes", "limit": "1000"}, 422, "validation_failed"),
        ("auditor", {"model": "shop.notes", "limit": "x"}, 422, "validation_failed"),
        ("auditor", {"model": "shop.notes", "order": "at"}, 422, "validation_failed"),
        ("auditor", {"model": "shop.notes", "cursor": "x"}, 422, "validation_failed"),
        ("auditor", {"model": "shop.notes", "cursor": "é"}, 422, "validation_failed"),
    ],
)
@ensureDeferred
async def test_what_is_not_asked_well_is_refused(
    api: Api, who: str, query: dict[str, str], status: int, code: str
):
    answered, content = await api.ask(who, **query)
    assert (answered, content["code"]) == (status, code)


@ensureDeferred
async def test_a_cursor_opens_only_the_list_that_gave_it(api: Api, trail: Trail):
    trail.run("INSERT INTO shop.notes (text) VALUES ('a'), ('b')")
    _, content = await api.ask(model="shop.notes", limit=1)
    cursor = content["next_cursor"]
    for query in ({"id": OURS, "cursor": cursor}, {"cursor": cursor[:-2] + "AA"}):
        status, _ = await api.ask(model="shop.notes", **query)
        assert status == 422


@ensureDeferred
async def test_fields_that_the_caller_may_not_read_are_left_out(api: Api, trail: Trail):
    api.registry.describe(price={"read": "shop.secret.read"})
    trail.run("INSERT INTO shop.notes (text, price) VALUES ('a', 1)")
    trail.run("ALTER TABLE shop.notes ADD COLUMN later text DEFAULT 'x'")
    trail.run("UPDATE shop.notes SET price = 2")
    update, _ = await api.items()
    assert (update["before"]["price"], update["after"]["price"]) == ("1.00", "2.00")
    for item in await api.items("plain"):
        for side in ("before", "after"):
            assert "price" not in (item[side] or {})
    assert "later" not in update["after"]


@ensureDeferred
async def test_rows_of_other_companies_are_not_shown(
    api: Api, trail: Trail, monkeypatch: pytest.MonkeyPatch
):
    api.registry.describe(company="text")
    for text in (OURS, THEIRS, None, THEIRS):
        trail.run("INSERT INTO shop.notes (text) VALUES (%s)", (text,))
    trail.run("UPDATE shop.notes SET text = %s WHERE text IS NULL", (THEIRS,))
    seen = [item["after"]["text"] for item in await api.items("member")]
    assert seen == [None, OURS]
    assert [item["after"]["text"] for item in await api.items("auditor")] == [None]
    assert len(await api.items("unscoped")) == 5
    # A scan that is cut short says where to go on.
    monkeypatch.setattr(limits, "AUDIT_ROWS_SCANNED_MAX", 2)
    status, content = await api.ask("member", model="shop.notes")
    assert (status, content["items"]) == (200, [])
    seen = []
    while content["next_cursor"] is not None:
        query = {"model": "shop.notes", "cursor": content["next_cursor"]}
        _, content = await api.ask("member", **query)
        seen += [item["after"]["text"] for item in content["items"]]
    assert seen == [None, OURS]
    # What became ours was not ours before.
    monkeypatch.undo()
    trail.run("UPDATE shop.notes SET text = %s", (OURS,))
    seen = [item["after"]["text"] for item in await api.items("member")]
    assert seen == [None, OURS]


@ensureDeferred
async def test_what_other_modules_keep_of_a_record_is_part_of_its_history(
    api: Api, trail: Trail
):
    extension = {
        "module": "shop", "model": "notes", "table": "notes_extension",
        "fields": [{"name": "colour", "type": "text"}],
    }  # fmt: skip
    api.registry.describe(extension)
    [[note]] = trail.run(
        "INSERT INTO shop.notes (text) VALUES (%s) RETURNING id", (OURS,)
    )
    trail.run("INSERT INTO more.notes_extension VALUES (%s, 'red')", (note,))
    trail.run("UPDATE shop.notes SET price = 1")
    items = await api.items(id=note)
    assert [item["model"][5:] for item in items] == [
        "notes",
        "notes_extension",
        "notes",
    ]
    assert items[1]["after"] == {"colour": "red"}
    api.registry.describe(extension, company="text")
    assert len(await api.items("member", id=note)) == 3
    assert len(await api.items("auditor", id=note)) == 0


def test_callers_whom_record_rules_limit_do_not_see_the_trail():
    is_null = {"field": "text", "op": "is", "value": None}
    registry = Registry()
    registry.describe(
        rules=[
            {"role": "clerk", "operations": ["read"], "where": is_null},
            {"role": "clerk", "operations": ["update"]},
            {"role": "boss", "operations": ["read"]},
        ]
    )
    model = registry.model("shop", "notes")
    refuse_limited(model, AUDITOR)
    refuse_limited(model, evolve(AUDITOR, roles=("clerk", "boss")))
    with pytest.raises(Exception, match="those who see all"):
        refuse_limited(model, evolve(AUDITOR, roles=("clerk",)))


@ensureDeferred
async def test_a_caller_whom_a_rule_limits_is_refused(api: Api, trail: Trail):
    [[note]] = trail.run("INSERT INTO shop.notes (text) VALUES ('a') RETURNING id")
    own = {"field": "text", "op": "eq", "value": "a"}
    rule = {"role": "clerk", "operations": ["read"], "where": own}
    api.registry.describe(rules=[rule])
    for query in ({}, {"id": note}):
        status, content = await api.ask("clerk", model="shop.notes", **query)
        assert (status, content["code"]) == (403, "forbidden")
        assert (await api.ask(model="shop.notes", **query))[0] == 200


@pytest.mark.parametrize("record", [True, False])
@ensureDeferred
async def test_a_page_of_a_long_trail_is_found_by_an_index(
    api: Api, trail: Trail, pool: Pool, record: bool
):
    session = trail.tamperer()
    run(
        session,
        "INSERT INTO eerp.audit"
        " SELECT 1, n, now() - n * interval '1 s', NULL, NULL, NULL, 'shop.notes',"
        " gen_random_uuid(), 'create', NULL, '{}', NULL, NULL, ''"
        " FROM generate_series(1, 30000) n",
    )
    session.commit()
    session.close()
    superuser = trail.tamperer()
    superuser.autocommit = True
    run(superuser, "ANALYZE eerp.audit")
    superuser.close()
    model, place = api.registry.model("shop", "notes"), ("2026-01-01 00:00:00+00", 1, 7)
    asked = Asked(History.of(model), OURS if record else None, AUDITOR, place, 50)
    statement = asked.page()
    plan = await pool.query(
        Statement(f"EXPLAIN (FORMAT JSON) {statement.sql}", statement.parameters)
    )
    text = json.dumps(plan[0][0])
    assert ("audit_record_idx" if record else "audit_model_idx") in text
    assert "Seq Scan" not in text.replace("users", "")


@ensureDeferred
async def test_a_trail_is_narrowed_by_who_what_and_when(api: Api, trail: Trail):
    other = "018f4e9a-7c1b-7d2e-8f3a-00000000000a"
    _write(trail, "INSERT INTO shop.notes (text) VALUES ('a')", actor=AUDITOR.user_id)
    _write(trail, "INSERT INTO shop.notes (text) VALUES ('b')", actor=other)
    _write(trail, "UPDATE shop.notes SET text = 'c' WHERE text = 'a'", actor=other)
    last, middle, first = await api.items()
    assert await api.items(actor=AUDITOR.user_id) == [first]
    assert await api.items(action="create") == [middle, first]
    assert await api.items(action="update", actor=other) == [last]
    assert await api.items(since=middle["at"]) == [last, middle]
    assert await api.items(until=middle["at"]) == [first]
    assert await api.items(since=first["at"], until=first["at"]) == []


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("actor", "ann"),
        ("action", "read"),
        ("since", "yesterday"),
        ("until", "2026-01-31T17:30:00"),
    ],
)
@ensureDeferred
async def test_what_narrows_nothing_is_refused(api: Api, parameter: str, value: str):
    status, content = await api.ask(model="shop.notes", **{parameter: value})
    assert status == 422
    assert content["errors"][0]["pointer"] == f"/{parameter}"
