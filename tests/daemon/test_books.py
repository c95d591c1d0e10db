"""The books hold whoever works in them at once, and whatever breaks meanwhile.

Sixteen clients post and reverse, receive, deliver and count, invoice, credit and pay on
the same accounts, items and invoices, while months are locked and unlocked; then the
same with connections lost all along, and with the daemon killed and started again. An
auditor comes all the time and past the daemon. ``make soak`` runs each scenario for a
minute; the suite for some seconds.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_twisted
from attrs import define
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from tests.daemon.auditor import Auditor
from tests.daemon.bookkeepers import Bookkeeper
from tests.daemon.books import Books
from tests.daemon.clerk_machine import ClerkMachine, Desk
from tests.daemon.shown import shown_as_kept
from tests.daemon.tampering import found_when_done
from tests.daemon.troubles import Site, Trouble, running_site

CLIENTS = 16
STEPS = 30
EXAMPLES_A_S = 2
REFUSED = {"unbalanced", "period_locked", "not_enough", "account_missing"}
"""What a clerk must have met to have seen enough."""
DONE_MIN = 150
NEEDED = {
    "accounting/entries/reverse", "invoicing/payments", "accounting/periods/lock",
    "invoicing/invoices/credit", "inventory/transfers/confirm",
}  # fmt: skip
KILLS_MIN = 30
HEARD_S_MAX = 60
_VISIT_S = 1.5
_LIFE_S = (3, 7)


@pytest_twisted.async_yield_fixture(scope="module")
async def site(module_home: Path) -> AsyncIterator[Site]:
    """A daemon with the real modules, and the link to its database."""
    async with running_site(module_home) as running:
        yield running


@define(eq=False)
class Day:
    """Those who work, what breaks, and the auditor, for as long as it takes."""

    site: Site
    seed: int
    trouble: Trouble
    books: Books
    auditor: Auditor
    restarts: int = 0

    @classmethod
    async def begun(cls, site: Site, *, mortal: bool = False) -> Day:
        """With books that are fit to be worked in."""
        seed = random.randrange(10**6)
        trouble = Trouble(site, random.Random(seed))
        books = Books(site, trouble, random.Random(seed + 1), mortal=mortal)
        return cls(site, seed, trouble, await books.open(), Auditor(site.sql))

    async def work(self, seconds: float, *, kills: bool) -> None:
        """All of them at once."""
        keepers = [
            Bookkeeper(self.books, random.Random(f"{self.seed}-{number}")).work()
            for number in range(CLIENTS)
        ]
        others = [self._audit(), *([self._kill()] if self.books.mortal else [])]
        await self.trouble.work([*keepers, *others], seconds, kills=kills,
            enough=self._enough,
        )  # fmt: skip

    def _enough(self) -> bool:
        """Whether there is something of all that the auditor looks at."""
        done = self.books.done
        return self.books.answers["done"] >= DONE_MIN and done.keys() >= NEEDED

    async def _audit(self) -> None:
        while not self.trouble.over:
            self.auditor.visit()
            await deferLater(reactor, _VISIT_S)

    async def _kill(self) -> None:
        """End the daemon without a warning, and start it again."""
        daemon = self.site.daemon
        while not self.trouble.over:
            await deferLater(reactor, self.trouble.random.uniform(*_LIFE_S))
            assert daemon.process is not None
            daemon.process.kill()
            daemon.process.wait()
            self.restarts += 1
            # One that finds no database does not start; this is not about that.
            self.trouble.calm = True
            self.site.sql("SELECT 1")
            await daemon.start()
            self.trouble.calm = False

    async def check(self) -> None:
        """Now that nobody works: what was told is there, and the books are right."""
        await self._all_heard()
        self.books.check()
        self.auditor.close()
        await shown_as_kept(self.books)

    async def _all_heard(self) -> None:
        """Every event has reached whoever wants it, and nobody holds anything."""
        waiting = (
            "SELECT (SELECT count(*) FROM eerp.deliveries WHERE state <> 'done'),"
            " (SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            "   AND application_name LIKE 'eerp%%' AND state LIKE 'idle in%%')"
        )
        end = reactor.seconds() + HEARD_S_MAX
        while self.site.sql(waiting.replace("%%", "%")) != [(0, 0)]:
            assert reactor.seconds() < end, self.site.sql(waiting.replace("%%", "%"))
            await deferLater(reactor, 0.1)


@pytest_twisted.ensureDeferred
async def test_one_clerk_finds_the_books_as_on_paper(
    site: Site, soak_s: float, pytestconfig: pytest.Config
) -> None:
    """In a thread: Hypothesis waits for each step, and the link needs the reactor."""

    class Machine(ClerkMachine):
        pass

    assert site.daemon.token is not None
    auditor = Auditor(site.sql)
    Machine.desk = Desk(site.daemon.url, site.daemon.token, site.sql, auditor)
    await deferToThread(
        run_state_machine_as_test,
        Machine,
        settings=settings(
            max_examples=int(soak_s * EXAMPLES_A_S),
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    Machine.desk.session.close()
    pytestconfig.get_terminal_writer().line(f" {dict(Machine.desk.answers)}")
    assert Machine.desk.answers.keys() >= REFUSED


@pytest_twisted.ensureDeferred
async def test_sixteen_keep_the_books_at_once(
    site: Site, soak_s: float, pytestconfig: pytest.Config
) -> None:
    day = await Day.begun(site)
    await day.work(soak_s, kills=False)
    tell(pytestconfig, day)
    await day.check()
    await deferToThread(found_when_done, site)


@pytest_twisted.ensureDeferred
async def test_the_books_hold_while_connections_are_lost_and_the_daemon_dies(
    site: Site, soak_s: float, pytestconfig: pytest.Config
) -> None:
    day = await Day.begun(site, mortal=True)
    await day.work(max(soak_s, 2 * _LIFE_S[1]), kills=True)
    tell(pytestconfig, day)
    await day.check()
    assert day.trouble.kills.total() >= KILLS_MIN
    assert day.restarts


def tell(config: pytest.Config, day: Day) -> None:
    """What was done, by whom it may interest."""
    config.get_terminal_writer().line(
        f" seed {day.seed}: {dict(day.books.answers)}, kills"
        f" {dict(day.trouble.kills)}, {day.restarts} restarts,"
        f" {day.auditor.visits} visits, done {dict(day.books.done)}"
    )
