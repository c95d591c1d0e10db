"""The books on paper: what an installation must hold, by a few dictionaries."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from attrs import define, field

CENT = Decimal("0.01")
NOTHING = Decimal(0)


def cents(number: int) -> Decimal:
    """So many cents."""
    return number * CENT


@define
class Shelf:
    """An item, what came in of it and is left, and what is kept for deliveries."""

    average: bool
    layers: list[tuple[int, Decimal]] = field(factory=list)
    kept: int = 0

    @property
    def quantity(self) -> int:
        """How many there are."""
        return sum(quantity for quantity, _ in self.layers)

    @property
    def free(self) -> int:
        """How many may be taken."""
        return self.quantity - self.kept

    @property
    def value(self) -> Decimal:
        """What they are worth."""
        return sum((value for _, value in self.layers), NOTHING)

    def put(self, quantity: int, value: Decimal) -> None:
        """Goods come in."""
        self.layers.append((quantity, value))
        if self.average:
            self.layers = [(self.quantity, self.value)]

    def take(self, quantity: int) -> Decimal:
        """Goods go out, the first ones first; what they were worth."""
        taken, left = NOTHING, quantity
        while left:
            there, value = self.layers.pop(0)
            part = min(there, left)
            share = (value * part / there).quantize(CENT, ROUND_HALF_UP)
            taken, left = taken + share, left - part
            if part < there:
                self.layers.insert(0, (there - part, value - share))
        return taken


@define
class Bill:
    """An invoice, and what is open of it."""

    month: int
    lines: list[tuple[str, int, Decimal]]
    """Of each line its id, how many are not taken back, and what one comes to."""
    total: Decimal
    number: str | None = None
    residual: Decimal = NOTHING
    credited: Decimal = NOTHING

    @property
    def state(self) -> str:
        """How far it is."""
        if self.number is None:
            return "draft"
        if self.credited >= self.total:
            return "cancelled"
        if self.residual == 0:
            return "paid"
        return "posted" if self.residual == self.total else "partly_paid"

    def settle(self, amount: Decimal) -> Decimal:
        """Something of it is paid or taken back; what is left of that."""
        settled = min(amount, self.residual)
        self.residual -= settled
        return amount - settled


@define
class Notebook:
    """All of it, of one year."""

    year: int
    locked: set[int] = field(factory=set)
    closed: set[str] = field(factory=set)
    balances: dict[str, Decimal] = field(factory=dict)
    numbers: Counter[str] = field(factory=Counter)
    shelves: dict[str, Shelf] = field(factory=dict)
    bills: dict[str, Bill] = field(factory=dict)

    def post(self, journal: str, *lines: tuple[str, Decimal]) -> None:
        """An entry: accounts, and what each is debited; credits are negative."""
        assert sum((amount for _, amount in lines), NOTHING) == 0
        self.numbers[journal] += 1
        for account, amount in lines:
            self.balances[account] = self.balances.get(account, NOTHING) + amount

    def draw(self, kind: str, prefix: str) -> str:
        """The next number of a kind of documents."""
        self.numbers[kind] += 1
        return f"{prefix}/{self.year}/{self.numbers[kind]:05}"

    def move(self, against: str, value: Decimal) -> None:
        """Goods of this value came into the stock, or went out of it."""
        if value:
            self.post("STK", ("stock", value), (against, -value))

    def sell(self, sign: int, net: Decimal, tax: Decimal) -> None:
        """An invoice is in the books, or a credit note with `sign` -1."""
        lines = [("receivable", net + tax), ("sales", -net), ("tax_collected", -tax)]
        self.post("INV", *((account, sign * each) for account, each in lines if each))

    def told(self) -> dict[str, Any]:
        """All of it, as it is to be found."""
        return {
            "balances": {name: each for name, each in self.balances.items() if each},
            "numbers": {name: count for name, count in self.numbers.items() if count},
            "stock": {
                item: (shelf.quantity, shelf.kept, shelf.value)
                for item, shelf in self.shelves.items()
            },
            "invoices": {
                id_: (bill.state, bill.number, bill.residual, bill.credited)
                for id_, bill in self.bills.items()
            },
        }
