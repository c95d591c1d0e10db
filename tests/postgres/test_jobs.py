"""A job runs once for each time that is due, however many processes there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import pytest_twisted
from twisted.internet import reactor

from eerp.delivery import Pace
from eerp.delivery.backoff import Backoff
from eerp.delivery.jobs import JobSource
from eerp.delivery.pump import Pump
from eerp.errors import EerpError, Refusal, RequestOutOfTime
from eerp.interfaces import Statement, Transaction
from tests.postgres.conftest import Look
from tests.postgres.delivering import Handlers, Heard, Registered, Site
from tests.postgres.waiting import until

_ROW = "SELECT last_outcome, attempts, due_at > now() FROM eerp.jobs"


async def schedule(site: Site, cron: str = "0 3 * * *", name: str = "nightly") -> None:
    """Let the module ``crm`` have a job."""
    site.registry.register("crm", (), (), [Registered((name, cron), 7)])
    await site.write()


def make_due(look: Look, ago: str = "3 d") -> None:
    look(
        f"UPDATE eerp.jobs SET due_at = date_trunc('day', now() - interval '{ago}')"
        " + interval '3 h'"
    )
    look("UPDATE eerp.jobs SET run_at = due_at")


@pytest_twisted.ensureDeferred
async def test_a_job_is_due_at_the_next_time_of_its_schedule(
    site: Site, look: Look
) -> None:
    await schedule(site)

    ((due,),) = look("SELECT due_at FROM eerp.jobs")

    now = datetime.now(UTC)
    assert (due.hour, due.minute) == (3, 0)
    assert now < due <= now + timedelta(days=1)


@pytest_twisted.ensureDeferred
async def test_what_was_missed_is_made_up_for_once(site: Site, look: Look) -> None:
    """Three nights passed while nobody was there."""
    await schedule(site)
    make_due(look)
    handlers = Handlers(site.pool)
    site.deliver(handlers)

    await handlers.until(1)

    (heard,) = handlers.heard
    assert (heard.module, heard.handler_id, heard.body) == ("crm", 7, None)
    assert heard.head["job"] == "nightly"
    assert heard.head["due"].endswith("T03:00:00.000000Z")
    assert look(_ROW) == [("done", 0, True)]


@pytest_twisted.ensureDeferred
async def test_a_job_runs_once_in_the_whole_cluster(site: Site, look: Look) -> None:
    await schedule(site)
    many = [Handlers(site.pool) for _ in range(3)]

    async def slowly(_heard: Heard, transaction: Transaction) -> None:
        await transaction.run(Statement("SELECT pg_sleep(0.1)"))

    for handlers in many:
        handlers.work = slowly
    make_due(look)
    for handlers in many:
        site.deliver(handlers)

    await until(look, _ROW, [("done", 0, True)])
    await site.stop()

    assert sum(handlers.begun for handlers in many) == 1


@pytest_twisted.ensureDeferred
async def test_a_job_that_falls_due_later_is_waited_for(site: Site, look: Look) -> None:
    await schedule(site)
    look("UPDATE eerp.jobs SET run_at = now() + interval '0.3 s'")
    handlers = Handlers(site.pool)

    site.deliver(handlers)

    await handlers.until(1)


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (
            Refusal(409, "closed", "The books are closed."),
            "closed: The books are closed.",
        ),
        (RequestOutOfTime("Too long."), "request_out_of_time: Too long."),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_job_that_fails_is_tried_again_and_then_left_until_it_is_due(
    site: Site, look: Look, error: EerpError, kept: str
) -> None:
    await schedule(site)
    make_due(look)

    async def work(_heard: Heard, _transaction: Transaction) -> None:
        raise error

    handlers = Handlers(site.pool, work)
    at_once = Backoff(0, 1, 0)
    source = JobSource(
        site.desk.write, handlers, site.registry.jobs, 30, at_once, attempts_max=3
    )
    pump = Pump(source, reactor, 1)
    pump.wake()

    await until(look, _ROW, [("failed", 0, True)])
    await pump.stop(5)

    assert handlers.begun == 3
    assert look("SELECT error FROM eerp.jobs") == [(kept,)]


@pytest_twisted.ensureDeferred
async def test_a_job_whose_schedule_changed_is_due_by_the_new_one(
    site: Site, look: Look
) -> None:
    await schedule(site)
    make_due(look)
    await schedule(site)
    assert look(_ROW) == [(None, 0, False)]

    await schedule(site, "30 4 * * *")

    ((due,),) = look("SELECT due_at FROM eerp.jobs")
    assert (due.hour, due.minute) == (4, 30)


@pytest_twisted.ensureDeferred
async def test_a_job_that_its_module_no_longer_has_is_gone(
    site: Site, look: Look
) -> None:
    await schedule(site)
    site.registry = type(site.registry)()

    await site.write(kept=("crm",))
    assert len(look(_ROW)) == 1
    await site.write()

    assert look(_ROW) == []


@pytest_twisted.ensureDeferred
async def test_who_died_in_the_middle_is_followed_by_another(
    site: Site, look: Look
) -> None:
    await schedule(site)
    make_due(look)
    look(
        "UPDATE eerp.jobs SET attempts = 1, claim = gen_random_uuid(),"
        " run_at = now() + interval '0.2 s'"
    )
    handlers = Handlers(site.pool)

    site.deliver(handlers, Pace(jobs_at_once=1))

    await handlers.until(1)
    assert look(_ROW) == [("done", 0, True)]
