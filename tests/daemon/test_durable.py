"""Records and numbers that clients were promised, while connections are lost all along.

Most writes of the CRM are lone statements: a message that commits by itself. When the
answer to one is lost, what it was is read again from the audit trail. ``make soak``
runs each scenario for a minute; the suite for some seconds.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from attrs import define, field
from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from tests.daemon.clerks import MARKS, PASSING, Office
from tests.daemon.troubles import KILLS_MIN, Site, Trouble, running_site

EERP = Path(sys.executable).parent / "eerp"
CLERKS = 16
CALLERS = 50
SHARED = 4
NUMBERS_EACH = 4


@pytest_twisted.async_yield_fixture(scope="module")
async def site(module_home: Path) -> AsyncIterator[Site]:
    """A daemon with the real modules, and the link to its database."""
    async with running_site(module_home) as running:
        yield running


async def verified(site: Site) -> subprocess.CompletedProcess[str]:
    """What ``eerp audit verify`` says; in a thread, for it uses our link too."""
    command = [str(EERP), "audit", "verify", "--config", str(site.daemon.config)]
    done: subprocess.CompletedProcess[str] = await deferToThread(
        subprocess.run, command, capture_output=True, text=True, timeout=120
    )
    return done


def resolved(events: list[dict[str, Any]]) -> Counter[str]:
    """What became of the commits whose answers were lost."""
    return Counter(
        event["outcome"] for event in events if event["event"] == "commit_resolved"
    )


@pytest_twisted.ensureDeferred
async def test_what_is_answered_of_a_record_is_what_happened(
    site: Site, soak_s: float, pytestconfig: pytest.Config
) -> None:
    seed = random.randrange(10**6)
    trouble = Trouble(site, random.Random(seed))
    office = Office(site, trouble, random.Random(seed + 1))
    for number in range(SHARED):
        await office.share(list(MARKS)[number % len(MARKS)])
    before = len(site.daemon.events())

    clerks = [office.clerk() for _ in range(CLERKS)]
    await trouble.work(
        clerks,
        soak_s,
        kills=True,
        enough=lambda: office.answers["done"] > 10 * CLERKS,
    )

    outcomes = resolved(site.daemon.events()[before:])
    pytestconfig.get_terminal_writer().line(
        f" seed {seed}: {dict(office.answers)}, kills {dict(trouble.kills)},"
        f" resolved {dict(outcomes)}"
    )
    office.check()
    done = await verified(site)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert trouble.kills.total() >= KILLS_MIN


@define(eq=False)
class Counting:
    """Callers who draw the numbers of one sequence."""

    site: Site
    trouble: Trouble
    path: str
    numbers: list[int] = field(factory=list)
    answers: Counter[str] = field(factory=Counter)

    @classmethod
    async def opened(cls, site: Site, trouble: Trouble, code: str) -> Counting:
        """With a sequence of their own."""
        made = await site.daemon.ask("POST", "/api/core/sequences", {"code": code})
        assert made.status == 201, made.text
        return cls(site, trouble, made.headers["location"])

    async def caller(self, count: int | None) -> None:
        """Draw `count` numbers, or until it is over."""
        left = count
        while left != 0 and not (left is None and self.trouble.over):
            await self._draw()
            left = None if left is None else left - 1

    async def _draw(self) -> None:
        while True:
            answer = await self.site.daemon.ask("POST", f"{self.path}/next")
            if answer.status == 200:
                self.answers["done"] += 1
                self.numbers.append(int(answer.json["value"]))
                return
            code = answer.json["code"]
            self.answers[code] += 1
            assert code in PASSING, answer.text
            await deferLater(reactor, 0.02)

    async def check(self) -> None:
        """Each number was given to one caller, and none was left out."""
        assert sorted(self.numbers) == list(range(1, len(self.numbers) + 1))
        left = await self.site.daemon.ask("GET", self.path)
        assert left.status == 200, left.text
        assert int(left.json["next_value"]) == len(self.numbers) + 1


@pytest_twisted.ensureDeferred
async def test_fifty_callers_draw_numbers_without_a_gap(
    site: Site, pytestconfig: pytest.Config
) -> None:
    trouble = Trouble(site, random.Random())
    counting = await Counting.opened(site, trouble, "quiet")
    began = reactor.seconds()

    callers = [counting.caller(NUMBERS_EACH) for _ in range(CALLERS)]
    await trouble.work(callers, 60, kills=False)

    took = reactor.seconds() - began
    pytestconfig.get_terminal_writer().line(
        f" {dict(counting.answers)} in {took:.1f} s"
    )
    assert counting.answers == {"done": CALLERS * NUMBERS_EACH}
    await counting.check()


@pytest_twisted.ensureDeferred
async def test_no_number_is_lost_or_given_twice(
    site: Site, soak_s: float, pytestconfig: pytest.Config
) -> None:
    seed = random.randrange(10**6)
    trouble = Trouble(site, random.Random(seed))
    counting = await Counting.opened(site, trouble, "troubled")
    before = len(site.daemon.events())

    callers = [counting.caller(None) for _ in range(CLERKS)]
    await trouble.work(callers, soak_s, kills=True)

    outcomes = resolved(site.daemon.events()[before:])
    pytestconfig.get_terminal_writer().line(
        f" seed {seed}: {dict(counting.answers)}, kills {dict(trouble.kills)},"
        f" resolved {dict(outcomes)}"
    )
    await counting.check()
    assert trouble.kills.total() >= KILLS_MIN
