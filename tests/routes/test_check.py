"""Bodies and queries, before a sandbox is made."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.errors import (
    BadRequest,
    DescriptionInvalid,
    UnsupportedMediaType,
    ValidationFailed,
)
from eerp.limits import FAULTS_PER_BODY_MAX, QUERY_PARAMETERS_MAX
from eerp.routes import compile_body, parse_query, refuse_body

JSON = "application/json"
SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 5},
        "email": {"type": ["string", "null"], "format": "email"},
        "id": {"type": "string", "format": "uuid"},
        "born": {"type": "string", "format": "date"},
        "at": {"type": "string", "format": "date-time"},
        "age": {"type": "integer", "minimum": 0, "exclusiveMaximum": 200},
        "step": {"type": "number", "multipleOf": 0.5},
        "state": {"enum": ["new", "won", None]},
        "kind": {"const": "person"},
        "code": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "tags": {
            "type": "array",
            "items": {"type": "string"},
            "maxItems": 2,
            "uniqueItems": True,
        },
        "a/b~c": {"type": "boolean"},
        "either": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "required": ["name"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def check():
    return compile_body("crm", SCHEMA)


def faults(check, **fields):
    import json

    with pytest.raises(ValidationFailed) as caught:
        check(json.dumps({"name": "Ann", **fields}).encode(), JSON)
    return [(f.pointer, f.code, f.message) for f in caught.value.errors]


def test_a_good_body_is_answered_as_a_value(check):
    assert check(b'{"name":"Ann","email":null}', JSON) == {"name": "Ann", "email": None}


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"name": 7}, ("/name", "type", "must be text")),
        ({"name": ""}, ("/name", "minLength", "must not be empty")),
        ({"name": "x" * 6}, ("/name", "maxLength", "must have at most 5 characters")),
        ({"email": "ann"}, ("/email", "format", "must be an e-mail address")),
        ({"email": 7}, ("/email", "type", "must be text or null")),
        ({"id": "7"}, ("/id", "format", "must be a UUID")),
        (
            {"born": "1.2.2000"},
            ("/born", "format", "must be a date such as 2026-01-31"),
        ),
        (
            {"born": "2001-02-29"},
            ("/born", "format", "must be a date such as 2026-01-31"),
        ),
        (
            {"at": "2001-02-03"},
            ("/at", "format", "must be a date and time with its zone"),
        ),
        ({"age": 1.5}, ("/age", "type", "must be a whole number")),
        ({"age": True}, ("/age", "type", "must be a whole number")),
        ({"age": -1}, ("/age", "minimum", "must be at least 0")),
        ({"age": 200}, ("/age", "exclusiveMaximum", "must be less than 200")),
        ({"step": 0.3}, ("/step", "multipleOf", "must be a multiple of 0.5")),
        ({"state": "lost"}, ("/state", "enum", "must be one of new, won, null")),
        ({"kind": "firm"}, ("/kind", "const", "must be person")),
        (
            {"code": "x"},
            ("/code", "pattern", "does not have the form that is asked for"),
        ),
        ({"tags": ["a", "b", "c"]}, ("/tags", "maxItems", "must have at most 2 items")),
        (
            {"tags": ["a", "a"]},
            ("/tags", "uniqueItems", "must not have the same item twice"),
        ),
        ({"tags": ["a", 1]}, ("/tags/1", "type", "must be text")),
        ({"a/b~c": 1}, ("/a~1b~0c", "type", "must be true or false")),
        (
            {"either": 1},
            ("/either", "anyOf", "fits none of the forms that are allowed"),
        ),
        ({"color": "red"}, ("/color", "unknown_field", "is an unknown field")),
    ],
)
def test_a_fault_says_where_and_what_in_plain_words(check, fields, fault):
    assert faults(check, **fields) == [fault]


def test_a_missing_field_is_pointed_at(check):
    with pytest.raises(ValidationFailed) as caught:
        check(b"{}", JSON)
    [fault] = caught.value.errors
    assert (fault.pointer, fault.code, fault.message) == (
        "/name", "required", "is required",
    )  # fmt: skip


def test_every_fault_is_listed(check):
    found = faults(check, name=1, age=-1, x=1, y=2)
    assert {pointer for pointer, _, _ in found} == {"/name", "/age", "/x", "/y"}


def test_faults_are_bounded(check):
    assert len(faults(check, **{f"x{n}": n for n in range(1000)})) == (
        FAULTS_PER_BODY_MAX
    )


def test_no_value_of_the_client_is_repeated(check):
    found = faults(check, name="secret-secret", email="secret", code="secret")
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    "media_type",
    [JSON, "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'],
)
def test_json_in_utf_8_is_taken(check, media_type):
    assert check(b'{"name":"Ann"}', media_type, "identity")


@pytest.mark.parametrize(
    ("media_type", "encoding"),
    [
        (None, None),
        ("", None),
        ("text/plain", None),
        ("text/json", None),
        ("application/jsonx", None),
        ("application/x-www-form-urlencoded", None),
        ("multipart/form-data; boundary=x", None),
        ("application/json; charset=utf-16", None),
        ("application/json, text/plain", None),
        (JSON, "gzip"),
    ],
)
def test_another_media_type_is_refused(check, media_type, encoding):
    with pytest.raises(UnsupportedMediaType):
        check(b'{"name":"Ann"}', media_type, encoding)


def test_a_body_is_needed_where_there_is_a_schema_and_refused_where_there_is_none(
    check,
):
    with pytest.raises(BadRequest):
        check(b"", JSON)
    with pytest.raises(BadRequest):
        refuse_body(b'{"name": "Ann"}')
    refuse_body(b"")
    refuse_body(b" {} ")


def test_an_action_that_needs_no_field_needs_no_body():
    free = compile_body("crm", {"type": "object"}, action=True)
    assert free.optional
    assert free(b"", None) == {}
    bound = compile_body("crm", SCHEMA, action=True)
    assert not bound.optional
    with pytest.raises(BadRequest):
        bound(b"", None)
    assert not compile_body("crm", {"type": "object"}).optional


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "strnig"},
        {"type": "object", "properties": []},
        {"pattern": "("},
        {"pattern": "(a)\\1"},
        {"$ref": "#/nope"},
        {"$ref": "http://example.com/schema"},
        {"$ref": "file:///etc/passwd"},
        [],
        7,
    ],
)
def test_an_invalid_schema_is_refused_when_it_is_compiled(schema):
    with pytest.raises(DescriptionInvalid, match="crm"):
        compile_body("crm", schema)


def test_a_pattern_costs_linear_time():
    check = compile_body("crm", {"items": {"pattern": "^(a+)+$"}})
    with pytest.raises(ValidationFailed):
        check(b'["' + b"a" * 50_000 + b'!"]', JSON)


def test_query_pairs_keep_their_order_and_repeat():
    assert parse_query(b"b=1&a=2&b=3") == (("b", "1"), ("a", "2"), ("b", "3"))


def test_plus_is_a_space_and_encoded_plus_a_plus():
    assert parse_query(b"q=a+b%2Bc&x+y=1") == (("q", "a b+c"), ("x y", "1"))


def test_names_without_a_value_and_empty_parts():
    assert parse_query(b"") == ()
    assert parse_query(b"&&a&b=&=c&") == (("a", ""), ("b", ""), ("", "c"))


def test_only_the_first_equals_sign_parts():
    assert parse_query(b"q=a=b;c") == (("q", "a=b;c"),)


@pytest.mark.parametrize("raw", [b"a=%", b"a=%zz", b"a=%ff", b"\xff=1", b"a=%00"])
def test_a_query_that_is_not_percent_encoded_utf_8_is_refused(raw):
    with pytest.raises(BadRequest, match="query"):
        parse_query(raw)


def test_the_number_of_parameters_is_bounded():
    assert len(parse_query(b"a=1&" * QUERY_PARAMETERS_MAX)) == QUERY_PARAMETERS_MAX
    with pytest.raises(BadRequest):
        parse_query(b"a=1&" * (QUERY_PARAMETERS_MAX + 1))


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@given(st.lists(st.tuples(_TEXT, _TEXT), max_size=20))
def test_what_a_browser_encodes_comes_back(pairs):
    assert parse_query(urlencode(pairs).encode()) == tuple(pairs)
