"""Field types: the closed list of SQL types, and how JSON values become SQL.

A value is checked here, in Python, and then travels as one quoted text with a
cast (``%s::integer``), whatever its type: so a wrong value is a fault with a
pointer and not an error of the database, and nothing depends on how the driver
writes a number. (psycopg2 writes -2147483648 bare, and ``-2147483648::integer``
negates an integer that is out of range.)

In JSON, `numeric` and `bigint` are decimal strings, `bytea` is base64, dates and
times are ISO 8601. What a record shows can be written back as it is.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from functools import lru_cache, partial
from typing import Any

import orjson
from attrs import frozen

from eerp.limits import (
    ARRAY_ELEMENTS_MAX,
    BODY_JSON_DEPTH_MAX,
    IDENTIFIER_BYTES_MAX,
    NUMERIC_DIGITS_MAX,
)

__all__ = [
    "OPERATORS", "SEARCHES", "TYPE_NAMES", "SqlType", "WrongValue", "array_literal",
    "is_identifier", "is_uuid", "literal", "quote", "sql_type",
]  # fmt: skip

SEARCHES = frozenset({"fts", "plfts", "phfts", "wfts"})
OPERATORS = (
    "eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "in", "is", "isdistinct",
    "fts", "plfts", "phfts", "wfts", "cs", "cd", "ov",
)  # fmt: skip
_EQUAL = frozenset({"eq", "neq", "in", "is", "isdistinct"})
_ORDERED = _EQUAL | {"gt", "gte", "lt", "lte"}
_TEXT = _ORDERED | {"like", "ilike"} | SEARCHES
_ARRAY = frozenset({"is", "cs", "cd", "ov"})
_JSON = frozenset({"is", "cs"})

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*").fullmatch
_DECIMAL = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?").fullmatch
_INTEGER = re.compile(r"-?[0-9]{1,19}").fullmatch
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?").fullmatch
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
).fullmatch
_UUID = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
).fullmatch
_NUMERIC = re.compile(r"numeric\(([1-9][0-9]{0,3}),(0|[1-9][0-9]{0,3})\)").fullmatch


class WrongValue(ValueError):
    """A value is not of its type. `code` is for programs; it becomes a `Fault`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@frozen
class SqlType:
    """One type: its name in SQL, and the way of a value from JSON to SQL.

    `encode` checks a JSON value (never null) and gives the text to bind under a
    cast to `name`; `encode_operand` does so for the value of a comparison, cast to
    `operand`, which has no precision: 1.005 is not rounded before it is compared.
    `read` turns a word of a query string into a JSON value. `shown` is the SELECT
    expression of a column, with ``{}`` for the column. The callables raise
    `WrongValue`. `element` is the type of an array's elements.
    """

    name: str
    encode: Callable[[Any], str]
    operators: frozenset[str]
    operand: str
    encode_operand: Callable[[Any], str]
    read: Callable[[str], Any] = str
    shown: str = "{}"
    element: SqlType | None = None

    @property
    def numeric(self) -> bool:
        """Whether values of this type can be added up."""
        return self.operand in ("integer", "bigint", "numeric")

    @property
    def ordered(self) -> bool:
        """Whether records can be sorted by a field of this type."""
        return "gt" in self.operators


def is_identifier(name: object) -> bool:
    """Whether `name` may name a schema, table or column."""
    return (
        isinstance(name, str)
        and len(name) <= IDENTIFIER_BYTES_MAX
        and _IDENTIFIER(name) is not None
    )


def is_uuid(text: str) -> bool:
    """Whether `text` is a UUID as PostgreSQL writes it, in either case."""
    return _UUID(text) is not None


def quote(name: str) -> str:
    """The SQL of an identifier. It has been checked: a lie ends the program here."""
    assert is_identifier(name), f"not an identifier: {name!r}"
    return f'"{name}"'


def literal(text: str) -> str:
    """`text` as an SQL literal without a percent sign.

    For migrations, whose SQL is recorded as it runs: no placeholder can hide in it.
    """
    doubled = text.replace("'", "''")
    if "\\" not in text and "%" not in text:
        return f"'{doubled}'"
    escaped = doubled.replace("\\", "\\\\").replace("%", "\\x25")
    return f"E'{escaped}'"


@lru_cache(maxsize=1000)
def sql_type(declared: str) -> SqlType | None:
    """The type that a migration or description names, or None when it is not one."""
    known = _TYPES.get(declared)
    if known is not None:
        return known
    if declared.endswith("[]"):
        return _array_type(sql_type(declared.removesuffix("[]")))
    return _numeric_type(declared)


def _array_type(element: SqlType | None) -> SqlType | None:
    if element is None or element.element is not None or element.name in _NO_ELEMENTS:
        return None
    return SqlType(
        f"{element.name}[]",
        partial(_array, element.encode),
        _ARRAY,
        f"{element.operand}[]",
        partial(_array, element.encode_operand),
        # Elements that are shown as text are so in an array too.
        shown="{}::text[]" if "::text" in element.shown else "{}",
        element=element,
    )


def _numeric_type(declared: str) -> SqlType | None:
    bounds = _NUMERIC(declared)
    if bounds is None:
        return None
    precision, scale = int(bounds[1]), int(bounds[2])
    if precision > NUMERIC_DIGITS_MAX or scale > precision:
        return None
    return SqlType(
        declared,
        partial(_numeric, precision - scale, scale),
        _ORDERED,
        "numeric",
        partial(_numeric, NUMERIC_DIGITS_MAX, NUMERIC_DIGITS_MAX),
        shown="{}::text",
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongValue("type", "must be text")
    if "\x00" in value:
        raise WrongValue("format", "may not hold the NUL character")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise WrongValue("format", "holds half of a character pair") from None
    return value


def _integer(value: Any) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        raise WrongValue("type", "must be a whole number")
    if not -(2**31) <= value < 2**31:
        raise WrongValue("range", "must be between -2147483648 and 2147483647")
    return str(value)


def _bigint(value: Any) -> str:
    if isinstance(value, str) and _INTEGER(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise WrongValue("type", "must be a whole number in a string, such as '42'")
    if not -(2**63) <= value < 2**63:
        raise WrongValue("range", "must fit into 64 bits")
    return str(value)


def _numeric(whole_max: int, scale: int, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        # Python refuses to print an integer of many thousand digits.
        value = str(value) if value.bit_length() < 4096 else ""
    if not isinstance(value, str):
        raise WrongValue("type", "must be a decimal in a string, such as '12.50'")
    parts = _DECIMAL(value)
    if parts is None or len(value) > 2 * NUMERIC_DIGITS_MAX:
        raise WrongValue("format", "must be a decimal, such as '12.50'")
    if len(parts[1].lstrip("0")) > whole_max:
        raise WrongValue("range", f"has more than {whole_max} digits before the point")
    if len((parts[2] or "").rstrip("0")) > scale:
        raise WrongValue("range", f"has more than {scale} digits after the point")
    return value


def _boolean(value: Any) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    raise WrongValue("type", "must be true or false")


def _date(value: Any) -> str:
    return _moment(value, _DATE, date.fromisoformat, "a date, such as '2026-01-31'")


def _time(value: Any) -> str:
    return _moment(value, _TIME, time.fromisoformat, "a time, such as '17:30:00'")


def _timestamptz(value: Any) -> str:
    words = "a time with its zone, such as '2026-01-31T17:30:00Z'"
    return _moment(value, _INSTANT, _utc, words)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _moment(
    value: Any,
    shape: Callable[[str], object],
    parse: Callable[[str], date | time],
    words: str,
) -> str:
    if not isinstance(value, str):
        raise WrongValue("type", f"must be {words}")
    if not shape(value):
        raise WrongValue("format", f"must be {words}")
    try:
        return parse(value).isoformat()
    except (ValueError, OverflowError):
        raise WrongValue("range", "is not in the calendar") from None


def _uuid(value: Any) -> str:
    if not isinstance(value, str) or not _UUID(value):
        raise WrongValue("format", "must be a UUID")
    return value.lower()


def _jsonb(value: Any) -> str:
    try:
        text = orjson.dumps(value).decode()
    except (TypeError, ValueError):
        raise WrongValue("format", "must be JSON") from None
    _check_json(value, BODY_JSON_DEPTH_MAX)
    return text


def _check_json(value: Any, depth: int) -> None:
    """jsonb stores no NUL, and PostgreSQL's parser has a stack of its own."""
    if depth == 0:
        raise WrongValue("format", "is nested too deep")
    if isinstance(value, str):
        _text(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            _text(key)
            _check_json(item, depth - 1)
    elif isinstance(value, list):
        for item in value:
            _check_json(item, depth - 1)


def _bytea(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongValue("type", "must be base64 text")
    try:
        return "\\x" + binascii.a2b_base64(value.encode(), strict_mode=True).hex()
    except ValueError:
        raise WrongValue("format", "must be base64 text") from None


def _array(element: Callable[[Any], str], value: Any) -> str:
    """A PostgreSQL array literal; every element quoted, so none reads as NULL."""
    if not isinstance(value, list):
        raise WrongValue("type", "must be an array")
    if len(value) > ARRAY_ELEMENTS_MAX:
        raise WrongValue("range", f"has more than {ARRAY_ELEMENTS_MAX} elements")
    texts = []
    for number, item in enumerate(value):
        try:
            texts.append(element(item))
        except WrongValue as wrong:
            message = f"is wrong at {number}: an element {wrong.message}"
            raise WrongValue(wrong.code, message) from None
    return array_literal(texts)


def array_literal(elements: Iterable[str]) -> str:
    """Texts as one array literal, to be cast to an array type."""
    quoted = (e.replace("\\", "\\\\").replace('"', '\\"') for e in elements)
    return "{" + ",".join(f'"{element}"' for element in quoted) + "}"


def _read_integer(word: str) -> Any:
    return int(word) if _INTEGER(word) else word


def _read_boolean(word: str) -> Any:
    return {"true": True, "false": False}.get(word, word)


def _read_json(word: str) -> Any:
    try:
        return orjson.loads(word)
    except orjson.JSONDecodeError:
        raise WrongValue("format", "must be JSON") from None


def _simple(
    name: str,
    encode: Callable[[Any], str],
    operators: frozenset[str],
    read: Callable[[str], Any] = str,
    shown: str = "{}",
) -> SqlType:
    return SqlType(name, encode, operators, name, encode, read, shown)


# PostgreSQL breaks base64 into lines of 76 characters.
_BASE64 = "replace(encode({}, 'base64'), chr(10), '')"

_TYPES = {
    type_.name: type_
    for type_ in (
        _simple("text", _text, _TEXT),
        _simple("integer", _integer, _ORDERED, _read_integer),
        _simple("bigint", _bigint, _ORDERED, shown="{}::text"),
        _simple("boolean", _boolean, _ORDERED, _read_boolean),
        _simple("date", _date, _ORDERED),
        _simple("time", _time, _ORDERED),
        _simple("timestamptz", _timestamptz, _ORDERED),
        _simple("uuid", _uuid, _ORDERED),
        _simple("jsonb", _jsonb, _JSON, _read_json),
        _simple("bytea", _bytea, _EQUAL, shown=_BASE64),
    )
}  # fmt: skip
_NO_ELEMENTS = frozenset({"jsonb", "bytea"})

_SCALARS = (*_TYPES, "numeric(p,s)")
TYPE_NAMES = (
    *_SCALARS, *(f"{name}[]" for name in _SCALARS if name not in _NO_ELEMENTS),
)  # fmt: skip
