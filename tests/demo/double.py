"""A small CRM in memory that speaks as much of EERP's HTTP API as the demo uses.

It stands in for the network's misfortunes, not for the database: `misfortunes` is
a list of answers to give instead of serving the next requests.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from attrs import define, field
from treq.testing import StubTreq
from twisted.web.resource import Resource
from twisted.web.server import Request

from demo.northwind.traders import COUNTRY_CODES

PASSWORD = "correct horse"

Answer = tuple[int, dict[str, Any], dict[str, str]]


def problem(status: int, detail: str, **headers: str) -> Answer:
    return status, {"detail": detail}, headers


@define(eq=False)
class Crm(Resource):
    records: dict[str, list[dict[str, Any]]] = field(factory=dict)
    misfortunes: list[Callable[[Request], Answer | None]] = field(factory=list)
    calls: list[str] = field(factory=list)
    access_token: str = ""
    refresh_token: str = ""
    sessions: int = 0
    countries: list[str] = field(factory=lambda: sorted(COUNTRY_CODES.values()))
    isLeaf = True

    def __attrs_post_init__(self) -> None:
        super().__init__()

    def http(self) -> StubTreq:
        return StubTreq(self)

    def count(self) -> dict[str, int]:
        return {kind: len(records) for kind, records in self.records.items()}

    def render(self, request: Request) -> bytes:
        path = request.path.decode()
        self.calls.append(f"{request.method.decode()} {path}")
        status, body, headers = self._answer(request, path)
        request.setResponseCode(status)
        for name, value in headers.items():
            request.setHeader(name.replace("_", "-"), value)
        return json.dumps(body).encode()

    def _answer(self, request: Request, path: str) -> Answer:
        if self.misfortunes:
            instead = self.misfortunes.pop(0)(request)
            if instead is not None:
                return instead
        if path.startswith("/api/auth/"):
            return self._start_session(path, json.loads(request.content.read()))
        if request.getHeader("authorization") != f"Bearer {self.access_token}":
            return problem(401, "The token has expired.")
        if path == "/api/core/countries":
            return self._page(request)
        kind, _, record_id = path.removeprefix("/api/crm/").partition("/")
        records = self.records.setdefault(kind, [])
        if record_id:
            return 200, records[int(record_id)], {}
        return self._serve(request, records)

    def _page(self, request: Request) -> Answer:
        """Countries, one a page; the cursor is where the next page begins."""
        start = int(request.args.get(b"cursor", [b"0"])[0])
        code = self.countries[start]
        more = str(start + 1) if start + 1 < len(self.countries) else None
        items = [{"id": f"id-{code}", "code": code}]
        return 200, {"items": items, "next_cursor": more}, {}

    def _start_session(self, path: str, body: dict[str, str]) -> Answer:
        key, secret = {
            "/api/auth/login": ("password", PASSWORD),
            "/api/auth/refresh": ("refresh_token", self.refresh_token),
        }[path]
        if body[key] != secret:
            return problem(401, "Wrong user name or password.")
        self.sessions += 1
        self.access_token = f"access-{self.sessions}"
        self.refresh_token = f"refresh-{self.sessions}"
        tokens = {
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
        }
        return 200, tokens, {}

    def _serve(self, request: Request, records: list[dict[str, Any]]) -> Answer:
        if request.method == b"POST":
            record = json.loads(request.content.read()) | {"id": str(len(records))}
            records.append(record)
            return 201, record, {}
        wanted = {
            name.decode(): values[0].decode().removeprefix("eq.")
            for name, values in request.args.items()
            if values[0].startswith(b"eq.")
        }
        items = [r for r in records if all(str(r[k]) == v for k, v in wanted.items())]
        limit = int(request.args[b"limit"][0])
        return 200, {"items": items[:limit], "next_cursor": None}, {}
