"""A board under a finger, and boards and calendars with more than they show at once."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, CDPSession, Locator, Page, expect

from tests.browser.screens import PHONE, Open, done

DEALS = "/api/crm/opportunities"
STAGES = "/api/crm/stages"
BOARD = "/m/crm/opportunities?view=board"
CALENDAR = "/m/core/activities?view=calendar&filter=&day=2027-05-01"
CARDS = 120
BATCH = 100
# So long a finger rests before it takes a card; less, and it scrolls.
HOLD_MS = 300
STEPS = 12


@pytest.fixture(scope="module")
def stages(api: APIRequestContext) -> dict[str, str]:
    """The ids of the stages, by their names."""
    items = done(api.get(STAGES, params={"order": "sequence"}))["items"]
    return {stage["name"]: stage["id"] for stage in items}


@pytest.fixture(scope="module", autouse=True)
def deals(api: APIRequestContext, stages: dict[str, str]) -> None:
    """`Deal 000` to `Deal 119`, all of them new, and one that is qualified."""
    _make(api, DEALS, [{"name": f"Deal {n:03}"} for n in range(CARDS)])
    kettles = {"name": "Kettles", "stage_id": stages["Qualified"]}
    done(api.post(DEALS, data=kettles))


def _make(api: APIRequestContext, path: str, bodies: list[dict[str, Any]]) -> None:
    calls = [{"method": "POST", "path": path, "body": body} for body in bodies]
    for start in range(0, len(calls), BATCH):
        done(api.post("/api/batch", data={"calls": calls[start : start + BATCH]}))


def _column(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def _cards(page: Page, name: str) -> Locator:
    return _column(page, name).get_by_role("listitem")


def _middle(of: Locator) -> dict[str, float]:
    box = of.bounding_box()
    assert box is not None
    return {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}


def _touch(finger: CDPSession, kind: str, *points: dict[str, float]) -> None:
    finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [*points]})


def test_a_column_says_how_many_cards_it_does_not_show(open_screen: Open) -> None:
    page = open_screen(BOARD)
    expect(_cards(page, "New")).to_have_count(50)
    _column(page, "New").get_by_role("button", name="50 of 120").click()
    expect(_cards(page, "New")).to_have_count(100)
    _column(page, "New").get_by_role("button", name="100 of 120").click()
    expect(_cards(page, "New")).to_have_count(CARDS)
    expect(_column(page, "New").get_by_role("button", name=" of 120")).to_be_hidden()
    names = _cards(page, "New").evaluate_all("all => all.map(each => each.ariaLabel)")
    assert len(set(names)) == CARDS


def test_a_card_is_dragged_by_a_finger(
    open_screen: Open, api: APIRequestContext, stages: dict[str, str]
) -> None:
    """It is taken after a while, and put where the finger is lifted."""
    page = open_screen(BOARD, viewport=PHONE, has_touch=True)
    card = _cards(page, "New").first
    name = card.get_attribute("aria-label")
    start = _middle(card)
    # The next column looks in at the right edge.
    goal = {"x": PHONE["width"] - 40, "y": start["y"] + 80}
    finger = page.context.new_cdp_session(page)
    _touch(finger, "touchStart", start)
    page.wait_for_timeout(HOLD_MS)
    for n in range(1, STEPS + 1):
        way = {axis: (goal[axis] - start[axis]) * n / STEPS for axis in "xy"}
        _touch(finger, "touchMove", {axis: start[axis] + way[axis] for axis in "xy"})
    # There is room for it, which nobody hears of yet.
    expect(_column(page, "Qualified").locator("li")).to_have_count(2)
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        _touch(finger, "touchEnd")
    expect(_column(page, "Qualified")).to_contain_text(str(name))
    deal = done(api.get(DEALS, params={"name": f"eq.{name}"}))["items"][0]
    assert deal["stage_id"] == stages["Qualified"]


def test_all_stages_are_columns(open_screen: Open, api: APIRequestContext) -> None:
    """However many there are."""
    common = {"sequence": 100, "probability": 1}
    _make(api, STAGES, [{"name": f"Stage {n:02}", **common} for n in range(60)])
    page = open_screen(BOARD)
    expect(_column(page, "Stage 59")).to_be_attached()
    titles = page.get_by_role("region", name="Opportunities").get_by_role("heading")
    assert titles.count() >= 60


def test_calendar_says_what_it_leaves_out(
    open_screen: Open, api: APIRequestContext
) -> None:
    """More than a thousand events in a month are too many to be drawn."""
    common = {"kind": "call", "due_at": "2027-05-05T10:00:00Z"}
    bodies = [{"subject": f"Call {n}", **common} for n in range(1100)]
    _make(api, "/api/core/activities", bodies)
    page = open_screen(CALENDAR)
    expect(page.get_by_text("100 of 1,100 are not shown.")).to_be_visible()
    page.get_by_role("searchbox").fill("Call 109")
    expect(page.get_by_text("are not shown")).to_be_hidden()
    agenda = page.get_by_role("region", name="Agenda")
    expect(agenda.get_by_role("link", name="Call 1099")).to_be_visible()
