"""What ``eerp migrate`` says."""

from __future__ import annotations

from eerp.database.catalog import RowCount
from eerp.errors import MigrationRefused
from eerp.migrations.back import WayBack
from eerp.migrations.migration import read_migrations
from eerp.migrations.preview import LockPreview, StatementPreview, StepPreview
from eerp.migrations.statement import Work
from eerp.startup.migrating import applied_text, back_text, failed_text, plan_text

TABLE = ("crm", "contacts")


def locked(mode: str, rows: RowCount | None) -> tuple[LockPreview, ...]:
    return (LockPreview(TABLE, mode, rows),)


DROP = StepPreview(
    "crm", "contacts", 2,
    (
        StatementPreview(
            "CREATE INDEX CONCURRENTLY i", "before", Work.BUILD,
            locked("SHARE UPDATE EXCLUSIVE", RowCount(2_400_000, exact=False)),
        ),
        StatementPreview(
            "DROP COLUMN x", "inside", Work.NONE,
            locked("ACCESS EXCLUSIVE", RowCount(1204, exact=True)),
        ),
    ),
    ("drops column contacts.x with all that it holds",),
    has_way_back=False,
)  # fmt: skip
NEW = StepPreview(
    "crm", "tags", 1,
    (StatementPreview("CREATE TABLE t", "inside", Work.NONE,
                      locked("ACCESS EXCLUSIVE", None)),),
    (),
    has_way_back=True,
)  # fmt: skip


def test_a_plan_says_what_waits_for_how_many_rows_and_what_is_lost() -> None:
    assert plan_text([], [DROP, NEW]).splitlines() == [
        "2 versions of 1 module are pending, 1 of them DESTRUCTIVE. Nothing was "
        "changed.",
        "",
        "crm.contacts version 2 (has no way back)",
        "  DESTRUCTIVE: it drops column contacts.x with all that it holds",
        "  CREATE INDEX CONCURRENTLY i;",
        "      runs alone, before the version's transaction",
        "      crm.contacts: about 2 400 000 rows (estimate); SHARE UPDATE EXCLUSIVE "
        "lock, reads and writes go on; builds an index of every row",
        "  DROP COLUMN x;",
        "      crm.contacts: 1 204 rows; ACCESS EXCLUSIVE lock, reads and writes wait; "
        "takes a moment",
        "",
        "crm.tags version 1 (can be undone by --back)",
        "  CREATE TABLE t;",
        "",
        "Locks inside a version's transaction are held until its end.",
        "To apply this: eerp migrate --allow-destructive",
    ]


def test_nothing_pending_is_said_in_one_line() -> None:
    assert plan_text([], []) == "Nothing is pending. Nothing was changed."
    assert applied_text({"crm": ([], 0)}) == "Nothing was pending."


def test_the_cores_own_steps_are_named() -> None:
    text = plan_text(["audit", "jobs"], [])
    assert "The core's own tables lack: audit, jobs." in text
    assert text.endswith("To apply this: eerp migrate")


def test_what_was_applied_is_listed() -> None:
    table = {"type": "create_table", "table": "t", "columns": []}
    migration = {"entity": "t", "version": 1, "operations": [table]}
    (step,) = read_migrations("crm", frozenset(), [migration])
    assert applied_text({"crm": ([step], 1)}) == "Applied:\n  crm.t version 1"
    assert "1 version of crm by another daemon" in applied_text({"crm": ([step], 0)})


def test_failures_are_one_line() -> None:
    error = MigrationRefused("crm", "It does not fit.", hint="Do this")
    other = MigrationRefused("hr", "Nor does this.")
    said = failed_text({"crm": error, "hr": other})
    assert said == "It does not fit. (Do this); Nor does this."


def test_going_back_tells_its_sql() -> None:
    way = WayBack("crm", "contacts", 2, ("DROP x",))
    assert back_text(way, done=True) == (
        "Went back from version 2 of crm.contacts:\n  DROP x;"
    )
    assert back_text(way, done=False).startswith("Nothing was changed. This goes back")
