"""What each type takes and refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.orm.fields import (
    TYPE_NAMES,
    WrongValue,
    array_literal,
    literal,
    quote,
    sql_type,
)
from tests.orm.given import VALUES, anything


def encoded(kind: str, value: object) -> str:
    found = sql_type(kind)
    assert found is not None
    return found.encode(value)


kinds = st.sampled_from(list(VALUES))


@given(kind=kinds, data=st.data())
def test_a_value_of_its_type_is_taken(kind: str, data: st.DataObject) -> None:
    assert isinstance(encoded(kind, data.draw(VALUES[kind])), str)


@given(kind=kinds, value=anything)
def test_any_other_value_is_refused_and_nothing_else_is_raised(
    kind: str, value: object
) -> None:
    try:
        text = encoded(kind, value)
    except WrongValue as wrong:
        assert wrong.code
        assert wrong.message
    else:
        assert "\x00" not in text
        text.encode()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 1), ("text", "a\x00b"), ("text", "\ud800"), ("text", None),
        ("integer", 2**31), ("integer", -(2**31) - 1), ("integer", 1.0),
        ("integer", True), ("integer", "1"),
        ("bigint", 2**63), ("bigint", "9223372036854775808"), ("bigint", "1.0"),
        ("bigint", "\u0661"), ("bigint", False),
        ("numeric(5,2)", 1.5), ("numeric(5,2)", "1000"), ("numeric(5,2)", "1.001"),
        ("numeric(5,2)", "NaN"), ("numeric(5,2)", "1e2"), ("numeric(5,2)", ""),
        ("numeric(5,2)", True), ("numeric(5,2)", 10**4000), ("numeric(5,2)", "+1"),
        ("boolean", 1), ("boolean", "true"),
        ("date", "2026-02-29"), ("date", "20260101"), ("date", "2026-W01-1"),
        ("date", "infinity"), ("date", 20260101),
        ("time", "24:00"), ("time", "12:00Z"), ("time", "23:59:60"),
        ("timestamptz", "2026-01-01T00:00:00"), ("timestamptz", "2026-01-01"),
        ("timestamptz", "0001-01-01T00:00:00+14:00"),
        ("timestamptz", "2026-01-01T00:00:00+25:00"), ("timestamptz", "now"),
        ("uuid", "018f4e9a7c1b7d2e8f3a4b5c6d7e8f90"), ("uuid", "{}"), ("uuid", 1),
        ("jsonb", "a\x00"), ("jsonb", {"\x00": 1}), ("jsonb", {1}),
        ("bytea", "a"), ("bytea", "YQ= ="), ("bytea", "ü"),
        ("text[]", "a"), ("text[]", [None]), ("text[]", [["a"]]),
        ("integer[]", [2**31]), ("uuid[]", ["a"]), ("text[]", ["a"] * 1001),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused(kind: str, value: object) -> None:
    with pytest.raises(WrongValue):
        encoded(kind, value)


def test_a_wrong_element_is_named_by_its_place() -> None:
    with pytest.raises(WrongValue, match="at 1: an element must be a whole number"):
        encoded("integer[]", [1, "2"])


def test_a_deep_json_value_is_refused() -> None:
    value: list[object] = []
    for _ in range(100):
        value = [value]
    with pytest.raises(WrongValue, match="nested too deep"):
        encoded("jsonb", value)


def test_an_instant_is_bound_in_utc() -> None:
    bound = encoded("timestamptz", "2026-01-31T01:30:00.5+02:00")
    assert bound == "2026-01-30T23:30:00.500000+00:00"


def test_zeros_beyond_the_scale_are_no_digits() -> None:
    assert encoded("numeric(5,2)", "001.500") == "001.500"


def test_a_comparison_does_not_round_to_the_scale_of_the_field() -> None:
    kind = sql_type("numeric(5,2)")
    assert kind is not None
    assert (kind.operand, kind.encode_operand("1.005")) == ("numeric", "1.005")


@pytest.mark.parametrize(
    "declared",
    ["serial", "text; drop table x", "numeric", "numeric(0,0)", "numeric(2,3)",
     "numeric(1001,0)", "numeric( 1,0)", "varchar(3)", "TEXT", "text[][]", ""],
)  # fmt: skip
def test_a_type_off_the_list_is_none(declared: str) -> None:
    assert sql_type(declared) is None


def test_the_list_of_types_is_the_documented_one() -> None:
    documented = {kind.replace("(12,2)", "(p,s)") for kind in VALUES}
    assert set(TYPE_NAMES) == documented


@given(name=st.text())
def test_only_an_identifier_is_quoted(name: str) -> None:
    try:
        quoted = quote(name)
    except AssertionError:
        return
    assert quoted == f'"{name}"'
    assert name.isascii()
    assert name.replace("_", "").isalnum()


@given(text=st.text())
def test_a_literal_has_no_percent_sign_and_no_lone_quote(text: str) -> None:
    sql = literal(text)
    assert "%" not in sql
    assert sql.removeprefix("E")[1:-1].replace("''", "").count("'") == 0


def test_an_array_literal_quotes_each_element() -> None:
    assert array_literal(["NULL", 'a"b', "c\\", ""]) == '{"NULL","a\\"b","c\\\\",""}'
