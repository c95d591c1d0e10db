"""What the books say when all is loaded, and whether they agree with each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from attrs import frozen

from demo.northwind.client import Client, Record
from demo.northwind.load import Northwind
from demo.northwind.orders import Order, total

__all__ = ["Finding", "examine", "gaps"]

OURS = "like.NW-*"
ITEMS_MAX = "1000"


@frozen
class Finding:
    """One sentence about the books, and whether it is as it should be."""

    text: str
    sound: bool


async def examine(client: Client, northwind: Northwind) -> list[Finding]:
    """What is found in the EERP that `client` reaches."""
    balances = await client.get("/api/accounting/reports/trial-balance")
    return [
        await _invoiced(client, northwind.orders),
        _ledger(balances["totals"]),
        await _owed(client, _balance(balances, "Trade receivables")),
        await _stock(client, _balance(balances, "Stock")),
        await _numbers(client),
    ]


async def _invoiced(client: Client, orders: Sequence[Order]) -> Finding:
    """Each line is rounded to cents, and so is the sum of them."""
    page = await client.get(
        "/api/invoicing/invoices",
        {"select": "net:net.sum()", "reference": OURS, "currency": "eq.USD"},
    )
    net = Decimal(page["items"][0]["net"])
    exact = sum((line.exact for order in orders for line in order.lines), Decimal(0))
    text = (
        f"Invoiced {net:,.2f}: {net - exact:,.4f} more than the {exact:,.4f} that "
        "lines come to before each is rounded"
    )
    return Finding(text, net == total(orders))


def _ledger(totals: Record) -> Finding:
    debit, credit = Decimal(totals["debit"]), Decimal(totals["credit"])
    return _same(f"Ledger: debit {debit:,.2f}", debit, "credit", credit)


async def _owed(client: Client, owed: Decimal) -> Finding:
    page = await client.get(
        "/api/invoicing/invoices",
        {"select": "open:residual.sum()", "kind": "eq.invoice", "currency": "eq.USD"},
    )
    residual = Decimal(page["items"][0]["open"])
    return _same(f"Receivables: {owed:,.2f}", owed, "open invoices", residual)


async def _stock(client: Client, booked: Decimal) -> Finding:
    page = await client.get("/api/inventory/reports/valuation", {"limit": ITEMS_MAX})
    worth = sum((Decimal(item["value"]) for item in page["items"]), Decimal(0))
    return _same(f"Stock: {booked:,.2f}", booked, "value of the items", worth)


async def _numbers(client: Client) -> Finding:
    invoices = await client.find_all(
        "/api/invoicing/invoices", {"select": "number", "number": "like.INV/*"}
    )
    missing = list(gaps(invoice["number"] for invoice in invoices))
    text = f"Invoice numbers: {len(invoices)}, {', '.join(missing) or 'none'} missing"
    return Finding(text, not missing)


def gaps(numbers: Iterable[str]) -> Iterator[str]:
    """The numbers that are missing in each year: ``INV/1996/00007``."""
    years: dict[str, set[int]] = {}
    for number in numbers:
        found = re.fullmatch(r"(.+/)([0-9]+)", number)
        if found:
            years.setdefault(found[1], set()).add(int(found[2]))
    for year, taken in sorted(years.items()):
        for missing in sorted(set(range(1, max(taken) + 1)) - taken):
            yield f"{year}{missing:05}"


def _balance(balances: Record, name: str) -> Decimal:
    of_account = [one for one in balances["items"] if one["name"] == name]
    return sum((Decimal(one["balance"]) for one in of_account), Decimal(0))


def _same(text: str, one: Decimal, name: str, other: Decimal) -> Finding:
    sign = "=" if one == other else "but"
    return Finding(f"{text} {sign} {name} {other:,.2f}", one == other)
