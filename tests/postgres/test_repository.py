"""Operations on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_twisted
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred, DeferredList

from eerp.database.pool import Pool
from eerp.errors import (
    Conflict,
    NotFound,
    PreconditionFailed,
    SerializationFailed,
    ValidationFailed,
)
from eerp.interfaces import Identity, Statement, Transaction, TransactionBegin
from eerp.migrations.apply import apply, plan
from eerp.migrations.verify import verify
from eerp.orm.fields import SEARCHES
from eerp.orm.registry import ModelRegistry
from eerp.orm.repository import OperationResult, Repository
from tests.orm.given import (
    EVERY_TYPE,
    ID,
    VALUES,
    conditions,
    created,
    described,
    orders,
    things,
)

BEGIN = TransactionBegin(read_only=False, actor=ID, request_id="test", module="shop")
ANN = Identity(ID, "ann", None, (), frozenset())
PEOPLE: dict[str, Any] = {
    "name": "people",
    "title": "person",
    "fields": [
        {"name": "name", "type": "text", "nullable": False},
        {"name": "email", "type": "text"},
        {"name": "age", "type": "integer"},
    ],
}
THINGS = described(**EVERY_TYPE)
# Examples share the database of their test; each of them waits for PostgreSQL.
real = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@frozen
class Shop:
    """A module with two models, on a fresh database."""

    pool: Pool
    repository: Repository

    def begin(self) -> Transaction:
        """A transaction of the module."""
        return self.pool.transaction(BEGIN)

    async def run(self, op: str, model: str = "people", **more: Any) -> OperationResult:
        """One operation in a transaction of its own, as the last of a request."""
        transaction = self.begin()
        operation = orjson.dumps({"op": op, "model": model, **more})
        try:
            return await self.repository.run(
                transaction, "shop", operation, actor=ANN, last=True
            )
        finally:
            await transaction.rollback()

    async def record(self, op: str, model: str = "people", **more: Any) -> Any:
        """The record, or the page, that an operation answers."""
        return orjson.loads((await self.run(op, model, **more)).body)


@pytest_twisted.async_yield_fixture
async def shop(pool: Pool) -> AsyncIterator[Shop]:
    registry = ModelRegistry()
    described = registry.read("shop", [PEOPLE, THINGS])
    registry.admit(described)
    unique = {
        "entity": "people",
        "version": 2,
        "operations": [{"type": "add_unique", "table": "people", "columns": ["email"]}],
    }
    migrations = [created(PEOPLE), created(THINGS), unique]
    await apply(pool, "shop", plan(migrations, {}, "shop", ()))
    transaction = pool.transaction(BEGIN)
    await verify(transaction, described)
    await transaction.rollback()
    yield Shop(pool, Repository(registry, b"key"))


@ensureDeferred
async def test_a_record_lives_its_life(shop: Shop) -> None:
    result = await shop.run("create", values={"name": "Ann"})
    made = orjson.loads(result.body)
    assert (made["id"], made["version"]) == (result.id, result.version)
    assert (made["version"], made["created_by"], made["updated_by"]) == (1, ID, ID)
    assert made["created_at"].endswith("+00:00")

    read = await shop.record("get", id=made["id"].upper())
    assert read == made

    changed = await shop.record(
        "update", id=made["id"], values={"age": 3, "name": "A'n%s\\"}, version=1
    )
    assert (changed["version"], changed["age"], changed["name"]) == (2, 3, "A'n%s\\")
    assert changed["updated_at"] > made["updated_at"]
    assert changed["created_at"] == made["created_at"]

    gone = await shop.record("delete", id=made["id"], version=2)
    assert gone["deleted_at"] is not None
    later: list[tuple[str, Any]] = [("get", {}), ("update", {"values": {}})]
    for op, more in [*later, ("delete", {})]:
        with pytest.raises(NotFound):
            await shop.run(op, id=made["id"], **more)

    back = await shop.record("restore", id=made["id"])
    assert (back["deleted_at"], back["version"]) == (None, 4)
    with pytest.raises(NotFound):
        await shop.run("restore", id=made["id"])


@ensureDeferred
async def test_a_stale_version_and_a_missing_record_are_told_apart(shop: Shop) -> None:
    made = await shop.record("create", values={"name": "Ann"})
    changes: list[tuple[str, Any]] = [
        ("update", {"values": {"age": 1}}),
        ("delete", {}),
    ]
    for op, more in changes:
        with pytest.raises(PreconditionFailed):
            await shop.run(op, id=made["id"], version=9, **more)
        with pytest.raises(NotFound):
            await shop.run(op, id=ID, version=1, **more)
    await shop.run("delete", id=made["id"])
    with pytest.raises(PreconditionFailed):
        await shop.run("restore", id=made["id"], version=1)
    with pytest.raises(NotFound):
        await shop.run("update", id=made["id"], version=2, values={})


@ensureDeferred
async def test_the_callers_errors_leave_the_transaction_usable(shop: Shop) -> None:
    made = await shop.record("create", values={"name": "Ann"})
    transaction = shop.begin()

    async def run(**operation: Any) -> OperationResult:
        operation = {"model": "people", **operation}
        return await shop.repository.run(transaction, "shop", operation, actor=ANN)

    with pytest.raises(NotFound):
        await run(op="get", id=ID)
    with pytest.raises(PreconditionFailed):
        await run(op="update", id=made["id"], values={}, version=7)
    with pytest.raises(ValidationFailed):
        await run(op="create", values={"name": 3})
    await run(op="create", values={"name": "Bea"})
    await transaction.commit()
    assert len((await shop.record("find"))["items"]) == 2


@ensureDeferred
async def test_a_last_operation_that_is_refused_keeps_nothing(shop: Shop) -> None:
    """What the request wrote before is rolled back, and not committed with it."""
    transaction = shop.begin()
    create = {"op": "create", "model": "people", "values": {"name": "Ann"}}
    get = {"op": "get", "model": "people", "id": ID}
    await shop.repository.run(transaction, "shop", create, actor=ANN)
    with pytest.raises(NotFound):
        await shop.repository.run(transaction, "shop", get, actor=ANN, last=True)
    await transaction.rollback()
    assert (await shop.record("find"))["items"] == []


@ensureDeferred
async def test_a_last_operation_commits_what_came_before(shop: Shop) -> None:
    transaction = shop.begin()
    create = {"op": "create", "model": "people", "values": {"name": "Ann"}}
    await shop.repository.run(transaction, "shop", create, actor=ANN)
    await shop.repository.run(transaction, "shop", create, actor=ANN, last=True)
    await transaction.rollback()
    assert len((await shop.record("find"))["items"]) == 2


@ensureDeferred
async def test_uniqueness_holds_among_records_that_are_not_deleted(shop: Shop) -> None:
    values = {"name": "Ann", "email": "a@example.com"}
    first = await shop.record("create", values=values)
    with pytest.raises(Conflict):
        await shop.run("create", values=values)
    await shop.run("delete", id=first["id"])
    await shop.run("create", values=values)
    with pytest.raises(Conflict):
        await shop.run("restore", id=first["id"])


@ensureDeferred
async def test_like_takes_the_users_text_literally(shop: Shop) -> None:
    for name in ["50%", "5000", "a_b", "axb", "c\\d", "CD", "say *"]:
        await shop.run("create", values={"name": name})

    async def found(op: str, value: str) -> set[str]:
        where = {"field": "name", "op": op, "value": value}
        page = await shop.record("find", where=where)
        return {item["name"] for item in page["items"]}

    assert await found("like", "50%") == {"50%"}
    assert await found("like", "50*") == {"50%", "5000"}
    assert await found("like", "a_b") == {"a_b"}
    assert await found("like", "c\\*") == {"c\\d"}
    assert await found("ilike", "c*D") == {"c\\d", "CD"}
    assert await found("like", "*") == {
        "50%", "5000", "a_b", "axb", "c\\d", "CD", "say *",
    }  # fmt: skip


@ensureDeferred
async def test_a_query_string_filters_sorts_and_selects(shop: Shop) -> None:
    for name, age in [("Ann", 3), ("Bea", None), ("Cid", 9), ("Dan", 9)]:
        await shop.run("create", values={"name": name, "age": age})

    async def names(*query: tuple[str, str]) -> list[str]:
        page = await shop.record("find", query=query)
        return [item["name"] for item in page["items"]]

    assert await names(("age", "gte.3"), ("order", "age.desc,name.desc")) == [
        "Dan", "Cid", "Ann",
    ]  # fmt: skip
    assert await names(("age", "is.null")) == ["Bea"]
    assert await names(("age", "not.in.(3,4)"), ("order", "name")) == ["Cid", "Dan"]
    assert await names(("or", "(name.eq.Ann,and(age.eq.9,name.like.D*))"),
                       ("order", "name")) == ["Ann", "Dan"]  # fmt: skip
    assert await names(("order", "age.desc.nullslast,name"), ("limit", "3")) == [
        "Cid", "Dan", "Ann",
    ]  # fmt: skip
    page = await shop.record("find", query=[["select", "age"], ["name", "eq.Ann"]])
    assert [list(item) for item in page["items"]] == [["id", "age"]]


@ensureDeferred
async def test_deleted_records_are_found_when_asked_for(shop: Shop) -> None:
    made = await shop.record("create", values={"name": "Ann"})
    await shop.run("create", values={"name": "Bea"})
    await shop.run("delete", id=made["id"])

    async def count(**more: str) -> int:
        return len((await shop.record("find", **more))["items"])

    assert await count() == 1
    assert await count(deleted="only") == 1
    assert await count(deleted="include") == 2


@ensureDeferred
async def test_a_page_of_a_selection_goes_on_by_fields_it_does_not_show(
    shop: Shop,
) -> None:
    for age in [3, None, 1, 2]:
        await shop.run("create", values={"name": "x", "age": age})
    query = [["order", "age.desc"], ["select", "name"], ["limit", "3"]]
    page = await shop.record("find", query=query)
    rest = await shop.record("find", query=[*query, ["cursor", page["next_cursor"]]])
    ids = [item["id"] for item in page["items"] + rest["items"]]
    whole = await shop.record("find", order=[["age", "desc"]])
    assert ids == [item["id"] for item in whole["items"]]
    assert rest["next_cursor"] is None


every_value = st.fixed_dictionaries(
    {}, optional={name: st.none() | VALUES[kind] for name, kind in EVERY_TYPE.items()}
)


@settings(real, max_examples=40)
@given(values=every_value)
@ensureDeferred
async def test_each_value_comes_back_as_it_went_in(
    shop: Shop, values: dict[str, Any]
) -> None:
    made = await shop.record("create", "things", values=values)
    assert await shop.record("get", "things", id=made["id"]) == made
    for name in EVERY_TYPE:
        assert same(made[name], values.get(name)), name
    shown = {name: made[name] for name in EVERY_TYPE}
    again = await shop.record("create", "things", values=shown)
    assert {name: again[name] for name in EVERY_TYPE} == shown


def same(shown: Any, given_: Any) -> bool:
    """Whether a record shows the value, perhaps in PostgreSQL's own spelling."""
    if shown == given_:
        return True
    if isinstance(shown, list) and isinstance(given_, list):
        return len(shown) == len(given_) and all(map(same, shown, given_))
    if isinstance(shown, str) and isinstance(given_, str):
        return spelling(shown) == spelling(given_)
    return False


def spelling(text: str) -> str:
    """Without the zeros that end a fraction, and without a negative zero."""
    zone = "+00:00" if text.endswith("+00:00") else ""
    text = text.removesuffix(zone)
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text + zone


@ensureDeferred
async def test_extreme_values_come_back(shop: Shop) -> None:
    values = {
        "an_integer": -(2**31), "a_bigint": str(-(2**63)),
        "a_numeric": "-9999999999.99", "a_date": "0001-01-01",
        "an_instant": "9999-12-31T23:59:59.999999+00:00",
        "a_text": "'\"\\%s%%{},\u2028\U0001f600", "integers": [-(2**31), 2**31 - 1],
        "texts": ["NULL", "", 'a"b\\', "{}", "'"], "a_bytea": "A" * 200,
        "a_jsonb": {"a": [1, {"b": "'%s\\"}]},
    }  # fmt: skip
    made = await shop.record("create", "things", values=values)
    assert {name: made[name] for name in values} == values


@ensureDeferred
async def test_each_comparison_runs(shop: Shop) -> None:
    """PostgreSQL takes every operator with every type that knows it."""
    for field in things().fields.values():
        for op in field.type.operators:
            value: Any = {"in": [], "is": None, **dict.fromkeys(SEARCHES, "a")}.get(
                op, "*"
            )
            if op not in {"in", "is", "like", "ilike", *SEARCHES}:
                value = SAMPLES[field.type.name]
            where = {"field": field.name, "op": op, "value": value}
            page = await shop.record("find", "things", where={"not": where})
            assert page["items"] == []


@settings(real, max_examples=60)
@given(where=conditions(things()), order=orders(things()))
@ensureDeferred
async def test_no_checked_request_is_refused_by_postgresql(
    shop: Shop, where: Any, order: Any
) -> None:
    if not (await shop.record("find", "things"))["items"]:
        await shop.run("create", "things", values=SAMPLES_BY_FIELD)
    page = await shop.record("find", "things", where=where, order=order)
    assert len(page["items"]) in (0, 1)


@ensureDeferred
async def test_of_two_changes_to_one_version_one_is_made(shop: Shop) -> None:
    made = await shop.record("create", values={"name": "Ann"})
    changes = [
        Deferred.fromCoroutine(
            shop.run("update", id=made["id"], values={"age": age}, version=1)
        )
        for age in range(4)
    ]
    outcomes = await DeferredList(changes, consumeErrors=True)
    refused = [type(failure.value) for done, failure in outcomes if not done]
    assert len(refused) == 3
    assert set(refused) <= {PreconditionFailed, SerializationFailed}
    assert (await shop.record("get", id=made["id"]))["version"] == 2


SAMPLES = {
    "text": "a", "integer": 1, "bigint": "1", "numeric(12,2)": "1.234",
    "boolean": True, "date": "2026-01-31", "time": "17:30",
    "timestamptz": "2026-01-31T17:30:00Z", "uuid": ID, "bytea": "YQ==", "jsonb": {},
}  # fmt: skip

SAMPLES |= {f"{kind}[]": [value] for kind, value in SAMPLES.items()}
SAMPLES_BY_FIELD = {
    name: {"numeric(12,2)": "1.23", "numeric(12,2)[]": ["1.23"]}.get(
        kind, SAMPLES.get(kind)
    )
    for name, kind in EVERY_TYPE.items()
}

small = {
    "a_text": st.none() | st.sampled_from(["", "a", "b", "B", "é"]),
    "an_integer": st.none() | st.integers(-1, 1),
    "a_boolean": st.none() | st.booleans(),
    "a_numeric": st.none() | st.sampled_from(["0.10", "0.1", "-5", "7"]),
    "an_instant": st.none() | st.sampled_from(
        ["2026-01-31T17:30:00Z", "2026-01-31T17:30:00.000001Z"]),
    "a_uuid": st.none() | st.just(ID),
}  # fmt: skip


@settings(real, max_examples=25)
@given(
    rows=st.lists(st.fixed_dictionaries(small), max_size=12),
    order=orders(things()),
    limit=st.integers(1, 4),
)
@ensureDeferred
async def test_pages_visit_each_record_once_and_in_order(
    shop: Shop, rows: list[Any], order: Any, limit: int
) -> None:
    await _refill(shop, rows)
    whole = await shop.record("find", "things", order=order, limit=1000)
    assert len(whole["items"]) == len(rows)
    assert await _walk(shop, order, limit) == whole["items"]


async def _refill(shop: Shop, rows: list[Any]) -> None:
    transaction = shop.begin()
    try:
        await transaction.run(Statement("DELETE FROM shop.things"))
        for row in rows:
            operation = {"op": "create", "model": "things", "values": row}
            await shop.repository.run(transaction, "shop", operation, actor=None)
        await transaction.commit()
    finally:
        await transaction.rollback()


async def _walk(shop: Shop, order: Any, limit: int) -> list[Any]:
    items: list[Any] = []
    cursor = None
    while True:
        page = await shop.record(
            "find", "things", order=order, limit=limit, cursor=cursor
        )
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items
        assert len(page["items"]) == limit
