"""The columns of a list: chosen, moved, made wide, added up, and taken away as XLSX."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Locator, Page, expect

from tests.browser.screens import Open, done
from tests.browser.workbook import cells_of

DEALS = "/api/crm/opportunities"
LIST = "/m/crm/opportunities"
KEPT = "/api/ui/preferences"
USUAL = [
    "Name", "Company", "Stage", "Expected revenue", "Probability in percent",
    "Weighted revenue", "Expected close", "Salesperson",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def deals(api: APIRequestContext) -> None:
    """Three opportunities in euros, two in dollars, and one without an amount."""
    codes = {"code": "in.(EUR,USD)"}
    found = done(api.get("/api/core/currencies", params=codes))["items"]
    ids = {each["code"]: each["id"] for each in found}
    for name, amount, code in (
        ("Kettles", "100.50", "EUR"), ("Lamps", "200", "EUR"), ("Mugs", "0.25", "EUR"),
        ("Nails", "1000.10", "USD"), ("Oars", "30", "USD"), ("Pans", None, None),
    ):  # fmt: skip
        values = {"name": name, "expected_close": "2026-03-15"}
        if amount is not None:
            values |= {"expected_revenue": amount, "currency_id": ids[str(code)]}
        done(api.post(DEALS, data=values))


@pytest.fixture
def page(open_screen: Open, api: APIRequestContext) -> Page:
    """The list as it usually is, with its records."""
    done(api.put(KEPT, data={}))
    shown = open_screen(LIST)
    expect(shown.get_by_role("gridcell", name="Kettles", exact=True)).to_be_visible()
    return shown


def _heads(page: Page) -> Locator:
    """The names of the columns; the first head is that of the boxes."""
    return page.get_by_role("columnheader").locator(".name")


def _choose_columns(page: Page) -> Locator:
    page.get_by_role("button", name="More of this list").click()
    page.get_by_role("menuitem", name="Columns").click()
    return page.get_by_role("dialog", name="Columns")


def _keeping(page: Page) -> Any:
    """Waits for the preferences to be kept, which is done a while after a change."""
    return page.expect_response(
        lambda answer: answer.url.endswith(KEPT) and answer.request.method == "PUT"
    )


def _grip(page: Page, column: str) -> Locator:
    return page.get_by_role("separator", name=f"Width of {column}")


def _width(page: Page, column: str) -> int:
    return int(_grip(page, column).get_attribute("aria-valuenow") or 0)


def test_columns_are_chosen_and_put_in_order(
    page: Page, api: APIRequestContext
) -> None:
    expect(_heads(page)).to_have_text(USUAL)
    dialog = _choose_columns(page)
    dialog.get_by_label("Company", exact=True).uncheck()
    dialog.get_by_label("Source", exact=True).check()
    up = dialog.get_by_role("button", name="Move Stage up")
    with _keeping(page):
        up.click()
    expect(up).to_be_disabled()
    dialog.get_by_role("button", name="Close", exact=True).last.click()
    wanted = ["Stage", "Name", *USUAL[3:], "Source"]
    expect(_heads(page)).to_have_text(wanted)
    kept = done(api.get(KEPT))["lists"]["crm.opportunities"]["columns"]
    assert kept[:2] == ["stage.name", "name"]
    page.reload()
    expect(_heads(page)).to_have_text(wanted)
    with _keeping(page):
        _choose_columns(page).get_by_role("button", name="As usual").click()
    expect(_heads(page)).to_have_text(USUAL)


def test_a_column_is_dragged_before_another(page: Page) -> None:
    head = page.get_by_role("columnheader", name="Expected close")
    with _keeping(page):
        head.drag_to(page.get_by_role("columnheader", name="Stage"))
    moved = [*USUAL[:2], "Expected close", *USUAL[2:6], *USUAL[7:]]
    expect(_heads(page)).to_have_text(moved)
    page.reload()
    expect(_heads(page)).to_have_text(moved)


def test_a_column_is_made_wide_by_pointer_and_by_keys(page: Page) -> None:
    before = _width(page, "Stage")
    box = _grip(page, "Stage").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    page.mouse.up()
    expect(_grip(page, "Stage")).to_have_attribute("aria-valuenow", str(before + 60))
    narrow = _width(page, "Company")
    _grip(page, "Company").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    with _keeping(page):
        page.keyboard.press("ArrowLeft")
    page.reload()
    expect(_grip(page, "Stage")).to_have_attribute("aria-valuenow", str(before + 60))
    expect(_grip(page, "Company")).to_have_attribute("aria-valuenow", str(narrow + 16))
    cell = page.get_by_role("columnheader", name="Stage").bounding_box()
    assert cell is not None
    assert round(cell["width"]) == before + 60


def test_each_currency_has_a_total_of_its_own(page: Page) -> None:
    """Euros and dollars are never added up; neither below the list nor in a group."""
    totals = page.get_by_role("row", name="Total").get_by_role("gridcell")
    expect(totals.nth(4)).to_have_text(re.compile(r"^\s*€300\.75\s*US\$1,030\.10\s*$"))
    page.get_by_role("button", name="Group", exact=True).click()
    page.get_by_role("menuitemcheckbox", name="Month of close").click()
    group = page.get_by_role("row", name="March 2026")
    expect(group).to_contain_text("€300.75")
    expect(group).to_contain_text("US$1,030.10")


def test_the_list_is_taken_away_with_dates_and_numbers(
    page: Page, tmp_path: Path
) -> None:
    page.get_by_role("button", name="More of this list").click()
    page.get_by_role("menuitem", name="Export").click()
    with page.expect_download() as found:
        page.get_by_role("button", name="Export", exact=True).click()
    file = tmp_path / "deals.xlsx"
    found.value.save_as(file)
    assert found.value.suggested_filename == "Opportunities.xlsx"
    head, *rows = cells_of(file, len(USUAL))
    assert head == USUAL
    nails = next(row for row in rows if row[0] == "Nails")
    assert nails[3] == 1000.1
    assert nails[4] == 10
    assert nails[6] == dt.date(2026, 3, 15)
    pans = next(row for row in rows if row[0] == "Pans")
    assert pans[3] is None
