"""The answers that say what went wrong: one for each status, with all its codes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from typing import Any

from eerp.errors import EerpError, Refusal, StartupError
from eerp.openapi.components import reference
from eerp.openapi.doc import Schema

__all__ = ["PROBLEM", "problem_reference", "problem_response", "problem_responses"]

_MEDIA_TYPE = "application/problem+json"
_RETRY = frozenset({429, 503})

PROBLEM: Schema = {
    "title": "Problem",
    "description": "Problem details (RFC 9457).",
    "type": "object",
    "properties": {
        "type": {"type": "string", "pattern": "^urn:eerp:problem:[a-z0-9_]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "One sentence for people."},
        "code": {
            "type": "string",
            "description": "Stable, and meant for programs.",
        },
        "instance": {
            "type": "string",
            "description": "The request, as it is called in the log.",
        },
        "hint": {"type": "string", "description": "What to do."},
        "errors": {
            "type": "array",
            "items": {
                "title": "Fault",
                "type": "object",
                "properties": {
                    "in": {"enum": ["body", "query", "path"]},
                    "pointer": {
                        "type": "string",
                        "description": "Where: a JSON Pointer; empty, it is the whole.",
                    },
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
                "required": ["pointer", "code", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code"],
}


def problem_reference(status: int) -> dict[str, Any]:
    """A reference to the answer of this status."""
    return reference("responses", _name(status))


def problem_response(status: int) -> dict[str, Any]:
    """The answer of this status."""
    return problem_responses()[_name(status)]


@cache
def problem_responses() -> dict[str, dict[str, Any]]:
    """All that a client can be answered, by name."""
    kinds: dict[int, list[type[EerpError]]] = {}
    everything: list[type[EerpError]] = [EerpError, *_below(EerpError)]
    for kind in everything:
        kinds.setdefault(kind.status, []).append(kind)
    return {_name(status): _response(status, kinds[status]) for status in sorted(kinds)}


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")


def _below(kind: type[EerpError]) -> Iterator[type[EerpError]]:
    """What a request can come to; the classes of this project, and not of tests."""
    for child in kind.__subclasses__():
        if child in (StartupError, Refusal) or not child.__module__.startswith("eerp."):
            continue
        yield child
        yield from _below(child)


def _response(status: int, kinds: list[type[EerpError]]) -> dict[str, Any]:
    codes = {kind.code: _example(kind) for kind in kinds}
    response: dict[str, Any] = {
        "description": f"{kinds[0].title}. `code` is one of "
        + ", ".join(f"`{code}`" for code in codes)
        + ", or one of the module's own.",
        "headers": {"X-Request-Id": reference("headers", "X-Request-Id")},
        "content": {
            _MEDIA_TYPE: {
                "schema": reference("schemas", "Problem"),
                "examples": {code: {"value": value} for code, value in codes.items()},
            }
        },
    }
    if status in _RETRY:
        response["headers"]["Retry-After"] = reference("headers", "Retry-After")
    return response


def _example(kind: type[EerpError]) -> dict[str, Any]:
    sentence = (kind.__doc__ or kind.title).strip().split("\n\n")[0]
    example = {
        "type": f"urn:eerp:problem:{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": " ".join(sentence.split()),
        "code": kind.code,
        "instance": "urn:eerp:request:4f2a9c1b7d3e-1f",
    }
    if kind.code == "validation_failed":
        example["errors"] = [
            {
                "in": "body", "pointer": "/email", "code": "format",
                "message": "must be an e-mail address",
            }
        ]  # fmt: skip
    return example
