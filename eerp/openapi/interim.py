"""What routes do not say of themselves yet."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from eerp import limits
from eerp.openapi.doc import Answer
from eerp.routes import Route

__all__ = ["described"]

OPERATOR = r"^(not\.)?(eq|neq|gt|gte|lt|lte|like|ilike|in|is|isdistinct|(fts|plfts|phfts|wfts)(\([a-z]*\))?|cs|cd|ov)\."  # noqa: E501


@frozen
class _Query:
    schema: Any


@frozen
class _Described:
    description: str
    params: Any
    query: Any
    answers: Any


def described(route: Route) -> Any:
    if hasattr(route, "answers"):
        return route
    params = {}
    for segment in route.segments:
        if segment.kind == "int":
            params[segment.text] = {"type": "integer"}
        elif segment.kind == "uuid" or segment.text == "id":
            params[segment.text] = {"type": "string", "format": "uuid"}
        elif segment.kind == "text":
            params[segment.text] = {"type": "string", "minLength": 1}
    return _Described(
        "", {k: v for k, v in params.items()}, _query(route), _answers(route)
    )


def _query(route):
    if route.kind == "list":
        p = {
            "limit": {
                "type": "integer",
                "minimum": 1,
                "maximum": limits.ROWS_PER_PAGE_MAX,
            },
            "cursor": {"type": "string"},
            "order": {"type": "string"},
            "select": {"type": "string"},
            "deleted": {"enum": ["exclude", "include", "only"]},
            "count": {"enum": ["exact", "estimated"]},
        }
        return _Query(
            {
                "type": "object",
                "properties": p,
                "additionalProperties": False,
                "patternProperties": {
                    r"^(not\.)?(and|or)$": {"type": "string"},
                    r"^[a-z][a-z0-9_.!]*$": {"type": "string", "pattern": OPERATOR},
                },
            }
        )
    if route.kind == "get":
        return _Query(
            {
                "type": "object",
                "properties": {"select": {"type": "string"}},
                "additionalProperties": False,
            }
        )
    if route.kind == "delete":
        return _Query(
            {
                "type": "object",
                "properties": {
                    "purge": {"type": "boolean"},
                    "reason": {"type": "string"},
                },
                "additionalProperties": False,
            }
        )
    return None


def _answers(route):
    m = route.model
    match route.kind:
        case "list":
            return (Answer(200, "A page", None, m, "list"),)
        case "get" | "update" | "restore":
            return (Answer(200, "The record", None, m, "record"),)
        case "create":
            return (Answer(201, "The record", None, m, "record"),)
        case "delete":
            return (Answer(204, "Gone", None, None, "none"),)
    return (Answer(200, "", True),)
