"""Signing in on a page. Both pages do it alike; GraphiQL is there sooner."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Request, expect

from tests.browser.signing import fill, sign_in

Open = Callable[..., Page]


def _run_query(page: Page) -> Request:
    """Press the button; the request that it makes."""
    with page.expect_request(_is_query) as asked:
        page.get_by_role("button", name="Execute query").click()
    return asked.value


def _is_query(request: Request) -> bool:
    # GraphiQL asks for the schema by itself.
    sent = request.post_data or ""
    return request.url.endswith("/graphql") and "IntrospectionQuery" not in sent


def test_a_wrong_password_is_told_and_leaves_the_form(open_page: Open) -> None:
    page = open_page("/graphql")
    fill(page, "not the password")
    expect(page.get_by_role("alert")).to_contain_text("password")
    expect(page.get_by_label("User name")).to_be_visible()


def test_a_token_that_is_about_to_end_is_renewed(
    open_page: Open, password: str
) -> None:
    page = open_page("/graphql")
    sign_in(page, password)
    with page.expect_response("**/api/auth/refresh") as renewed:
        request = _run_query(page)
    assert renewed.value.ok
    assert request.headers["authorization"].startswith("Bearer ")


def test_after_signing_out_no_token_is_sent(open_page: Open, password: str) -> None:
    page = open_page("/graphql")
    sign_in(page, password)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("User name")).to_be_visible()
    assert "authorization" not in _run_query(page).headers


def test_tokens_are_kept_in_memory_only(open_page: Open, password: str) -> None:
    page = open_page("/graphql")
    sign_in(page, password)
    _run_query(page)
    assert page.context.cookies() == []
    stored = page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    # As every JWT begins.
    assert "eyJ" not in stored
    page.reload()
    expect(page.get_by_label("User name")).to_be_visible()
