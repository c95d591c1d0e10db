"""What a JSON Schema validator found, as faults in plain words.

The words are ours: a validator's own texts quote the client's values, and a value
belongs in no answer and no log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from jsonschema_rs import ValidationError

from eerp.errors import Fault

__all__ = ["faults"]

# What the SDK asks of every required text.
_NOT_BLANK = r"\S"
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
_FORMATS = {
    "email": "an e-mail address",
    "uuid": "a UUID",
    "date": "a date such as 2026-01-31",
    "time": "a time of day with its zone",
    "date-time": "a date and time with its zone",
    "uri": "a URL",
}
_WORDS: Mapping[str, Callable[[Any], str]] = {
    "type": lambda limit: f"must be {_types(limit)}",
    "format": lambda limit: f"must be {_FORMATS.get(limit, limit)}",
    "enum": lambda limit: f"must be one of {_listed(limit)}",
    "const": lambda limit: f"must be {_shown(limit)}",
    "pattern": lambda limit: (
        "must not be blank"
        if limit == _NOT_BLANK
        else "does not have the form that is asked for"
    ),
    "minLength": lambda limit: (
        "must not be empty" if limit == 1 else f"must have at least {limit} characters"
    ),
    "maxLength": lambda limit: f"must have at most {limit} characters",
    "minimum": lambda limit: f"must be at least {limit}",
    "maximum": lambda limit: f"must be at most {limit}",
    "exclusiveMinimum": lambda limit: f"must be more than {limit}",
    "exclusiveMaximum": lambda limit: f"must be less than {limit}",
    "multipleOf": lambda limit: f"must be a multiple of {limit}",
    "minItems": lambda limit: f"must have at least {limit} items",
    "maxItems": lambda limit: f"must have at most {limit} items",
    "uniqueItems": lambda _: "must not have the same item twice",
    "minProperties": lambda limit: f"must have at least {limit} fields",
    "maxProperties": lambda limit: f"must have at most {limit} fields",
    "anyOf": lambda _: "fits none of the forms that are allowed",
    "oneOf": lambda _: "must fit exactly one of the forms that are allowed",
    "falseSchema": lambda _: "is not allowed",
    "not": lambda _: "has a form that is not allowed",
}
_UNKNOWN_FIELDS = frozenset({"additionalProperties", "unevaluatedProperties"})


def faults(error: ValidationError) -> Iterator[Fault]:
    """The faults of one finding: several where it names several unknown fields."""
    keyword = error.kind.name
    if keyword in _UNKNOWN_FIELDS:
        for name in error.kind.value:
            pointer = _pointer([*error.instance_path, name])
            yield Fault(pointer, "unknown_field", "is an unknown field")
    elif keyword == "required":
        pointer = _pointer([*error.instance_path, error.kind.value])
        yield Fault(pointer, "required", "is required")
    else:
        words = _WORDS.get(keyword, _otherwise)(error.kind.value)
        yield Fault(_pointer(error.instance_path), keyword, words)


def _otherwise(_: Any) -> str:
    return "is not as the schema says"


def _pointer(path: Sequence[str | int]) -> str:
    """A JSON Pointer (RFC 6901); "" is the whole body."""
    return "".join(
        "/" + str(step).replace("~", "~0").replace("/", "~1") for step in path
    )


def _types(types: str | Sequence[str]) -> str:
    names = [types] if isinstance(types, str) else sorted(types, key="null".__eq__)
    return " or ".join(_TYPES.get(name, name) for name in names)


def _listed(values: Sequence[Any]) -> str:
    return ", ".join(_shown(value) for value in values)


def _shown(value: Any) -> str:
    return "null" if value is None else str(value)
