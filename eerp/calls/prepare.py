"""From what a client sent to a call: match, allow, check.

The errors come in this order, whichever way the call came: 404 and 405, 401 and 403,
then 413, 415, 400 and 422.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, field, frozen

from eerp import limits
from eerp.auth.access import require
from eerp.calls.call import Call
from eerp.calls.preferences import read_preferences
from eerp.errors import Forbidden, ValidationFailed
from eerp.interfaces import GuestRequest, Identity
from eerp.routes import Match, RouteTable, body_too_large, decode_path

__all__ = ["GUEST_HEADERS", "Asked", "Caller", "check", "make", "prepare"]

GUEST_HEADERS = frozenset(
    {
        "if-match", "if-none-match", "accept", "accept-language", "content-type",
        "prefer",
    }
)  # fmt: skip
"""What a module sees of a request's headers."""
_JSON = "application/json"


@frozen
class Caller:
    """Who makes calls, and the request that they are part of, with its key."""

    identity: Identity | None
    request_id: str
    idempotency_key: str | None = None


@frozen
class Asked:
    """A call as it was asked for; header names in lower case."""

    method: str
    path: bytes
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    headers: Mapping[str, str] = field(factory=dict)


def prepare(table: RouteTable, asked: Asked, caller: Caller) -> Call:
    """The call that is asked for. Raises the errors of a request, as REST would."""
    match = table.match(asked.method, decode_path(asked.path))
    require(caller.identity, match.route.permission)
    media_type = asked.headers.get("content-type", _JSON)
    check(table, match, asked, caller.identity, media_type)
    return make(match, asked, caller)


def check(
    table: RouteTable,
    match: Match,
    asked: Asked,
    identity: Identity | None,
    media_type: str | None,
    encoding: str | None = None,
) -> None:
    """Raise what is wrong with path, query and body; see `Route.check` and
    `ListCheck`."""
    route, body = match.route, asked.body
    if len(body) > route.body_bytes_max:
        raise body_too_large(route.body_bytes_max)
    wrong: ValidationFailed | None = None
    try:
        route.check(match.params, asked.query, body, media_type, encoding)
    except ValidationFailed as error:
        wrong = error
    if asked.query and route.filtered and table.lists and route.model:
        try:
            table.lists(route.module, route.model, asked.query, identity)
        except ValidationFailed as error:
            wrong = error if wrong is None else _both(wrong, error)
        except Forbidden:
            # What is wrong is told first, as everywhere it is.
            if wrong is None:
                raise
    if wrong is not None:
        raise wrong


def _both(first: ValidationFailed, second: ValidationFailed) -> ValidationFailed:
    """The faults of both; what both know of is told as the first does."""
    told = {fault.pointer for fault in first.errors}
    further = [fault for fault in second.errors if fault.pointer not in told]
    faults = (*first.errors, *further)[: limits.FAULTS_PER_BODY_MAX]
    if len(faults) == len(first.errors):
        return first
    return ValidationFailed(f"The request has {len(faults)} faults.", errors=faults)


def make(match: Match, asked: Asked, caller: Caller) -> Call:
    """The call of a route that was matched, allowed and checked."""
    request = GuestRequest(
        method=match.route.method,
        path=asked.path.decode("ascii"),
        route=match.route.path,
        params=match.params,
        query=asked.query,
        headers=asked.headers,
        identity=caller.identity,
        request_id=caller.request_id,
        body=_body(match, asked.body),
        idempotency_key=caller.idempotency_key,
    )
    wishes = read_preferences(asked.headers.get("prefer"))
    if wishes.minimal and match.route.method == "GET":
        # Whoever reads wants to see it.
        wishes = evolve(wishes, minimal=False)
    return Call(match.route, request, wishes)


def _body(match: Match, body: bytes) -> bytes:
    """The body as the module reads it: one that may be left out is there."""
    if match.route.body is None:
        return b""
    return body or b"{}"
