"""Invoices from the draft to the last payment, with the real modules beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest_twisted
from attrs import define, field
from twisted.internet.defer import Deferred, gatherResults

from tests.daemon.process import Answer, Daemon, write_config
from tests.daemon.test_loyalty import Club
from tests.pdf import pages_of

PRINTING = {"invoicing": {"capabilities": ["orm", "events", "render"]}}


@define(eq=False)
class Office:
    """Somebody who writes invoices, and looks into the ledger."""

    club: Club
    customer: dict[str, Any] = field(factory=dict)

    @classmethod
    async def opened(cls, daemon: Daemon) -> Office:
        """The daemon started, and a customer."""
        office = cls(await Club.opened(daemon))
        office.customer = await office.company("Northwind Traders")
        return office

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """One request below `/api`; changes are of any version."""
        return await self.club.ask(method, path, body)

    async def done(self, method: str, path: str, body: Any = None) -> Any:
        """The answer to a request that must succeed."""
        return await self.club.done(method, path, body)

    async def company(self, name: str) -> dict[str, Any]:
        """A new customer or supplier with an address."""
        made: dict[str, Any] = await self.done("POST", "crm/companies", {"name": name})
        address = {
            "company_id": made["id"], "kind": "billing", "street": "12 Harbour Street",
            "postal_code": "28195", "city": "Bremen",
        }  # fmt: skip
        await self.done("POST", "crm/addresses", address)
        return made

    async def invoice(self, price: str = "100", **more: Any) -> dict[str, Any]:
        """A posted document of one line."""
        body = {
            "company_id": self.customer["id"],
            "lines": [{"description": "Tea", "unit_price": price}],
            "post": True,
            **more,
        }
        made: dict[str, Any] = await self.done("POST", "invoicing/invoices", body)
        return made

    async def now(self, invoice: dict[str, Any]) -> dict[str, Any]:
        """A document as it is now."""
        path = f"invoicing/invoices/{invoice['id']}"
        seen: dict[str, Any] = await self.done("GET", path)
        return seen

    async def pay(self, amount: str, **body: Any) -> Any:
        """Enter a payment."""
        return await self.done("POST", "invoicing/payments", {"amount": amount, **body})

    async def tax(self, use: str) -> str:
        """A tax of twenty percent."""
        body = {"name": f"VAT on {use}", "rate": "20", "use": use}
        return str((await self.done("POST", "accounting/taxes", body))["id"])

    def booked(self, invoice: dict[str, Any]) -> list[tuple[str, Decimal, Decimal]]:
        """The lines of a document's entry: purpose of the account, debit, credit."""
        return [
            (str(purpose), debit.normalize(), credit.normalize())
            for purpose, debit, credit in self.club.sql(
                "SELECT purpose, debit, credit FROM accounting.lines"
                " JOIN accounting.accounts ON accounts.id = account_id"
                " WHERE entry_id = %s::uuid ORDER BY position",
                invoice["entry_id"],
            )
        ]


@pytest_twisted.async_yield_fixture(scope="module")
async def office(module_home: Path) -> AsyncIterator[Office]:
    """One office for all tests that leave its ledger open."""
    office = await Office.opened(Daemon(write_config(module_home, modules=PRINTING)))
    yield office
    office.club.database.close()
    daemon = office.club.daemon
    assert await daemon.stop() == 0, daemon.log_file.read_text()


def seen(invoice: dict[str, Any]) -> tuple[str, str]:
    """How far a document is, and what of it is open."""
    return invoice["state"], invoice["residual"]


@pytest_twisted.ensureDeferred
async def test_an_invoice_is_written_posted_and_paid_in_parts(office: Office) -> None:
    tea = {"description": "Tea", "quantity": "3", "unit_price": "19.99"}
    cups = {"description": "Cups", "unit_price": "49.03"}
    lines = [{**tea, "discount": "15"}, cups]
    body = {"company_id": office.customer["id"], "lines": lines}
    draft = await office.done("POST", "invoicing/invoices", body)
    assert (draft["state"], draft["total"]) == ("draft", "100.0000")
    posted = await office.done("POST", f"invoicing/invoices/{draft['id']}/post")
    assert seen(posted) == ("posted", "100.0000")
    assert posted["number"].startswith(f"INV/{posted['date'][:4]}/")
    assert office.booked(posted) == [
        ("receivable", Decimal(100).normalize(), Decimal(0)),
        ("sales", Decimal(0), Decimal(100).normalize()),
    ]

    payment = await office.pay("40", invoice_id=draft["id"])
    assert payment["allocations"][0]["amount"] == "40.0000"
    assert seen(await office.now(draft)) == ("partly_paid", "60.0000")
    more = await office.pay("70", invoice_id=draft["id"])
    assert more["unallocated"] == "10.0000"
    path = "invoicing/allocations?order=amount&select=amount,payment(number)&"
    of_invoice = await office.done("GET", f"{path}invoice_id=eq.{draft['id']}")
    assert [each["amount"] for each in of_invoice["items"]] == ["40.0000", "60.0000"]
    of_payment = await office.done("GET", f"{path}payment_id=eq.{more['id']}")
    assert of_payment["items"] == of_invoice["items"][1:]
    assert seen(await office.now(draft)) == ("paid", "0.0000")


@pytest_twisted.ensureDeferred
async def test_a_credit_note_takes_an_invoice_back(office: Office) -> None:
    vat = await office.tax("sales")
    tea = {"description": "Tea", "quantity": "3", "unit_price": "9.99"}
    invoice = await office.invoice(lines=[{**tea, "tax_ids": [vat]}])
    assert invoice["total"] == "35.9600"

    path = f"invoicing/invoices/{invoice['id']}/credit"
    part = [{"line_id": invoice["lines"][0]["id"], "quantity": "1"}]
    note = await office.done("POST", path, {"lines": part, "post": True})
    assert (note["kind"], note["total"], seen(note)) == (
        "credit_note", "11.9900", ("paid", "0.0000"),
    )  # fmt: skip
    assert seen(await office.now(invoice)) == ("partly_paid", "23.9700")
    await office.done("POST", path, {"post": True})
    assert seen(await office.now(invoice)) == ("cancelled", "0.0000")
    assert (await office.ask("POST", path, {})).status == 409


@pytest_twisted.ensureDeferred
async def test_a_bill_with_tax_is_owed_to_the_supplier(office: Office) -> None:
    vat = await office.tax("purchases")
    lines = [
        {"description": "Paper", "quantity": "2", "unit_price": "5", "tax_ids": [vat]},
        {"description": "Ink", "unit_price": "20", "tax_ids": [vat]},
    ]
    bill = await office.invoice(kind="bill", reference="R-4711", lines=lines)
    assert bill["number"].startswith("BILL/")
    booked = [
        (purpose, credit - debit) for purpose, debit, credit in office.booked(bill)
    ]
    assert booked == [("payable", 36), ("purchases", -30), ("tax_paid", -6)]
    again = {"company_id": office.customer["id"], "kind": "bill", "reference": "R-4711"}
    refused = await office.ask("POST", "invoicing/invoices", again)
    assert (refused.status, refused.json["code"]) == (409, "duplicate_reference")
    await office.pay("36", invoice_id=bill["id"])
    assert seen(await office.now(bill)) == ("paid", "0.0000")


@pytest_twisted.ensureDeferred
async def test_what_is_settled_in_the_ledger_is_known_here(office: Office) -> None:
    """Accounting tells of a payment that this module did not enter."""
    invoice = await office.invoice("80")
    (line,) = office.club.sql(
        "SELECT id::text FROM accounting.lines WHERE entry_id = %s::uuid"
        " AND residual IS NOT NULL",
        invoice["entry_id"],
    )
    payment = {
        "direction": "incoming", "amount": "30", "party_id": office.customer["id"],
        "line_ids": [line[0]],
    }  # fmt: skip
    await office.done("POST", "accounting/payments", payment)
    await office.club.until(
        "SELECT state = 'partly_paid' AND residual = 50 FROM invoicing.invoices"
        " WHERE id = %s::uuid", invoice["id"],
    )  # fmt: skip


@pytest_twisted.ensureDeferred
async def test_numbers_have_no_gaps_however_many_post_at_once(office: Office) -> None:
    sequence = "SELECT number FROM invoicing.invoices WHERE kind = 'bill_credit'"
    posting = (office.invoice(kind="bill_credit") for _ in range(8))
    await gatherResults([Deferred.fromCoroutine(one) for one in posting])
    numbers = sorted(number for (number,) in office.club.sql(sequence))
    year = numbers[0][4:8]
    assert numbers == [f"BCN/{year}/{count:05}" for count in range(1, 9)]


@pytest_twisted.ensureDeferred
async def test_the_pdf_says_what_the_invoice_says_and_is_kept(office: Office) -> None:
    terms = await office.club.listed("invoicing/terms?name=ilike.Half*")
    lines = [
        {"description": f"Tea no. {count}", "quantity": "1200.5", "unit_price": "1.5"}
        for count in range(60)
    ]
    body = {"company_id": office.customer["id"], "lines": lines}
    draft = await office.done("POST", "invoicing/invoices", body)
    path = f"invoicing/invoices/{draft['id']}"
    assert "DRAFT" in (await printed(office, path))[0]
    await office.done("PATCH", path, {"term_id": terms[0]["id"], "post": True})
    posted = await office.now(draft)
    await office.club.until(
        "SELECT EXISTS (SELECT FROM invoicing.prints WHERE invoice_id = %s::uuid)",
        draft["id"],
    )
    pages = await printed(office, path)
    words = "".join(pages)

    for said in (
        "Invoice", posted["number"], "Northwind Traders", "12 Harbour Street",
        "Tea no. 59", "1,800.75", "108,045.00", "54,022.50",
    ):  # fmt: skip
        assert said in words, (said, words)
    assert "DRAFT" not in words
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert ("Description" in page) == ("Tea no." in page), page
    kept = office.club.sql("SELECT name FROM eerp.files WHERE module = 'invoicing'")
    assert (posted["number"].replace("/", "-") + ".pdf",) in kept


async def printed(office: Office, path: str) -> list[str]:
    """The text of the pages of a document's PDF."""
    answer = await office.ask("GET", f"{path}/pdf")
    assert answer.status == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return pages_of(answer.text.encode(errors="surrogateescape"))


@pytest_twisted.ensureDeferred
async def test_a_merged_customer_takes_invoices_along(office: Office) -> None:
    twin, stays = await office.company("Acme Ltd"), await office.company("Acme Inc")
    invoice = await office.invoice(company_id=twin["id"])
    merge = {"merged_id": twin["id"]}
    await office.done("POST", f"crm/companies/{stays['id']}/merge", merge)
    await office.club.until(
        "SELECT company_id = %s::uuid FROM invoicing.invoices WHERE id = %s::uuid",
        stays["id"], invoice["id"],
    )  # fmt: skip
    await office.pay("100", invoice_id=invoice["id"])
    after = await office.now(invoice)
    assert (seen(after), after["party_name"]) == (("paid", "0.0000"), "Acme Ltd")


@pytest_twisted.ensureDeferred
async def test_reports_add_up_to_the_documents(office: Office) -> None:
    buyer = await office.company("Report Ltd")
    mine = {"company_id": buyer["id"], "date": "2025-03-10"}
    invoice = await office.invoice("90", **mine)
    await office.invoice("10", **mine, due_on="2025-05-31")
    note = {"post": True, "date": "2025-03-20", "lines": [{
        "line_id": invoice["lines"][0]["id"], "quantity": "0.5",
    }]}  # fmt: skip
    await office.done("POST", f"invoicing/invoices/{invoice['id']}/credit", note)
    asked = f"company_id={buyer['id']}"

    report = await office.done("GET", f"invoicing/reports/open?{asked}&date=2025-04-01")
    (total,) = report["totals"]
    assert (total["documents"], total["open"]["days_30"], total["open"]["not_due"]) == (
        2, "45.0000", "10.0000",
    )  # fmt: skip
    march = "from=2025-03-01&to=2025-03-31"
    register = await office.done("GET", f"invoicing/reports/register?{march}")
    nets = [line["net"] for line in register["items"]]
    assert nets == ["90.0000", "10.0000", "-45.0000"]
    assert register["books"][0]["net"] == "55.0000"
    for by in ("customer", "month", "item"):
        revenue = await office.done("GET", f"invoicing/reports/revenue?{march}&by={by}")
        assert [line["net"] for line in revenue["items"]] == ["55.0000"], by
    statement = await office.done(
        "GET",
        f"invoicing/reports/statement/{buyer['id']}?from=2025-04-01&to=2025-04-30",
    )
    assert len(statement["items"]) == 2
    assert statement["totals"][0]["open"]["total"] == "55.0000"
