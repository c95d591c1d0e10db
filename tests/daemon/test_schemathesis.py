"""Every operation of every module and of the core does as its document says.

Each is called by the document, rightly and wrongly, against a real daemon with the real
modules. ``make fuzz-api`` does the same with many more examples.
"""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_twisted

from tests.daemon.caller import Caller
from tests.daemon.process import Daemon, write_config
from tests.daemon.recipes import RECIPES
from tests.daemon.seeds import Seeds

METHODS = {"get", "post", "put", "patch", "delete"}
MODULES = (
    "core", "crm", "accounting", "inventory", "invoicing", "hr", "payroll", "loyalty",
)  # fmt: skip
NEVER = {
    "eerp_deliveries_replay": "nothing is dead: EERP does not give up for hours",
    "eerp_webhooks_test": "nobody listens there",
    "invoicing_invoices_send": "the operator lets nothing be mailed",
    "payroll_runs_send": "the operator lets nothing be mailed",
}
"""What does not succeed here, and why not."""
CONFIG: dict[str, Any] = {
    "modules": {"loyalty": {"active": True}},
    "webhooks": {"allow_hosts": ["127.0.0.1:1"]},
    "limits": {"login_failures_max": 1000},
    # Longer than the longest run.
    "auth": {"access_token_ttl_s": 24 * 3600},
}


@pytest_twisted.async_yield_fixture(scope="module")
async def caller(
    module_home: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Caller]:
    """A daemon with all modules, and who calls it."""
    daemon = Daemon(write_config(module_home, **CONFIG))
    await daemon.start()
    await daemon.sign_in()
    assert daemon.token is not None
    document = (await daemon.ask("GET", "/api/openapi.json")).json
    password = (daemon.state_dir / "initial-admin-password").read_text().strip()
    login = {"username": "admin", "password": password}
    seeds = Seeds(daemon.url, daemon.token, document, login, RECIPES)
    calling = Caller(seeds, request.config.getoption("--api-examples"))
    yield calling
    seeds.close()
    sys.stdout.write(calling.table())
    assert await daemon.stop() == 0, daemon.log_file.read_text()


@pytest.mark.parametrize("module", MODULES)
def test_operations_of_a_module_are_as_documented(caller: Caller, module: str) -> None:
    caller.call_all(lambda tag: tag == module)
    words = _told(caller)
    assert not words, words


def test_operations_of_the_core_are_as_documented(caller: Caller) -> None:
    caller.call_all(lambda tag: tag not in MODULES)
    words = _told(caller)
    assert not words, words


def test_methods_that_are_not_documented_are_refused(caller: Caller) -> None:
    wrong = []
    for path, item in caller.seeds.document["paths"].items():
        real = re.sub(r"{\w*id}", str(UUID(int=7)), path).replace("{name}", "crm")
        for method in sorted(METHODS - item.keys()):
            answer = caller.seeds.call(method.upper(), real)
            told = {
                each.lower() for each in answer.headers.get("allow", "").split(", ")
            }
            if answer.status_code != 405 or told - {"head", "options"} != item.keys():
                wrong.append((method, path, answer.status_code, told))
    assert wrong == []


def test_each_operation_was_seen_to_succeed(caller: Caller) -> None:
    names = {name for name, _ in caller.statuses}
    failed = {name for name in names if not caller.succeeded(name)}
    assert failed == names & NEVER.keys()


def test_signing_out_is_as_documented(caller: Caller) -> None:
    """The last: it ends the session of all others."""
    caller.call_last()
    words = _told(caller)
    assert not words, words


def _told(caller: Caller) -> str:
    words = "\n\n".join(each.words for each in caller.faults.values())
    caller.faults.clear()
    return words
