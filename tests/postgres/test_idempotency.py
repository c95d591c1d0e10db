"""A request with an Idempotency-Key has its effect once, and always the same answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import psycopg2
import pytest
import pytest_twisted
from attrs import evolve
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater

from eerp.database.pool import Pool
from eerp.errors import (
    BadRequest,
    IdempotencyInUse,
    IdempotencyMismatch,
    Refusal,
)
from eerp.interfaces import Reply, Statement
from eerp.sandbox import Engine
from eerp.sandbox.idempotency import REPLAYED, forget
from tests.postgres.conftest import Proxy
from tests.postgres.counters import ANN, Bench, make_bench

BOB = evolve(ANN, user_id="018f0000-0000-7000-8000-00000000000b", username="bob")


def create(name: str) -> dict[str, Any]:
    return {"op": "create", "model": "counters", "values": {"name": name}}


def send(bench: Bench, name: str, key: str = "k1", **more: Any) -> Deferred[Reply]:
    return bench.ask(1, create(name), key=key, **more)


async def kept(pool: Pool) -> Any:
    asked = "select user_id, key, status from eerp.idempotency order by 1, 2"
    return await pool.query(Statement(asked))


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest_twisted.ensureDeferred
async def test_a_repetition_gets_the_first_answer_and_has_no_effect(
    bench: Bench, method: str
) -> None:
    first = await send(bench, "a", method=method)
    again = await send(bench, "a", method=method)
    assert (again.status, again.body) == (first.status, first.body)
    assert REPLAYED not in first.headers
    assert again.headers == {**first.headers, REPLAYED: "true"}
    assert await bench.rows() == [("a", 0, 1)]


@pytest_twisted.ensureDeferred
async def test_the_answer_of_a_final_operation_is_kept_with_its_headers(
    bench: Bench,
) -> None:
    first = await bench.ask(10, None, key="k1")
    again = await bench.ask(10, None, key="k1")
    record = json.loads(first.body)["id"]
    assert first.status == 201
    assert first.headers == {"etag": '"1"', "location": f"/api/demo/x/{record}"}
    assert (again.status, again.body) == (201, first.body)
    assert again.headers == {**first.headers, REPLAYED: "true"}
    assert await bench.names() == ["mine"]


@pytest_twisted.ensureDeferred
async def test_twenty_at_once_have_one_effect_and_one_answer(bench: Bench) -> None:
    replies = await gatherResults([send(bench, "a") for _ in range(20)])
    assert {reply.body for reply in replies} == {replies[0].body}
    assert [REPLAYED in reply.headers for reply in replies].count(False) == 1
    assert await bench.rows() == [("a", 0, 1)]
    assert bench.dispatcher.turns.queues == {}


@pytest_twisted.ensureDeferred
async def test_twenty_in_several_processes_have_one_effect_and_one_answer(
    bench: Bench, pool: Pool, engine: Engine
) -> None:
    """Each of four dispatchers knows nothing of what the others do."""
    others = [bench]
    for _ in range(3):
        dispatcher = evolve(bench.dispatcher)
        others.append(Bench(dispatcher, pool, bench.dsn, bench.services))
    assert len({id(one.dispatcher.turns) for one in others}) == 4
    replies = await gatherResults([send(others[n % 4], "a") for n in range(20)])
    assert {reply.body for reply in replies} == {replies[0].body}
    assert [REPLAYED in reply.headers for reply in replies].count(False) == 1
    assert await bench.rows() == [("a", 0, 1)]


@pytest_twisted.ensureDeferred
async def test_another_request_with_the_key_is_refused(bench: Bench) -> None:
    await send(bench, "a")
    company = evolve(ANN, company_id="018f0000-0000-7000-8000-0000000000cc")
    for other in (
        send(bench, "b"),
        send(bench, "a", path="/api/demo/y"),
        send(bench, "a", method="PATCH"),
        send(bench, "a", identity=company),
        send(bench, "a", match='"2"'),
    ):
        with pytest.raises(IdempotencyMismatch):
            await other
    assert await bench.names() == ["a"]


@pytest_twisted.ensureDeferred
async def test_another_users_key_is_another_key(bench: Bench) -> None:
    await send(bench, "a")
    await send(bench, "b", identity=BOB)
    await send(bench, "c", key="k2")
    assert await bench.names() == ["a", "b", "c"]
    assert await kept(bench.pool) == [
        (ANN.user_id, "k1", 200), (ANN.user_id, "k2", 200), (BOB.user_id, "k1", 200),
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["", "a b", "ä", "a\n", "x" * 256, "\x7f"])
@pytest_twisted.ensureDeferred
async def test_a_malformed_key_is_refused(bench: Bench, key: str) -> None:
    with pytest.raises(BadRequest, match="1 to 255 visible"):
        await send(bench, "a", key=key)
    await send(bench, "b", key="~" * 255)
    assert await bench.names() == ["b"]


@pytest_twisted.ensureDeferred
async def test_a_key_is_for_those_who_are_signed_in(bench: Bench) -> None:
    with pytest.raises(BadRequest, match="signed-in"):
        await send(bench, "a", identity=None)
    assert await bench.names() == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest_twisted.ensureDeferred
async def test_other_methods_take_no_notice_of_a_key(bench: Bench, method: str) -> None:
    found = {"op": "find", "model": "counters"}
    await bench.ask(1, found, key="not a key", method=method)
    assert await kept(bench.pool) == []


@pytest_twisted.ensureDeferred
async def test_what_was_not_committed_is_not_remembered(bench: Bench) -> None:
    with pytest.raises(Refusal):
        await bench.ask(3, create("a"), key="k1")
    assert await kept(bench.pool) == []
    reply = await bench.ask(1, create("a"), key="k1")
    assert REPLAYED not in reply.headers
    assert await bench.names() == ["a"]


# In time


async def age(pool: Pool, seconds: int) -> None:
    await pool.query(
        Statement(
            "update eerp.idempotency set created_at = now() - %s * interval '1 s'"
            " returning 1",
            (seconds,),
        ),
        read_only=False,
    )


@pytest_twisted.ensureDeferred
async def test_a_key_whose_time_is_over_is_a_new_one(bench: Bench) -> None:
    await send(bench, "a")
    await age(bench.pool, 86_399)
    assert REPLAYED in (await send(bench, "a")).headers
    await age(bench.pool, 86_401)
    reply = await send(bench, "b")
    assert REPLAYED not in reply.headers
    assert (await send(bench, "b")).body == reply.body
    assert await bench.names() == ["a", "b"]


@pytest_twisted.ensureDeferred
async def test_old_answers_are_deleted_a_few_at_a_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eerp.limits.IDEMPOTENCY_FORGET_ROWS_MAX", 2)
    for number in range(5):
        await send(bench, f"n{number}", key=f"k{number}")
    await age(bench.pool, 100)
    await send(bench, "new", key="new")
    await forget(bench.pool, 100)
    assert [key for _, key, _ in await kept(bench.pool)] == ["new"]


# With another process, and with a database that fails


@pytest_twisted.ensureDeferred
async def test_a_request_that_is_at_work_elsewhere_is_waited_for(bench: Bench) -> None:
    elsewhere = psycopg2.connect(bench.dsn)
    await send(bench, "a")
    asked = Statement("select fingerprint from eerp.idempotency")
    fingerprint = bytes((await bench.pool.query(asked))[0][0])
    cursor = elsewhere.cursor()
    insert = (
        "insert into eerp.idempotency values"
        " (%s, %s, %s, 't', now(), 201, '{\"etag\": \"x\"}', 'there')"
    )
    cursor.execute(insert, (ANN.user_id, "k2", fingerprint))
    waiting = send(bench, "a", key="k2")
    await deferLater(reactor, 0.1)
    elsewhere.commit()
    reply = await waiting
    assert (reply.status, reply.body) == (201, b"there")
    assert reply.headers == {"etag": "x", REPLAYED: "true"}
    cursor.execute(insert, (ANN.user_id, "k3", fingerprint))
    waiting = send(bench, "b", key="k3")
    await deferLater(reactor, 0.1)
    elsewhere.rollback()
    elsewhere.close()
    assert REPLAYED not in (await waiting).headers
    assert await bench.names() == ["a", "b"]


@pytest_twisted.ensureDeferred
async def test_a_request_that_is_at_work_elsewhere_for_too_long_is_in_use(
    database: str, engine: Engine
) -> None:
    pool = Pool(reactor, database, size=2, lock_timeout_ms=100, require_durable=False)
    await pool.open()
    bench = await make_bench(pool, database, engine)
    elsewhere = psycopg2.connect(database)
    elsewhere.cursor().execute(
        "insert into eerp.idempotency values (%s, 'k1', '', 't')", (ANN.user_id,)
    )
    with pytest.raises(IdempotencyInUse):
        await send(bench, "a")
    elsewhere.close()
    await send(bench, "a")
    await pool.close()


@pytest_twisted.async_yield_fixture
async def far(proxy: Proxy, engine: Engine) -> AsyncIterator[Bench]:
    """A bench behind a link that can be cut."""
    pool = Pool(reactor, proxy.dsn, size=2, require_durable=False)
    await pool.open()
    yield await make_bench(pool, proxy.dsn, engine)
    await pool.close()


@pytest.mark.parametrize("when", ["cut_before", "cut_after"])
@pytest.mark.parametrize("words", [b"eerp.idempotency AS known", b"demo", b"COMMIT"])
@pytest_twisted.ensureDeferred
async def test_a_link_cut_at_any_moment_leaves_one_effect_and_a_true_answer(
    far: Bench, proxy: Proxy, when: str, words: bytes
) -> None:
    setattr(proxy, when, words)
    first = await send(far, "a")
    assert getattr(proxy, when) is None, "nothing was cut"
    again = await send(far, "a")
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers == {**first.headers, REPLAYED: "true"}
    assert await far.rows() == [("a", 0, 1)]
