"""Puts together the feed of committed changes, and the route that tells of them."""

from __future__ import annotations

from collections.abc import Sequence

from eerp.changes import Feed, Live, Sight, Tail
from eerp.startup.runtime import Runtime
from eerp.web.endpoints import CoreRoute
from eerp.web.event_stream import event_routes
from eerp.web.stream import Room

__all__ = ["live_routes"]


def live_routes(runtime: Runtime) -> Sequence[CoreRoute]:
    """The core's routes for it, in a daemon whose models are frozen."""
    bounds, clock = runtime.config.limits, runtime.reactor
    names = [f"{model.module}.{model.name}" for model in runtime.models]
    feed = Feed(runtime.pool, names)
    live = Live(feed, Tail(feed, clock), Sight(runtime.pool), clock)
    room = Room(bounds.event_streams_max, bounds.event_streams_per_user_max)
    return event_routes(live, runtime.models, runtime.identities, room)
