"""Both pages on a phone, by day and by night."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("path", ["/api/docs", "/graphql"])
def test_a_page_fits_a_phone_in_light_and_dark(
    open_page: Callable[..., Page], path: str
) -> None:
    page = open_page(path, viewport=PHONE, color_scheme="light")
    expect(page.locator(".opblock-tag, .graphiql-editors").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    by_day = _ground(page)
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).not_to_have_css("background-color", by_day)
    assert _lightness(_ground(page)) < 128 < _lightness(by_day)


def _ground(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def _lightness(colour: str) -> float:
    """0 to 255."""
    channels = [int(part) for part in colour.strip("rgb()").split(",")]
    return sum(channels) / len(channels)
