"""``python -m demo.northwind`` against a real daemon."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest_twisted
from twisted.internet.threads import deferToThread

from tests.daemon.process import REPOSITORY, Daemon

DEMO_S_MAX = 60
COUNTS = {"companies": 120, "contacts": 120, "addresses": 120}
SUMMARY = "91 customers, 29 suppliers, 120 companies, 120 contacts, 120 addresses: "


async def run_demo(
    daemon: Daemon, password_file: Path
) -> subprocess.CompletedProcess[str]:
    """The demo in a process of its own, beside the reactor's thread."""
    command = [sys.executable, "-m", "demo.northwind", "--url", daemon.url]
    command += ["--password-file", str(password_file)]
    ended: subprocess.CompletedProcess[str] = await deferToThread(
        subprocess.run,
        command,
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEMO_S_MAX,
        check=False,
    )
    return ended


async def load(daemon: Daemon) -> str:
    """What a run that must succeed says."""
    ended = await run_demo(daemon, daemon.state_dir / "initial-admin-password")
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


async def find(daemon: Daemon, resource: str, **filters: str) -> list[Any]:
    """The records of the CRM that pass `filters`; there must be one page of them."""
    query = urlencode({"limit": 1000, **filters})
    answer = await daemon.ask("GET", f"/api/crm/{resource}?{query}")
    assert answer.status == 200, answer.text
    assert answer.json["next_cursor"] is None
    items: list[Any] = answer.json["items"]
    return items


async def find_one(daemon: Daemon, resource: str, **filters: str) -> Any:
    """The only record that passes `filters`."""
    items = await find(daemon, resource, **filters)
    assert len(items) == 1, items
    return items[0]


async def versions(daemon: Daemon) -> dict[str, dict[str, int]]:
    """Every record's version, by its id."""
    return {
        resource: {item["id"]: item["version"] for item in await find(daemon, resource)}
        for resource in COUNTS
    }


@pytest_twisted.ensureDeferred
async def test_it_loads_every_trader_whole(daemon: Daemon) -> None:
    said = await load(daemon)

    assert said.startswith(SUMMARY)
    assert len(await find(daemon, "companies", is_customer="is.true")) == 91
    assert len(await find(daemon, "companies", is_supplier="is.true")) == 29
    found = {resource: len(await find(daemon, resource)) for resource in COUNTS}
    assert found == COUNTS
    for resource in ("contacts", "addresses"):
        owners = {item["company_id"] for item in await find(daemon, resource)}
        assert len(owners) == 120, f"{resource} of some companies are missing"
    # Northwind has a telephone number for everybody.
    for resource in ("companies", "contacts"):
        assert await find(daemon, resource, phone="is.null") == []


@pytest_twisted.ensureDeferred
async def test_a_known_company_has_its_contact_phone_and_address(
    daemon: Daemon,
) -> None:
    await load(daemon)

    company = await find_one(daemon, "companies", name="eq.Alfreds Futterkiste")
    theirs = {"company_id": f"eq.{company['id']}"}
    contact = await find_one(daemon, "contacts", **theirs)
    address = await find_one(daemon, "addresses", **theirs)
    country = await daemon.ask("GET", f"/api/core/countries/{address['country_id']}")

    assert (company["phone"], company["fax"]) == ("030-0074321", "030-0076545")
    assert (company["is_customer"], company["is_supplier"]) == (True, False)
    assert (contact["first_name"], contact["last_name"]) == ("Maria", "Anders")
    assert contact["job_title"] == "Sales Representative"
    assert contact["phone"] == "030-0074321"
    assert (address["street"], address["city"]) == ("Obere Str. 57", "Berlin")
    assert (address["kind"], address["postal_code"]) == ("billing", "12209")
    assert country.json["code"] == "DE"


@pytest_twisted.ensureDeferred
async def test_a_second_run_creates_and_changes_nothing(daemon: Daemon) -> None:
    await load(daemon)
    before = await versions(daemon)

    said = await load(daemon)

    assert said == f"{SUMMARY}created 0, unchanged 360\n"
    assert await versions(daemon) == before


@pytest_twisted.ensureDeferred
async def test_a_wrong_password_is_one_line_and_status_1(
    daemon: Daemon, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("not the password\n")

    ended = await run_demo(daemon, file)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines() == [
        f"demo: EERP at {daemon.url} refuses the password in {file} "
        "for the user 'admin'."
    ]
