"""Files as records: what a trial says, and an import that a reload does not break."""

from __future__ import annotations

import csv
import io
from collections import Counter
from functools import partial
from pathlib import Path
from string import ascii_uppercase
from xml.sax.saxutils import escape
from zipfile import ZipFile

from playwright.sync_api import APIRequestContext, FilePayload, Page, Route, expect

from tests.browser.screens import PHONE, Open, done

PATH = "/api/crm/companies"
IMPORT = "/m/crm/companies/import"
ROWS = 450
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_OFFICE = "http://schemas.openxmlformats.org"
_RELATIONS = f"{_OFFICE}/officeDocument/2006/relationships"
_CELLS = f"{_OFFICE}/spreadsheetml/2006/main"
_LINKS = f"{_OFFICE}/package/2006/relationships"
# The least that a workbook is made of, beside its sheet.
_PARTS = {
    "_rels/.rels": f'<Relationships xmlns="{_LINKS}"><Relationship Id="r1" '
    f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_CELLS}" xmlns:r="{_RELATIONS}"><sheets>'
    '<sheet name="People" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_LINKS}"><Relationship '
    f'Id="r1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    "</Relationships>",
}


def _workbook(rows: list[list[str]]) -> bytes:
    def cell(line: int, column: str, text: str) -> str:
        inline = f"<is><t>{escape(text)}</t></is>"
        return f'<c r="{column}{line}" t="inlineStr">{inline}</c>'

    def row(line: int, texts: list[str]) -> str:
        cells = map(partial(cell, line), ascii_uppercase, texts)
        return f'<row r="{line}">{"".join(cells)}</row>'

    data = "".join(row(line, texts) for line, texts in enumerate(rows, start=1))
    sheet = f'<worksheet xmlns="{_CELLS}"><sheetData>{data}</sheetData></worksheet>'
    file = io.BytesIO()
    with ZipFile(file, "w") as parts:
        for name, text in {**_PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            parts.writestr(name, text)
    return file.getvalue()


def _csv(name: str, rows: list[str]) -> FilePayload:
    text = "\r\n".join(rows)
    return FilePayload(name=name, mimeType="text/csv", buffer=text.encode())


def _choose(page: Page, file: FilePayload) -> None:
    page.locator("input[type=file]").set_input_files(file)


def _names(api: APIRequestContext, start: str) -> list[str]:
    names: list[str] = []
    query: dict[str, str | float | bool] = {
        "name": f"like.{start}*",
        "select": "name",
        "limit": "200",
    }
    while True:
        page = done(api.get(PATH, params=query))
        names += [item["name"] for item in page["items"]]
        if page["next_cursor"] is None:
            return names
        query["cursor"] = page["next_cursor"]


def test_a_trial_tells_what_is_wrong_and_changes_nothing(
    open_screen: Open, api: APIRequestContext
) -> None:
    page = open_screen("/m/crm/companies")
    page.get_by_role("button", name="More of this list").click()
    page.get_by_role("menuitem", name="Import").click()
    rows = ["Name;Customer;Note", "Trial 1;yes;x", ";no;x", "Trial 3;perhaps;x"]
    _choose(page, _csv("trial.csv", rows))
    expect(page.get_by_label("Field for Name")).to_have_value("name")
    expect(page.get_by_label("Field for Customer")).to_have_value("is_customer")
    page.get_by_role("button", name="Check first").click()
    expect(page.get_by_text("Checked, nothing was changed")).to_be_visible()
    expect(page.get_by_text("1 would be new, 0 would be changed")).to_be_visible()
    faults = page.get_by_role("table", name="Rows with errors")
    expect(faults.get_by_role("row", name="3 Name")).to_be_visible()
    expect(
        faults.get_by_role("row", name="4 Customer: This is neither yes nor no.")
    ).to_be_visible()
    assert _names(api, "Trial") == []


def test_what_is_wrong_is_kept_as_a_file(open_screen: Open, tmp_path: Path) -> None:
    page = open_screen(IMPORT)
    _choose(page, _csv("some.csv", ["Name,Customer", "Good,yes", '"Bad, too",maybe']))
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("1 rows were not imported")).to_be_visible()
    with page.expect_download() as found:
        page.get_by_role("button", name="Rows with errors as CSV").click()
    file = tmp_path / "errors.csv"
    found.value.save_as(file)
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert [(row["Name"], row["Row"]) for row in rows] == [("Bad, too", "3")]


def test_an_import_goes_on_after_a_reload_and_does_nothing_twice(
    open_screen: Open, api: APIRequestContext
) -> None:
    page = open_screen(IMPORT)
    names = [f"Many {n:04}" for n in range(ROWS)]
    file = _csv("many.csv", ["Name", *names])
    sent: list[str] = []
    lost: list[bool] = []

    def lose_the_third(route: Route) -> None:
        sent.append(route.request.headers["idempotency-key"])
        if len(sent) == 3:
            # It is done, and the answer never arrives.
            lost.append(route.fetch().ok)
        else:
            route.continue_()

    page.route("**/api/batch", lose_the_third)
    _choose(page, file)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("200 of 450 rows")).to_be_visible()
    page.get_by_role("link", name="All companies").click()
    expect(page.get_by_role("link", name="Import into Companies: 44 %")).to_be_visible()
    while not lost:
        page.wait_for_timeout(100)
    assert len(_names(api, "Many")) == 300
    page.goto(IMPORT)
    expect(page.get_by_text("200 of 450 rows are through. Choose")).to_be_visible()
    _choose(page, file)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("450 are new, 0 were changed")).to_be_visible()
    assert sent[3] == sent[2]
    assert Counter(_names(api, "Many")) == Counter(names)


def test_records_that_exist_are_changed_and_others_referred_to(
    open_screen: Open, api: APIRequestContext
) -> None:
    company = done(api.post(PATH, data={"name": "Sheet & Co"}))
    ann = {"first_name": "Ann", "last_name": "Old", "email": "ann@example.com"}
    known = done(api.post("/api/crm/contacts", data=ann))
    page = open_screen("/m/crm/contacts/import")
    rows = [
        ["Email", "First name", "Last name", "Company"],
        ["ann@example.com", "Ann", "New", "Sheet & Co"],
        ["bob@example.com", "Bob", "New", "Sheet & Co"],
        ["cid@example.com", "Cid", "New", "Nobody"],
    ]
    _choose(page, FilePayload(name="a.xlsx", mimeType=XLSX, buffer=_workbook(rows)))
    page.get_by_label("Records that exist already").select_option(value="email")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("1 are new, 1 were changed")).to_be_visible()
    expect(page.get_by_text("There is no such record. (Nobody)")).to_be_visible()
    changed = done(api.get(f"/api/crm/contacts/{known['id']}"))
    assert (changed["last_name"], changed["company_id"]) == ("New", company["id"])


def test_an_import_is_paused_and_fits_a_phone(open_screen: Open) -> None:
    page = open_screen(IMPORT, viewport=PHONE)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/batch", hold)
    rows = [f"Pause {n},yes,a long text that is wider than a phone" for n in range(150)]
    _choose(page, _csv("pause.csv", ["Name,Customer,Remark", *rows]))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    with page.expect_request("**/api/batch"):
        page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("button", name="Pause").click()
    held[0].continue_()
    expect(page.get_by_text("100 of 150 rows")).to_be_visible()
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    page.unroute("**/api/batch")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("150 are new, 0 were changed")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
