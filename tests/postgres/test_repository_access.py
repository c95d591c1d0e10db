"""Whose records and fields are seen and changed, on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred

from eerp.database.pool import Pool
from eerp.errors import Forbidden, NotFound, PreconditionFailed, ValidationFailed
from eerp.interfaces import Identity
from tests.orm.given import ID
from tests.postgres.office import (
    ANN,
    BOB,
    BOB_ID,
    NORTH,
    ROOT,
    SOUTH,
    Office,
    open_office,
    user,
    with_permissions,
)

SALES = user(roles=["sales"])
ANONYMOUS: Identity | None = None


@pytest_twisted.async_yield_fixture
async def office(pool: Pool) -> AsyncIterator[Office]:
    yield await open_office(pool)


@ensureDeferred
async def test_a_company_sees_its_own_records_and_those_of_none(office: Office) -> None:
    for name, company in [("north", NORTH), ("south", SOUTH), ("shared", None)]:
        await office.create("firms", name=name, company_id=company)
    assert await office.names(ANN, "firms") == ["north", "shared"]
    assert await office.names(BOB, "firms") == ["shared", "south"]
    assert await office.names(ANONYMOUS, "firms") == ["shared"]
    both = user(companies=(NORTH, SOUTH))
    assert len(await office.names(both, "firms")) == 3
    assert len(await office.names(ROOT, "firms")) == 3
    everywhere = with_permissions(ANN, "eerp.companies.all")
    assert len(await office.names(everywhere, "firms")) == 3


@ensureDeferred
async def test_no_operation_reaches_a_record_of_another_company(office: Office) -> None:
    firm = await office.create("firms", name="south", company_id=SOUTH)
    may_purge = with_permissions(ANN, "crm.firms.purge")
    changes: list[tuple[str, dict[str, Any]]] = [
        ("get", {}), ("lock", {}), ("update", {"values": {"name": "x"}}),
        ("update", {"values": {}, "version": 1}),
        ("update", {"values": {}, "version": 7}), ("delete", {}),
        ("purge", {"reason": "x"}), ("get", {"select": "id"}),
    ]  # fmt: skip
    for op, more in changes:
        with pytest.raises(NotFound):
            await office.run(may_purge, op, "firms", id=firm["id"], **more)
    change = {"id": firm["id"], "values": {"name": "x"}}
    with pytest.raises(NotFound):
        await office.run(ANN, "update_many", "firms", changes=[change])
    await office.run(ROOT, "delete", "firms", id=firm["id"])
    with pytest.raises(NotFound):
        await office.run(ANN, "restore", "firms", id=firm["id"])
    assert await office.run(ANN, "count", "firms", deleted="include") == {"count": 0}
    groups = await office.run(
        ANN, "aggregate", "firms", measures={"n": ["count"]}, deleted="include"
    )
    assert groups == {"items": [{"n": 0}]}


@ensureDeferred
async def test_a_new_record_is_of_the_company_that_is_acted_in(office: Office) -> None:
    for name in ("create", "create_many"):
        values: Any = {"name": "x"}
        made = await office.run(
            BOB, name, "firms", values=values if name == "create" else [values]
        )
        record = made if name == "create" else made["items"][0]
        assert record["company_id"] == SOUTH
    shared = await office.run(
        BOB, "create", "firms", values={"name": "x", "company_id": None}
    )
    assert shared["company_id"] is None


@ensureDeferred
async def test_no_record_is_put_into_another_company(office: Office) -> None:
    values = {"name": "x", "company_id": SOUTH}
    with pytest.raises(Forbidden, match="You may not write such a record"):
        await office.run(ANN, "create", "firms", values=values)
    with pytest.raises(Forbidden):
        await office.run(ANN, "create_many", "firms", values=[{"name": "y"}, values])
    firm = await office.create("firms", name="mine", company_id=NORTH)
    with pytest.raises(Forbidden):
        await office.run(ANN, "update", "firms", id=firm["id"], values=values)
    change = {"id": firm["id"], "values": {"company_id": SOUTH}}
    with pytest.raises(Forbidden):
        await office.run(ANN, "update_many", "firms", changes=[change])
    assert await office.names(ROOT, "firms") == ["mine"]


@ensureDeferred
async def test_a_role_with_rules_sees_what_any_of_them_allows(office: Office) -> None:
    acme = await office.create("firms", name="Acme", company_id=NORTH)
    deals: list[dict[str, Any]] = [
        {"title": "mine", "owner_id": ID},
        {"title": "hers", "owner_id": BOB_ID},
        {"title": "public", "owner_id": BOB_ID, "public": True},
        {"title": "acme", "firm_id": acme["id"]},
    ]
    for deal in deals:
        await office.create("deals", **deal)
    assert await office.names(SALES, "deals") == ["mine", "public"]
    assert await office.names(user(roles=["partner"]), "deals") == ["acme"]
    both = user(roles=["partner", "sales", "other"])
    assert await office.names(both, "deals") == ["acme", "mine", "public"]
    assert len(await office.names(user(roles=["chief", "sales"]), "deals")) == 4
    assert len(await office.names(ANN, "deals")) == 4
    # A rule compares with the id of a user; nothing is owned by somebody without one.
    nobody = user(id_="system", roles=["sales"])
    assert await office.names(nobody, "deals") == ["public"]


@ensureDeferred
async def test_what_is_seen_and_may_not_be_changed_is_forbidden(office: Office) -> None:
    deal = await office.create("deals", title="public", owner_id=BOB_ID, public=True)
    sales = with_permissions(SALES, "crm.deals.purge")
    operations: list[tuple[str, dict[str, Any]]] = [
        ("update", {"values": {"title": "x"}}),
        ("update", {"values": {}, "version": 1}), ("delete", {}),
        ("purge", {"reason": "x"}),
    ]  # fmt: skip
    for op, more in operations:
        with pytest.raises(Forbidden, match="may not change this deal"):
            await office.run(sales, op, "deals", id=deal["id"], **more)
    change = {"id": deal["id"], "values": {"title": "x"}}
    with pytest.raises(Forbidden) as caught:
        await office.run(sales, "update_many", "deals", changes=[change])
    assert caught.value.errors[0].pointer == "/changes/0"
    assert await office.names(ROOT, "deals") == ["public"]


@ensureDeferred
async def test_restoring_and_purging_take_the_rule_of_deleting(office: Office) -> None:
    keeper = user("crm.deals.purge", roles=["keeper"])
    mine = await office.create("deals", title="mine", owner_id=ID)
    hers = await office.create("deals", title="hers", owner_id=BOB_ID)
    for deal in (mine, hers):
        await office.run(keeper, "update", "deals", id=deal["id"], values={})
        await office.run(ROOT, "delete", "deals", id=deal["id"])
    for op, more in [("restore", {}), ("purge", {"reason": "x"})]:
        with pytest.raises(Forbidden, match="You may not change this deal"):
            await office.run(keeper, op, "deals", id=hers["id"], **more)
        done = await office.run(keeper, op, "deals", id=mine["id"], **more)
        assert done["title"] == "mine"
    assert await office.names(ROOT, "deals", ("deleted", "only")) == ["hers"]


@ensureDeferred
async def test_a_stale_version_is_still_told_apart(office: Office) -> None:
    deal = await office.create("deals", title="mine", owner_id=ID)
    with pytest.raises(PreconditionFailed):
        await office.run(SALES, "delete", "deals", id=deal["id"], version=7)
    gone = await office.run(SALES, "delete", "deals", id=deal["id"], version=1)
    assert gone["version"] == 2
    with pytest.raises(PreconditionFailed):
        await office.run(SALES, "restore", "deals", id=deal["id"], version=1)
    back = await office.run(SALES, "restore", "deals", id=deal["id"], version=2)
    assert back["deleted_at"] is None


@ensureDeferred
async def test_no_record_is_left_outside_of_the_rules(office: Office) -> None:
    for values in ({"title": "x", "owner_id": BOB_ID}, {"title": "x"}):
        with pytest.raises(Forbidden):
            await office.run(SALES, "create", "deals", values=values)
    deal = await office.run(
        SALES, "create", "deals", values={"title": "mine", "owner_id": ID}
    )
    with pytest.raises(Forbidden):
        await office.run(
            SALES, "update", "deals", id=deal["id"], values={"owner_id": BOB_ID}
        )
    changed = await office.run(
        SALES, "update", "deals", id=deal["id"], values={"title": "still mine"}
    )
    assert changed["title"] == "still mine"


@ensureDeferred
async def test_a_refused_write_takes_the_transaction_with_it(office: Office) -> None:
    transaction = office.begin()

    async def run(**operation: Any) -> Any:
        return await office.repository.run(
            transaction, "crm", {"model": "deals", **operation}, actor=SALES
        )

    await run(op="create", values={"title": "mine", "owner_id": ID})
    for _ in range(2):
        with pytest.raises(Forbidden):
            await run(op="create", values={"title": "x"})
    with pytest.raises(Forbidden):
        await transaction.commit()
    assert await office.names(ROOT, "deals") == []


@ensureDeferred
async def test_a_reference_leads_to_what_the_caller_may_read(office: Office) -> None:
    north = await office.create("firms", name="north", company_id=NORTH)
    south = await office.create("firms", name="south", company_id=SOUTH)
    deal = await office.run(
        ANN, "create", "deals", values={"title": "x", "firm_id": north["id"]}
    )
    values = {"title": "x", "firm_id": south["id"]}
    with pytest.raises(Forbidden, match="firm_id refers to a record"):
        await office.run(ANN, "create", "deals", values=values)
    with pytest.raises(Forbidden, match="firm_id refers"):
        await office.run(ANN, "update", "deals", id=deal["id"], values=values)
    change = {"id": deal["id"], "values": {"payer_id": south["id"]}}
    with pytest.raises(Forbidden, match="payer_id refers"):
        await office.run(ANN, "update_many", "deals", changes=[change])
    await office.run(ANN, "update", "deals", id=deal["id"], values={"firm_id": None})
    await office.run(ROOT, "update", "deals", id=deal["id"], values=values)
    # Who merely leaves a reference as it is need not read what it leads to.
    await office.run(ANN, "update", "deals", id=deal["id"], values={"title": "y"})


@ensureDeferred
async def test_a_hidden_field_is_neither_shown_nor_named(office: Office) -> None:
    await office.create("firms", name="x", rating=7)
    shown = user("crm.firms.rating")
    assert (await office.found(shown, "firms"))[0]["rating"] == 7
    record = (await office.found(ANN, "firms"))[0]
    assert "rating" not in record
    star = (await office.found(ANN, "firms", ("select", "*")))[0]
    assert "rating" not in star
    assert "rating" not in await office.run(ANN, "get", "firms", id=record["id"])
    assert "rating" not in await office.run(
        ANN, "update", "firms", id=record["id"], values={}
    )
    made = await office.run(ANN, "create", "firms", values={"name": "y", "rating": 3})
    assert "rating" not in made
    count = {"measures": {"n": ["count"]}}
    operations: list[tuple[str, dict[str, Any]]] = [
        ("find", {"where": {"field": "rating", "op": "gt", "value": 1}}),
        ("find", {"where": {"not": {"field": "rating", "op": "is", "value": None}}}),
        ("find", {"order": [["rating", "asc"]]}),
        ("find", {"select": "rating"}),
        ("find", {"query": [["rating", "gt.1"]]}),
        ("find", {"query": [["or", "(name.eq.x,rating.gt.1)"]]}),
        ("find", {"query": [["order", "rating"]]}),
        ("find", {"query": [["select", "rating"]]}),
        ("find", {"query": [["select", "r:rating.max()"]]}),
        ("count", {"where": {"field": "rating", "op": "gt", "value": 1}}),
        ("aggregate", {"group": ["rating"], **count}),
        ("aggregate", {"measures": {"r": ["max", "rating"]}}),
        ("get", {"id": record["id"], "select": "rating"}),
    ]  # fmt: skip
    for op, more in operations:
        with pytest.raises(Forbidden, match=r"the permission crm\.firms\.rating"):
            await office.run(ANN, op, "firms", **more)
    through: list[tuple[str, str]] = [
        ("firm.rating", "gt.1"), ("select", "firm(rating)"),
        ("and", "(firm.rating.gt.1)"),
    ]  # fmt: skip
    for pair in through:
        with pytest.raises(Forbidden, match=r"crm\.firms\.rating"):
            await office.found(ANN, "deals", pair)


@ensureDeferred
async def test_a_cursor_of_another_user_opens_no_hidden_order(office: Office) -> None:
    for rating in (1, 2, 3):
        await office.create("firms", name=str(rating), rating=rating)
    shown = user("crm.firms.rating")
    query = [("order", "rating"), ("limit", "1")]
    page = await office.run(shown, "find", "firms", query=query)
    cursor = ("cursor", page["next_cursor"])
    with pytest.raises(Forbidden):
        await office.run(ANN, "find", "firms", query=[*query, cursor])
    with pytest.raises(ValidationFailed):
        await office.run(ANN, "find", "firms", query=[("order", "name"), cursor])


@ensureDeferred
async def test_a_limited_field_is_set_by_whoever_may(office: Office) -> None:
    for op, more in (("create", {}), ("update", {"id": ID})):
        with pytest.raises(Forbidden, match=r"permission crm\.deals\.margin"):
            await office.run(
                ANN, op, "deals", values={"title": "x", "margin": 1}, **more
            )
    may = user("crm.deals.margin")
    made = await office.run(may, "create", "deals", values={"title": "x", "margin": 1})
    assert made["margin"] == 1
    change = {"id": made["id"], "values": {"margin": 2}}
    with pytest.raises(Forbidden, match=r"permission crm\.deals\.margin"):
        await office.run(ANN, "update_many", "deals", changes=[change])


@ensureDeferred
async def test_a_computed_field_is_shown_and_never_set(office: Office) -> None:
    made = await office.create("deals", title="x")
    assert made["label"] == "#x"
    with pytest.raises(ValidationFailed) as caught:
        await office.run(ROOT, "update", "deals", id=made["id"], values={"label": "y"})
    assert caught.value.errors[0].code == "readonly"
    assert await office.names(ROOT, "deals", ("label", "eq.#x")) == ["x"]


@ensureDeferred
async def test_a_purge_takes_its_own_permission_and_a_reason(office: Office) -> None:
    firm = await office.create("firms", name="x")
    may = user("crm.firms.purge")
    for permission in ("crm.firms.delete", "crm.firms.write"):
        with pytest.raises(Forbidden, match=r"crm\.firms\.purge"):
            await office.run(
                user(permission), "purge", "firms", id=firm["id"], reason="x"
            )
    for reason in (None, "", "  ", 3, "x" * 1001, "\0"):
        with pytest.raises(ValidationFailed):
            await office.run(may, "purge", "firms", id=firm["id"], reason=reason)
    with pytest.raises(PreconditionFailed):
        await office.run(may, "purge", "firms", id=firm["id"], reason="x", version=9)
    await office.run(ROOT, "delete", "firms", id=firm["id"])
    gone = await office.run(may, "purge", "firms", id=firm["id"], reason="law")
    assert gone["name"] == "x"
    assert await office.sql("SELECT FROM crm.firms") == []
    with pytest.raises(NotFound):
        await office.run(may, "purge", "firms", id=firm["id"], reason="x")


@ensureDeferred
async def test_a_trigger_sees_the_reason_of_a_purge(office: Office) -> None:
    await office.sql("CREATE TABLE crm.seen (reason text)")
    await office.sql("""
        CREATE FUNCTION crm.look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO crm.seen VALUES (current_setting('eerp.reason', true));
        RETURN NULL; END $$""")
    await office.sql("""
        CREATE TRIGGER look AFTER DELETE ON crm.firms
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION crm.look()
        """)
    firm = await office.create("firms", name="x")
    await office.run(ROOT, "purge", "firms", id=firm["id"], reason="a 'law' %s")
    assert await office.sql("SELECT reason FROM crm.seen") == [("a 'law' %s",)]


@ensureDeferred
async def test_a_locked_record_waits_for_the_transaction(office: Office) -> None:
    firm = await office.create("firms", name="x")
    transaction = office.begin()
    operation = {"op": "lock", "model": "firms", "id": firm["id"]}
    result = await office.repository.run(transaction, "crm", operation, actor=ANN)
    assert orjson.loads(result.body)["name"] == "x"
    skipped = "SELECT FROM crm.firms FOR UPDATE SKIP LOCKED"
    assert await office.sql(skipped) == []
    await transaction.rollback()
    assert len(await office.sql(skipped)) == 1
