"""Random operations of one clerk: the daemon and the books on paper agree.

Every answer is known beforehand, and after each step accounts, numbers, stock and
invoices are compared. Each run of the machine has a year, accounts, items and a
customer of its own, so that nothing has to be cleared.
"""

from __future__ import annotations

import itertools
from collections import Counter
from decimal import Decimal
from typing import Any

import requests
from attrs import define, field
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from tests.daemon.auditor import Auditor, Look
from tests.daemon.notebook import NOTHING, Bill, Notebook, Shelf, cents

_FIRST_YEAR = 1950
_TAX = Decimal("0.1")
_FOUND = "2.50"
_years = itertools.count(_FIRST_YEAR)


@define(eq=False)
class Desk:
    """Where a clerk works: a daemon, and a way past it."""

    url: str
    token: str
    look: Look
    auditor: Auditor
    session: requests.Session = field(factory=requests.Session)
    answers: Counter[str] = field(factory=Counter)

    def ask(self, method: str, path: str, body: Any, *refusals: str) -> Any:
        """The answer to what is done; None to what is refused in one of these ways."""
        response = self.session.request(
            method, f"{self.url}/api/{path}", json=body, timeout=60,
            headers={"Authorization": f"Bearer {self.token}", "If-Match": "*"},
        )  # fmt: skip
        told = response.json()
        if not refusals:
            assert response.ok, f"{path} {body}: {response.text}"
            self.answers["done"] += 1
            return told
        assert response.status_code in (409, 422), f"{path} {body}: {response.text}"
        codes = {told["code"], *(each["code"] for each in told.get("errors", ()))}
        assert codes & set(refusals), f"{path} {body}: {response.text}"
        self.answers[(codes & set(refusals)).pop()] += 1
        return None

    def post(self, path: str, body: Any = None, *refusals: str) -> Any:
        """The same of a POST."""
        return self.ask("POST", path, body, *refusals)


class ClerkMachine(RuleBasedStateMachine):
    """The books, twice. `desk` is set by the test: where the real ones are."""

    desk: Desk

    entries = Bundle("entries")
    plans = Bundle("plans")
    bills = Bundle("bills")
    months = st.sampled_from([1, 1, 1, 2, 3])
    accounts = st.integers(0, 2)
    shelves = st.integers(0, 1)
    sums = st.integers(1, 100_000)
    few = st.integers(1, 12)

    def __init__(self) -> None:
        super().__init__()
        self.paper = Notebook(next(_years))
        self.names: dict[str, str] = {}

    # What there is

    @initialize()
    def begin(self) -> None:
        """Accounts, items with the first goods, and a customer."""
        desk, sign = self.desk, f"Y{self.paper.year}"
        self.ids = [self._account(f"{sign}-{number}") for number in range(3)]
        body = {"name": f"Tax of {sign}", "rate": "10", "use": "sales"}
        self.tax = desk.post("accounting/taxes", body)["id"]
        self.customer = desk.post("crm/companies", {"name": f"Customer {sign}"})["id"]
        self.items = [self._item(f"{sign}-{way}", way) for way in ("fifo", "average")]
        for number in (0, 1):
            self.receive(number, 5, 3, 1)
        first = f"{self.paper.year}-01-01"
        query = f"accounting/periods?starts_on=gte.{first}&order=starts_on&limit=12"
        found = desk.ask("GET", query, None)["items"]
        self.periods = {month: each["id"] for month, each in enumerate(found, 1)}

    def _account(self, code: str) -> str:
        body = {"code": code, "name": f"Account {code}", "type": "asset"}
        id_ = str(self.desk.post("accounting/accounts", body)["id"])
        self.names[id_] = code
        return id_

    def _item(self, name: str, costing: str) -> str:
        made = self.desk.post("inventory/items", {"name": name, "costing": costing})
        self.paper.shelves[made["id"]] = Shelf(costing == "average")
        return str(made["id"])

    # The ledger

    @rule(target=entries, sides=st.permutations([0, 1, 2]), amount=sums, month=months,
          wrong=st.sampled_from([0, 0, 0, 1]))  # fmt: skip
    def enter(self, sides: list[int], amount: int, month: int, wrong: int) -> Any:
        """An entry by hand: a draft, and then it is posted."""
        debit, credit = self.ids[sides[0]], self.ids[sides[1]]
        lines = [
            {"account_id": debit, "debit": str(cents(amount))},
            {"account_id": credit, "credit": str(cents(amount + wrong))},
        ]
        body = {"date": self._day(month), "lines": lines}
        draft = self.desk.post("accounting/entries", body)
        refusals = [*self._locked(month), *["unbalanced"] * wrong]
        if self.paper.closed & {debit, credit}:
            refusals.append("inactive")
        path = f"accounting/entries/{draft['id']}/post"
        posted = self.desk.post(path, None, *refusals)
        if posted is None:
            return multiple()
        change = [
            (self.names[debit], cents(amount)),
            (self.names[credit], -cents(amount)),
        ]
        self.paper.post("GEN", *change)
        assert (
            posted["number"] == f"GEN/{self.paper.year}/{self.paper.numbers['GEN']:05}"
        )
        return (draft["id"], change)

    @rule(entry=entries, month=months)
    def reverse(self, entry: Any, month: int) -> None:
        """What was entered is taken back, once."""
        id_, change = entry
        again = not change
        refusals = [*self._locked(month), *["already_reversed"] * again]
        path = f"accounting/entries/{id_}/reverse"
        if self.desk.post(path, {"date": self._day(month)}, *refusals):
            self.paper.post("GEN", *((name, -amount) for name, amount in change))
            change.clear()

    @rule(month=months)
    def lock(self, month: int) -> None:
        """The month takes nothing from now on, and the same once more."""
        self.desk.post(f"accounting/periods/{self.periods[month]}/lock")
        self.paper.locked.add(month)

    @rule(month=st.integers(1, 3))
    def unlock(self, month: int) -> None:
        """The month takes entries again."""
        self.desk.post(f"accounting/periods/{self.periods[month]}/unlock")
        self.paper.locked.discard(month)

    @rule(account=accounts)
    def close_or_open(self, account: int) -> None:
        """An account takes no new lines, or does again."""
        id_ = self.ids[account]
        active = id_ in self.paper.closed
        self.desk.ask("PATCH", f"accounting/accounts/{id_}", {"active": active})
        self.paper.closed ^= {id_}

    # The stock

    @rule(shelf=shelves, quantity=few, cost=st.integers(1, 9), month=months)
    def receive(self, shelf: int, quantity: int, cost: int, month: int) -> None:
        """Goods come in, a piece at so many dollars."""
        line = {"quantity": str(quantity), "unit_cost": str(cost)}
        if self._move("receipt", shelf, line, month, self._locked(month)):
            value = Decimal(quantity * cost)
            self._shelf(shelf).put(quantity, value)
            self.paper.move("goods_received", value)

    @rule(shelf=shelves, quantity=few, month=months)
    def deliver(self, shelf: int, quantity: int, month: int) -> None:
        """Goods go out, as many as there are to be had."""
        refusals = [*self._locked(month), *self._short(shelf, quantity)]
        if self._move("delivery", shelf, {"quantity": str(quantity)}, month, refusals):
            self.paper.move("cost_of_sales", -self._shelf(shelf).take(quantity))

    @rule(target=plans, shelf=shelves, quantity=few)
    def plan(self, shelf: int, quantity: int) -> Any:
        """A delivery to come: what is there is kept for it."""
        line = {"item_id": self.items[shelf], "quantity": str(quantity)}
        body = {"kind": "delivery", "moves": [line]}
        id_ = self.desk.post("inventory/transfers", body)["id"]
        kept = min(quantity, max(self._shelf(shelf).free, 0))
        confirmed = self.desk.post(f"inventory/transfers/{id_}/confirm")
        assert Decimal(confirmed["moves"][0]["reserved"]) == kept
        self._shelf(shelf).kept += kept
        return [id_, shelf, quantity, kept]

    @rule(plan=plans, month=months)
    def deliver_planned(self, plan: Any, month: int) -> None:
        """What was planned is delivered, once."""
        id_, shelf, quantity, kept = plan
        refusals = [*self._locked(month), *self._short(shelf, quantity - kept)]
        if not quantity:
            refusals = ["done", "cancelled"]
        path = f"inventory/transfers/{id_}/do"
        if self.desk.post(path, {"date": self._day(month)}, *refusals):
            self._shelf(shelf).kept -= kept
            self.paper.move("cost_of_sales", -self._shelf(shelf).take(quantity))
            plan[2] = plan[3] = 0

    @rule(plan=plans)
    def give_up(self, plan: Any) -> None:
        """What was planned is not to be, and what was kept is free."""
        id_, shelf, quantity, kept = plan
        refusals = () if quantity else ("done", "cancelled")
        if self.desk.post(f"inventory/transfers/{id_}/cancel", None, *refusals):
            self._shelf(shelf).kept -= kept
            plan[2] = plan[3] = 0

    @rule(shelf=shelves, counted=st.integers(0, 15), month=months)
    def count(self, shelf: int, counted: int, month: int) -> None:
        """So many are there, whatever was thought."""
        there = self._shelf(shelf)
        more, body = counted - there.quantity, {"date": self._day(month)}
        line = {"item_id": self.items[shelf], "counted": str(counted)}
        body |= {"lines": [line | {"unit_cost": _FOUND}]}
        made = self.desk.post("inventory/counts", body)
        refusals = [*self._locked(month), *self._short(shelf, -more)] if more else []
        path = f"inventory/counts/{made['id']}/apply"
        if self.desk.post(path, None, *refusals) is None or not more:
            return
        if more > 0:
            there.put(more, more * Decimal(_FOUND))
        value = more * Decimal(_FOUND) if more > 0 else -there.take(-more)
        self.paper.move("stock_adjustment", value)

    # Invoices

    @rule(target=bills, month=months, at_once=st.booleans(), missing=st.booleans(),
          lines=st.lists(st.tuples(few, sums, st.booleans()), min_size=1, max_size=3),
          )  # fmt: skip
    def invoice(
        self, month: int, at_once: bool, missing: bool, lines: list[Any]
    ) -> Any:
        """An invoice is written, and posted with it or after it."""
        body = {"company_id": self.customer, "date": self._day(month)}
        body |= {"lines": [self._line(*line) for line in lines]}
        refusals = self._locked(month)
        if at_once:
            made = self.desk.post(
                "invoicing/invoices", body | {"post": True}, *refusals
            )
            if made is None:
                return multiple()
        else:
            made = self.desk.post("invoicing/invoices", body)
        each = [
            (line["id"], count, cents(price * 10) * (1 + _TAX * taxed))
            for line, (count, price, taxed) in zip(made["lines"], lines, strict=True)
        ]
        total = sum((count * one for _, count, one in each), NOTHING)
        bill = self.paper.bills[made["id"]] = Bill(month, each, total)
        assert Decimal(made["total"]) == total
        if not at_once:
            if missing and not refusals:
                self._refused_by_accounting(made["id"])
            path = f"invoicing/invoices/{made['id']}/post"
            made = self.desk.post(path, None, *refusals)
        if made is None:
            return multiple()
        self._posted(bill, made, lines)
        return made["id"]

    def _posted(self, bill: Bill, made: Any, lines: list[Any]) -> None:
        bill.number, bill.residual = self.paper.draw("invoice", "INV"), bill.total
        net = sum((count * cents(price * 10) for count, price, _ in lines), NOTHING)
        self.paper.sell(1, net, bill.total - net)
        assert made["number"] == bill.number

    def _refused_by_accounting(self, id_: str) -> None:
        """There is no account to post it to: nothing happens, and no number is lost."""
        query = "accounting/accounts?purpose=eq.sales"
        (sales,) = self.desk.ask("GET", query, None)["items"]
        path = f"accounting/accounts/{sales['id']}"
        self.desk.ask("PATCH", path, {"active": False})
        try:
            self.desk.post(f"invoicing/invoices/{id_}/post", None, "account_missing")
        finally:
            self.desk.ask("PATCH", path, {"active": True})

    @rule(bill=bills, month=months, share=st.sampled_from(["0.3", "0.5", "1", "1.2"]))
    def pay(self, bill: str, month: int, share: str) -> None:
        """A part of the invoice is paid, or all, or more."""
        it = self.paper.bills[bill]
        amount = max((it.total * Decimal(share)).quantize(cents(1)), cents(1))
        refusals = self._locked(month)
        if not it.residual:
            refusals = [*refusals, "nothing_open"]
        body = {"invoice_id": bill, "amount": str(amount), "date": self._day(month)}
        paid = self.desk.post("invoicing/payments", body, *refusals)
        if paid is not None:
            self.paper.post("BANK", ("bank", amount), ("receivable", -amount))
            assert Decimal(paid["unallocated"]) == it.settle(amount)

    @rule(bill=bills, month=months, whole=st.booleans())
    def credit(self, bill: str, month: int, whole: bool) -> None:
        """The invoice is taken back, or one piece of its first line."""
        it = self.paper.bills[bill]
        refusals = self._locked(month)
        if it.residual and month < it.month:
            refusals = [*refusals, "too_early"]
        if it.state == "cancelled":
            refusals = [*refusals, "cancelled"]
        elif not whole and not it.lines[0][1]:
            refusals = [*refusals, "too_many"]
        body: dict[str, Any] = {"date": self._day(month), "post": True}
        if not whole:
            body["lines"] = [{"line_id": it.lines[0][0], "quantity": "1"}]
        note = self.desk.post(f"invoicing/invoices/{bill}/credit", body, *refusals)
        if note is not None:
            self._credited(it, note, whole)

    def _credited(self, it: Bill, note: Any, whole: bool) -> None:
        first, *others = it.lines
        taken = it.lines if whole else [(first[0], 1, first[2])]
        total = sum((count * one for _, count, one in taken), NOTHING)
        assert Decimal(note["total"]) == total
        left = [(id_, 0, one) for id_, _, one in it.lines]
        it.lines = left if whole else [(first[0], first[1] - 1, first[2]), *others]
        it.credited += total
        number = self.paper.draw("credit_note", "CN")
        made = Bill(it.month, [], total, number, it.settle(total))
        self.paper.bills[note["id"]] = made
        assert note["number"] == made.number
        self.paper.sell(-1, Decimal(note["net"]), Decimal(note["tax"]))

    # What must be

    @invariant()
    def the_books_are_as_on_paper(self) -> None:
        """Accounts, numbers, stock and invoices."""
        assert self._found() == self.paper.told()

    def _found(self) -> dict[str, Any]:
        year, look = str(self.paper.year), self.desk.look
        balances = look(
            "SELECT CASE WHEN a.id = ANY(%s::uuid[]) THEN a.code ELSE a.purpose END,"
            " sum(debit - credit) FROM accounting.lines l"
            " JOIN accounting.accounts a ON a.id = l.account_id"
            " WHERE posted AND date_part('year', date) = %s::int GROUP BY 1",
            list(self.names), year,
        )  # fmt: skip
        numbers = look(
            "SELECT split_part(number, '/', 1), count(*) FROM accounting.entries"
            " WHERE number LIKE %s GROUP BY 1 UNION ALL"
            " SELECT kind, count(*) FROM invoicing.invoices"
            " WHERE number LIKE %s GROUP BY 1",
            f"%/{year}/%", f"%/{year}/%",
        )  # fmt: skip
        stock = look(
            "SELECT v.item_id::text, v.quantity, q.reserved, v.value"
            " FROM inventory.valuations v JOIN inventory.quants q USING (item_id)"
            " WHERE v.item_id = ANY(%s::uuid[])", list(self.paper.shelves),
        )  # fmt: skip
        invoices = look(
            "SELECT id::text, state, number, residual, credited"
            " FROM invoicing.invoices WHERE company_id = %s", self.customer,
        )  # fmt: skip
        return {
            "balances": {name: balance for name, balance in balances if balance},
            "numbers": dict(numbers),
            "stock": {item: tuple(rest) for item, *rest in stock},
            "invoices": {id_: tuple(rest) for id_, *rest in invoices},
        }

    def teardown(self) -> None:
        """The auditor finds nothing."""
        self.desk.auditor.visit()

    # Words for the above

    def _shelf(self, number: int) -> Shelf:
        return self.paper.shelves[self.items[number]]

    def _day(self, month: int) -> str:
        return f"{self.paper.year}-{month:02}-15"

    def _locked(self, month: int) -> list[str]:
        return ["period_locked"] * (month in self.paper.locked)

    def _short(self, shelf: int, quantity: int) -> list[str]:
        return ["not_enough"] * (quantity > max(self._shelf(shelf).free, 0))

    def _line(self, count: int, price: int, taxed: bool) -> dict[str, Any]:
        taxes = [self.tax] if taxed else []
        line = {"description": "Work", "quantity": str(count), "tax_ids": taxes}
        return line | {"unit_price": str(cents(price * 10))}

    def _move(
        self, kind: str, shelf: int, line: Any, month: int, refusals: list[str]
    ) -> Any:
        moves = [{"item_id": self.items[shelf], **line}]
        body = {"kind": kind, "date": self._day(month), "done": True, "moves": moves}
        return self.desk.post("inventory/transfers", body, *refusals)
