"""The paths of the core for saved filters and for what users prefer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from attrs import frozen

from eerp import limits
from eerp.auth.access import require, signed_in
from eerp.interfaces import Identity, Reply
from eerp.kept import FilterChange, Filters, Preferences
from eerp.orm.faults import refused
from eerp.orm.registry import ModelRegistry
from eerp.routes import compile_body
from eerp.web import kept_docs as docs
from eerp.web.endpoints import CoreRoute
from eerp.web.parameters import id_in_path, model_named, query_parameters
from eerp.web.request import WebRequest
from eerp.web.respond import json_reply

__all__ = ["filter_routes"]

_CHANGEABLE: dict[str, Any] = {
    "name": {
        "type": "string",
        "minLength": 1,
        "maxLength": limits.FILTER_NAME_CHARACTERS_MAX,
    },
    "shared": {"type": "boolean"},
    "query": {"type": "object"},
}


def _object(properties: dict[str, Any], **more: Any) -> Any:
    schema = {"type": "object", "properties": properties, **more}
    return compile_body("core", {**schema, "additionalProperties": False})


_ADDED = _object(
    {"model": {"type": "string", "minLength": 1}, **_CHANGEABLE},
    required=["model", "name", "query"],
)
_CHANGED = _object(_CHANGEABLE, minProperties=1)
_PREFERRED = compile_body("core", {"type": "object"})


def filter_routes(
    filters: Filters, preferences: Preferences, registry: ModelRegistry
) -> tuple[CoreRoute, ...]:
    """The routes, for everybody who is signed in."""
    saved, preferred = _Saved(filters, registry), _Preferred(preferences)
    every, one, mine = "/api/ui/filters", "/api/ui/filters/{id}", "/api/ui/preferences"
    return tuple(
        CoreRoute(method, path, answer, body, needs_user=True, doc=doc)
        for method, path, answer, body, doc in (
            ("GET", every, saved.list, None, docs.FILTERS_LIST),
            ("POST", every, saved.add, _ADDED, docs.FILTER_ADD),
            ("PATCH", one, saved.change, _CHANGED, docs.FILTER_CHANGE),
            ("DELETE", one, saved.remove, None, docs.FILTER_REMOVE),
            ("GET", mine, preferred.get, None, docs.PREFERENCES_GET),
            ("PUT", mine, preferred.put, _PREFERRED, docs.PREFERENCES_PUT),
        )
    )


@frozen(eq=False)
class _Saved:
    filters: Filters
    registry: ModelRegistry

    async def list(self, request: WebRequest, who: Identity | None, _: Any) -> Reply:
        identity = signed_in(who)
        given = query_parameters(request.query, ("model",)).get("model")
        model = self._readable(identity, given, "query/model")
        return json_reply({"items": await self.filters.of(identity, model)})

    async def add(self, _request: WebRequest, who: Identity | None, body: Any) -> Reply:
        identity, change = signed_in(who), _change(body)
        model = self._readable(identity, body["model"], "/model")
        added = await self.filters.add(identity, model, change)
        return json_reply(added, HTTPStatus.CREATED)

    async def change(
        self, request: WebRequest, who: Identity | None, body: Any
    ) -> Reply:
        filter_id, change = id_in_path(request, "filter"), _change(body)
        return json_reply(await self.filters.change(signed_in(who), filter_id, change))

    async def remove(self, request: WebRequest, who: Identity | None, _: Any) -> Reply:
        await self.filters.remove(signed_in(who), id_in_path(request, "filter"))
        return Reply(HTTPStatus.NO_CONTENT)

    def _readable(self, identity: Identity, name: str | None, pointer: str) -> str:
        """The full name of a model that the caller may read."""
        model = model_named(self.registry, name, pointer)
        full = f"{model.module}.{model.name}"
        require(identity, f"{full}.read")
        return full


@frozen(eq=False)
class _Preferred:
    preferences: Preferences

    async def get(self, _request: WebRequest, who: Identity | None, _: Any) -> Reply:
        return json_reply(await self.preferences.get(signed_in(who)))

    async def put(self, _request: WebRequest, who: Identity | None, body: Any) -> Reply:
        await self.preferences.put(signed_in(who), body)
        return json_reply(body)


def _change(body: dict[str, Any]) -> FilterChange:
    query = body.get("query")
    if query is not None and len(orjson.dumps(query)) > limits.FILTER_QUERY_BYTES_MAX:
        message = f"has more than {limits.FILTER_QUERY_BYTES_MAX} bytes"
        raise refused("/query", "too_long", message)
    return FilterChange(body.get("name"), body.get("shared"), query)
