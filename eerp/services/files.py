"""`eerp.files.put`, `.get`, `.delete`, `.list`: content kept in PostgreSQL.

Files belong to the module that put them and to the company that its user acted in, or
to all. What two files of a module have in common is kept once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from eerp import limits
from eerp.errors import Fault, NotFound, ValidationFailed
from eerp.interfaces import Rows, ServiceContext, Statement
from eerp.services.offer import CoreOffer, Raw
from eerp.services.scope import VISIBLE, company, seeing, user

__all__ = ["FILES", "FILE_OUTPUT", "NAME", "store"]

_SHOWN = (
    "id::text, name, media_type, size, encode(sha256, 'hex'), company_id IS NULL,"
    " to_jsonb(created_at)#>>'{}', created_by"
)
_KEYS = (
    "id", "name", "media_type", "size", "sha256", "shared", "created_at", "created_by"
)  # fmt: skip
# ruff: noqa: S608  # the parts of these statements are constants
_KEEP = (
    "INSERT INTO eerp.file_contents (module, sha256, content) VALUES (%s, %s, %s)"
    " ON CONFLICT DO NOTHING"
)
_PUT = (
    "INSERT INTO eerp.files"
    " (module, company_id, name, media_type, size, sha256, created_by)"
    f" VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING {_SHOWN}"
)
_GET = (
    f"SELECT {_SHOWN}, content FROM eerp.files JOIN eerp.file_contents"
    f" USING (module, sha256) WHERE module = %s AND id = %s AND {VISIBLE}"
)
_DELETE = (
    f"DELETE FROM eerp.files WHERE module = %s AND id = %s AND {VISIBLE}"
    f" RETURNING {_SHOWN}"
)
_LIST = (
    f"SELECT {_SHOWN} FROM eerp.files WHERE module = %s AND {VISIBLE}"
    " AND (%s::uuid IS NULL OR id < %s) AND (%s::text IS NULL OR name = %s)"
    " ORDER BY id DESC LIMIT %s"
)


async def _put(context: ServiceContext, given: dict[str, Any]) -> dict[str, Any]:
    try:
        content = base64.b64decode(given["content"], validate=True)
    except binascii.Error:
        raise _wrong("/content", "format", "must be base64 text") from None
    return await store(
        context,
        given["name"],
        given["media_type"],
        content,
        shared=given.get("shared", False),
    )


async def store(
    context: ServiceContext,
    name: str,
    media_type: str,
    content: bytes,
    *,
    shared: bool = False,
) -> dict[str, Any]:
    """Keep `content` as a file of the calling module; how it is shown from now on."""
    if len(content) > limits.FILE_BYTES_MAX:
        words = f"has more than {limits.FILE_BYTES_MAX} bytes"
        raise _wrong("/content", "too_large", words)
    digest = hashlib.sha256(content).digest()
    run = context.transaction.run
    await run(Statement(_KEEP, (context.module, digest, content)))
    owner = None if shared else company(context)
    about = (name, media_type, len(content), digest, user(context))
    return _shown(await run(Statement(_PUT, (context.module, owner, *about))))


async def _get(context: ServiceContext, given: dict[str, Any]) -> dict[str, Any] | Raw:
    rows = await _one(context, _GET, given["id"])
    content = bytes(rows[0][-1])
    if given.get("raw", False):
        return content
    return {**_shown(rows), "content": base64.b64encode(content).decode("ascii")}


async def _delete(context: ServiceContext, given: dict[str, Any]) -> dict[str, Any]:
    return _shown(await _one(context, _DELETE, given["id"]))


async def _list(context: ServiceContext, given: dict[str, Any]) -> dict[str, Any]:
    after, name = given.get("after"), given.get("name")
    most = given.get("limit", limits.ROWS_PER_PAGE)
    parameters = (
        context.module, *seeing(context), after, after, name, name, most + 1
    )  # fmt: skip
    rows = await context.transaction.run(Statement(_LIST, parameters))
    items = [_shown([row]) for row in rows[:most]]
    return {"items": items, "next": items[-1]["id"] if len(rows) > most else None}


async def _one(context: ServiceContext, sql: str, file_id: str) -> Rows:
    statement = Statement(sql, (context.module, file_id, *seeing(context)))
    rows = await context.transaction.run(statement)
    if not rows:
        raise NotFound("There is no such file.")
    return rows


def _shown(rows: Rows) -> dict[str, Any]:
    return dict(zip(_KEYS, rows[0], strict=False))


def _wrong(pointer: str, code: str, words: str) -> ValidationFailed:
    return ValidationFailed(
        f"The file's {pointer[1:]} {words}.", errors=(Fault(pointer, code, words),)
    )


NAME = {"type": "string", "pattern": r"^[^\x00-\x1f\x7f/\\]{1,200}$"}
"""The schema of a file's name: no path, no control characters."""

_MEDIA_TYPE = {
    "type": "string",
    "maxLength": 200,
    "pattern": r"^[a-z0-9.+-]+/[a-z0-9.+-]+(; ?[a-z]+=[A-Za-z0-9._-]+)?$",
}
_ID = {"type": "string", "format": "uuid"}
_PROPERTIES = {
    "id": _ID,
    "name": {"type": "string"},
    "media_type": {"type": "string"},
    "size": {"type": "integer"},
    "sha256": {"type": "string"},
    "shared": {"type": "boolean"},
    "created_at": {"type": "string", "format": "date-time"},
    "created_by": {"type": ["string", "null"]},
}
FILE_OUTPUT = {"type": "object", "required": [*_KEYS], "properties": _PROPERTIES}
"""The schema of how a file is shown."""


def _input(*required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": properties,
    }


FILES = (
    CoreOffer(
        name="eerp.files.put",
        summary="Keep a file",
        input=_input(
            "name",
            "media_type",
            "content",
            name=NAME,
            media_type=_MEDIA_TYPE,
            content={"type": "string"},
            shared={"type": "boolean"},
        ),
        output=FILE_OUTPUT,
        run=_put,
    ),
    CoreOffer(
        name="eerp.files.get",
        summary="A file with its content; with raw, the content alone and as it is",
        input=_input("id", id=_ID, raw={"type": "boolean"}),
        output={
            **FILE_OUTPUT,
            "required": [*_KEYS, "content"],
            "properties": {**_PROPERTIES, "content": {"type": "string"}},
        },
        run=_get,
    ),
    CoreOffer(
        name="eerp.files.delete",
        summary="Take a file away for good",
        input=_input("id", id=_ID),
        output=FILE_OUTPUT,
        run=_delete,
    ),
    CoreOffer(
        name="eerp.files.list",
        summary="The files of the module, the newest first",
        input=_input(
            after={"type": ["string", "null"], "format": "uuid"},
            name=NAME,
            limit={
                "type": "integer",
                "minimum": 1,
                "maximum": limits.FILES_PER_PAGE_MAX,
            },
        ),
        output={
            "type": "object",
            "required": ["items", "next"],
            "properties": {
                "items": {"type": "array", "items": FILE_OUTPUT},
                "next": {"type": ["string", "null"]},
            },
        },
        run=_list,
    ),
)
"""The services of the files."""
