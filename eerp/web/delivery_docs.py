"""What the API's document tells of deliveries, jobs and webhooks."""

from __future__ import annotations

from typing import Any

from eerp import limits
from eerp.openapi import Doc, page_of
from eerp.openapi.doc import Schema, listed, moment, shape, text
from eerp.routes import Answer

__all__ = [
    "DELIVERIES_LIST", "DELIVERY_GET", "DELIVERY_REPLAY", "JOBS_LIST", "WEBHOOKS_LIST",
    "WEBHOOK_ADD", "WEBHOOK_CHANGE", "WEBHOOK_GET", "WEBHOOK_REMOVE", "WEBHOOK_ROTATE",
    "WEBHOOK_TEST",
]  # fmt: skip

_DELIVERIES, _WEBHOOKS = "Deliveries", "Webhooks"
_MAYBE: Schema = {"type": ["string", "null"]}
_STATES = {"enum": ["dead", "pending", "done"]}

_DELIVERY: dict[str, Any] = {
    "id": {"type": "string"},
    "event_id": {"type": "string"},
    "topic": {"type": "string"},
    "key": _MAYBE,
    "module": {"type": "string"},
    "subscriber": {"type": "string"},
    "kind": {"type": "string"},
    "state": _STATES,
    "attempts": {"type": "integer", "minimum": 0},
    "error": _MAYBE,
    "request_id": _MAYBE,
    "at": moment(),
    "due_at": moment(nullable=True),
    "finished_at": moment(nullable=True),
}
_WHOLE_DELIVERY = shape("Delivery", {**_DELIVERY, "data": {}})
_NUMBER = {"id": {"type": "string", "pattern": "^[0-9]{1,18}$"}}

DELIVERIES_LIST = Doc(
    "deliveries_list",
    _DELIVERIES,
    "Deliveries of events, the newest first",
    (Answer(200, "", page_of(shape("ListedDelivery", _DELIVERY))),),
    query={
        "type": "object",
        "properties": {
            "state": {**_STATES, "default": "dead"},
            "limit": {
                "type": "integer",
                "minimum": 1,
                "maximum": limits.DELIVERIES_PER_PAGE_MAX,
                "default": limits.DELIVERIES_PER_PAGE,
            },
            "cursor": text(
                "`next_cursor` of the page before.", pattern="^[0-9]{1,18}$"
            ),
        },
        "additionalProperties": False,
    },
)
DELIVERY_GET = Doc(
    "deliveries_get",
    _DELIVERIES,
    "One delivery, with the data of its event",
    (Answer(200, "", _WHOLE_DELIVERY),),
    params=_NUMBER,
    problems=(404,),
)
DELIVERY_REPLAY = Doc(
    "deliveries_replay",
    _DELIVERIES,
    "Try a dead delivery again",
    (Answer(200, "It waits again.", _WHOLE_DELIVERY),),
    params=_NUMBER,
    problems=(404, 409),
)

JOBS_LIST = Doc(
    "jobs_list",
    "Jobs",
    "The jobs of modules, and when they run",
    (
        Answer(
            200,
            "",
            shape(
                items=listed(
                    shape(
                        "Job",
                        module={"type": "string"},
                        name={"type": "string"},
                        cron=text("When it is due, in UTC."),
                        state={"enum": ["waiting", "running", "retrying"]},
                        next_run_at=moment(),
                        attempts={
                            "type": "integer",
                            "minimum": 0,
                            "description": "Failed ones for the time that is due.",
                        },
                        last_run_at=moment(nullable=True),
                        last_outcome={"enum": ["done", "failed", None]},
                        error=_MAYBE,
                    )
                )
            ),
        ),
    ),
)

_WEBHOOK: dict[str, Any] = {
    "id": {"type": "string", "format": "uuid"},
    "url": {"type": "string"},
    "topics": listed({"type": "string"}),
    "active": {"type": "boolean"},
    "old_secret_until": {
        **moment(nullable=True),
        "description": "Until when the secret before this one holds too.",
    },
    "created_at": moment(),
    "updated_at": moment(),
}
_SHOWN = shape("Webhook", _WEBHOOK)
_SECRET = shape(
    "WebhookWithSecret",
    {**_WEBHOOK, "secret": text("Signs what is posted; told only now.")},
)
_ONE: dict[str, Schema] = {"id": {"type": "string", "format": "uuid"}}

WEBHOOKS_LIST = Doc(
    "webhooks_list",
    _WEBHOOKS,
    "All webhooks",
    (Answer(200, "", shape(items=listed(_SHOWN))),),
)
WEBHOOK_ADD = Doc(
    "webhooks_create",
    _WEBHOOKS,
    "Be told of events",
    (Answer(201, "It is told of what happens from now on.", _SECRET),),
    description="A topic is like `crm.opportunities.won`, or `crm.*` for all of them.",
    problems=(409,),
)
WEBHOOK_GET = Doc(
    "webhooks_get",
    _WEBHOOKS,
    "One webhook",
    (Answer(200, "", _SHOWN),),
    params=_ONE,
    problems=(404,),
)
WEBHOOK_CHANGE = Doc(
    "webhooks_update",
    _WEBHOOKS,
    "Change a webhook",
    (Answer(200, "", _SHOWN),),
    params=_ONE,
    problems=(404,),
)
WEBHOOK_REMOVE = Doc(
    "webhooks_delete",
    _WEBHOOKS,
    "Remove a webhook, and all that waits for it",
    (Answer(204, "It is gone."),),
    params=_ONE,
    problems=(404,),
)
WEBHOOK_ROTATE = Doc(
    "webhooks_rotate",
    _WEBHOOKS,
    "Give a webhook a new secret",
    (Answer(200, "The one before it holds for a while more.", _SECRET),),
    params=_ONE,
    problems=(404, 409),
)
WEBHOOK_TEST = Doc(
    "webhooks_test",
    _WEBHOOKS,
    "Post a message that says nothing",
    (
        Answer(
            200,
            "What came of it.",
            shape(status={"type": "integer"}, delivered={"type": "boolean"}),
        ),
    ),
    params=_ONE,
    problems=(403, 404, 502, 504),
)
