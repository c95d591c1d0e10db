"""``POST /graphql``: one operation over the routes of all modules.

Spoken as the draft of GraphQL over HTTP has it. With the media type
``application/graphql-response+json`` the status tells whether there was an answer at
all; a client that only knows ``application/json`` gets 200 for whatever it asked well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from attrs import evolve, frozen

from eerp.calls import Caller, Outcome, Together, read_preferences
from eerp.errors import (
    BadRequest,
    EerpError,
    Fault,
    QueryInvalid,
    QueryTooLarge,
)
from eerp.graphql import GraphQL, Plan, Question, told
from eerp.interfaces import Identity, Reply
from eerp.limits import GRAPHQL_BODY_BYTES_MAX
from eerp.log import Logger
from eerp.routes import BodyCheck
from eerp.schema import compile_schema
from eerp.web.endpoints import CoreRoute, Gateway, run, whole
from eerp.web.graphql_docs import BODY, GRAPHQL, JSON, RESPONSE
from eerp.web.request import WebRequest
from eerp.web.respond import problem

__all__ = ["PATH", "graphql_route"]

log = Logger(namespace="eerp.graphql")

PATH = "/graphql"
_FIRST_SERVER_ERROR = 500
_KEYS = frozenset({"query", "variables", "operationName", "extensions"})
_TOLD = ("code", "status", "errors", "hint")


def graphql_route(api: GraphQL, gateway: Gateway) -> CoreRoute:
    """The route, for anybody: what an operation calls decides who may."""
    return CoreRoute(
        "POST",
        PATH,
        _GraphQL(api, gateway).answer,
        _Body(compile_schema(BODY)),
        identifies=True,
        body_bytes_max=GRAPHQL_BODY_BYTES_MAX,
        doc=GRAPHQL,
    )


class _Body(BodyCheck):
    """A body that its schema only describes: `_question` checks it, and says what is
    wrong as GraphQL does."""

    def faults(self, value: Any) -> tuple[Fault, ...]:
        """None that are told here."""
        return ()


@frozen(eq=False)
class _GraphQL:
    api: GraphQL
    gateway: Gateway

    async def answer(
        self, request: WebRequest, identity: Identity | None, body: Any
    ) -> Reply:
        media_type = _media_type(request.header(b"accept"))
        try:
            question = _question(body)
            key = request.header(b"idempotency-key")
            caller = Caller(identity, request.request_id, key)
            plan = await self.api.plan(question, caller)
            reply = await self._made(request, identity, plan, key)
        except EerpError as error:
            request.error = error
            return _refused(error, media_type)
        # A dry run has a media type of its own.
        return evolve(reply, headers={"content-type": media_type, **reply.headers})

    async def _made(
        self,
        request: WebRequest,
        identity: Identity | None,
        plan: Plan,
        key: str | None,
    ) -> Reply:
        if not plan.called:
            return _reply(plan.answer((), _explained))
        wishes = read_preferences(request.header(b"prefer"))
        # What is answered is what was selected.
        wishes = evolve(wishes, minimal=False)
        request.applied = wishes.applied
        together = Together(
            plan.called,
            lambda outcomes: _answered(request, plan, outcomes),
            whole(request, identity, key if plan.atomic else None),
            plan.atomic,
            wishes,
        )
        return await run(
            request, lambda cancel: self.gateway.together(together, cancel)
        )


def _question(body: Any) -> Question:
    """Raises BadRequest for a body that is not as the draft says."""
    if not isinstance(body, dict) or not body.keys() <= _KEYS:
        keys = ", ".join(sorted(_KEYS))
        raise BadRequest(f"The body is one JSON object with {keys}.")
    text, variables = body.get("query"), body.get("variables")
    name = body.get("operationName")
    if not isinstance(text, str):
        raise BadRequest("The query is a text.")
    if not isinstance(variables, dict | None):
        raise BadRequest("The variables are an object.")
    if not isinstance(name, str | None):
        raise BadRequest("The operationName is a text.")
    return Question(text, variables or {}, name or None)


def _media_type(accepted: str | None) -> str:
    """The one of the draft, unless the client only takes plain JSON."""
    if accepted is None or RESPONSE in accepted:
        return RESPONSE
    return JSON if JSON in accepted else RESPONSE


def _answered(request: WebRequest, plan: Plan, outcomes: Sequence[Outcome]) -> Reply:
    """The answer. What failed through no fault of the client's is noted."""
    for key, outcome in zip(plan.made, outcomes, strict=True):
        if isinstance(outcome, EerpError) and outcome.status >= _FIRST_SERVER_ERROR:
            log.warn(
                "GraphQL field {field} failed: {code}",
                event="graphql_field_failed",
                field=key,
                code=outcome.code,
                detail=outcome.detail or outcome.message,
                request_id=request.request_id,
            )
    return _reply(plan.answer(outcomes, _explained))


def _reply(content: Mapping[str, Any]) -> Reply:
    return Reply(int(HTTPStatus.OK), orjson.dumps(content), {})


def _refused(error: EerpError, media_type: str) -> Reply:
    """A request without an answer: there is no data, not even null."""
    errors = [told(error, _explained)]
    if isinstance(error, QueryInvalid) and error.places:
        errors = [
            {
                **errors[0],
                "message": message,
                "locations": [{"line": line, "column": at} for line, at in places],
            }
            for message, places in error.places
        ]
    asked = isinstance(error, QueryInvalid | QueryTooLarge)
    status = HTTPStatus.OK if asked and media_type == JSON else error.status
    headers = {**problem(error, None).headers, "content-type": media_type}
    return Reply(int(status), orjson.dumps({"errors": errors}), headers)


def _explained(error: EerpError) -> Mapping[str, Any]:
    """What a problem tells of an error, as far as it is for programs."""
    content = orjson.loads(problem(error, None).body)
    return {name: content[name] for name in _TOLD if name in content}
