"""The watch over pages sees what it is there to see."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.browser.watch import Watch
from tests.daemon.process import Daemon

ELSEWHERE = "http://127.0.0.1:1/"


def test_what_a_page_must_not_do_is_noted(browser: Browser, daemon: Daemon) -> None:
    page = browser.new_page(base_url=daemon.url)
    watch = Watch.of(page, daemon.url)
    page.goto("/api/docs")
    page.evaluate(f"fetch('{ELSEWHERE}').catch(() => null)")
    page.evaluate("document.head.append(document.createElement('style'))")
    page.evaluate("document.querySelector('head style:last-child').append('a{}')")
    page.evaluate(
        "document.head.append(Object.assign(document.createElement('script'),"
        " {textContent: 'window.ran = true'}))"
    )
    noted = watch.faults()
    page.close()
    assert any(f"connect-src {ELSEWHERE}" in each for each in noted), noted
    assert any("script-src-elem inline" in each for each in noted), noted
    assert any("style-src-elem inline" in each for each in noted), noted
