"""A module that nothing in the tree knows has screens as soon as it is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import APIRequestContext, expect

from tests.browser.screens import Open, done
from tests.conftest import wait_for
from tests.daemon.process import REPOSITORY, Daemon, write_config

FOREIGN = REPOSITORY / "tests" / "foreign"
SCREENS = REPOSITORY / "frontend" / "app" / "src"
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
READER = {"username": "visitor", "password": "only looks 1"}


@pytest.fixture(scope="module")
def house(module_home: Path) -> Iterator[Daemon]:
    """A daemon in whose module root somebody has dropped a module."""
    roots = [str(REPOSITORY / "modules"), str(FOREIGN)]
    running = Daemon(write_config(module_home, module_root=roots))
    wait_for(running.start())
    yield running
    assert wait_for(running.stop()) == 0, running.log_file.read_text()


def test_the_screens_name_no_module() -> None:
    manifests = [*(REPOSITORY / "modules").glob("*/module.json")]
    names = [path.parent.name for path in (*manifests, *FOREIGN.glob("*/module.json"))]
    # As part of a path or a key: words of a language may be alike.
    named = re.compile(rf"""["'`](?:/(?:api|m|r)/)?(?:{"|".join(names)})[./][a-z_]""")
    for path in SCREENS.rglob("*"):
        if path.suffix in {".ts", ".svelte"} and ".test." not in path.name:
            assert named.findall(COMMENT.sub("", path.read_text())) == [], path


def test_it_has_a_menu_a_list_a_form_a_search_and_its_actions(
    open_screen: Open, api: APIRequestContext
) -> None:
    done(api.post("/api/library/readers", data={"name": "Ann Lee"}))
    done(api.post("/api/library/books", data={"title": "Middlemarch"}))
    page = open_screen("/")
    page.get_by_role("button", name="Library").click()
    page.get_by_role("navigation").get_by_role("link", name="Books").click()
    expect(page.get_by_role("heading", name="Books")).to_be_visible()
    page.get_by_role("link", name="New", exact=True).click()
    page.locator('[id="field-title"]').fill("Moby-Dick")
    page.locator('[id="field-subject"]').select_option("fiction")
    page.locator('[id="field-reader_id"]').fill("ann")
    page.get_by_role("option", name="Ann Lee").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Moby-Dick")
    filters = "title=eq.Moby-Dick&reader.name=eq.Ann Lee"
    assert len(done(api.get(f"/api/library/books?{filters}"))["items"]) == 1

    page.get_by_role("button", name="Return", exact=True).click()
    expect(page.locator('[id="field-reader_id"]')).to_have_value("")
    page.get_by_role("link", name="Books").first.click()
    page.get_by_role("searchbox").fill("moby")
    expect(page.get_by_role("link", name="Moby-Dick")).to_be_visible()
    expect(page.get_by_role("link", name="Middlemarch")).to_be_hidden()


def test_who_may_only_look_sees_nothing_to_press(
    open_screen: Open, api: APIRequestContext
) -> None:
    role = {"permissions": ["library.books.read"]}
    done(api.put("/api/roles/visitor", data=role))
    done(api.post("/api/users", data={**READER, "roles": ["visitor"]}))
    book = done(api.post("/api/library/books", data={"title": "Emma"}))
    page = open_screen("/m/library/books", **READER)
    expect(page.get_by_role("link", name="Emma")).to_be_visible()
    expect(page.get_by_role("link", name="New", exact=True)).to_be_hidden()
    page.get_by_role("link", name="Emma").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Emma")
    for name in ("Save", "Return", "Actions"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_hidden()
    expect(page.locator("main").locator("input:not([type=search])")).to_have_count(0)
    expect(page.get_by_role("button", name="Library")).to_be_visible()
    page.goto("/m/library/readers")
    expect(page.get_by_text("There is nothing here")).to_be_visible()
    # The server says no, too.
    refused = page.evaluate(
        """async (path) => {
            const { access } = JSON.parse(localStorage.getItem("eerp.session"));
            const headers = {
                authorization: `Bearer ${access}`,
                "content-type": "application/json",
                "if-match": "*",
            };
            const body = JSON.stringify({ title: "Mine" });
            return (await fetch(path, { method: "PATCH", headers, body })).status;
        }""",
        f"/api/library/books/{book['id']}",
    )
    assert refused == 403
