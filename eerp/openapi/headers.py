"""The headers of requests and answers, and which operation knows which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eerp import limits
from eerp.openapi.components import reference
from eerp.openapi.operation import Operation

__all__ = ["ANSWER_HEADERS", "REQUEST_HEADERS", "answer_headers", "request_headers"]

_TEXT = {"type": "string"}


def _header(name: str, description: str, schema: Any, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "description": description,
        "schema": schema,
        **more,
    }


REQUEST_HEADERS = {
    "Company": _header(
        "X-Company",
        "The company to act in, instead of the user's default.",
        {"type": "string", "format": "uuid"},
    ),
    "RequestId": _header(
        "X-Request-Id",
        f"Up to {limits.REQUEST_ID_CHARACTERS_MAX} of `A-Z a-z 0-9 _ -`, used in the "
        "log and in the audit trail; anything else is passed over.",
        _TEXT,
    ),
    "Prefer": _header(
        "Prefer",
        "Preferences (RFC 7240): `tx=rollback` does everything and keeps nothing; "
        "`max-affected=N` refuses what would touch more records; `return=minimal` "
        "leaves the body of the answer to a change out; `count=exact` and "
        "`count=estimated` add `total` to a list. What is not known is passed over, "
        "what was obeyed stands in `Preference-Applied`.",
        _TEXT,
        examples={
            "dry": {"summary": "A dry run", "value": "tx=rollback"},
            "bound": {"summary": "One record at most", "value": "max-affected=1"},
            "counted": {"summary": "Count the list", "value": "count=exact"},
            "short": {"summary": "Without a body", "value": "return=minimal"},
        },
    ),
    "IdempotencyKey": _header(
        "Idempotency-Key",
        "Made up by the client, one for each thing that it wants done: a repetition "
        "with the same key is done once, and gets the first answer.",
        {
            "type": "string",
            "pattern": f"^[!-~]{{1,{limits.IDEMPOTENCY_KEY_CHARACTERS_MAX}}}$",
        },
    ),
    "IfMatch": _header(
        "If-Match",
        'The version that the client has, such as `"3"`, or `*` for any.',
        {"type": "string", "pattern": r'^(\*|(W/)?"[0-9]{1,18}"|[0-9]{1,18})$'},
        example='"3"',
    ),
    "IfMatchRequired": _header(
        "If-Match",
        'The version that the change is of, such as `"3"`, or `*` for any.',
        {"type": "string", "pattern": r'^(\*|(W/)?"[0-9]{1,18}"|[0-9]{1,18})$'},
        example='"3"',
        required=True,
    ),
    "IfNoneMatch": _header(
        "If-None-Match",
        "The `ETag` of the answer that the client has: 304 when it still holds.",
        _TEXT,
    ),
}

ANSWER_HEADERS: dict[str, Any] = {
    "X-Request-Id": {
        "description": "Quote it when you report a fault.",
        "schema": _TEXT,
    },
    "ETag": {"description": "The version, for `If-Match`.", "schema": _TEXT},
    "Location": {"description": "The path of the new record.", "schema": _TEXT},
    "Preference-Applied": {
        "description": "The preferences that were obeyed.",
        "schema": _TEXT,
    },
    "Idempotency-Replayed": {
        "description": "`true`: the answer is that of an earlier request.",
        "schema": _TEXT,
    },
    "Retry-After": {
        "description": "Seconds to wait before another try.",
        "schema": _TEXT,
    },
}


def request_headers(operation: Operation) -> list[dict[str, Any]]:
    """References to the headers that an operation looks at."""
    return [reference("parameters", name) for name in _looked_at(operation)]


def _looked_at(operation: Operation) -> Iterator[str]:
    if operation.core:
        yield from ("IdempotencyKey", "Prefer", "Company") if operation.prefers else ()
        yield "RequestId"
        return
    if operation.method in ("POST", "PATCH") and not operation.public:
        yield "IdempotencyKey"
    if operation.kind == "update":
        yield "IfMatchRequired"
    elif operation.kind in ("delete", "restore"):
        yield "IfMatch"
    if operation.method == "GET":
        yield "IfNoneMatch"
    yield "Prefer"
    if not operation.public:
        yield "Company"
    yield "RequestId"


def answer_headers(operation: Operation, status: int, shape: str) -> dict[str, Any]:
    """The headers of an answer that is none of a fault."""
    names = ["X-Request-Id"]
    if operation.prefers:
        names.append("Preference-Applied")
        if operation.method in ("POST", "PATCH"):
            names.append("Idempotency-Replayed")
        if shape == "record":
            names.append("ETag")
    if status == 201:
        names.append("Location")
    return {name: reference("headers", name) for name in sorted(names)}
