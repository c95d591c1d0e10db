"""The pages of administration and of one's own account, as people use them."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import APIRequestContext, Page, expect

from tests.browser.screens import Open, done

WORDS = "correct horse battery staple"
NONE = "\u2013"


def _row(page: Page, name: str) -> Any:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def _pick(page: Page, name: str, entry: str) -> None:
    page.get_by_role("button", name=f"More: {name}").click()
    page.get_by_role("menuitem", name=entry).click()


def test_a_role_is_made_in_the_matrix_and_given_to_a_new_user(
    open_screen: Open, api: APIRequestContext
) -> None:
    page = open_screen("/admin/roles")
    page.get_by_role("button", name="New role").click()
    page.get_by_label("Name of the role").fill("reader")
    # The matrix is the new role's once all is read again.
    with page.expect_response("**/api/permissions"):
        page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_label("Find a permission…").fill("eerp.audit")
    page.get_by_label("See what was done to records that one may read").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    roles = {each["name"]: each for each in done(api.get("/api/roles"))["items"]}
    assert roles["reader"]["permissions"] == ["eerp.audit.read"]

    page.get_by_role("link", name="Users", exact=True).click()
    page.get_by_role("button", name="New user").click()
    page.get_by_label("User name").fill("rita")
    page.get_by_label("reader").check()
    page.get_by_role("button", name="Add", exact=True).click()
    secret = page.get_by_test_id("secret").inner_text()
    page.keyboard.press("Escape")
    expect(_row(page, "rita")).to_contain_text("reader")

    theirs = open_screen("/admin", "rita", secret)
    nav = theirs.get_by_role("navigation", name="Administration")
    expect(nav.get_by_role("link")).to_have_text(
        [re.compile("Audit trail"), re.compile("Settings")]
    )
    theirs.goto("/admin/users")
    expect(theirs.get_by_text("There is nothing here")).to_be_visible()


def test_a_change_of_a_role_that_is_not_saved_is_asked_about(
    open_screen: Open, api: APIRequestContext
) -> None:
    done(api.put("/api/roles/clerk", data={"permissions": ["crm.*"]}))
    page = open_screen("/admin/roles")
    page.get_by_role("button", name="clerk").click()
    page.get_by_label("All of crm", exact=True).uncheck()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.get_by_role("link", name="Users", exact=True).click()
    expect(page.get_by_role("heading", name="Roles")).to_be_visible()
    assert len(asked) == 1
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("link", name="Users", exact=True).click()
    expect(page.get_by_role("heading", name="Users")).to_be_visible()


def test_roles_are_compared_beside_each_other(
    open_screen: Open, api: APIRequestContext
) -> None:
    """By grants of their own, by wider ones, and without any."""
    for name, granted in (
        ("buyer", ["crm.companies.read", "crm.companies.update"]),
        ("seller", ["crm.*"]),
        ("watcher", ["eerp.audit.read"]),
    ):
        done(api.put(f"/api/roles/{name}", data={"permissions": granted}))
    page = open_screen("/admin/roles")
    page.get_by_role("button", name="Compare roles").click()
    chosen = page.get_by_role("list", name="Roles").locator("[aria-pressed=true]")
    chosen.click()
    for name in ("buyer", "seller", "watcher"):
        page.get_by_role("button", name=name).click()
    region = page.get_by_role("region", name="Compare roles")
    expect(region.get_by_role("columnheader")).to_have_text(
        ["Permission", "buyer", "seller", "watcher"]
    )
    region.get_by_role("button", name="Customers").click()
    companies = region.get_by_role("row").filter(
        has=page.get_by_role("rowheader", name="Companies", exact=True)
    )
    expect(companies.get_by_role("cell")).to_have_text(["read, change", "All", NONE])
    page.get_by_label("Find a permission…").fill("eerp.audit.read")
    audit = region.get_by_role("row", name="See what was done")
    expect(audit.get_by_role("cell")).to_have_text([NONE, NONE, "Yes"])
    # Who compares changes nothing.
    expect(page.get_by_role("button", name="Save")).to_be_hidden()


def test_a_user_who_is_switched_off_cannot_sign_in(
    open_screen: Open, api: APIRequestContext
) -> None:
    person = {"username": "otto", "password": WORDS, "roles": []}
    done(api.post("/api/users", data=person))
    page = open_screen("/admin/users")
    _pick(page, "otto", "Switch off")
    expect(_row(page, "otto")).to_contain_text("Switched off")
    answer = api.post("/api/auth/login", data={"username": "otto", "password": WORDS})
    assert answer.status == 401


def test_modules_tell_of_themselves(open_screen: Open) -> None:
    page = open_screen("/admin/modules")
    page.get_by_role("rowheader").get_by_role("link", name="Customers").click()
    expect(page.get_by_role("heading", name="Customers", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Routes")).to_contain_text(
        "GET /api/crm/companies"
    )
    expect(page.get_by_role("region", name="Migrations")).to_be_visible()


def test_the_trail_shows_what_was_changed_and_is_verified(
    open_screen: Open, api: APIRequestContext
) -> None:
    company = done(api.post("/api/crm/companies", data={"name": "Island Trading"}))
    headers = {"If-Match": '"1"'}
    change = {"name": "Island Trade"}
    path = f"/api/crm/companies/{company['id']}"
    done(api.patch(path, data=change, headers=headers))
    page = open_screen("/admin/audit")
    page.get_by_label("Kind of record").select_option("crm.companies")
    page.get_by_label("What was done").select_option("update")
    expect(page.get_by_role("row")).to_have_count(2)
    row = page.get_by_role("row").filter(has_text="Island Trading")
    expect(row).to_contain_text("Name: Island Trading → Island Trade")
    expect(row.get_by_role("link", name="Island Trade")).to_have_attribute(
        "href", f"/m/crm/companies/{company['id']}"
    )
    page.get_by_role("button", name="Verify the trail").click()
    expect(page.get_by_text("The trail is whole.")).to_be_visible()


def test_the_trail_tells_what_was_done_to_a_user_and_no_secret(
    open_screen: Open, api: APIRequestContext
) -> None:
    person = {"username": "ottilie", "password": WORDS, "roles": []}
    made = done(api.post("/api/users", data=person))
    done(api.post(f"/api/users/{made['id']}/password", data={}))
    page = open_screen("/admin/audit")
    page.get_by_label("Kind of record").select_option("eerp.users")
    page.get_by_label("Id of a record").fill(made["id"])
    page.keyboard.press("Enter")
    page.get_by_label("What was done").select_option("update")
    # The heading, and what is left once the answer is there.
    expect(page.get_by_role("row")).to_have_count(2)
    row = page.get_by_role("row").filter(has_text="ottilie")
    expect(row).to_contain_text("Password: set → set anew")


def test_a_webhook_tells_its_secret_once(
    open_screen: Open, api: APIRequestContext
) -> None:
    page = open_screen("/admin/webhooks")
    page.get_by_role("button", name="New webhook").click()
    page.get_by_label("Address").fill("https://shop.example/hook")
    page.get_by_label("Topics").fill("crm.*")
    page.get_by_role("button", name="Add", exact=True).click()
    assert page.get_by_test_id("secret").inner_text()
    page.keyboard.press("Escape")
    [webhook] = done(api.get("/api/webhooks"))["items"]
    assert webhook["topics"] == ["crm.*"]
    _pick(page, webhook["url"], "Delete")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nobody is told of events yet")).to_be_visible()


def test_jobs_and_deliveries_are_told(open_screen: Open) -> None:
    page = open_screen("/admin/jobs")
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    page.get_by_role("link", name="Deliveries").click()
    page.get_by_role("button", name="Delivered").click()
    expect(page.get_by_role("button", name="Delivered")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_everybody_changes_their_password_and_the_language(
    open_screen: Open, api: APIRequestContext
) -> None:
    person = {"username": "anna", "password": WORDS, "roles": []}
    done(api.post("/api/users", data=person))
    page = open_screen("/account", "anna", WORDS)
    page.get_by_label("Current password").fill(WORDS)
    page.get_by_label("New password", exact=True).fill(f"{WORDS} twice")
    page.get_by_label("The new password again").fill(f"{WORDS} twice")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password is changed")).to_be_visible()
    page.get_by_label("Language").select_option("fr")
    expect(page.get_by_role("heading", name="Compte")).to_be_visible()
    again = open_screen("/account", "anna", f"{WORDS} twice")
    expect(again.get_by_role("heading", name="Account")).to_be_visible()
