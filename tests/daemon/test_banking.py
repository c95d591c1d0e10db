"""Money over HTTP: payments, statements of banks, and what is owed.

With the real modules, the real rates and PostgreSQL: what is settled, what is open and
what the ledger says are three ways to one amount.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest_twisted
from twisted.internet.defer import Deferred, gatherResults

from tests.daemon.bookkeeper import Ledger, set_rate
from tests.daemon.process import Daemon

ANN = "00000000-0000-7000-8000-0000000000a1"
BOB = "00000000-0000-7000-8000-0000000000b2"

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>
<Id>2026-031</Id><Acct><Id><IBAN>AT611904300234573201</IBAN></Id><Ccy>USD</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">0.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-01</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">{closing}</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-31</Dt></Dt></Bal>
<Ntry><Amt Ccy="USD">1200.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-03-10</Dt></BookgDt><AcctSvcrRef>A1</AcctSvcrRef><NtryDtls><TxDtls>
<RmtInf><Ustrd>Invoice {number}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="USD">7.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-03-31</Dt></BookgDt><AcctSvcrRef>A2</AcctSvcrRef>
<AddtlNtryInf>Charges</AddtlNtryInf></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


async def opened(daemon: Daemon) -> Ledger:
    """The books of the daemon that all these tests share."""
    return await Ledger(daemon).opened()


async def owed(
    ledger: Ledger, date: str, amount: str, party: str = ANN, **more: Any
) -> Any:
    """What a customer owes from this day on."""
    claim = ledger.line("121000", amount, party_id=party, party=party[-2:], **more)
    return await ledger.post(date, claim, ledger.line("410000", f"-{amount}"))


def first(entry: Any) -> str:
    """The line that a customer owes."""
    return str(entry["lines"][0]["id"])


async def paid(ledger: Ledger, date: str, amount: str, *lines: str, **more: Any) -> Any:
    """What comes in, and what it pays."""
    body = {"direction": "incoming", "date": date, "amount": amount, **more}
    return await ledger.do("payments", {**body, "line_ids": list(lines)})


async def agree(ledger: Ledger, date: str) -> None:
    """What is owed by age is what the accounts say, on that day."""
    books = await ledger.balances(f"?date={date}")
    for side, code, sign in (("receivable", "121000", 1), ("payable", "211000", -1)):
        report = await ledger.get(f"reports/aged-{side}?date={date}")
        total = Decimal(report["totals"]["total"])
        assert total == sign * books.get(code, Decimal(0)), (side, date, report)
        rows = [Decimal(row["total"]) for row in report["items"]]
        assert sum(rows) == total


@pytest_twisted.ensureDeferred
async def test_an_invoice_in_euros_leaves_no_cent(daemon: Daemon) -> None:
    """Paid in two parts at another rate: the gain is posted, and nothing is open."""
    ledger = await opened(daemon)
    await set_rate(daemon, "EUR", "1.2")
    before = (await ledger.balances()).get("492000", Decimal(0))
    euros = {"currency": "EUR", "amount_currency": "100"}
    invoice = await owed(ledger, "2026-01-05", "110", **euros)
    part = await paid(ledger, "2026-01-20", "33.33", first(invoice), currency="EUR")
    assert part["lines"][0]["residual_currency"] == "66.6700"
    rest = await paid(ledger, "2026-01-25", "66.67", first(invoice), currency="EUR")
    assert Decimal(rest["lines"][0]["residual"]) == 0 == Decimal(rest["unallocated"])
    after = (await ledger.balances())["492000"]
    assert after - before == Decimal("-10.00")
    for date in ("2026-01-04", "2026-01-10", "2026-01-20", "2026-01-31", "2027-01-01"):
        await agree(ledger, date)


@pytest_twisted.ensureDeferred
async def test_payments_at_the_same_moment_pay_once(daemon: Daemon) -> None:
    """Whoever comes later finds what the others have left, or nothing."""
    ledger = await opened(daemon)
    invoice = await owed(ledger, "2026-02-01", "100", BOB)
    body = {"direction": "incoming", "date": "2026-02-10", "amount": "40"}
    body |= {"line_ids": [first(invoice)]}
    asked = [ledger.attempt("payments", body) for _ in range(5)]
    answers = await gatherResults([Deferred.fromCoroutine(one) for one in asked])
    assert {answer.status for answer in answers} == {201, 422}
    left = [a.json["unallocated"] for a in answers if a.status == 201]
    assert sorted(map(Decimal, left)) == [0, 0, 20]
    line = await ledger.get(f"lines/{first(invoice)}")
    assert Decimal(line["residual"]) == 0
    await agree(ledger, "2026-02-28")


@pytest_twisted.ensureDeferred
async def test_a_statement_comes_in_once_and_is_matched(daemon: Daemon) -> None:
    """An invoice that is named is paid, charges are booked, and the bank agrees."""
    ledger = await opened(daemon)
    journal = await ledger.do(
        "journals", {"code": "MAIN", "name": "Main bank", "kind": "bank"}
    )
    account = {"code": "1109", "name": "Main bank", "type": "asset", "purpose": "bank"}
    account = await ledger.do("accounts", account)
    path = f"journals/{journal['id']}"
    await ledger.do(path, {"account_id": account["id"]}, "PATCH")
    invoice = await owed(ledger, "2026-03-01", "1200")
    content = CAMT.format(number=invoice["number"], closing="1192.50")
    file = {"journal_id": journal["id"], "content": content}

    wrong = {**file, "content": content.replace("1192.50", "1192.51")}
    refused = await ledger.attempt("statements/import", wrong)
    assert refused.json["errors"][0]["code"] == "balance", refused.text
    imported = await ledger.do("statements/import", file)
    assert (imported["imported"], imported["skipped"]) == (2, 0)
    again = await ledger.do("statements/import", file)
    assert (again["imported"], again["skipped"]) == (0, 2)

    statement = imported["statement_ids"][0]
    matched = await ledger.do(f"statements/{statement}/match")
    assert len(matched["booked"]) == 1
    assert Decimal((await ledger.get(f"lines/{first(invoice)}"))["residual"]) == 0
    query = f"statement-lines?statement_id=eq.{statement}&state=eq.open"
    [charges] = (await ledger.get(query))["items"]
    found = await ledger.get(f"statement-lines/{charges['id']}/candidates")
    assert found["items"] == []
    fees = {"account_id": ledger.accounts["680000"]}
    await ledger.do(f"statement-lines/{charges['id']}/book", fees)

    query = f"journal_id={journal['id']}&date=2026-03-31"
    report = await ledger.get(f"reports/bank-reconciliation?{query}")
    assert Decimal(report["ledger_balance"]) == Decimal("1192.50")
    assert Decimal(report["difference"]) == 0 == Decimal(report["not_on_statement"])
    await ledger.do(f"statement-lines/{charges['id']}/undo")
    report = await ledger.get(f"reports/bank-reconciliation?{query}")
    assert Decimal(report["not_booked"]) == Decimal("-7.50")
    await agree(ledger, "2026-03-31")


@pytest_twisted.ensureDeferred
async def test_what_was_settled_is_undone_and_cancelled(daemon: Daemon) -> None:
    """Every way back leads to what was open before."""
    ledger = await opened(daemon)
    invoice = await owed(ledger, "2026-04-01", "80")
    payment = await paid(ledger, "2026-04-10", "80", first(invoice))
    query = f"matches?debit_line_id=eq.{first(invoice)}"
    [match] = (await ledger.get(query))["items"]
    undone = await ledger.do(f"matches/{match['id']}/undo")
    assert {Decimal(line["residual"]) for line in undone["lines"]} == {80, -80}
    lines = [line["line_id"] for line in undone["lines"]]
    await ledger.do("lines/reconcile", {"line_ids": lines})
    cancelled = await ledger.do(f"payments/{payment['payment_id']}/cancel", {})
    assert cancelled["state"] == "cancelled"
    assert Decimal((await ledger.get(f"lines/{first(invoice)}"))["residual"]) == 80
    await ledger.reverse(invoice, date="2026-04-20")
    assert Decimal((await ledger.get(f"lines/{first(invoice)}"))["residual"]) == 0
    await agree(ledger, "2026-04-15")
    await agree(ledger, "2027-01-01")


@pytest_twisted.ensureDeferred
async def test_foreign_debts_are_revalued_for_a_day(daemon: Daemon) -> None:
    """At the end of the month they are worth the rate, and afterwards as before."""
    ledger = await opened(daemon)
    euros = {"currency": "EUR", "amount_currency": "1000"}
    await owed(ledger, "2026-05-05", "1100", BOB, **euros)
    done = await ledger.do("revaluations", {"date": "2026-05-31"})
    mine = [item for item in done["items"] if item["party_id"] == BOB]
    assert [Decimal(item["after"]) for item in mine] == [1200]
    row = await ledger.get(f"reports/aged-receivable?date=2026-05-31&party_id={BOB}")
    assert sum(Decimal(line["amount"]) for line in row["lines"]) == Decimal(
        row["totals"]["total"]
    )
    again = await ledger.do("revaluations", {"date": "2026-05-31"})
    assert again["entry_id"] is None
    await agree(ledger, "2026-05-31")
    await agree(ledger, "2026-06-01")
    ledger_of_bob = await ledger.get(f"reports/party-ledger?party_id={BOB}")
    assert ledger_of_bob["lines"][-1]["balance"] == ledger_of_bob["closing"]
    taxes = await ledger.get("reports/tax?from=2026-01-01&to=2026-12-31")
    assert Decimal(taxes["owed"]) == 0
