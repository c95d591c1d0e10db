"""``python -m demo.northwind`` against a real daemon."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_twisted

from tests.daemon.process import Daemon
from tests.northwind import load, plant, run_demo

COUNTS = {
    "/api/crm/companies": 120,
    "/api/crm/contacts": 120,
    "/api/crm/addresses": 120,
    "/api/inventory/items": 77,
    "/api/inventory/transfers": 831,
    "/api/inventory/moves": 2155 + 77,
    "/api/invoicing/invoices": 830,
    "/api/invoicing/lines": 2155,
    "/api/invoicing/payments": 89,
    "/api/accounting/entries": 831 + 830 + 89 + 1,
    "/api/hr/employees": 9,
    "/api/hr/contracts": 9,
    "/api/payroll/payslips": 9,
    "/api/payroll/runs": 1,
}
FINDINGS = """\
Invoiced 1,265,793.29: 0.2505 more than the 1,265,793.0395 that lines come to before \
each is rounded
Ledger: debit 4,119,596.82 = credit 4,119,596.82
Receivables: 246,986.53 = open invoices 246,986.53
Stock: 44,372.01 = value of the items 44,372.01
Invoice numbers: 830, none missing
"""


@pytest.fixture(scope="module", autouse=True)
def said(module_home: Path) -> str:
    """What the demo said; all that it loaded is there when the daemon starts."""
    return plant(module_home)


async def find_all(daemon: Daemon, path: str, **filters: str) -> list[Any]:
    """The records at `path` that pass `filters`."""
    query = {"limit": "1000", **filters}
    found: list[Any] = []
    while True:
        answer = await daemon.ask("GET", f"{path}?{urlencode(query)}")
        assert answer.status == 200, answer.text
        found += answer.json["items"]
        if answer.json["next_cursor"] is None:
            return found
        query["cursor"] = answer.json["next_cursor"]


async def find_one(daemon: Daemon, path: str, **filters: str) -> Any:
    """The only record that passes `filters`."""
    items = await find_all(daemon, path, **filters)
    assert len(items) == 1, items
    return items[0]


async def report(daemon: Daemon, name: str, **query: str) -> Any:
    """A report of accounting."""
    path = f"/api/accounting/reports/{name}?{urlencode(query)}"
    answer = await daemon.ask("GET", path)
    assert answer.status == 200, answer.text
    return answer.json


async def versions(daemon: Daemon) -> dict[str, dict[str, int]]:
    """Every record's version, by its id."""
    return {
        path: {item["id"]: item["version"] for item in await find_all(daemon, path)}
        for path in COUNTS
    }


@pytest_twisted.ensureDeferred
async def test_all_of_northwind_is_loaded_and_the_books_agree(
    said: str, daemon: Daemon
) -> None:
    """And a second time nothing is made, and nothing changed."""
    assert said.endswith(FINDINGS)
    before = await versions(daemon)
    assert {path: len(ids) for path, ids in before.items()} == COUNTS
    await everybody_has_what_northwind_says(daemon)
    await the_reports_tie_to_each_other(daemon)

    again = await load(daemon)

    assert ": created 0, unchanged 2273\n" in again
    assert again.endswith(FINDINGS)
    assert await versions(daemon) == before


async def everybody_has_what_northwind_says(daemon: Daemon) -> None:
    """One customer, one item, one employee: whole."""
    name = {"name": "eq.Alfreds Futterkiste"}
    company = await find_one(daemon, "/api/crm/companies", **name)
    theirs = {"company_id": f"eq.{company['id']}"}
    contact = await find_one(daemon, "/api/crm/contacts", **theirs)
    address = await find_one(daemon, "/api/crm/addresses", **theirs)
    invoices = await find_all(daemon, "/api/invoicing/invoices", **theirs)
    chai = await find_one(daemon, "/api/inventory/items", sku="eq.NW-P01")
    stock = await daemon.ask("GET", f"/api/inventory/stock?item_id={chai['id']}")
    boss = await find_one(daemon, "/api/hr/employees", number="eq.NW-E2")
    staff = await find_all(daemon, "/api/hr/employees", manager_id=f"eq.{boss['id']}")

    assert (company["phone"], company["fax"]) == ("030-0074321", "030-0076545")
    assert (contact["first_name"], contact["last_name"]) == ("Maria", "Anders")
    assert (address["street"], address["city"]) == ("Obere Str. 57", "Berlin")
    assert len(invoices) == 6
    assert [float(one["on_hand"]) for one in stock.json["items"]] == [39]
    assert len(staff) == 5


async def the_reports_tie_to_each_other(daemon: Daemon) -> None:
    """On the last day, and at the end of a year in between."""
    for day in ("1996-12-31", "1998-05-31"):
        trial = await report(daemon, "trial-balance", date=day)
        sheet = await report(daemon, "balance-sheet", date=day)
        aged = await report(daemon, "aged-receivable", date=day)
        balance = {one["name"]: Decimal(one["balance"]) for one in trial["items"]}
        owed = sum(Decimal(one["total"]) for one in aged["items"])
        assert Decimal(trial["totals"]["balance"]) == 0
        assert sum(balance.values()) == 0
        assert owed == balance["Trade receivables"]
        assert sheet["assets"]["total"] == sheet["liabilities_and_equity"]


@pytest_twisted.ensureDeferred
async def test_a_wrong_password_is_one_line_and_status_1(
    daemon: Daemon, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("not the password\n")

    ended = await run_demo(daemon, file)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines() == [
        f"demo: EERP at {daemon.url} refuses the password in {file} "
        "for the user 'admin'."
    ]
