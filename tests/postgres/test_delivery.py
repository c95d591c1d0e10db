"""What was committed is delivered: soon, in order, and with its effects as one."""

from __future__ import annotations

import pytest
import pytest_twisted
from attrs import evolve
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater

from eerp import limits
from eerp.delivery import Pace
from eerp.delivery.claims import Claims
from eerp.delivery.sweep import Sweeper
from eerp.errors import DatabaseUnavailable, Refusal, ValidationFailed
from eerp.interfaces import Statement, Transaction
from eerp.limits import EVENT_HOPS_MAX
from tests.conftest import run_as_superuser
from tests.postgres.conftest import Look
from tests.postgres.delivering import Handlers, Heard, Site

_STATES = "SELECT state, attempts FROM eerp.deliveries ORDER BY id"


@pytest_twisted.ensureDeferred
async def test_a_handler_gets_the_event_as_it_was_emitted(
    site: Site, look: Look
) -> None:
    await site.subscribe("mail", "crm.contacts.made")
    handlers = Handlers(site.pool)
    site.deliver(handlers)

    number = await site.emit("crm.contacts.made", "k1", {"name": "Ann"})

    await handlers.until(1)
    (heard,) = handlers.heard
    at = heard.head.pop("at")
    assert at.endswith("Z")
    assert heard.head == {
        "event": "crm.contacts.made", "key": "k1", "id": number, "request_id": "r1",
        "attempt": 1,
    }  # fmt: skip
    assert (heard.module, heard.handler_id, heard.body) == ("mail", 1, {"name": "Ann"})
    assert heard.identity is not None
    assert heard.identity.user_id == "system"
    assert look(_STATES) == [("done", 1)]


@pytest_twisted.ensureDeferred
async def test_handlers_that_answer_their_own_events_come_to_an_end(
    site: Site, look: Look
) -> None:
    """Without a bound this would go round for ever."""
    await site.subscribe("mail", "crm.contacts.made")
    handlers = Handlers(site.pool)
    refused: Deferred[ValidationFailed] = Deferred()

    async def answer(heard: Heard, transaction: Transaction) -> None:
        try:
            await site.put(transaction, hops=heard.hops)
        except ValidationFailed as error:
            refused.callback(error)

    handlers.work = answer
    site.deliver(handlers)
    await site.emit()

    error = await refused
    assert [fault.code for fault in error.errors] == ["too_many"]
    await handlers.until(EVENT_HOPS_MAX + 1)
    hops = look("SELECT hops FROM eerp.outbox ORDER BY id")
    assert [number for (number,) in hops] == list(range(EVENT_HOPS_MAX + 1))


@pytest_twisted.ensureDeferred
async def test_the_commit_itself_begins_the_delivery(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This deliverer would not look by itself before the test is over."""
    monkeypatch.setattr(limits, "DELIVERY_POLL_S", 3600)
    monkeypatch.setattr(limits, "DELIVERY_DOUBT_S", 3600)
    await site.subscribe("mail", "crm.*")
    handlers = Handlers(site.pool)
    site.deliver(handlers)

    for n in range(1, 12):
        await site.emit()
        await handlers.until(n)


@pytest_twisted.ensureDeferred
async def test_what_a_handler_did_goes_with_the_mark_that_it_is_done(
    site: Site, look: Look
) -> None:
    """It writes, fails, and is run again: what it wrote is there once."""
    look("CREATE TABLE seen (topic text)")
    await site.subscribe("mail", "crm.*")

    async def work(heard: Heard, transaction: Transaction) -> None:
        await transaction.run(
            Statement("INSERT INTO seen VALUES (%s)", (heard.head["event"],))
        )
        if heard.head["attempt"] == 1:
            raise Refusal(409, "not_yet", "Not yet.")

    handlers = Handlers(site.pool, work)
    site.deliver(handlers)

    await site.emit()

    await handlers.until(1)
    assert look("SELECT count(*) FROM seen") == [(1,)]
    assert look(_STATES) == [("done", 2)]


@pytest_twisted.ensureDeferred
async def test_events_of_one_key_come_one_after_the_other(site: Site) -> None:
    """Three deliverers, five keys, and a handler that fails now and then."""
    await site.subscribe("mail", "crm.*")

    async def work(heard: Heard, transaction: Transaction) -> None:
        await transaction.run(Statement("SELECT pg_sleep(0.002)"))
        if heard.head["attempt"] == 1 and heard.body % 20 == 3:
            raise Refusal(409, "not_yet", "Not yet.")

    handlers = Handlers(site.pool, work)
    for _ in range(3):
        site.deliver(handlers)
    for n in range(60):
        await site.emit("crm.x", f"k{n % 5}", n)

    await handlers.until(60)
    for key in range(5):
        came = [h.body for h in handlers.heard if h.head["key"] == f"k{key}"]
        assert came == list(range(key, 60, 5))


@pytest_twisted.ensureDeferred
async def test_two_deliverers_share_the_work_and_do_none_of_it_twice(
    site: Site,
) -> None:
    await site.subscribe("mail", "crm.*")
    many = [Handlers(site.pool), Handlers(site.pool)]

    async def slowly(_heard: Heard, transaction: Transaction) -> None:
        await transaction.run(Statement("SELECT pg_sleep(0.01)"))

    for handlers in many:
        handlers.work = slowly
        site.deliver(handlers)

    await gatherResults([Deferred.fromCoroutine(site.emit(data=n)) for n in range(40)])

    while sum(len(handlers.heard) for handlers in many) < 40:
        await deferLater(reactor, 0.01)
    assert sorted(h.body for each in many for h in each.heard) == list(range(40))
    assert all(handlers.heard for handlers in many)


@pytest_twisted.ensureDeferred
async def test_an_event_that_is_committed_late_is_not_passed_over(site: Site) -> None:
    """Its id is lower than that of one which is delivered long before."""
    await site.subscribe("mail", "crm.*")
    handlers = Handlers(site.pool)
    site.deliver(handlers)
    late = site.begin()
    await site.put(late, "crm.late")
    await site.emit("crm.early")
    await handlers.until(1)

    await late.commit()

    await handlers.until(2)
    assert [h.head["event"] for h in handlers.heard] == ["crm.early", "crm.late"]


@pytest_twisted.ensureDeferred
async def test_a_second_event_of_a_key_waits_for_the_first_to_be_committed(
    site: Site,
) -> None:
    """So ids of a key are in the order of commits, and so is what is delivered."""
    await site.subscribe("mail", "crm.*")
    handlers = Handlers(site.pool)
    site.deliver(handlers)
    first = site.begin()
    await site.put(first, "crm.x", "k", 1)
    second = Deferred.fromCoroutine(site.emit("crm.x", "k", 2))
    await site.emit("crm.x", "other", 3)
    assert not second.called

    await first.commit()
    await second

    await handlers.until(3)
    assert [h.body for h in handlers.heard if h.head["key"] == "k"] == [1, 2]


@pytest_twisted.ensureDeferred
async def test_a_handler_that_always_fails_does_not_keep_other_keys_waiting(
    site: Site, look: Look
) -> None:
    await site.subscribe("mail", "crm.*")

    async def work(heard: Heard, _transaction: Transaction) -> None:
        if heard.body == "poison":
            raise Refusal(422, "no_good", "No good.\x00")

    handlers = Handlers(site.pool, work)
    site.deliver(handlers, Pace(attempts_max=2))
    await site.emit("crm.x", "k1", "poison")
    await site.emit("crm.x", "k1", "behind")
    await site.emit("crm.x", "k2", "other")

    await handlers.until(2)

    assert [h.body for h in handlers.heard] == ["other", "behind"]
    assert look(_STATES) == [("dead", 2), ("done", 1), ("done", 1)]
    assert look("SELECT error FROM eerp.deliveries WHERE state = 'dead'") == [
        ("no_good: No good.\\x00",)
    ]


@pytest_twisted.ensureDeferred
async def test_what_fails_for_our_own_fault_is_no_attempt(
    site: Site, look: Look
) -> None:
    await site.subscribe("mail", "crm.*")

    async def work(_heard: Heard, _transaction: Transaction) -> None:
        if handlers.begun == 1:
            raise DatabaseUnavailable("For a moment.")

    handlers = Handlers(site.pool, work)
    site.deliver(handlers, Pace(attempts_max=1))

    await site.emit()

    await handlers.until(1)
    assert look(_STATES) == [("done", 1)]


@pytest_twisted.ensureDeferred
async def test_a_killed_listener_comes_back_and_looks_for_what_it_missed(
    site: Site, look: Look, postgres
) -> None:
    """Killed, and killed again while it connects; the events are emitted meanwhile."""
    await site.subscribe("mail", "crm.*")
    handlers = Handlers(site.pool)
    site.deliver(handlers)
    await site.emit(data=1)
    await handlers.until(1)
    for n in range(2, 6):
        run_as_superuser(
            postgres,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'eerp listener'",
        )
        await site.emit("crm.x", "k", n)
        await site.emit("crm.x", "k", -n)

    await handlers.until(9)

    came = [heard.body for heard in handlers.heard]
    assert came == [1, 2, -2, 3, -3, 4, -4, 5, -5]


@pytest_twisted.ensureDeferred
async def test_what_a_dead_process_had_claimed_falls_due_again(
    site: Site, look: Look
) -> None:
    await site.subscribe("mail", "crm.*")
    await site.emit()
    look(
        "UPDATE eerp.deliveries SET attempts = 1, claim = gen_random_uuid(),"
        " due_at = now() + interval '0.3 s'"
    )
    handlers = Handlers(site.pool)

    site.deliver(handlers)

    await handlers.until(1)
    assert handlers.heard[0].head["attempt"] == 2


@pytest_twisted.ensureDeferred
async def test_what_waits_behind_nothing_is_found_by_looking_at_all(
    site: Site, look: Look
) -> None:
    """Whoever should have let it go died before that."""
    await site.subscribe("mail", "crm.*")
    await site.emit("crm.x", "k")
    look("UPDATE eerp.deliveries SET due_at = 'infinity'")
    handlers = Handlers(site.pool)

    site.deliver(handlers)

    await handlers.until(1)


@pytest_twisted.ensureDeferred
async def test_a_look_reads_what_is_due_and_not_what_waits(
    site: Site, look: Look
) -> None:
    """Thousands wait behind one that fails: none of them is read to claim another."""
    await site.subscribe("mail", "crm.*")
    look(
        "INSERT INTO eerp.outbox (topic, key, data, module, request_id)"
        " SELECT 'crm.x', 'k', '{}', 'crm', 'r' FROM generate_series(1, 5000)"
    )
    look(
        "INSERT INTO eerp.deliveries (event_id, kind, subscriber, key, due_at)"
        " SELECT id, 'module', 'mail:crm.*', key, CASE WHEN id = 1"
        " THEN now() + interval '1 h' ELSE 'infinity' END FROM eerp.outbox"
    )
    look("ANALYZE eerp.deliveries")
    claims = Claims(site.desk.write, "module", 30, 4, ["mail:crm.*"])
    await site.emit("crm.x", "other")
    statement = claims.statement(4, {})

    told = await site.desk.write(
        evolve(statement, sql=f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}")
    )

    assert _rows_removed(told[0][0]) < 10


def _rows_removed(plan: object) -> int:
    """Rows that a plan read in vain, in all its nodes."""
    if isinstance(plan, list):
        return sum(map(_rows_removed, plan))
    if not isinstance(plan, dict):
        return 0
    here = int(plan.get("Rows Removed by Filter", 0)) * int(plan.get("Actual Loops", 1))
    return here + sum(map(_rows_removed, plan.values()))


@pytest_twisted.ensureDeferred
async def test_who_lost_the_claim_takes_back_what_was_done(
    site: Site, look: Look
) -> None:
    """Another process took over, and has done it, while this one was at it."""
    look("CREATE TABLE seen (topic text)")
    await site.subscribe("mail", "crm.*")
    begun: Deferred[None] = Deferred()
    go_on: Deferred[None] = Deferred()

    async def work(_heard: Heard, transaction: Transaction) -> None:
        begun.callback(None)
        await go_on
        await transaction.run(Statement("INSERT INTO seen VALUES ('x')"))

    handlers = Handlers(site.pool, work)
    deliverer = site.deliver(handlers)
    await site.emit()
    await begun
    look("UPDATE eerp.deliveries SET state = 'done', claim = NULL")
    go_on.callback(None)

    await deliverer.stop(within_s=10)

    assert handlers.heard == []
    assert look("SELECT * FROM seen") == []


@pytest_twisted.ensureDeferred
async def test_a_stop_waits_for_what_runs_and_gives_back_what_takes_too_long(
    site: Site, look: Look
) -> None:
    await site.subscribe("mail", "crm.*")
    begun: Deferred[None] = Deferred()
    never: Deferred[None] = Deferred()

    async def work(_heard: Heard, _transaction: Transaction) -> None:
        begun.callback(None)
        await never

    deliverer = site.deliver(Handlers(site.pool, work))
    await site.emit()
    await begun

    await deliverer.stop(within_s=0.05)

    assert look(_STATES + ", due_at > now()")[0] == ("pending", 0)
    again = Handlers(site.pool)
    site.deliver(again)
    await again.until(1)


@pytest_twisted.ensureDeferred
async def test_a_subscriber_that_is_not_loaded_here_is_left_to_others(
    site: Site, look: Look
) -> None:
    await site.subscribe("mail", "crm.*")
    everything, site.registry = site.registry, type(site.registry)()
    handlers = Handlers(site.pool)
    site.deliver(handlers)
    await site.emit(data=1)
    site.registry = everything

    others = Handlers(site.pool)
    site.deliver(others)

    await others.until(1)
    assert handlers.heard == []


@pytest_twisted.ensureDeferred
async def test_modules_that_are_gone_hear_nothing_and_those_that_failed_still_do(
    site: Site, look: Look
) -> None:
    await site.subscribe("mail", "crm.*")
    await site.subscribe("broken", "crm.*")
    site.registry = type(site.registry)()
    await site.subscribe("mail", "crm.contacts.*")

    await site.write(kept=("broken",))

    found = look("SELECT subscriber FROM eerp.subscriptions ORDER BY 1")
    assert found == [("mail:crm.contacts.*",)]


@pytest_twisted.ensureDeferred
async def test_what_was_delivered_long_ago_is_forgotten_a_piece_at_a_time(
    site: Site, look: Look
) -> None:
    await site.subscribe("mail", "crm.*")
    for _ in range(5):
        await site.emit()
    look(
        "UPDATE eerp.deliveries SET finished_at = now() - interval '8 d', state ="
        " CASE WHEN id % 5 = 1 THEN 'pending' WHEN id % 5 = 2 THEN 'dead'"
        " ELSE 'done' END"
    )
    look("UPDATE eerp.outbox SET created_at = now() - interval '8 d'")
    sweeper = Sweeper(site.desk.write, reactor, 7 * 86400, 90 * 86400, rows_max=2)

    assert await sweeper.sweep()
    while await sweeper.sweep():
        pass

    left = look("SELECT state FROM eerp.deliveries ORDER BY 1")
    assert left == [("dead",), ("pending",)]
    assert look("SELECT count(*) FROM eerp.outbox") == [(2,)]
