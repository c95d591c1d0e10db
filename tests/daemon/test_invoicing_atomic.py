"""Posting an invoice happens in two modules, or in none of them."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted

from tests.daemon.process import REPOSITORY, Daemon, write_config
from tests.daemon.test_invoicing import Office
from tests.daemon.wasm import dying

MODULES = REPOSITORY / "modules"
TRACES = """
SELECT (SELECT count(*) FROM accounting.entries),
       (SELECT count(*) FROM accounting.lines),
       (SELECT count(*) FROM accounting.periods),
       (SELECT json_agg(row_to_json(s) ORDER BY s::text)::text FROM eerp.sequences s),
       (SELECT json_agg(row_to_json(i) ORDER BY i.id)::text FROM invoicing.invoices i),
       (SELECT count(*) FROM invoicing.lines),
       (SELECT count(*) FROM eerp.audit),
       (SELECT count(*) FROM eerp.deliveries)
"""


@pytest_twisted.async_yield_fixture(scope="module")
async def office(module_home: Path) -> AsyncIterator[Office]:
    """An office whose ledger may be locked."""
    office = await Office.opened(Daemon(write_config(module_home)))
    yield office
    office.club.database.close()
    daemon = office.club.daemon
    assert await daemon.stop() == 0, daemon.log_file.read_text()


async def draft_of(office: Office, **more: Any) -> dict[str, Any]:
    """A draft of one line."""
    return await office.invoice("100", post=False, **more)


async def refused(office: Office, draft: dict[str, Any]) -> tuple[int, str]:
    """Post a draft, and make and post another, in vain; nothing of it is left."""
    await office.club.daemon.until_delivered()
    before = office.club.sql(TRACES)
    answer = await office.ask("POST", f"invoicing/invoices/{draft['id']}/post")
    body = {
        "company_id": draft["company_id"], "date": draft["date"], "post": True,
        "lines": [{"description": "Tea", "unit_price": "5"}],
    }  # fmt: skip
    made = await office.ask("POST", "invoicing/invoices", body)
    assert (made.status, made.json["code"]) == (answer.status, answer.json["code"])
    assert office.club.sql(TRACES) == before
    return answer.status, answer.json["code"]


async def number_of(office: Office, draft: dict[str, Any]) -> str:
    """Post a draft; its number without the year."""
    posted = await office.done("POST", f"invoicing/invoices/{draft['id']}/post")
    return str(posted["number"]).rpartition("/")[2]


@pytest_twisted.ensureDeferred
async def test_a_locked_month_refuses_and_nothing_is_left(office: Office) -> None:
    first = await draft_of(office, date="2026-02-03")
    assert await number_of(office, first) == "00001"
    draft = await draft_of(office, date="2026-02-28")
    (month,) = await office.club.listed("accounting/periods?starts_on=eq.2026-02-01")
    await office.done("POST", f"accounting/periods/{month['id']}/lock")

    assert await refused(office, draft) == (409, "period_locked")

    await office.done("POST", f"accounting/periods/{month['id']}/unlock")
    assert await number_of(office, draft) == "00002"


@pytest_twisted.ensureDeferred
async def test_a_missing_account_refuses_and_nothing_is_left(office: Office) -> None:
    draft = await draft_of(office, date="2024-05-05")
    accounts = await office.club.listed("accounting/accounts?purpose=eq.sales")
    for account in accounts:
        path = f"accounting/accounts/{account['id']}"
        await office.done("PATCH", path, {"active": False})

    assert await refused(office, draft) == (409, "account_missing")

    for account in accounts:
        path = f"accounting/accounts/{account['id']}"
        await office.done("PATCH", path, {"active": True})
    assert await number_of(office, draft) == "00001"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest_twisted.ensureDeferred
async def test_a_trap_in_the_ledger_leaves_nothing_in_either_module(
    make_daemon: Callable[..., Daemon], tmp_path: Path, when: str
) -> None:
    """Accounting dies in its own sandbox, before or after it has posted the entry."""
    dead, number = dying(MODULES / "accounting", when)
    root = modules_with(tmp_path / "modules", dead)
    daemon = make_daemon(module_root=[str(root)])
    office = await Office.opened(daemon)
    draft = await draft_of(office)

    assert await refused(office, draft) == (502, "module_trapped")
    trap = [e for e in daemon.events() if e.get("code") == "module_trapped"][-1]
    # It was the function that accounting alone has, called by nothing but the core.
    assert re.findall(r"wasm function (\d+)", trap["detail"]) == [str(number)]

    await daemon.stop()
    modules_with(root, (MODULES / "accounting" / "module.wasm").read_bytes())
    await daemon.start()
    await daemon.sign_in()
    assert await number_of(office, draft) == "00001"
    office.club.database.close()
    assert await daemon.stop() == 0


def modules_with(root: Path, accounting: bytes) -> Path:
    """A folder with the modules that invoices need, and this one for the ledger."""
    for name in ("core", "crm", "accounting", "invoicing"):
        (root / name).mkdir(parents=True, exist_ok=True)
        for part in ("module.json", "module.wasm"):
            shutil.copy(MODULES / name / part, root / name / part)
    (root / "accounting" / "module.wasm").write_bytes(accounting)
    return root
