"""What is done with many rows of a list: a field, an action, a deletion, taken back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Locator, Page, expect

from tests.browser.screens import Open, done

DEALS = "/api/crm/opportunities"
LIST = "/m/crm/opportunities"
ANYHOW = {"If-Match": "*"}
NAMES = ("Kettles", "Lamps", "Mugs", "Nails")

Deals = dict[str, dict[str, Any]]


@pytest.fixture
def deals(api: APIRequestContext) -> Deals:
    """Four new opportunities; those of other tests are deleted."""
    for old in done(api.get(DEALS))["items"]:
        done(api.delete(f"{DEALS}/{old['id']}", headers=ANYHOW))
    return {name: done(api.post(DEALS, data={"name": name})) for name in NAMES}


def _cell(page: Page, text: str) -> Locator:
    return page.get_by_role("gridcell", name=text, exact=True)


def _select(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("checkbox", name=f"Select {name}").click()
    expect(page.get_by_text(f"{len(names)} selected")).to_be_visible()


def _bar(page: Page) -> Locator:
    return page.get_by_role("toolbar")


def _told(page: Page, text: str) -> Locator:
    return page.get_by_role("status").locator("p").filter(has_text=re.compile(text))


def _open_deaf(open_screen: Open) -> Page:
    """The list, in a page that hears of nobody's changes."""
    page = open_screen("/")
    page.route("**/api/events*", lambda route: route.abort())
    page.goto(LIST)
    expect(_cell(page, "Kettles")).to_be_visible()
    return page


def _values(api: APIRequestContext, deals: Deals, field: str) -> dict[str, Any]:
    return {
        name: done(api.get(f"{DEALS}/{deal['id']}"))[field]
        for name, deal in deals.items()
    }


def _change_notes(page: Page, text: str) -> None:
    _bar(page).get_by_role("button", name="Change a field").click()
    page.get_by_label("Field", exact=True).select_option(label="Notes")
    page.get_by_label("New value").fill(text)
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_field_of_the_selected_rows_is_changed(
    open_screen: Open, api: APIRequestContext, deals: Deals
) -> None:
    page = open_screen(LIST)
    _select(page, "Kettles", "Mugs")
    _change_notes(page, "Red.")
    expect(_told(page, "^Changed: 2")).to_be_visible()
    expect(_bar(page)).to_be_hidden()
    notes = _values(api, deals, "notes")
    assert notes == {"Kettles": "Red.", "Lamps": None, "Mugs": "Red.", "Nails": None}


def test_rows_that_somebody_else_changed_are_left_and_counted(
    open_screen: Open, api: APIRequestContext, deals: Deals
) -> None:
    page = _open_deaf(open_screen)
    theirs = f"{DEALS}/{deals['Lamps']['id']}"
    done(api.patch(theirs, data={"notes": "Theirs."}, headers=ANYHOW))
    _select(page, "Kettles", "Lamps")
    _change_notes(page, "Mine.")
    expect(_told(page, "^Changed: 1")).to_be_visible()
    expect(_told(page, "^Not changed: 1.")).to_be_visible()
    notes = _values(api, deals, "notes")
    assert notes["Kettles"] == "Mine."
    assert notes["Lamps"] == "Theirs."


def test_an_action_says_which_of_the_rows_were_refused(
    open_screen: Open, api: APIRequestContext, deals: Deals
) -> None:
    page = _open_deaf(open_screen)
    done(api.post(f"{DEALS}/{deals['Mugs']['id']}/win"))
    _select(page, "Kettles", "Lamps", "Mugs")
    _bar(page).get_by_role("button", name="Won").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Won").click()
    expect(dialog.get_by_role("status")).to_contain_text("2")
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    expect(dialog.get_by_role("listitem")).to_contain_text("Mugs")
    dialog.get_by_role("button", name="Close", exact=True).last.click()
    expect(dialog).to_be_hidden()
    closed = _values(api, deals, "closed_at")
    assert closed["Kettles"]
    assert closed["Lamps"]
    assert closed["Nails"] is None


def test_one_row_offers_what_is_done_with_one(
    open_screen: Open, api: APIRequestContext
) -> None:
    for title in ("Rings", "Ropes"):
        done(api.post("/api/crm/leads", data={"title": title}))
    page = open_screen("/m/crm/leads")
    _select(page, "Rings")
    convert = _bar(page).get_by_role("button", name="Convert")
    expect(convert).to_be_visible()
    page.get_by_role("checkbox", name="Select Ropes").click()
    expect(convert).to_be_hidden()


def test_an_action_with_a_dialog_is_done_with_all_rows(
    open_screen: Open, api: APIRequestContext, deals: Deals
) -> None:
    stages = done(api.get("/api/crm/stages", params={"name": "eq.Qualified"}))["items"]
    page = open_screen(LIST)
    _select(page, "Kettles", "Nails")
    _bar(page).get_by_role("button", name="Move to another stage").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Stage").fill("Qualif")
    page.get_by_role("option", name="Qualified").click()
    dialog.get_by_role("button", name="Move to another stage").click()
    expect(dialog.get_by_role("status")).to_contain_text("2")
    moved = _values(api, deals, "stage_id")
    assert moved["Kettles"] == moved["Nails"] == stages[0]["id"]
    assert moved["Lamps"] != stages[0]["id"]


def test_a_deletion_is_taken_back_at_once(
    open_screen: Open, api: APIRequestContext, deals: Deals
) -> None:
    page = open_screen(LIST)
    _select(page, "Kettles", "Lamps")
    _bar(page).get_by_role("button", name="Delete").click()
    expect(_told(page, "^Deleted: 2")).to_be_visible()
    expect(_cell(page, "Kettles")).to_be_hidden()
    assert api.get(f"{DEALS}/{deals['Kettles']['id']}").status == 404
    page.get_by_role("button", name="Undo").click()
    expect(_cell(page, "Kettles")).to_be_visible()
    assert set(_values(api, deals, "name").values()) == set(NAMES)


def test_deleted_records_are_found_and_restored(
    open_screen: Open, api: APIRequestContext, deals: Deals
) -> None:
    for name in ("Oars", "Pans"):
        gone = done(api.post(DEALS, data={"name": name}))
        done(api.delete(f"{DEALS}/{gone['id']}", headers=ANYHOW))
    page = open_screen(LIST)
    expect(_cell(page, "Kettles")).to_be_visible()
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("menuitemcheckbox", name="Deleted records").click()
    expect(_cell(page, "Oars")).to_be_visible()
    _select(page, "Oars")
    expect(_bar(page).get_by_role("button", name="Delete")).to_be_hidden()
    _bar(page).get_by_role("button", name="Restore").click()
    expect(_told(page, "^Restored: 1")).to_be_visible()
    expect(_cell(page, "Oars")).to_be_hidden()
    expect(_cell(page, "Pans")).to_be_visible()
    there = [each["name"] for each in done(api.get(DEALS))["items"]]
    assert sorted(there) == [*NAMES, "Oars"]
    page.get_by_role("button", name="Remove the filter: Only deleted").click()
    expect(_cell(page, "Oars")).to_be_visible()
