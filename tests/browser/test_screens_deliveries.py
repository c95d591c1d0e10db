"""What could not be delivered is seen by who administers, and sent again."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Page, expect

from tests.browser.screens import Open, done
from tests.conftest import wait_for
from tests.daemon.process import Daemon, free_port, write_config

DEALS = "/api/crm/opportunities"
WITHIN_S = 30


@pytest.fixture(scope="module")
def port() -> int:
    """Where the webhook leads: nobody listens there yet."""
    return free_port()


@pytest.fixture(scope="module")
def house(module_home: Path, port: int) -> Iterator[Daemon]:
    """A daemon that tries a webhook once."""
    webhooks = {"allow_hosts": [f"127.0.0.1:{port}"], "attempts_max": 1}
    running = Daemon(write_config(module_home, webhooks=webhooks))
    wait_for(running.start())
    yield running
    assert wait_for(running.stop()) == 0, running.log_file.read_text()


@pytest.fixture(scope="module")
def dead(api: APIRequestContext, port: int) -> list[dict[str, Any]]:
    """Two deliveries that failed: two opportunities were won, and nobody heard."""
    url = f"http://127.0.0.1:{port}/heard"
    done(api.post("/api/webhooks", data={"url": url, "topics": ["crm.*"]}))
    for name in ("Kettles", "Lamps"):
        deal = done(api.post(DEALS, data={"name": name}))
        done(api.post(f"{DEALS}/{deal['id']}/win"))
    return _deliveries(api, "dead", 2)


@pytest.fixture
def heard(port: int) -> Iterator[list[Any]]:
    """What is posted to the port of the webhook; somebody listens there now."""
    bodies: list[Any] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            bodies.append(json.loads(self.rfile.read(length)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", port), Listener) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield bodies
        server.shutdown()
        thread.join()


def _deliveries(api: APIRequestContext, state: str, count: int) -> list[dict[str, Any]]:
    """Those of the webhook in `state`, once there are so many."""
    end = time.monotonic() + WITHIN_S
    while True:
        items = done(api.get("/api/deliveries", params={"state": state}))["items"]
        found = [each for each in items if each["kind"] == "webhook"]
        if len(found) == count:
            return found
        assert time.monotonic() < end, items


def _rows(page: Page) -> Any:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader"))


def test_a_dead_delivery_tells_why_and_is_sent_again(
    open_screen: Open,
    api: APIRequestContext,
    dead: list[dict[str, Any]],
    heard: list[Any],
) -> None:
    page = open_screen("/admin/deliveries")
    expect(_rows(page)).to_have_count(2)
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_disabled()
    first = _rows(page).first
    first.get_by_role("button", name="Details").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("pre").first).to_have_text(dead[0]["error"])
    expect(dialog).to_contain_text("Lamps")
    page.keyboard.press("Escape")
    first.get_by_role("checkbox").check()
    again.click()
    expect(_rows(page)).to_have_count(1)
    [sent] = _deliveries(api, "done", 1)
    assert sent["id"] == dead[0]["id"]
    assert [each["topic"] for each in heard] == [dead[0]["topic"]]
    page.get_by_role("button", name="Delivered").click()
    expect(_rows(page).filter(has_text=sent["topic"])).to_have_count(1)
    assert [each["id"] for each in _deliveries(api, "dead", 1)] == [dead[1]["id"]]
