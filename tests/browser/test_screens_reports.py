"""Reports: statements that lead to what they are made of, print, and are taken away."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Page, expect

from tests.browser.screens import PHONE, Open, done

BALANCE_SHEET = "/r/accounting/balance-sheet"
LEDGER = "/r/accounting/general-ledger"
DATE = "2026-03-15"
ROWS = 220


@pytest.fixture(scope="module")
def entry(api: APIRequestContext) -> dict[str, Any]:
    """A posted entry: 1,250.50 of capital on the bank account."""
    accounts = done(api.get("/api/accounting/accounts", params={"limit": "200"}))[
        "items"
    ]
    ids = {account["code"]: account["id"] for account in accounts}
    journals = done(api.get("/api/accounting/journals", params={"kind": "eq.general"}))
    made: dict[str, Any] = done(
        api.post(
            "/api/accounting/entries",
            data={
                "journal_id": journals["items"][0]["id"],
                "date": DATE,
                "lines": [
                    {"account_id": ids["110000"], "debit": "1250.50"},
                    {"account_id": ids["390000"], "credit": "1250.50"},
                ],
            },
        )
    )
    done(api.post(f"/api/accounting/entries/{made['id']}/post"))
    return made


def _row(page: Page, name: str) -> Any:
    return page.get_by_role("row", name=name)


def test_statement_leads_to_the_ledger_and_to_the_entry(
    open_screen: Open, entry: dict[str, Any]
) -> None:
    """From the balance sheet to the account's lines, and on to the entry itself."""
    page = open_screen(BALANCE_SHEET)
    assets = page.get_by_role("region", name="Assets")
    expect(assets.get_by_role("row", name="Total assets")).to_contain_text("1,250.50")
    assets.get_by_role("link", name="110000").click()
    expect(page).to_have_url(re.compile(f"{LEDGER}.account_id="))
    lines = page.get_by_role("region", name="Lines", exact=True)
    lines.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(f"/m/accounting/entries/{entry['id']}"))


def test_address_keeps_the_parameters(open_screen: Open, entry: dict[str, Any]) -> None:
    """A link to a report of a day is a link to the report of that day."""
    page = open_screen(BALANCE_SHEET)
    page.get_by_label("Date", exact=True).fill("2026-03-14")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("date=2026-03-14"))
    assets = page.get_by_role("region", name="Assets")
    expect(assets.get_by_role("row", name="Total assets")).not_to_contain_text("1")
    page.reload()
    expect(page.get_by_label("Date", exact=True)).to_have_value("2026-03-14")
    page.go_back()
    expect(assets.get_by_role("row", name="Total assets")).to_contain_text("1,250.50")


def test_wrong_parameter_is_explained_where_it_is(
    open_screen: Open, entry: dict[str, Any]
) -> None:
    """The daemon's words stand at the parameter, and it can be tried again."""
    page = open_screen(f"{BALANCE_SHEET}?own_company_id=nonsense")
    expect(page.get_by_text("must be a UUID")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    page.goto(BALANCE_SHEET)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_report_is_taken_away_as_csv(
    open_screen: Open, entry: dict[str, Any], tmp_path: Path
) -> None:
    """Numbers are plain, so that they can be reckoned with."""
    page = open_screen(f"/r/accounting/trial-balance?date={DATE}")
    expect(_row(page, "110000")).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV").click()
    saved = tmp_path / "report.csv"
    started.value.save_as(saved)
    text = saved.read_text(encoding="utf-8-sig")
    bank = next(line for line in text.splitlines() if line.startswith("110000,"))
    assert bank.split(",")[3] == "1250.50"


def test_report_is_read_page_by_page(
    open_screen: Open, api: APIRequestContext, tmp_path: Path
) -> None:
    """What asks for a page is no field; the rows that follow come by a button."""
    accounts = done(api.get("/api/accounting/accounts", params={"limit": "200"}))
    ids = {account["code"]: account["id"] for account in accounts["items"]}
    journals = done(api.get("/api/accounting/journals", params={"kind": "eq.general"}))
    paid = [{"account_id": ids["110000"], "debit": "1.00"} for _ in range(ROWS)]
    owed = {"account_id": ids["390000"], "credit": f"{ROWS}.00"}
    entry = {"journal_id": journals["items"][0]["id"], "date": "2025-05-05"}
    made = done(
        api.post("/api/accounting/entries", data={**entry, "lines": [*paid, owed]})
    )
    done(api.post(f"/api/accounting/entries/{made['id']}/post"))
    page = open_screen(f"{LEDGER}?account=110000&from=2025-01-01&to=2025-12-31")
    lines = page.get_by_role("region", name="Lines", exact=True)
    rows = lines.locator("tbody tr")
    expect(rows.first).to_be_visible()
    for name in ("Cursor", "Limit"):
        expect(page.get_by_label(name, exact=True)).to_have_count(0)
    more = page.get_by_role("button", name="Show more rows")
    expect(rows).to_have_count(100)
    more.click()
    expect(rows).to_have_count(200)
    # Who takes the report away takes all of it.
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV").click()
    saved = tmp_path / "ledger.csv"
    started.value.save_as(saved)
    assert saved.read_text(encoding="utf-8-sig").count("2025-05-05") == ROWS
    expect(rows).to_have_count(ROWS)
    expect(more).to_be_hidden()


def test_report_that_is_a_file_is_downloaded(
    open_screen: Open, entry: dict[str, Any], tmp_path: Path
) -> None:
    """What is no JSON is offered as what it is."""
    page = open_screen("/r/accounting/journal")
    with page.expect_download() as started:
        page.get_by_role("button", name="Download").click()
    saved = tmp_path / "journal"
    started.value.save_as(saved)
    assert "1250.50" in saved.read_text()


def test_paper_shows_the_report_alone(open_screen: Open, entry: dict[str, Any]) -> None:
    """Neither menu nor buttons are printed, but whose report it is and when."""
    page = open_screen(f"{BALANCE_SHEET}?date={DATE}")
    expect(page.get_by_role("region", name="Assets")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Menu")).to_be_hidden()
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_text(re.compile("Printed"))).to_be_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


@pytest.mark.parametrize("path", [BALANCE_SHEET, LEDGER, "/r/crm/pipeline"])
def test_report_fits_a_phone(
    open_screen: Open, entry: dict[str, Any], path: str
) -> None:
    """Wide tables scroll in their own region."""
    page = open_screen(path, viewport=PHONE)
    expect(page.get_by_role("table").first).to_be_visible()
    wider = "document.documentElement.scrollWidth > window.innerWidth"
    assert not page.evaluate(wider)


def test_a_salesperson_is_called_by_name(
    open_screen: Open, api: APIRequestContext
) -> None:
    """A module knows users by their ids only; the screens know what they are called."""
    me = done(api.get("/api/auth/me"))
    deal = {"name": "Tea for all", "expected_revenue": "10", "owner_id": me["id"]}
    done(api.post("/api/crm/opportunities", data=deal))
    page = open_screen("/r/crm/forecast")
    expect(page.get_by_role("row").filter(has_text="admin")).to_contain_text("10")
    expect(page.get_by_text(me["id"])).to_have_count(0)


def test_settings_are_changed_where_they_are_shown(
    open_screen: Open, api: APIRequestContext
) -> None:
    """Of all at once, and of one in its row; without a value the usual one holds."""
    page = open_screen("/r/invoicing/settings")
    page.get_by_role("button", name="Change").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Footer").fill("Registered in Seattle")
    dialog.get_by_role("button", name="Change").click()
    expect(page.get_by_role("main")).to_contain_text("Registered in Seattle")
    settings = done(api.get("/api/invoicing/settings"))
    assert (settings["footer"], settings["tax_rounding"]) == (
        "Registered in Seattle", "line",
    )  # fmt: skip
    page.goto("/r/core/settings")
    for written, holds in (("CHF", "CHF"), ("", "USD")):
        page.get_by_role("button", name="Change: Currency").click()
        dialog.get_by_label("Value", exact=True).fill(written)
        dialog.get_by_role("button", name="Change").click()
        expect(dialog).to_be_hidden()
        [currency] = done(api.get("/api/core/settings"))["items"]
        assert currency["value"] == holds
