"""JSON as strict as both ends can agree on.

What this accepts, a Rust parser in a module reads alike: no duplicate keys, NaN,
lone surrogate, byte order mark or data after the end, no nesting deeper than
`BODY_JSON_DEPTH_MAX`, and integers that fit 64 bits. NUL is refused because
PostgreSQL cannot store it.
"""

from __future__ import annotations

import json
import math
import re
from itertools import accumulate
from typing import Any, Never

from eerp import limits
from eerp.errors import BadRequest

__all__ = ["parse_json"]

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
# +1 and -1 as signed bytes, so that a running sum is the depth.
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_INTEGER_MIN = -(2**63)
_INTEGER_MAX = 2**63 - 1


def parse_json(body: bytes) -> Any:
    """The value of `body`, an object or an array. Raises BadRequest, one sentence."""
    _refuse_depth(body)
    try:
        value = _decoder.decode(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise BadRequest(
            f"The body is not JSON: line {error.lineno}, column {error.colno}."
        ) from None
    if not isinstance(value, dict | list):
        raise BadRequest("The body must be a JSON object or array.")
    if b"\\u" in body:
        _refuse_characters(value)
    return value


def _refuse_depth(body: bytes) -> None:
    """Before parsing, so that nesting never reaches the parser's own stack."""
    if body.count(b"[") + body.count(b"{") <= limits.BODY_JSON_DEPTH_MAX:
        return
    brackets = _STRING.sub(b"", body).translate(_STEPS, _NOT_BRACKETS)
    depth = max(accumulate(memoryview(brackets).cast("b")), default=0)
    if depth > limits.BODY_JSON_DEPTH_MAX:
        raise BadRequest(
            f"The body is nested deeper than {limits.BODY_JSON_DEPTH_MAX} levels."
        )


def _refuse_characters(value: Any) -> None:
    """Escapes can name what UTF-8 cannot hold, and what PostgreSQL cannot store."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise BadRequest("The body has half a surrogate pair.") from None
    if _NUL.search(text):
        raise BadRequest("The body has a NUL character.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise BadRequest("The body has an object with a duplicate key.")
    return value


def _integer(text: str) -> int:
    # The length first: Python refuses, with another error, to read huge integers.
    if len(text) <= limits.JSON_INTEGER_DIGITS_MAX + 1:
        value = int(text)
        if _INTEGER_MIN <= value <= _INTEGER_MAX:
            return value
    raise BadRequest("The body has an integer that does not fit 64 bits.")


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise BadRequest("The body has a number that is too large.")
    return value


def _constant(text: str) -> Never:
    raise BadRequest(f"The body has {text}, which is not JSON.")


_decoder = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_number,
    parse_constant=_constant,
)
