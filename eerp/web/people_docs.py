"""What the API's document tells of users, roles, permissions and one's own account."""

from __future__ import annotations

from typing import Any

from eerp import limits
from eerp.openapi import Doc, page_of
from eerp.openapi.doc import Schema, listed, moment, shape, text
from eerp.routes import Answer

__all__ = [
    "OWN_PASSWORD", "OWN_SESSIONS", "OWN_SESSION_END", "PERMISSIONS", "ROLES_LIST",
    "ROLE_PUT", "ROLE_REMOVE", "SESSION_END", "USERS_LIST", "USER_ADD", "USER_CHANGE",
    "USER_NAMES", "USER_PASSWORD", "USER_SESSIONS",
]  # fmt: skip

_USERS, _ROLES, _SESSIONS = "Users", "Roles", "Sessions"
_UUID: Schema = {"type": "string", "format": "uuid"}
_ID: dict[str, Schema] = {"id": _UUID}
_NAME: dict[str, Schema] = {"name": {"type": "string", "minLength": 1}}
_BOUND = (
    "Nobody gives roles, permissions or companies that they do not have, or changes a"
    " user who has more; whoever has `*` may do both."
)

_PERSON: dict[str, Any] = {
    "id": _UUID,
    "username": {"type": "string"},
    "active": {"type": "boolean"},
    "roles": listed({"type": "string"}),
    "companies": listed(_UUID),
    "company_id": {"type": ["string", "null"], "format": "uuid"},
    "created_at": moment(),
    "last_login_at": moment(nullable=True),
}
_SHOWN = shape("User", _PERSON)
_MADE: dict[str, Schema] = {"password": text("The one that was made; told only now.")}

USERS_LIST = Doc(
    "users_list",
    _USERS,
    "Users by name",
    (Answer(200, "", page_of(_SHOWN)),),
    query={
        "type": "object",
        "properties": {
            "q": text("A part of the name."),
            "limit": {
                "type": "integer",
                "minimum": 1,
                "maximum": limits.USERS_PER_PAGE_MAX,
                "default": limits.USERS_PER_PAGE,
            },
            "cursor": text("`next_cursor` of the page before."),
        },
        "additionalProperties": False,
    },
)
USER_NAMES = Doc(
    "users_names",
    _USERS,
    "The names of users",
    (
        Answer(
            200,
            "Those that there are.",
            shape(
                items=listed(shape("UserName", id=_UUID, username={"type": "string"}))
            ),
        ),
    ),
    query={
        "type": "object",
        "properties": {
            "ids": text(f"Up to {limits.USER_NAMES_MAX} ids with commas between."),
            "q": text(
                f"Instead: a part of the name; the first {limits.USER_NAMES_FOUND}"
                " active users."
            ),
        },
        "additionalProperties": False,
    },
)
USER_ADD = Doc(
    "users_create",
    _USERS,
    "Add a user",
    (Answer(201, "", shape("NewUser", _PERSON, optional=_MADE)),),
    description=f"Without a password, one is made. {_BOUND}",
    problems=(404, 409),
)
USER_CHANGE = Doc(
    "users_update",
    _USERS,
    "Change a user",
    (Answer(200, "", _SHOWN),),
    description="`roles` and `companies` are all that the user has then. Who is"
    f" switched off is signed out. {_BOUND}",
    params=_ID,
    problems=(404, 409),
)
USER_PASSWORD = Doc(
    "users_password",
    _USERS,
    "Give a user another password",
    (Answer(200, "All sessions of the user are over.", shape(optional=_MADE)),),
    description=f"Without one, it is made. {_BOUND}",
    params=_ID,
    problems=(404,),
)

_OPEN = shape(
    items=listed(
        shape(
            "Session",
            id=_UUID,
            created_at=moment(),
            last_used_at={
                **moment(),
                "description": "When it was last refreshed, or began.",
            },
            expires_at=moment(),
            user_agent={"type": ["string", "null"]},
            current={"type": "boolean", "description": "Whether it asks this."},
        )
    )
)
USER_SESSIONS = Doc(
    "users_sessions",
    _USERS,
    "Where a user is signed in",
    (Answer(200, "", _OPEN),),
    params=_ID,
    problems=(404,),
)
SESSION_END = Doc(
    "sessions_end",
    _USERS,
    "End a session of a user",
    (Answer(204, "It is over."),),
    params=_ID,
    problems=(404,),
)
OWN_PASSWORD = Doc(
    "auth_password",
    _SESSIONS,
    "Change one's own password",
    (Answer(204, "The caller's other sessions are over."),),
    problems=(429,),
)
OWN_SESSIONS = Doc(
    "auth_sessions",
    _SESSIONS,
    "Where the caller is signed in",
    (Answer(200, "", _OPEN),),
)
OWN_SESSION_END = Doc(
    "auth_sessions_end",
    _SESSIONS,
    "End one of the caller's sessions",
    (Answer(204, "It is over."),),
    params=_ID,
    problems=(404,),
)

_ROLE = shape(
    "Role",
    name={"type": "string"},
    permissions=listed(text("A permission, `crm.*`, or `*`.")),
    users={"type": "integer", "minimum": 0},
)
ROLES_LIST = Doc(
    "roles_list",
    _ROLES,
    "All roles, and how many users have each",
    (Answer(200, "", shape(items=listed(_ROLE))),),
)
ROLE_PUT = Doc(
    "roles_put",
    _ROLES,
    "Make a role, or change what it grants",
    (Answer(200, "", _ROLE),),
    description=_BOUND,
    params=_NAME,
    problems=(409,),
)
ROLE_REMOVE = Doc(
    "roles_delete",
    _ROLES,
    "Remove a role that nobody has",
    (Answer(204, "It is gone."),),
    params=_NAME,
    problems=(404, 409),
)
PERMISSIONS = Doc(
    "permissions_list",
    _ROLES,
    "All permissions that there are",
    (
        Answer(
            200,
            "Those of models by action, for a matrix; then the others.",
            shape(
                models=listed(
                    shape(
                        "ModelPermissions",
                        {
                            "module": {"type": "string"},
                            "model": {"type": "string"},
                            "title": {"type": "string"},
                            "actions": listed(
                                text("`read` stands for `<module>.<model>.read`.")
                            ),
                        },
                    )
                ),
                others=listed(
                    shape(
                        "Permission",
                        permission={"type": "string"},
                        description={"type": "string"},
                        module=text("`eerp` is the core."),
                    )
                ),
            ),
        ),
    ),
)
