"""The books of a daemon, and clients that are sure of what became of each request.

Whatever a client wants done carries an Idempotency-Key and, where the record has a
field for it, a mark that nobody used before. What is not known to be done or refused is
asked again with the same key; so in the end there is one record for each mark that was
done, and none for one that was refused.
"""

from __future__ import annotations

import random
import subprocess
import sys
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import define, field
from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from tests.daemon.process import Answer
from tests.daemon.troubles import Site, Trouble

PASSING = {
    "connection_lost", "database_unavailable", "overloaded", "serialization_failed",
}  # fmt: skip
"""What a client is told that may try again, since nothing has happened."""
UNSURE = PASSING | {"outcome_unknown", "idempotency_in_use", "shutting_down"}
"""What a client with a key may try again, whatever has happened."""
EERP = Path(sys.executable).parent / "eerp"
MONTHS = 4
ACCOUNTS = 6
ITEMS = 5
CUSTOMERS = 4
FIRST_STOCK = "40"
_MARKED = {
    "accounting.entries": "source_model IS NULL AND reversed_entry_id IS NULL",
    "inventory.transfers": "kind <> 'count' AND backorder_of_id IS NULL",
    "invoicing.invoices": "true",
    "invoicing.payments": "true",
}
"""Whose `reference` is a mark, and of which records."""


def faults(answer: Answer) -> set[str]:
    """The codes of an error and of the fields that it blames."""
    told = answer.json
    return {told["code"], *(each["code"] for each in told.get("errors", ()))}


@define(eq=False)
class Books:
    """What there is to work with, what came of it, and what clients were told."""

    site: Site
    trouble: Trouble
    random: random.Random
    mortal: bool = False
    """Whether the daemon may be gone when it is asked."""
    year: int = field(factory=lambda: datetime.now(UTC).year - 1)
    accounts: list[str] = field(factory=list)
    items: list[str] = field(factory=list)
    lots: dict[str, list[str]] = field(factory=dict)
    customers: list[str] = field(factory=list)
    taxes: list[str] = field(factory=list)
    companies: list[str] = field(factory=list)
    places: dict[str, str] = field(factory=dict)
    entries: list[str] = field(factory=list)
    transfers: list[dict[str, Any]] = field(factory=list)
    plans: list[dict[str, Any]] = field(factory=list)
    invoices: list[dict[str, Any]] = field(factory=list)
    payments: list[str] = field(factory=list)
    told: dict[str, dict[str, str | None]] = field(
        factory=lambda: {table: {} for table in _MARKED}
    )
    states: dict[tuple[str, str, str], str] = field(factory=dict)
    answers: Counter[str] = field(factory=Counter)
    done: Counter[str] = field(factory=Counter)

    # What is asked

    async def do(self, path: str, body: Any = None, *may: str) -> Any:
        """The answer to a POST that was done; None when it was refused as it `may`."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        while True:
            answer = await self._ask(path, body, headers)
            if answer is not None and answer.status < 300:
                self.answers["done"] += 1
                self.done[_name(path)] += 1
                return answer.json if answer.text else {}
            if answer is not None and answer.json["code"] not in UNSURE:
                assert faults(answer) & set(may), f"{path} {body}: {answer.text}"
                self.answers[(faults(answer) & set(may)).pop()] += 1
                return None
            self.answers["nothing" if answer is None else answer.json["code"]] += 1
            await deferLater(reactor, self.random.uniform(0.01, 0.05))

    async def _ask(self, path: str, body: Any, headers: Any) -> Answer | None:
        ask = self.site.daemon.ask
        try:
            return await ask("POST", f"/api/{path}", body, headers=headers)
        except Exception:
            if not self.mortal:
                raise
            return None

    async def make(self, table: str, path: str, body: Any, *may: str) -> Any:
        """What was made with a mark as its reference, and noted down."""
        mark = f"m{uuid.uuid4().hex}"
        made = await self.do(path, {**body, "reference": mark}, *may)
        self.told[table][mark] = None if made is None else made["id"]
        return made

    async def get(self, path: str) -> Any:
        """What is shown, as soon as the daemon is there to be asked."""
        while True:
            try:
                answer = await self.site.daemon.ask("GET", f"/api/{path}")
                if answer.status == 200:
                    return answer.json
                assert answer.json["code"] in PASSING, answer.text
            except (AssertionError, KeyError):
                raise
            except Exception:
                if not self.mortal:
                    raise
            await deferLater(reactor, 0.02)

    # What there is

    async def open(self) -> Books:
        """Fresh accounts, items and customers, and the first goods."""
        sign = uuid.uuid4().hex[:6].upper()
        for name, code in (("House", "USD"), ("Branch", "EUR")):
            await self._enter_for_nobody()
            await self._found(f"{name} {sign}", code)
        await self._enter_for_nobody()
        await deferToThread(self._act_in, self.companies[0])
        await self.site.daemon.sign_in()
        await self._fill_ledger(sign)
        await self._fill_stock(sign)
        return self

    async def _found(self, name: str, code: str) -> None:
        """An own company, whose books are in a currency of its own."""
        (currency,) = (await self.get(f"core/currencies?code=eq.{code}"))["items"]
        made = await self.do(
            "core/companies", {"name": name, "currency_id": currency["id"]}
        )
        self.companies.append(made["id"])

    async def _enter_for_nobody(self) -> None:
        """An entry of no own company: its number follows that of the one before,
        however many companies there are by now."""
        chart = await self.get("accounting/accounts?code=in.(110000,310000)&order=code")
        bank, capital = (account["id"] for account in chart["items"])
        lines = [
            {"account_id": bank, "debit": "1000"},
            {"account_id": capital, "credit": "1000"},
        ]
        body = {"date": f"{self.year - 1}-01-01", "own_company_id": None}
        draft = await self.do("accounting/entries", body | {"lines": lines})
        await self.do(f"accounting/entries/{draft['id']}/post")

    def _act_in(self, company: str) -> None:
        """Whatever the administrator does not say otherwise is of this company."""
        config = str(self.site.daemon.config)
        subprocess.run(
            [str(EERP), "user", "companies", "admin", "--add", company,
             "--default", company, "--config", config],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip

    async def _fill_ledger(self, sign: str) -> None:
        """Accounts and a tax of all companies, and customers of one."""
        shared = {"own_company_id": None}
        for number in range(ACCOUNTS):
            account = {"code": f"{sign}-{number}", "name": f"Account {number}"}
            kind = {"type": ("asset", "expense", "income")[number % 3]}
            made = await self.do("accounting/accounts", account | kind | shared)
            self.accounts.append(made["id"])
        for number in range(CUSTOMERS):
            made = await self.do("crm/companies", {"name": f"Customer {sign}-{number}"})
            self.customers.append(made["id"])
        tax = {"name": f"Tax {sign}", "rate": "8.25", "use": "sales"}
        self.taxes.append((await self.do("accounting/taxes", tax | shared))["id"])

    async def _fill_stock(self, sign: str) -> None:
        for place in (await self.get("inventory/locations"))["items"]:
            if place["is_default"] or place["place"] == "output":
                self.places.setdefault(place["place"] or place["kind"], place["id"])
        for number in range(ITEMS):
            item = {"name": f"Item {sign}-{number}", "sales_price": f"{10 + number}.99"}
            item["costing"] = "average" if number % 2 else "fifo"
            item["tracking"] = "lot" if number == ITEMS - 1 else "none"
            made = await self.do("inventory/items", item)
            self.items.append(made["id"])
            lots = ["A", "B"] if item["tracking"] == "lot" else []
            self.lots[made["id"]] = lots
            moves = [
                {"item_id": made["id"], "quantity": FIRST_STOCK, "unit_cost": "3.33"}
                | ({"lot": lot} if lot else {})
                for lot in lots or [None]
            ]
            body = {"kind": "receipt", "date": self.day(), "done": True}
            path = "inventory/transfers"
            await self.make("inventory.transfers", path, {**body, "moves": moves})

    def moves(
        self, items: list[str], quantities: list[int], *, cost: bool
    ) -> list[dict[str, Any]]:
        """Lines of a transfer, whose goods cost something when they come in."""
        lines = []
        for item, quantity in zip(items, quantities, strict=True):
            line: dict[str, Any] = {"item_id": item, "quantity": str(quantity)}
            if self.lots[item]:
                line["lot"] = self.random.choice(self.lots[item])
            if cost:
                line["unit_cost"] = f"{self.random.randint(100, 999) / 100:.2f}"
            lines.append(line)
        return lines

    def day(self, month: int | None = None) -> str:
        """A day of the months that are worked in."""
        month = month or self.random.randint(1, MONTHS)
        return f"{self.year}-{month:02}-{self.random.randint(1, 28):02}"

    # What must be

    def check(self) -> None:
        """What was told is there once, and what was refused is not."""
        for table, condition in _MARKED.items():
            rows = self.site.sql(
                f"SELECT reference, count(*), min(id::text) FROM {table} WHERE"
                f" {condition} AND reference = ANY(%s) GROUP BY reference",
                list(self.told[table]),
            )
            told = {mark: (1, id_) for mark, id_ in self.told[table].items() if id_}
            found = {mark: (count, id_) for mark, count, id_ in rows}
            assert found == told, f"{table} is not what was told"
        for (table, id_, column), value in self.states.items():
            rows = self.site.sql(
                f"SELECT {column}::text FROM {table} WHERE id = %s", id_
            )
            assert rows == [(value,)], (table, id_, column)

    def note(self, table: str, id_: str, column: str, value: str) -> None:
        """What a column of a record is from now on, as a client was told."""
        key = (table, id_, column)
        assert key not in self.states, f"{key} was told to two: {self.states[key]}"
        self.states[key] = value


def _name(path: str) -> str:
    """A path without ids."""
    return "/".join(part for part in path.split("/") if "-" not in part)
