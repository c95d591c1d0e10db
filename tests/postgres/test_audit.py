"""The audit trail as PostgreSQL writes it: what is noted, of what, and by whom."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from psycopg2.errors import (
    InsufficientPrivilege,
    IntegrityError,
    SerializationFailure,
    UndefinedColumn,
)
from pytest_twisted import ensureDeferred

from eerp.database.core_schema import STEPS
from eerp.database.pool import Pool
from eerp.interfaces import Statement
from tests.postgres.conftest import WRITE
from tests.postgres.trail import Trail, run

NOTE = "INSERT INTO shop.notes (text) VALUES ('a') RETURNING id"
MINE = (
    "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
    " AND pid = pg_backend_pid()"
)


def test_each_action_has_its_name_and_what_was_before_and_after(trail: Trail):
    [[note]] = trail.run(NOTE)
    trail.run("UPDATE shop.notes SET text = 'b', version = 2")
    trail.run("UPDATE shop.notes SET deleted_at = now()")
    trail.run("UPDATE shop.notes SET deleted_at = NULL")
    trail.run("DELETE FROM shop.notes")
    rows = trail.rows("action, record_id, before, after")
    assert [row[0] for row in rows] == [
        "create",
        "update",
        "delete",
        "restore",
        "purge",
    ]
    assert {row[1] for row in rows} == {note}
    assert [row[2] for row in rows] == [None, *(row[3] for row in rows[:-1])]
    assert rows[-1][3] is None
    assert rows[0][3] == {
        "id": note, "text": "a", "price": None, "at": None, "data": None,
        "photo": None, "tags": None, "deleted_at": None, "version": 1,
    }  # fmt: skip
    assert trail.check() == []


def test_a_row_that_stays_as_it_was_is_not_noted(trail: Trail):
    trail.run(NOTE)
    trail.run("UPDATE shop.notes SET text = 'a'")
    trail.run("UPDATE shop.notes SET text = 'b' WHERE text = 'z'")
    trail.run("DELETE FROM shop.notes WHERE text = 'z'")
    trail.run("INSERT INTO shop.notes (text) SELECT 'x' WHERE false")
    assert trail.actions() == ["notes create"]


def test_only_the_rows_that_a_statement_changed_are_noted(trail: Trail):
    trail.run(
        "INSERT INTO shop.notes (text) SELECT n::text FROM generate_series(1, 9) n"
    )
    trail.run("UPDATE shop.notes SET text = least(text, '5')")
    changed = [
        after["text"] for _, action, _, after in trail.rows() if action == "update"
    ]
    assert changed == ["5"] * 4


def test_who_why_and_in_which_request_come_from_the_settings(trail: Trail):
    connection = trail.connect()
    settings = {
        "actor": "u1", "request_id": "r1", "module": "shop", "transaction": "t1",
        "reason": "a wish",
    }  # fmt: skip
    for name, value in settings.items():
        run(connection, "SELECT set_config(%s, %s, true)", (f"eerp.{name}", value))
    run(connection, NOTE)
    run(connection, "DELETE FROM shop.notes")
    connection.commit()
    run(connection, NOTE)
    connection.commit()
    connection.close()
    columns = 'actor, request_id, module, "transaction", reason'
    assert trail.rows(columns) == [
        ("u1", "r1", "shop", "t1", None),
        ("u1", "r1", "shop", "t1", "a wish"),
        (None, None, None, None, None),
    ]


def test_an_upsert_and_a_merge_are_noted_as_what_they_did(trail: Trail):
    [[note]] = trail.run(NOTE)
    trail.run(
        "INSERT INTO shop.notes (id, text) VALUES (%s, 'b'), (uuidv7(), 'c')"
        " ON CONFLICT (id) DO UPDATE SET text = excluded.text", (note,)
    )  # fmt: skip
    trail.run(
        "MERGE INTO shop.notes t USING (VALUES ('b'), ('d')) s (text)"
        " ON t.text = s.text"
        " WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (text) VALUES (s.text)"
    )
    assert sorted(trail.actions()[1:]) == [
        "notes create", "notes create", "notes purge", "notes update",
    ]  # fmt: skip


def test_cascades_and_extensions_are_noted_with_what_caused_them(trail: Trail):
    [[one], [two]] = trail.run(
        "INSERT INTO shop.notes (text) VALUES ('a'), ('b') RETURNING id"
    )
    trail.run("INSERT INTO shop.notes_extension VALUES (%s, 'red')", (one,))
    trail.run("INSERT INTO shop.lines (note_id) VALUES (%s), (%s)", (one, two))
    trail.run(
        "INSERT INTO shop.lines (first_id, second_id) VALUES (%s, %s)", (one, two)
    )
    trail.run("DELETE FROM shop.notes")
    noted = trail.actions()[6:]
    assert sorted(noted) == [
        "lines purge", "lines purge", "lines update", "lines update",
        "notes purge", "notes purge", "notes_extension purge",
    ]  # fmt: skip
    # One statement changed that line twice: each step is there, in order.
    steps = [
        (before["first_id"], before["second_id"], after["first_id"], after["second_id"])
        for _, action, before, after in trail.rows()
        if action == "update"
    ]
    assert steps[0][:2] == (one, two)
    assert steps[0][2:] == steps[1][:2]
    assert steps[1][2:] == (None, None)
    assert trail.check() == []


def test_what_is_rolled_back_leaves_nothing_savepoints_included(trail: Trail):
    connection = trail.connect()
    run(connection, NOTE)
    connection.rollback()
    run(connection, "SAVEPOINT s")
    run(connection, NOTE)
    run(connection, "ROLLBACK TO s")
    run(connection, NOTE)
    connection.commit()
    run(connection, NOTE)
    connection.commit()
    connection.close()
    assert trail.rows("lane, seq") == [(1, 1), (1, 2)]
    assert trail.check() == []


def test_a_column_that_comes_or_goes_between_statements_is_noted(trail: Trail):
    connection = trail.connect()
    run(connection, NOTE)
    run(connection, "ALTER TABLE shop.notes ADD COLUMN colour text DEFAULT 'red'")
    run(connection, "UPDATE shop.notes SET text = 'b'")
    run(connection, "ALTER TABLE shop.notes DROP COLUMN price")
    run(connection, "UPDATE shop.notes SET text = 'c'")
    connection.commit()
    connection.close()
    *_, (_, _, before, after) = trail.rows()
    assert before["colour"] == after["colour"] == "red"
    assert "price" not in after
    assert trail.check() == []


def test_the_id_of_a_record_never_changes(trail: Trail):
    trail.run(NOTE)
    with pytest.raises(IntegrityError, match="never changes"):
        trail.run("UPDATE shop.notes SET id = uuidv7()")


def test_thousands_of_rows_are_one_chain(trail: Trail):
    trail.run(
        "INSERT INTO shop.notes (text) SELECT n::text FROM generate_series(1, 3000) n"
    )
    trail.run("UPDATE shop.notes SET price = 1")
    assert trail.run("SELECT lane, count(*), max(seq) FROM eerp.audit GROUP BY 1") == [
        (1, 6000, 6000)
    ]
    assert trail.check() == []


@ensureDeferred
async def test_what_the_daemon_writes_has_its_actor_and_keeps_its_lane(
    trail: Trail, pool: Pool
):
    for _ in range(3):
        await pool.transaction(WRITE).run_last(Statement(NOTE))
        transaction = pool.transaction(WRITE)
        await transaction.run(Statement(NOTE))
        await transaction.run(Statement("UPDATE shop.notes SET version = version + 1"))
        await transaction.rollback()
    assert trail.rows("lane, seq, actor, request_id, module") == [
        (1, seq, "ann", "r1", "test") for seq in (1, 2, 3)
    ]
    assert trail.check() == []


# Append only


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE eerp.audit SET actor = 'x'",
        "DELETE FROM eerp.audit",
        "TRUNCATE eerp.audit",
        "DELETE FROM eerp.audit_lanes",
        "TRUNCATE eerp.audit_lanes",
        "TRUNCATE shop.notes CASCADE",
    ],
)
def test_the_trail_cannot_be_changed_nor_gone_around(trail: Trail, statement: str):
    trail.run(NOTE)
    with pytest.raises(InsufficientPrivilege, match="refused"):
        trail.run(statement)
    with pytest.raises(InsufficientPrivilege, match="refused"):
        superuser = psycopg2.connect(trail.superuser_dsn)
        try:
            run(superuser, statement)
        finally:
            superuser.close()
    assert trail.actions() == ["notes create"]


def test_a_role_without_rights_on_the_trail_is_audited_too(trail: Trail):
    superuser = psycopg2.connect(trail.superuser_dsn)
    try:
        run(superuser, "CREATE ROLE clerk")
        run(
            superuser,
            "GRANT USAGE ON SCHEMA shop TO clerk; GRANT ALL ON shop.notes TO clerk",
        )
        run(superuser, "SET ROLE clerk")
        run(superuser, NOTE)
        run(superuser, "RESET ROLE")
        assert run(superuser, "SELECT count(*) FROM eerp.audit") == [(1,)]
    finally:
        superuser.rollback()
        superuser.close()


def test_auditing_a_table_again_changes_nothing(trail: Trail):
    query = "SELECT oid, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
    before = trail.run(query)
    trail.run("SELECT eerp.audit_table('shop', 'notes')")
    assert trail.run(query) == before


def test_a_table_without_an_id_cannot_be_audited(trail: Trail):
    with pytest.raises(UndefinedColumn, match="cannot be audited"):
        trail.run(
            "CREATE TABLE shop.x (n integer); SELECT eerp.audit_table('shop', 'x')"
        )


# Lanes


def test_open_transactions_do_not_wait_for_each_other(trail: Trail):
    with trail.sessions(16) as sessions:
        for session in sessions:
            run(session, "SET LOCAL lock_timeout = '1ms'")
            run(session, NOTE)
        for session in reversed(sessions):
            session.commit()
    assert trail.run("SELECT count(DISTINCT lane), max(lane) FROM eerp.audit") == [
        (16, 16)
    ]
    assert trail.check() == []


def test_a_session_keeps_its_lane_and_leaves_it_to_another(trail: Trail):
    with trail.sessions(2) as (one, two):
        for session in (one, two, one, two):
            run(session, NOTE)
            session.commit()
    with trail.sessions(1) as (three,):
        run(three, NOTE)
        three.commit()
    assert trail.rows("lane, seq") == [(1, 1), (2, 1), (1, 2), (2, 2), (1, 3)]


@pytest.mark.parametrize(
    "words", ["DISCARD ALL", "RESET ALL", "SELECT pg_advisory_unlock_all()"]
)
def test_a_session_that_is_wiped_goes_on(trail: Trail, words: str):
    with trail.sessions(1) as (session,):
        for _ in range(2):
            run(session, NOTE)
            session.commit()
            session.autocommit = True
            run(session, words)
            session.autocommit = False
        run(session, NOTE)
        session.commit()
        assert run(session, MINE) in ([(1,)], [])
    assert trail.rows("lane, seq") == [(1, 1), (1, 2), (1, 3)]
    assert trail.check() == []


def test_a_snapshot_from_before_a_lane_was_left_takes_another(trail: Trail):
    with trail.sessions(2) as (old, quick):
        run(old, "SELECT count(*) FROM shop.notes")
        run(quick, NOTE)
        quick.commit()
        quick.close()
        run(old, NOTE)
        old.commit()
    assert trail.rows("lane, seq") == [(1, 1), (2, 1)]
    assert trail.check() == []


def test_a_lane_that_was_claimed_in_vain_is_claimed_again(trail: Trail):
    with trail.sessions(2) as (one, two):
        run(one, NOTE)
        one.rollback()
        run(two, NOTE)
        run(one, NOTE)
        for session in (one, two):
            session.commit()
            assert len(run(session, MINE)) == 1
    assert sorted(trail.rows("lane, seq")) == [(1, 1), (2, 1)]


def test_a_session_beyond_the_lanes_there_are_adds_one(trail: Trail):
    with trail.sessions(3) as (greedy, one, two):
        lanes = (
            f"SELECT pg_advisory_lock({0x61756474}, n) FROM generate_series(1, 128) n"
        )
        run(greedy, lanes)
        run(one, NOTE)
        one.rollback()
        run(one, NOTE)
        run(two, NOTE)
        two.commit()
        one.commit()
    assert sorted(trail.rows("lane, seq")) == [(129, 1), (130, 1)]
    assert trail.check() == []


@pytest.mark.parametrize("lane", ["1", "2", "77", "4000"])
def test_no_value_of_the_settings_breaks_a_chain(trail: Trail, lane: str):
    with trail.sessions(2) as (one, two):
        for session in (one, two, one):
            run(session, NOTE)
            session.commit()
        [[head]] = run(two, "SELECT ctid::text FROM eerp.audit_lanes WHERE lane = 1")
        run(two, "SELECT set_config('eerp.audit_lane', %s, false)", (lane,))
        run(two, "SELECT set_config('eerp.audit_head', %s, false)", (head,))
        two.commit()
        for session in (two, one, two):
            try:
                run(session, NOTE)
                session.commit()
            except SerializationFailure:
                session.rollback()
    assert trail.check() == []


def test_sessions_that_share_a_lane_by_force_wait_and_stay_right(trail: Trail):
    """Nobody should unlock what is not theirs to know of; if they do, they wait."""
    with trail.sessions(2) as (one, two):
        run(one, NOTE)
        run(one, "SELECT pg_advisory_unlock_all()")
        one.commit()
        run(two, NOTE)
        two.commit()
        failures = _both(one, two)
    assert trail.check() == []
    assert len(trail.rows()) == 4 - failures


def _both(one: Any, two: Any) -> int:
    """Write in both at once; how many were told to try again."""
    failed = []

    def write() -> None:
        try:
            run(two, NOTE)
            two.commit()
        except SerializationFailure:
            failed.append(two)
            two.rollback()

    run(one, NOTE)
    other = threading.Thread(target=write)
    other.start()
    one.commit()
    other.join()
    return len(failed)


def test_a_table_that_a_module_had_before_the_trail_is_audited(empty_database: str):
    connection = psycopg2.connect(empty_database)
    for step in STEPS:
        if step.name == "audit":
            run(
                connection,
                "CREATE SCHEMA old;"
                "CREATE TABLE old.things (id uuid NOT NULL, deleted_at timestamptz)",
            )
            run(
                connection,
                "INSERT INTO eerp.module_migrations VALUES ('old', 'e', 1, '', '')",
            )
        run(connection, step.sql)
    run(connection, "INSERT INTO old.things VALUES (%s)", (str(UUID(int=7)),))
    assert run(connection, "SELECT model, record_id FROM eerp.audit") == [
        ("old.things", str(UUID(int=7)))
    ]
    connection.close()
