"""The paths of the core for users: what they may do, and where they are signed in."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from attrs import frozen

from eerp import limits
from eerp.auth.access import signed_in
from eerp.auth.names import fold_username, is_username
from eerp.auth.people import People, UserChange
from eerp.interfaces import MANAGE_USERS, Identity, Reply
from eerp.orm.faults import refused
from eerp.routes import compile_body
from eerp.web import people_docs as docs
from eerp.web.endpoints import CoreRoute
from eerp.web.parameters import id_in_path, page_limit, query_parameters, uuid_of
from eerp.web.request import WebRequest
from eerp.web.respond import json_reply

__all__ = ["user_routes"]

_UUID = {"type": "string", "format": "uuid"}
_PASSWORD = {
    "type": "string",
    "minLength": limits.PASSWORD_CHARACTERS_MIN,
    "maxLength": limits.PASSWORD_CHARACTERS_MAX,
}
_CHANGEABLE: dict[str, Any] = {
    "roles": {
        "type": "array",
        "maxItems": limits.ROLES_PER_USER_MAX,
        "uniqueItems": True,
        "items": {"type": "string", "maxLength": limits.ROLE_NAME_CHARACTERS_MAX},
    },
    "companies": {
        "type": "array",
        "maxItems": limits.COMPANIES_PER_USER_MAX,
        "uniqueItems": True,
        "items": _UUID,
    },
    "company_id": _UUID,
}


def _object(properties: dict[str, Any], **more: Any) -> Any:
    schema = {"type": "object", "properties": properties, **more}
    return compile_body("core", {**schema, "additionalProperties": False})


_ADDED = _object(
    {
        "username": {
            "type": "string",
            "minLength": 1,
            "maxLength": limits.USERNAME_CHARACTERS_MAX,
        },
        "password": _PASSWORD,
        **_CHANGEABLE,
    },
    required=["username", "roles"],
)
_CHANGED = _object({"active": {"type": "boolean"}, **_CHANGEABLE}, minProperties=1)
_GIVEN = _object({"password": _PASSWORD})


def user_routes(people: People) -> tuple[CoreRoute, ...]:
    """The routes; all of them need MANAGE_USERS, but for the names."""
    at = _At(people)
    one = "/api/users/{id}"
    return (
        CoreRoute(
            "GET", "/api/users/names", at.names, needs_user=True, doc=docs.USER_NAMES
        ),
        *(
            CoreRoute(method, path, answer, body, permission=MANAGE_USERS, doc=doc)
            for method, path, answer, body, doc in (
                ("GET", "/api/users", at.list, None, docs.USERS_LIST),
                ("POST", "/api/users", at.add, _ADDED, docs.USER_ADD),
                ("PATCH", one, at.change, _CHANGED, docs.USER_CHANGE),
                (
                    "POST", f"{one}/password", at.set_password, _GIVEN,
                    docs.USER_PASSWORD,
                ),
                ("GET", f"{one}/sessions", at.sessions, None, docs.USER_SESSIONS),
                (
                    "DELETE", "/api/sessions/{id}", at.end_session, None,
                    docs.SESSION_END,
                ),
            )
        ),
    )  # fmt: skip


@frozen(eq=False)
class _At:
    people: People

    async def list(self, request: WebRequest, _who: Identity | None, _: Any) -> Reply:
        given = query_parameters(request.query, ("q", "limit", "cursor"))
        most = limits.USERS_PER_PAGE_MAX
        items, following = await self.people.page(
            given.get("q", ""),
            page_limit(given.get("limit"), limits.USERS_PER_PAGE, most),
            _place(given.get("cursor")),
        )
        return json_reply({"items": items, "next_cursor": following})

    async def names(self, request: WebRequest, _who: Identity | None, _: Any) -> Reply:
        given = query_parameters(request.query, ("ids", "q"))
        if "q" in given:
            return json_reply({"items": await self.people.called(given["q"])})
        told = given.get("ids", "").split(",")
        ids = [uuid_of(each, "query/ids") for each in told if each]
        if len(ids) > limits.USER_NAMES_MAX:
            message = f"At most {limits.USER_NAMES_MAX} ids at once."
            raise refused("query/ids", "too_many", message)
        return json_reply({"items": await self.people.names(ids)})

    async def add(self, _request: WebRequest, who: Identity | None, body: Any) -> Reply:
        person, made = await self.people.add(
            signed_in(who), body["username"], body.get("password"), _change(body)
        )
        told = {"password": made} if made else {}
        return json_reply({**person, **told}, HTTPStatus.CREATED)

    async def change(
        self, request: WebRequest, who: Identity | None, body: Any
    ) -> Reply:
        user_id = id_in_path(request, "user")
        change = _change(body)
        return json_reply(await self.people.change(signed_in(who), user_id, change))

    async def set_password(
        self, request: WebRequest, who: Identity | None, body: Any
    ) -> Reply:
        user_id, given = id_in_path(request, "user"), body.get("password")
        made = await self.people.set_password(signed_in(who), user_id, given)
        return json_reply({"password": made} if made else {})

    async def sessions(
        self, request: WebRequest, who: Identity | None, _: Any
    ) -> Reply:
        user_id = id_in_path(request, "user")
        items = await self.people.sessions(signed_in(who), user_id)
        return json_reply({"items": items})

    async def end_session(
        self, request: WebRequest, who: Identity | None, _: Any
    ) -> Reply:
        session_id = id_in_path(request, "session")
        await self.people.end_session(signed_in(who), session_id)
        return Reply(HTTPStatus.NO_CONTENT)


def _change(body: dict[str, Any]) -> UserChange:
    companies, default = body.get("companies"), body.get("company_id")
    return UserChange(
        active=body.get("active"),
        roles=body.get("roles"),
        companies=None if companies is None else [one.lower() for one in companies],
        company_id=None if default is None else default.lower(),
    )


def _place(cursor: str | None) -> str:
    """A cursor is the name of the last user before the page."""
    name = "" if cursor is None else fold_username(cursor)
    if cursor is not None and not is_username(name):
        raise refused("query/cursor", "cursor", "The cursor is not one of this list.")
    return name
