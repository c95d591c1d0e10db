"""The screens in a browser: a daemon with all modules, and pages that are signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    APIRequestContext,
    APIResponse,
    Browser,
    Page,
    Playwright,
    expect,
)

from tests.browser.watch import Watch
from tests.conftest import wait_for
from tests.daemon.process import Daemon, write_config

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
TIMEOUT_MS = 30_000

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def house(module_home: Path) -> Iterator[Daemon]:
    """A daemon with the repository's modules, and what they bring."""
    running = Daemon(write_config(module_home))
    wait_for(running.start())
    yield running
    assert wait_for(running.stop()) == 0, running.log_file.read_text()


@pytest.fixture(scope="module")
def admin_password(house: Daemon) -> str:
    """That of the first administrator of `house`."""
    return (house.state_dir / "initial-admin-password").read_text().strip()


@pytest.fixture(scope="module")
def api(
    house: Daemon, playwright: Playwright, admin_password: str
) -> Iterator[APIRequestContext]:
    """The API, as the administrator: `done(api.post(path, data=...))`."""
    plain = playwright.request.new_context(base_url=house.url)
    person = {"username": "admin", "password": admin_password}
    token = done(plain.post("/api/auth/login", data=person))["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    signed_in = playwright.request.new_context(
        base_url=house.url, extra_http_headers=headers
    )
    yield signed_in
    signed_in.dispose()
    plain.dispose()


def done(answer: APIResponse) -> Any:
    """The JSON of an answer, which is a success."""
    assert answer.ok, answer.text()
    return answer.json() if answer.body() else None


@pytest.fixture
def open_screen(browser: Browser, house: Daemon, admin_password: str) -> Iterator[Open]:
    """`open_screen(path, username=..., password=..., **context)` shows a page to
    somebody who signs in; without a name, to the administrator. It may talk to the
    daemon only, break no rule of its own policy, and raise no error."""
    watches: list[Watch] = []

    def show(
        path: str, username: str = "admin", password: str = "", **more: Any
    ) -> Page:
        context = {"viewport": DESK, "locale": "en-GB", **more}
        page = browser.new_context(base_url=house.url, **context).new_page()
        page.set_default_timeout(TIMEOUT_MS)
        watches.append(Watch.of(page, house.url))
        page.goto(path)
        sign_in(page, username, password or admin_password)
        return page

    yield show
    for watch in watches:
        seen = watch.faults()
        watch.page.context.close()
        assert seen == [], seen


def sign_in(page: Page, username: str, password: str) -> None:
    """Fill in the form, and wait for what stands behind it."""
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_label("User name")).to_be_hidden()
    # The keys of the screens are heard from here on.
    expect(page.locator("main#content")).to_be_visible()
