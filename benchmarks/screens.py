"""How soon the screens are there: first paint, first page to work with, and bytes.

    .venv/bin/python benchmarks/screens.py [--url URL] [--password-file FILE]

Chromium loads the page to sign in, and then Home and a list, each in a fresh profile
without a cache, from a daemon that is running. Of five loads the median is shown.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
LOADS = 5
PAGES = ("/", "/m/invoicing/invoices")
_PAINTED = (
    """() => performance.getEntriesByName("first-contentful-paint")[0].startTime"""
)
_SCRIPTS = """() => performance.getEntriesByType("resource")
  .filter((each) => each.name.endsWith(".js"))
  .reduce((sum, each) => sum + each.encodedBodySize, 0)"""


def main() -> None:
    """Load each page, and print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    password = ROOT / "var" / "initial-admin-password"
    parser.add_argument("--password-file", type=Path, default=password)
    given = parser.parse_args()
    secret = given.password_file.read_text().strip()
    find = [sys.executable, str(ROOT / "scripts" / "browser.py")]
    found = subprocess.run(find, capture_output=True, text=True, check=True)
    with sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=found.stdout.splitlines()[-1], chromium_sandbox=False
        )
        print(f"{'page':26}{'first paint':>12}{'to work with':>14}{'scripts':>10}")
        for path in ("/login", *PAGES):
            loads = [load(browser, given.url, path, secret) for _ in range(LOADS)]
            paint, ready, size = map(statistics.median, zip(*loads, strict=True))
            print(f"{path:26}{paint:9.0f} ms{ready:11.0f} ms{size / 1000:7.0f} kB")
        browser.close()


def load(
    browser: Browser, url: str, path: str, password: str
) -> tuple[float, float, float]:
    """Milliseconds to the first paint and until the page can be used, and the bytes of
    its scripts as they are sent."""
    page = browser.new_context(base_url=url).new_page()
    if path != "/login":
        sign_in(page, password)
    began = time.perf_counter()
    page.goto(path)
    used = "main#content h1" if path != "/login" else "input[name=password]"
    page.wait_for_selector(used)
    ready = (time.perf_counter() - began) * 1000
    told = (page.evaluate(_PAINTED), ready, page.evaluate(_SCRIPTS))
    page.context.close()
    return told


def sign_in(page: Page, password: str) -> None:
    """Sign in as the administrator, and forget what was loaded on the way."""
    page.goto("/login")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_selector("main#content")
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")


if __name__ == "__main__":
    main()
