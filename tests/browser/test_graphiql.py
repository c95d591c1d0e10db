"""`/graphql` in a browser: GraphiQL, with the schema of who is signed in."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.signing import sign_in

Open = Callable[..., Page]


def test_who_is_signed_in_can_run_a_query_and_read_the_schema(
    open_page: Open, password: str
) -> None:
    page = open_page("/graphql")
    sign_in(page, password)
    page.get_by_role("button", name="Execute query").click()
    result = page.get_by_label("Result Window")
    expect(result).to_contain_text('"__typename": "Query"')
    page.get_by_role("button", name="Show Documentation Explorer").click()
    expect(page.get_by_text("Root Types")).to_be_visible()


def test_its_dialogs_keep_to_the_policy(open_page: Open) -> None:
    page = open_page("/graphql")
    for name in ("Open short keys dialog", "Open settings dialog"):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name="Show History").click()
    expect(page.get_by_role("region", name="History")).to_be_visible()
