"""Live changes of a whole daemon: who hears of what, and what a reconnect loses.

Nothing, whatever breaks: the client's connection, the daemon, those to the database.
"""

from __future__ import annotations

import secrets
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psycopg2
import pytest_twisted
from attrs import define
from twisted.internet import reactor
from twisted.internet.threads import deferToThread

from eerp.auth import Passwords, Users
from eerp.auth.companies import CompanyChange
from eerp.database.embedded import running_dsn
from eerp.database.pool import Pool
from tests.daemon.ears import Ear, later
from tests.daemon.process import Daemon, write_config

PASSWORD = "correct horse battery"
Make = Callable[..., Daemon]


@define(eq=False)
class Site:
    """A daemon, and users made beside it."""

    daemon: Daemon
    users: Users

    async def user(self, *grants: str, role: str = "", company: str = "") -> str:
        """A token of a new user with these grants."""
        name = f"u{secrets.token_hex(4)}"
        await self.users.add_role(name, grants)
        await self.users.add_user(name, PASSWORD, [name])
        if role:
            await self.users.add_role(role, [])
            await self.users.grant(name, role)
        if company:
            change = CompanyChange(add=(company,), default=company)
            await self.users.change_companies(name, change)
        return await self.login(name)

    async def login(self, name: str) -> str:
        asked = {"username": name, "password": PASSWORD}
        answer = await self.daemon.ask("POST", "/api/auth/login", asked)
        assert answer.status == 200, answer.text
        return str(answer.json["access_token"])


async def beside(daemon: Daemon) -> AsyncIterator[Site]:
    """The daemon, that runs, and its users."""
    dsn = running_dsn(daemon.state_dir)
    assert dsn is not None
    pool = Pool(reactor, dsn, size=1)
    await pool.open()
    yield Site(daemon, Users(pool, Passwords(deferToThread)))
    await pool.close()


@pytest_twisted.async_yield_fixture(scope="module")
async def site(module_home: Path) -> AsyncIterator[Site]:
    """A daemon with the real modules; one user may have four streams."""
    daemon = Daemon(write_config(module_home, limits={"event_streams_per_user_max": 4}))
    await daemon.start()
    await daemon.sign_in()
    async for made in beside(daemon):
        yield made
    assert await daemon.stop() == 0, daemon.log_file.read_text()


async def add(daemon: Daemon, model: str = "contacts", **fields: Any) -> str:
    """The id of a new record."""
    values = fields or {"first_name": "Ann"}
    answer = await daemon.ask("POST", f"/api/crm/{model}", values)
    assert answer.status == 201, answer.text
    return str(answer.json["id"])


def ids(ear: Ear) -> list[str]:
    return [change["id"] for change in ear.changes]


@pytest_twisted.ensureDeferred
async def test_whatever_is_done_to_a_record_is_told_in_order(site: Site) -> None:
    daemon = site.daemon
    assert daemon.token is not None
    ear = await Ear(daemon, daemon.token, "?models=crm.contacts").listen()

    record = await add(daemon)
    path = f"/api/crm/contacts/{record}"
    await daemon.ask("PATCH", path, {"notes": "x"}, headers={"If-Match": '"1"'})
    await daemon.ask("DELETE", path)
    await daemon.ask("POST", f"{path}/restore")
    await daemon.ask("DELETE", f"{path}?purge=true&reason=asked")
    await add(daemon, "tags", name="not asked for")

    told = await ear.told(5)
    assert [(each["action"], each["version"]) for each in told] == [
        ("create", 1), ("update", 2), ("delete", 3), ("restore", 4), ("purge", 4),
    ]  # fmt: skip
    me = (await daemon.ask("GET", "/api/auth/me")).json
    assert {each["actor"] for each in told} == {me["id"]}
    assert set(ids(ear)) == {record}
    ear.hang_up()


@pytest_twisted.ensureDeferred
async def test_each_hears_of_what_rest_would_show(site: Site) -> None:
    """By permission, by record rule, and by company."""
    daemon = site.daemon
    company = (await daemon.ask("POST", "/api/core/companies", {"name": "Ours"})).json
    reader = await Ear(daemon, await site.user("crm.contacts.read")).listen()
    sam = await Ear(daemon, await site.user("crm.leads.*", role="salesperson")).listen()
    member = await Ear(
        daemon, await site.user("crm.leads.*", company=company["id"])
    ).listen()
    admin = await Ear(daemon, daemon.token or "", "?models=crm.*").listen()

    contact = await add(daemon)
    await add(daemon, "leads", title="hidden", owner_id=company["id"])
    free = await add(daemon, "leads", title="free")
    await add(daemon, "leads", title="ours", own_company_id=company["id"])
    last = await add(daemon, "leads", title="last")

    await admin.told(5)
    for ear in (sam, member):
        await ear.until(lambda ear=ear: last in ids(ear))
    assert ids(reader) == [contact]
    assert await _listed(site, sam) == set(ids(sam))
    assert await _listed(site, member) == set(ids(member))
    assert free in ids(sam)
    assert len(ids(sam)) < 4
    for ear in (reader, sam, member, admin):
        ear.hang_up()


async def _listed(site: Site, ear: Ear) -> set[str]:
    """The leads that REST shows to the same caller."""
    headers = {"Authorization": f"Bearer {ear.token}"}
    answer = await site.daemon.ask("GET", "/api/crm/leads", headers=headers)
    return {item["id"] for item in answer.json["items"]}


@pytest_twisted.ensureDeferred
async def test_a_client_that_comes_and_goes_misses_nothing(site: Site) -> None:
    daemon = site.daemon
    ear = await Ear(daemon, daemon.token or "", "?models=crm.contacts").listen()
    made = []
    for number in range(24):
        made.append(await add(daemon, first_name=f"n{number}"))
        if number % 5 == 4:
            ear.hang_up()
            await ear.ended()
        if number % 5 == 1 and ear.ends is not None:
            await ear.listen()
    await ear.told(24)
    assert ids(ear) == made
    assert ear.resets == []
    ear.hang_up()


@pytest_twisted.ensureDeferred
async def test_the_end_of_every_database_connection_loses_nothing(site: Site) -> None:
    daemon = site.daemon
    ear = await Ear(daemon, daemon.token or "", "?models=crm.contacts").listen()
    made = []
    for number in range(4):
        made.append(await add(daemon, first_name=f"k{number}"))
        _end_connections(daemon)
        await later(0.3)
    await ear.told(4)

    assert ids(ear) == made
    assert (ear.ends, ear.ready, ear.resets) == (None, 1, [])
    ear.hang_up()


def _end_connections(daemon: Daemon) -> None:
    _sql(
        daemon,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name LIKE 'eerp%%' AND pid <> pg_backend_pid()",
    )


def _sql(daemon: Daemon, sql: str, *values: Any) -> None:
    connection = psycopg2.connect(running_dsn(daemon.state_dir))
    connection.cursor().execute(sql, values)
    connection.commit()
    connection.close()


@pytest_twisted.ensureDeferred
async def test_a_stream_ends_when_its_session_does(site: Site) -> None:
    daemon = site.daemon
    token = await site.user("crm.contacts.read")
    ear = await Ear(daemon, token).listen()

    headers = {"Authorization": f"Bearer {token}"}
    await daemon.ask("POST", "/api/auth/logout", headers=headers)
    await add(daemon)

    assert await ear.ended() == "in order"
    assert ear.changes == []
    ends = [each for each in daemon.events() if each["event"] == "stream_ended"]
    assert ends[-1]["why"] == "token_revoked"


@pytest_twisted.ensureDeferred
async def test_a_user_has_so_many_streams(site: Site) -> None:
    daemon = site.daemon
    token = await site.user("crm.contacts.read")
    ears = [await Ear(daemon, token).listen() for _ in range(4)]

    headers = {"Authorization": f"Bearer {token}"}
    refused = await daemon.ask("GET", "/api/events", headers=headers)

    assert refused.status == 429
    assert int(refused.headers["retry-after"]) > 0
    for ear in ears:
        ear.hang_up()


@pytest_twisted.ensureDeferred
async def test_a_client_that_reads_nothing_is_cut_off_and_costs_little(
    site: Site,
) -> None:
    daemon = site.daemon
    token = await site.user("crm.tags.read")
    host, port = "127.0.0.1", int(daemon.url.rpartition(":")[2])
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect((host, port))
        slow.sendall(
            f"GET /api/events HTTP/1.1\r\nHost: {host}\r\n"
            f"Authorization: Bearer {token}\r\n\r\n".encode()
        )
        await later(0.5)
        before = daemon.rss_kib()
        await deferToThread(
            _sql,
            daemon,
            "INSERT INTO crm.tags (name) SELECT 'slow ' || n"
            " FROM generate_series(1, 40000) n",
        )
        await _until_logged(daemon, "client too slow")
        assert daemon.rss_kib() - before < 64 * 1024


async def _until_logged(daemon: Daemon, why: str) -> None:
    end = time.monotonic() + 40
    while time.monotonic() < end:
        if any(each.get("why") == why for each in daemon.events()):
            return
        await later(0.1)
    raise AssertionError(daemon.log_file.read_text()[-2000:])


@pytest_twisted.ensureDeferred
async def test_a_restart_ends_streams_at_once_and_loses_nothing(
    make_daemon: Make,
) -> None:
    daemon = make_daemon(auth={"access_token_ttl_s": 6})
    await daemon.start()
    await daemon.sign_in()
    ear = await Ear(daemon, daemon.token or "", "?models=crm.contacts").listen()
    made = [await add(daemon) for _ in range(3)]
    await ear.told(2)
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGTERM)
    assert await ear.ended() == "in order"
    assert await daemon.wait() == 0
    drained = [each for each in daemon.events() if each["event"] == "drained"]
    assert drained[-1]["cut"] == 0

    await daemon.start()
    await daemon.sign_in()
    made += [await add(daemon) for _ in range(3)]
    ear.token = daemon.token or ""
    await ear.listen()
    made.append(await add(daemon))
    await ear.told(7)
    assert ids(ear) == made
    assert ear.resets == []

    # And its end with the token, in order, without what follows.
    await later(6)
    await daemon.sign_in()
    made.append(await add(daemon))
    assert await ear.ended() == "in order"
    assert len(ear.changes) == 7
    ear.token = daemon.token or ""
    await ear.listen()
    await ear.told(8)
    assert ids(ear) == made
    assert await daemon.stop() == 0
