"""Clients that do at random what people do in the books, on the same things at once."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import define
from twisted.internet import reactor
from twisted.internet.task import deferLater

from tests.daemon.books import Books

LOCKED = "period_locked"
_LOCKED_S = (0.05, 0.4)
_SHARE_WRONG = 0.15


@define(eq=False)
class Bookkeeper:
    """One of those who work at the same time."""

    books: Books
    random: random.Random

    async def work(self) -> None:
        """Do one thing after the other until it is over."""
        ways: dict[Callable[[], Awaitable[None]], int] = {
            self.enter: 4, self.reverse: 2, self.receive: 3, self.deliver: 4,
            self.plan: 2, self.end_plan: 2, self.count: 1, self.shift: 1,
            self.give_back: 1, self.invoice: 4, self.credit: 2, self.pay: 3,
            self.cancel_payment: 1, self.lock: 1,
        }  # fmt: skip
        while not self.books.trouble.over:
            (way,) = self.random.choices(list(ways), list(ways.values()))
            await way()

    # The ledger

    async def enter(self) -> None:
        """Write an entry and post it; now and then one whose sides differ."""
        cents, wrong = self.random.randint(1, 99_999), self._wrong()
        debit, credit = self.random.sample(self.books.accounts, 2)
        lines = [
            {"account_id": debit, "debit": _money(cents)},
            {"account_id": credit, "credit": _money(cents + wrong)},
        ]
        body = {"date": self.books.day(), "lines": lines}
        body["own_company_id"] = self.random.choice(self.books.companies)
        draft = await self.books.make(
            "accounting.entries", "accounting/entries", body, "never"
        )
        path = f"accounting/entries/{draft['id']}/post"
        posted = await self.books.do(path, None, LOCKED, *["unbalanced"] * wrong)
        assert posted is None or not wrong, "an entry was posted whose sides differ"
        state = "draft" if posted is None else "posted"
        self.books.note("accounting.entries", draft["id"], "state", state)
        if posted is not None:
            self.books.entries.append(draft["id"])

    async def reverse(self) -> None:
        """Take an entry back, which somebody else may be doing as well."""
        if not self.books.entries:
            return
        entry = self.random.choice(self.books.entries)
        taken = await self.books.do(
            f"accounting/entries/{entry}/reverse", {"date": self.books.day()},
            "already_reversed", LOCKED,
        )  # fmt: skip
        if taken is not None:
            self.books.note("accounting.entries", entry, "reversed_by_id", taken["id"])

    async def lock(self) -> None:
        """Lock a month for a moment."""
        first = self.books.day()[:7] + "-01"
        found = await self.books.get(f"accounting/periods?starts_on=eq.{first}")
        for period in found["items"]:
            await self.books.do(f"accounting/periods/{period['id']}/lock")
            await deferLater(reactor, self.random.uniform(*_LOCKED_S))
            await self.books.do(f"accounting/periods/{period['id']}/unlock")

    # The stock

    async def receive(self) -> None:
        """Goods of several items come in, in any order."""
        await self._transfer("receipt", 12, cost=True)

    async def deliver(self) -> None:
        """Goods go out, now and then more than there are."""
        await self._transfer("delivery", 500 if self._wrong() else 8)

    async def shift(self) -> None:
        """Goods go to another place, which they are not delivered from."""
        await self._transfer("internal", 4, to_id=self.books.places["output"])

    async def _transfer(
        self, kind: str, most: int, *, cost: bool = False, **more: Any
    ) -> None:
        moves = self._moves(most, cost=cost)
        body = {"kind": kind, "date": self.books.day(), "done": True, "moves": moves}
        may = [LOCKED] if kind != "internal" else []
        done = await self.books.make(
            "inventory.transfers", "inventory/transfers", body | more,
            *may, *([] if cost else ["not_enough"]),
        )  # fmt: skip
        if done is not None:
            self.books.note("inventory.transfers", done["id"], "state", "done")
            self.books.transfers.append(done)

    def _moves(self, most: int, *, cost: bool = False) -> list[dict[str, Any]]:
        items = self.random.sample(self.books.items, self.random.randint(1, 3))
        quantities = [self.random.randint(1, most) for _ in items]
        return self.books.moves(items, quantities, cost=cost)

    async def plan(self) -> None:
        """A delivery to come, that goods are kept for."""
        body = {"kind": "delivery", "date": self.books.day(), "moves": self._moves(6)}
        draft = await self.books.make(
            "inventory.transfers", "inventory/transfers", body, "never"
        )
        path = f"inventory/transfers/{draft['id']}/confirm"
        await self.books.do(path)
        self.books.plans.append(draft)

    async def end_plan(self) -> None:
        """What was planned is done, in whole or part, or is not to be done any more."""
        if not self.books.plans:
            return
        plan = self.random.choice(self.books.plans)
        path = f"inventory/transfers/{plan['id']}"
        over = ("done", "cancelled")
        if self.random.random() < 0.3:
            ended = await self.books.do(f"{path}/cancel", None, *over)
        else:
            body: dict[str, Any] = {"date": self.books.day()}
            if self.random.random() < 0.4:
                body["moves"] = [{"id": plan["moves"][0]["id"], "quantity": "1"}]
            may = (*over, "not_enough", LOCKED)
            ended = await self.books.do(f"{path}/do", body, *may)
        if ended is not None:
            self.books.note("inventory.transfers", plan["id"], "state", ended["state"])
            self.books.plans.remove(plan)

    async def count(self) -> None:
        """Some of the goods are counted, and there is more or less than was thought."""
        lines = [
            {"item_id": line["item_id"], "lot": line.get("lot"),
             "counted": line["quantity"], "unit_cost": "2.50"}
            for line in self._moves(60)
        ]  # fmt: skip
        body = {"date": self.books.day(), "lines": lines}
        made = await self.books.do("inventory/counts", body)
        applied = await self.books.do(
            f"inventory/counts/{made['id']}/apply", None, LOCKED, "not_enough"
        )
        state = "draft" if applied is None else "applied"
        self.books.note("inventory.counts", made["id"], "state", state)

    async def give_back(self) -> None:
        """What came goes back, or what went comes, in whole or part."""
        if not self.books.transfers:
            return
        moved = self.random.choice(self.books.transfers)
        move = self.random.choice(moved["moves"])
        await self.books.make(
            "inventory.transfers", f"inventory/transfers/{moved['id']}/return",
            {"date": self.books.day(), "moves": [{"id": move["id"], "quantity": "1"}]},
            "returned", "not_enough", LOCKED,
        )  # fmt: skip

    # Invoices

    async def invoice(self) -> None:
        """Write an invoice, and post it with it or after it."""
        customer = self.random.choice(self.books.customers)
        lines = [self._line() for _ in range(self.random.randint(1, 3))]
        body = {"company_id": customer, "date": self.books.day(), "lines": lines}
        body["post"] = self.random.random() < 0.5
        made = await self.books.make(
            "invoicing.invoices", "invoicing/invoices", body, LOCKED
        )
        if made is not None and not body["post"]:
            path = f"invoicing/invoices/{made['id']}/post"
            made = await self.books.do(path, None, LOCKED)
        if made is not None:
            self.books.note("invoicing.invoices", made["id"], "number", made["number"])
            self.books.invoices.append(made)

    def _line(self) -> dict[str, Any]:
        price = _money(self.random.randint(100, 30_000))
        line: dict[str, Any] = {"description": "Work", "unit_price": price}
        if self.random.random() < 0.4:
            line = {"item_id": self.random.choice(self.books.items)}
        line["quantity"] = str(self.random.randint(1, 5))
        line["discount"] = self.random.choice(["0", "0", "12.5"])
        line["tax_ids"] = self.books.taxes if self.random.random() < 0.5 else []
        return line

    async def credit(self) -> None:
        """Take back an invoice or a part of it."""
        if not self.books.invoices:
            return
        invoice = self.random.choice(self.books.invoices)
        body: dict[str, Any] = {"date": self.books.day(), "post": True}
        if self.random.random() < 0.7:
            line = self.random.choice(invoice["lines"])
            body["lines"] = [{"line_id": line["id"], "quantity": "1"}]
        note = await self.books.make(
            "invoicing.invoices", f"invoicing/invoices/{invoice['id']}/credit", body,
            "too_many", "cancelled", "credit_exceeds", "no_lines", "too_early", LOCKED,
        )  # fmt: skip
        if note is not None:
            self.books.note("invoicing.invoices", note["id"], "number", note["number"])

    async def pay(self) -> None:
        """Pay an invoice: a part of it, all, or more than that."""
        if not self.books.invoices:
            return
        invoice = self.random.choice(self.books.invoices)
        share = self.random.choice([0.3, 0.5, 1, 1.2])
        cents = max(1, round(float(invoice["total"]) * 100 * share))
        body = {"invoice_id": invoice["id"], "amount": _money(cents)}
        paid = await self.books.make(
            "invoicing.payments", "invoicing/payments",
            {**body, "date": self.books.day()}, "nothing_open", LOCKED,
        )  # fmt: skip
        if paid is not None:
            self.books.payments.append(paid["payment_id"])

    async def cancel_payment(self) -> None:
        """Take a payment back, so that what it paid is open again."""
        if not self.books.payments:
            return
        payment = self.random.choice(self.books.payments)
        gone = await self.books.do(
            f"accounting/payments/{payment}/cancel", {"date": self.books.day()},
            "already_cancelled", LOCKED,
        )  # fmt: skip
        if gone is not None:
            self.books.note("accounting.payments", payment, "state", "cancelled")

    def _wrong(self) -> bool:
        return self.random.random() < _SHARE_WRONG


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
