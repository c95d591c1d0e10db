"""The paths of the core for one's own account: another password, and sessions."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from attrs import frozen

from eerp import limits
from eerp.auth.access import signed_in
from eerp.auth.own_account import OwnAccount
from eerp.interfaces import Identity, Reply
from eerp.routes import compile_body
from eerp.web import people_docs as docs
from eerp.web.endpoints import CoreRoute
from eerp.web.parameters import id_in_path
from eerp.web.request import WebRequest
from eerp.web.respond import json_reply

__all__ = ["own_routes"]

_PASSWORDS = compile_body(
    "core",
    {
        "type": "object",
        "properties": {
            "current": {
                "type": "string",
                "minLength": 1,
                "maxLength": limits.PASSWORD_CHARACTERS_MAX,
            },
            "new": {
                "type": "string",
                "minLength": limits.PASSWORD_CHARACTERS_MIN,
                "maxLength": limits.PASSWORD_CHARACTERS_MAX,
            },
        },
        "required": ["current", "new"],
        "additionalProperties": False,
    },
)


def own_routes(account: OwnAccount) -> tuple[CoreRoute, ...]:
    """The routes, for everybody who is signed in."""
    at = _At(account)
    return tuple(
        CoreRoute(method, path, answer, body, needs_user=True, doc=doc)
        for method, path, answer, body, doc in (
            (
                "POST", "/api/auth/password", at.change_password, _PASSWORDS,
                docs.OWN_PASSWORD,
            ),
            ("GET", "/api/auth/sessions", at.sessions, None, docs.OWN_SESSIONS),
            (
                "DELETE", "/api/auth/sessions/{id}", at.end_session, None,
                docs.OWN_SESSION_END,
            ),
        )
    )  # fmt: skip


@frozen(eq=False)
class _At:
    account: OwnAccount

    async def change_password(
        self, request: WebRequest, who: Identity | None, body: Any
    ) -> Reply:
        await self.account.change_password(
            signed_in(who),
            body["current"],
            body["new"],
            address=getattr(request.getClientAddress(), "host", "-"),
        )
        return Reply(HTTPStatus.NO_CONTENT)

    async def sessions(
        self, _request: WebRequest, who: Identity | None, _: Any
    ) -> Reply:
        return json_reply({"items": await self.account.sessions(signed_in(who))})

    async def end_session(
        self, request: WebRequest, who: Identity | None, _: Any
    ) -> Reply:
        session_id = id_in_path(request, "session")
        await self.account.end_session(signed_in(who), session_id)
        return Reply(HTTPStatus.NO_CONTENT)
