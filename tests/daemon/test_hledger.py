"""Another program adds the books up, and comes to the same to the cent.

The ledger is random, with whatever people write in names and labels, three currencies
of 0, 2 and 3 decimals, entries taken back, drafts, and a closed year.
"""

from __future__ import annotations

import csv
import io
import itertools
import os
import random
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_twisted
from attrs import define

from tests.daemon.bookkeeper import Ledger, set_rate
from tests.daemon.process import Daemon

ENTRIES = 70
DIGITS = {"USD": 2, "JPY": 0, "KWD": 3}
WORTH = {"USD": Decimal(1), "JPY": Decimal("0.0067"), "KWD": Decimal("3.25")}
HARD = [
    ";", ":", "  ", "[2020-01-01]", "date:2/30", "(x)", "*", "!", "@@ 1 EUR", "=", "|",
    "\n", "\t", '"', "é漢", "\u2028", "\u00a0 \u00a0", "{1 USD}", "; x", "~",
    "end comment",
]  # fmt: skip
YEARS = (2024, 2025, 2026)
TYPES = ("asset", "liability", "equity", "income", "expense")


@pytest.fixture(scope="module")
def hledger() -> str:
    """The program, Debian's where there is none."""
    find = [sys.executable, "scripts/hledger.py"]
    found = subprocess.run(find, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


@define(eq=False)
class Writer:
    """Writes random entries into a ledger."""

    ledger: Ledger
    chance: random.Random
    codes: list[str]

    def text(self) -> str:
        """What somebody may write, and what no sane person would."""
        chance = self.chance
        words = ["Rent", "Tea", "INV/7", *chance.sample(HARD, 3)]
        return " ".join(chance.sample(words, 4))[:80]

    def amount(self, currency: str) -> Decimal:
        """An amount with all the digits that the currency has."""
        return Decimal(self.chance.randint(1, 2_000_000)).scaleb(-DIGITS[currency])

    def shares(self, total: Decimal, currency: str) -> list[Decimal]:
        """Some amounts that add up to a total."""
        least = Decimal(1).scaleb(-DIGITS[currency])
        steps = int(total / least)
        cuts = sorted(self.chance.randint(0, steps) for _ in range(3))
        edges = [0, *cuts, steps]
        parts = [b - a for a, b in itertools.pairwise(edges)]
        return [part * least for part in parts if part]

    def line(self, amount: Decimal, code: str = "", **more: Any) -> dict[str, Any]:
        """A line of some account."""
        label = self.chance.choice([None, self.text()])
        chosen = code or self.chance.choice(self.codes)
        return self.ledger.line(chosen, f"{amount:f}", label=label, **more)

    def in_books(self) -> list[dict[str, Any]]:
        """Lines in the currency of the books."""
        total = self.amount("USD")
        lines = [self.line(total)]
        return lines + [self.line(-share) for share in self.shares(total, "USD")]

    def abroad(self, currency: str) -> list[dict[str, Any]]:
        """Lines in another currency, with what they were worth in the books."""
        total = self.amount(currency)
        shares = self.shares(total, currency)
        cent = Decimal("0.01")
        worth = [(share * WORTH[currency]).quantize(cent) or cent for share in shares]
        lines = [self.of(currency, total, sum(worth, Decimal(0)))]
        parts = zip(shares, worth, strict=True)
        return lines + [self.of(currency, -share, -book) for share, book in parts]

    def of(self, currency: str, own: Decimal, book: Decimal) -> dict[str, Any]:
        """A line with both its amounts."""
        return self.line(book, currency=currency, amount_currency=f"{own:f}")

    def exchange(self) -> list[dict[str, Any]]:
        """Money of one currency for that of another, and what it brought."""
        book = self.amount("USD") + 1
        gain = Decimal(self.chance.randint(1, 50)).scaleb(-2)
        return [
            self.of("JPY", self.amount("JPY"), book),
            self.of("KWD", -self.amount("KWD"), -(book - gain)),
            self.line(-gain, "492000"),
        ]

    async def write(self) -> None:
        """One entry, posted most of the time, and now and then taken back."""
        kind = self.chance.randrange(4)
        lines = (
            self.in_books() if kind < 2
            else self.abroad(self.chance.choice(["JPY", "KWD"])) if kind == 2
            else self.exchange()
        )  # fmt: skip
        head = {"reference": self.chance.choice([None, self.text()])}
        day = f"{self.chance.choice(YEARS)}-{self.chance.randint(1, 12):02}-15"
        if self.chance.random() < 0.1:
            await self.ledger.draft(day, *lines, **head)
            return
        entry = await self.ledger.post(day, *lines, **head)
        if self.chance.random() < 0.2:
            back = f"{self.chance.choice(YEARS)}-12-31"
            await self.ledger.reverse(entry, date=back, reason=self.text())


@define(eq=False)
class Checked:
    """A ledger that was written, and hledger beside it."""

    ledger: Ledger
    hledger: str
    seed: int

    async def journal(self, query: str = "") -> str:
        """The ledger as hledger reads it."""
        path = f"/api/accounting/journal.hledger{query}"
        answer = await self.ledger.daemon.ask("GET", path)
        assert answer.status == 200, answer.text
        assert answer.headers["content-type"].startswith("text/plain")
        return answer.text

    def balances(self, journal: str, *options: str) -> dict[tuple[str, str], Decimal]:
        """What hledger adds up, by the codes of accounts and currencies."""
        command = [self.hledger, "-f", "-", "bal", "--flat", "-O", "csv", *options]
        done = subprocess.run(
            command,
            input=journal.encode(),
            capture_output=True,
            check=False,
            env=os.environ | {"LC_ALL": "C.UTF-8"},
        )
        assert done.returncode == 0, (self.seed, done.stderr.decode())
        rows = csv.DictReader(io.StringIO(done.stdout.decode()))
        found: dict[tuple[str, str], Decimal] = {}
        for row in rows:
            if row["account"] == "total":
                continue
            code = row["account"].split(":", 1)[1].split(" ", 1)[0]
            for part in filter(lambda part: part != "0", row["balance"].split(", ")):
                amount, currency = part.split(" ")
                found[code, currency] = Decimal(amount)
        return found

    async def own_balances(self, query: str = "") -> dict[tuple[str, str], Decimal]:
        """What the trial balance says, by the codes of accounts and currencies."""
        report = await self.ledger.get(f"reports/trial-balance?currency=true{query}")
        rows = [
            (row["code"], row["currency"], Decimal(row["amount"]))
            for row in report["items"]
        ]
        assert report["totals"]["balance"] == "0.00"
        return {(code, currency): amount for code, currency, amount in rows if amount}


@pytest_twisted.async_yield_fixture(scope="module")
async def checked(daemon: Daemon, hledger: str) -> AsyncIterator[Checked]:
    """A random ledger."""
    seed = secrets.randbelow(2**32)
    chance = random.Random(seed)
    ledger = await Ledger(daemon).opened()
    for currency in ("JPY", "KWD"):
        await set_rate(daemon, currency, str(WORTH[currency]))
    writer = Writer(ledger, chance, [])
    for number, kind in enumerate(TYPES):
        code = f"{number}.x-1"
        body = {"code": code, "name": writer.text(), "type": kind}
        account = await ledger.do("accounts", body)
        ledger.accounts[code] = account["id"]
        writer.codes.append(code)
    writer.codes += ["110000", "121000", "211000", "410000", "620000"]
    for _ in range(ENTRIES):
        await writer.write()
    for name in ("2024", "2025"):
        year = await ledger.year(name)
        await ledger.do(f"fiscal-years/{year['id']}/lock")
        await ledger.do(f"fiscal-years/{year['id']}/close")
    await ledger.do(f"fiscal-years/{year['id']}/reopen")
    yield Checked(ledger, hledger, seed)


@pytest_twisted.ensureDeferred
async def test_every_account_comes_to_the_same_in_every_currency(
    checked: Checked,
) -> None:
    """All of the books, currency by currency."""
    journal = await checked.journal()
    assert journal.count(" * (GEN/") > ENTRIES / 2
    counted = checked.balances(journal)
    assert {currency for _, currency in counted} == DIGITS.keys()
    assert counted == await checked.own_balances("&date=2099-12-31"), checked.seed


@pytest_twisted.ensureDeferred
async def test_every_account_comes_to_the_same_in_the_books(checked: Checked) -> None:
    """At cost, in the currency of the books; and both sides are equal."""
    counted = checked.balances(await checked.journal(), "--cost")
    own = await checked.ledger.balances("?date=2099-12-31")
    expected = {(code, "USD"): amount for code, amount in own.items() if amount}
    assert counted == expected, checked.seed
    assert sum(counted.values()) == 0


@pytest_twisted.ensureDeferred
async def test_a_stretch_of_time_comes_to_the_same(checked: Checked) -> None:
    """Up to a day, and from one to another."""
    for query, same in (
        ("?date=2025-06-30", "&date=2025-06-30"),
        ("?from=2025-03-01&to=2026-02-28", "&from=2025-03-01&date=2026-02-28"),
    ):
        counted = checked.balances(await checked.journal(query))
        assert counted == await checked.own_balances(same), (checked.seed, query)


@pytest_twisted.ensureDeferred
async def test_a_closed_year_has_no_income_left(checked: Checked) -> None:
    """What hledger finds of income and expenses at the end of 2024 is nothing."""
    journal = await checked.journal("?date=2024-12-31")
    assert checked.balances(journal, "--cost", "income", "expenses") == {}
    result = await checked.ledger.get("reports/profit-and-loss?date=2024-12-31")
    sheet = await checked.ledger.get("reports/balance-sheet?date=2024-12-31")
    earned = [row for row in sheet["equity"]["items"] if row["code"] == "320000"]
    assert [row["amount"] for row in earned] == [result["result"]]
    assert sheet["result"] == "0.00"


@pytest_twisted.ensureDeferred
async def test_reports_tie_to_each_other(checked: Checked) -> None:
    """The sheet balances on any day, and the general ledger ends where they are."""
    for day in ("2024-06-30", "2025-12-31", "2026-12-31"):
        sheet = await checked.ledger.get(f"reports/balance-sheet?date={day}")
        assert sheet["assets"]["total"] == sheet["liabilities_and_equity"]
    own = await checked.ledger.balances("?date=2026-12-31")
    path = "reports/general-ledger?from=2025-01-01&date=2026-12-31&limit=40"
    page = await checked.ledger.get(path)
    last: dict[str, Decimal] = {}
    closing = {row["code"]: Decimal(row["closing"]) for row in page["accounts"]}
    assert closing == own
    while True:
        last |= {line["code"]: Decimal(line["balance"]) for line in page["items"]}
        if page["next_cursor"] is None:
            break
        page = await checked.ledger.get(f"{path}&cursor={page['next_cursor']}")
    assert last == {code: own[code] for code in last}
