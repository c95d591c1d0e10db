"""The part of EERP's HTTP API that a loading program needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from attrs import define, field
from treq.client import HTTPClient
from twisted.internet.defer import CancelledError, DeferredLock
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError
from twisted.web.client import ResponseFailed, ResponseNeverReceived
from twisted.web.http_headers import Headers
from twisted.web.iweb import IResponse

from demo.northwind.errors import Busy, DemoError, Refused

__all__ = ["Client", "Record"]

Record = dict[str, Any]

ANSWER_DEADLINE_S = 30.0
RETRY_AFTER_S = 1.0
PAGE_ROWS = 500

_UNREACHABLE = (ConnectError, DNSLookupError)
_ANSWER_LOST = (
    CancelledError,  # what treq's timeout does
    ConnectionClosed,
    ResponseFailed,
    ResponseNeverReceived,
)


@define
class Client:
    """One user's session with the EERP at `url`.

    An access token lives for minutes only; the methods get a new one when EERP says
    that it is over.

    All methods raise `Busy` when it is worth trying again, `Refused` for other
    error statuses, and `DemoError` when no EERP answers.
    """

    http: HTTPClient
    url: str
    username: str
    password: str
    _access_token: str = field(default="", init=False)
    _refresh_token: str = field(default="", init=False)
    _renewal: DeferredLock = field(factory=DeferredLock, init=False)

    async def sign_in(self) -> None:
        """Trade the password for an access token and a refresh token."""
        await self._start_session(
            "/api/auth/login", {"username": self.username, "password": self.password}
        )

    async def find(self, path: str, filters: Mapping[str, str]) -> Record | None:
        """The first record under `path` that `filters` let through.

        A filter is a field and a condition: ``{"reference": "eq.NW-ALFKI"}``.
        """
        page = await self._call("GET", path, params={**filters, "limit": "1"})
        items: list[Record] = page["items"]
        return items[0] if items else None

    async def find_all(
        self, path: str, filters: Mapping[str, str] | None = None
    ) -> list[Record]:
        """All records under `path` that `filters` let through, page by page."""
        params = {**(filters or {}), "limit": str(PAGE_ROWS)}
        found: list[Record] = []
        while True:
            page = await self._call("GET", path, params=params)
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            params["cursor"] = page["next_cursor"]

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Record:
        """What is at `path`."""
        return await self._call("GET", path, params=params)

    async def create(self, path: str, values: Mapping[str, Any]) -> Record:
        """A new record under `path`, as EERP stored it: with its id."""
        return await self._call("POST", path, body=dict(values))

    async def act(self, path: str) -> Record:
        """What comes of doing what `path` says, such as ``.../apply``."""
        return await self._call("POST", path)

    async def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        body: Record | None = None,
    ) -> Record:
        token = self._access_token
        try:
            return await self._send(method, path, token, params, body)
        except Refused as refused:
            if refused.status != 401:
                raise
        await self._renewal.run(self._renew, token)
        return await self._send(method, path, self._access_token, params, body)

    async def _renew(self, refused_token: str) -> None:
        # Calls run side by side and meet the end of the token together. A refresh
        # token serves once, so only the first of them spends it.
        if self._access_token != refused_token:
            return
        try:
            await self._start_session(
                "/api/auth/refresh", {"refresh_token": self._refresh_token}
            )
        except Refused as refused:
            if refused.status != 401:
                raise
            await self.sign_in()

    async def _start_session(self, path: str, body: Record) -> None:
        session = await self._send("POST", path, "", None, body)
        try:
            self._access_token = session["access_token"]
            self._refresh_token = session["refresh_token"]
        except KeyError as error:
            raise DemoError(f"What answers at {self.url} is not EERP.") from error

    async def _send(
        self,
        method: str,
        path: str,
        token: str,
        params: Mapping[str, str] | None,
        body: Record | None,
    ) -> Record:
        try:
            response = await self.http.request(
                method,
                self.url + path,
                params=params,
                headers=_headers(token),
                data=None if body is None else json.dumps(body).encode(),
                timeout=ANSWER_DEADLINE_S,
            )
            content = await response.content()
        except _UNREACHABLE as error:
            raise DemoError(
                f"No EERP answers at {self.url}. Start one with `make run`."
            ) from error
        except _ANSWER_LOST as error:
            raise Busy(
                f"EERP at {self.url} broke off its answer.", 503, RETRY_AFTER_S
            ) from error
        return self._read(response, content)

    def _read(self, response: IResponse, content: bytes) -> Record:
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise DemoError(
                f"What answers at {self.url} is not EERP: {response.code}, no JSON."
            )
        if response.code >= 400:
            raise _refusal(response, answer)
        return answer


def _headers(token: str) -> Headers:
    headers = Headers({"Content-Type": ["application/json"]})
    if token:
        headers.setRawHeaders("Authorization", [f"Bearer {token}"])
    return headers


def _refusal(response: IResponse, problem: Record) -> Refused:
    status: int = response.code
    message = f"EERP answered {status}: {_describe(problem)}"
    if status in (429, 503):
        return Busy(message, status, _retry_after_s(response))
    return Refused(message, status)


def _describe(problem: Record) -> str:
    """Problem details (RFC 9457) in one line."""
    text = str(problem.get("detail") or problem.get("title") or "no reason given")
    faults = [
        f"{fault.get('pointer')}: {fault.get('message')}"
        for fault in problem.get("errors") or []
    ]
    return " ".join([text, *faults])


def _retry_after_s(response: IResponse) -> float:
    values = response.headers.getRawHeaders("retry-after") or [""]
    return float(values[0]) if values[0].isdecimal() else RETRY_AFTER_S
