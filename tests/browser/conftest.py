"""A daemon that shows its pages, a browser, and pages that are watched."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.browser.screens import admin_password, api, house, open_screen
from tests.browser.watch import Watch
from tests.conftest import wait_for
from tests.daemon.process import REPOSITORY, Daemon, write_config
from tests.seed import short_folder

__all__ = ["admin_password", "api", "house", "open_screen"]

# As little as can be of what a browser does unasked.
FLAGS = [
    "--disable-background-networking", "--disable-component-update", "--disable-gpu",
    "--disable-quic", "--disable-sync", "--no-first-run",
]  # fmt: skip
# A machine that does much else has time enough; a test that fails ends in time.
TIMEOUT_MS = 45_000
# Less than the page leaves to a token before it is renewed: each call renews it.
ACCESS_TOKEN_TTL_S = 20


@pytest.fixture(scope="package")
def daemon() -> Iterator[Daemon]:
    """A daemon that shows GraphiQL, too."""
    lifetimes = {"access_token_ttl_s": ACCESS_TOKEN_TTL_S}
    with short_folder() as home:
        config = write_config(home, graphql={"graphiql": True}, auth=lifetimes)
        running = Daemon(config)
        wait_for(running.start())
        yield running
        assert wait_for(running.stop()) == 0, running.log_file.read_text()


@pytest.fixture(scope="package")
def password(daemon: Daemon) -> str:
    """That of the first administrator."""
    return (daemon.state_dir / "initial-admin-password").read_text().strip()


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """What drives the browser; its loop is not left over to other tests."""
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium."""
    find = [sys.executable, "scripts/browser.py"]
    found = subprocess.run(
        find, cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    launched = playwright.chromium.launch(
        executable_path=found.stdout.splitlines()[-1],
        # Chromium's sandbox does not start as root; it sees our own pages only.
        chromium_sandbox=False,
        args=FLAGS,
    )
    yield launched
    launched.close()


@pytest.fixture
def open_page(browser: Browser, daemon: Daemon) -> Iterator[Callable[..., Page]]:
    """`open_page(path, **context)` shows a page in a fresh profile; it may talk to the
    daemon only, break no rule of its own policy, and raise no error."""
    watches: list[Watch] = []

    def show(path: str, **context: object) -> Page:
        page = browser.new_context(base_url=daemon.url, **context).new_page()
        page.set_default_timeout(TIMEOUT_MS)
        watches.append(Watch.of(page, daemon.url))
        page.goto(path)
        return page

    yield show
    for watch in watches:
        seen = watch.faults()
        watch.page.context.close()
        assert seen == []
