"""The ledger over HTTP, as an accountant and an integrator meet it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest_twisted
from twisted.internet.defer import Deferred, gatherResults

from tests.daemon.bookkeeper import Ledger
from tests.daemon.process import Answer, Daemon


@pytest_twisted.async_yield_fixture(scope="module")
async def ledger(daemon: Daemon) -> AsyncIterator[Ledger]:
    """The books of the daemon that all these tests share."""
    yield await Ledger(daemon).opened()


def refused(answer: Answer, status: int, code: str) -> Any:
    """Check which error it is; its content."""
    assert answer.status == status, answer.text
    content = answer.json
    codes = [content["code"], *(fault["code"] for fault in content.get("errors", []))]
    assert code in codes, content
    return content


@pytest_twisted.ensureDeferred
async def test_an_entry_is_written_posted_kept_and_taken_back(ledger: Ledger) -> None:
    """The life of an entry by hand."""
    sale = [
        ledger.line("121000", "120"),
        ledger.line("410000", "-100"),
        ledger.line("221000", "-20"),
    ]
    draft = await ledger.draft("2020-03-01", *sale[:2])
    content = refused(
        await ledger.attempt(f"entries/{draft['id']}/post"), 422, "unbalanced"
    )
    assert "20.00 USD" in content["detail"]
    await ledger.do(f"entries/{draft['id']}", {"lines": sale}, "PATCH")
    entry = await ledger.do(f"entries/{draft['id']}/post")
    assert entry["number"] == "GEN/2020/00001"
    assert [line["position"] for line in entry["lines"]] == [1, 2, 3]

    path = f"entries/{entry['id']}"
    refused(await ledger.attempt(path, {"narration": "x"}, "PATCH"), 409, "posted")
    refused(await ledger.attempt(path, {"lines": []}, "PATCH"), 409, "posted")
    refused(await ledger.attempt(path, method="DELETE"), 409, "posted")
    purge = await ledger.attempt(f"{path}?purge=true&reason=x", method="DELETE")
    refused(purge, 409, "posted")
    refused(await ledger.attempt(f"{path}/restore"), 404, "not_found")

    back = await ledger.reverse(entry, date="2020-04-01", reason="Wrong customer")
    assert back["number"] == "GEN/2020/00002"
    assert (await ledger.get(path))["reversed_by_id"] == back["id"]
    refused(await ledger.attempt(f"{path}/reverse", {}), 409, "already_reversed")


@pytest_twisted.ensureDeferred
async def test_numbers_have_no_gap_whoever_posts_at_once(ledger: Ledger) -> None:
    """Posting at the same moment, with some that are refused in between."""
    lines = [ledger.line("110000", "1"), ledger.line("410000", "-1")]
    drafts = [await ledger.draft("2021-05-01", *lines) for _ in range(12)]
    bad = [await ledger.draft("2021-05-01", lines[0]) for _ in range(4)]
    posts = [
        Deferred.fromCoroutine(ledger.attempt(f"entries/{one['id']}/post"))
        for pair in zip(drafts, bad * 3, strict=True)
        for one in pair
    ]
    answers = await gatherResults(posts)
    numbers = sorted(a.json["number"] for a in answers if a.status == 200)
    assert numbers == [f"GEN/2021/{number:05}" for number in range(1, 13)]
    years = await ledger.get("fiscal-years?name=eq.2021")
    assert len(years["items"]) == 1


@pytest_twisted.ensureDeferred
async def test_a_locked_month_takes_nothing_whoever_comes_at_once(
    ledger: Ledger,
) -> None:
    """What came in before the lock is there, what came later is refused."""
    lines = [ledger.line("110000", "1"), ledger.line("410000", "-1")]
    await ledger.post("2022-01-01", *lines)
    period = (await ledger.get("periods?name=eq.2022-02"))["items"][0]
    drafts = [await ledger.draft("2022-02-10", *lines) for _ in range(8)]
    asked = [
        Deferred.fromCoroutine(ledger.attempt(f"entries/{one['id']}/post"))
        for one in drafts
    ]
    lock = f"periods/{period['id']}/lock"
    asked.insert(4, Deferred.fromCoroutine(ledger.attempt(lock)))
    answers = await gatherResults(asked)
    assert {answer.status for answer in answers} <= {200, 409}
    seen = await ledger.get("entries?date=eq.2022-02-10&state=eq.posted")
    posted = [a for a in answers if a.status == 200 and "number" in a.json]
    assert len(seen["items"]) == len(posted)
    late = await ledger.draft("2022-02-10", *lines)
    refused(await ledger.attempt(f"entries/{late['id']}/post"), 409, "period_locked")


@pytest_twisted.ensureDeferred
async def test_a_year_is_locked_closed_and_reopened(ledger: Ledger) -> None:
    """Its profit goes to the equity, and comes back."""
    lines = [ledger.line("110000", "70"), ledger.line("410000", "-70")]
    await ledger.post("2023-03-01", *lines)
    path = f"fiscal-years/{(await ledger.year('2023'))['id']}"
    refused(await ledger.attempt(f"{path}/close"), 409, "period_open")
    await ledger.do(f"{path}/lock")
    assert (await ledger.do(f"{path}/close"))["closed"] is True
    span = "?from=2023-01-01&date=2023-12-31"
    assert (await ledger.balances(span))["320000"] == Decimal(-70)
    profit = await ledger.get("reports/profit-and-loss?date=2023-12-31")
    assert profit["result"] == "70.00"
    refused(await ledger.attempt(f"{path}/unlock"), 409, "year_closed")
    await ledger.do(f"{path}/reopen")
    assert (await ledger.balances(span))["320000"] == 0


@pytest_twisted.ensureDeferred
async def test_a_journal_of_many_lines_is_written_whole(ledger: Ledger) -> None:
    """More lines than are read at once, each of them once."""
    for day in ("2019-01-01", "2019-01-02", "2019-01-02"):
        lines = [ledger.line("110000", "1", label=f"n{n}") for n in range(499)]
        await ledger.post(day, *lines, ledger.line("410000", "-499"))
    path = "/api/accounting/journal.hledger?date=2019-12-31"
    text = (await ledger.daemon.ask("GET", path)).text
    assert text.count(" * (GEN/2019/") == 3
    assert [text.count(f"; n{n}\n") for n in (0, 250, 498)] == [3, 3, 3]
    assert text.count("1.00 USD") == 3 * 499
