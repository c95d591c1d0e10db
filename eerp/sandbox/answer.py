"""From a guest's answer to a reply, or to the error that it stands for. Pure."""

from __future__ import annotations

import orjson

from eerp.errors import (
    Fault,
    GuestProtocolError,
    NotFound,
    Refusal,
    RequestError,
    ServiceAbsent,
)
from eerp.interfaces import Reply
from eerp.sandbox.frame import GuestResponse
from eerp.sandbox.operations import OperationResult

__all__ = ["FIRST_ERROR_STATUS", "body_of", "record", "refusal", "refusal_of_service"]

FIRST_ERROR_STATUS = 400
STATUS_CREATED = 201
STATUS_NO_CONTENT = 204
_REFUSAL_FAULTS_MAX = 100


def body_of(response: GuestResponse, staged: list[bytes]) -> bytes:
    """The body: the guest's own, or the staged result that it names."""
    if response.body_from is None:
        return response.body
    if response.body_from >= len(staged):
        raise GuestProtocolError("The module's answer names a result that is not.")
    return staged[response.body_from]


def record(response: GuestResponse, result: OperationResult, path: str | None) -> Reply:
    """The reply that a final operation makes; `path` is that of the request."""
    headers = dict(response.headers)
    if result.version is not None:
        headers.setdefault("etag", f'"{result.version}"')
    created = response.status == STATUS_CREATED and result.id is not None
    if created and path is not None:
        headers.setdefault("location", f"{path}/{result.id}")
    empty = response.status == STATUS_NO_CONTENT
    return Reply(response.status, b"" if empty else result.body, headers)


def refusal(response: GuestResponse) -> Refusal:
    """The module's error; what it did not say is filled in."""
    try:
        body = orjson.loads(response.body or b"{}")
    except orjson.JSONDecodeError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    errors = body.get("errors")
    return Refusal(
        response.status,
        str(body.get("code") or "refused"),
        str(body.get("message") or "The module refused the request."),
        tuple(
            Fault(*(str(error.get(key, "")) for key in ("pointer", "code", "message")))
            for error in (errors if isinstance(errors, list) else [])[
                :_REFUSAL_FAULTS_MAX
            ]
            if isinstance(error, dict)
        ),
    )


def refusal_of_service(response: GuestResponse) -> RequestError:
    """The error of a service, for its caller. That a service is absent is for the core
    to say: a caller would take it as said of the service that it called."""
    error = refusal(response)
    return NotFound(error.message) if error.code == ServiceAbsent.code else error
