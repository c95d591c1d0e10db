"""Related records: shown, filtered by, hidden, and kept by other modules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred

from eerp.database.pool import Pool
from eerp.errors import Forbidden, NotFound, ValidationFailed
from eerp.interfaces import Identity
from eerp.migrations.apply import apply, plan
from eerp.orm.registry import ModelRegistry
from eerp.orm.repository import Repository
from tests.orm.given import ID, created
from tests.postgres.office import (
    ANN,
    BOB,
    NORTH,
    ROOT,
    SOUTH,
    Office,
    open_office,
    user,
    with_permissions,
)


@pytest_twisted.async_yield_fixture
async def office(pool: Pool) -> AsyncIterator[Office]:
    yield await open_office(pool)


async def firms(office: Office) -> tuple[Any, Any]:
    """A firm of the north in France, and one of the south."""
    [country] = await office.sql(
        "INSERT INTO core.countries (name) VALUES ('France') RETURNING id::text"
    )
    north = await office.create(
        "firms", name="Acme", company_id=NORTH, country_id=country[0]
    )
    south = await office.create("firms", name="Bolt", company_id=SOUTH)
    return north, south


@ensureDeferred
async def test_related_records_come_in_one_query(office: Office) -> None:
    acme, _ = await firms(office)
    parent = await office.create("deals", title="a", firm_id=acme["id"])
    for title in ("c", "b"):
        await office.create(
            "deals", title=title, firm_id=acme["id"], parent_id=parent["id"]
        )
    select = "title,firm(name,country(name)),children:deals(title,label),parent(title)"
    query = [("select", select), ("order", "title.desc")]
    items = await office.found(ROOT, "deals", *query)
    firm = {"name": "Acme", "country": {"name": "France"}}
    assert items[-1] == {
        "id": parent["id"], "title": "a", "firm": firm, "parent": None,
        "children": [{"title": "b", "label": "#b"}, {"title": "c", "label": "#c"}],
    }  # fmt: skip
    assert items[0]["parent"] == {"title": "a"}
    assert items[0]["children"] == []
    select = "deals!firm_id(title),payers:deals!payer_id(title)"
    record = await office.run(ROOT, "get", "firms", id=acme["id"], select=select)
    assert [deal["title"] for deal in record["deals"]] == ["a", "b", "c"]
    assert record["payers"] == []


@ensureDeferred
async def test_what_is_hidden_or_deleted_shows_as_nothing(office: Office) -> None:
    acme, bolt = await firms(office)
    for firm in (acme, bolt):
        await office.create("deals", title=firm["name"], firm_id=firm["id"])
    query = [("select", "title,firm(name)"), ("order", "title")]

    async def shown(actor: Identity) -> list[Any]:
        return [item["firm"] for item in await office.found(actor, "deals", *query)]

    assert await shown(ROOT) == [{"name": "Acme"}, {"name": "Bolt"}]
    assert await shown(ANN) == [{"name": "Acme"}, None]
    assert await shown(BOB) == [None, {"name": "Bolt"}]
    await office.sql("UPDATE crm.firms SET deleted_at = now() WHERE name = 'Acme'")
    assert await shown(ROOT) == [None, {"name": "Bolt"}]


@ensureDeferred
async def test_rules_hold_for_related_records(office: Office) -> None:
    acme, _ = await firms(office)
    for title, owner in (("mine", ID), ("hers", None)):
        await office.create(
            "deals", title=title, owner_id=owner, firm_id=acme["id"], amount="1"
        )
    sales = user(roles=["sales"])
    select = ("select", "name,deals!firm_id(title,firm(deals!firm_id(title)))")
    (firm,) = await office.found(sales, "firms", select, ("limit", "1"))
    mine = {"title": "mine", "firm": {"deals": [{"title": "mine"}]}}
    assert firm["deals"] == [mine]
    for text, found in (("eq.hers", []), ("eq.mine", ["Acme"])):
        assert (
            await office.names(sales, "firms", ("deals!firm_id.title", text)) == found
        )


@ensureDeferred
async def test_a_related_model_takes_the_permission_to_read_it(office: Office) -> None:
    await office.create("deals", title="x")
    blind = Identity(ID, "b", NORTH, (), frozenset({"crm.deals.*"}))
    pairs = [
        ("select", "firm(name)"), ("firm.name", "eq.Acme"),
        ("or", "(firm.name.eq.Acme)"), ("not.and", "(firm.name.not.is.null)"),
        ("select", "parent(firm(name))"), ("firm.country.name", "eq.France"),
    ]  # fmt: skip
    for pair in pairs:
        for caller in (blind, None):
            with pytest.raises(Forbidden):
                await office.found(caller, "deals", pair)
    # The module itself could read the firms one by one.
    where = {"field": "firm.name", "op": "eq", "value": "Acme"}
    found = await office.run(blind, "count", "deals", where=where)
    assert found == {"count": 0}


@ensureDeferred
async def test_records_are_found_by_related_ones(office: Office) -> None:
    acme, bolt = await firms(office)
    parent = await office.create("deals", title="a", firm_id=acme["id"])
    await office.create("deals", title="b", firm_id=bolt["id"], parent_id=parent["id"])
    await office.create("deals", title="c")

    async def found(*query: tuple[str, str], actor: Identity = ROOT) -> list[str]:
        return await office.names(actor, "deals", *query)

    assert await found(("firm.name", "ilike.*CM*")) == ["a"]
    assert await found(("firm.country.name", "eq.France")) == ["a"]
    assert await found(("parent.firm.name", "eq.Acme")) == ["b"]
    assert await found(("deals.title", "eq.b")) == ["a"]
    assert await found(("firm.name", "not.eq.Acme")) == ["b", "c"]
    assert await found(("or", "(firm.name.eq.Acme,title.eq.c)")) == ["a", "c"]
    group = ("and", "(deals!parent_id.firm.name.eq.Bolt,title.not.eq.b)")
    assert await found(group) == ["a"]
    assert await found(("firm.name", "in.(Acme,Bolt)"), actor=ANN) == ["a"]
    where = {"not": {"field": "firm.name", "op": "eq", "value": "Acme"}}
    assert await office.run(ROOT, "count", "deals", where=where) == {"count": 2}
    await office.sql("UPDATE crm.deals SET deleted_at = now() WHERE title = 'b'")
    assert await found(("deals.title", "eq.b")) == []


@ensureDeferred
async def test_no_more_than_some_related_records_are_shown(office: Office) -> None:
    acme, _ = await firms(office)
    values = [{"title": f"{n:03}", "firm_id": acme["id"]} for n in range(120)]
    await office.run(ROOT, "create_many", "deals", values=values)
    record = await office.run(
        ROOT, "get", "firms", id=acme["id"], select="deals!firm_id(title)"
    )
    titles = [deal["title"] for deal in record["deals"]]
    assert titles == [f"{n:03}" for n in range(100)]


async def deals_of(office: Office, said: str, actor: Identity = ROOT) -> Any:
    """The deals of the one firm there is, as a select says in brackets."""
    select = ("select", f"deals!firm_id[{said}](title)")
    (firm,) = await office.found(actor, "firms", select, ("name", "eq.Acme"))
    found = firm["deals"]
    return [deal["title"] for deal in found] if isinstance(found, list) else found


@ensureDeferred
async def test_related_records_are_chosen_ordered_and_cut_off(office: Office) -> None:
    acme, bolt = await firms(office)
    values = [
        {"title": title, "amount": amount, "firm_id": acme["id"]}
        for title, amount in [("a", "3"), ("b", None), ("c", "1"), ("d&]", "3")]
    ]
    values.append({"title": "x", "firm_id": bolt["id"]})
    await office.run(ROOT, "create_many", "deals", values=values)
    for said, titles in [
        ("", ["a", "b", "c", "d&]"]),
        ("order=title.desc&limit=2", ["d&]", "c"]),
        ("order=amount.desc.nullslast,title.desc", ["d&]", "a", "c", "b"]),
        ("amount=gte.2&title=neq.a", ["d&]"]),
        ("title=eq.d%26%5D", ["d&]"]),
        ("or=(title.eq.a,amount.is.null)", ["a", "b"]),
        ("firm.name=eq.Bolt", []),
    ]:
        assert await deals_of(office, said) == titles
    counted = await deals_of(office, "count=exact&limit=1&amount=eq.3")
    assert counted == {"items": [{"title": "a"}], "total": 2}
    none = await deals_of(office, "count=exact&title=eq.nom")
    assert none == {"items": [], "total": 0}


@ensureDeferred
async def test_related_records_go_on_after_a_cursor(office: Office) -> None:
    acme, _ = await firms(office)
    values = [
        {"title": f"{n}", "amount": None if n % 3 else f"{n}", "firm_id": acme["id"]}
        for n in range(9)
    ]
    await office.run(ROOT, "create_many", "deals", values=values)
    for order in [
        "title", "title.desc", "amount,title.desc", "amount.desc",
        "amount.asc.nullsfirst", "amount.asc.nullslast,title", "amount.desc.nullslast",
    ]:  # fmt: skip
        whole = await deals_of(office, f"order={order}")
        for limit in (1, 4):
            query = [("order", order), ("limit", f"{limit}")]
            page = await office.run(ROOT, "find", "deals", query=query)
            said = f"order={order}&cursor={page['next_cursor']}"
            assert await deals_of(office, said) == whole[limit:]
            select = f"deals!firm_id[{said}](title)"
            record = await office.run(
                ROOT, "get", "firms", id=acme["id"], select=select
            )
            assert len(record["deals"]) == len(whole) - limit
            with pytest.raises(ValidationFailed) as caught:
                await deals_of(office, f"order=id&cursor={page['next_cursor']}")
            assert caught.value.errors[0].pointer == "query/select"


@ensureDeferred
async def test_what_is_said_of_related_records_shows_no_hidden_ones(
    office: Office,
) -> None:
    acme, _ = await firms(office)
    for title, owner in (("mine", ID), ("hers", None)):
        await office.create(
            "deals", title=title, owner_id=owner, firm_id=acme["id"], amount="1"
        )
    sales = user(roles=["sales"])
    shown = await deals_of(office, "count=exact", sales)
    assert shown == {"items": [{"title": "mine"}], "total": 1}
    assert await deals_of(office, "title=eq.hers", sales) == []
    deep = "deals!firm_id.and(title.eq.hers,amount.eq.1)"
    assert await office.names(sales, "firms", ("and", f"({deep})")) == []
    assert await office.names(ROOT, "firms", ("and", f"({deep})")) == ["Acme"]


@ensureDeferred
async def test_one_record_brings_no_more_related_ones_than_a_page(
    office: Office,
) -> None:
    acme, _ = await firms(office)
    fits = "deals!firm_id(deals!parent_id(id))"
    deep = "deals!firm_id(deals!parent_id(deals!parent_id(id)))"
    await office.run(ROOT, "get", "firms", id=acme["id"], select=fits)
    with pytest.raises(ValidationFailed) as caught:
        await office.run(ROOT, "get", "firms", id=acme["id"], select=deep)
    assert [fault.code for fault in caught.value.errors] == ["too_many"]


@ensureDeferred
async def test_an_extension_is_read_and_written_with_its_record(office: Office) -> None:
    gold = {"patron_id": None, "level": "gold"}
    made = await office.run(
        ROOT, "create", "firms",
        values={"name": "x", "extensions": {"loyalty": {"points": 3, "level": "gold"}}},
    )  # fmt: skip
    assert made["extensions"] == {"loyalty": {**gold, "points": 3}}
    plain = await office.create("firms", name="y")
    assert plain["extensions"] == {"loyalty": None}
    extended = {"extensions": {"loyalty": {"points": 5}}}
    changed = await office.run(
        ROOT, "update", "firms", id=made["id"], version=1, values=extended
    )
    assert changed["extensions"] == {"loyalty": {**gold, "points": 5}}
    assert changed["version"] == 2
    fresh = await office.run(ROOT, "update", "firms", id=plain["id"], values=extended)
    assert fresh["extensions"] == {"loyalty": {**gold, "points": 5, "level": None}}
    for record in (changed, fresh):
        assert await office.run(ROOT, "get", "firms", id=record["id"]) == record
    with pytest.raises(NotFound):
        await office.run(ROOT, "update", "firms", id=ID, values=extended)
    await office.run(ROOT, "purge", "firms", id=made["id"], reason="x")
    assert await office.sql("SELECT points FROM loyalty.firms_extension") == [(5,)]


@ensureDeferred
async def test_an_extension_is_filtered_sorted_and_grouped_by(office: Office) -> None:
    for name, points in [("a", 1), ("b", 9), ("c", 5), ("d", None)]:
        more = {} if points is None else {"loyalty": {"points": points}}
        await office.create("firms", name=name, extensions=more)
    field = "extensions.loyalty.points"
    assert await office.names(ANN, "firms", (field, "gt.3")) == ["b", "c"]
    assert await office.names(ANN, "firms", ("and", f"({field}.is.null)")) == ["d"]
    query = [("order", f"{field}.desc.nullslast"), ("limit", "2")]
    page = await office.run(ANN, "find", "firms", query=query)
    rest = await office.run(
        ANN, "find", "firms", query=[*query, ("cursor", page["next_cursor"])]
    )
    items = [*page["items"], *rest["items"]]
    assert [item["name"] for item in items] == ["b", "c", "a", "d"]
    groups = await office.run(
        ANN, "aggregate", "firms", measures={"top": ["max", field]}
    )
    assert groups == {"items": [{"top": 9}]}
    by = await office.found(ANN, "firms", ("select", f"{field},n:count()"))
    assert [group["points"] for group in by] == [1, 5, 9, None]
    (item,) = await office.found(
        ANN, "firms", ("select", "extensions"), ("name", "eq.b")
    )
    assert item["extensions"] == {"loyalty": {"points": 9}}


@ensureDeferred
async def test_the_limits_of_an_extension_hold(office: Office) -> None:
    made = await office.create(
        "firms", name="x", extensions={"loyalty": {"points": 1, "level": "gold"}}
    )
    assert (await office.found(ANN, "firms"))[0]["extensions"] == {
        "loyalty": {"points": 1}
    }
    level = "extensions.loyalty.level"
    for pair in [(level, "eq.gold"), ("order", level), ("firm", "eq.1")]:
        with pytest.raises((Forbidden, ValidationFailed)):
            await office.found(ANN, "firms", pair)
    values = {"extensions": {"loyalty": {"level": "x"}}}
    with pytest.raises(Forbidden, match=r"loyalty\.level"):
        await office.run(ANN, "update", "firms", id=made["id"], values=values)
    may = with_permissions(ANN, "loyalty.level")
    assert await office.names(may, "firms", (level, "eq.gold")) == ["x"]
    wrong: list[Any] = [
        3, {"other": {}}, {"loyalty": 3}, {"loyalty": {"nom": 1}},
        {"loyalty": {"points": "x"}},
    ]  # fmt: skip
    for value in wrong:
        with pytest.raises(ValidationFailed):
            await office.run(
                ROOT, "update", "firms", id=made["id"], values={"extensions": value}
            )


@ensureDeferred
async def test_an_extension_refers_to_what_the_caller_may_read(office: Office) -> None:
    ann = with_permissions(ANN, "loyalty.patron")
    mine = await office.create("firms", name="mine", company_id=NORTH)
    hers = await office.create("firms", name="hers", company_id=SOUTH)
    for there, allowed in [(mine, True), (hers, False), (None, True)]:
        patron = there and there["id"]
        values = {"name": "x", "extensions": {"loyalty": {"patron_id": patron}}}
        for op, more in [("create", {}), ("update", {"id": mine["id"]})]:
            if allowed:
                made = await office.run(ann, op, "firms", values=values, **more)
                assert made["extensions"]["loyalty"]["patron_id"] == patron
                continue
            with pytest.raises(Forbidden, match=r"loyalty\.patron_id refers to"):
                await office.run(ann, op, "firms", values=values, **more)
    assert (
        await office.sql(
            f"SELECT FROM loyalty.firms_extension WHERE patron_id = '{hers['id']}'"
        )
        == []
    )


@ensureDeferred
async def test_rules_hold_however_deep_a_record_is_reached(office: Office) -> None:
    acme, bolt = await firms(office)
    above = None
    for title, firm in [
        ("a", bolt),
        ("b", acme),
        ("c", acme),
        ("d", acme),
        ("e", acme),
    ]:
        deal = await office.create(
            "deals", title=title, firm_id=firm["id"], parent_id=above
        )
        above = deal["id"]
    select = "title,parent(title,parent(title,parent(title,parent(title))))"
    partner = user(roles=["partner"])
    shown = await office.run(partner, "get", "deals", id=above, select=select)
    titles = []
    while shown is not None:
        titles.append(shown["title"])
        shown = shown.get("parent")
    assert titles == ["e", "d", "c", "b"]


AWKWARD = [
    "r", "e", "m", "t", "t1", "x", "a", "n", "i", "v", "b", "k", "p", "c", "o", "s0",
    "c0", "k0", "fit", "asked", "changed", "made", "shown", "f",
]  # fmt: skip


@ensureDeferred
async def test_no_name_of_a_field_is_in_the_way(pool: Pool) -> None:
    fields = [{"name": name, "type": "integer"} for name in AWKWARD]
    boss = {"name": "r_id", "type": "uuid", "references": {"module": "y", "model": "t"}}
    model: dict[str, Any] = {"name": "t", "fields": [*fields, boss]}
    extension = {"module": "y", "model": "t", "table": "x", "fields": fields}
    registry = ModelRegistry()
    registry.register("y", [model])
    registry.register("m", [], [extension])
    await apply(pool, "y", plan([created(model)], {}, "y", ()))
    office = Office(pool, Repository(registry, b"key"), registry, "y")
    await office.sql("CREATE SCHEMA m")
    columns = ", ".join(f'"{name}" integer' for name in AWKWARD)
    await office.sql(f"CREATE TABLE m.x (id uuid PRIMARY KEY, {columns})")
    values = dict.fromkeys(AWKWARD, 1)
    made = await office.run(
        ROOT, "create", "t", values=values | {"extensions": {"m": values}}
    )
    assert {name: made[name] for name in AWKWARD} == values
    assert made["extensions"] == {"m": values}
    change = {"id": made["id"], "values": dict.fromkeys(AWKWARD, 2)}
    done = await office.run(ROOT, "update_many", "t", changes=[change])
    assert done["items"][0] == await office.run(ROOT, "get", "t", id=made["id"])
    await office.run(ROOT, "create_many", "t", values=[values | {"r_id": made["id"]}])
    find = await office.run(
        ROOT, "find", "t", count="exact", select="r,e,x:r(r,t),t(r,extensions)",
        where={"field": "r", "op": "gt", "value": 0}, order=[["extensions.m.m", "asc"]],
    )  # fmt: skip
    assert find["total"] == 2
    assert find["items"][0]["t"] == [{"r": 1, "extensions": {"m": None}}]
    assert find["items"][1]["x"] == {"r": 2, "t": 2}
    groups = await office.run(
        ROOT,
        "aggregate",
        "t",
        group=["r", "extensions.m.e"],
        measures={"k0": ["max", "t"]},
    )
    assert groups["items"][0] == {"r": 1, "e": None, "k0": 1}


@ensureDeferred
async def test_bytes_of_records_stay_json(office: Office) -> None:
    """Whatever stands in a name, what is nested is one JSON document."""
    name = "\"'\\\n\u2028%s{}"
    firm = await office.create("firms", name=name)
    await office.create("deals", title=name, firm_id=firm["id"])
    result = await office.result(
        ROOT, "find", "firms", select="name,deals!firm_id(title,firm(name))"
    )
    (item,) = orjson.loads(result.body)["items"]
    assert item["deals"] == [{"title": name, "firm": {"name": name}}]
