"""Dialogs of actions that take objects, and lists of them."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import APIRequestContext, Locator, Page, expect

from tests.browser.screens import PHONE, Open, done

TABLE = b"Jour;Somme;Texte\n03.02.2026;1.234,50;Loyer f\xe9vrier\n"


def _start(page: Page, title: str) -> Locator:
    """The dialog of an action of the page."""
    page.get_by_role("button", name=title, exact=True).click()
    return page.get_by_role("dialog", name=title)


def _finish(dialog: Locator, title: str) -> None:
    dialog.get_by_role("button", name=title, exact=True).click()
    expect(dialog).to_be_hidden()


def _transfer(
    api: APIRequestContext, kind: str, *moves: tuple[str, str]
) -> dict[str, Any]:
    """A transfer of so much of items."""
    lines = [{"item_id": item, "quantity": quantity} for item, quantity in moves]
    data = {"kind": kind, "done": kind == "receipt", "moves": lines}
    return dict(done(api.post("/api/inventory/transfers", data=data)))


def _item(api: APIRequestContext, name: str) -> str:
    """An item of which there are ten."""
    item = str(done(api.post("/api/inventory/items", data={"name": name}))["id"])
    _transfer(api, "receipt", (item, "10"))
    return item


def _moves(api: APIRequestContext, transfer: str) -> list[tuple[str, str]]:
    """What a transfer moves, and how much of it."""
    path = f"/api/inventory/transfers/{transfer}"
    moves = done(api.get(path))["moves"]
    return [(move["item_id"], move["quantity"]) for move in moves]


def test_a_part_of_a_delivery_goes_and_the_rest_is_left(
    open_screen: Open, api: APIRequestContext
) -> None:
    bolts, nuts = _item(api, "Bolts"), _item(api, "Nuts")
    transfer = _transfer(api, "delivery", (bolts, "6"), (nuts, "5"))["id"]
    done(api.post(f"/api/inventory/transfers/{transfer}/confirm"))
    page = open_screen(f"/m/inventory/transfers/{transfer}")
    dialog = _start(page, "Move the goods")
    dialog.get_by_label("Only a part").check()
    first = dialog.get_by_label("Moved, line 1")
    expect(dialog.get_by_role("row", name="Bolts")).to_contain_text("6")
    expect(first).to_have_value("6")
    first.fill("11")
    dialog.get_by_role("button", name="Remove line 2").click()
    dialog.get_by_role("button", name="Move the goods", exact=True).click()
    # There are not so many, which is told where they were wanted.
    expect(first).to_have_attribute("aria-invalid", "true")
    expect(first).to_have_accessible_description(re.compile("10 are available"))
    first.fill("4")
    _finish(dialog, "Move the goods")
    backorders = f"/api/inventory/transfers?backorder_of_id=eq.{transfer}"
    [backorder] = done(api.get(backorders))["items"]
    assert _moves(api, transfer) == [(bolts, "4.0000")]
    assert _moves(api, backorder["id"]) == [(bolts, "2.0000"), (nuts, "5.0000")]
    _move_from_the_list(page, backorder["number"])
    assert _moves(api, backorder["id"]) == [(bolts, "2.0000"), (nuts, "1.0000")]


def _move_from_the_list(page: Page, number: str) -> None:
    """Where the lines of a transfer are not known yet, but read for the dialog."""
    page.goto("/m/inventory/transfers?filter=backorders")
    page.get_by_role("checkbox", name=f"Select {number}").click()
    dialog = _start(page, "Move the goods")
    dialog.get_by_label("Only a part").check()
    expect(dialog.get_by_label("Moved, line 1")).to_have_value("2")
    dialog.get_by_label("Moved, line 2").fill("1")
    _finish(dialog, "Move the goods")


def test_what_is_wrong_in_a_list_stands_at_its_field(
    open_screen: Open, api: APIRequestContext
) -> None:
    item = _item(api, "Screws")
    transfer = _transfer(api, "delivery", (item, "3"))["id"]
    done(api.post(f"/api/inventory/transfers/{transfer}/do"))
    page = open_screen(f"/m/inventory/transfers/{transfer}", viewport=PHONE)
    dialog = _start(page, "Return")
    dialog.get_by_label("Only a part").check()
    quantity = dialog.get_by_label("Comes back, line 1")
    expect(quantity).to_have_value("3")
    quantity.fill("much")
    dialog.get_by_role("button", name="Return", exact=True).click()
    expect(quantity).to_have_attribute("aria-invalid", "true")
    assert page.evaluate("document.body.scrollWidth") <= PHONE["width"]
    quantity.fill("1")
    _finish(dialog, "Return")
    back = f"/api/inventory/transfers?return_of_id=eq.{transfer}"
    [returned] = done(api.get(back))["items"]
    assert _moves(api, returned["id"]) == [(item, "1.0000")]


def test_somebody_is_hired_with_a_wage(
    open_screen: Open, api: APIRequestContext
) -> None:
    page = open_screen("/m/hr/employees")
    dialog = _start(page, "Hire")
    dialog.get_by_label("First name").fill("Ada")
    dialog.get_by_label("Last name").fill("King")
    contract = dialog.get_by_role("group", name="Contract")
    contract.get_by_label("Wage").fill("21.5")
    currency = contract.get_by_label("Currency", exact=True)
    currency.fill("eur")
    dialog.get_by_role("button", name="Hire", exact=True).click()
    expect(currency).to_have_attribute("aria-invalid", "true")
    currency.fill("EUR")
    contract.get_by_label("Paid by").select_option(label="Hour")
    _finish(dialog, "Hire")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ada King")
    employee = page.url.rsplit("/", 1)[1]
    contracts = f"/api/hr/contracts?employee_id=eq.{employee}"
    [agreed] = done(api.get(contracts))["items"]
    assert (agreed["pay_basis"], agreed["wage"], agreed["currency"]) == (
        "hourly", "21.5000", "EUR",
    )  # fmt: skip


def test_a_table_of_a_bank_is_read_as_one_says(
    open_screen: Open, api: APIRequestContext
) -> None:
    page = open_screen("/m/accounting/statements")
    dialog = _start(page, "Import a statement")
    file = {"name": "bank.csv", "mimeType": "text/csv", "buffer": TABLE}
    dialog.get_by_label("File").set_input_files(file)
    dialog.get_by_label("How the table is to be read").check()
    options = dialog.get_by_role("group", name="How the table is to be read")
    options.get_by_label("Column of the date").fill("Jour")
    options.get_by_label("Column of the amount").fill("Somme")
    options.get_by_label("Column of the description").fill("Texte")
    options.get_by_label("Decimal mark").select_option(label="1.234,50")
    options.get_by_label("Order of days").select_option(label="31.12.2026")
    _finish(dialog, "Import a statement")
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    [line] = done(api.get("/api/accounting/statement-lines"))["items"]
    assert (line["date"], line["amount"], line["description"]) == (
        "2026-02-03", "1234.5000", "Loyer février",
    )  # fmt: skip
