"""The audit trail of the core's own tables: who was given what, by whom; no secrets."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest
from psycopg2.errors import InsufficientPrivilege, IntegrityError
from psycopg2.extensions import make_dsn, parse_dsn
from pytest_twisted import ensureDeferred

from eerp.auth import UserChange
from eerp.database.embedded import Embedded
from eerp.database.pool import Pool
from eerp.delivery.signing import Secrets
from eerp.delivery.statements import Desk
from eerp.delivery.webhooks import Webhooks
from eerp.interfaces import Identity
from eerp.log import request_at_hand
from tests.postgres.managed import Office, office
from tests.postgres.test_companies import ONE
from tests.postgres.trail import Trail, run
from tests.postgres.world import GOOD, HOME

BETTER = "a longer horse battery"


@pytest.fixture
def core(postgres: Embedded, database: str) -> Trail:
    """The trail of a database without modules."""
    name = parse_dsn(database)["dbname"]
    return Trail(database, make_dsn(postgres.superuser_dsn, dbname=name))


async def _boss(site: Office) -> Identity:
    await site.role("boss", "*")
    return await site.who(await site.user("boss", "boss"))


def _done(trail: Trail, by: Identity) -> list[tuple[Any, ...]]:
    """What the caller did, in order."""
    return trail.run(
        "SELECT substr(model, 6), action, record_id, before, after FROM eerp.audit"
        " WHERE actor = %s AND request_id = 'r7' AND module = 'eerp'"
        " ORDER BY lane, seq",
        (by.user_id,),
    )


@ensureDeferred
async def test_each_change_of_a_user_is_noted_with_who_and_in_which_request(
    pool: Pool, core: Trail
):
    site = office(pool)
    boss = await _boss(site)
    await site.role("sales", "crm.*")
    request_at_hand.set("r7")
    add = UserChange(roles=["sales"], companies=[ONE], company_id=ONE)
    person, _ = await site.people.add(boss, "ann", GOOD, add)
    off = UserChange(active=False, roles=[])
    await site.people.change(boss, person["id"], off)
    await site.people.change(boss, person["id"], off)
    await site.people.set_password(boss, person["id"], BETTER)
    rows = _done(core, boss)
    assert {row[2] for row in rows} == {person["id"]}
    told = [(table, action) for table, action, *_ in rows]
    assert told == [
        ("users", "create"), ("user_roles", "create"), ("user_companies", "create"),
        ("users", "update"), ("users", "update"), ("user_roles", "purge"),
        ("users", "update"),
    ]  # fmt: skip
    assert rows[0][4] == {
        "id": person["id"], "username": "ann", "company_id": None, "active": True,
        "password_hash": "set", "created_at": rows[0][4]["created_at"],
    }  # fmt: skip
    assert rows[1][4] == {"user_id": person["id"], "role": "sales"}
    assert rows[5][3] == rows[1][4]
    assert (rows[3][3]["company_id"], rows[3][4]["company_id"]) == (None, ONE)
    assert (rows[4][3]["active"], rows[4][4]["active"]) == (True, False)
    assert "password_hash" not in rows[4][4]
    hashes = [row[-2:] for row in rows][6]
    assert [side["password_hash"] for side in hashes] == ["set", "set anew"]
    assert core.check() == []


@ensureDeferred
async def test_each_change_of_a_role_is_noted_under_one_id(pool: Pool, core: Trail):
    site = office(pool)
    boss = await _boss(site)
    request_at_hand.set("r7")
    await site.roles.put(boss, "sales", ["crm.*", "hr.read"])
    await site.roles.put(boss, "sales", ["crm.*"])
    await site.roles.remove(boss, "sales")
    rows = _done(core, boss)
    assert [(table, action) for table, action, *_ in rows] == [
        ("roles", "create"), ("role_grants", "create"), ("role_grants", "create"),
        ("role_grants", "purge"), ("roles", "purge"), ("role_grants", "purge"),
    ]  # fmt: skip
    assert len({row[2] for row in rows}) == 1
    assert [row[3]["permission"] for row in (rows[3], rows[5])] == ["hr.read", "crm.*"]
    assert core.check() == []


@ensureDeferred
async def test_signing_in_is_no_change_of_a_user_and_a_password_of_ones_own_is(
    pool: Pool, core: Trail
):
    site = office(pool)
    await site.people.add(await _boss(site), "ann", GOOD, UserChange(roles=[]))
    pair = await site.world.login("ann", GOOD)
    ann = await site.world.identities.identify(pair.access_token)
    request_at_hand.set("r7")
    await site.world.login("ann", GOOD)
    assert _done(core, ann) == []
    await site.own.change_password(ann, GOOD, BETTER, address=HOME)
    [[table, action, record_id, _, after]] = _done(core, ann)
    assert (table, action, record_id) == ("users", "update", ann.user_id)
    assert after["password_hash"] == "set anew"


@ensureDeferred
async def test_each_change_of_a_webhook_is_noted(pool: Pool, core: Trail):
    site = office(pool)
    boss = await _boss(site)
    webhooks = Webhooks(Desk(pool), Secrets(bytes(32)))
    request_at_hand.set("r7")
    made, _ = await webhooks.add(
        "https://a.example/", ["crm.*"], active=True, actor=boss.user_id
    )
    await webhooks.change(
        made.id, url=None, topics=None, active=False, actor=boss.user_id
    )
    await webhooks.rotate(made.id, actor=boss.user_id)
    await webhooks.remove(made.id, actor=boss.user_id)
    rows = _done(core, boss)
    actions = [action for _, action, *_ in rows]
    assert actions == ["create", "update", "update", "purge"]
    assert {row[2] for row in rows} == {made.id}
    assert [row[4]["active"] for row in rows[:3]] == [True, False, False]
    assert (rows[2][4]["generation"], rows[2][4]["fingerprint"]) == (2, "set anew")


def test_settings_are_noted_and_what_stays_is_not(core: Trail):
    put = (
        "INSERT INTO eerp.settings (module, key, value) VALUES ('crm', 'x', %s)"
        " ON CONFLICT (module, company_id, key) DO UPDATE"
        " SET value = excluded.value, set_at = clock_timestamp()"
    )
    for value in ("1", "1", "2"):
        core.run(put, (value,))
    first, second = core.rows()
    assert [first[1], second[1]] == ["create", "update"]
    assert (second[2]["value"], second[3]["value"]) == (1, 2)
    assert core.check() == []


@ensureDeferred
async def test_no_secret_is_in_the_trail(pool: Pool, core: Trail):
    site = office(pool)
    boss = await _boss(site)
    person, _ = await site.people.add(boss, "ann", GOOD, UserChange(roles=[]))
    hashes = core.run("SELECT password_hash FROM eerp.users WHERE username = 'ann'")
    await site.people.set_password(boss, person["id"], BETTER)
    hashes += core.run("SELECT password_hash FROM eerp.users WHERE username = 'ann'")
    webhooks = Webhooks(Desk(pool), Secrets(bytes(32)))
    await webhooks.add("https://a.example/", ["crm.*"], active=True, actor="x")
    secrets = core.run("SELECT encode(fingerprint, 'hex') FROM eerp.webhooks")
    [[whole]] = core.run("SELECT string_agg(a::text, ' ') FROM eerp.audit a")
    assert len({*hashes, *secrets}) == 3
    for secret in ("argon2", GOOD, BETTER, *(text for (text,) in hashes + secrets)):
        assert secret not in whole


@ensureDeferred
async def test_what_is_done_past_the_daemon_is_noted_and_tampering_is_found(
    pool: Pool, core: Trail
):
    boss = await _boss(office(pool))
    core.run("INSERT INTO eerp.role_grants (role, permission) VALUES ('boss', 'a.b')")
    core.run("UPDATE eerp.users SET password_hash = 'other'")
    grant, password = core.rows("model, actor, record_id, after")[-2:]
    assert grant[:2] == ("eerp.role_grants", None)
    assert password[2] == boss.user_id
    assert password[3]["password_hash"] == "set anew"
    assert core.check() == []
    superuser = core.tamperer()
    run(superuser, "UPDATE eerp.audit SET after = '{}' WHERE model = 'eerp.users'")
    superuser.commit()
    superuser.close()
    assert {found.kind for found in core.check()} == {"edited"}


def test_the_users_cannot_be_changed_past_the_trail(core: Trail):
    with pytest.raises(InsufficientPrivilege, match="would not be audited"):
        core.run("TRUNCATE eerp.users CASCADE")
    core.run("INSERT INTO eerp.users (username, password_hash) VALUES ('ann', '')")
    with pytest.raises(IntegrityError, match="never changes"):
        core.run("UPDATE eerp.users SET id = uuidv7()")


def test_rows_from_before_hold_beside_those_that_came_since(core: Trail):
    """Both triggers go on in one session's lane."""
    connection = psycopg2.connect(core.dsn)
    run(connection, "CREATE SCHEMA shop")
    run(connection, "CREATE TABLE shop.notes (id uuid DEFAULT uuidv7(), text text)")
    run(connection, "SELECT eerp.audit_table('shop', 'notes')")
    for text in ("a", "b"):
        run(connection, "INSERT INTO shop.notes (text) VALUES (%s)", (text,))
        run(connection, "INSERT INTO eerp.roles (name) VALUES (%s)", (text,))
    connection.commit()
    connection.close()
    rows = core.rows("lane, seq, model")
    assert [row[2] for row in rows] == ["shop.notes", "eerp.roles"] * 2
    assert [row[1] for row in rows] == [1, 2, 3, 4]
    assert len({row[0] for row in rows}) == 1
    assert core.check() == []
