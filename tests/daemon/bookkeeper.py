"""Accounting over HTTP, in the words of its tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from attrs import Factory, define

from tests.daemon.process import Answer, Daemon

ACCOUNTING = "/api/accounting"
ANY_VERSION = {"If-Match": "*"}


@define(eq=False)
class Ledger:
    """The books of a daemon, with the chart that a new installation has."""

    daemon: Daemon
    accounts: dict[str, str] = Factory(dict)
    """Ids by codes."""

    async def get(self, path: str) -> Any:
        """What is there."""
        answer = await self.daemon.ask("GET", f"{ACCOUNTING}/{path}")
        assert answer.status == 200, answer.text
        return answer.json

    async def do(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """What must succeed."""
        answer = await self.attempt(path, body, method)
        assert answer.status in (200, 201, 204), answer.text
        return answer.json if answer.text else None

    async def attempt(
        self, path: str, body: Any = None, method: str = "POST"
    ) -> Answer:
        """What may be refused."""
        headers = ANY_VERSION if method == "PATCH" else {}
        return await self.daemon.ask(
            method, f"{ACCOUNTING}/{path}", body, headers=headers
        )

    async def opened(self) -> Ledger:
        """The ledger, with the codes of its accounts read."""
        page = await self.get("accounts?limit=1000")
        self.accounts = {item["code"]: item["id"] for item in page["items"]}
        return self

    def line(self, code: str, amount: str, **more: Any) -> dict[str, Any]:
        """A line of an account; a credit is negative."""
        side = "credit" if amount.startswith("-") else "debit"
        return {
            "account_id": self.accounts[code],
            side: amount.removeprefix("-"),
            **more,
        }

    async def draft(self, date: str, *lines: dict[str, Any], **head: Any) -> Any:
        """An entry that is not posted yet."""
        return await self.do("entries", {"date": date, "lines": lines, **head})

    async def post(self, date: str, *lines: dict[str, Any], **head: Any) -> Any:
        """An entry that is."""
        draft = await self.draft(date, *lines, **head)
        return await self.do(f"entries/{draft['id']}/post")

    async def reverse(self, entry: Any, **body: Any) -> Any:
        """The entry that takes another back."""
        return await self.do(f"entries/{entry['id']}/reverse", body)

    async def year(self, name: str) -> Any:
        """The fiscal year of this name."""
        found = await self.get(f"fiscal-years?name=eq.{name}")
        return found["items"][0]

    async def balances(self, query: str = "") -> dict[str, Decimal]:
        """What the trial balance says, by codes."""
        report = await self.get(f"reports/trial-balance{query}")
        return {item["code"]: Decimal(item["balance"]) for item in report["items"]}


async def set_rate(daemon: Daemon, code: str, rate: str, to: str = "USD") -> None:
    """A rate that holds from 2020 on."""
    ids = []
    for one in (code, to):
        found = await daemon.ask("GET", f"/api/core/currencies?code=eq.{one}")
        ids.append(found.json["items"][0]["id"])
    body = {
        "currency_id": ids[0],
        "to_id": ids[1],
        "rate": rate,
        "date": "2020-01-01",
    }
    answer = await daemon.ask("POST", "/api/core/rates", body)
    assert answer.status == 201, answer.text
