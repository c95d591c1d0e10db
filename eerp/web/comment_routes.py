"""The paths of the core for comments on records."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from attrs import frozen

from eerp import limits
from eerp.auth.access import signed_in
from eerp.interfaces import Identity, Reply
from eerp.kept import Comments
from eerp.orm.faults import refused
from eerp.orm.registry import ModelRegistry
from eerp.routes import compile_body
from eerp.web import kept_docs as docs
from eerp.web.endpoints import CoreRoute
from eerp.web.parameters import (
    id_in_path,
    model_named,
    optional_uuid,
    page_limit,
    query_parameters,
)
from eerp.web.request import WebRequest
from eerp.web.respond import json_reply

__all__ = ["comment_routes"]

_PARAMETERS = ("model", "record_id", "limit", "cursor")
_TEXT = {
    "type": "string",
    "minLength": 1,
    "maxLength": limits.COMMENT_CHARACTERS_MAX,
}


def _object(**properties: Any) -> Any:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return compile_body("core", {**schema, "additionalProperties": False})


_ADDED = _object(
    model={"type": "string", "minLength": 1},
    record_id={"type": "string", "format": "uuid"},
    text=_TEXT,
)
_CHANGED = _object(text=_TEXT)


def comment_routes(
    comments: Comments, registry: ModelRegistry
) -> tuple[CoreRoute, ...]:
    """The routes, for everybody who is signed in and may read the record."""
    at = _At(comments, registry)
    every, one = "/api/comments", "/api/comments/{id}"
    return tuple(
        CoreRoute(method, path, answer, body, needs_user=True, doc=doc)
        for method, path, answer, body, doc in (
            ("GET", every, at.list, None, docs.COMMENTS_LIST),
            ("POST", every, at.add, _ADDED, docs.COMMENT_ADD),
            ("PATCH", one, at.change, _CHANGED, docs.COMMENT_CHANGE),
            ("DELETE", one, at.remove, None, docs.COMMENT_REMOVE),
        )
    )


@frozen(eq=False)
class _At:
    comments: Comments
    registry: ModelRegistry

    async def list(self, request: WebRequest, who: Identity | None, _: Any) -> Reply:
        given = query_parameters(request.query, _PARAMETERS)
        record_id = optional_uuid(given.get("record_id"), "query/record_id")
        if record_id is None:
            message = "The parameter record_id is required."
            raise refused("query/record_id", "required", message)
        items, following = await self.comments.page(
            signed_in(who),
            model_named(self.registry, given.get("model"), "query/model"),
            record_id,
            limit=page_limit(
                given.get("limit"),
                limits.COMMENTS_PER_PAGE,
                limits.COMMENTS_PER_PAGE_MAX,
            ),
            before=optional_uuid(given.get("cursor"), "query/cursor"),
        )
        return json_reply({"items": items, "next_cursor": following})

    async def add(self, _request: WebRequest, who: Identity | None, body: Any) -> Reply:
        model = model_named(self.registry, body["model"], "/model")
        record_id = body["record_id"].lower()
        added = await self.comments.add(signed_in(who), model, record_id, body["text"])
        return json_reply(added, HTTPStatus.CREATED)

    async def change(
        self, request: WebRequest, who: Identity | None, body: Any
    ) -> Reply:
        comment_id = id_in_path(request, "comment")
        changed = await self.comments.change(signed_in(who), comment_id, body["text"])
        return json_reply(changed)

    async def remove(self, request: WebRequest, who: Identity | None, _: Any) -> Reply:
        await self.comments.remove(signed_in(who), id_in_path(request, "comment"))
        return Reply(HTTPStatus.NO_CONTENT)
