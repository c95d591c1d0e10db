"""What axe finds on all pages of the screens: nothing that is serious. None is wider
than the window. With EERP_SCREENSHOTS, a folder, each is kept there as a picture."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from playwright.sync_api import APIRequestContext, Page, expect

from tests.browser.screens import DESK, PHONE, Open, done
from tests.daemon.process import REPOSITORY
from tests.northwind import plant

AXE = REPOSITORY / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
ADMIN = ("users", "roles", "modules", "audit", "jobs", "deliveries", "webhooks")
GRAVE = ("serious", "critical")
_FIND = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const found = await axe.run(document, {runOnly: tags, resultTypes: ["violations"]});
  return found.violations.map(({id, impact, nodes}) =>
    ({id, impact, nodes: nodes.map((node) => node.html.slice(0, 200))}));
}"""
# As a press on a link does, without loading all anew.
_FOLLOW = """(path) => {
  const link = document.createElement("a");
  link.href = path;
  document.body.append(link);
  link.click();
  link.remove();
}"""
_WIDER = "document.documentElement.scrollWidth - window.innerWidth"


@frozen
class Look:
    """How the screens are looked at."""

    name: str
    context: dict[str, Any]


LOOKS = [
    Look("light", {"viewport": DESK, "color_scheme": "light"}),
    Look("dark", {"viewport": PHONE, "color_scheme": "dark"}),
]


@frozen
class Inspector:
    """Looks at what a page shows, and notes what is wrong with it."""

    page: Page
    look: Look
    faults: list[str]

    def visit(self, path: str, name: str | None = None) -> None:
        """Go to a path, and look."""
        self.page.evaluate(_FOLLOW, path)
        self.page.wait_for_url(f"**{path}")
        self.check(name or path)

    def check(self, name: str) -> None:
        """Look at what is there now."""
        expect(self.page.locator(".turning")).to_have_count(0)
        for fault in self.page.evaluate(_FIND):
            if fault["impact"] in GRAVE:
                self.faults.append(f"{name}: {fault['id']}: {fault['nodes'][:3]}")
        if (wider := self.page.evaluate(_WIDER)) > 0:
            self.faults.append(f"{name}: {wider} pixels wider than the window")
        self._keep(name)

    def _keep(self, name: str) -> None:
        folder = os.environ.get("EERP_SCREENSHOTS")
        if folder is not None:
            file = (
                f"{name.strip('/').replace('/', '_').replace('?', '_') or 'home'}.png"
            )
            self.page.screenshot(path=Path(folder) / self.look.name / file)


@pytest.fixture(params=LOOKS, ids=lambda look: look.name)
def inspector(request: pytest.FixtureRequest, open_screen: Open) -> Iterator[Inspector]:
    """One who is signed in, and has nothing to complain of in the end."""
    page = open_screen("/", **request.param.context)
    page.context.add_init_script(path=AXE)
    page.reload()
    faults: list[str] = []
    yield Inspector(page, request.param, faults)
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="module", autouse=True)
def northwind(module_home: Path) -> None:
    """There is something to see on most pages."""
    plant(module_home)


@pytest.fixture(scope="module")
def contract(api: APIRequestContext) -> Any:
    """What all screens are made of."""
    return done(api.get("/api/ui"))


def test_all_lists_and_their_other_views(inspector: Inspector, contract: Any) -> None:
    for model in contract["models"].values():
        if not model["can"]["list"]:
            continue
        path = f"/m/{model['key'].replace('.', '/')}"
        inspector.visit(path)
        for view in ("board", "calendar", "graph"):
            if model["views"][view] is not None:
                inspector.visit(f"{path}?view={view}")


def test_all_forms_of_new_records(inspector: Inspector, contract: Any) -> None:
    for model in contract["models"].values():
        if model["can"]["create"]:
            inspector.visit(f"/m/{model['key'].replace('.', '/')}/new")


def test_a_record_of_each_model(
    inspector: Inspector, contract: Any, api: APIRequestContext
) -> None:
    for model in contract["models"].values():
        if not (model["can"]["list"] and model["can"]["read"]):
            continue
        for record in done(api.get(f"{model['path']}?limit=1"))["items"]:
            key = model["key"].replace(".", "/")
            inspector.visit(f"/m/{key}/{record['id']}", f"record_{key}")
            title = inspector.page.get_by_role("heading", level=1)
            expect(title).not_to_have_text(record["id"])


def test_all_reports_and_what_belongs_to_no_module(
    inspector: Inspector, contract: Any
) -> None:
    for report in contract["reports"]:
        inspector.visit(f"/r/{report['key'].replace('.', '/')}")
    for path in ("/", "/account", "/admin", *(f"/admin/{name}" for name in ADMIN)):
        inspector.visit(path)
    inspector.visit(f"/admin/modules/{contract['modules'][0]['name']}")


def test_dialogs_and_the_palette(inspector: Inspector) -> None:
    page = inspector.page
    for path, button in (("users", "New user"), ("webhooks", "New webhook")):
        inspector.visit(f"/admin/{path}")
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        inspector.check(f"dialog-{path}")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("Control+k")
    inspector.check("palette")


def test_signing_in(inspector: Inspector) -> None:
    page = inspector.page
    page.get_by_role("button", name="Account: admin").click()
    inspector.check("account-menu")
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_label("User name")).to_be_visible()
    inspector.check("login")
