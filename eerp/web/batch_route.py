"""``POST /api/batch``: several calls of any modules, in one transaction.

With ``atomic`` all are done or none; else each that is refused is undone by itself. The
results are in the order of the calls. When all is taken back, the answer has the status
of the call that was refused, and the others' results say that they were undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import orjson
from attrs import frozen

from eerp import limits
from eerp.calls import (
    GUEST_HEADERS,
    Asked,
    Caller,
    Outcome,
    Step,
    Together,
    json_reply,
    prepare,
    present,
    read_preferences,
    undone,
)
from eerp.errors import EerpError, NotFound, RequestError, Undone
from eerp.interfaces import Identity, Reply
from eerp.routes import METHODS, RouteTable, compile_body, parse_query
from eerp.sandbox.idempotency import IdempotencyKey
from eerp.web.core_docs import BATCH
from eerp.web.endpoints import CoreRoute, Gateway, run, whole
from eerp.web.request import WebRequest
from eerp.web.respond import problem

__all__ = ["batch_route"]

PATH = "/api/batch"
# Those that are about one record, and not about the connection or the whole batch.
_HEADERS = sorted(GUEST_HEADERS - {"content-type", "accept", "prefer"})

_CALL = {
    "type": "object",
    "properties": {
        "method": {"enum": list(METHODS)},
        "path": {
            "type": "string",
            "pattern": "^/[!-~]*$",
            "maxLength": limits.URL_BYTES_MAX,
        },
        "body": {},
        "headers": {
            "type": "object",
            "propertyNames": {"pattern": f"(?i)^({'|'.join(_HEADERS)})$"},
            "additionalProperties": {
                "type": "string",
                "pattern": "^[ -~]*$",
                "maxLength": limits.BATCH_HEADER_CHARACTERS_MAX,
            },
        },
    },
    "required": ["method", "path"],
    "additionalProperties": False,
}
_BODY = {
    "type": "object",
    "properties": {
        "atomic": {"type": "boolean"},
        "calls": {
            "type": "array",
            "items": _CALL,
            "minItems": 1,
            "maxItems": limits.BATCH_CALLS_MAX,
        },
    },
    "required": ["calls"],
    "additionalProperties": False,
}


def batch_route(table: RouteTable, gateway: Gateway, body_bytes_max: int) -> CoreRoute:
    """The route, for any user who is signed in."""
    return CoreRoute(
        "POST",
        PATH,
        _Batch(table, gateway).answer,
        compile_body("core", _BODY),
        needs_user=True,
        body_bytes_max=body_bytes_max,
        doc=BATCH,
    )


@frozen(eq=False)
class _Batch:
    table: RouteTable
    gateway: Gateway

    async def answer(
        self, request: WebRequest, identity: Identity | None, body: Any
    ) -> Reply:
        wishes = read_preferences(request.header(b"prefer"))
        key = request.header(b"idempotency-key")
        caller = Caller(identity, request.request_id, key)
        steps = [self._step(asked, caller) for asked in body["calls"]]
        atomic = body.get("atomic", True)
        results = _Results(request.request_id, atomic)
        refused = [step for step in steps if isinstance(step, EerpError)]
        request.applied = wishes.applied
        batch = whole(request, identity, key)
        if len(refused) == len(steps) or (atomic and refused):
            # Nothing is done to remember; a malformed key is refused all the same.
            IdempotencyKey.of(batch, limits.IDEMPOTENCY_KEEP_S)
            return results.of(_undone(steps) if atomic else refused)
        together = Together(steps, results.of, batch, atomic, wishes)
        return await run(
            request, lambda cancel: self.gateway.together(together, cancel)
        )

    def _step(self, asked: dict[str, Any], caller: Caller) -> Step | EerpError:
        """The step, or why it cannot be one."""
        path, _, query = asked["path"].encode("ascii").partition(b"?")
        body = orjson.dumps(asked["body"]) if "body" in asked else b""
        headers = {k.lower(): text for k, text in asked.get("headers", {}).items()}
        try:
            pairs = parse_query(query)
            call = Asked(asked["method"], path, pairs, body, headers)
            return Step(prepare(self.table, call, caller))
        except NotFound:
            return NotFound("There is no route of a module at this path.")
        except RequestError as error:
            return error


def _undone(steps: Sequence[Step | EerpError]) -> list[Outcome]:
    """What becomes of steps of which one cannot be made at all."""
    return [step if isinstance(step, EerpError) else undone() for step in steps]


@frozen
class _Results:
    """Makes the batch's reply of what became of each call."""

    request_id: str
    atomic: bool

    def of(self, outcomes: Sequence[Outcome]) -> Reply:
        """The reply."""
        results = [present(self._reply(outcome)) for outcome in outcomes]
        return json_reply({"results": results}, self._status(outcomes))

    def _reply(self, outcome: Outcome) -> Reply:
        if isinstance(outcome, EerpError):
            return problem(outcome, self.request_id)
        return outcome

    def _status(self, outcomes: Sequence[Outcome]) -> int:
        """That of the call for which all was taken back."""
        if self.atomic:
            for outcome in outcomes:
                if isinstance(outcome, EerpError) and not isinstance(outcome, Undone):
                    return int(outcome.status)
        return int(HTTPStatus.OK)
