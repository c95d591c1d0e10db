"""Payroll over HTTP: from hiring to the bank, in a daemon with the real modules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest_twisted
from attrs import define, field
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater

from tests.daemon.bookkeeper import Ledger
from tests.daemon.process import Answer, Daemon, write_config
from tests.daemon.test_crm_rules import signed_in
from tests.pdf import text_of

ANY_VERSION = {"If-Match": "*"}
PRINTED_S_MAX = 60
WAGES = {"Ann Lee": "3000", "Bob Ray": "2200", "Cem Öz": "5100.50"}


@define(eq=False)
class Office:
    """A payroll office in a daemon, each test with people and a month of its own."""

    daemon: Daemon
    ledger: Ledger
    people: dict[str, str] = field(factory=dict)

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """One request; changes are of any version."""
        headers = ANY_VERSION if method == "PATCH" else {}
        return await self.daemon.ask(method, f"/api/{path}", body, headers=headers)

    async def do(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """What must succeed."""
        answer = await self.ask(method, path, body)
        assert answer.status in (200, 201, 204), answer.text
        return answer.json if answer.text else None

    async def get(self, path: str) -> Any:
        """What is there."""
        return await self.do(path, method="GET")

    async def refused(self, path: str, body: Any, code: str) -> Any:
        """What must be refused with 409."""
        answer = await self.ask("POST", path, body)
        assert answer.status == 409, answer.text
        assert answer.json["code"] == code, answer.text
        return answer.json

    async def hire(self, name: str, wage: str, since: str) -> str:
        """Somebody who works here from that day on."""
        person = await self.do("hr/employees", {"name": name, "hired_on": since})
        body = {"employee_id": person["id"], "wage": wage, "from": since}
        await self.do("hr/contracts", body)
        self.people[name] = person["id"]
        return str(person["id"])

    async def unpaid_leave(self, name: str, first: str, last: str) -> None:
        """Leave without pay that is granted."""
        kinds = await self.get("hr/leave-types?paid=is.false")
        body = {"employee_id": self.people[name], "from": first, "to": last}
        body["leave_type_id"] = kinds["items"][0]["id"]
        leave = await self.do("hr/leave-requests", body)
        for step in ("submit", "approve"):
            await self.do(f"hr/leave-requests/{leave['id']}/{step}")

    async def run(self, first: str, last: str, **body: Any) -> Any:
        """A run of all who were hired here, not computed."""
        everybody = list(self.people.values())
        given = {"from": first, "to": last, "employee_ids": everybody, **body}
        return await self.do("payroll/runs", given)

    async def act(self, run: Any, action: str, body: Any = None) -> Any:
        """A step of a run that must succeed."""
        return await self.do(f"payroll/runs/{run['id']}/{action}", body)

    async def slips(self, run: Any) -> dict[str, Any]:
        """The payslips of a run, by names."""
        path = f"payroll/payslips?run_id=eq.{run['id']}&select=*,lines(*)"
        return {one["name"]: one for one in (await self.get(path))["items"]}

    async def entry(self, entry_id: str) -> Any:
        """An entry of the books, with its lines."""
        return await self.get(f"accounting/entries/{entry_id}")


@pytest_twisted.async_yield_fixture(scope="module")
async def printing(module_home: Path) -> AsyncIterator[Daemon]:
    """A daemon whose payroll may print."""
    allowed = {"capabilities": ["orm", "events", "render"]}
    # As many connections as usual: what prints takes up to four of them.
    database = {"embedded": True, "pool_size": 8}
    config = write_config(module_home, modules={"payroll": allowed}, database=database)
    running = Daemon(config)
    await running.start()
    await running.sign_in()
    yield running
    assert await running.stop() == 0, running.log_file.read_text()


@pytest_twisted.async_yield_fixture
async def office(printing: Daemon) -> AsyncIterator[Office]:
    """An office that has hired three people in 2020."""
    opened = Office(printing, await Ledger(printing).opened())
    for name, wage in WAGES.items():
        await opened.hire(name, wage, "2020-01-01")
    yield opened


def total(lines: Any, side: str) -> Decimal:
    """What a side of lines adds up to."""
    return sum((Decimal(line[side]) for line in lines), Decimal(0))


@pytest_twisted.ensureDeferred
async def test_from_hiring_to_the_bank(office: Office) -> None:
    """Three people, leave, a bonus: run, entry, PDF, remittance and payment agree."""
    await office.unpaid_leave("Bob Ray", "2020-04-06", "2020-04-07")
    bonus = {"employee_id": office.people["Ann Lee"], "code": "bonus"}
    bonus |= {"amount": "250.00", "date": "2020-04-15"}
    await office.do("payroll/inputs", bonus)
    payee = {"employee_id": office.people["Ann Lee"], "holder": "Ann Lee"}
    await office.do("payroll/payees", {**payee, "iban": "AT61 1904 3002 3457 3201"})

    run = await office.run("2020-04-01", "2020-04-30")
    run = await office.act(run, "compute")
    assert (run["state"], run["employees"], run["exceptions"]) == ("computed", 3, [])
    slips = await office.slips(run)
    assert Decimal(slips["Ann Lee"]["gross"]) == Decimal(3250)
    # Of 22 days, two were missed.
    assert Decimal(slips["Bob Ray"]["gross"]) == Decimal(2000)
    assert sum(Decimal(one["net"]) for one in slips.values()) == Decimal(run["net"])

    run = await office.act(run, "post", {})
    entry = await office.entry(run["entry_id"])
    assert total(entry["lines"], "debit") == total(entry["lines"], "credit")
    assert total(entry["lines"], "debit") == Decimal(run["gross"]) + Decimal(
        run["employer"]
    )
    payable = office.ledger.accounts["231000"]
    owed = [line for line in entry["lines"] if line["account_id"] == payable]
    assert {line["party_id"] for line in owed} == set(office.people.values())
    assert total(owed, "credit") == Decimal(run["net"])

    remittance = await office.get(f"payroll/runs/{run['id']}/remittance")
    assert Decimal(remittance["total"]) == Decimal(run["net"])
    amounts = sum(Decimal(one["amount"]) for one in remittance["items"])
    assert amounts == Decimal(run["net"])
    assert remittance["without_account"] == 2
    register = await office.get(f"payroll/runs/{run['id']}/register")
    by_code = {row["code"]: row for row in register["items"]}
    assert by_code["bonus_pay"]["employees"] == 1
    assert Decimal(by_code["basic"]["amount"]) + 250 == Decimal(run["gross"])

    late = {"employee_id": office.people["Ann Lee"], "from": "2020-04-20"}
    kinds = await office.get("hr/leave-types?paid=is.false")
    late["leave_type_id"] = kinds["items"][0]["id"]
    leave = await office.do("hr/leave-requests", late)
    path = f"hr/leave-requests/{leave['id']}/submit"
    await office.refused(path, None, "days_paid")

    paid = await office.act(run, "pay", {"date": "2020-05-01"})
    assert paid["state"] == "paid"
    payment = await office.entry(paid["payment_entry_id"])
    assert total(payment["lines"], "debit") == Decimal(run["net"])
    costs = await office.get(
        "payroll/reports/departments?from=2020-04-30&to=2020-04-30"
    )
    assert sum(Decimal(row["gross"]) for row in costs["items"]) >= Decimal(run["gross"])


@pytest_twisted.ensureDeferred
async def test_a_payslip_is_printed_once(office: Office) -> None:
    """The PDF has the net pay in it; that of a posted payslip is kept."""
    run = await office.run("2020-06-01", "2020-06-30")
    await office.act(run, "compute")
    slip = (await office.slips(run))["Cem Öz"]
    path = f"payroll/payslips/{slip['id']}"
    net = f"{Decimal(slip['net']):,.2f}"
    draft = text_of(await pdf(office, path))
    assert "DRAFT" in draft
    assert net in draft
    await office.act(run, "post", {})
    for _ in range(PRINTED_S_MAX * 10):
        slip = await office.get(path)
        if slip["file_id"] is not None:
            break
        await deferLater(reactor, 0.1)
    assert slip["file_id"] is not None
    kept = await pdf(office, path)
    assert net in text_of(kept)
    assert slip["number"] in text_of(kept)
    assert kept == await pdf(office, path)


async def pdf(office: Office, path: str) -> bytes:
    """The PDF of a payslip."""
    answer = await office.ask("GET", f"{path}/pdf")
    assert answer.status == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    content = answer.text.encode(errors="surrogateescape")
    assert content.startswith(b"%PDF-")
    return content


@pytest_twisted.ensureDeferred
async def test_a_locked_period_refuses_and_leaves_no_trace(office: Office) -> None:
    """Neither payslips nor days nor numbers know of a posting that failed."""
    run = await office.act(await office.run("2020-08-01", "2020-08-31"), "compute")
    slips = await office.slips(run)
    date = "2020-08-31"
    await office.ledger.post(
        date, office.ledger.line("110000", "1"), office.ledger.line("310000", "-1")
    )
    period = (await office.ledger.get("periods?name=eq.2020-08"))["items"][0]
    await office.ledger.do(f"periods/{period['id']}/lock")
    post = f"payroll/runs/{run['id']}/post"
    await office.refused(post, {}, "period_locked")
    after = await office.get(f"payroll/runs/{run['id']}")
    assert (after["version"], after["number"]) == (run["version"], None)
    assert await office.slips(run) == slips
    await office.unpaid_leave("Bob Ray", "2020-08-03", "2020-08-03")
    await office.ledger.do(f"periods/{period['id']}/unlock")
    await office.refused(post, {}, "stale")
    await office.act(run, "compute")
    posted = await office.act(run, "post", {})
    assert posted["number"].startswith("PAY/2020/")


@pytest_twisted.ensureDeferred
async def test_what_is_posted_is_corrected_by_reversal(office: Office) -> None:
    """The books are as before, and the month can be paid again."""
    run = await office.act(await office.run("2020-10-01", "2020-10-31"), "compute")
    run = await office.act(run, "post", {})
    before = await office.entry(run["entry_id"])
    again = await office.act(await office.run("2020-10-01", "2020-10-31"), "compute")
    codes = {exception["code"] for exception in again["exceptions"]}
    assert codes == {"already_paid"}
    back = await office.act(
        run, "reverse", {"reason": "Wrong month", "date": "2020-10-31"}
    )
    reversal = await office.entry(back["reversal_entry_id"])
    for one, other in zip(before["lines"], reversal["lines"], strict=True):
        assert (one["debit"], one["account_id"]) == (
            other["credit"],
            other["account_id"],
        )
    states = {slip["state"] for slip in (await office.slips(run)).values()}
    assert states == {"reversed"}
    again = await office.act(again, "compute")
    assert (again["employees"], again["exceptions"]) == (3, [])
    assert (await office.act(again, "post", {}))["net"] == run["net"]


@pytest_twisted.ensureDeferred
async def test_nobody_is_paid_twice_whoever_computes_at_once(office: Office) -> None:
    """Runs of the same month that are computed at the same moment."""
    runs = [await office.run("2020-12-01", "2020-12-31") for _ in range(4)]
    asked = [
        Deferred.fromCoroutine(office.ask("POST", f"payroll/runs/{run['id']}/compute"))
        for run in runs
    ]
    answers = await gatherResults(asked)
    assert {answer.status for answer in answers} == {200}, [a.text for a in answers]
    assert sorted(answer.json["employees"] for answer in answers) == [0, 0, 0, 3]
    posts = [
        Deferred.fromCoroutine(office.ask("POST", f"payroll/runs/{run['id']}/post", {}))
        for run in [next(a.json for a in answers if a.json["employees"])] * 3
    ]
    statuses = sorted(answer.status for answer in await gatherResults(posts))
    assert statuses == [200, 409, 409]


@pytest_twisted.ensureDeferred
async def test_employees_see_their_own_payslips_and_no_draft(office: Office) -> None:
    """Nor lines that are for the payroll office alone."""
    sees = ("payroll.payslips.read", "payroll.lines.read")
    ann = await signed_in(office.daemon, "ann", "employee", *sees)
    path = f"hr/employees/{office.people['Ann Lee']}"
    await office.do(path, {"user_id": ann["id"]}, "PATCH")
    run = await office.act(await office.run("2020-02-01", "2020-02-29"), "compute")
    slips = await office.slips(run)
    token = {"Authorization": f"Bearer {ann['token']}"}

    async def seen(path: str) -> Answer:
        return await office.daemon.ask("GET", f"/api/payroll/{path}", headers=token)

    assert (await seen("payslips")).json["items"] == []
    await office.act(run, "post", {})
    [own] = (await seen("payslips?select=*,lines(*)")).json["items"]
    assert own["id"] == slips["Ann Lee"]["id"]
    assert "taxable" not in {line["code"] for line in own["lines"]}
    assert len((await seen("lines")).json["items"]) == len(own["lines"])
    other = slips["Bob Ray"]["id"]
    for path in (f"payslips/{other}", f"payslips/{other}/pdf"):
        assert (await seen(path)).status == 404
    for path in ("runs", "inputs", "payees", f"runs/{run['id']}/remittance"):
        assert (await seen(path)).status == 403
