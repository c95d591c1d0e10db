"""`/api/docs` in a browser: read, sign in, try."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.signing import sign_in

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


def test_who_is_signed_in_can_try_an_operation(open_page: Open, password: str) -> None:
    page = open_page("/api/docs")
    sign_in(page, password)
    made = _execute(_operation(page, "crm", "POST", "/api/crm/contacts"), CONTACT)
    expect(made.locator(".response-col_status")).to_contain_text("201")
    # It was done, and nothing is asked of the list that nobody asked for.
    listed = _execute(_operation(page, "crm", "GET", "/api/crm/contacts"))
    expect(listed.locator(".response-col_status")).to_contain_text("200")
    expect(listed).to_contain_text("Lovelace")


def test_who_is_not_signed_in_is_told_so(open_page: Open) -> None:
    page = open_page("/api/docs")
    answer = _execute(_operation(page, "Sessions", "GET", "/api/auth/me"))
    expect(answer.locator(".response-col_status")).to_contain_text("401")
