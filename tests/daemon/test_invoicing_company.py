"""An own company is founded when there are books already: what was of none stays so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest_twisted

from tests.daemon.process import Daemon, write_config
from tests.daemon.test_crm_rules import run_eerp
from tests.daemon.test_invoicing import Office, seen

SHARED = {"own_company_id": None}


@pytest_twisted.async_yield_fixture(scope="module")
async def office(module_home: Path) -> AsyncIterator[Office]:
    """An office of no company yet."""
    office = await Office.opened(Daemon(write_config(module_home)))
    yield office
    office.club.database.close()
    daemon = office.club.daemon
    assert await daemon.stop() == 0, daemon.log_file.read_text()


async def found(office: Office) -> str:
    """A company in which the administrator acts from now on, with an account and a
    journal of its own."""
    made = await office.done("POST", "core/companies", {"name": "Ours Ltd"})
    company = str(made["id"])
    daemon = office.club.daemon
    run_eerp(daemon, "user", "companies", "admin", "--add", company,
             "--default", company)  # fmt: skip
    await daemon.sign_in()
    receivable = {"code": "1200", "name": "Our debtors", "type": "asset"}
    sales = {"code": "INO", "name": "Our invoices", "kind": "sales"}
    for path, body in (
        ("accounts", receivable | {"purpose": "receivable"}),
        ("journals", sales),
    ):
        own = await office.done("POST", f"accounting/{path}", body)
        assert own["own_company_id"] == company
    return company


async def entry(office: Office, **more: Any) -> dict[str, Any]:
    """A draft by hand: money from the owners."""
    path = "accounting/accounts?code=in.(110000,310000)&order=code"
    chart = await office.done("GET", path)
    bank, capital = (account["id"] for account in chart["items"])
    lines = [
        {"account_id": bank, "debit": "10"},
        {"account_id": capital, "credit": "10"},
    ]
    made: dict[str, Any] = await office.done(
        "POST", "accounting/entries", {"lines": lines, **more}
    )
    return made


async def waiting(office: Office) -> str:
    """Goods that came in, and a delivery that waits."""
    tea = await office.done("POST", "inventory/items", {"name": "Tea"})
    for kind in ("receipt", "delivery"):
        line = {"item_id": tea["id"], "quantity": "8", "unit_cost": "2"}
        body = {"kind": kind, "moves": [line], "done": kind == "receipt"}
        made = await office.done("POST", "inventory/transfers", body)
    await office.done("POST", f"inventory/transfers/{made['id']}/confirm")
    return str(made["id"])


def of_company(office: Office, table: str) -> int:
    """How many records of a table are of an own company."""
    [(count,)] = office.club.sql(
        f"SELECT count(*) FROM {table} WHERE own_company_id IS NOT NULL"
    )
    return int(count)


@pytest_twisted.ensureDeferred
async def test_what_follows_from_documents_of_no_company_is_of_none(
    office: Office,
) -> None:
    paid, credited = [await office.invoice(price, **SHARED) for price in ("100", "60")]
    by_hand = await entry(office, **SHARED)
    await office.done("POST", f"accounting/entries/{by_hand['id']}/post")
    delivery = await waiting(office)
    company = await found(office)

    payment = await office.pay("100", invoice_id=paid["id"])
    assert payment["own_company_id"] is None
    note = await office.done(
        "POST", f"invoicing/invoices/{credited['id']}/credit", {"post": True}
    )
    assert (note["own_company_id"], seen(note)) == (None, ("paid", "0.0000"))
    copy = await office.done("POST", f"invoicing/invoices/{paid['id']}/duplicate")
    assert copy["own_company_id"] is None
    back = await office.done("POST", f"accounting/entries/{by_hand['id']}/reverse", {})
    assert back["own_company_id"] is None
    draft = await entry(office, **SHARED)
    assert [line["own_company_id"] for line in draft["lines"]] == [None, None]
    lines = await office.done("GET", f"inventory/moves?transfer_id=eq.{delivery}")
    part = {"moves": [{"id": lines["items"][0]["id"], "quantity": "3"}]}
    await office.done("POST", f"inventory/transfers/{delivery}/do", part)
    lines = await office.done("GET", f"inventory/moves?transfer_id=eq.{delivery}")
    part = {"moves": [{"id": lines["items"][0]["id"], "quantity": "2"}]}
    await office.done("POST", f"inventory/transfers/{delivery}/return", part)
    assert office.club.sql("SELECT count(*) FROM inventory.transfers") == [(4,)]
    assert seen(await office.now(paid)) == ("paid", "0.0000")
    assert (await office.now(credited))["residual"] == "0.0000"
    for table in (
        "accounting.entries", "accounting.lines", "accounting.matches",
        "accounting.payments", "accounting.fiscal_years", "accounting.periods",
        "invoicing.invoices", "invoicing.payments",
        "inventory.transfers", "inventory.moves",
    ):  # fmt: skip
        assert of_company(office, table) == 0, table
    open_ = "SELECT coalesce(sum(abs(residual)), 0) FROM accounting.lines"
    assert office.club.sql(open_) == [(Decimal(0),)]

    ours = await office.invoice("5")
    assert ours["own_company_id"] == company
    assert of_company(office, "accounting.lines") == 2
    [(code,)] = office.club.sql(
        "SELECT code FROM accounting.lines JOIN accounting.accounts ON accounts.id ="
        " account_id WHERE entry_id = %s::uuid AND debit > 0",
        ours["entry_id"],
    )
    assert code == "1200"


@pytest_twisted.ensureDeferred
async def test_numbers_are_without_gaps_for_each_company_and_for_none(
    office: Office,
) -> None:
    numbers = office.club.sql(
        "SELECT number, own_company_id IS NULL FROM accounting.entries"
        " WHERE state = 'posted' ORDER BY number"
    )
    by_series: dict[tuple[str, bool], list[int]] = {}
    for number, shared in numbers:
        series, _, count = number.rpartition("/")
        by_series.setdefault((series, shared), []).append(int(count))
    assert len(by_series) >= 4
    for series, counts in by_series.items():
        assert counts == list(range(1, len(counts) + 1)), series
