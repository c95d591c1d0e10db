"""Forms when something goes wrong: others, sessions, servers, networks and rights."""

from __future__ import annotations

import re
import time
from typing import Any

from playwright.sync_api import APIRequestContext, Locator, Page, Route, expect

from tests.browser.screens import Open, done, sign_in
from tests.daemon.process import Daemon

PASSWORD = "correct horse battery"
SLOW_S = 2


def _field(page: Page, path: str) -> Locator:
    return page.locator(f'[id="field-{path}"]')


def _company(api: APIRequestContext, name: str) -> str:
    return str(done(api.post("/api/crm/companies", data={"name": name}))["id"])


def _read(api: APIRequestContext, company: str) -> dict[str, Any]:
    return dict(done(api.get(f"/api/crm/companies/{company}")))


def _person(api: APIRequestContext, name: str, *permissions: str) -> str:
    """A user with these permissions; their id."""
    done(api.put(f"/api/roles/{name}", data={"permissions": list(permissions)}))
    person = {"username": name, "password": PASSWORD, "roles": [name], "companies": []}
    return str(done(api.post("/api/users", data=person))["id"])


def test_what_two_people_change_is_merged_or_chosen(
    open_screen: Open, api: APIRequestContext
) -> None:
    company = _company(api, "Original")
    path = f"/m/crm/companies/{company}"
    mine, theirs = open_screen(path), open_screen(path)
    _field(mine, "name").fill("Mine")
    _field(mine, "phone").fill("1")
    _field(theirs, "name").fill("Theirs")
    _field(theirs, "industry").fill("Glass")
    theirs.keyboard.press("Control+s")
    expect(mine.get_by_text("changed this record")).to_be_visible()
    mine.keyboard.press("Control+s")
    dialog = mine.get_by_role("dialog")
    expect(dialog).to_contain_text("Original")
    dialog.get_by_label("Theirs").check()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    expect(_field(mine, "name")).to_have_value("Theirs")
    # Who looks on sees it without doing anything.
    expect(_field(theirs, "phone")).to_have_value("1")
    row = _read(api, company)
    assert (row["name"], row["phone"], row["industry"]) == ("Theirs", "1", "Glass")


def test_lines_that_two_people_change_are_merged_line_by_line(
    open_screen: Open, api: APIRequestContext
) -> None:
    lines = [
        {"description": text, "unit_price": "1"} for text in ("Ash", "Birch", "Cedar")
    ]
    data = {"company_id": _company(api, "Forester"), "lines": lines}
    invoice = done(api.post("/api/invoicing/invoices", data=data))["id"]
    path = f"/m/invoicing/invoices/{invoice}"
    mine, theirs = open_screen(path), open_screen(path)
    _field(mine, "lines.0.quantity").fill("2")
    _field(mine, "lines.1.description").fill("Beech")
    _field(mine, "lines.2.quantity").fill("7")
    _field(theirs, "lines.0.quantity").fill("3")
    _field(theirs, "lines.1.quantity").fill("5")
    theirs.get_by_role("button", name="Remove line 3").click()
    theirs.get_by_role("button", name="Add a line").click()
    _field(theirs, "lines.2.description").fill("Douglas fir")
    theirs.keyboard.press("Control+s")
    expect(mine.get_by_text("changed this record")).to_be_visible()
    mine.keyboard.press("Control+s")
    dialog = mine.get_by_role("dialog")
    expect(dialog.get_by_role("group")).to_have_count(2)
    amount = dialog.get_by_role("group", name=re.compile("Ash: Quantity"))
    amount.get_by_label("Theirs").check()
    line = dialog.get_by_role("group", name=re.compile("Cedar"))
    expect(line.get_by_label("Theirs")).to_have_accessible_name("Theirs: Deleted")
    dialog.get_by_role("button", name="Save").click()
    expect(mine.get_by_text("Saved")).to_be_visible()
    saved = done(api.get(f"/api/invoicing/invoices/{invoice}"))["lines"]
    assert [(each["description"], each["quantity"]) for each in saved] == [
        ("Ash", "3.0000"), ("Beech", "5.0000"),
        ("Cedar", "7.0000"), ("Douglas fir", "1.0000"),
    ]  # fmt: skip


def test_a_session_that_ends_leaves_the_form(
    open_screen: Open, api: APIRequestContext
) -> None:
    clerk = _person(api, "clerk", "crm.*")
    page = open_screen("/m/crm/companies/new", "clerk", PASSWORD)
    _field(page, "name").fill("Later")
    for session in done(api.get(f"/api/users/{clerk}/sessions"))["items"]:
        done(api.delete(f"/api/sessions/{session['id']}"))
    page.keyboard.press("Control+s")
    sign_in(page, "clerk", PASSWORD)
    expect(page.get_by_role("heading", name="Later")).to_be_visible()
    assert len(done(api.get("/api/crm/companies?name=eq.Later"))["items"]) == 1


def test_a_server_that_restarts_gets_what_was_typed_once(
    open_screen: Open, api: APIRequestContext, house: Daemon
) -> None:
    page = open_screen("/m/crm/companies/new")
    _field(page, "name").fill("Steady")
    assert house.process is not None
    house.process.terminate()
    house.process.wait()
    page.keyboard.press("Control+s")
    expect(page.get_by_text("The server cannot be reached")).to_be_visible()
    house.spawn()
    expect(page.get_by_role("heading", name="Steady")).to_be_visible()
    assert len(done(api.get("/api/crm/companies?name=eq.Steady"))["items"]) == 1


def test_a_slow_network_saves_once(open_screen: Open, api: APIRequestContext) -> None:
    page = open_screen("/m/crm/companies/new")
    page.route("**/api/crm/companies", _slowly)
    _field(page, "name").fill("Patient")
    save = page.get_by_role("button", name="Save", exact=True)
    save.click()
    expect(save).to_be_disabled()
    page.keyboard.press("Control+s")
    expect(page.get_by_role("heading", name="Patient")).to_be_visible()
    assert len(done(api.get("/api/crm/companies?name=eq.Patient"))["items"]) == 1


def _slowly(route: Route) -> None:
    time.sleep(SLOW_S)
    route.continue_()


def test_who_may_only_read_sees_nothing_to_press(
    open_screen: Open, api: APIRequestContext
) -> None:
    _person(api, "viewer", "crm.companies.read")
    company = _company(api, "Glass case")
    page = open_screen(f"/m/crm/companies/{company}", "viewer", PASSWORD)
    expect(page.get_by_role("heading", name="Glass case")).to_be_visible()
    for name in ("Save", "New", "Actions", "Delete", "Duplicate"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    expect(_field(page, "name")).to_have_count(0)
    refused = page.evaluate(_TRY, f"/api/crm/companies/{company}")
    assert refused == 403


_TRY = """async (path) => {
  const { access } = JSON.parse(localStorage.getItem("eerp.session"));
  const headers = { authorization: `Bearer ${access}`, "if-match": "*" };
  return (await fetch(path, { method: "DELETE", headers })).status;
}"""
