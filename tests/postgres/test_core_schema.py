"""The core's own tables."""

from __future__ import annotations

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults

from eerp.database import catalog, core_schema
from eerp.database.core_schema import STEPS, prepare
from eerp.database.pool import Pool
from eerp.errors import Conflict, DatabaseRefused
from eerp.interfaces import Statement, TransactionBegin

READ = TransactionBegin(read_only=True, actor=None, request_id="r", module="t")


@pytest_twisted.ensureDeferred
async def test_the_tables_are_there(pool: Pool) -> None:
    transaction = pool.transaction(READ)
    tables = await catalog.columns(transaction, "eerp")
    await transaction.commit()
    assert set(tables) == {
        "audit", "audit_lanes", "comments", "core_steps", "deliveries",
        "file_contents", "files", "filters", "idempotency", "jobs", "login_failures",
        "mail_files", "mails", "migration_work", "module_migrations", "outbox",
        "preferences", "refresh_tokens",
        "role_grants", "roles", "sequences", "sessions", "setting_changes", "settings",
        "subscriptions", "user_companies", "user_roles", "users", "webhooks",
    }  # fmt: skip
    assert tables["users"]["id"] == catalog.Column("uuid", False, "uuidv7()")
    assert tables["users"]["company_id"].nullable


@pytest_twisted.ensureDeferred
async def test_preparing_again_changes_nothing(pool: Pool) -> None:
    before = await pool.query(Statement("SELECT * FROM eerp.core_steps"))
    await prepare(pool)
    assert await pool.query(Statement("SELECT * FROM eerp.core_steps")) == before


@pytest_twisted.ensureDeferred
async def test_several_daemons_may_prepare_at_once(empty_database: str) -> None:
    pools = [
        Pool(reactor, empty_database, size=1, require_durable=False) for _ in range(4)
    ]
    for pool in pools:
        await pool.open()
    await gatherResults(
        [Deferred.fromCoroutine(prepare(pool)) for pool in pools], consumeErrors=True
    )
    rows = await pools[0].query(Statement("SELECT number FROM eerp.core_steps"))
    for pool in pools:
        await pool.close()
    assert [row[0] for row in rows] == [step.number for step in STEPS]


@pytest_twisted.ensureDeferred
async def test_usernames_differ_by_more_than_their_case(pool: Pool) -> None:
    insert = "INSERT INTO eerp.users (username, password_hash) VALUES (%s, 'x')"
    await pool.query(Statement(insert, ("Ann",)), read_only=False)
    with pytest.raises(Conflict) as caught:
        await pool.query(Statement(insert, ("ann",)), read_only=False)
    assert [fault.pointer for fault in caught.value.errors] == ["/username"]


@pytest_twisted.ensureDeferred
async def test_a_step_that_was_changed_is_refused(pool: Pool) -> None:
    await pool.query(
        Statement("UPDATE eerp.core_steps SET content_hash = 'x' WHERE number = 2"),
        read_only=False,
    )
    with pytest.raises(DatabaseRefused, match="module_migrations"):
        await prepare(pool)


@pytest_twisted.ensureDeferred
async def test_a_database_of_a_newer_program_is_refused(pool: Pool) -> None:
    await pool.query(
        Statement("INSERT INTO eerp.core_steps VALUES (99, 'later', 'x')"),
        read_only=False,
    )
    with pytest.raises(DatabaseRefused, match="newer EERP: step later"):
        await core_schema.prepare(pool)
