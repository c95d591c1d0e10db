"""What is to be shown, and groups: reading and refusing; no database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.errors import RequestError, ValidationFailed
from eerp.interfaces import Identity, Statement
from eerp.orm.cursor import Cursors
from eerp.orm.fields import WrongValue
from eerp.orm.operation import prepare
from eerp.orm.select import Item, read_items
from eerp.orm.textsearch import search_text
from tests.orm.business import business
from tests.orm.given import ID, anything

REGISTRY = business()
ROOT = Identity(ID, "root", None, (), frozenset({"*"}))


def statement(op: str = "find", model: str = "deals", **more: Any) -> Statement:
    operation = {"op": op, "model": model, **more}
    return prepare(REGISTRY, Cursors(b"k"), "crm", operation, ROOT).statement


def test_a_select_is_read() -> None:
    assert read_items("id,a:firm(name,b!c_id(*)),n:count(),x.sum()", "/s") == (
        Item("id"),
        Item("firm", "a", parts=(Item("name"), Item("b!c_id", parts=(Item("*"),)))),
        Item("", "n", "count"),
        Item("x", None, "sum"),
    )


@pytest.mark.parametrize(
    ("select", "words"),
    [
        ("", "like name or company(name)"), ("firm(", "like name or company(name)"),
        ("firm(name", "')' is missing"), ("firm(name))", "follows"),
        ("a b", "follows"), ("nom", "no such field"), ("nom(name)", "no such field or"),
        ("x:title", "by their own names"), ("firm(nom)", "no such field"),
        ("firm(name),firm(id)", "selected twice"), ("id:firm(name)", "selected twice"),
        ("deals!nom(title)", "relations are:"),
        ("firm(deals(title))", "say which: deals!firm_id, deals!payer_id"),
        ("firm()", "function is one of"), ("firm(name),n:count()", "functions only"),
        ("parent(" * 5 + "id" + ")" * 5, "at most 4 deep"),
        (",".join(f"f{n}:firm(id)" for n in range(17)), "at most 16 relations"),
        ("id," * 501 + "id", "at most 500 parts"),
        ("deals(deals(title))", "may show 100000"),
        ("amount.median()", "function is one of"), ("title.sum()", "no sum of title"),
        ("public.max()", "no max of public"), ("count(),count()", "there twice"),
        ("title.month()", "Days are grouped by"), ("tags,count()", "cannot be grouped"),
        ("amount.sum()", "several currencies"), ("sum()", "no sum of records"),
        (",".join(f"m{n}:count()" for n in range(17)), "at most 16 measures"),
        (",".join(f"g{n}:title" for n in range(9)) + ",count()", "at most 8 keys"),
        ("x" * 9000, "not too long"), ("Title", "like name or"),
        ("firm[limit=1](id)", "is one record"), ("title[limit=1]", "'(' is missing"),
        ("deals[limit=102](id)", "from 1 to 101"), ("deals[limit=1", "follows"),
        ("deals[order=nom](id)", "no such field"), ("deals[nom=eq.1](id)", "no such"),
        ("deals[limit=1&limit=2](id)", "given twice"), ("deals[%ff=1](id)", "UTF-8"),
        ("deals[title](id)", "A filter is like"), ("deals[count=x](id)", "count is"),
        ("deals[count=estimated](id)", "exactly"), ("deals[cursor=x](id)", "cursor"),
        ("deals[deleted=include](id)", "no such field"),
        ("deals[" + "a=b&" * 101 + "](id)", "More than 100"),
        (",".join(f"d{n}:deals[or=({','.join(['title.eq.a'] * 30)})](id)"
                  for n in range(2)), "at most 50 comparisons"),
    ],
)  # fmt: skip
def test_a_wrong_select_is_named(select: str, words: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        statement(query=[["select", select]])
    (fault,) = caught.value.errors
    assert fault.pointer == "query/select"
    assert words in fault.message


@pytest.mark.parametrize(
    ("operation", "pointer"),
    [
        ({}, "/group"), ({"group": 3}, "/group"), ({"group": [3]}, "/group/0"),
        ({"group": [{"field": "won_on", "by": "hour"}]}, "/group/0"),
        ({"group": [{"field": "won_on", "by": "day", "as": "A"}]}, "/group/0"),
        ({"group": ["nom"]}, "/group/0"), ({"measures": 3}, "/measures"),
        ({"measures": {"n": "count"}}, "/measures/n"),
        ({"measures": {"N": ["count"]}}, "/measures/N"),
        ({"measures": {"n": ["sum"]}}, "/measures/n"),
        ({"measures": {"n": ["count"]}, "order": [["m", "asc"]]}, "/order"),
        ({"measures": {"n": ["count"]}, "limit": 0}, "/limit"),
        ({"measures": {"n": ["count"]}, "deleted": "yes"}, "/deleted"),
        ({"measures": {"n": ["count"]}, "where": 3}, "/where"),
    ],
)  # fmt: skip
def test_a_wrong_aggregate_is_named(operation: Any, pointer: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        statement("aggregate", **operation)
    assert caught.value.errors[0].pointer == pointer


def test_groups_have_neither_cursor_nor_total() -> None:
    for name in ("cursor", "count"):
        with pytest.raises(ValidationFailed, match=f"without {name}"):
            statement(query=[["select", "count()"], [name, "exact"]])


def test_a_currency_may_be_fixed_by_the_filter_only_for_all() -> None:
    select = ["select", "amount.sum()"]
    statement(query=[select, ["currency", "eq.EUR"]])
    statement(query=[select, ["and", "(currency.eq.EUR,public.is.true)"]])
    wrong = [
        ("or", "(currency.eq.EUR,public.is.true)"),
        ("currency", "neq.EUR"),
        ("currency", "not.eq.EUR"),
    ]
    for name, text in wrong:
        with pytest.raises(ValidationFailed, match="several currencies"):
            statement(query=[select, [name, text]])


def test_a_filter_follows_relations_so_far_and_no_further() -> None:
    where = {"field": "parent." * 4 + "title", "op": "eq", "value": "x"}
    assert statement(where=where).sql.count("EXISTS") == 4
    where["field"] = "parent." * 5 + "title"
    with pytest.raises(ValidationFailed, match="at most 4 deep"):
        statement(where=where)


def test_a_group_behind_a_relation_is_about_one_record() -> None:
    for text, exists in [
        ("(deals.and(title.eq.a,label.eq.b))", 1),
        ("(not.deals.and(title.eq.a,parent.or(title.eq.b,label.is.null)))", 2),
        ("(deals.title.eq.a,deals.label.eq.b)", 2),
    ]:
        sql = statement(query=[["and", text]]).sql
        assert sql.count("EXISTS") == exists
        assert ("NOT (EXISTS" in sql) == ("not." in text)
    for text in ["(title.and(title.eq.a))", "(deals.and(nom.eq.a))"]:
        with pytest.raises(ValidationFailed):
            statement(query=[["and", text]])


def test_fewer_related_records_leave_room_for_more() -> None:
    statement(query=[["select", "deals[limit=9](deals[limit=100](title))"]])
    with pytest.raises(ValidationFailed, match="may show 100000"):
        statement(query=[["select", "deals[limit=100](deals[limit=100](title))"]])


def test_related_records_are_cut_off_before_they_become_json() -> None:
    sql = statement(select="deals(title)").sql
    assert "LIMIT 100) AS t1 ORDER BY" in sql
    assert sql.index("LIMIT %s::integer") < sql.index("json_agg")


@given(op=st.sampled_from(["find", "get", "aggregate", "count", "lock", "purge",
                           "create_many", "update_many"]),
       key=st.sampled_from(["select", "count", "group", "measures", "order", "values",
                            "changes", "reason", "where", "limit", "id"]),
       value=anything)  # fmt: skip
def test_no_operation_raises_anything_else(op: str, key: str, value: object) -> None:
    try:
        statement(op, **({"id": ID} | {key: value}))
    except RequestError as error:
        assert error.status in (403, 422)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("late & !paid", "'late' & !'paid'"), ("a:* | b", "'a':* | 'b'"),
        ("(a | b) <-> c", "('a' | 'b') <-> 'c'"), ("!!a", "!!'a'"), ("", ""),
        (" a ", "'a'"),
    ],
)  # fmt: skip
def test_a_search_is_written_anew(text: str, written: str) -> None:
    assert search_text("fts", text) == written


@pytest.mark.parametrize(
    "text",
    ["a b", "a &", "& a", "(a", "a)", "!", "a:b", "a'b", 'a"b', "a\\", "a <-> ", "a:*b",
     "<2>", "(" * 30 + "a" + ")" * 30, "x" * 501, "()"],
)  # fmt: skip
def test_a_search_that_could_fail_is_refused(text: str) -> None:
    with pytest.raises(WrongValue):
        search_text("fts", text)
