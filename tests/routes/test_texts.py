"""Parameters of paths and queries, which come as text."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.routes import TextCheck, parse_query
from eerp.routes.texts import compile_params, compile_query

TEXTS = {"type": "string"}
SCHEMA = {
    "type": "object",
    "properties": {
        "limit": {"type": "integer", "minimum": 1, "maximum": 9},
        "rate": {"type": "number", "maximum": 2.5},
        "purge": {"type": "boolean"},
        "name": {"type": "string", "maxLength": 5},
        "day": {"type": "string", "format": "date"},
        "kind": {"type": "string", "enum": ["new", "won"]},
        "ids": {"type": "array", "items": {"type": "integer"}, "maxItems": 2},
        "tags": {"type": "array", "items": TEXTS, "uniqueItems": True},
    },
    "patternProperties": {
        "^(age|email)$": {
            "type": "array", "items": {"type": "string", "pattern": r"^(eq|gt)\."},
        },
        "^(not\\.)?(and|or)$": {
            "type": "array", "items": {"type": "string", "pattern": r"^\(.*\)$"},
        },
    },
    "additionalProperties": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def check() -> TextCheck:
    return compile_query(SCHEMA)


def faults(check: TextCheck, raw: str) -> list[tuple[str, str, str]]:
    found = check.faults(parse_query(raw.encode()))
    return [(fault.pointer, fault.code, fault.message) for fault in found]


@pytest.mark.parametrize(
    "raw",
    [
        "", "limit=1", "limit=9&rate=2.5&purge=true&name=Ann", "rate=-1", "name=",
        "day=2026-01-31", "kind=won", "ids=1&ids=-2", "tags=a&tags=b", "purge=false",
        "age=eq.1", "age=gt.1&age=gt.2&email=eq.x", "or=(a.eq.1)&not.and=()&or=()",
    ],
)  # fmt: skip
def test_what_fits_has_no_fault(check: TextCheck, raw: str) -> None:
    assert faults(check, raw) == []


WRONG = {
    "limit=x": ("query/limit", "type", "must be a whole number"),
    "limit=": ("query/limit", "type", "must be a whole number"),
    "limit=1.0": ("query/limit", "type", "must be a whole number"),
    "limit=%2B1": ("query/limit", "type", "must be a whole number"),
    "limit=1_0": ("query/limit", "type", "must be a whole number"),
    "limit=%D9%A3": ("query/limit", "type", "must be a whole number"),
    "limit=" + "1" * 5000: ("query/limit", "type", "must be a whole number"),
    "limit=10": ("query/limit", "maximum", "must be at most 9"),
    "limit=true": ("query/limit", "type", "must be a whole number"),
    "rate=1e3": ("query/rate", "type", "must be a number"),
    "rate=nan": ("query/rate", "type", "must be a number"),
    "rate=3": ("query/rate", "maximum", "must be at most 2.5"),
    "purge=True": ("query/purge", "type", "must be true or false"),
    "purge=1": ("query/purge", "type", "must be true or false"),
    "name=abcdef": ("query/name", "maxLength", "must have at most 5 characters"),
    "day=2026-02-30": (
        "query/day", "format", "must be a date such as 2026-01-31",
    ),
    "kind=lost": ("query/kind", "enum", "must be one of new, won"),
    "ids=1&ids=x": ("query/ids/1", "type", "must be a whole number"),
    "ids=1&ids=2&ids=3": ("query/ids", "maxItems", "must have at most 2 items"),
    "tags=a&tags=a": (
        "query/tags", "uniqueItems", "must not have the same item twice",
    ),
    "limit=1&limit=1": ("query/limit", "duplicate", "is there more than once"),
    "age=7": (
        "query/age", "format",
        "must be a filter that the field has, such as eq.value or not.is.null",
    ),
    "age=eq.1&age=lt.7": (
        "query/age", "format",
        "must be a filter that the field has, such as eq.value or not.is.null",
    ),
    "or=a.eq.1": (
        "query/or", "format", "must be a group of filters, such as (a.eq.1,b.gt.2)",
    ),
    "colour=red": (
        "query/colour", "unknown_parameter", "is an unknown parameter",
    ),
    "Limit=1": ("query/Limit", "unknown_parameter", "is an unknown parameter"),
    "=x": ("query/", "unknown_parameter", "is an unknown parameter"),
    "a/b~=x": ("query/a~1b~0", "unknown_parameter", "is an unknown parameter"),
}  # fmt: skip


@pytest.mark.parametrize("raw", WRONG, ids=lambda raw: raw[:20])
def test_a_fault_names_the_parameter(check: TextCheck, raw: str) -> None:
    assert faults(check, raw) == [WRONG[raw]]


def test_all_that_is_wrong_is_told(check: TextCheck) -> None:
    found = faults(check, "limit=0&limit=2&x=1&x=2&y=3&age=1&purge=no")
    pointers = [pointer for pointer, _, _ in found]
    assert sorted(pointers) == [
        "query/age", "query/limit", "query/limit", "query/purge", "query/x", "query/y",
    ]  # fmt: skip


def test_what_is_required_must_be_there() -> None:
    check = compile_query({**SCHEMA, "required": ["limit"]})
    assert faults(check, "") == [("query/limit", "required", "is required")]


def test_the_schema_is_as_it_was_declared(check: TextCheck) -> None:
    assert check.schema == SCHEMA


def test_parameters_of_a_path_are_read_by_their_types() -> None:
    check = compile_params({"n": {"type": "integer", "maximum": 9}, "day": TEXTS})
    assert check.faults({"n": "7", "day": "x"}.items()) == ()
    [fault] = check.faults({"n": "10", "day": "x"}.items())
    assert (fault.pointer, fault.code) == ("path/n", "maximum")


def test_no_pattern_costs_more_than_linear_time() -> None:
    nested = {"type": "array", "items": {"type": "string", "pattern": "^(a+)+$"}}
    check = compile_query({**SCHEMA, "patternProperties": {"^(a+)+$": nested}})
    assert faults(check, "a" * 50_000 + "!=x")[0][1] == "unknown_parameter"
    assert faults(check, "aa=" + "a" * 50_000 + "!")[0][1] == "format"


_NAMES = st.sampled_from(["limit", "purge", "name", "ids", "age", "or", "zz", ""])
_TEXTS = st.sampled_from(["1", "7", "10", "true", "x", "eq.1", "(a.eq.1)", ""])


def _reference(pairs: list[tuple[str, str]]) -> set[str]:
    """The names that are at fault, by the plain rules."""
    texts: dict[str, list[str]] = {}
    for name, text in pairs:
        texts.setdefault(name, []).append(text)
    one: dict[str, Any] = {
        "limit": lambda text: text.isdecimal() and 1 <= int(text) <= 9,
        "purge": lambda text: text in ("true", "false"),
        "name": lambda text: len(text) <= 5,
    }
    many: dict[str, Any] = {
        "ids": lambda text: text.isdecimal(),
        "age": lambda text: text.startswith("eq."),
        "or": lambda text: text.startswith("("),
    }
    wrong = set()
    for name, found in texts.items():
        if name in one:
            fits = len(found) == 1 and one[name](found[0])
        elif name in many:
            fits = all(map(many[name], found)) and (name != "ids" or len(found) <= 2)
        else:
            fits = False
        if not fits:
            wrong.add(name)
    return wrong


@given(st.lists(st.tuples(_NAMES, _TEXTS), max_size=8))
def test_the_check_blames_what_the_plain_rules_blame(
    pairs: list[tuple[str, str]],
) -> None:
    check = compile_query(SCHEMA)
    raw = "&".join(f"{quote_plus(name)}={quote_plus(text)}" for name, text in pairs)
    # A pair of nothing is no parameter, as parse_query has it.
    wanted = _reference([pair for pair in pairs if pair != ("", "")])
    found = check.faults(parse_query(raw.encode()))
    blamed = {fault.pointer.split("/")[1] for fault in found}
    assert blamed - {""} == wanted - {""}
