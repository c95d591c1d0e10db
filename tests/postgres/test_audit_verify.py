"""Whatever is done, the trail tells it and holds; whatever is done to it, is found."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.errors import SerializationFailure
from pytest_twisted import ensureDeferred

from eerp.database.audit import heads, read_heads, verify, write_heads
from eerp.database.chain import Break
from eerp.database.pool import Pool
from eerp.errors import StartupError
from tests.postgres.trail import Trail, check, run

MANY = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
STEPS = {
    "create": "INSERT INTO shop.notes (text, price) VALUES ({s}, 1.0), ({s}, 2.50)",
    "change": "UPDATE shop.notes SET text = text || 'é\"\\', version = 2 {mine}",
    "scale": "UPDATE shop.notes SET price = price * 1.0, data = '[1.0, null]' {mine}",
    "touch": "UPDATE shop.notes SET text = text {mine}",
    "delete": "UPDATE shop.notes SET deleted_at = now() {mine} AND deleted_at IS NULL",
    "restore": "UPDATE shop.notes SET deleted_at = NULL {mine}",
    "purge": "DELETE FROM shop.notes {mine} AND price > 2",
    "savepoint": "SAVEPOINT s",
    "back": "ROLLBACK TO s",
    "commit": "COMMIT",
    "rollback": "ROLLBACK",
    "reset": "RESET ALL",
    "unlock": "SELECT pg_advisory_unlock_all()",
}
"""What a session may do; `mine` are its own notes, so that nobody waits."""


def _step(session: Any, number: int, name: str) -> None:
    sql = STEPS[name].format(s=number, mine=f"WHERE text LIKE '{number}%'")
    idle = session.get_transaction_status() == 0
    if name == "back":
        sql = f"SAVEPOINT s; {STEPS['change'].format(mine='WHERE false')}; {sql}"
    if name in {"commit", "rollback"} or (name == "savepoint" and idle):
        (session.rollback if name == "rollback" else session.commit)()
        return
    try:
        run(session, sql)
    except SerializationFailure:
        session.rollback()


def _replay(trail: Trail) -> None:
    """The trail of each record leads, without a gap, to what the record is now."""
    left: dict[str, Any] = defaultdict(lambda: None)
    for record, action, before, after in trail.rows(
        "record_id::text, action, before::text, after::text"
    ):
        assert before == left[record]
        assert before != after
        assert (before is None) == (action == "create")
        assert (after is None) == (action == "purge")
        left[record] = after
    now = trail.run("SELECT id::text, (to_jsonb(n) - 'alive')::text FROM shop.notes n")
    assert {record: row for record, row in left.items() if row} == dict(now)


@MANY
@given(
    plan=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(sorted(STEPS))), max_size=40
    )
)
def test_the_trail_tells_what_the_records_are(
    trail: Trail, plan: list[tuple[int, str]]
):
    with trail.sessions(3) as sessions:
        for number, name in plan:
            _step(sessions[number], number, name)
        for session in sessions:
            session.commit()
    _replay(trail)
    assert trail.check() == []


# Tampering


@pytest.fixture
def written(trail: Trail) -> Trail:
    """A trail of several rows in three lanes."""
    with trail.sessions(3) as sessions:
        for number, session in enumerate(sessions):
            run(session, "SELECT set_config('eerp.actor', 'u', false)")
            for name in ("create", "change", "delete", "purge"):
                _step(session, number, name)
                session.commit()
            for _ in range(number):
                _step(session, number, "create")
            session.commit()
    return trail


EDITS = {
    "lane": "lane + 500", "seq": "seq + 500", "at": "at + interval '1 us'",
    "actor": "actor || 'x'", "request_id": "'r'", "module": "''", "model": "'x.y'",
    "record_id": "uuidv7()", "action": "'update '", "before": "'null'",
    "after": "'{\"text\": \"other\"}'", "reason": "''", '"transaction"': "'t'",
    "hash": "sha256(hash)",
}  # fmt: skip
AT = "WHERE lane = %s AND seq = %s"


def _edit(session: Any, place: tuple[int, int], column: str) -> list[Break]:
    run(session, f"UPDATE eerp.audit SET {column} = {EDITS[column]} {AT}", place)
    return check(session)


def _places(found: list[Break], kind: str) -> list[tuple[int, int]]:
    return [(each.lane, each.seq) for each in found if each.kind == kind]


@MANY
@given(data=st.data(), column=st.sampled_from(sorted(EDITS)))
def test_an_edit_of_any_column_is_found_where_it_is(
    written: Trail, data: Any, column: str
):
    place = data.draw(st.sampled_from(written.rows("lane, seq")))
    session = written.tamperer()
    try:
        last = run(
            session, "SELECT max(seq) FROM eerp.audit WHERE lane = %s", place[:1]
        )
        found = _edit(session, place, column)
    finally:
        session.close()
    if column not in {"lane", "seq"}:
        assert _places(found, "edited") == [place]
        assert len(found) == 1
    elif column == "lane" and last == [place[1:]]:
        assert place in _places(found, "tail cut")
    else:
        assert place in _places(found, "missing")


@MANY
@given(data=st.data())
def test_a_row_that_is_deleted_is_missed_where_it_was(written: Trail, data: Any):
    place = data.draw(st.sampled_from(written.rows("lane, seq")))
    session = written.tamperer()
    try:
        last = run(
            session, "SELECT max(seq) FROM eerp.audit WHERE lane = %s", place[:1]
        )
        run(session, f"DELETE FROM eerp.audit {AT}", place)
        [found] = check(session)
    finally:
        session.close()
    assert (found.lane, found.seq) == place
    assert found.kind == ("tail cut" if last == [place[1:]] else "missing")


@MANY
@given(data=st.data())
def test_two_rows_that_change_places_are_found_in_both(written: Trail, data: Any):
    places = st.sampled_from(written.rows("lane, seq"))
    one, two = sorted(data.draw(st.lists(places, min_size=2, max_size=2, unique=True)))
    session = written.tamperer()
    move = f"UPDATE eerp.audit SET lane = %s, seq = %s {AT}"
    try:
        for to, place in (((-1, -1), one), (one, two), (two, (-1, -1))):
            run(session, move, (*to, *place))
        found = check(session)
    finally:
        session.close()
    assert _places(found, "reordered") == [one, two]
    others = [each for each in found if each.kind != "reordered"]
    # Of the last row of a lane the head has the hash.
    assert {each.kind for each in others} <= {"head changed"}


@MANY
@given(lane=st.integers(1, 3), left=st.integers(0, 3))
def test_a_tail_that_is_cut_is_found_where_it_began(
    written: Trail, lane: int, left: int
):
    session = written.tamperer()
    try:
        run(
            session, "DELETE FROM eerp.audit WHERE lane = %s AND seq > %s", (lane, left)
        )
        [found] = check(session)
    finally:
        session.close()
    assert (found.lane, found.seq) == (lane, left + 1)
    assert found.kind == ("tail cut" if left else "lane missing")


OTHERS = {
    "a head's hash": ("UPDATE eerp.audit_lanes SET hash = sha256(hash) WHERE lane = 2",
                      "head changed", 2),
    "a head's seq": ("UPDATE eerp.audit_lanes SET seq = seq - 1 WHERE lane = 2",
                     "head changed", 2),
    "a head": ("DELETE FROM eerp.audit_lanes WHERE lane = 2", "head changed", 2),
    "the head of a lane without rows": (
        "UPDATE eerp.audit_lanes SET hash = '' WHERE lane = 9", "head changed", 9
    ),
    "a lane without its head": (
        "DELETE FROM eerp.audit WHERE lane = 3", "lane missing", 3
    ),
    "a lane and its head": (
        "DELETE FROM eerp.audit WHERE lane = 3;"
        " DELETE FROM eerp.audit_lanes WHERE lane = 3", "lane missing", 3
    ),
    "a row more": (
        "INSERT INTO eerp.audit SELECT lane, seq + 1, at, actor, request_id, module,"
        " model, record_id, action, before, after, reason, \"transaction\", hash"
        " FROM eerp.audit WHERE lane = 1 ORDER BY seq DESC LIMIT 1", "head changed", 1
    ),
    "an edited row with its hash made anew": (
        "UPDATE eerp.audit SET hash = '\\x00', actor = 'x' WHERE lane = 1 AND seq = 2",
        "edited", 1
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", OTHERS)
def test_other_tampering_is_found(written: Trail, what: str):
    sql, kind, lane = OTHERS[what]
    session = written.tamperer()
    try:
        run(session, sql)
        found = check(session)
    finally:
        session.close()
    assert (kind, lane) in {(each.kind, each.lane) for each in found}


REWRITE = """
DO $$
DECLARE
    row record; prior bytea := decode(repeat('00', 32), 'hex');
BEGIN
    UPDATE eerp.audit SET actor = 'somebody else' WHERE lane = 1 AND seq = 2;
    FOR row IN SELECT * FROM eerp.audit WHERE lane = 1 ORDER BY seq LOOP
        prior := sha256(prior || convert_to(json_build_array(row.lane, row.seq,
            extract(epoch FROM row.at), row.actor, row.request_id, row.module,
            row.model, row.record_id, row.action, row.before, row.after, row.reason,
            row.transaction)::text, 'UTF8'));
        UPDATE eerp.audit SET hash = prior WHERE lane = 1 AND seq = row.seq;
    END LOOP;
    UPDATE eerp.audit_lanes SET hash = prior WHERE lane = 1;
END $$
"""


@ensureDeferred
async def test_a_history_that_is_rewritten_whole_is_found_by_a_head_that_was_kept(
    written: Trail, pool: Pool
):
    kept = read_heads(write_heads(await heads(pool)))
    assert len(kept) == 3
    assert (await verify(pool, kept)).breaks == ()
    session = written.tamperer()
    run(session, REWRITE)
    session.commit()
    session.close()
    assert (await verify(pool)).count == 0
    [found] = (await verify(pool, kept)).breaks
    assert (found.kind, found.lane) == ("rewritten", 1)


@ensureDeferred
async def test_kept_heads_that_are_gone_are_found(written: Trail, pool: Pool):
    kept = read_heads(write_heads(await heads(pool)))
    session = written.tamperer()
    run(session, "DELETE FROM eerp.audit WHERE lane = 3")
    run(session, "UPDATE eerp.audit_lanes SET seq = 0, hash = DEFAULT WHERE lane = 3")
    session.commit()
    session.close()
    assert (await verify(pool)).count == 0
    [found] = (await verify(pool, kept)).breaks
    assert (found.kind, found.lane) == ("rewritten", 3)


@ensureDeferred
async def test_a_trail_longer_than_a_batch_is_walked_while_others_write(
    trail: Trail, pool: Pool
):
    sql = "INSERT INTO shop.notes (text) SELECT n::text FROM generate_series(1, 2500) n"
    trail.run(sql)
    with trail.sessions(1) as (writer,):
        run(writer, sql)
        verdict = await verify(pool)
        writer.commit()
    assert (verdict.rows, verdict.lanes, verdict.count) == (2500, 1, 0)
    assert (await verify(pool)).rows == 5000


@ensureDeferred
async def test_a_walk_within_bounds_says_that_it_was_cut_short(
    trail: Trail, pool: Pool
):
    """It misses nothing that it did not look for, and finds what it passed."""
    trail.run(
        "INSERT INTO shop.notes (text) SELECT n::text FROM generate_series(1, 2500) n"
    )
    verdict = await verify(pool, rows_max=2000)
    assert (verdict.complete, verdict.rows, verdict.count) == (False, 2000, 0)
    verdict = await verify(pool, rows_max=3000)
    assert (verdict.complete, verdict.rows, verdict.count) == (True, 2500, 0)
    session = trail.tamperer()
    run(session, "UPDATE eerp.audit SET actor = 'eve' WHERE seq = 7")
    session.commit()
    session.close()
    verdict = await verify(pool, rows_max=2000)
    assert (verdict.complete, verdict.count) == (False, 1)


@pytest.mark.parametrize("text", ["1 2", "a 1 00", "1 1 xyz", "1 1 00\n1 1 01"])
def test_heads_that_are_none_are_refused(text: str):
    with pytest.raises(StartupError, match="of the heads"):
        read_heads(text)


def test_heads_of_several_times_may_be_joined():
    assert read_heads("# May\n1 1 00\n\n# June\n1 2 01\n1 1 00\n") == {
        (1, 1): b"\x00", (1, 2): b"\x01",
    }  # fmt: skip
