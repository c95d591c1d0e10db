"""Frames of the guest ABI: a head in JSON, then the body as it is.

``u32 little-endian length of head | head | body``. The body is never re-encoded on
its way: not into the guest, not out of it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson
from attrs import define

from eerp import limits
from eerp.errors import GuestProtocolError
from eerp.interfaces import GuestRequest, Identity

__all__ = ["GuestResponse", "decode_response", "encode_frame", "encode_request"]

_LENGTH_BYTES = 4
HEADER_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
HEADER_VALUE = re.compile(r"[\x20-\x7e]{0,4096}")
_HEADERS_MAX = 50
HEADERS_OF_THE_CORE = frozenset(
    {
        # Which origins may read an answer is the operator's to say.
        "access-control-allow-credentials", "access-control-allow-headers",
        "access-control-allow-methods", "access-control-allow-origin",
        "access-control-expose-headers", "access-control-max-age",
        "connection", "content-length", "date", "idempotency-replayed", "keep-alive",
        "server", "set-cookie", "trailer", "transfer-encoding", "upgrade",
        "x-request-id",
    }
)  # fmt: skip
_STATUS_MIN = 200
_STATUS_MAX = 599


@define
class GuestResponse:
    """A guest's answer. At most one of `body_from` and `last` is set; else `body`."""

    status: int
    headers: dict[str, str]
    body: bytes
    body_from: int | None
    last: dict[str, Any] | None


def encode_request(request: GuestRequest) -> bytes:
    """The frame for `handle`, for a route."""
    head = {
        "method": request.method,
        "path": request.path,
        "route": request.route,
        "params": request.params,
        "query": request.query,
        "headers": request.headers,
    }
    return encode_frame(head, request.identity, request.request_id, request.body)


def encode_frame(
    head: Mapping[str, Any], identity: Identity | None, request_id: str, body: bytes
) -> bytes:
    """The frame for `handle`: `head` with the caller and the request's id, `body`."""
    whole = orjson.dumps(
        {**head, "identity": _identity(identity), "request_id": request_id}
    )
    return len(whole).to_bytes(_LENGTH_BYTES, "little") + whole + body


def _identity(identity: Identity | None) -> dict[str, Any] | None:
    if identity is None:
        return None
    return {
        "user_id": identity.user_id,
        "username": identity.username,
        "company_id": identity.company_id,
        "companies": identity.companies,
        "roles": identity.roles,
    }


def decode_response(frame: bytes) -> GuestResponse:
    """What `handle` answered. Raises GuestProtocolError for anything malformed."""
    length = int.from_bytes(frame[:_LENGTH_BYTES], "little")
    end = _LENGTH_BYTES + length
    if len(frame) < _LENGTH_BYTES or end > len(frame):
        raise GuestProtocolError("The module's answer is cut short.")
    if length > limits.GUEST_HEAD_BYTES_MAX + limits.GUEST_OPERATION_BYTES_MAX:
        raise GuestProtocolError("The head of the module's answer is too large.")
    try:
        head = orjson.loads(frame[_LENGTH_BYTES:end])
    except orjson.JSONDecodeError as error:
        raise GuestProtocolError(
            "The head of the module's answer is not JSON.", detail=str(error)
        ) from None
    if not isinstance(head, dict):
        raise GuestProtocolError("The head of the module's answer is not an object.")
    return GuestResponse(
        status=_status(head.get("status")),
        headers=_headers(head["headers"]) if "headers" in head else {},
        body=frame[end:],
        body_from=_body_from(head.get("body_from")),
        last=_last(head.get("finally")),
    )


def _status(value: object) -> int:
    if type(value) is int and _STATUS_MIN <= value <= _STATUS_MAX:
        return value
    raise GuestProtocolError("The module's answer has no status from 200 to 599.")


def _body_from(value: object) -> int | None:
    if value is None or (type(value) is int and value >= 0):
        return value
    raise GuestProtocolError("The module's answer has a wrong body_from.")


def _last(value: object) -> dict[str, Any] | None:
    if value is None or isinstance(value, dict):
        return value
    raise GuestProtocolError("The module's answer has a wrong operation.")


def _headers(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > _HEADERS_MAX:
        raise GuestProtocolError("The module's answer has wrong headers.")
    return {name.lower(): _header(name.lower(), text) for name, text in value.items()}


def _header(name: str, text: object) -> str:
    if not HEADER_NAME.fullmatch(name) or name in HEADERS_OF_THE_CORE:
        raise GuestProtocolError("The module's answer sets a header that it may not.")
    if not isinstance(text, str) or not HEADER_VALUE.fullmatch(text):
        raise GuestProtocolError("The module's answer has a header that is not text.")
    return text
