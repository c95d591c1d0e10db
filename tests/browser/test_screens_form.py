"""Forms: faults, lines and their totals, actions, and what hangs on a record."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import APIRequestContext, Locator, Page, expect

from tests.browser.screens import PHONE, Open, done


def _field(page: Page, path: str) -> Locator:
    return page.locator(f'[id="field-{path}"]')


def _company(api: APIRequestContext, name: str, **more: Any) -> dict[str, Any]:
    made = done(api.post("/api/crm/companies", data={"name": name, **more}))
    return dict(made)


def _save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def test_what_is_refused_is_told_at_its_field(
    open_screen: Open, api: APIRequestContext
) -> None:
    page = open_screen("/m/crm/companies/new")
    _field(page, "email").fill("nowhere")
    _save(page)
    expect(_field(page, "name")).to_have_attribute("aria-invalid", "true")
    expect(_field(page, "name")).to_be_focused()
    _field(page, "name").fill("Ulmer")
    _field(page, "email").fill("office@ulmer.example")
    _save(page)
    expect(page.get_by_role("heading", name="Ulmer")).to_be_visible()
    found = done(api.get("/api/crm/companies?name=eq.Ulmer"))["items"]
    assert [row["email"] for row in found] == ["office@ulmer.example"]


def test_totals_of_lines_are_the_modules_own_before_and_after_they_are_saved(
    open_screen: Open, api: APIRequestContext
) -> None:
    company = _company(api, "Voss", is_customer=True)
    page = open_screen(f"/m/invoicing/invoices/new?company_id={company['id']}")
    page.get_by_role("button", name="Add a line").click()
    _field(page, "lines.0.description").fill("Repair")
    _field(page, "lines.0.quantity").fill("3")
    _field(page, "lines.0.unit_price").fill("2.5")
    expect(page.locator("tfoot")).to_contain_text("7.50")
    expect(page.locator("tfoot")).to_contain_text("preview")
    # It was only asked what would be.
    of_company = f"/api/invoicing/invoices?company_id=eq.{company['id']}"
    assert done(api.get(of_company))["items"] == []
    _field(page, "lines.0.unit_price").press("Enter")
    _field(page, "lines.1.description").fill("Travel")
    _field(page, "lines.1.unit_price").fill("10")
    _save(page)
    expect(page.get_by_role("button", name="Post", exact=True)).to_be_visible()
    [row] = done(api.get(of_company))["items"]
    assert (row["net"], row["state"]) == ("17.5000", "draft")
    _post_and_print(page)
    assert done(api.get(of_company))["items"][0]["state"] == "posted"


def _post_and_print(page: Page) -> None:
    """Post the document on the page by its action, and look at it on paper."""
    page.get_by_role("button", name="Post", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="What would happen?").click()
    expect(dialog.get_by_role("heading", name="This would happen")).to_be_visible()
    dialog.get_by_role("button", name="Post", exact=True).click()
    expect(dialog).to_be_hidden()
    step = page.get_by_role("listitem").filter(has_text="Posted").first
    expect(step).to_have_attribute("aria-current", "step")
    expect(page.get_by_role("button", name="Add a line")).to_be_hidden()
    page.get_by_role("button", name="PDF").click()
    expect(page.get_by_role("dialog").locator("iframe")).to_be_visible()
    page.keyboard.press("Escape")


def test_related_records_lead_to_their_whole_list(
    open_screen: Open, api: APIRequestContext
) -> None:
    company, other = _company(api, "Xaver"), _company(api, "Xenia")
    for name, owner in (("Ada", company), ("Bea", other)):
        person = {"first_name": name, "last_name": "Kern", "company_id": owner["id"]}
        done(api.post("/api/crm/contacts", data=person))
    page = open_screen(f"/m/crm/companies/{company['id']}")
    page.get_by_role("tab", name="Contacts").click()
    expect(page.get_by_role("region", name="Contacts")).to_contain_text("Ada")
    page.get_by_role("tabpanel").get_by_role("link", name="Show all").click()
    expect(page.get_by_text("1 record", exact=True)).to_be_visible()
    expect(page.get_by_role("grid")).to_contain_text("Ada")


def test_what_is_not_saved_is_not_lost(
    open_screen: Open, api: APIRequestContext
) -> None:
    company = _company(api, "Weber")
    page = open_screen(f"/m/crm/companies/{company['id']}")
    _field(page, "phone").fill("123")
    page.get_by_role("link", name="Companies", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Stay").click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.get_by_role("button", name="Go on with it").click()
    expect(_field(page, "phone")).to_have_value("123")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Saved")).to_be_visible()
    assert done(api.get(f"/api/crm/companies/{company['id']}"))["phone"] == "123"


def test_comments_files_and_history_stand_beside_a_record(
    open_screen: Open, api: APIRequestContext
) -> None:
    company = _company(api, "Zeller")
    page = open_screen(f"/m/crm/companies/{company['id']}")
    page.get_by_label("Write a comment").fill("Pays late.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("listitem").filter(has_text="Pays late.")).to_be_visible()
    page.get_by_role("tab", name="Files").click()
    page.get_by_label("Choose files").last.set_input_files(
        {"name": "offer.txt", "mimeType": "text/plain", "buffer": b"An offer"}
    )
    with page.expect_download() as loaded:
        page.get_by_role("button", name="offer.txt", exact=True).click()
    assert loaded.value.path().read_bytes() == b"An offer"
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_text("Created", exact=True)).to_be_visible()


def test_a_form_fits_a_phone(open_screen: Open, api: APIRequestContext) -> None:
    company = _company(api, "Ziegler")
    path = f"/m/crm/companies/{company['id']}"
    page = open_screen(path, viewport=PHONE)
    expect(_field(page, "name")).to_be_visible()
    assert page.evaluate("document.querySelector('main').scrollWidth") <= PHONE["width"]
