"""One module that builds on another, as they come: the loyalty programme and the CRM.

Its columns on contacts, its calls of the CRM's service, the CRM's events that it
rewards and the job that it does each night, in a real daemon with the real modules.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psycopg2
import pytest_twisted
from attrs import define
from psycopg2.extensions import parse_dsn
from twisted.internet import reactor
from twisted.internet.task import deferLater

from eerp.database.embedded import running_dsn
from tests.daemon.process import Answer, Daemon, write_config
from tests.daemon.test_crm_rules import signed_in

ANY_VERSION = {"If-Match": "*"}
LOYAL: dict[str, Any] = {"loyalty": {"active": True}}
SOON_S_MAX = 60


@define(eq=False)
class Club:
    """A daemon with the loyalty programme, and a way to its database beside it."""

    daemon: Daemon
    database: Any

    @classmethod
    async def opened(cls, daemon: Daemon) -> Club:
        """The daemon started, an administrator signed in."""
        await daemon.start()
        await daemon.sign_in()
        dsn = running_dsn(daemon.state_dir)
        assert dsn is not None
        database = psycopg2.connect(dsn)
        database.autocommit = True
        return cls(daemon, database)

    def sql(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database by another way."""
        with self.database.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """One request; changes are of any version."""
        headers = ANY_VERSION if method == "PATCH" else {}
        return await self.daemon.ask(method, f"/api/{path}", body, headers=headers)

    async def done(self, method: str, path: str, body: Any = None) -> Any:
        """The answer to a request that must succeed."""
        answer = await self.ask(method, path, body)
        assert answer.status in (200, 201), answer.text
        return answer.json

    async def listed(self, path: str) -> list[dict[str, Any]]:
        """A page of a list."""
        items: list[dict[str, Any]] = (await self.done("GET", path))["items"]
        return items

    async def join(self, name: str) -> dict[str, Any]:
        """A new member, and so a new contact."""
        member: dict[str, Any] = await self.done(
            "POST", "loyalty/members/join", who(name)
        )
        return member

    async def win(self, member: dict[str, Any], revenue: str) -> str:
        """Win an opportunity with a member; its id."""
        made = await self.done(
            "POST",
            "crm/opportunities",
            {
                "name": "A sale",
                "contact_id": member["contact_id"],
                "expected_revenue": revenue,
            },
        )
        await self.done("POST", f"crm/opportunities/{made['id']}/win")
        return str(made["id"])

    async def until(self, sql: str, *values: Any) -> None:
        """Wait until the database answers true."""
        end = time.monotonic() + SOON_S_MAX
        while not self.sql(sql, *values)[0][0]:
            assert time.monotonic() < end, self.daemon.log_file.read_text()
            await deferLater(reactor, 0.01)


@pytest_twisted.async_yield_fixture(scope="module")
async def club(module_home: Path) -> AsyncIterator[Club]:
    """One club for the tests that leave it whole."""
    club = await Club.opened(Daemon(write_config(module_home, modules=LOYAL)))
    yield club
    club.database.close()
    assert await club.daemon.stop() == 0, club.daemon.log_file.read_text()


def who(name: str) -> dict[str, str]:
    """A person who would be a member."""
    return {
        "number": f"card of {name}",
        "email": f"{name}@example.com",
        "first_name": name,
    }


def rewards(club: Club, opportunity: str) -> list[int]:
    """What was given for an opportunity."""
    rows = club.sql(
        "SELECT amount FROM loyalty.points WHERE opportunity_id = %s::uuid", opportunity
    )
    return [amount for (amount,) in rows]


REWARDED = "SELECT EXISTS (SELECT FROM loyalty.points WHERE opportunity_id = %s::uuid)"


@pytest_twisted.ensureDeferred
async def test_contacts_have_the_columns_of_the_programme(club: Club) -> None:
    plain = await club.done("POST", "crm/contacts", {"first_name": "Plain"})
    fan = await club.done(
        "POST",
        "crm/contacts",
        {
            "first_name": "Fan",
            "extensions": {"loyalty": {"wants_offers": True, "birthday": "1990-05-01"}},
        },
    )
    path = f"crm/contacts/{plain['id']}"

    assert plain["extensions"] == {"loyalty": None}
    assert fan["extensions"]["loyalty"] == {
        "wants_offers": True, "birthday": "1990-05-01",
    }  # fmt: skip
    changed = await club.done(
        "PATCH", path, {"extensions": {"loyalty": {"birthday": "1980-01-01"}}}
    )
    assert changed["extensions"]["loyalty"] == {
        "wants_offers": False, "birthday": "1980-01-01",
    }  # fmt: skip
    assert (await club.done("GET", path))["extensions"] == changed["extensions"]
    born = "crm/contacts?extensions.loyalty.birthday=gt.1985-01-01"
    assert [one["id"] for one in await club.listed(born)] == [fan["id"]]
    keen = await club.listed("crm/contacts?extensions.loyalty.wants_offers=is.true")
    assert [one["id"] for one in keen] == [fan["id"]]


@pytest_twisted.ensureDeferred
async def test_a_wrong_column_of_the_programme_is_refused(club: Club) -> None:
    for extensions in (
        {"loyalty": {"birthday": "soon"}},
        {"loyalty": {"colour": "red"}},
        {"chess": {}},
    ):
        answer = await club.ask(
            "POST", "crm/contacts", {"first_name": "X", "extensions": extensions}
        )
        assert answer.status == 422, (extensions, answer.text)
        assert answer.json["errors"][0]["pointer"].startswith("/extensions"), (
            answer.text
        )


@pytest_twisted.ensureDeferred
async def test_the_columns_are_audited_and_follow_their_contact(club: Club) -> None:
    kept = {"extensions": {"loyalty": {"wants_offers": True}}}
    made = await club.done("POST", "crm/contacts", {"first_name": "Cora", **kept})
    path = f"crm/contacts/{made['id']}"
    again = {"extensions": {"loyalty": {"wants_offers": False}}}
    await club.done("PATCH", path, again)
    trail = await club.listed(f"audit?model=crm.contacts&id={made['id']}")
    ours = [one for one in trail if one["model"] == "loyalty.contacts_extension"]

    assert [one["action"] for one in ours] == ["update", "create"]
    assert ours[0]["before"]["wants_offers"] is True
    assert ours[0]["after"]["wants_offers"] is False
    assert (await club.ask("DELETE", path)).status == 204
    assert (await club.ask("GET", path)).status == 404
    back = await club.done("POST", f"{path}/restore")
    assert back["extensions"]["loyalty"]["wants_offers"] is False
    purged = await club.ask("DELETE", f"{path}?purge=true&reason=asked")
    assert purged.status == 204, purged.text
    left = "SELECT count(*) FROM loyalty.contacts_extension WHERE id = %s::uuid"
    assert club.sql(left, made["id"]) == [(0,)]


@pytest_twisted.ensureDeferred
async def test_joining_calls_the_crm_in_one_transaction(club: Club) -> None:
    member = await club.join("ann")

    rows = club.sql(
        'SELECT model, module, "transaction", actor, request_id FROM eerp.audit'
        " WHERE record_id IN (%s::uuid, %s::uuid) ORDER BY model",
        member["id"], member["contact_id"],
    )  # fmt: skip
    assert [(row[0], row[1]) for row in rows] == [
        ("crm.contacts", "crm"), ("loyalty.members", "loyalty"),
    ]  # fmt: skip
    assert rows[0][2:] == rows[1][2:]


@pytest_twisted.ensureDeferred
async def test_what_cannot_be_finished_leaves_nothing_of_the_call(club: Club) -> None:
    await club.join("bob")
    twin = {**who("bob"), "email": "twin@example.com"}

    answer = await club.ask("POST", "loyalty/members/join", twin)

    assert answer.status == 409, answer.text
    assert await club.listed("crm/contacts?email=eq.twin@example.com") == []


@pytest_twisted.ensureDeferred
async def test_an_error_of_the_crm_is_a_value_that_may_be_handled(club: Club) -> None:
    member = await club.join("carl")
    for _ in range(2):
        contact = {"first_name": "Dan", "email": "dan@example.com"}
        await club.done("POST", "crm/contacts", contact)
    path = f"loyalty/members/{member['id']}/refer"

    handled = await club.done(
        "POST", path, {"email": "dan@example.com", "first_name": "Dan"}
    )

    assert handled["contact_id"] is None
    assert handled["remark"] == "Several contacts have the address dan@example.com."
    assert len(await club.listed("crm/contacts?email=eq.dan@example.com")) == 2


@pytest_twisted.ensureDeferred
async def test_who_may_not_use_the_service_is_refused_and_nothing_stays(
    club: Club,
) -> None:
    member = await club.join("eve")
    user = await signed_in(
        club.daemon, "mo", "promoter", "loyalty.*", "crm.contacts.read"
    )
    admin, club.daemon.token = club.daemon.token, user["token"]
    try:
        joined = await club.ask("POST", "loyalty/members/join", who("fay"))
        referred = await club.ask(
            "POST",
            f"loyalty/members/{member['id']}/refer",
            {"email": "gus@example.com", "first_name": "Gus"},
        )
    finally:
        club.daemon.token = admin

    for answer in (joined, referred):
        assert answer.status == 403, answer.text
        assert "crm.contacts.write" in answer.json["detail"]
    assert await club.listed("loyalty/members?number=eq.card of fay") == []
    assert await club.listed("loyalty/referrals?email=eq.gus@example.com") == []
    assert await club.listed("crm/contacts?email=in.(fay@example.com)") == []


@pytest_twisted.ensureDeferred
async def test_a_won_opportunity_is_rewarded(club: Club) -> None:
    member = await club.join("hal")

    won = await club.win(member, "129.90")

    await club.until(REWARDED, won)
    assert rewards(club, won) == [12]
    told = await club.listed("deliveries?state=done")
    assert (told[0]["topic"], told[0]["key"], told[0]["subscriber"]) == (
        "crm.opportunities.won", won, "loyalty:crm.opportunities.won",
    )  # fmt: skip


@pytest_twisted.ensureDeferred
async def test_an_event_that_comes_again_is_rewarded_once(club: Club) -> None:
    won = await club.win(await club.join("ida"), "500")
    of_it = "FROM eerp.deliveries WHERE key = %s"
    await club.until(f"SELECT bool_and(state = 'done') {of_it}", won)

    club.sql(
        "UPDATE eerp.deliveries SET state = 'pending', due_at = now(),"
        " finished_at = NULL WHERE key = %s", won,
    )  # fmt: skip
    club.sql("SELECT pg_notify('eerp_outbox', '')")

    await club.until(f"SELECT bool_and(state = 'done') {of_it}", won)
    assert club.sql(f"SELECT attempts {of_it}", won) == [(2,)]
    assert rewards(club, won) == [50]


@pytest_twisted.ensureDeferred
async def test_both_modules_tell_how_they_belong_together(club: Club) -> None:
    loyalty = await club.done("GET", "modules/loyalty")
    crm = await club.done("GET", "modules/crm")

    services = {one["name"]: one["permission"] for one in crm["services"]}
    found = "crm.contacts.find_or_create"
    assert services[found] == "crm.contacts.write"
    topics = {one["topic"] for one in crm["events"]}
    assert topics >= {"crm.opportunities.won", "crm.opportunities.lost"}
    assert loyalty["uses"] == [{"service": found, "version": crm["version"]}]
    assert loyalty["subscriptions"] == ["crm.opportunities.won"]
    assert loyalty["jobs"] == [{"name": "review_tiers", "cron": "15 3 * * *"}]
    (extension,) = loyalty["extensions"]
    assert (extension["module"], extension["model"]) == ("crm", "contacts")
    assert loyalty["depends"] == ["crm"]


@pytest_twisted.ensureDeferred
async def test_a_reward_outlives_a_kill_and_is_given_once(
    make_daemon: Callable[..., Daemon],
) -> None:
    """The daemon dies while the handler waits for a lock, its work half done."""
    club = await Club.opened(make_daemon(modules=LOYAL))
    member = await club.join("jan")
    club.database.autocommit = False
    club.sql("LOCK TABLE loyalty.points IN SHARE ROW EXCLUSIVE MODE")
    won = await club.win(member, "250")
    waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = %s"
    await club.until(f"{waits}::regclass)", "loyalty.points")

    await club.daemon.stop(signal.SIGKILL)
    club.database.commit()
    club.database.autocommit = True
    # Its claim would hold for some seconds more.
    await club.until(f"SELECT NOT ({waits}::regclass))", "loyalty.points")
    club.sql("UPDATE eerp.deliveries SET due_at = now() WHERE state = 'pending'")
    assert rewards(club, won) == []
    await club.daemon.start()

    await club.until(REWARDED, won)
    await club.until("SELECT bool_and(state = 'done') FROM eerp.deliveries")
    assert rewards(club, won) == [25]
    assert club.sql("SELECT attempts FROM eerp.deliveries") == [(2,)]
    club.database.close()
    assert await club.daemon.stop() == 0


@pytest_twisted.ensureDeferred
async def test_the_nightly_job_is_done_once_by_two_daemons(
    make_daemon: Callable[..., Daemon], module_home: Path
) -> None:
    club = await Club.opened(make_daemon(modules=LOYAL))
    second = neighbour(club, module_home / "second")
    await second.start()
    member = await club.join("kim")
    won = await club.win(member, "20000")
    await club.until(REWARDED, won)
    (listed,) = (line for line in jobs_of(club.daemon) if line.startswith("loyalty"))
    assert listed.split()[:6] == ["loyalty.review_tiers", "15", "3", "*", "*", "*"]

    ours = "WHERE module = 'loyalty'"
    club.sql(f"UPDATE eerp.jobs SET due_at = now(), run_at = now() {ours}")
    club.sql("SELECT pg_notify('eerp_outbox', '')")

    await club.until(f"SELECT last_outcome = 'done' FROM eerp.jobs {ours}")
    # Long enough for the other one to have looked as well.
    await deferLater(reactor, 1)
    done = [
        event
        for daemon in (club.daemon, second)
        for event in daemon.events()
        if event.get("event") == "job_done"
    ]
    assert len(done) == 1
    tier, version = "SELECT tier, version FROM loyalty.members", 2
    assert club.sql(tier) == [("silver", version)]
    (listed,) = (line for line in jobs_of(club.daemon) if line.startswith("loyalty"))
    assert "done" in listed
    club.database.close()
    assert await second.stop() == 0
    assert await club.daemon.stop() == 0


def neighbour(club: Club, folder: Path) -> Daemon:
    """Another daemon on the same database."""
    folder.mkdir()
    keys = parse_dsn(running_dsn(club.daemon.state_dir))
    database = {
        "host": keys["host"], "port": int(keys["port"]), "name": keys["dbname"],
        "user": keys["user"], "password": keys["password"], "pool_size": 4,
    }  # fmt: skip
    return Daemon(write_config(folder, database=database, modules=LOYAL))


def jobs_of(daemon: Daemon) -> list[str]:
    """The lines of `eerp events jobs`."""
    said = subprocess.run(
        [
            sys.executable, "-m", "eerp.startup.command", "events", "jobs",
            "--config", str(daemon.config),
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return said.stdout.splitlines()
