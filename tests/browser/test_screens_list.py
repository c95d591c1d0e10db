"""Lists: thousands of rows, search, groups, changes in place, and those of others."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Page, expect

from tests.browser.screens import PHONE, Open, done

PATH = "/api/crm/companies"
LIST = "/m/crm/companies"
ROWS = 3000
# Which rows are drawn, by their numbers; the head is the first.
_ROWS_SHOWN = """() =>
  [...document.querySelectorAll("[role=row][aria-rowindex]")].flatMap((row) => {
    const name = row.querySelector("a.value");
    return name ? [[row.ariaRowIndex - 2, name.innerText]] : [];
  })"""
BATCH = 100
# So many records are read at once.
PAGE = 200


@pytest.fixture(scope="module", autouse=True)
def companies(api: APIRequestContext) -> None:
    """`Company 0000` to `Company 2999`; every other one is a customer."""
    for start in range(0, ROWS, BATCH):
        calls = [
            {
                "method": "POST",
                "path": PATH,
                "body": {"name": f"Company {n:04}", "is_customer": n % 2 == 0},
            }
            for n in range(start, start + BATCH)
        ]
        done(api.post("/api/batch", data={"calls": calls}))


def _find(api: APIRequestContext, name: str) -> dict[str, Any]:
    items = done(api.get(PATH, params={"name": f"eq.{name}"}))["items"]
    found: dict[str, Any] = items[0]
    return found


def _cell(page: Page, text: str) -> Any:
    return page.get_by_role("gridcell", name=text, exact=True)


def _choose_filter(page: Page, entry: str) -> None:
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("menuitem", name=entry).click()


def test_only_what_is_seen_of_many_rows_is_drawn(open_screen: Open) -> None:
    page = open_screen(LIST)
    expect(page.get_by_text("3,000 records")).to_be_visible()
    page.get_by_role("grid").evaluate("grid => grid.scrollTop = grid.scrollHeight")
    expect(_cell(page, "Company 2999")).to_be_visible()
    assert page.get_by_role("row").count() < 100


def test_rows_are_in_their_places_down_to_the_end(open_screen: Open) -> None:
    """None is lost, or shown twice, where one page ends and the next begins."""
    page = open_screen(LIST)
    grid = page.get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", str(ROWS + 1))
    for first in [*range(PAGE, ROWS, PAGE), ROWS - 11]:
        grid.evaluate("(grid, top) => (grid.scrollTop = top * 32)", first - 10)
        expect(_cell(page, f"Company {first + 10:04}")).to_be_visible()
        seen = dict(page.evaluate(_ROWS_SHOWN))
        assert seen == {n: f"Company {n:04}" for n in seen}
        assert seen.keys() >= set(range(first - 10, first + 11))


def test_a_press_on_a_column_sorts_by_it(open_screen: Open) -> None:
    page = open_screen(LIST)
    header = page.get_by_role("columnheader", name="Name")
    expect(header).to_have_attribute("aria-sort", "ascending")
    header.get_by_role("button").click()
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(_cell(page, "Company 2999")).to_be_visible()
    assert "order=name.desc" in page.url


def test_a_form_leads_to_the_next_record_of_the_list(open_screen: Open) -> None:
    page = open_screen(LIST)
    page.get_by_role("link", name="Company 0003", exact=True).click()
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text("Company 0003")
    page.keyboard.press("Alt+ArrowRight")
    expect(title).to_have_text("Company 0004")


def test_the_address_keeps_what_is_searched(open_screen: Open) -> None:
    page = open_screen(LIST)
    page.keyboard.press("/")
    page.keyboard.type("Company 1234")
    expect(page.get_by_text("1 record", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value("Company 1234")
    expect(_cell(page, "Company 1234")).to_be_visible()


def test_a_filter_of_ones_own_is_saved(open_screen: Open) -> None:
    page = open_screen(LIST)
    _choose_filter(page, "Your own filter")
    page.get_by_label("Field", exact=True).select_option(label="Name")
    page.get_by_label("Comparison").select_option(label="begins with")
    page.get_by_label("Value").fill("Company 00")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("100 records")).to_be_visible()
    _choose_filter(page, "Save this search")
    page.get_by_label("Name", exact=True).fill("The first hundred")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved as")).to_be_visible()
    page.goto(LIST)
    expect(page.get_by_text("3,000 records")).to_be_visible()
    _choose_filter(page, "The first hundred")
    expect(page.get_by_text("100 records")).to_be_visible()


def test_groups_are_opened(open_screen: Open) -> None:
    page = open_screen(LIST)
    page.get_by_role("button", name="Group", exact=True).click()
    page.get_by_role("menuitemcheckbox", name="Customer").click()
    group = page.get_by_role("row", name="No 1,500")
    group.click()
    expect(group).to_have_attribute("aria-expanded", "true")
    expect(_cell(page, "Company 0001")).to_be_visible()
    expect(_cell(page, "Company 0000")).to_be_hidden()


def test_a_cell_is_changed_where_it_stands(
    open_screen: Open, api: APIRequestContext
) -> None:
    page = open_screen(f"{LIST}?q=Company+0500")
    expect(_cell(page, "Company 0500")).to_be_visible()
    page.get_by_role("grid").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("F2")
    box = page.get_by_label("Change Phone")
    box.fill("+33 1 23")
    box.press("Enter")
    expect(box).to_be_hidden()
    expect(_cell(page, "+33 1 23")).to_be_visible()
    assert _find(api, "Company 0500")["phone"] == "+33 1 23"


def test_a_row_that_somebody_else_changed_is_not_overwritten(
    open_screen: Open, api: APIRequestContext
) -> None:
    page = open_screen(f"{LIST}?q=Company+0501")
    expect(_cell(page, "Company 0501")).to_be_visible()
    page.route("**/api/events**", lambda route: route.abort())
    page.get_by_role("grid").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("F2")
    mine = page.get_by_label("Change Phone")
    mine.fill("mine")
    row = _find(api, "Company 0501")
    done(
        api.patch(
            f"{PATH}/{row['id']}",
            data={"phone": "theirs"},
            headers={"If-Match": f'"{row["version"]}"'},
        )
    )
    mine.press("Enter")
    expect(page.get_by_text("Somebody else changed this record")).to_be_visible()
    assert _find(api, "Company 0501")["phone"] == "theirs"


def test_a_deletion_of_several_is_taken_back(open_screen: Open) -> None:
    page = open_screen(f"{LIST}?q=Company+06")
    expect(_cell(page, "Company 0600")).to_be_visible()
    page.get_by_role("checkbox", name="Select Company 0600").click()
    page.get_by_role("checkbox", name="Select Company 0602").click(modifiers=["Shift"])
    expect(page.get_by_text("3 selected")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted: 3")).to_be_visible()
    expect(_cell(page, "Company 0601")).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(_cell(page, "Company 0601")).to_be_visible()


def test_the_list_shows_what_others_do(
    open_screen: Open, api: APIRequestContext
) -> None:
    page = open_screen(f"{LIST}?q=Company+07")
    expect(_cell(page, "Company 0700")).to_be_visible()
    page.wait_for_timeout(1000)
    row = _find(api, "Company 0700")
    done(
        api.patch(
            f"{PATH}/{row['id']}",
            data={"phone": "live"},
            headers={"If-Match": "*"},
        )
    )
    expect(_cell(page, "live")).to_be_visible()
    done(api.post(PATH, data={"name": "Company 07 and more"}))
    page.get_by_role("button", name="1 new").click()
    expect(_cell(page, "Company 07 and more")).to_be_visible()


def test_what_the_list_finds_is_exported(open_screen: Open, tmp_path: Path) -> None:
    page = open_screen(f"{LIST}?q=Company+08")
    expect(_cell(page, "Company 0800")).to_be_visible()
    page.get_by_role("button", name="More of this list").click()
    page.get_by_role("menuitem", name="Export").click()
    page.get_by_label("CSV").check()
    with page.expect_download() as found:
        page.get_by_role("button", name="Export", exact=True).click()
    file = tmp_path / "companies.csv"
    found.value.save_as(file)
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert "Company 0800" in [row["Name"] for row in rows]
    assert all("08" in row["Name"] for row in rows)


def test_a_list_fits_a_phone(open_screen: Open) -> None:
    page = open_screen(LIST, viewport=PHONE)
    expect(_cell(page, "Company 0000")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
