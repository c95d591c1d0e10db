"""What the API's document tells of the core's own paths, but for those of delivery."""

from __future__ import annotations

from typing import Any

from eerp import limits
from eerp.openapi import Doc, page_of
from eerp.openapi.doc import Schema, listed, moment, shape, text
from eerp.routes import Answer

__all__ = [
    "AUDIT", "AUDIT_ACTIONS", "AUDIT_VERIFY", "BATCH", "DOCUMENT", "EVENTS", "HEALTH",
    "LOGIN", "LOGOUT", "ME", "MODULE", "MODULES", "READY", "REFRESH",
]  # fmt: skip

_OPERATIONS, _SESSIONS, _MODULES = "Health", "Sessions", "Modules"
_ANYTHING: Schema = {"type": "object", "additionalProperties": True}
_ROW: Schema = {"type": ["object", "null"], "additionalProperties": True}


def _ok(schema: Schema, description: str = "") -> tuple[Answer, ...]:
    return (Answer(200, description, schema),)


HEALTH = Doc(
    "health",
    _OPERATIONS,
    "Whether the process lives",
    _ok(shape(status={"const": "ok"})),
)
READY = Doc(
    "ready",
    _OPERATIONS,
    "Whether requests can be served",
    (
        Answer(200, "They can.", shape(status={"const": "ready"})),
        Answer(
            503,
            "Not now: `reasons` says why.",
            shape(status={"const": "not ready"}, reasons=listed({"type": "string"})),
        ),
    ),
)

_PAIR = shape(
    "Tokens",
    access_token=text("A JWT, for `Authorization: Bearer ...`."),
    refresh_token=text("Good for one refresh."),
    token_type={"const": "Bearer"},
    expires_in={
        "type": "integer",
        "minimum": 0,
        "description": "Seconds until the access token expires.",
    },
)
LOGIN = Doc(
    "auth_login",
    _SESSIONS,
    "Sign in",
    _ok(_PAIR, "A pair of tokens for a new session."),
    problems=(401, 429),
)
REFRESH = Doc(
    "auth_refresh",
    _SESSIONS,
    "Get new tokens for a refresh token",
    _ok(_PAIR, "A new pair; the refresh token that was sent is spent."),
    problems=(401, 429),
)
LOGOUT = Doc(
    "auth_logout", _SESSIONS, "Sign out", (Answer(204, "The session is over."),)
)
ME = Doc(
    "auth_me",
    _SESSIONS,
    "Who the caller is, and may be",
    _ok(
        shape(
            "Caller",
            id=text("The user's id.", format="uuid"),
            username=text("The user's name."),
            company_id={"type": ["string", "null"], "format": "uuid"},
            companies=listed({"type": "string", "format": "uuid"}),
            roles=listed({"type": "string"}),
            permissions=listed(text("A permission, `crm.*`, or `*`.")),
            created_at=moment(),
            last_login_at=moment(nullable=True),
        )
    ),
)

_STATE: dict[str, Any] = {
    "name": {"type": "string"},
    "version": {"type": "string"},
    "display_name": {"type": "string"},
    "depends": listed({"type": "string"}),
    "optional": listed({"type": "string"}),
    "priority": {"type": ["integer", "null"]},
    "state": text("`loaded`, or what it is instead."),
}
MODULES = Doc(
    "modules_list",
    _MODULES,
    "The modules, and whether they are loaded",
    _ok(
        shape(
            modules=listed(
                shape("ModuleState", _STATE, optional={"error": {"type": "string"}})
            )
        )
    ),
)
MODULE = Doc(
    "modules_get",
    _MODULES,
    "All that is known of one module",
    _ok(
        {
            "title": "Module",
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "version": {"type": "string"},
                "display_name": {"type": "string"},
                "state": {"type": "string"},
                "error": {"type": ["string", "null"]},
                "routes": listed(_ANYTHING),
                "models": listed(_ANYTHING),
                "extensions": listed(_ANYTHING),
                "permissions": listed(_ANYTHING),
                "services": listed(_ANYTHING),
                "uses": listed(_ANYTHING),
                "events": listed(_ANYTHING),
                "subscriptions": listed({"type": "string"}),
                "jobs": listed(_ANYTHING),
                "capabilities": listed({"type": "string"}),
                "denied": listed({"type": "string"}),
                "limits": _ANYTHING,
                "migrations": listed(_ANYTHING),
            },
            "required": ["name", "version", "services"],
        }
    ),
    description="`eerp` is the core, with the services that it offers.",
    params={"name": {"type": "string", "minLength": 1, "examples": ["crm"]}},
    problems=(404,),
)

AUDIT_ACTIONS = ("create", "update", "delete", "restore", "purge")
AUDIT = Doc(
    "audit_list",
    "Audit trail",
    "What was done to a record, or to all of a kind",
    _ok(
        page_of(
            shape(
                "AuditRow",
                at=moment(),
                actor={"type": ["string", "null"]},
                actor_name={"type": ["string", "null"]},
                action={"enum": list(AUDIT_ACTIONS)},
                request_id={"type": ["string", "null"]},
                module={"type": ["string", "null"]},
                model={"type": "string"},
                record_id={"type": "string", "format": "uuid"},
                before=_ROW,
                after=_ROW,
                reason={"type": ["string", "null"]},
            )
        )
    ),
    description="The newest first. The permission to read the model is needed too; of"
    " `eerp.users`, `eerp.roles`, `eerp.webhooks` and `eerp.settings` that to manage or"
    " see them.",
    query={
        "type": "object",
        "properties": {
            "model": text("Such as `crm.contacts`.", examples=["crm.contacts"]),
            "id": text("Of one record; else of all.", format="uuid"),
            "actor": text("Only what this user did.", format="uuid"),
            "action": {"enum": list(AUDIT_ACTIONS)},
            "since": text("From this moment on.", format="date-time"),
            "until": text("Before this moment.", format="date-time"),
            "limit": {
                "type": "integer",
                "minimum": 1,
                "maximum": limits.AUDIT_ROWS_PER_PAGE_MAX,
                "default": limits.AUDIT_ROWS_PER_PAGE,
            },
            "cursor": text("`next_cursor` of the page before."),
        },
        "required": ["model"],
        "additionalProperties": False,
    },
)

AUDIT_VERIFY = Doc(
    "audit_verify",
    "Audit trail",
    "Say whether the audit trail holds",
    (
        Answer(
            200,
            "What was found; `complete` is false where the trail is longer than is"
            " walked at once.",
            shape(
                "AuditVerdict",
                ok={"type": "boolean"},
                complete={"type": "boolean"},
                checked={
                    "type": "integer",
                    "minimum": 0,
                    "description": "How many rows were walked.",
                },
                problems=listed(
                    shape(
                        "AuditProblem",
                        kind={"type": "string"},
                        lane={"type": "integer"},
                        seq={"type": "integer"},
                        about={"type": "string"},
                    )
                ),
            ),
        ),
    ),
    description=f"Up to {limits.AUDIT_VERIFY_ROWS_MAX} rows; `eerp audit verify` walks"
    " all, and compares them with heads that were kept elsewhere.",
    problems=(409,),
)

EVENTS = Doc(
    "events",
    "Live changes",
    "Hear of each committed change of a record",
    (
        Answer(
            200,
            "Server-sent events: `ready`, then `change` for each change, `mark` for an"
            " id without news, and `reset` when everything is to be loaded anew.",
            {"type": "string"},
            media_type="text/event-stream; charset=utf-8",
        ),
    ),
    description="The stream lasts as long as it may. Come back with the id of the last"
    " event in `Last-Event-ID`, and nothing is missed.",
    query={
        "type": "object",
        "properties": {
            "models": text("Full names with commas between.", examples=["crm.*"]),
            "since": text("Begin after the event with this id."),
        },
        "additionalProperties": False,
    },
    problems=(429,),
)

_RESULTS = shape(
    "BatchResults",
    results=listed(
        shape(
            status={"type": "integer", "minimum": 200, "maximum": 599},
            body={"description": "What the call answers; a problem where it failed."},
            optional={
                "headers": {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                },
                "media_type": {"type": "string"},
                "base64": {"type": "string"},
            },
        )
    ),
)
# When all is taken back, the whole has the status of the call that was refused.
_REFUSED = (400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429, 502, 504)
BATCH = Doc(
    "batch",
    "Batch",
    "Make several calls in one transaction",
    (
        Answer(200, "What came of each call, in their order.", _RESULTS),
        *(Answer(status, "All is taken back.", _RESULTS) for status in _REFUSED),
    ),
    description="With `atomic`, the default, all are done or none; else each that is "
    "refused is undone by itself.",
    problems=_REFUSED,
    prefers=True,
)

DOCUMENT = Doc(
    "openapi",
    "Document",
    "This document",
    (
        Answer(
            200,
            "An OpenAPI 3.1 document.",
            {
                "type": "object",
                "properties": {
                    "openapi": {"const": "3.1.1"},
                    "info": _ANYTHING,
                    "paths": _ANYTHING,
                    "components": _ANYTHING,
                },
                "required": ["openapi", "info", "paths", "components"],
            },
        ),
        Answer(304, "The client has it already."),
    ),
    query={
        "type": "object",
        "properties": {
            "permitted": {
                "type": "boolean",
                "default": False,
                "description": "Only what the caller may call, who is signed in.",
            }
        },
        "additionalProperties": False,
    },
    problems=(401, 403),
)
