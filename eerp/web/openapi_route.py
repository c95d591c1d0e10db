"""``GET /api/openapi.json``: the document that tells clients of the whole API.

It is made once. What one caller may call of it is made for each set of permissions
when it is asked for, and the last few are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import orjson
from attrs import define, evolve, field

from eerp import limits
from eerp.auth.access import signed_in
from eerp.interfaces import Identity, Reply
from eerp.openapi import permitted
from eerp.orm.faults import refused
from eerp.web.core_docs import DOCUMENT
from eerp.web.endpoints import CoreRoute
from eerp.web.parameters import query_parameters
from eerp.web.request import WebRequest

__all__ = ["OpenApi"]

_WORDS = {"true": True, "false": False}
# A client may keep it, and asks each time whether it still holds.
_KEPT = {"cache-control": "no-cache"}
_OWN = {"cache-control": "private, no-cache"}


@define(eq=False)
class OpenApi:
    """Serves the document, to everybody if it is `public`."""

    public: bool
    _whole: Reply = field(init=False)
    _part: Callable[[frozenset[str]], Reply] = field(init=False)

    def route(self) -> CoreRoute:
        """The route, which is told of in the document too."""
        return CoreRoute(
            "GET",
            "/api/openapi.json",
            self._answer,
            needs_user=not self.public,
            identifies=True,
            doc=DOCUMENT,
        )

    def publish(self, document: dict[str, Any]) -> bytes:
        """Serve `document` from here on; its bytes."""

        @lru_cache(limits.DOCUMENTS_KEPT_MAX)
        def part(permissions: frozenset[str]) -> Reply:
            whoever = Identity("", "", None, (), permissions)
            return _reply(permitted(document, whoever.may), _OWN)

        self._whole, self._part = _reply(document, _KEPT), part
        return self._whole.body

    async def _answer(
        self, request: WebRequest, who: Identity | None, _body: Any
    ) -> Reply:
        asked = query_parameters(request.query, ("permitted",))
        only_permitted = _WORDS.get(asked.get("permitted", "false"))
        if only_permitted is None:
            message = "The parameter permitted is true or false."
            raise refused("permitted", "enum", message)
        return self._part(signed_in(who).permissions) if only_permitted else self._whole


def _reply(document: dict[str, Any], headers: dict[str, str]) -> Reply:
    body = orjson.dumps(document)
    tag = hashlib.sha256(body).hexdigest()[:32]
    return evolve(
        Reply(200, body),
        headers={**headers, "etag": f'"{tag}"', "vary": "Authorization"},
    )
