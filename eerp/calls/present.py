"""A reply as part of another one: in the results of a batch, or after a dry run."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import Any

import orjson
from attrs import evolve

from eerp.interfaces import Reply
from eerp.sandbox.operations import Writes

__all__ = ["json_reply", "minimal", "present", "rehearsed"]

_JSON = ("application/json", "application/problem+json")
_DRY_RUN = "application/vnd.eerp.dry-run+json"
_WRITTEN = frozenset({HTTPStatus.OK, HTTPStatus.CREATED})


def json_reply(content: Any, status: int) -> Reply:
    """A reply whose body is `content` as JSON."""
    return Reply(status, orjson.dumps(content, default=float), {})


def present(reply: Reply) -> dict[str, Any]:
    """``{"status", "headers", "body"}``; a body that is no JSON becomes ``base64``."""
    told: dict[str, Any] = {"status": reply.status}
    headers = dict(reply.headers)
    media_type = headers.pop("content-type", _JSON[0])
    if headers:
        told["headers"] = headers
    if not reply.body:
        return {**told, "body": None}
    if media_type.split(";", 1)[0] in _JSON:
        return {**told, "body": orjson.Fragment(reply.body)}
    encoded = base64.b64encode(reply.body).decode()
    return {**told, "body": None, "media_type": media_type, "base64": encoded}


def minimal(reply: Reply) -> Reply:
    """`reply` to a change, without the body; 204 where nothing is left to tell."""
    if reply.status not in _WRITTEN:
        return reply
    status = reply.status if reply.status == HTTPStatus.CREATED else 204
    headers = {k: v for k, v in reply.headers.items() if k != "content-type"}
    return evolve(reply, status=int(status), body=b"", headers=headers)


def rehearsed(reply: Reply, writes: Writes) -> Reply:
    """What a dry run answers: what would be answered, and what would be written.

    It has a media type of its own, as it is no record, whatever the route answers.
    """
    content = {**present(reply), "writes": writes.records, "events": writes.events}
    if writes.cut:
        content["more_writes"] = True
    # 204 has no body to tell it in.
    status = HTTPStatus.OK if reply.status == HTTPStatus.NO_CONTENT else reply.status
    told = json_reply(content, int(status))
    return evolve(told, headers={"content-type": _DRY_RUN})
