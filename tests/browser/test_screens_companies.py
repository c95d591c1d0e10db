"""One who acts in two companies: what is shown and made follows the choice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Locator, Page, Response, expect

from tests.browser.screens import Open, done

PASSWORD = "correct horse battery"
TRANSFERS = "/m/inventory/transfers"


@pytest.fixture(scope="module")
def companies(api: APIRequestContext) -> list[str]:
    """Two companies, and a clerk of both."""
    made = [
        str(done(api.post("/api/core/companies", data={"name": name}))["id"])
        for name in ("North", "South")
    ]
    told = {"permissions": ["inventory.*", "core.companies.read"]}
    done(api.put("/api/roles/clerk", data=told))
    person = {"username": "clerk", "password": PASSWORD, "roles": ["clerk"]}
    done(api.post("/api/users", data={**person, "companies": made}))
    return made


def _choose(page: Page, company: str) -> None:
    """Act in another company, as far as nothing is asked before."""
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitemcheckbox", name=company).click()


def _reference(page: Page) -> Locator:
    return page.locator('[id="field-reference"]')


def _make(page: Page, api: APIRequestContext, reference: str) -> Any:
    """Make a transfer on a form; the company that it belongs to."""
    page.goto(f"{TRANSFERS}/new?kind=delivery")
    _reference(page).fill(reference)
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Saved")).to_be_visible()
    path = f"/api/inventory/transfers?reference=eq.{reference}"
    [made] = done(api.get(path))["items"]
    return made["own_company_id"]


def _answer_in(company: str, place: str) -> Callable[[Response], bool]:
    """Whether an answer is of `place`, asked for in a company."""
    return lambda answer: (
        f"/api/inventory/{place}" in answer.url
        and answer.request.headers.get("x-company") == company
    )


def test_another_company_is_entered_once_nothing_is_lost_by_it(
    open_screen: Open, api: APIRequestContext, companies: list[str]
) -> None:
    north, south = companies
    page = open_screen(f"{TRANSFERS}/new?kind=delivery", "clerk", PASSWORD)
    _reference(page).fill("Typed")
    _choose(page, "South")
    asked = page.get_by_role("dialog", name="Leave without saving?")
    asked.get_by_role("button", name="Stay").click()
    expect(_reference(page)).to_have_value("Typed")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Saved")).to_be_visible()
    [made] = done(api.get("/api/inventory/transfers?reference=eq.Typed"))["items"]
    assert made["own_company_id"] == north
    _reference(page).fill("Again")
    _choose(page, "South")
    with page.expect_response(_answer_in(south, f"transfers/{made['id']}")):
        asked.get_by_role("button", name="Leave").click()
    # What was typed is gone, and what is there is of both companies.
    expect(_reference(page)).to_have_value("Typed")
    assert _make(page, api, "Southern") == south


def test_lists_are_asked_for_in_the_company_that_is_chosen(
    open_screen: Open, api: APIRequestContext, companies: list[str]
) -> None:
    north, south = companies
    page = open_screen(TRANSFERS, "clerk", PASSWORD)
    for name, company in (("South", south), ("North", north)):
        with page.expect_response(_answer_in(company, "transfers?")):
            _choose(page, name)
        page.get_by_role("button", name="Account").click()
        chosen = page.get_by_role("menuitemcheckbox", name=name, checked=True)
        expect(chosen).to_be_visible()
        page.keyboard.press("Escape")
    page.reload()
    assert _make(page, api, "Northern") == north
