"""What the reports show is what is in the tables."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.daemon.books import MONTHS, Books


async def shown_as_kept(books: Books) -> None:
    """Each report that sums up what the others say in detail."""
    for company in books.companies:
        await _balances(books, company)
    await _owed(books)
    await _stock(books)
    await _open(books)


async def _balances(books: Books, company: str) -> None:
    trial = await books.get(_of("accounting/reports/trial-balance", company))
    assert _sum(trial["items"], "debit") == _sum(trial["items"], "credit")
    assert Decimal(trial["totals"]["balance"]) == 0
    kept = books.site.sql(
        "SELECT code, sum(debit - credit) FROM accounting.lines l"
        " JOIN accounting.accounts a ON a.id = account_id"
        " WHERE posted AND l.own_company_id = %s GROUP BY code", company,
    )  # fmt: skip
    shown = {row["code"]: Decimal(row["balance"]) for row in trial["items"]}
    assert shown == dict(kept)
    sheet = await books.get(_of("accounting/reports/balance-sheet", company))
    assets = Decimal(sheet["assets"]["total"])
    assert assets == Decimal(sheet["liabilities_and_equity"])


async def _owed(books: Books) -> None:
    """What customers owe by how late they are, and what their account says of that
    day."""
    for month in range(1, MONTHS + 1):
        day = f"{books.year}-{month:02}-28"
        path = _of("accounting/reports/aged-receivable", books.companies[0])
        aged = await books.get(f"{path}&date={day}")
        ((kept,),) = books.site.sql(
            "SELECT coalesce(sum(debit - credit), 0) FROM accounting.lines l"
            " JOIN accounting.accounts a ON a.id = account_id WHERE posted"
            " AND purpose = 'receivable' AND l.own_company_id = %s AND date <= %s",
            books.companies[0], day,
        )  # fmt: skip
        assert Decimal(aged["totals"]["total"]) == kept
        assert _sum(aged["items"], "total") == kept


async def _stock(books: Books) -> None:
    rows = await _pages(books, "inventory/stock")
    shown = {
        (row["item_id"], row["location_id"], row["lot_id"]): (
            Decimal(row["on_hand"]), Decimal(row["reserved"]), Decimal(row["available"])
        )
        for row in rows
    }  # fmt: skip
    kept = books.site.sql(
        "SELECT item_id::text, location_id::text, lot_id::text, quantity, reserved,"
        " quantity - reserved FROM inventory.quants"
        " WHERE quantity <> 0 OR incoming <> 0 OR outgoing <> 0"
    )
    assert shown == {
        (item, place, lot): tuple(rest) for item, place, lot, *rest in kept
    }
    worth = await _pages(books, "inventory/reports/valuation")
    ((value,),) = books.site.sql("SELECT sum(value) FROM inventory.valuations")
    assert _sum(worth, "value") == value


async def _open(books: Books) -> None:
    """What is open of invoices, and of those that list."""
    report = await books.get("invoicing/reports/open")
    ((kept,),) = books.site.sql(
        "SELECT sum(CASE kind WHEN 'invoice' THEN residual ELSE -residual END)"
        " FROM invoicing.invoices WHERE state <> 'draft'"
    )
    assert sum(Decimal(each["open"]["total"]) for each in report["totals"]) == kept


def _of(path: str, company: str) -> str:
    return f"{path}?own_company_id={company}"


def _sum(rows: list[dict[str, Any]], name: str) -> Decimal:
    return sum((Decimal(row[name]) for row in rows), Decimal(0))


async def _pages(books: Books, path: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await books.get(f"{path}?limit=100{cursor}")
        rows += page["items"]
        if page["next_cursor"] is None:
            return rows
        cursor = f"&cursor={page['next_cursor']}"
