"""Many rows: imported behind other work, and scrolled through from end to end.

As many as `--large-rows` says; `make large` has 100,000, and tells how long it took.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, FilePayload, Page, expect

from tests.browser.screens import Open, done

PATH = "/api/crm/companies"
LIST = "/m/crm/companies"
IMPORT_S_MAX = 1800
# The share of the list by which an estimate of its length may be wrong.
ESTIMATED_WITHIN = 0.2
# So far the wheel turns at once.
NOTCH = 1200
# As a list that is scrolled by its bar goes.
LEAPS = (0.25, 0.9, 0.5, 1.0, 0.0)
_MEASURE = """() => {
  window.frames_ms = [];
  let before = performance.now();
  const frame = (now) => {
    window.frames_ms.push(now - before);
    before = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""
# What is there then is drawn two frames later.
_PLACE = """async (grid, part) => {
  grid.scrollTop = part * (grid.scrollHeight - grid.clientHeight);
  for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
}"""


@pytest.fixture
def rows(request: pytest.FixtureRequest) -> int:
    """How many there are."""
    return int(request.config.getoption("--large-rows"))


def test_many_rows_are_imported_and_scrolled(
    open_screen: Open, api: APIRequestContext, rows: int
) -> None:
    names = [f"Large {n:06}" for n in range(rows)]
    page = open_screen(f"{LIST}/import")
    began = time.monotonic()
    _import(page, names)
    sys.stdout.write(f"\n{rows} rows imported in {time.monotonic() - began:.0f} s\n")
    (counted,) = done(api.get(f"{PATH}?name=like.Large*&select=n:count()"))["items"]
    assert counted["n"] == rows
    page.goto(f"{LIST}?order=name")
    expect(_cell(page, names[0])).to_be_visible()
    page.evaluate(_MEASURE)
    for part in LEAPS:
        _leap(page, part, names)
    _tell("leaps", page)
    _turn_the_wheel(page, names)
    _tell("wheel", page)
    # The browser keeps what is seen, and little more.
    assert page.get_by_role("row").count() < 100


def _import(page: Page, names: list[str]) -> None:
    text = "\n".join(["Name", *names]).encode()
    file = FilePayload(name="large.csv", mimeType="text/csv", buffer=text)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Import", exact=True).click()
    # It goes on while other things are done.
    page.get_by_role("link", name="All companies").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Companies")
    page.get_by_role("link", name="Import into Companies").click()
    finished = page.get_by_text(f"{len(names):,} are new, 0 were changed")
    expect(finished).to_be_visible(timeout=IMPORT_S_MAX * 1000)


def _cell(page: Page, text: str) -> Any:
    return page.get_by_role("gridcell", name=text, exact=True)


def _leap(page: Page, part: float, names: list[str]) -> None:
    """Whoever leaps sees the rows of that place, in order and without a gap. How many
    rows there are is an estimate until all are read: there may be more at the end."""
    seen: list[str] = []
    while not seen or (part == 1 and seen[-1] != names[-1]):
        page.get_by_role("grid").evaluate(_PLACE, part)
        expect(page.get_by_role("grid").locator("[aria-busy=true]")).to_have_count(0)
        shown = page.get_by_role("gridcell").get_by_text("Large ")
        expect(shown.first).to_be_visible()
        before, seen = seen, shown.all_inner_texts()
        assert seen != before
    first = names.index(seen[0])
    assert seen == names[first : first + len(seen)]
    assert abs(first / len(names) - part) < ESTIMATED_WITHIN


def _turn_the_wheel(page: Page, names: list[str]) -> None:
    """A hundred notches down."""
    page.get_by_role("grid").hover()
    for _ in range(100):
        page.mouse.wheel(0, NOTCH)
        page.wait_for_timeout(16)
    first = page.get_by_role("gridcell").get_by_text("Large ").first
    expect(first).not_to_have_text(names[0])


def _tell(what: str, page: Page) -> None:
    """How even the frames were; no promise, for machines differ."""
    frames = sorted(page.evaluate("window.frames_ms.splice(0)"))
    usual, most = frames[len(frames) // 2], frames[int(len(frames) * 0.99)]
    slow = sum(frame > 50 for frame in frames)
    sys.stdout.write(
        f"{what}: {len(frames)} frames, median {usual:.0f} ms, p99 {most:.0f} ms,"
        f" {slow} over 50 ms, longest {frames[-1]:.0f} ms\n"
    )
