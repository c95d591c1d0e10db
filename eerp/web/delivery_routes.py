"""The paths of the core for deliveries: which there are, and again please; and jobs."""

from __future__ import annotations

from typing import Any, Protocol

from attrs import frozen

from eerp import limits
from eerp.auth.access import signed_in
from eerp.errors import NotFound
from eerp.interfaces import MANAGE_DELIVERIES, Identity, Reply
from eerp.orm.faults import refused
from eerp.web import delivery_docs
from eerp.web.endpoints import CoreRoute
from eerp.web.parameters import page_limit, query_parameters
from eerp.web.request import WebRequest
from eerp.web.respond import json_reply

__all__ = ["Deliveries", "delivery_routes"]

_STATES = ("dead", "pending", "done")
_PARAMETERS = ("state", "limit", "cursor")
_NUMBER_DIGITS_MAX = 18


class Deliveries(Protocol):
    """What is asked of deliveries."""

    async def deliveries(
        self, state: str, limit: int, before: int | None
    ) -> tuple[list[dict[str, Any]], int | None]:
        """A page, the newest first, and where the next one begins."""

    async def delivery(self, number: int) -> dict[str, Any]:
        """One, with the data of its event. Raises `NotFound`."""

    async def replay(self, number: int, *, actor: str | None) -> dict[str, Any]:
        """Try a dead one again. Raises `NotFound` and `Conflict`."""

    async def job_list(self) -> list[dict[str, Any]]:
        """All jobs of modules."""


def delivery_routes(deliveries: Deliveries) -> tuple[CoreRoute, ...]:
    """The routes; all of them need MANAGE_DELIVERIES."""
    at = _At(deliveries)
    paths = (
        ("GET", "/api/jobs", at.jobs, delivery_docs.JOBS_LIST),
        ("GET", "/api/deliveries", at.list, delivery_docs.DELIVERIES_LIST),
        ("GET", "/api/deliveries/{id}", at.get, delivery_docs.DELIVERY_GET),
        (
            "POST", "/api/deliveries/{id}/replay", at.replay,
            delivery_docs.DELIVERY_REPLAY,
        ),
    )  # fmt: skip
    return tuple(
        CoreRoute(
            method,
            path,
            answer,
            needs_user=True,
            permission=MANAGE_DELIVERIES,
            doc=doc,
        )
        for method, path, answer, doc in paths
    )


@frozen(eq=False)
class _At:
    deliveries: Deliveries

    async def list(self, request: WebRequest, _who: Identity | None, _: Any) -> Reply:
        given = query_parameters(request.query, _PARAMETERS)
        state = given.get("state", "dead")
        if state not in _STATES:
            message = f"The parameter state is one of {', '.join(_STATES)}."
            raise refused("query/state", "enum", message)
        items, following = await self.deliveries.deliveries(
            state,
            page_limit(
                given.get("limit"),
                limits.DELIVERIES_PER_PAGE,
                limits.DELIVERIES_PER_PAGE_MAX,
            ),
            _place(given.get("cursor")),
        )
        after = None if following is None else str(following)
        return json_reply({"items": items, "next_cursor": after})

    async def get(self, request: WebRequest, _who: Identity | None, _: Any) -> Reply:
        return json_reply(await self.deliveries.delivery(_number(request)))

    async def replay(self, request: WebRequest, who: Identity | None, _: Any) -> Reply:
        actor = signed_in(who).user_id
        found = await self.deliveries.replay(_number(request), actor=actor)
        return json_reply(found)

    async def jobs(self, _request: WebRequest, _who: Identity | None, _: Any) -> Reply:
        return json_reply({"items": await self.deliveries.job_list()})


def _place(cursor: str | None) -> int | None:
    if cursor is not None and not _is_number(cursor):
        raise refused("query/cursor", "cursor", "The cursor is not one of this list.")
    return None if cursor is None else int(cursor)


def _number(request: WebRequest) -> int:
    text = request.params["id"]
    if not _is_number(text):
        raise NotFound("There is no such delivery.")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _NUMBER_DIGITS_MAX
