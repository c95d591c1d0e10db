"""``GET /api/search``: records of all models that the caller may list, by words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen

from eerp import limits
from eerp.auth.access import signed_in
from eerp.interfaces import Identity, Pool, Reply, TransactionBegin
from eerp.orm.faults import refused
from eerp.orm.model import Model
from eerp.orm.registry import ModelRegistry
from eerp.orm.search import Found, Search
from eerp.routes import Route
from eerp.web.endpoints import CoreRoute
from eerp.web.kept_docs import SEARCH
from eerp.web.parameters import page_limit, query_parameters
from eerp.web.request import WebRequest
from eerp.web.respond import json_reply

__all__ = ["search_route"]


def search_route(
    pool: Pool, registry: ModelRegistry, routes: Iterable[Route], search: Search
) -> CoreRoute:
    """The route, for everybody who is signed in; `routes` are those of all modules."""
    listed = tuple(
        (registry.model(route.module, route.model), route.permission)
        for route in routes
        if route.kind == "list" and route.model and not route.parameters
    )
    answer = _Answer(pool, search, listed).find
    return CoreRoute("GET", "/api/search", answer, needs_user=True, doc=SEARCH)


@frozen(eq=False)
class _Answer:
    pool: Pool
    search: Search
    listed: tuple[tuple[Model, str | None], ...]

    async def find(self, request: WebRequest, who: Identity | None, _: Any) -> Reply:
        identity = signed_in(who)
        given = query_parameters(request.query, ("q", "limit"))
        text = _text(given.get("q", ""))
        most = limits.FOUND_RECORDS_MAX
        limit = page_limit(given.get("limit"), limits.FOUND_RECORDS, most)
        begin = TransactionBegin(True, identity.user_id, request.request_id, "core")
        found = await self._find(begin, identity, text, limit)
        return json_reply({"items": found.items, "complete": found.complete})

    async def _find(
        self, begin: TransactionBegin, identity: Identity, text: str, limit: int
    ) -> Found:
        models = [
            model
            for model, permission in self.listed
            if permission is None or identity.may(permission)
        ]
        transaction = self.pool.transaction(begin)
        try:
            return await self.search.find(transaction, models, identity, text, limit)
        finally:
            await transaction.rollback()


def _text(asked: str) -> str:
    text = asked.strip()
    least, most = limits.FOUND_CHARACTERS_MIN, limits.FOUND_CHARACTERS_MAX
    if not least <= len(text) <= most:
        message = f"The parameter q has {least} to {most} characters."
        raise refused("query/q", "length", message)
    return text
