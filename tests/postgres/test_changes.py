"""The feed of committed changes on a real PostgreSQL: each change once, and every one.

Writers commit in another order than they began, roll back, and take each other's lanes;
readers go away in the middle of a page and come back with the cursor that they had.
"""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
import pytest_twisted
from attrs import define, evolve, field
from psycopg2.errors import SerializationFailure
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from eerp.changes import (
    Astray,
    Change,
    Cursor,
    Feed,
    Follower,
    Live,
    Overrun,
    Place,
    Sight,
    Tail,
    readable,
)
from eerp.database.pool import Pool
from eerp.errors import Forbidden, ValidationFailed
from eerp.interfaces import Identity
from eerp.orm.registry import ModelRegistry
from tests.postgres.trail import Trail, run

NOTES = "shop.notes"
OURS = "018f4e9a-7c1b-7d2e-8f3a-000000000001"
THEIRS = "018f4e9a-7c1b-7d2e-8f3a-000000000002"
ANN = Identity(
    "018f4e9a-7c1b-7d2e-8f3a-4b5c6d7e8f90", "ann", None, (), frozenset({"shop.*"})
)
Told = tuple[str, str, int | None]

_EVERY = """
SELECT record_id::text, action, (coalesce(after, before) ->> 'version')::integer
  FROM eerp.audit WHERE model = 'shop.notes'
"""


def told(change: Change) -> Told:
    return change.record_id, change.action, change.version


def committed(trail: Trail) -> list[Told]:
    return sorted((record, action, v) for record, action, v in trail.run(_EVERY))


def in_order(seen: list[Told]) -> bool:
    """Whether each record's changes were told by its version; a purge has the last."""
    versions: dict[str, list[tuple[int | None, bool]]] = defaultdict(list)
    for record, action, version in seen:
        versions[record].append((version, action == "purge"))
    return all(found == sorted(found) for found in versions.values())


def registry(**more: Any) -> ModelRegistry:
    made = ModelRegistry()
    fields = [{"name": "text", "type": "uuid" if "company" in more else "text"}]
    made.register("shop", [{"name": "notes", "fields": fields, **more}])
    return made


def live_of(pool: Pool, **bounds: Any) -> Live:
    feed = Feed(pool, [NOTES], **bounds)
    return Live(feed, Tail(feed, reactor), Sight(pool), reactor)


@define(eq=False)
class Clerk:
    """A session that writes notes which nobody else has in hand."""

    connection: Any
    random: random.Random
    free: set[str]
    mine: set[str] = field(factory=set)

    def step(self) -> None:
        """Write a row, or end the transaction in one way or the other."""
        chance = self.random.random()
        if not self.mine or chance < 0.45:
            self._create()
        elif chance < 0.6 and self.free:
            try:
                self._change(self.random.choice(sorted(self.free)))
            except SerializationFailure:
                self.end(commit=False)
        elif chance < 0.65:
            run(self.connection, "SAVEPOINT s")
            run(self.connection, "INSERT INTO shop.notes (text) VALUES ('undone')")
            run(self.connection, "ROLLBACK TO s")
        else:
            self.end(commit=chance < 0.9)

    def _create(self) -> None:
        rows = "INSERT INTO shop.notes (text) SELECT 'n' FROM generate_series(1, %s)"
        count = self.random.randint(1, 3)
        made = run(self.connection, f"{rows} RETURNING id::text", (count,))
        self.mine |= {record for (record,) in made}

    def _change(self, record: str) -> None:
        self.free.discard(record)
        if self.random.random() < 0.2:
            run(self.connection, "DELETE FROM shop.notes WHERE id = %s", (record,))
            return
        run(
            self.connection,
            "UPDATE shop.notes SET version = version + 1,"
            " deleted_at = CASE WHEN deleted_at IS NULL AND %s THEN now() END"
            " WHERE id = %s",
            (self.random.random() < 0.3, record),
        )
        self.mine.add(record)

    def end(self, *, commit: bool) -> None:
        if commit:
            self.connection.commit()
            self.free |= self.mine
        else:
            self.connection.rollback()
        self.mine = set()


async def pages(feed: Feed, place: Place) -> AsyncIterator[tuple[Any, Any]]:
    """Page after page, until there is nothing more."""
    more = True
    while more:
        page = await feed.page(place)
        yield page, [n for n, c in enumerate(page.changes) if c.model == NOTES]
        place, more = page.end, page.more


@pytest.mark.parametrize("seed", range(6))
@pytest_twisted.ensureDeferred
async def test_each_committed_change_is_read_once_whatever_the_order_of_commits(
    pool: Pool, trail: Trail, seed: int
) -> None:
    dice = random.Random(seed)
    feed = Feed(pool, [NOTES], rows_max=dice.choice([1, 5, 40]))
    place, seen = await feed.now(), []
    free: set[str] = set()
    with trail.sessions(6) as sessions:
        clerks = [Clerk(connection, dice, free) for connection in sessions]
        for _ in range(250):
            dice.choice(clerks).step()
            if dice.random() < 0.2:
                place = await _read_a_little(feed, place, dice, seen)
        for clerk in clerks:
            clerk.end(commit=True)
    async with aclosing(pages(feed, place)) as rest:
        async for page, numbers in rest:
            seen += [told(page.changes[number]) for number in numbers]

    assert sorted(seen) == committed(trail)
    assert len(seen) > 100
    assert in_order(seen)


async def _read_a_little(
    feed: Feed, place: Place, dice: random.Random, seen: list[Told]
) -> Place:
    """Read, lose the connection behind some change, and come back with its cursor."""
    async with aclosing(pages(feed, place)) as rest:
        async for page, numbers in rest:
            place = page.end
            for number in numbers:
                seen.append(told(page.changes[number]))
                if dice.random() < 0.1:
                    return await feed.resume(Cursor.read(page.cursor(number)))
    return place


@pytest_twisted.ensureDeferred
async def test_many_writers_and_a_reader_that_comes_and_goes(
    pool: Pool, trail: Trail
) -> None:
    live, over, seen = live_of(pool), threading.Event(), []
    watched = readable(registry(), ANN, [])
    cursor = (await live.feed.now()).cursor
    writing = [
        deferToThread(_write_until, trail, over, random.Random(n)) for n in range(8)
    ]
    dice = random.Random(7)
    for _ in range(12):
        cursor = await _listen(live, watched, cursor, dice.randint(1, 60), seen)
    over.set()
    for one in writing:
        await one
    total = len(committed(trail))
    await _listen(live, watched, cursor, total - len(seen), seen)

    assert sorted(seen) == committed(trail)
    assert in_order(seen)


def _write_until(trail: Trail, over: threading.Event, dice: random.Random) -> None:
    """Transactions of one to four rows, slow or quick; a session lives for a few."""
    while not over.is_set():
        connection = trail.connect()
        for _ in range(dice.randint(1, 6)):
            for _ in range(dice.randint(1, 4)):
                run(connection, "INSERT INTO shop.notes (text) VALUES ('t')")
                time.sleep(dice.random() * 0.01)
            connection.rollback() if dice.random() < 0.2 else connection.commit()
        connection.close()


async def _listen(
    live: Live, watched: Any, cursor: str, count: int, seen: list[Told]
) -> str:
    """Be a client for so many changes; what it knows then."""
    if count <= 0:
        return cursor
    follower = await live.begin(watched, cursor)
    assert follower.lost is None
    return await _hear(follower, count, seen)


async def _hear(follower: Follower, count: int, seen: list[Told]) -> str:
    async with aclosing(follower.pages()) as found:
        async for page, numbers in found:
            for number in numbers:
                seen.append(told(page.changes[number]))
                count -= 1
                if not count:
                    return page.cursor(number)
    raise AssertionError("the feed never ends")


@pytest_twisted.ensureDeferred
async def test_what_commits_late_is_told_late_and_nothing_waits_for_it(
    pool: Pool, trail: Trail
) -> None:
    feed = Feed(pool, [NOTES])
    place = await feed.now()
    slow, quick = trail.connect(), trail.connect()
    run(slow, "INSERT INTO shop.notes (text) VALUES ('slow')")
    run(quick, "INSERT INTO shop.notes (text) VALUES ('quick')")
    quick.commit()

    first = await feed.page(place)
    slow.commit()
    second = await feed.page(first.end)

    assert [len(first.changes), len(second.changes)] == [1, 1]
    assert first.changes[0].at > second.changes[0].at
    slow.close()
    quick.close()


@pytest_twisted.ensureDeferred
async def test_an_open_transaction_holds_nothing_back(pool: Pool, trail: Trail) -> None:
    """Neither one that writes nor an old snapshot such as a backup's."""
    feed = Feed(pool, [NOTES])
    place = await feed.now()
    idle, old = trail.connect(), trail.connect()
    run(idle, "INSERT INTO shop.notes (text) VALUES ('never committed')")
    run(old, "SELECT FROM eerp.audit")

    trail.run("INSERT INTO shop.notes (text) VALUES ('seen')")

    assert len((await feed.page(place)).changes) == 1
    idle.close()
    old.close()


@pytest_twisted.ensureDeferred
async def test_a_cursor_of_another_database_is_told_from_ours(
    pool: Pool, trail: Trail
) -> None:
    live = live_of(pool)
    watched = readable(registry(), ANN, [])
    trail.run("INSERT INTO shop.notes (text) VALUES ('a')")
    ours = await live.feed.now()
    foreign = evolve(ours, marks=tuple(b"12345678" for _ in ours.marks))
    ahead = ours.after(1, 9_000_000, b"12345678")

    for cursor in (foreign.cursor, ahead.cursor, "no cursor", "AQ"):
        follower = await live.begin(watched, cursor)
        assert (follower.lost, follower.place) == ("unknown", ours)
    assert (await live.begin(watched, ours.cursor)).lost is None
    with pytest.raises(Astray):
        await live.feed.page(foreign)


@pytest_twisted.ensureDeferred
async def test_a_cursor_that_is_too_old_is_not_read_from(
    pool: Pool, trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = live_of(pool)
    old = await live.feed.now()
    trail.run("INSERT INTO shop.notes (text) SELECT 'a' FROM generate_series(1, 20)")
    monkeypatch.setattr("eerp.limits.EVENT_BEHIND_ROWS_MAX", 19)

    follower = await live.begin(readable(registry(), ANN, []), old.cursor)

    assert (follower.lost, await live.feed.behind(old)) == ("behind", 20)
    assert follower.place == await live.feed.now()


@pytest_twisted.ensureDeferred
async def test_commits_that_a_failover_lost_are_noticed(
    pool: Pool, trail: Trail
) -> None:
    """The trail goes on from an older head, as it does on a standby that lagged."""
    live = live_of(pool)
    follower = await live.begin(readable(registry(), ANN, []), None)
    running = Deferred.fromCoroutine(_collect(follower))
    trail.run("INSERT INTO shop.notes (text) VALUES ('kept')")
    while not follower.place.seqs:
        await deferLater(reactor, 0.02)
    tamperer = trail.tamperer()
    run(tamperer, "DELETE FROM eerp.audit")
    run(tamperer, "UPDATE eerp.audit_lanes SET seq = 0, hash = decode('00', 'hex')")
    tamperer.commit()
    tamperer.close()
    trail.run("INSERT INTO shop.notes (text) VALUES ('another')")

    assert await running == "Astray"


async def _collect(follower: Any) -> str:
    try:
        async with aclosing(follower.pages()) as found:
            async for _ in found:
                pass
    except (Astray, Overrun) as error:
        return type(error).__name__
    return "over"


@pytest_twisted.ensureDeferred
async def test_who_takes_too_little_is_left_behind(pool: Pool, trail: Trail) -> None:
    live = live_of(pool)
    follower = await live.begin(readable(registry(), ANN, []), None)
    follower._inbox.room, overrun = 10, []
    follower.when_overrun(lambda: overrun.append(True))
    found = follower.pages()
    trail.run("INSERT INTO shop.notes (text) VALUES ('first')")
    await anext(found)
    # The client is busy with it, and others follow.
    other = await live.begin(readable(registry(), ANN, []), None)
    running = Deferred.fromCoroutine(_collect(other))
    await deferLater(reactor, 0)
    live.tail.join(follower._inbox, follower.place)
    trail.run("INSERT INTO shop.notes (text) SELECT 'a' FROM generate_series(1, 20)")
    while not overrun:
        await deferLater(reactor, 0.02)

    assert not other._inbox.full
    other._inbox.end()
    assert await running == "Astray"
    await found.aclose()


@pytest_twisted.ensureDeferred
async def test_streams_go_on_when_the_database_is_back(
    pool: Pool, trail: Trail, kill_backends: Any
) -> None:
    live, seen = live_of(pool), []
    follower = await live.begin(readable(registry(), ANN, []), None)
    running = Deferred.fromCoroutine(_hear(follower, 3, seen))
    for _ in range(3):
        trail.run("INSERT INTO shop.notes (text) VALUES ('a')")
        kill_backends()
        await deferLater(reactor, 0.1)

    await running
    assert sorted(seen) == committed(trail)


MINE = {"field": "text", "op": "eq", "value": "mine"}
RULE = {"role": "clerk", "operations": ["read"], "where": MINE}


async def _visible(pool: Pool, models: ModelRegistry, who: Identity) -> list[Told]:
    """All that a caller is told of the whole feed."""
    feed, sight, found = Feed(pool, [NOTES]), Sight(pool), []
    watched = readable(models, who, [])
    place, more = Place(), True
    while more:
        page = await feed.page(place)
        found += [told(page.changes[n]) for n in await sight.of(page, watched)]
        place, more = page.end, page.more
    return found


@pytest_twisted.ensureDeferred
async def test_only_changes_of_records_that_the_caller_sees_are_told(
    pool: Pool, trail: Trail
) -> None:
    models = registry(rules=[RULE])
    clerk = evolve(ANN, roles=("clerk",))
    for text in ("mine", "mine", "theirs"):
        trail.run("INSERT INTO shop.notes (text) VALUES (%s)", (text,))
    trail.run("UPDATE shop.notes SET version = 2, deleted_at = now()")
    [[purged]] = trail.run(
        "DELETE FROM shop.notes WHERE id = (SELECT id FROM shop.notes"
        " WHERE text = 'mine' LIMIT 1) RETURNING id::text"
    )
    mine = {
        r for (r,) in trail.run("SELECT id::text FROM shop.notes WHERE text = 'mine'")
    }

    seen = await _visible(pool, models, clerk)

    assert {record for record, *_ in seen} == mine
    assert [action for _, action, _ in seen] == ["create", "delete"]
    every = await _visible(pool, models, ANN)
    assert len(every) == 7
    assert (purged, "purge", 2) in every


@pytest_twisted.ensureDeferred
async def test_what_is_of_another_company_is_not_told_not_even_its_end(
    pool: Pool, trail: Trail
) -> None:
    models = registry(company="text")
    trail.run("ALTER TABLE shop.notes ALTER text TYPE uuid USING text::uuid")
    member = evolve(ANN, companies=(OURS,), company_id=OURS)
    for company in (OURS, THEIRS):
        trail.run("INSERT INTO shop.notes (text) VALUES (%s)", (company,))
    trail.run("UPDATE shop.notes SET version = 2")
    before = await _visible(pool, models, member)
    trail.run("DELETE FROM shop.notes")

    after = await _visible(pool, models, member)

    assert [action for _, action, _ in before] == ["create", "update"]
    assert [(record, action) for record, action, _ in after] == [
        (before[0][0], "purge")
    ]
    unscoped = evolve(member, permissions=frozenset({"*"}))
    assert len(await _visible(pool, models, unscoped)) == 6


@pytest_twisted.ensureDeferred
async def test_what_is_seen_is_asked_once_for_all_who_see_the_same(
    pool: Pool, trail: Trail
) -> None:
    models = registry(rules=[RULE])
    clerk = evolve(ANN, roles=("clerk",))
    trail.run("INSERT INTO shop.notes (text) VALUES ('mine'), ('theirs')")
    feed, sight = Feed(pool, [NOTES]), Sight(pool)
    page = await feed.page(Place())
    both = [
        Deferred.fromCoroutine(sight.of(page, readable(models, who, [])))
        for who in (clerk, evolve(clerk, username="eve"))
    ]

    assert [await one for one in both] == [[0], [0]]
    assert len(page.known) == 1


def test_models_are_those_that_the_caller_may_read() -> None:
    models = registry()
    nobody = evolve(ANN, permissions=frozenset())

    assert list(readable(models, ANN, ["shop.notes", "shop.*"])) == [NOTES]
    for asked in ([], ["shop.notes"], ["shop.*"]):
        with pytest.raises(Forbidden):
            readable(models, nobody, asked)
    for asked in ("shop.no", "no.*", "notes", "*"):
        with pytest.raises(ValidationFailed):
            readable(models, ANN, [asked])
