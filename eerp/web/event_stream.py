"""``GET /api/events``: committed changes as server-sent events, for as long as may be.

The caller's rights are those when the stream opens. It ends when they are others, when
the token expires or the session is over, and when the client takes too little; the
client comes back with the id of the last event, and misses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from attrs import frozen
from twisted.internet.defer import CancelledError

from eerp import limits
from eerp.auth.access import signed_in
from eerp.changes import Live, readable
from eerp.errors import Overloaded
from eerp.interfaces import Identity, Reply
from eerp.orm.faults import refused
from eerp.orm.registry import ModelRegistry
from eerp.web.core_docs import EVENTS
from eerp.web.endpoints import CoreRoute
from eerp.web.parameters import query_parameters
from eerp.web.pipeline import Identifier
from eerp.web.request import WebRequest
from eerp.web.respond import Streaming
from eerp.web.stream import Room, Stream, Watch

__all__ = ["event_routes"]

_PATH = "/api/events"
_PARAMETERS = ("models", "since")
_HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    # nginx would hold events back until it has a buffer full of them.
    "x-accel-buffering": "no",
}


def event_routes(
    live: Live, registry: ModelRegistry, identifier: Identifier, room: Room
) -> Sequence[CoreRoute]:
    """The route."""
    at = _At(live, registry, identifier, room)
    return (CoreRoute("GET", _PATH, at.open, needs_user=True, doc=EVENTS),)


@frozen(eq=False)
class _At:
    live: Live
    registry: ModelRegistry
    identifier: Identifier
    room: Room

    async def open(self, request: WebRequest, who: Identity | None, _: Any) -> Reply:
        identity = signed_in(who)
        asked = query_parameters(request.query, _PARAMETERS)
        watched = readable(self.registry, identity, _models(asked.get("models")))
        cursor = request.header(b"last-event-id") or asked.get("since") or None
        self.room.check(identity.user_id)
        if request.method == b"HEAD":
            return Streaming(HTTPStatus.OK, b"", _HEADERS)
        follower = await self.live.begin(watched, cursor)
        if request.gone:
            raise CancelledError
        if request.site.draining:
            raise Overloaded("The daemon is about to stop.")
        # Others may have come meanwhile; from here on nothing waits.
        self.room.check(identity.user_id)
        watch = Watch(self.identifier, request, identity)
        stream = Stream(request, self.live, watch, follower)
        return Streaming(
            HTTPStatus.OK,
            b"",
            _HEADERS,
            begin=lambda: stream.begin(self.room, fresh=cursor is None),
        )


def _models(text: str | None) -> list[str]:
    """The names that are asked for; none means all."""
    if text is None:
        return []
    if len(text) > limits.EVENT_MODELS_CHARACTERS_MAX:
        message = (
            f"The names are {limits.EVENT_MODELS_CHARACTERS_MAX} characters at most."
        )
        raise refused("query/models", "too_long", message)
    names = text.split(",")
    if not all(names):
        message = "The models are full names with commas between, or such as crm.*."
        raise refused("query/models", "format", message)
    return names
