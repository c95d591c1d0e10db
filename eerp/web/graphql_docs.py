"""What the API's document tells of ``POST /graphql``."""

from __future__ import annotations

from typing import Any

from eerp.limits import GRAPHQL_QUERY_CHARACTERS_MAX
from eerp.openapi import Doc
from eerp.openapi.doc import Schema, listed, shape, text
from eerp.routes import Answer

__all__ = ["BODY", "GRAPHQL", "JSON", "RESPONSE"]

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
_ANY: dict[str, Any] = {"type": ["object", "null"], "additionalProperties": True}
BODY = {
    "type": "object",
    "title": "GraphQLRequest",
    "properties": {
        "query": text(
            "The document.",
            maxLength=GRAPHQL_QUERY_CHARACTERS_MAX,
            examples=["{__typename}"],
        ),
        "variables": {**_ANY, "examples": [{}]},
        "operationName": {
            "type": ["string", "null"],
            "description": "Which of several operations is meant.",
            "examples": [None],
        },
        "extensions": {**_ANY, "examples": [{}]},
    },
    "required": ["query"],
    "additionalProperties": False,
}
_PLACE = shape(line={"type": "integer"}, column={"type": "integer"})
_ERROR: Schema = shape(
    message={"type": "string"},
    extensions={
        "type": "object",
        "description": "What the problem of REST would tell of it.",
        "properties": {
            "code": {"type": "string"},
            "status": {"type": "integer"},
            "hint": {"type": "string"},
            "errors": listed({"type": "object", "additionalProperties": True}),
        },
        "required": ["code", "status"],
    },
    optional={"path": listed({"type": "string"}), "locations": listed(_PLACE)},
)
_ANSWERED = shape("GraphQLResponse", optional={"data": _ANY, "errors": listed(_ERROR)})
_STATUSES = {
    200: "What was answered; `errors` tells what was not.",
    400: "The document is none, does not fit the schema, or is too large.",
    401: "Somebody has to be signed in.",
    403: "The schema may not be seen.",
    409: "The Idempotency-Key is in use, or more would change than may.",
    422: "The Idempotency-Key was used for another operation.",
}

GRAPHQL = Doc(
    "graphql",
    "GraphQL",
    "Run a GraphQL operation over the routes of all modules",
    tuple(
        Answer(status, description, _ANSWERED, media_type=media_type)
        for status, description in _STATUSES.items()
        for media_type in (RESPONSE, JSON)
    ),
    description="Each field of its root is a call of a route, with its permissions;"
    " all are one transaction. `docs/reference/graphql.md` says more.",
    problems=(400, 401, 403),
    prefers=True,
)
