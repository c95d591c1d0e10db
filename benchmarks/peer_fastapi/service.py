"""Three routes on ``peer.contacts``."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import orjson
from fastapi import (
    APIRouter,
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Query,
    Request,
    Response,
)
from pydantic import BaseModel, ConfigDict, StringConstraints

from peer_fastapi.token_check import Identity, Verifier

__all__ = ["make_app"]

POOL_SIZE = 8

COLUMNS = (
    "id, version, created_at, created_by, updated_at, updated_by, deleted_at, "
    "first_name, last_name, email, phone, mobile, job_title, company_id, tags, notes"
)
GET = f"select {COLUMNS} from peer.contacts where id = $1 and deleted_at is null"
PAGE = (
    f"select {COLUMNS} from peer.contacts "
    "where deleted_at is null and last_name ilike $1 "
    "and ($2::text is null or (last_name, id) > ($2, $3::uuid)) "
    "order by last_name, id limit $4"
)
CREATE = (
    "with made as (insert into peer.contacts (created_by, updated_by, first_name, "
    "last_name, email, phone, mobile, job_title, company_id, tags, notes) "
    f"values ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning {COLUMNS}), "
    "noted as (insert into peer.audit (actor, action, record_id, after) "
    "select $1, 'create', id, to_jsonb(made) from made) "
    f"select {COLUMNS} from made"
)

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Phone = Annotated[str, StringConstraints(max_length=50)]
Email = Annotated[
    str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
]


class NewContact(BaseModel):
    """The body of a create."""

    model_config = ConfigDict(extra="forbid")

    first_name: Name
    last_name: Name
    email: Email | None = None
    phone: Phone | None = None
    mobile: Phone | None = None
    job_title: Name | None = None
    company_id: UUID | None = None
    tags: list[Name] = []
    notes: str | None = None


class Json(Response):
    """A response that orjson writes."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """`content` as JSON; asyncpg's values are those that orjson knows."""
        return orjson.dumps(content)


router = APIRouter()


async def reader(
    request: Request, authorization: Annotated[str | None, Header()] = None
) -> Identity:
    """The caller, who may read contacts."""
    verifier: Verifier = request.app.state.verifier
    return verifier.identify(authorization, "crm.contacts.read")


async def writer(
    request: Request, authorization: Annotated[str | None, Header()] = None
) -> Identity:
    """The caller, who may write contacts."""
    verifier: Verifier = request.app.state.verifier
    return verifier.identify(authorization, "crm.contacts.write")


@router.get("/api/crm/contacts/{contact_id}", dependencies=[Depends(reader)])
async def get_contact(request: Request, contact_id: UUID) -> Response:
    """One contact."""
    row = await request.app.state.pool.fetchrow(GET, str(contact_id))
    if row is None:
        raise HTTPException(404, "There is no such contact.")
    return Json(dict(row), headers={"etag": _etag(row)})


@router.get("/api/crm/contacts", dependencies=[Depends(reader)])
async def list_contacts(
    request: Request,
    last_name: Annotated[str, Query(pattern=r"^ilike\.")],
    order: Annotated[str, Query(pattern=r"^last_name\.asc$")],
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: str | None = None,
) -> Response:
    """A page of contacts, and where the next one begins."""
    pattern = last_name.removeprefix("ilike.").replace("*", "%")
    after = _decode(cursor) if cursor else (None, None)
    rows = await request.app.state.pool.fetch(PAGE, pattern, *after, limit + 1)
    items = [dict(row) for row in rows[:limit]]
    more = _encode(items[-1]) if len(rows) > limit else None
    return Json({"items": items, "next_cursor": more})


@router.post("/api/crm/contacts")
async def create_contact(
    request: Request,
    contact: NewContact,
    identity: Annotated[Identity, Depends(writer)],
) -> Response:
    """A new contact."""
    row = await request.app.state.pool.fetchrow(
        CREATE,
        identity.user_id,
        contact.first_name,
        contact.last_name,
        contact.email,
        contact.phone,
        contact.mobile,
        contact.job_title,
        contact.company_id and str(contact.company_id),
        contact.tags,
        contact.notes,
    )
    headers = {"location": f"/api/crm/contacts/{row['id']}", "etag": _etag(row)}
    return Json(dict(row), status_code=201, headers=headers)


def make_app(database: str, key: bytes) -> FastAPI:
    """The application; its pool lives as long as it serves."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(
            database, min_size=POOL_SIZE, max_size=POOL_SIZE, init=_prepare
        ) as app.state.pool:
            yield

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    app.state.verifier = Verifier(key)
    app.include_router(router)
    return app


async def _prepare(connection: asyncpg.Connection) -> None:
    # Text is what JSON wants; a UUID object would be made only to be taken apart.
    await connection.set_type_codec(
        "uuid", encoder=str, decoder=str, schema="pg_catalog"
    )


def _etag(row: asyncpg.Record) -> str:
    return f'"{row["version"]}"'


def _encode(item: dict[str, Any]) -> str:
    key = json.dumps([item["last_name"], item["id"]])
    return base64.urlsafe_b64encode(key.encode()).decode()


def _decode(cursor: str) -> tuple[str, str]:
    try:
        last_name, last_id = json.loads(base64.urlsafe_b64decode(cursor))
        return str(last_name), str(UUID(last_id))
    except (ValueError, TypeError, AttributeError) as error:
        raise HTTPException(400, "The cursor is none of ours.") from error
