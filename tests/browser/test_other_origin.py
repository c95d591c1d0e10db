"""The same screens, served as files from another origin than the daemon's."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.screens import DESK, sign_in
from tests.conftest import wait_for
from tests.daemon.process import REPOSITORY, Daemon, free_port, write_config

BUILT = REPOSITORY / "eerp" / "web" / "built-app"


class Files(SimpleHTTPRequestHandler):
    """A server of files that answers any other path with the fallback page."""

    def send_head(self):  # as the library has it
        if not Path(self.translate_path(self.path)).is_file():
            self.path = "/index.html"
        return super().send_head()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def origin() -> str:
    return f"http://localhost:{free_port()}"


@pytest.fixture
def daemon_elsewhere(module_home: Path, origin: str) -> Iterator[Daemon]:
    """A daemon that lets scripts of `origin` in, and shows no screens itself."""
    config = write_config(module_home, cors={"origins": [origin]}, app={"page": False})
    running = Daemon(config)
    wait_for(running.start())
    yield running
    assert wait_for(running.stop()) == 0, running.log_file.read_text()


@pytest.fixture
def files(tmp_path: Path, origin: str, daemon_elsewhere: Daemon) -> Iterator[None]:
    """The build, and where its API is, at `origin`."""
    folder = tmp_path / "screens"
    shutil.copytree(BUILT, folder)
    (folder / "eerp.json").write_text(json.dumps({"api": daemon_elsewhere.url}))
    port = int(origin.rpartition(":")[2])
    answer = partial(Files, directory=str(folder))
    server = ThreadingHTTPServer(("localhost", port), answer)
    Thread(target=server.serve_forever).start()
    yield
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("files")
def test_the_screens_work_from_another_origin(
    browser: Browser, origin: str, daemon_elsewhere: Daemon
) -> None:
    password = (daemon_elsewhere.state_dir / "initial-admin-password").read_text()
    context = browser.new_context(base_url=origin, viewport=DESK, locale="en-GB")
    page = context.new_page()
    page.goto("/admin/users")
    sign_in(page, "admin", password.strip())
    expect(page.get_by_role("rowheader", name="admin")).to_be_visible()
    page.get_by_role("button", name="New user").click()
    page.get_by_label("User name").fill("zoe")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_test_id("secret")).to_be_visible()
    context.close()
