"""The story of a day with all of Northwind: what people of a company do on the screens.

After each step the database is asked whether it was done.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import APIRequestContext, Locator, Page, expect

from tests.browser.screens import Open, done
from tests.northwind import plant

CUSTOMER = "Ernst Handel"
ITEM = "NW-P11 Queso Cabrales"
PRICE = "21.50"
QUANTITY = "4"
TOTAL = "86.0000"


@pytest.fixture(scope="module", autouse=True)
def northwind(module_home: Path) -> None:
    """All of it is there when the daemon starts."""
    plant(module_home)


def found(api: APIRequestContext, path: str, **filters: str) -> list[dict[str, Any]]:
    """The records that the database has."""
    query = f"?{urlencode(filters)}" if filters else ""
    items: list[dict[str, Any]] = done(api.get(f"/api/{path}{query}"))["items"]
    return items


def only(api: APIRequestContext, path: str, **filters: str) -> dict[str, Any]:
    """The only such record."""
    (item,) = found(api, path, **filters)
    return item


def field(page: Page | Locator, path: str) -> Locator:
    """The input of a field of the form."""
    return page.locator(f'[id="field-{path}"]')


def choose(page: Page, box: Locator, name: str) -> None:
    """Find a record by typing, and take it."""
    box.fill(name)
    page.get_by_role("option", name=name).first.click()
    expect(box).to_have_value(name)


def save(page: Page) -> None:
    """Save the form of a new record, and wait for the record's own page."""
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).not_to_have_url(re.compile("/new"))


def act(page: Page, name: str, **fields: str) -> None:
    """Do an action of the form, and fill in and confirm its dialog, if it has one."""
    page.locator("main").get_by_role("button", name=name, exact=True).click()
    dialog = page.get_by_role("dialog")
    for label, text in fields.items():
        dialog.get_by_label(label, exact=True).fill(text)
    go = dialog.get_by_role("button", name=name, exact=True)
    if fields or go.count() or page.get_by_role("dialog").count():
        go.click()
    expect(dialog).to_be_hidden()


def step(page: Page, name: str) -> None:
    """The record has come to this step."""
    now = page.locator('[aria-current="step"]')
    expect(now).to_have_text(re.compile(name))


def test_goods_are_sold_delivered_invoiced_and_paid(
    open_screen: Open, api: APIRequestContext
) -> None:
    page = open_screen("/")
    customer = _find_the_customer(page, api)
    _win(page, api, customer)
    _deliver(page, api, customer)
    invoice = _invoice(page, api, customer)
    _pay(page, api, invoice)
    _look_at_the_books(page, api)


def _find_the_customer(page: Page, api: APIRequestContext) -> str:
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_role("combobox").fill("ernst handel")
    page.get_by_role("dialog").get_by_role("option", name=CUSTOMER).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(CUSTOMER)
    customer: str = only(api, "crm/companies", name=f"eq.{CUSTOMER}")["id"]
    assert page.url.endswith(customer)
    return customer


def _win(page: Page, api: APIRequestContext, customer: str) -> None:
    page.goto(f"/m/crm/opportunities/new?company_id={customer}")
    field(page, "name").fill("Cheese for the summer")
    field(page, "expected_revenue").fill("86")
    save(page)
    act(page, "Won")
    expect(page.get_by_role("button", name="Won", exact=True)).to_be_hidden()
    won = only(api, "crm/opportunities", name="eq.Cheese for the summer")
    assert (won["company_id"], won["probability"]) == (customer, 100)
    assert won["closed_at"] is not None


def _deliver(page: Page, api: APIRequestContext, customer: str) -> None:
    page.goto(f"/m/inventory/transfers/new?kind=delivery&party_id={customer}")
    field(page, "reference").fill("SUMMER-1")
    page.get_by_role("button", name="Add a line").click()
    choose(page, field(page, "moves.0.item_id"), ITEM)
    field(page, "moves.0.quantity").fill(QUANTITY)
    save(page)
    act(page, "Confirm")
    act(page, "Move the goods")
    step(page, "Done")
    transfer = only(api, "inventory/transfers", reference="eq.SUMMER-1")
    (move,) = found(api, "inventory/moves", transfer_id=f"eq.{transfer['id']}")
    assert (transfer["state"], move["quantity"]) == ("done", "4.0000")


def _invoice(page: Page, api: APIRequestContext, customer: str) -> str:
    page.goto(f"/m/invoicing/invoices/new?company_id={customer}")
    page.get_by_role("button", name="Add a line").click()
    choose(page, field(page, "lines.0.item_id"), ITEM)
    field(page, "lines.0.quantity").fill(QUANTITY)
    field(page, "lines.0.unit_price").fill(PRICE)
    expect(page.locator("tfoot")).to_contain_text("86.00")
    save(page)
    act(page, "Post")
    step(page, "Posted")
    page.get_by_role("button", name="PDF").click()
    expect(page.get_by_role("dialog").locator("iframe")).to_be_visible()
    page.keyboard.press("Escape")
    invoice = done(api.get(f"/api/invoicing/invoices/{page.url.rpartition('/')[2]}"))
    assert (invoice["state"], invoice["total"]) == ("posted", TOTAL)
    entry = done(api.get(f"/api/accounting/entries/{invoice['entry_id']}"))
    assert sum(float(line["debit"]) for line in entry["lines"]) == 86
    printed = api.get(f"/api/invoicing/invoices/{invoice['id']}/pdf")
    assert printed.body().startswith(b"%PDF")
    return str(invoice["id"])


def _pay(page: Page, api: APIRequestContext, invoice: str) -> None:
    act(page, "Register a payment")
    step(page, "Paid")
    paid = done(api.get(f"/api/invoicing/invoices/{invoice}"))
    assert (paid["state"], float(paid["residual"])) == ("paid", 0)


def _look_at_the_books(page: Page, api: APIRequestContext) -> None:
    page.goto("/r/accounting/aged-receivable?date=1998-06-30")
    aged = done(api.get("/api/accounting/reports/aged-receivable?date=1998-06-30"))
    expect(page.locator("main")).to_contain_text(_amount(aged["totals"]["total"]))
    page.goto("/r/accounting/balance-sheet")
    sheet = done(api.get("/api/accounting/reports/balance-sheet"))
    assert sheet["assets"]["total"] == sheet["liabilities_and_equity"]
    expect(page.locator("main")).to_contain_text(_amount(sheet["assets"]["total"]))
    page.get_by_role("link", name="121000").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("General ledger")
    line = page.get_by_role("row").filter(has_text="INV")
    line.first.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile("/m/accounting/entries/"))


def _amount(text: str) -> str:
    return f"{float(text):,.2f}"


def test_somebody_is_hired_has_leave_and_is_paid(
    open_screen: Open, api: APIRequestContext
) -> None:
    page = open_screen("/m/hr/employees")
    employee = _hire(page, api)
    _approve_leave(page, api, employee)
    _run_the_payroll(page, api)


def _hire(page: Page, api: APIRequestContext) -> str:
    act(page, "Hire", **{"First name": "Ada", "Last name": "King"})
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ada King")
    hired = only(api, "hr/employees", last_name="eq.King", first_name="eq.Ada")
    assert page.url.endswith(hired["id"])
    return str(hired["id"])


def _approve_leave(page: Page, api: APIRequestContext, employee: str) -> None:
    unpaid = only(api, "hr/leave-types", name="eq.Unpaid leave")
    path = f"/m/hr/leave_requests/new?employee_id={employee}"
    page.goto(f"{path}&leave_type_id={unpaid['id']}")
    monday = _next_monday()
    field(page, "from").fill(monday)
    field(page, "to").fill(monday)
    save(page)
    act(page, "Submit")
    act(page, "Approve")
    step(page, "Approved")
    leave = only(api, "hr/leave-requests", employee_id=f"eq.{employee}")
    assert (leave["state"], leave["from"]) == ("approved", monday)


def _next_monday() -> str:
    today = datetime.now(UTC).date().toordinal()
    return datetime.fromordinal(today + 8 - (today % 7 or 7)).date().isoformat()


def _run_the_payroll(page: Page, api: APIRequestContext) -> None:
    page.goto("/m/payroll/runs/new")
    field(page, "from").fill("1998-06-01")
    field(page, "to").fill("1998-06-30")
    save(page)
    act(page, "Compute")
    act(page, "Post")
    step(page, "Posted")
    run = done(api.get(f"/api/payroll/runs/{page.url.rpartition('/')[2]}"))
    slips = found(api, "payroll/payslips", run_id=f"eq.{run['id']}")
    assert run["state"] == "posted"
    assert len(slips) == 9
    assert sum(float(slip["net"]) for slip in slips) == float(run["net"])
