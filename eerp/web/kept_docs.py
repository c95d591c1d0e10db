"""What the API's document tells of filters, preferences, comments and the search."""

from __future__ import annotations

from typing import Any

from eerp import limits
from eerp.openapi import Doc, page_of
from eerp.openapi.doc import Schema, listed, moment, shape, text
from eerp.routes import Answer

__all__ = [
    "COMMENTS_LIST", "COMMENT_ADD", "COMMENT_CHANGE", "COMMENT_REMOVE", "FILTERS_LIST",
    "FILTER_ADD", "FILTER_CHANGE", "FILTER_REMOVE", "PREFERENCES_GET",
    "PREFERENCES_PUT", "SEARCH",
]  # fmt: skip

_SCREENS, _COMMENTS = "Screens", "Comments"
_UUID: Schema = {"type": "string", "format": "uuid"}
_ID: dict[str, Schema] = {"id": _UUID}
_ANYTHING: Schema = {"type": "object", "additionalProperties": True}
_MODEL = text("Such as `crm.contacts`.", examples=["crm.contacts"])


def _query(required: list[str], **properties: Schema) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _limit(usual: int, most: int) -> Schema:
    return {"type": "integer", "minimum": 1, "maximum": most, "default": usual}


_FILTER = shape(
    "Filter",
    id=_UUID,
    model={"type": "string"},
    name={"type": "string"},
    shared={"type": "boolean", "description": "Whether others may use it."},
    mine={"type": "boolean"},
    query={**_ANYTHING, "description": "The client's own."},
)
_SHARING = "Sharing, and changing what others share, needs `eerp.filters.share`."
FILTERS_LIST = Doc(
    "filters_list",
    _SCREENS,
    "Saved filters of a model's list, one's own first",
    (Answer(200, "", shape(items=listed(_FILTER))),),
    query=_query(["model"], model=_MODEL),
)
FILTER_ADD = Doc(
    "filters_create",
    _SCREENS,
    "Save a filter",
    (Answer(201, "", _FILTER),),
    description=f"A query of {limits.FILTER_QUERY_BYTES_MAX} bytes at most. {_SHARING}",
    problems=(409,),
)
FILTER_CHANGE = Doc(
    "filters_update",
    _SCREENS,
    "Change a saved filter",
    (Answer(200, "", _FILTER),),
    description=_SHARING,
    params=_ID,
    problems=(404, 409),
)
FILTER_REMOVE = Doc(
    "filters_delete",
    _SCREENS,
    "Remove a saved filter",
    (Answer(204, "It is gone."),),
    description=_SHARING,
    params=_ID,
    problems=(404,),
)
PREFERENCES_GET = Doc(
    "preferences_get",
    _SCREENS,
    "What the caller prefers",
    (Answer(200, "An empty object at first.", _ANYTHING),),
)
PREFERENCES_PUT = Doc(
    "preferences_put",
    _SCREENS,
    "Prefer something else",
    (Answer(200, "What was sent.", _ANYTHING),),
    description=f"{limits.PREFERENCES_BYTES_MAX} bytes at most.",
)
SEARCH = Doc(
    "search",
    _SCREENS,
    "Find records of all models by words in their texts",
    (
        Answer(
            200,
            "A few of each model; those of a model stand together.",
            shape(
                items=listed(
                    shape(
                        "FoundRecord",
                        model={"type": "string"},
                        id=_UUID,
                        label={"type": ["string", "null"]},
                    )
                ),
                complete={
                    "type": "boolean",
                    "description": "Whether there was time to search all models.",
                },
            ),
        ),
    ),
    description="Every word has to be there, or a part that it is. What the caller may"
    " not list is not found.",
    query=_query(
        ["q"],
        q=text(
            "Words.",
            minLength=limits.FOUND_CHARACTERS_MIN,
            maxLength=limits.FOUND_CHARACTERS_MAX,
            examples=["ann"],
        ),
        limit=_limit(limits.FOUND_RECORDS, limits.FOUND_RECORDS_MAX),
    ),
)

_COMMENT = shape(
    "Comment",
    id=_UUID,
    text={"type": "string"},
    created_at=moment(),
    updated_at=moment(),
    user_id={"type": ["string", "null"], "format": "uuid"},
    username={"type": ["string", "null"]},
    mine={"type": "boolean"},
)
COMMENTS_LIST = Doc(
    "comments_list",
    _COMMENTS,
    "Comments on a record, the newest first",
    (Answer(200, "", page_of(_COMMENT)),),
    description="For who may read the record.",
    query=_query(
        ["model", "record_id"],
        model=_MODEL,
        record_id=text("Of this record.", format="uuid"),
        limit=_limit(limits.COMMENTS_PER_PAGE, limits.COMMENTS_PER_PAGE_MAX),
        cursor=text("`next_cursor` of the page before.", format="uuid"),
    ),
    problems=(404,),
)
COMMENT_ADD = Doc(
    "comments_create",
    _COMMENTS,
    "Comment on a record",
    (Answer(201, "", _COMMENT),),
    problems=(404,),
)
COMMENT_CHANGE = Doc(
    "comments_update",
    _COMMENTS,
    "Change one's own comment",
    (Answer(200, "", _COMMENT),),
    params=_ID,
    problems=(404,),
)
COMMENT_REMOVE = Doc(
    "comments_delete",
    _COMMENTS,
    "Remove one's own comment",
    (Answer(204, "It is gone."),),
    params=_ID,
    problems=(404,),
)
