"""JSON, strictly: what is refused, and that what is taken means the same elsewhere."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.errors import BadRequest
from eerp.limits import BODY_JSON_DEPTH_MAX
from eerp.routes import parse_json

REFUSED = {
    "nothing": b"",
    "blanks": b"  \n",
    "not JSON": b"name=Ann",
    "single quotes": b"{'a':1}",
    "trailing comma": b'{"a":1,}',
    "comment": b'{"a":1} // b',
    "trailing data": b'{"a":1} {"a":2}',
    "cut short": b'{"a":',
    "top-level scalar": b"7",
    "top-level text": b'"a"',
    "top-level null": b"null",
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":[Infinity]}',
    "-Infinity": b'{"a":-Infinity}',
    "1e999": b'{"a":1e999}',
    "-1e999": b'{"a":-1e999}',
    "duplicate key": b'{"a":1,"a":2}',
    "duplicate key, escaped": b'{"a":1,"\\u0061":2}',
    "duplicate key, deep": b'{"x":[{"a":1,"a":1}]}',
    "integer over 64 bits": b'{"a":9223372036854775808}',
    "integer under 64 bits": b'{"a":-9223372036854775809}',
    "integer of 100000 digits": b'{"a":' + b"9" * 100_000 + b"}",
    "leading zero": b'{"a":01}',
    "high surrogate alone": b'{"a":"\\ud83d"}',
    "low surrogate alone": b'{"a":"\\ude00"}',
    "surrogates turned round": b'{"a":"\\ude00\\ud83d"}',
    "surrogate as a key": b'{"\\ud83d":1}',
    "surrogate after an escaped backslash": b'{"a":"\\\\ud83d\\ude00"}',
    "NUL": b'{"a":"\\u0000"}',
    "NUL after an escaped backslash": b'{"a":"\\\\\\u0000"}',
    "raw control character": b'{"a":"\n"}',
    "UTF-8 BOM": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "not UTF-8": b'{"a":"\xff"}',
    "surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
    "arrays too deep": b"[" * 100_000 + b"]" * 100_000,
    "objects too deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep and unfinished": b"[" * 1_000_000,
    "one level too deep": b"[" * (BODY_JSON_DEPTH_MAX + 1)
    + b"]" * (BODY_JSON_DEPTH_MAX + 1),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    with pytest.raises(BadRequest) as caught:
        parse_json(REFUSED[case])
    assert len(caught.value.message) < 100


TAKEN = {
    "pair of surrogates": (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
    "escaped text of an escape": (b'{"a":"\\\\u0000"}', {"a": "\\u0000"}),
    "largest integers": (
        b"[9223372036854775807,-9223372036854775808]",
        [2**63 - 1, -(2**63)],
    ),
    "brackets in a text": (b'["' + b"[" * 1000 + b'"]', ["[" * 1000]),
    "brackets after an escaped quote": (
        b'["\\"' + b"[" * 1000 + b'"]',
        ['"' + "[" * 1000],
    ),
    "many, not deep": (b"[" + b"[]," * 1000 + b"[]]", [[]] * 1001),
    "as deep as allowed": (
        b"[" * BODY_JSON_DEPTH_MAX + b"]" * BODY_JSON_DEPTH_MAX,
        orjson.loads(b"[" * BODY_JSON_DEPTH_MAX + b"]" * BODY_JSON_DEPTH_MAX),
    ),
    "blanks around": (b' \r\n\t{"a": 1}\n', {"a": 1}),
}


@pytest.mark.parametrize("case", TAKEN)
def test_taken(case):
    body, value = TAKEN[case]
    assert parse_json(body) == value


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner),
    max_leaves=20,
)


@given(st.lists(_VALUES, max_size=5), st.booleans())
def test_every_value_comes_back(value, ascii_only):
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=60) | st.text('[]{}",:\\u0d8e1-.NaN ', max_size=60))
def test_what_is_taken_another_strict_parser_reads_alike(body):
    raw = body if isinstance(body, bytes) else body.encode()
    try:
        value = parse_json(raw)
    except BadRequest:
        return
    assert orjson.loads(raw) == value
