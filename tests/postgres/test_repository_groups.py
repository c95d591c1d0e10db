"""Counting, grouping and searching on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred

from eerp.database.pool import Pool
from eerp.errors import ValidationFailed
from eerp.orm.textsearch import CONFIGURATIONS
from tests.orm.given import ID
from tests.postgres.office import ROOT, Office, open_office, user

DEALS: list[dict[str, Any]] = [
    {"title": "a", "amount": "0.10", "currency": "EUR", "won_on": "2026-01-31"},
    {"title": "b", "amount": "0.20", "currency": "EUR", "won_on": "2026-01-01"},
    {"title": "c", "amount": "5", "currency": "USD", "won_on": "2026-02-28"},
    {"title": "d", "currency": "EUR", "owner_id": ID},
]


@pytest_twisted.async_yield_fixture
async def office(pool: Pool) -> AsyncIterator[Office]:
    made = await open_office(pool)
    await made.run(ROOT, "create_many", "deals", values=DEALS)
    yield made


@ensureDeferred
async def test_groups_add_up_exactly(office: Office) -> None:
    groups = await office.run(
        ROOT, "aggregate", "deals", group=["currency"],
        measures={"total": ["sum", "amount"], "n": ["count"],
                  "known": ["count", "amount"], "mean": ["avg", "amount"],
                  "least": ["min", "amount"], "last": ["max", "won_on"]},
        order=[["total", "desc"]],
    )  # fmt: skip
    assert groups == {"items": [
        {"currency": "USD", "total": "5.00", "n": 1, "known": 1, "least": "5.00",
         "mean": "5.0000000000000000", "last": "2026-02-28"},
        {"currency": "EUR", "total": "0.30", "n": 3, "known": 2, "least": "0.10",
         "mean": "0.15000000000000000000", "last": "2026-01-31"},
    ]}  # fmt: skip


@ensureDeferred
async def test_days_are_grouped_by_spans(office: Office) -> None:
    async def spans(by: str) -> list[Any]:
        groups = await office.run(
            ROOT, "aggregate", "deals", measures={"n": ["count"]},
            group=[{"field": "won_on", "by": by, "as": "s"}],
            order=[["s", "asc", "nullslast"]],
        )  # fmt: skip
        return [(group["s"], group["n"]) for group in groups["items"]]

    assert await spans("month") == [("2026-01-01", 2), ("2026-02-01", 1), (None, 1)]
    assert await spans("quarter") == [("2026-01-01", 3), (None, 1)]
    assert await spans("year") == [("2026-01-01", 3), (None, 1)]
    assert (await spans("week"))[0] == ("2025-12-29", 1)
    assert (await spans("day"))[0] == ("2026-01-01", 1)
    by = await office.found(ROOT, "deals", ("select", "created_at.day(),count()"))
    assert by[0]["count"] == 4
    assert len(by[0]["day"]) == len("2026-01-01")


@ensureDeferred
async def test_a_query_string_asks_for_groups(office: Office) -> None:
    query = [
        ("select", "currency,month:won_on.month(),total:amount.sum(),n:count()"),
        ("order", "total.desc.nullslast,month"), ("won_on", "not.is.null"),
        ("limit", "2"),
    ]  # fmt: skip
    page = await office.run(ROOT, "find", "deals", query=query)
    assert page == {
        "items": [
            {"currency": "USD", "month": "2026-02-01", "total": "5.00", "n": 1},
            {"currency": "EUR", "month": "2026-01-01", "total": "0.30", "n": 2},
        ],
        "next_cursor": None,
    }


@ensureDeferred
async def test_amounts_in_several_currencies_are_not_added(office: Office) -> None:
    measures = {"total": ["sum", "amount"]}
    with pytest.raises(ValidationFailed, match="several currencies"):
        await office.run(ROOT, "aggregate", "deals", measures=measures)
    euro = {"field": "currency", "op": "eq", "value": "EUR"}
    groups = await office.run(ROOT, "aggregate", "deals", measures=measures, where=euro)
    assert groups == {"items": [{"total": "0.30"}]}


@ensureDeferred
async def test_groups_hold_what_the_caller_sees(office: Office) -> None:
    groups = await office.run(
        user(roles=["sales"]), "aggregate", "deals", measures={"n": ["count"]}
    )
    assert groups == {"items": [{"n": 1}]}


@pytest.mark.parametrize("how", ["exact", "estimated"])
@ensureDeferred
async def test_a_list_says_how_many_there_are(office: Office, how: str) -> None:
    query = [("limit", "2"), ("order", "title.desc")]
    page = await office.run(ROOT, "find", "deals", query=query, count=how)
    assert page["total"] == 4
    assert [item["title"] for item in page["items"]] == ["d", "c"]
    rest = [*query, ("cursor", page["next_cursor"]), ("count", how)]
    page = await office.run(ROOT, "find", "deals", query=rest)
    assert page["total"] == 4
    assert [item["title"] for item in page["items"]] == ["b", "a"]
    none = await office.run(
        ROOT, "find", "deals", count=how, select="title",
        where={"field": "title", "op": "eq", "value": "x"},
    )  # fmt: skip
    assert none == {"items": [], "next_cursor": None, "total": 0}
    few = await office.run(
        user(roles=["sales"]), "find", "deals", count=how, limit=1, select="id"
    )
    assert few["total"] == 1
    keys = await office.run(
        ROOT, "find", "deals", count=how, limit=1, select="id", order=[["title", "asc"]]
    )
    assert (keys["total"], len(keys["items"])) == (4, 1)


@ensureDeferred
async def test_many_records_are_estimated(office: Office) -> None:
    await office.sql(
        "INSERT INTO crm.deals (title) SELECT n::text FROM generate_series(1, 20000) n"
    )
    await office.sql("ANALYZE crm.deals")
    page = await office.run(ROOT, "find", "deals", count="estimated", limit=1)
    assert page["total"] == 20004
    where = {"field": "title", "op": "like", "value": "*"}
    page = await office.run(
        ROOT, "find", "deals", count="estimated", limit=1, where=where
    )
    assert page["total"] > 10_000


@ensureDeferred
async def test_arrays_are_searched(office: Office) -> None:
    for title, tags in [("x", ["a", "b"]), ("y", ["b,c", '"']), ("z", [])]:
        await office.create("deals", title=title, tags=tags)

    async def found(text: str) -> list[str]:
        return await office.names(ROOT, "deals", ("tags", text))

    assert await found("cs.{a}") == ["x"]
    assert await found('cs.{"b,c","\\""}') == ["y"]
    assert await found("ov.{b,x}") == ["x"]
    assert await found("cd.{a,b,z}") == ["x", "z"]
    assert await found("cs.{}") == ["x", "y", "z"]
    group = ("or", '(tags.cs.{a},tags.ov.{"b,c"},title.eq.z)')
    assert await office.names(ROOT, "deals", group) == ["x", "y", "z"]


@ensureDeferred
async def test_words_are_searched_for(office: Office) -> None:
    for name, notes in [
        ("a", "The supplier was paying late"), ("b", "late supplier"),
        ("c", "it's (odd) & 'quoted': a\\b"),
    ]:  # fmt: skip
        await office.create("firms", name=name, notes=notes)

    async def found(text: str) -> list[str]:
        return await office.names(ROOT, "firms", ("notes", text))

    assert await found("wfts(english).pay supplier") == ["a"]
    assert await found("wfts(english).supplier -pay") == ["b"]
    assert await found("phfts(english).late supplier") == ["b"]
    assert await found("plfts.late supplier") == ["a", "b"]
    assert await found("plfts.pay") == []
    assert await found("fts(english).pay & !quoted") == ["a"]
    assert await found("fts.quot:* | payi:*") == ["a", "c"]
    assert await found("fts.late <-> supplier") == ["b"]
    assert await found("fts.") == []
    for text in [
        "fts.a &",
        "fts.(a",
        "fts.a b",
        "fts.a:b",
        "fts.'a'",
        "fts.!",
        "fts.)",
    ]:
        with pytest.raises(ValidationFailed):
            await found(text)


@ensureDeferred
async def test_the_languages_are_those_of_postgresql(office: Office) -> None:
    rows = await office.sql("SELECT cfgname FROM pg_catalog.pg_ts_config")
    assert {name for (name,) in rows} == CONFIGURATIONS


@ensureDeferred
async def test_many_records_are_changed_or_none(office: Office) -> None:
    found = await office.found(ROOT, "deals", ("order", "title"))
    ids = [item["id"] for item in found]
    changes = [
        {"id": ids[1], "values": {"title": "B", "amount": None}, "version": 1},
        {"id": ids[0].upper(), "values": {"title": "A"}},
        {"id": ids[2], "values": {}},
    ]
    done = await office.run(ROOT, "update_many", "deals", changes=changes)
    shown = [(i["title"], i["amount"], i["version"]) for i in done["items"]]
    assert shown == [("B", None, 2), ("A", "0.10", 2), ("c", "5.00", 2)]
    with pytest.raises(Exception, match="another version") as caught:
        await office.run(ROOT, "update_many", "deals", changes=changes)
    assert caught.value.errors[0].pointer == "/changes/0"
    changes = [{"id": ids[3], "values": {"title": "x"}}, {"id": ID, "values": {}}]
    with pytest.raises(Exception, match="There is no deal") as caught:
        await office.run(ROOT, "update_many", "deals", changes=changes)
    assert caught.value.errors[0].pointer == "/changes/1"
    assert await office.names(ROOT, "deals") == ["A", "B", "c", "d"]


@ensureDeferred
async def test_many_records_are_made_in_order_or_none(office: Office) -> None:
    values: list[Any] = [
        {"title": f"n{n}", "tags": ["x"] * (n % 2)} for n in range(300)
    ]
    del values[7]["tags"]
    made = await office.run(ROOT, "create_many", "deals", values=values)
    assert [item["title"] for item in made["items"]] == [v["title"] for v in values]
    assert made["items"][7]["tags"] is None
    with pytest.raises(ValidationFailed) as caught:
        await office.run(
            ROOT, "create_many", "deals", values=[{"title": "x"}, {"nom": 1}]
        )
    pointers = [fault.pointer for fault in caught.value.errors]
    assert pointers == ["/values/1/nom", "/values/1/title"]
    assert await office.names(ROOT, "deals", ("title", "eq.x")) == []
