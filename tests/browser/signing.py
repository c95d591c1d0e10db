"""Signing in and out on a page, as people do."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def sign_in(page: Page, password: str) -> None:
    """Be the first administrator on this page."""
    fill(page, password)
    expect(page.get_by_text("Signed in as admin")).to_be_visible()


def fill(page: Page, password: str) -> None:
    """Fill in the form, and send it."""
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
