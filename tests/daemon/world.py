"""A daemon with all modules, its routes, and users made beside it."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_twisted
from attrs import define, frozen
from twisted.internet import reactor
from twisted.internet.threads import deferToThread

from eerp.auth import Passwords, Tokens, Users, load_keys
from eerp.auth.companies import CompanyChange
from eerp.database.embedded import running_dsn
from eerp.database.pool import Pool
from eerp.interfaces import Statement
from tests.daemon.process import Answer, Daemon, write_config
from tests.daemon.scoped import NOBODY

PASSWORD = "correct horse battery"
_VERSION = {"If-Match": '"1"'}
_OPEN_SESSION = """
insert into eerp.sessions (user_id, expires_at)
values (%s, now() + interval '1 hour') returning id::text
"""


@frozen
class Route:
    """A route as the daemon tells it."""

    module: str
    method: str
    path: str
    permission: str | None

    @property
    def url(self) -> str:
        """The path with an id that no record has."""
        segments = self.path.split("/")
        return "/".join(NOBODY if part.startswith("{") else part for part in segments)


class OnePassword(Passwords):
    """All users have the same one, so that it is hashed once."""

    kept: str | None = None

    async def hash(self, password: str) -> str:
        """The hash that is there, or now."""
        self.kept = self.kept or await super().hash(password)
        return self.kept


@define(eq=False)
class World:
    """A daemon, its routes, and users made beside it."""

    daemon: Daemon
    pool: Pool
    users: Users
    tokens: Tokens
    routes: list[Route]
    models: dict[str, list[dict[str, Any]]]
    admin: str

    async def user(self, *grants: str, companies: tuple[str, ...] = ()) -> str:
        """A new user with these grants; a token of theirs."""
        name = f"u{secrets.token_hex(4)}"
        if grants:
            await self.users.add_role(name, grants)
        user = await self.users.add_user(name, PASSWORD, [name] if grants else [])
        if companies:
            change = CompanyChange(add=companies, default=companies[0])
            await self.users.change_companies(name, change)
        # To sign in hundreds of them would be to compute hundreds of hashes.
        asked = Statement(_OPEN_SESSION, (user,))
        [[session]] = await self.pool.query(asked, read_only=False)
        return self.tokens.issue(user, session, 1, 3600)

    async def ask(
        self, token: str | None, method: str, path: str, body: Any = None
    ) -> Answer:
        """One request of somebody; changes name a version, whatever it is.

        What changes nothing is asked in a batch too, and must be answered alike.
        """
        self.daemon.token = token
        headers = _VERSION if method in ("PATCH", "PUT") else {}
        answer = await self.daemon.ask(method, path, body, headers=headers)
        module = path.split("/")[2] in self.models
        told = module and "json" in answer.headers.get("content-type", "")
        if token and told and (method == "GET" or answer.status >= 400):
            await self._same_in_a_batch(answer, method, path, body, headers)
        self.daemon.token = self.admin
        return answer

    async def _same_in_a_batch(
        self, alone: Answer, method: str, path: str, body: Any, headers: dict[str, str]
    ) -> None:
        call = {"method": method, "path": path, "headers": headers}
        content = {"calls": [call if body is None else {**call, "body": body}]}
        batch = await self.daemon.ask("POST", "/api/batch", content)
        [told] = batch.json["results"]
        expected = alone.json
        for body in (expected, told["body"]):
            # The number of the request is its own.
            body.pop("instance", None)
        assert told["status"] == alone.status == batch.status, (method, path)
        assert told["body"] == expected, (method, path)


@pytest_twisted.async_yield_fixture(scope="module")
async def world(module_home: Path) -> AsyncIterator[World]:
    """A daemon with all real modules."""
    daemon = Daemon(write_config(module_home))
    await daemon.start()
    await daemon.sign_in()
    assert daemon.token is not None
    listed = (await daemon.ask("GET", "/api/modules")).json["modules"]
    routes, models = [], {}
    for module in listed:
        told = (await daemon.ask("GET", f"/api/modules/{module['name']}")).json
        models[module["name"]] = told["models"]
        routes += [
            Route(module["name"], one["method"], one["path"], one["permission"])
            for one in told["routes"]
        ]
    dsn = running_dsn(daemon.state_dir)
    assert dsn is not None
    pool = Pool(reactor, dsn, size=1)
    await pool.open()
    users = Users(pool, OnePassword(deferToThread))
    tokens = Tokens(load_keys(daemon.state_dir).derive("token"), time.time)
    yield World(daemon, pool, users, tokens, routes, models, daemon.token)
    await pool.close()
    assert await daemon.stop() == 0, daemon.log_file.read_text()
