"""`/api/docs` in a browser: read, sign in, try."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.signing import fill, sign_in

Open = Callable[..., Page]
CONTACT = {"first_name": "Ada", "last_name": "Lovelace"}


def _operation(page: Page, tag: str, method: str, path: str) -> Locator:
    """The block of an operation, opened, and the section that it is in."""
    section = page.locator(".opblock-tag-section").filter(
        has=page.locator(f'[data-tag="{tag}"]')
    )
    if "is-open" not in (section.get_attribute("class") or ""):
        section.locator(".opblock-tag").click()
    block = section.locator(f".opblock-{method.lower()}").filter(
        has=page.locator(f'[data-path="{path}"]')
    )
    block.locator(".opblock-summary-control").click()
    return block


def _execute(block: Locator, body: object = None) -> Locator:
    """Try an operation; the row with its answer."""
    block.get_by_role("button", name="Try it out").click()
    if body is not None:
        block.locator("textarea.body-param__text").fill(json.dumps(body))
    block.get_by_role("button", name="Execute").click()
    return block.locator(".live-responses-table .response")


def test_it_shows_what_the_modules_and_the_core_offer(open_page: Open) -> None:
    page = open_page("/api/docs")
    expect(_operation(page, "crm", "GET", "/api/crm/contacts")).to_be_visible()
    expect(_operation(page, "Sessions", "POST", "/api/auth/login")).to_be_visible()


def test_who_is_signed_in_can_try_an_operation(open_page: Open, password: str) -> None:
    page = open_page("/api/docs")
    sign_in(page, password)
    answer = _execute(_operation(page, "crm", "POST", "/api/crm/contacts"), CONTACT)
    expect(answer.locator(".response-col_status")).to_contain_text("201")
    # It was done, and nothing is asked of the list that nobody asked for.
    listed = _execute(_operation(page, "crm", "GET", "/api/crm/contacts"))
    expect(listed.locator(".response-col_status")).to_contain_text("200")
    expect(listed).to_contain_text("Lovelace")


def test_who_is_not_signed_in_is_told_so(open_page: Open) -> None:
    page = open_page("/api/docs")
    answer = _execute(_operation(page, "Sessions", "GET", "/api/auth/me"))
    expect(answer.locator(".response-col_status")).to_contain_text("401")


def test_after_signing_out_no_token_is_sent(open_page: Open, password: str) -> None:
    page = open_page("/api/docs")
    sign_in(page, password)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("User name")).to_be_visible()
    block = _operation(page, "Sessions", "GET", "/api/auth/me")
    with page.expect_request("**/api/auth/me") as asked:
        _execute(block)
    assert "authorization" not in asked.value.headers


def test_a_wrong_password_is_told_and_leaves_the_form(open_page: Open) -> None:
    page = open_page("/api/docs")
    fill(page, "not the password")
    expect(page.get_by_role("alert")).to_contain_text("password")
    expect(page.get_by_label("User name")).to_be_visible()


def test_a_token_that_is_about_to_end_is_renewed(
    open_page: Open, password: str
) -> None:
    page = open_page("/api/docs")
    sign_in(page, password)
    block = _operation(page, "Sessions", "GET", "/api/auth/me")
    with page.expect_response("**/api/auth/refresh") as renewed:
        answer = _execute(block)
    assert renewed.value.ok
    expect(answer.locator(".response-col_status")).to_contain_text("200")


def test_tokens_are_kept_in_memory_only(open_page: Open, password: str) -> None:
    page = open_page("/api/docs")
    sign_in(page, password)
    assert page.context.cookies() == []
    stored = page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert stored == "[{},{}]"
    page.reload()
    expect(page.get_by_label("User name")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/api/docs", "/graphql"])
def test_a_page_fits_a_phone_in_light_and_dark(
    open_page: Open, path: str, scheme: str
) -> None:
    phone = {"width": 390, "height": 844}
    page = open_page(path, viewport=phone, color_scheme=scheme)
    expect(page.locator("#viewer > *").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    channels = [int(part) for part in ground.strip("rgb()").split(",")]
    assert (sum(channels) < 3 * 128) == (scheme == "dark")
