"""The paths of the core for roles, and for the permissions that they may grant."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from attrs import frozen

from eerp import limits
from eerp.auth.access import signed_in
from eerp.auth.role_book import RoleBook
from eerp.interfaces import MANAGE_USERS, Identity, Reply
from eerp.routes import compile_body
from eerp.web import people_docs as docs
from eerp.web.endpoints import CoreRoute
from eerp.web.request import WebRequest
from eerp.web.respond import json_reply

__all__ = ["Matrix", "role_routes"]

Matrix = Callable[[], dict[str, Any]]
"""All permissions that there are; see `eerp.startup.permissions`."""

_PUT = compile_body(
    "core",
    {
        "type": "object",
        "properties": {
            "permissions": {
                "type": "array",
                "maxItems": limits.ROLE_PERMISSIONS_MAX,
                "uniqueItems": True,
                "items": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": limits.PERMISSION_CHARACTERS_MAX,
                },
            }
        },
        "required": ["permissions"],
        "additionalProperties": False,
    },
)


def role_routes(roles: RoleBook, matrix: Matrix) -> tuple[CoreRoute, ...]:
    """The routes; all of them need MANAGE_USERS."""
    at = _At(roles, matrix)
    one = "/api/roles/{name}"
    return tuple(
        CoreRoute(method, path, answer, body, permission=MANAGE_USERS, doc=doc)
        for method, path, answer, body, doc in (
            ("GET", "/api/permissions", at.permissions, None, docs.PERMISSIONS),
            ("GET", "/api/roles", at.list, None, docs.ROLES_LIST),
            ("PUT", one, at.put, _PUT, docs.ROLE_PUT),
            ("DELETE", one, at.remove, None, docs.ROLE_REMOVE),
        )
    )


@frozen(eq=False)
class _At:
    roles: RoleBook
    matrix: Matrix

    async def list(self, _request: WebRequest, _who: Identity | None, _: Any) -> Reply:
        return json_reply({"items": await self.roles.all()})

    async def put(self, request: WebRequest, who: Identity | None, body: Any) -> Reply:
        name, permissions = request.params["name"], body["permissions"]
        return json_reply(await self.roles.put(signed_in(who), name, permissions))

    async def remove(self, request: WebRequest, who: Identity | None, _: Any) -> Reply:
        await self.roles.remove(signed_in(who), request.params["name"])
        return Reply(HTTPStatus.NO_CONTENT)

    async def permissions(
        self, _request: WebRequest, _who: Identity | None, _: Any
    ) -> Reply:
        return json_reply(self.matrix())
