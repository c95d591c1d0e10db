"""What people ask of deliveries."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted

from eerp.delivery import Ledger, Pace
from eerp.errors import Conflict, NotFound, Refusal
from eerp.interfaces import Transaction
from tests.postgres.conftest import Look
from tests.postgres.delivering import Handlers, Heard, Site
from tests.postgres.test_jobs import schedule
from tests.postgres.waiting import until


async def refuse(_heard: Heard, _transaction: Transaction) -> None:
    raise Refusal(409, "closed", "Closed.")


async def make_dead(site: Site, look: Look, count: int) -> Handlers:
    """So many events that were not delivered; the handlers, which from now on work."""
    await site.subscribe("mail", "crm.*")
    handlers = Handlers(site.pool, refuse)
    site.deliver(handlers, Pace(attempts_max=1))
    for n in range(count):
        await site.emit("crm.x", f"k{n}", {"n": n})
    await until(
        look, "SELECT count(*) FROM eerp.deliveries WHERE state = 'dead'", [(count,)]
    )

    async def work(_heard: Heard, _transaction: Transaction) -> None:
        return None

    handlers.work = work
    return handlers


@pytest_twisted.ensureDeferred
async def test_dead_deliveries_are_listed_a_page_at_a_time(
    site: Site, look: Look
) -> None:
    await make_dead(site, look, 3)
    ledger = Ledger(site.desk)

    page, following = await ledger.deliveries("dead", 2, None)
    rest, end = await ledger.deliveries("dead", 2, following)

    assert [each["key"] for each in page + rest] == ["k2", "k1", "k0"]
    assert end is None
    first = page[0]
    assert (first["topic"], first["subscriber"], first["state"]) == (
        "crm.x", "mail:crm.*", "dead",
    )  # fmt: skip
    assert first["error"] == "closed: Closed."
    assert (await ledger.delivery(int(first["id"])))["data"] == {"n": 2}


@pytest_twisted.ensureDeferred
async def test_a_dead_delivery_is_replayed_at_once(site: Site, look: Look) -> None:
    handlers = await make_dead(site, look, 2)
    ledger = Ledger(site.desk)
    (first, _), _ = await ledger.deliveries("dead", 10, None)

    shown = await ledger.replay(int(first["id"]), actor="ann")

    await handlers.until(1)
    assert shown["state"] != "dead"
    assert handlers.heard[0].head["attempt"] == 1
    assert [h.body for h in handlers.heard] == [{"n": 1}]
    with pytest.raises(Conflict, match="is done"):
        await ledger.replay(int(first["id"]), actor="ann")


@pytest_twisted.ensureDeferred
async def test_all_dead_deliveries_are_replayed(site: Site, look: Look) -> None:
    handlers = await make_dead(site, look, 3)

    assert await Ledger(site.desk).replay_all(actor=None) == 3

    await handlers.until(3)
    assert await Ledger(site.desk).replay_all(actor=None) == 0


@pytest_twisted.ensureDeferred
async def test_what_is_not_there_is_not_found(site: Site) -> None:
    ledger = Ledger(site.desk)
    with pytest.raises(NotFound):
        await ledger.delivery(1)
    with pytest.raises(NotFound):
        await ledger.replay(1, actor=None)


@pytest_twisted.ensureDeferred
async def test_events_are_listed_with_what_became_of_them(
    site: Site, look: Look
) -> None:
    await make_dead(site, look, 1)
    await site.emit("crm.y")

    later, earlier = await Ledger(site.desk).events(10)

    assert tuple(earlier)[2:] == ("crm.x", "k0", "1", "0", "1")
    assert tuple(later)[2:5] == ("crm.y", "-", "1")


@pytest_twisted.ensureDeferred
async def test_a_job_says_what_it_does_at_this_moment(site: Site, look: Look) -> None:
    await schedule(site)
    ledger = Ledger(site.desk)

    async def job() -> dict[str, Any]:
        [found] = await ledger.job_list()
        return found

    waiting = await job()
    assert waiting.pop("next_run_at").endswith("T03:00:00.000000Z")
    assert waiting == {
        "module": "crm", "name": "nightly", "cron": "0 3 * * *", "state": "waiting",
        "attempts": 0, "last_run_at": None, "last_outcome": None, "error": None,
    }  # fmt: skip
    claimed = "claim = gen_random_uuid(), run_at = now() + interval '61 min'"
    look(f"UPDATE eerp.jobs SET {claimed}")
    assert (await job())["state"] == "running"
    look("UPDATE eerp.jobs SET claim = NULL, attempts = 1, error = 'Closed.'")
    retrying = await job()
    assert (retrying["state"], retrying["error"]) == ("retrying", "Closed.")
    # Not when it was due, but when it is tried again.
    assert not retrying["next_run_at"].endswith("T03:00:00.000000Z")
