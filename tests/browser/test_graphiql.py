"""`/graphql` in a browser: GraphiQL, with the schema of who is signed in."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.signing import sign_in

Open = Callable[..., Page]


def test_it_shows_an_editor_to_anybody(open_page: Open) -> None:
    page = open_page("/graphql")
    expect(page.get_by_label("Query Editor")).to_be_visible()


def test_who_is_signed_in_can_run_a_query(open_page: Open, password: str) -> None:
    page = open_page("/graphql")
    sign_in(page, password)
    page.get_by_role("button", name="Execute query").click()
    result = page.get_by_label("Result Window")
    expect(result).to_contain_text('"__typename": "Query"')


def test_who_is_signed_in_can_read_the_schema(open_page: Open, password: str) -> None:
    page = open_page("/graphql")
    sign_in(page, password)
    page.get_by_role("button", name="Show Documentation Explorer").click()
    expect(page.get_by_text("Root Types")).to_be_visible()


def test_tokens_are_kept_in_memory_only(open_page: Open, password: str) -> None:
    page = open_page("/graphql")
    sign_in(page, password)
    page.get_by_role("button", name="Execute query").click()
    assert page.context.cookies() == []
    stored = page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert "eyJ" not in stored
