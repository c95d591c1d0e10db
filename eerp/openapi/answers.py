"""The answers of an operation.

What it gives, what preferences make of that, and what can go wrong.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from eerp.openapi.components import Components
from eerp.openapi.doc import Schema, listed, shape
from eerp.openapi.examples import MISSING, example
from eerp.openapi.headers import answer_headers
from eerp.openapi.operation import Operation
from eerp.openapi.problems import problem_reference, problem_response
from eerp.openapi.records import page_schema, record_schema
from eerp.routes import Answer

__all__ = ["responses"]

_DRY_RUN_TYPE = "application/vnd.eerp.dry-run+json"
_USUAL_TYPE = "application/json"
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_MAYBE_OBJECT: Schema = {"type": ["object", "null"], "additionalProperties": True}
_DRY_RUN: Schema = {
    **shape(
        "DryRun",
        status={"type": "integer", "description": "What it would be answered with."},
        body={"description": "What it would answer."},
        writes=listed(
            shape(
                model={"type": "string"},
                id={"type": "string"},
                action={"type": "string"},
                optional={"before": _MAYBE_OBJECT, "after": _MAYBE_OBJECT},
            )
        ),
        events=listed(shape(topic={"type": "string"}, key=_MAYBE_TEXT, data={})),
        optional={
            "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            "media_type": {"type": "string"},
            "base64": {"type": "string"},
            "more_writes": {"const": True},
        },
    ),
    "description": "What `Prefer: tx=rollback` answers: everything was done and taken "
    "back.",
}
_Answers = dict[str, dict[str, Any]]


def responses(components: Components, operation: Operation) -> _Answers:
    """All answers of an operation by status."""
    answers: _Answers = {}
    for answer in operation.answers:
        shown = answers.setdefault(
            str(answer.status), _head(operation, answer.status, answer)
        )
        shown["content"] |= _content(components, operation, answer)
    if operation.prefers:
        _prefer(components, operation, answers)
    for status in operation.problems:
        _add_problem(answers, status)
    for answer_ in answers.values():
        if not answer_.get("content", True):
            del answer_["content"]
    return dict(sorted(answers.items()))


def _head(operation: Operation, status: int, answer: Answer) -> dict[str, Any]:
    return {
        "description": answer.description or HTTPStatus(status).phrase,
        "headers": answer_headers(operation, status, answer.shape),
        "content": {},
    }


def _content(
    components: Components, operation: Operation, answer: Answer
) -> dict[str, Any]:
    schema = _schema(components, operation, answer)
    if schema is None:
        # Bytes have no schema, but a type.
        return {} if answer.media_type == _USUAL_TYPE else {answer.media_type: {}}
    content: dict[str, Any] = {"schema": schema}
    value = example(schema, components.schemas)
    if value is not MISSING:
        content["example"] = value
    return {answer.media_type: content}


def _schema(
    components: Components, operation: Operation, answer: Answer
) -> Schema | bool | None:
    model = operation.models.get(answer.model or "")
    selectable = operation.takes_select
    if model is not None and answer.shape == "record":
        parts = operation.parts(answer)
        return record_schema(components, model, selectable=selectable, parts=parts)
    if model is not None and answer.shape == "list":
        return page_schema(components, model, selectable=selectable)
    if isinstance(answer.schema, dict) and answer.schema.get("title"):
        return components.add(
            f"{operation.tag}.{answer.schema['title']}", answer.schema
        )
    return answer.schema


def _prefer(components: Components, operation: Operation, answers: _Answers) -> None:
    """What comes of preferences and conditions, which every route of a module obeys."""
    if not answers:
        answers["2XX"] = {"description": "What the module answers.", "content": {}}
    dry = {_DRY_RUN_TYPE: {"schema": components.schema("DryRun", lambda: _DRY_RUN)}}
    plain = Answer(200, "A dry run.")
    for status in tuple(answers):
        # 204 has no body to tell it in.
        known = "200" if status == "204" else status
        shown = answers.setdefault(known, _head(operation, 200, plain))
        shown["content"] |= dry
    if operation.core:
        return
    if operation.method == "GET":
        answers["304"] = {"description": "The client has it already."}
        return
    if "201" in answers:
        answers["201"]["description"] += " With `return=minimal`, without a body."
    least = Answer(204, "Done; there is no more to tell.")
    answers.setdefault("204", _head(operation, 204, least))


def _add_problem(answers: _Answers, status: int) -> None:
    """The problem of this status; beside what the operation answers with it, if it is
    more than that."""
    known = answers.get(str(status))
    if known is None:
        answers[str(status)] = problem_reference(status)
    else:
        known["content"] |= problem_response(status)["content"]
