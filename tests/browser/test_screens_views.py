"""Boards, calendars, graphs, the first page and the palette."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Locator, Page, expect

from tests.browser.screens import PHONE, Open, done

DEALS = "/api/crm/opportunities"
BOARD = "/m/crm/opportunities?view=board"
GRAPH = "/m/crm/opportunities?view=graph&filter="
CALENDAR = "/m/core/activities?view=calendar&filter="

Deals = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def stages(api: APIRequestContext) -> dict[str, str]:
    """The ids of the stages, by their names."""
    items = done(api.get("/api/crm/stages", params={"order": "sequence"}))["items"]
    return {stage["name"]: stage["id"] for stage in items}


@pytest.fixture
def deals(api: APIRequestContext, stages: dict[str, str]) -> Deals:
    """Three new opportunities; those of other tests are gone."""
    for old in done(api.get(DEALS))["items"]:
        done(api.delete(f"{DEALS}/{old['id']}", headers={"If-Match": "*"}))
    made = {}
    for name, revenue in (("Kettles", "100.50"), ("Lamps", "200"), ("Mugs", "300")):
        values = {"name": name, "expected_revenue": revenue, "stage_id": stages["New"]}
        made[name] = done(api.post(DEALS, data=values))
    return made


def _column(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name=name, exact=True)


def _card(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem", name=name, exact=True)


def _stage_of(api: APIRequestContext, deal: dict[str, Any]) -> str:
    stage: str = done(api.get(f"{DEALS}/{deal['id']}"))["stage_id"]
    return stage


def _drag(page: Page, source: Locator, target: Locator) -> None:
    """As a hand does it: not at one stroke."""
    start, end = source.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 60, start["y"] + 12)
    page.mouse.down()
    goal = (end["x"] + end["width"] / 2, end["y"] + 30)
    page.mouse.move(start["x"] + 80, start["y"] + 24, steps=4)
    page.mouse.move(*goal, steps=12)
    page.wait_for_timeout(400)
    page.mouse.up()


def test_card_is_dragged_into_another_column(
    open_screen: Open, api: APIRequestContext, deals: Deals, stages: dict[str, str]
) -> None:
    """What is dropped is changed in the database; counts and sums follow."""
    page = open_screen(BOARD)
    new = page.get_by_role("region", name="New", exact=True)
    expect(new).to_contain_text("600.50")
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        _drag(page, _card(page, "Kettles"), _column(page, "Qualified"))
    expect(_column(page, "Qualified")).to_contain_text("Kettles")
    assert _stage_of(api, deals["Kettles"]) == stages["Qualified"]
    expect(new).to_contain_text("500.00")


def test_card_is_moved_by_keys(
    open_screen: Open, api: APIRequestContext, deals: Deals, stages: dict[str, str]
) -> None:
    """Space takes it up, an arrow carries it on, space puts it down: one change."""
    page = open_screen(BOARD)
    _card(page, "Lamps").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(_column(page, "Qualified")).to_contain_text("Lamps")
    assert _stage_of(api, deals["Lamps"]) == stages["New"]
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        page.keyboard.press("Space")
    assert _stage_of(api, deals["Lamps"]) == stages["Qualified"]


def test_card_is_moved_by_its_menu_on_a_phone(
    open_screen: Open, api: APIRequestContext, deals: Deals, stages: dict[str, str]
) -> None:
    """Nobody has to drag; and the page does not overflow."""
    page = open_screen(BOARD, viewport=PHONE)
    _card(page, "Mugs").get_by_role("button", name="Move Mugs").click()
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        page.get_by_role("menuitemcheckbox", name="Proposition").click()
    assert _stage_of(api, deals["Mugs"]) == stages["Proposition"]
    assert not _overflows(page)


def test_refused_move_is_taken_back(
    open_screen: Open, api: APIRequestContext, deals: Deals, stages: dict[str, str]
) -> None:
    """Somebody else was quicker, and this page has not heard of it."""
    page = open_screen("/")
    page.route("**/api/events*", lambda route: route.abort())
    page.goto(BOARD)
    expect(_card(page, "Kettles")).to_be_visible()
    path = f"{DEALS}/{deals['Kettles']['id']}"
    done(api.patch(path, data={"notes": "Red."}, headers={"If-Match": "*"}))
    _card(page, "Kettles").get_by_role("button", name="Move Kettles").click()
    page.get_by_role("menuitemcheckbox", name="Qualified").click()
    told = page.get_by_role("status").filter(has_text=re.compile("changed|version"))
    expect(told).to_be_visible()
    expect(_column(page, "New")).to_contain_text("Kettles")
    assert _stage_of(api, deals["Kettles"]) == stages["New"]


def test_board_follows_others(
    open_screen: Open, api: APIRequestContext, deals: Deals, stages: dict[str, str]
) -> None:
    """What others move, make and delete is seen at once."""
    page = open_screen(BOARD)
    expect(_column(page, "New")).to_contain_text("Mugs")
    page.wait_for_timeout(500)
    anyhow = {"If-Match": "*"}
    moved = f"{DEALS}/{deals['Mugs']['id']}"
    done(api.patch(moved, data={"stage_id": stages["Qualified"]}, headers=anyhow))
    expect(_column(page, "Qualified")).to_contain_text("Mugs")
    done(api.post(DEALS, data={"name": "Plates", "stage_id": stages["New"]}))
    expect(_column(page, "New")).to_contain_text("Plates")
    done(api.delete(f"{DEALS}/{deals['Lamps']['id']}", headers=anyhow))
    expect(_card(page, "Lamps")).to_be_hidden()


def test_event_is_dragged_to_another_day(
    open_screen: Open, api: APIRequestContext
) -> None:
    """A moved event keeps its time of day; the list beside it follows."""
    page = open_screen("/")
    day = page.evaluate("new Date().toISOString().slice(0, 8)") + "15"
    call = {"subject": "Call Ann", "kind": "call", "due_at": f"{day}T10:00:00Z"}
    made = done(api.post("/api/core/activities", data=call))
    page.goto(CALENDAR)
    agenda = page.get_by_role("region", name="Agenda")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    expect(agenda.get_by_role("link", name="Call Ann")).to_be_visible()
    page.wait_for_timeout(1000)
    # What is shown is asked for, and not again and again.
    assert len([url for url in asked if "/core/activities" in url]) < 3
    event = page.locator(".ec-event", has_text="Call Ann")
    expect(event).to_be_visible()
    target = page.locator(".ec-day", has=page.locator(f"time[datetime='{day[:8]}17']"))
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        _drag(page, event, target.first)
    now = done(api.get(f"/api/core/activities/{made['id']}"))["due_at"]
    assert now.startswith(f"{day[:8]}17T10:00")
    agenda.get_by_role("link", name="Call Ann").click()
    expect(page).to_have_url(re.compile(made["id"]))


def test_graph_shows_groups_and_leads_to_their_records(
    open_screen: Open, deals: Deals, tmp_path: Path
) -> None:
    """The chart's numbers stand in a table, which leads on and can be taken away."""
    page = open_screen(GRAPH)
    page.get_by_label("Show", exact=True).select_option(label="Expected revenue")
    table = page.get_by_role("table")
    expect(table.get_by_role("row", name="New 600.50")).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV").click()
    saved = tmp_path / "graph.csv"
    started.value.save_as(saved)
    lines = saved.read_text(encoding="utf-8-sig").splitlines()
    assert lines == ["Stage,Expected revenue", "New,600.50", "Total,600.50"]
    table.get_by_role("link", name="600.50").click()
    expect(page.get_by_role("gridcell", name="Kettles", exact=True)).to_be_visible()


def test_address_keeps_what_a_graph_shows(open_screen: Open, deals: Deals) -> None:
    """A reload shows the same, and back leads to what was shown before."""
    page = open_screen(GRAPH)
    measure = page.get_by_label("Show", exact=True)
    second = page.get_by_label("and by", exact=True)
    measure.select_option(label="Expected revenue")
    second.select_option(label="Source")
    page.get_by_role("button", name="Line").click()
    line = page.get_by_role("button", name="Line")
    expect(line).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(line).to_have_attribute("aria-pressed", "true")
    expect(second).to_have_value("source")
    expect(measure).to_have_value("expected_revenue.sum")
    page.go_back()
    expect(line).to_have_attribute("aria-pressed", "false")
    expect(second).to_have_value("source")
    page.go_back()
    expect(second).to_have_value("")


def test_address_keeps_what_a_calendar_shows(open_screen: Open) -> None:
    """The month, week or day is the same after a reload; back leads to the last one."""
    page = open_screen(f"{CALENDAR}&span=week&day=2026-03-11")
    title = page.locator(".ec-title")
    expect(title).to_have_text(re.compile("9.*15 Mar 2026"))
    page.get_by_role("button", name="Next", exact=True).click()
    expect(title).to_have_text(re.compile("16.*22 Mar 2026"))
    page.get_by_role("button", name="Month", exact=True).click()
    expect(title).to_have_text("March 2026")
    page.reload()
    expect(title).to_have_text("March 2026")
    page.go_back()
    expect(title).to_have_text(re.compile("16.*22 Mar 2026"))
    page.go_back()
    expect(title).to_have_text(re.compile("9.*15 Mar 2026"))


def test_an_empty_calendar_leads_to_the_nearest_event(
    open_screen: Open, api: APIRequestContext
) -> None:
    call = {"subject": "Call Ann", "due_at": "2001-05-07T10:00:00Z"}
    done(api.post("/api/core/activities", data=call))
    page = open_screen(f"{CALENDAR}&day=2001-01-10")
    page.get_by_role("button", name="After: 7 May 2001").click()
    expect(page.locator(".ec-title")).to_have_text("May 2001")
    expect(page.get_by_role("link", name="Call Ann")).to_be_visible()


def test_first_page_shows_figures(open_screen: Open, deals: Deals) -> None:
    """Cards load when they are seen; a figure leads to what it counts."""
    page = open_screen("/")
    card = page.get_by_role("region", name="Open opportunities")
    expect(card).to_contain_text("3")
    card.get_by_role("link", name="3", exact=True).click()
    expect(page.get_by_role("gridcell", name="Lamps", exact=True)).to_be_visible()


def _open_palette(page: Page) -> None:
    expect(page.locator("main#content")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.get_by_placeholder("Search or jump to…")).to_be_focused()


def test_palette_leads_to_places_and_records(open_screen: Open, deals: Deals) -> None:
    """By keys alone: a record is found by a part of its name, and remembered."""
    page = open_screen("/")
    _open_palette(page)
    page.keyboard.type("kettl")
    expect(page.get_by_role("option", name="Kettles")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(deals["Kettles"]["id"]))
    _open_palette(page)
    expect(page.get_by_role("option", name="Kettles")).to_be_visible()
    page.keyboard.type("lost reasons")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/m/crm/lost_reasons"))


def test_palette_does_commands_and_tells_the_keys(open_screen: Open) -> None:
    """The theme is changed by a word; a question mark shows what else there is."""
    page = open_screen("/")
    _open_palette(page)
    page.keyboard.type("dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


@pytest.mark.parametrize("path", ["/", CALENDAR, GRAPH])
def test_nothing_overflows_on_a_phone(open_screen: Open, path: str) -> None:
    """Only regions of their own scroll sideways."""
    page = open_screen(path, viewport=PHONE)
    expect(page.get_by_role("region").first).to_be_visible()
    page.wait_for_timeout(1000)
    assert not _overflows(page)


def _overflows(page: Page) -> bool:
    wider = "document.documentElement.scrollWidth > window.innerWidth"
    found: bool = page.evaluate(wider)
    return found
