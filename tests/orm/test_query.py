"""Reading find requests, as JSON and as a query string."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.errors import ValidationFailed
from eerp.orm.comparison import Comparison
from eerp.orm.condition import All, Negation, Some
from eerp.orm.query import Find, read_find
from eerp.orm.querystring import read_query
from tests.orm.given import anything, conditions, orders, things

MODEL = things()
Pairs = list[tuple[str, str]]


def shape(condition: Any) -> Any:
    """A condition as plain tuples."""
    match condition:
        case Comparison(field, operator, value):
            return (field.name, operator, value)
        case All(parts):
            return ("and", *map(shape, parts))
        case Some(parts):
            return ("or", *map(shape, parts))
        case Negation(part):
            return ("not", shape(part))
    return condition


def sorting(find: Find) -> list[tuple[str, bool, bool]]:
    return [(key.field.name, key.descending, key.nulls_first) for key in find.order]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("a_text", "eq.a.b,c")], ("a_text", "eq", "a.b,c")),
        ([("a_text", 'eq."a"')], ("a_text", "eq", '"a"')),
        ([("a_text", "eq.")], ("a_text", "eq", "")),
        ([("a_text", r"ilike.*50%_\*")], ("a_text", "ilike", r"%50\%\_\\%")),
        ([("an_integer", "not.gte.-3")], ("not", ("an_integer", "gte", "-3"))),
        ([("a_boolean", "is.true")], ("a_boolean", "is", "TRUE")),
        ([("deleted_at", "not.is.null")], ("not", ("deleted_at", "is", "NULL"))),
        ([("a_boolean", "eq.false")], ("a_boolean", "eq", "false")),
        ([("a_text", 'in.(a,"b,c","d\\"e",)')],
         ("a_text", "in", '{"a","b,c","d\\"e",""}')),
        ([("an_integer", "in.()")], ("an_integer", "in", "{}")),
        ([("texts", "cs.{}")], ("texts", "cs", "{}")),
        ([("texts", 'cs.{""}')], ("texts", "cs", '{""}')),
        ([("an_integer", "gt.1"), ("an_integer", "lt.5")],
         ("and", ("an_integer", "gt", "1"), ("an_integer", "lt", "5"))),
        ([("or", "(a_text.eq.1,and(an_integer.gt.2,a_text.not.is.null))")],
         ("or", ("a_text", "eq", "1"),
          ("and", ("an_integer", "gt", "2"), ("not", ("a_text", "is", "NULL"))))),
        ([("not.and", '(a_text.eq."x)y",not.or(an_integer.in.(1,2)))')],
         ("not", ("and", ("a_text", "eq", "x)y"),
                  ("not", ("or", ("an_integer", "in", '{"1","2"}')))))),
        ([], None),
    ],
)  # fmt: skip
def test_a_query_string_is_read(pairs: Pairs, expected: object) -> None:
    assert shape(read_query(MODEL, pairs).where) == expected


def test_the_settings_of_a_query_string_are_read() -> None:
    find = read_query(
        MODEL,
        [("order", "a_text.desc.nullslast,an_integer"), ("limit", "7"),
         ("select", "a_text"), ("deleted", "only"), ("cursor", "abc")],
    )  # fmt: skip
    assert sorting(find) == [
        ("a_text", True, False), ("an_integer", False, False), ("id", False, False),
    ]  # fmt: skip
    assert find.select is not None
    assert [field.name for field in find.select.fields] == ["id", "a_text"]
    assert (find.limit, find.deleted, find.cursor) == (7, "only", "abc")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("nom", "eq.1", "no such field; there are: id, a_text"),
        ("a_text", "equals.1", "it knows: eq, neq, gt"),
        ("a_text", "plain", "a_text=eq.value"),
        ("an_integer", "like.1*", "lt, lte, in, is, isdistinct."),
        ("a_jsonb", "eq.{}", "it knows: is, cs"),
        ("an_integer", "eq.one", "must be a whole number"),
        ("an_integer", "in.(1,x)", "must be a whole number"),
        ("an_integer", "in.1", "'(' is missing"),
        ("an_integer", "in.(1", "')' is missing"),
        ("an_integer", "in.(1)2", "follows the closing bracket"),
        ("a_text", "is.true", "null or not_null only"),
        ("a_text", "is.maybe", "null, not_null, true or false"),
        ("a_uuid", "eq.1", "must be a UUID"),
        ("a_text", "eq.a\x00", "NUL"),
        ("and", "", "'(' is missing"),
        ("and", "(a_text)", "like name.eq.value, at character 2"),
        ("or", "(a_text.eq.1,", "like name.eq.value"),
        ("or", "(nom.eq.1)", "no such field"),
        ("or", "(" + "and(" * 20, "nested at most 8"),
        ("or", f"({','.join(['a_text.eq.1'] * 51)})", "at most 50 comparisons"),
        ("a_text", f"in.({','.join(['a'] * 1001)})", "at most 1000 values"),
        ("limit", "0", "from 1 to 1000"), ("limit", "1001", "from 1 to 1000"),
        ("limit", "9" * 5000, "from 1 to 1000"), ("limit", "-1", "from 1 to 1000"),
        ("limit", "\u0665", "from 1 to 1000"), ("limit", "", "from 1 to 1000"),
        ("order", "", "no such field"), ("order", "a_text.up", "An order is like"),
        ("order", "a_jsonb", "cannot be ordered"),
        ("order", "a_text,a_text.desc", "in the order twice"),
        ("select", "nom", "no such field"), ("deleted", "yes", "one of exclude"),
        ("cursor", "x" * 3000, "not one that next_cursor gave"),
        ("cursor", "é", "not one that next_cursor gave"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named(name: str, text: str, words: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        read_query(MODEL, [(name, text)])
    (fault,) = caught.value.errors
    assert fault.pointer == f"query/{name}"
    assert words in fault.message


def test_every_wrong_parameter_is_named_at_once() -> None:
    pairs = [("limit", "0"), ("nom", "eq.1"), ("order", "nom"), ("limit", "2")]
    with pytest.raises(ValidationFailed) as caught:
        read_query(MODEL, pairs)
    pointers = [fault.pointer for fault in caught.value.errors]
    assert pointers == ["query/limit", "query/nom", "query/order"]


def test_a_setting_given_twice_is_refused() -> None:
    with pytest.raises(ValidationFailed, match="limit is given twice"):
        read_query(MODEL, [("limit", "1"), ("limit", "2")])


def test_too_many_parameters_are_refused() -> None:
    with pytest.raises(ValidationFailed, match="more than 100"):
        read_query(MODEL, [("a_text", "eq.1")] * 101)


@given(pairs=st.lists(st.tuples(
    st.sampled_from(["a_text", "an_integer", "and", "or", "order", "select", "in"]),
    st.text("()\".,\\*%_aeq1-not") | st.text(),
)))  # fmt: skip
def test_no_query_string_raises_anything_else(pairs: Pairs) -> None:
    try:
        read_query(MODEL, pairs)
    except ValidationFailed as error:
        assert all(fault.pointer.startswith("query") for fault in error.errors)


@given(where=conditions(MODEL), order=orders(MODEL))
def test_what_the_fields_know_is_read(where: Any, order: Any) -> None:
    find = read_find(MODEL, {"where": where, "order": order})
    assert find.order[-1].field.name == "id"


@pytest.mark.parametrize(
    ("operation", "pointer", "words"),
    [
        ({"where": 3}, "/where", "A condition is"),
        ({"where": {"and": []}}, "/where/and", "not empty"),
        ({"where": {"and": [{"or": 1}]}}, "/where/and/0", "A condition is"),
        ({"where": {"not": {"field": "nom", "op": "eq", "value": 1}}},
         "/where/not/field", "no such field"),
        ({"where": {"field": "a_text", "op": "eq", "value": None}},
         "/where/value", "only by is and isdistinct"),
        ({"where": {"field": "a_text", "op": "eq"}}, "/where", "A condition is"),
        ({"where": {"field": "a_text", "op": "eq", "value": 1}},
         "/where/value", "must be text"),
        ({"where": {"field": "a_text", "op": "in", "value": "a"}},
         "/where/value", "with a list only"),
        ({"where": {"field": "a_boolean", "op": "is", "value": 1}},
         "/where/value", "null, not_null, true or false only"),
        ({"where": {"field": {}, "op": "eq", "value": 1}}, "/where/field", "no such"),
        ({"order": "a_text"}, "/order", "An order is a list"),
        ({"order": [["a_text"]]}, "/order", "An order is a list"),
        ({"order": [[f"x{n}", "asc"] for n in range(9)]}, "/order", "no such field"),
        ({"limit": True}, "/limit", "whole number"),
        ({"limit": 2.0}, "/limit", "whole number"),
        ({"limit": "5"}, "/limit", "whole number"),
        ({"cursor": 3}, "/cursor", "next_cursor"),
        ({"deleted": []}, "/deleted", "one of exclude"),
    ],
)  # fmt: skip
def test_a_wrong_part_of_an_operation_is_named(
    operation: Any, pointer: str, words: str
) -> None:
    with pytest.raises(ValidationFailed) as caught:
        read_find(MODEL, operation)
    (fault,) = caught.value.errors
    assert fault.pointer == pointer
    assert words in fault.message


@given(key=st.sampled_from(["where", "order", "limit", "cursor", "deleted"]),
       value=anything)  # fmt: skip
def test_no_operation_raises_anything_else(key: str, value: object) -> None:
    try:
        read_find(MODEL, {key: value})
    except ValidationFailed as error:
        assert error.errors[0].pointer.startswith(f"/{key}")


def test_a_condition_may_be_as_deep_as_the_bound_and_no_deeper() -> None:
    leaf: dict[str, Any] = {"field": "a_text", "op": "is", "value": None}
    for _ in range(7):
        leaf = {"not": leaf}
    read_find(MODEL, {"where": leaf})
    with pytest.raises(ValidationFailed, match="at most 8 deep"):
        read_find(MODEL, {"where": {"not": leaf}})
