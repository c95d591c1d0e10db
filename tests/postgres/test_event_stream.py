"""GET /api/events on a real PostgreSQL, over an in-memory transport and by a clock that
the test moves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from attrs import Factory, define, evolve, field
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, deferLater

from eerp import limits
from eerp.changes import Feed, Live, Sight, Tail
from eerp.database.pool import Pool
from eerp.errors import DatabaseUnavailable, TokenExpired
from eerp.interfaces import Identity
from eerp.web.event_stream import event_routes
from eerp.web.stream import Room
from tests.postgres.test_changes import ANN, NOTES, registry
from tests.postgres.trail import Trail, run
from tests.web.wire import Client, World, request_bytes

COMPANY = "018f4e9a-7c1b-7d2e-8f3a-000000000001"


@define
class Callers:
    """Knows tokens; a test takes one away, or lets the database be gone."""

    known: dict[str, Identity]
    gone: bool = False

    def cached(self, token: str) -> Identity | None:
        return None if self.gone else self.known.get(token)

    async def identify(self, token: str) -> Identity:
        if self.gone:
            raise DatabaseUnavailable("The database does not answer.")
        raise TokenExpired("The access token has expired.")


@define
class Heard:
    """What came over one connection."""

    client: Client

    @property
    def head(self) -> str:
        return self._parts()[0].decode()

    @property
    def status(self) -> int:
        return int(self.head.split(" ")[1])

    @property
    def ended(self) -> bool:
        """In order, so that the client knows that nothing is missing."""
        return self.client.transport.value().endswith(b"\r\n0\r\n\r\n")

    @property
    def text(self) -> str:
        return _unchunked(self._parts()[1]).decode()

    @property
    def events(self) -> list[tuple[str | None, str, Any]]:
        """The id, the name and the data of each event."""
        return [_event(block) for block in self.text.split("\n\n") if "data:" in block]

    def of(self, name: str) -> list[tuple[str | None, Any]]:
        return [(id_, data) for id_, named, data in self.events if named == name]

    def _parts(self) -> tuple[bytes, bytes]:
        head, _, body = self.client.transport.value().partition(b"\r\n\r\n")
        return head, body


def _unchunked(body: bytes) -> bytes:
    text = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        text += rest[:length]
        body = rest[length + 2 :]
    return text


def _event(block: str) -> tuple[str | None, str, Any]:
    lines = [line.split(": ", 1) for line in block.split("\n") if line[:1] != ":"]
    fields = dict(lines)
    return fields.get("id"), fields["event"], json.loads(fields["data"])


@define(eq=False)
class Api:
    """The route, and who may call it."""

    pool: Pool
    callers: Callers
    room: Room = Factory(Room)
    clock: Clock = Factory(Clock)
    models: Any = Factory(registry)
    world: World = field(init=False)

    def __attrs_post_init__(self) -> None:
        feed = Feed(self.pool, [NOTES])
        live = Live(feed, Tail(feed, reactor), Sight(self.pool), self.clock)
        routes = event_routes(live, self.models, self.callers, self.room)
        self.world = World(identities=self.callers, further=routes)

    async def listen(
        self, query: str = "", token: str = "ann", method: str = "GET", **headers: str
    ) -> Heard:
        client = self.world.connect()
        path = f"/api/events{query}"
        client.send(request_bytes(method, path, token=token, **headers))
        heard = Heard(client)
        await until(client.transport.value)
        return heard

    async def beat(self) -> None:
        """A heartbeat's time passes."""
        self.clock.advance(limits.EVENT_HEARTBEAT_S)
        await deferLater(reactor, 0)


async def until(holds: Callable[[], Any]) -> None:
    for _ in range(2000):
        if holds():
            return
        await deferLater(reactor, 0.005)
    raise AssertionError("it never holds")


@pytest.fixture
def api(pool: Pool, trail: Trail) -> Any:
    known = {
        "ann": ANN,
        "other": ANN,
        "eve": evolve(ANN, user_id=COMPANY, username="eve"),
        "nobody": evolve(ANN, permissions=frozenset()),
    }
    made = Api(pool, Callers(known))
    yield made
    for channel in tuple(made.world.site.channels):
        Client(channel, channel.transport).lose()
    assert not made.room._of_users
    assert made.world.site.in_flight == 0


def note(trail: Trail, count: int = 1) -> None:
    rows = "SELECT 'n' || n FROM generate_series(1, %s) n"
    trail.run(f"INSERT INTO shop.notes (text) {rows}", (count,))


@ensureDeferred
async def test_a_stream_begins_with_ready_and_tells_what_follows(
    api: Api, trail: Trail
) -> None:
    note(trail)
    heard = await api.listen()
    trail.run("INSERT INTO shop.lines (text) VALUES ('no model')")
    note(trail)
    await until(lambda: heard.of("change"))

    assert heard.status == 200
    head = heard.head.lower()
    for line in (
        "content-type: text/event-stream; charset=utf-8", "cache-control: no-store",
        "x-accel-buffering: no", "transfer-encoding: chunked",
    ):  # fmt: skip
        assert line in head
    assert "content-length" not in head
    [(start, ready)] = heard.of("ready")
    [(behind, told)] = heard.of("change")
    assert ready == {"models": [NOTES]}
    assert start
    assert behind not in (None, start)
    assert heard.text.startswith("retry: ")
    assert told.keys() == {
        "module", "model", "id", "action", "version", "at", "actor",
    }  # fmt: skip
    assert (told["module"], told["model"], told["action"]) == (
        "shop",
        "notes",
        "create",
    )
    assert api.world.site.in_flight == 0


@ensureDeferred
async def test_a_client_that_comes_back_hears_the_rest(api: Api, trail: Trail) -> None:
    first = await api.listen()
    note(trail, 3)
    await until(lambda: len(first.of("change")) == 3)
    cursor = first.of("change")[0][0]
    first.client.lose()
    note(trail)

    again = await api.listen(last_event_id=cursor)
    by_query = await api.listen(f"?since={cursor}")
    both = await api.listen("?since=nonsense", last_event_id=cursor)

    for heard in (again, by_query, both):
        await until(lambda heard=heard: len(heard.of("change")) == 3)
        assert heard.of("change")[:2] == first.of("change")[1:]
        assert heard.of("ready")[0][0] is None
        assert heard.of("reset") == []


@ensureDeferred
async def test_a_cursor_that_is_none_of_ours_is_answered_with_one_reset(
    api: Api, trail: Trail
) -> None:
    note(trail, 2)
    heard = await api.listen(last_event_id="stale")
    note(trail)
    await until(lambda: heard.of("change"))

    assert [name for _, name, _ in heard.events] == ["ready", "reset", "change"]
    [(cursor, why)] = heard.of("reset")
    assert cursor
    assert why == {"reason": "unknown"}


@ensureDeferred
async def test_an_open_stream_says_that_commits_were_lost_and_goes_on(
    api: Api, trail: Trail
) -> None:
    """As after a failover to a standby that lagged."""
    heard = await api.listen()
    note(trail)
    await until(lambda: heard.of("change"))
    tamperer = trail.tamperer()
    run(tamperer, "DELETE FROM eerp.audit")
    run(tamperer, "UPDATE eerp.audit_lanes SET seq = 0, hash = decode('00', 'hex')")
    tamperer.commit()
    tamperer.close()
    while not heard.of("reset"):
        api.clock.advance(limits.EVENT_RETRY_S)
        await deferLater(reactor, 0.02)
    note(trail)
    await until(lambda: len(heard.of("change")) == 2)

    assert [name for _, name, _ in heard.events] == [
        "ready", "change", "reset", "change",
    ]  # fmt: skip
    again = await api.listen(last_event_id=heard.of("reset")[0][0])
    await until(lambda: again.of("change"))
    assert again.of("change") == heard.of("change")[1:]


@pytest.mark.parametrize(
    ("query", "token", "status"),
    [
        ("?models=shop.none", "ann", 422),
        ("?models=", "ann", 422),
        ("?models=shop.notes,", "ann", 422),
        (f"?models={'a' * 3000}", "ann", 422),
        ("?model=shop.notes", "ann", 422),
        ("?models=shop.notes&models=shop.notes", "ann", 422),
        ("?models=shop.notes", "nobody", 403),
        ("?models=shop.*", "nobody", 403),
        ("", "nobody", 403),
        ("", "unknown", 401),
    ],
)
@ensureDeferred
async def test_what_is_wrong_is_said_before_the_stream_begins(
    api: Api, query: str, token: str, status: int
) -> None:
    heard = await api.listen(query, token)
    assert (heard.status, api.world.site.streams) == (status, set())


@ensureDeferred
async def test_there_is_room_for_so_many(api: Api) -> None:
    api.room.most_of_user, api.room.most = 2, 3
    open_ = [await api.listen(token=token) for token in ("ann", "other", "eve")]
    too_many = await api.listen()
    full = await api.listen(token="eve")

    assert [heard.status for heard in (*open_, too_many, full)] == [
        200, 200, 200, 429, 503,
    ]  # fmt: skip
    for heard in (too_many, full):
        assert "retry-after: " in heard.head.lower()
    open_[0].client.lose()
    assert (await api.listen()).status == 200


@ensureDeferred
async def test_head_and_options_open_nothing(api: Api) -> None:
    head = await api.listen(method="HEAD")
    options = await api.listen(method="OPTIONS")

    assert "text/event-stream" in head.head
    assert head.text == ""
    assert options.status == 204
    assert api.world.site.streams == set()


@ensureDeferred
async def test_a_page_of_another_origin_may_listen(api: Api) -> None:
    heard = await api.listen(origin="https://spa.example")
    asked = await api.listen(
        method="OPTIONS", origin="https://spa.example",
        access_control_request_method="GET",
    )  # fmt: skip

    assert "access-control-allow-origin: https://spa.example" in heard.head.lower()
    assert "last-event-id" in asked.head.lower()


@ensureDeferred
async def test_an_old_client_is_told_by_the_end_of_the_connection(
    api: Api, trail: Trail
) -> None:
    client = api.world.connect()
    client.send(
        b"GET /api/events HTTP/1.0\r\nHost: a\r\nAuthorization: Bearer ann\r\n\r\n"
    )
    await until(lambda: b"event: ready" in client.transport.value())
    [stream] = api.world.site.streams
    stream.end("it is over")

    head = client.transport.value().partition(b"\r\n\r\n")[0].lower()
    assert b"chunked" not in head
    assert b"connection: close" in head
    assert client.closed


@ensureDeferred
async def test_an_idle_stream_shows_that_it_lives_and_how_far_it_is(
    api: Api, trail: Trail
) -> None:
    heard = await api.listen()
    await until(lambda: heard.of("ready"))
    await api.beat()
    assert heard.text.endswith("\n\n: \n\n")
    assert heard.of("mark") == []

    trail.run("INSERT INTO shop.lines (text) VALUES ('not for it to hear')")
    await until(lambda: _place(api).seqs != ())
    await api.beat()
    await api.beat()

    [(cursor, _)] = heard.of("mark")
    again = await api.listen(last_event_id=cursor)
    await until(lambda: again.of("ready"))
    assert again.of("reset") == []
    api.world.clock.advance(10 * limits.KEEP_ALIVE_S)
    assert not heard.client.closed


def _place(api: Api) -> Any:
    [stream] = api.world.site.streams
    return stream._follower.place


@ensureDeferred
async def test_a_stream_ends_with_the_token_and_tells_nothing_more(
    api: Api, trail: Trail
) -> None:
    idle = await api.listen(token="other")
    busy = await api.listen()
    await until(lambda: busy.of("ready"))
    api.callers.known = {"eve": api.callers.known["eve"]}
    note(trail)
    await until(lambda: busy.ended)
    await api.beat()

    assert idle.ended
    for heard in (idle, busy):
        assert [name for _, name, _ in heard.events] in (["ready"], [])
    assert (await api.listen()).status == 401


@ensureDeferred
async def test_a_stream_ends_when_the_callers_rights_are_others(
    api: Api, trail: Trail
) -> None:
    heard = await api.listen()
    api.callers.known["ann"] = evolve(ANN, permissions=frozenset({"*"}))
    note(trail)
    await until(lambda: heard.ended)
    assert heard.of("change") == []


@ensureDeferred
async def test_a_company_that_is_the_callers_no_longer_ends_the_stream(
    api: Api,
) -> None:
    member = evolve(ANN, companies=(COMPANY,))
    api.callers.known["ann"] = member
    heard = await api.listen(x_company=COMPANY)
    await api.beat()
    assert not heard.ended
    api.callers.known["ann"] = ANN
    await api.beat()
    assert heard.ended


@ensureDeferred
async def test_without_the_database_a_stream_stays_open(api: Api, trail: Trail) -> None:
    heard = await api.listen()
    await until(lambda: heard.of("ready"))
    api.callers.gone = True
    note(trail)
    await api.beat()
    assert not heard.ended
    assert heard.of("change") == []

    api.callers.gone = False
    for _ in range(50):
        api.clock.advance(limits.EVENT_RETRY_S)
        await deferLater(reactor, 0.02)
        if heard.of("change"):
            break
    assert len(heard.of("change")) == 1


@ensureDeferred
async def test_a_client_that_takes_nothing_is_cut_off(api: Api, trail: Trail) -> None:
    heard, other = await api.listen(), await api.listen(token="eve")
    await until(lambda: heard.of("ready") and other.of("ready"))
    slow = next(
        s for s in api.world.site.streams if s._watch.identity.username == "ann"
    )
    slow._follower._inbox.room = 5
    heard.client.channel.pauseProducing()
    note(trail)
    await until(lambda: heard.of("change"))
    note(trail, 10)
    await until(lambda: len(other.of("change")) == 11)

    assert heard.client.transport.aborted
    assert not other.client.transport.aborted
    # It comes back for the rest.
    heard.client.lose()
    again = await api.listen(last_event_id=heard.of("change")[-1][0])
    await until(lambda: len(again.of("change")) == 10)


@ensureDeferred
async def test_a_client_that_pauses_hears_the_rest_later(
    api: Api, trail: Trail
) -> None:
    heard = await api.listen()
    await until(lambda: heard.of("ready"))
    heard.client.channel.pauseProducing()
    note(trail)
    await until(lambda: heard.of("change"))
    note(trail)
    await deferLater(reactor, 0.5)
    assert len(heard.of("change")) == 1

    heard.client.channel.resumeProducing()
    await until(lambda: len(heard.of("change")) == 2)


@ensureDeferred
async def test_a_drain_ends_streams_at_once(api: Api) -> None:
    heard, stuck = await api.listen(), await api.listen()
    await until(lambda: heard.of("ready") and stuck.of("ready"))
    stuck.client.channel.pauseProducing()

    running = Deferred.fromCoroutine(api.world.site.drain(20))

    assert heard.ended
    assert heard.client.closed
    assert stuck.client.transport.aborted
    for each in (heard, stuck):
        each.client.lose()
    assert await running == 0
    assert api.world.site.streams == set()
