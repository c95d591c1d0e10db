"""A schema fits into another when all that it allows is allowed there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eerp.schema import compile_schema, misfits


def obj(required: tuple[str, ...] = (), more: Any = None, **properties: Any) -> Any:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return schema if more is None else {**schema, "additionalProperties": more}


TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
MAYBE = {"type": ["string", "null"]}

FITS = {
    "the same": (obj(a=TEXT), obj(a=TEXT)),
    "anything takes all": (obj(a=TEXT), True),
    "nothing fits anywhere": (False, WHOLE),
    "a whole number is a number": (WHOLE, {"type": "number"}),
    "a new optional field": (obj(a=TEXT, more=False), obj(a=TEXT, b=TEXT, more=False)),
    "a new optional field, open": (obj(a=TEXT), obj(a=TEXT, b=WHOLE)),
    "no longer required": (obj(("a",), a=TEXT), obj(a=TEXT)),
    "null is taken now": (TEXT, MAYBE),
    "null as a form of its own": (MAYBE, {"anyOf": [TEXT, {"type": "null"}]}),
    "forms as a list of types": ({"anyOf": [TEXT, {"type": "null"}]}, MAYBE),
    "more words": ({"enum": ["a"]}, {"enum": ["a", "b"]}),
    "words are texts": ({"enum": ["a"]}, {"type": "string", "maxLength": 3}),
    "tighter bounds": (
        {"type": "string", "minLength": 2, "maxLength": 5},
        {"type": "string", "minLength": 1, "maxLength": 9},
    ),
    "wider numbers": (
        {"type": "integer", "minimum": 1, "maximum": 5},
        {"type": "integer", "minimum": 0},
    ),
    "annotations say nothing": (TEXT, {**TEXT, "title": "Name", "description": "x"}),
    "booleans as words": ({"type": "boolean"}, {"enum": [True, False]}),
    "a map of texts": (
        {"type": "object", "additionalProperties": {"type": "string", "maxLength": 3}},
        {"type": "object", "additionalProperties": TEXT},
    ),
    "lists": (
        {"type": "array", "items": WHOLE, "maxItems": 3},
        {"type": "array", "items": {"type": "number"}},
    ),
    "a reference that is the same": ({"$ref": "#/$defs/x"}, {"$ref": "#/$defs/x"}),
}


@pytest.mark.parametrize("name", FITS)
def test_what_is_allowed_there_fits(name: str) -> None:
    narrow, wide = FITS[name]
    assert misfits(narrow, wide) == ()


MISFITS: dict[str, tuple[Any, Any, str]] = {
    "required now": (obj(a=TEXT), obj(("a",), a=TEXT), "/a may be absent"),
    "a field that is gone": (
        obj(a=TEXT, b=TEXT),
        obj(a=TEXT, more=False),
        "/b may be there",
    ),
    "null": (MAYBE, TEXT, "the value may be null"),
    "another type": (obj(a=WHOLE), obj(a=TEXT), "/a may be a whole number"),
    "a fraction": ({"type": "number"}, WHOLE, "the value may be a number"),
    "a word": ({"enum": ["a", "b"]}, {"enum": ["a"]}, 'the value may be "b"'),
    "any text for a word": (TEXT, {"enum": ["a"]}, "may be another value than"),
    "longer": (
        {"type": "string", "maxLength": 9},
        {"type": "string", "maxLength": 5},
        "may be longer than 5 characters",
    ),
    "unbounded": (WHOLE, {"type": "integer", "minimum": 0}, "may be less than 0"),
    "a pattern": (
        TEXT,
        {"type": "string", "pattern": "^{a}$"},
        'need not have the form "^{a}$"',
    ),
    "a format": (
        {"type": "string", "format": "date"},
        {"type": "string", "format": "uuid"},
        'need not be of the format "uuid"',
    ),
    "items": (
        {"type": "array", "items": MAYBE},
        {"type": "array", "items": TEXT},
        "/* may be null",
    ),
    "too many items": (
        {"type": "array", "items": TEXT},
        {"type": "array", "items": TEXT, "maxItems": 2},
        "may have more than 2 items",
    ),
    "a form of several": (
        {"anyOf": [obj(("a",), a=TEXT), {"type": "null"}]},
        {"anyOf": [obj(("a", "b"), a=TEXT, b=TEXT), {"type": "null"}]},
        "/b may be absent",
    ),
    "none of the forms": (
        obj(a=WHOLE),
        {"anyOf": [obj(a=TEXT), obj(("b",), b=TEXT)]},
        "may be an object of another form",
    ),
    "beside its forms": (
        {"anyOf": [obj(b=TEXT)], "properties": {"a": TEXT}},
        obj(b=TEXT, more=False),
        "/a may be there",
    ),
    "a map": (
        {"type": "object", "additionalProperties": TEXT},
        {"type": "object", "additionalProperties": WHOLE},
        "/* may be a text",
    ),
    "nothing": (TEXT, False, "the value may be a text"),
    "a reference": ({"$ref": "#/$defs/x"}, TEXT, "must be the same"),
    "what cannot be seen through": (
        {"allOf": [obj(a=TEXT)]},
        obj(b=TEXT, more=False),
        "cannot be compared",
    ),
    "an unknown rule": (TEXT, {**TEXT, "x-rule": 1}, "not bound by the same x-rule"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_what_is_not_allowed_there_is_named(name: str) -> None:
    narrow, wide, words = MISFITS[name]
    assert words in "; ".join(misfits(narrow, wide))


def test_unknown_fields_do_no_harm_where_they_are_ignored() -> None:
    narrow, wide = obj(a=TEXT, b=TEXT), obj(a=TEXT, more=False)
    assert misfits(narrow, wide, ignore_unknown=True) == ()


def test_schemas_too_large_to_compare_are_refused_in_time() -> None:
    deep: Any = TEXT
    other: Any = WHOLE
    for _ in range(7):
        deep = {"anyOf": [{"type": "array", "items": deep}] * 3}
        other = {"anyOf": [{"type": "array", "items": other}] * 3}
    assert "the value is too large to be compared" in misfits(deep, other)


_SCALARS = st.sampled_from([
    TEXT, WHOLE, MAYBE, {"type": "number"}, {"type": "boolean"}, {"enum": ["a", 1]},
    {"type": "string", "maxLength": 1}, {"type": "integer", "minimum": 1},
    {"type": "null"}, True, False,
])  # fmt: skip


def _deeper(inner: Any) -> Any:
    names = st.sampled_from(["a", "b"])
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda forms: {"anyOf": forms}),
        inner.map(lambda items: {"type": "array", "items": items, "maxItems": 2}),
        st.builds(
            lambda properties, required: {
                "type": "object",
                "properties": properties,
                "required": sorted(required & properties.keys()),
                "additionalProperties": False,
            },
            st.dictionaries(names, inner),
            st.sets(names),
        ),
    )


_SCHEMAS = st.recursive(_SCALARS, _deeper, max_leaves=5)
_VALUES = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 2, 1.5, "", "a", "ab"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from("abc"), inner)
    ),
    max_leaves=4,
)


@settings(max_examples=1000, deadline=None)
@given(_SCHEMAS, _SCHEMAS, st.lists(_VALUES, max_size=20))
def test_no_value_slips_through_where_nothing_was_found(
    narrow: Any, wide: Any, values: list[Any]
) -> None:
    if misfits(narrow, wide):
        return
    inside, outside = compile_schema(narrow), compile_schema(wide)
    for value in values:
        assert outside.accepts(value) or not inside.accepts(value)


@given(_SCHEMAS)
def test_every_schema_fits_itself(schema: Any) -> None:
    assert misfits(schema, schema) == ()
