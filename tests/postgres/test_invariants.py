"""Invariants that PostgreSQL holds: checks, exclusions, balances, computed columns."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_twisted import ensureDeferred
from twisted.internet.defer import DeferredList

from eerp.database.pool import Pool
from eerp.errors import (
    Conflict,
    EerpError,
    MigrationRefused,
    SerializationFailed,
    ValidationFailed,
)
from eerp.interfaces import Statement, Transaction
from tests.conftest import wait_for
from tests.postgres.two import (
    Shop,
    add,
    key,
    moment,
    see,
    started,
    step,
    table,
)

real = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
BOOKING = table("bookings", ("room", "text"), ("seen", "date"), ("gone", "date"))
STAY = table(
    "stays", ("room", "text"), ("since", "timestamptz"), ("till", "timestamptz")
)


def free(name: str, start: str, end: str) -> Any:
    return {
        "type": "add_exclude", "table": name, "name": "room_free", "equal": ["room"],
        "from": start, "to": end,
    }  # fmt: skip


@pytest.fixture
def shop(pool: Pool) -> Shop:
    return Shop(pool)


@ensureDeferred
async def test_days_of_one_room_do_not_overlap(shop: Shop) -> None:
    await shop.migrate(step("all", 1, BOOKING, free("bookings", "seen", "gone")))
    first = await shop.add("bookings", room="a", seen="2026-01-01", gone="2026-01-03")
    await shop.add("bookings", room="b", seen="2026-01-01", gone="2026-01-03")
    await shop.add("bookings", room="a", seen="2026-01-04", gone=None)
    with pytest.raises(Conflict, match="the rule room_free does not allow"):
        await shop.add("bookings", room="a", seen="2026-01-03", gone="2026-01-03")
    with pytest.raises(Conflict) as caught:
        await shop.add("bookings", room="a", seen="2099-01-03", gone="2099-01-03")
    assert [fault.code for fault in caught.value.errors] == ["overlap"]
    with pytest.raises(ValidationFailed, match="room_free_order"):
        await shop.add("bookings", room="a", seen="2025-01-02", gone="2025-01-01")
    await shop.delete("bookings", first)
    await shop.add("bookings", room="a", seen="2026-01-02", gone="2026-01-03")
    with pytest.raises(Conflict, match="room_free"):
        await shop.restore("bookings", first)


@ensureDeferred
async def test_the_end_of_one_moment_may_be_the_start_of_the_next(shop: Shop) -> None:
    await shop.migrate(step("all", 1, STAY, free("stays", "since", "till")))
    await shop.add(
        "stays", room="a", since="2026-01-01T10:00Z", till="2026-01-01T11:00Z"
    )
    await shop.add("stays", room="a", since="2026-01-01T11:00Z", till=None)
    with pytest.raises(Conflict, match="room_free"):
        await shop.add("stays", room="a", since="2026-01-01T10:59Z", till=None)


@ensureDeferred
async def test_of_two_that_overlap_at_once_one_is_stored(shop: Shop) -> None:
    await shop.migrate(step("all", 1, BOOKING, free("bookings", "seen", "gone")))
    first, second = shop.begin(), shop.begin()
    await add(first, "bookings", room="a", seen="2026-01-01", gone="2026-01-03")
    waiting = started(
        add(second, "bookings", room="a", seen="2026-01-02", gone="2026-01-02")
    )
    await moment()
    assert not waiting.called
    await first.commit()
    with pytest.raises((Conflict, SerializationFailed)):
        await waiting
    await second.rollback()
    assert len(await shop.alive("bookings")) == 1


@ensureDeferred
async def test_an_exclusion_that_does_not_hold_is_refused_and_dropped(
    shop: Shop,
) -> None:
    await shop.migrate(step("all", 1, BOOKING))
    for _ in range(2):
        await shop.add("bookings", room="a", seen="2026-01-01", gone="2026-01-03")
    steps = [step("all", 1, BOOKING), step("all", 2, free("bookings", "seen", "gone"))]
    with pytest.raises(MigrationRefused, match="room_free"):
        await shop.migrate(*steps)
    await shop.run("DELETE FROM shop.bookings")
    drop = {"type": "drop_exclude", "table": "bookings", "name": "room_free"}
    assert await shop.migrate(*steps, step("all", 3, drop)) == 2
    for _ in range(2):
        await shop.add("bookings", room="a", seen="2026-01-03", gone="2026-01-01")


LEDGER = step(
    "ledger",
    1,
    table("entries", ("state", "text"), ("note", "text")),
    table(
        "lines",
        ("entry_id", "uuid"),
        ("debit", "numeric(12,2)"),
        ("credit", "numeric(12,2)"),
        ("note", "text"),
    ),
    key("lines", "entry_id", "entries", "cascade"),
    {"type": "add_index", "table": "lines", "columns": ["entry_id"]},
)
BALANCE = {
    "type": "add_balance", "table": "lines", "name": "balanced", "group": "entry_id",
    "amounts": {"debit": 1, "credit": -1},
    "when": {"field": "state", "op": "eq", "value": "posted"},
}  # fmt: skip
POST = "UPDATE shop.entries SET state = 'posted' WHERE id = %s::uuid"


@pytest.fixture
def ledger(pool: Pool) -> Shop:
    made = Shop(pool)
    wait_for(made.migrate(LEDGER, step("ledger", 2, BALANCE)))
    return made


async def line(
    transaction: Transaction, entry: str, debit: Any, credit: Any = None
) -> str:
    return await add(transaction, "lines", entry_id=entry, debit=debit, credit=credit)


async def balanced_entry(ledger: Shop) -> str:
    transaction = ledger.begin()
    entry = await add(transaction, "entries", state="draft")
    await line(transaction, entry, "10.10")
    await line(transaction, entry, None, "10.10")
    await transaction.commit()
    return entry


@ensureDeferred
async def test_a_posted_entry_balances(ledger: Shop) -> None:
    entry = await balanced_entry(ledger)
    await ledger.run(POST, entry)
    with pytest.raises(ValidationFailed) as caught:
        await line_alone(ledger, entry, "0.01")
    assert caught.value.message == (
        "The amounts of one entry_id do not add up to zero (rule balanced)."
    )
    for sql in (
        "UPDATE shop.lines SET debit = 10.11 WHERE debit IS NOT NULL",
        "UPDATE shop.lines SET entry_id = NULL WHERE debit IS NOT NULL",
        "UPDATE shop.lines SET deleted_at = now() WHERE debit IS NOT NULL",
        "DELETE FROM shop.lines WHERE debit IS NOT NULL",
    ):
        with pytest.raises(ValidationFailed, match="balanced"):
            await ledger.run(sql)
    await ledger.run("UPDATE shop.lines SET debit = 3 * debit, credit = 3 * credit")
    await ledger.run("UPDATE shop.lines SET note = 'x'")


async def line_alone(ledger: Shop, entry: str, debit: Any) -> None:
    transaction = ledger.begin()
    try:
        await line(transaction, entry, debit)
        await transaction.commit()
    finally:
        await transaction.rollback()


@ensureDeferred
async def test_a_draft_need_not_balance_and_cannot_be_posted_so(ledger: Shop) -> None:
    entry = await balanced_entry(ledger)
    await line_alone(ledger, entry, "5")
    with pytest.raises(ValidationFailed, match="balanced"):
        await ledger.run(POST, entry)
    await ledger.run("UPDATE shop.lines SET debit = 5.1 WHERE debit = 10.1")
    await ledger.run(POST, entry)


@ensureDeferred
async def test_within_a_transaction_an_entry_may_be_out_of_balance(
    ledger: Shop,
) -> None:
    transaction = ledger.begin()
    entry = await add(transaction, "entries", state="posted")
    await line(transaction, entry, "1")
    await line(transaction, entry, "2")
    await line(transaction, entry, None, "3")
    await transaction.commit()
    assert len(await ledger.alive("lines")) == 3


@ensureDeferred
async def test_a_deleted_entry_takes_its_lines_along_and_back(ledger: Shop) -> None:
    entry = await balanced_entry(ledger)
    await ledger.run(POST, entry)
    await ledger.delete("entries", entry)
    assert set((await ledger.alive("lines")).values()) == {False}
    await ledger.restore("entries", entry)
    with pytest.raises(ValidationFailed, match="balanced"):
        await line_alone(ledger, entry, "1")
    await ledger.run("DELETE FROM shop.entries")
    assert await ledger.alive("lines") == {}


@pytest.mark.parametrize("posting_first", [True, False])
@pytest.mark.parametrize("overlapping", [True, False])
@ensureDeferred
async def test_a_line_that_comes_while_its_entry_is_posted_is_seen(
    ledger: Shop, posting_first: bool, overlapping: bool
) -> None:
    entry = await balanced_entry(ledger)

    async def post(transaction: Transaction) -> None:
        await transaction.run(Statement(POST, (entry,)))

    async def extend(transaction: Transaction) -> None:
        await line(transaction, entry, "5")

    acts = [post, extend] if posting_first else [extend, post]
    first, second = ledger.begin(), ledger.begin()
    await see(first)
    await see(second)
    await acts[0](first)
    waiting = started(acts[1](second)) if overlapping else None
    await moment(0.1)
    assert waiting is None or not waiting.called
    await first.commit()
    with pytest.raises(SerializationFailed):
        await (waiting or acts[1](second))
    await second.rollback()
    assert await unbalanced(ledger) == 0


async def unbalanced(ledger: Shop) -> int:
    rows = await ledger.run(
        "SELECT count(*) FROM (SELECT FROM shop.lines l JOIN shop.entries e"
        " ON e.id = l.entry_id WHERE e.state = 'posted' AND l.alive AND e.alive"
        " GROUP BY e.id HAVING sum(coalesce(debit, 0) - coalesce(credit, 0)) <> 0) x"
    )
    return int(rows[0][0])


@ensureDeferred
async def test_touching_the_entry_is_no_change_of_it(ledger: Shop) -> None:
    entry = await balanced_entry(ledger)
    await line_alone(ledger, entry, "1")
    rows = await ledger.run("SELECT version, updated_at = created_at FROM shop.entries")
    assert rows == [(1, True)]
    asked = "SELECT action FROM eerp.audit WHERE model = 'shop.entries'"
    assert await ledger.run(asked) == [("create",)]


@ensureDeferred
async def test_changes_of_different_entries_do_not_wait(ledger: Shop) -> None:
    one, other = await balanced_entry(ledger), await balanced_entry(ledger)
    first, second = ledger.begin(), ledger.begin()
    await line(first, one, "1")
    await line(second, other, "1")
    await second.commit()
    await first.commit()


@ensureDeferred
async def test_a_balance_is_proved_before_it_is_declared(pool: Pool) -> None:
    ledger = Shop(pool)
    await ledger.migrate(LEDGER)
    entry = await ledger.add("entries", state="posted")
    await ledger.add("lines", entry_id=entry, debit="1")
    both = [LEDGER, step("ledger", 2, BALANCE)]
    with pytest.raises(
        MigrationRefused, match=r"do not add up to zero \(rule balanced"
    ):
        await ledger.migrate(*both)
    await ledger.run("DELETE FROM shop.lines")
    drop = {"type": "drop_balance", "table": "lines", "name": "balanced"}
    assert await ledger.migrate(*both, step("ledger", 3, drop)) == 2
    await ledger.add("lines", entry_id=entry, debit="1")
    triggers = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'EERP_balanced%%'"
    assert await ledger.run(triggers) == [(0,)]


AMOUNTS = st.sampled_from(["-2", "-1", "0.5", "1", "2"])
WRITES = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["post", "draft", "line", "pair", "change", "delete", "move"]),
        AMOUNTS,
    ),
    min_size=2,
    max_size=6,
)


@settings(real, max_examples=25)
@given(first=WRITES, second=WRITES)
@ensureDeferred
async def test_transactions_that_run_at_once_leave_posted_entries_balanced(
    ledger: Shop, first: Any, second: Any
) -> None:
    await ledger.run("DELETE FROM shop.entries")
    entries = [await balanced_entry(ledger) for _ in range(2)]
    running = [started(_write(ledger, entries, writes)) for writes in (first, second)]
    for good, outcome in await DeferredList(running, consumeErrors=True):
        assert good or isinstance(outcome.value, ValidationFailed | SerializationFailed)
    assert await unbalanced(ledger) == 0


_WRITES = {
    "post": "UPDATE shop.entries SET state = 'posted' WHERE id = %(entry)s::uuid",
    "draft": "UPDATE shop.entries SET state = 'draft' WHERE id = %(entry)s::uuid",
    "line": "INSERT INTO shop.lines (entry_id, debit) VALUES (%(entry)s, %(amount)s)",
    "pair": "INSERT INTO shop.lines (entry_id, debit, credit) VALUES"
    " (%(entry)s, %(amount)s, NULL), (%(entry)s, NULL, %(amount)s)",
    "change": "UPDATE shop.lines SET debit = %(amount)s"
    " WHERE entry_id = %(entry)s::uuid AND credit IS NULL",
    "delete": "UPDATE shop.lines SET deleted_at = now()"
    " WHERE entry_id = %(entry)s::uuid AND debit = %(amount)s::numeric",
    "move": "UPDATE shop.lines SET entry_id = %(other)s::uuid"
    " WHERE entry_id = %(entry)s::uuid AND debit = %(amount)s::numeric",
}


async def _write(ledger: Shop, entries: list[str], writes: Any) -> None:
    transaction = ledger.begin()
    try:
        for which, action, amount in writes:
            values: Any = {
                "entry": entries[which], "other": entries[1 - which], "amount": amount,
            }  # fmt: skip
            await transaction.run(Statement(_WRITES[action], values))
        await transaction.commit()
    finally:
        await transaction.rollback()


@ensureDeferred
async def test_computed_columns_are_computed_by_the_database(shop: Shop) -> None:
    def field(name: str) -> Any:
        return {"field": name}

    lines = table(
        "lines",
        ("quantity", "integer"),
        ("price", "numeric(12,2)"),
        ("first", "text"),
        ("surname", "text"),
        {"column": "total", "sql_type": "numeric(14,2)",
         "computed": {"mul": [field("quantity"), field("price")]}},
        {"column": "name", "sql_type": "text", "nullable": False,
         "computed": {"concat": [
             {"coalesce": [field("first"), {"value": "it's 5%"}]},
             {"value": " "}, {"upper": field("surname")}]}},
        {"column": "rounded", "sql_type": "integer",
         "computed": {"sub": [{"add": [field("price"), {"value": "0.5"}]},
                              {"value": 1}]}},
    )  # fmt: skip
    await shop.migrate(step("all", 1, lines))
    await shop.add("lines", quantity=2**31 - 1, price="1.25", surname="ann")
    rows = await shop.run("SELECT total::text, name, rounded FROM shop.lines")
    assert rows == [("2684354558.75", "it's 5% ANN", 1)]
    with pytest.raises(EerpError):
        await shop.run("UPDATE shop.lines SET total = 1")


THINGS = table("things", ("name", "text"), ("tags", "text[]"), ("size", "integer"))
INDEXES: list[tuple[dict[str, Any], str]] = [
    ({"columns": ["name"], "method": "trigram"}, "WHERE name ILIKE '%needle%'"),
    (
        {"columns": ["name"], "method": "fts", "config": "english"},
        "WHERE to_tsvector('english', name) @@ plainto_tsquery('english', 'needles')",
    ),
    ({"columns": ["tags"], "method": "array"}, "WHERE tags @> ARRAY['a']"),
    (
        {"columns": ["size", "name"], "descending": ["size"]},
        "ORDER BY size DESC, name LIMIT 1",
    ),
]


@pytest.mark.parametrize(("index", "question"), INDEXES)
@ensureDeferred
async def test_each_kind_of_index_serves_its_question(
    shop: Shop, index: Any, question: str
) -> None:
    add_index = {"type": "add_index", "table": "things", **index}
    await shop.migrate(step("all", 1, THINGS, add_index))
    transaction = shop.begin()
    await transaction.run(Statement("SET LOCAL enable_seqscan = off"))
    asked = Statement(f"EXPLAIN SELECT FROM shop.things {question}")
    plan = await transaction.run(asked)
    await transaction.rollback()
    assert any("Index" in row[0] and "_idx_" in row[0] for row in plan)
