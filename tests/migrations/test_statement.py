"""Which statements of a version may run beside its transaction; no database."""

from __future__ import annotations

from typing import Any

import pytest

from eerp.migrations.apply import destroyed
from eerp.migrations.migration import Step, read_migrations
from eerp.migrations.statement import gently, resolve

FIRST: Any = [
    {"type": "create_table", "table": "owners", "columns": []},
    {
        "type": "create_table",
        "table": "things",
        "columns": [
            {"column": "name", "sql_type": "text"},
            {"column": "owner_id", "sql_type": "uuid"},
        ],
    },
]
LARGE = {("shop", "things")}


def on(kind: str, **more: Any) -> Any:
    return {"type": kind, "table": "things", **more}


INDEX = on("add_index", columns=["name"])
UNIQUE = on("add_unique", columns=["name"])
CHECK = on("add_check", name="c", condition={"field": "name", "op": "neq", "value": ""})
REQUIRED = on("alter_column", column="name", nullable=False)
KEY = on(
    "add_foreign_key",
    column="owner_id",
    references={"module": "shop", "table": "owners"},
)
COLUMN = on("add_column", column="size", sql_type="text")
SIZES = on("add_index", columns=["size"])
DATA = on("data", set={"name": "x"})


def steps(*versions: Any) -> tuple[Step, ...]:
    listed = [
        {"entity": "a", "version": number, "operations": operations}
        for number, operations in enumerate([FIRST, *versions], 1)
    ]
    return read_migrations("shop", frozenset(), listed)


def order(*operations: Any) -> list[tuple[str, str]]:
    """When each part of the version runs, and what it does, things being large."""
    step = steps(list(operations))[1]
    parts = resolve(step.statements, gently(step.statements, LARGE))
    return [(part.when, _verb(part.statement.sql)) for part in parts]


def _verb(sql: str) -> str:
    words = [
        "CONCURRENTLY", "NOT VALID", "VALIDATE", "SET NOT NULL", "DROP CONSTRAINT",
        "ADD COLUMN", "INDEX", "UPDATE", "ADD CONSTRAINT",
    ]  # fmt: skip
    return next(word for word in words if word in sql)


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([INDEX], [("before", "CONCURRENTLY")]),
        ([UNIQUE], [("before", "CONCURRENTLY")]),
        ([CHECK], [("before", "NOT VALID"), ("before", "VALIDATE")]),
        ([KEY], 2 * [("before", "NOT VALID"), ("before", "VALIDATE")]),
        ([REQUIRED], [("before", "NOT VALID"), ("before", "VALIDATE"),
                      ("inside", "SET NOT NULL"), ("inside", "DROP CONSTRAINT")]),
        ([COLUMN, SIZES], [("inside", "ADD COLUMN"), ("after", "CONCURRENTLY")]),
        ([INDEX, COLUMN], [("before", "CONCURRENTLY"), ("inside", "ADD COLUMN")]),
        ([DATA, REQUIRED], [("inside", "UPDATE"), ("inside", "SET NOT NULL")]),
        ([DATA, UNIQUE], [("inside", "UPDATE"), ("inside", "INDEX")]),
        ([COLUMN, SIZES, DATA],
         [("inside", "ADD COLUMN"), ("inside", "INDEX"), ("inside", "UPDATE")]),
    ],
)  # fmt: skip
def test_a_version_runs_in_this_order(operations: Any, expected: Any) -> None:
    assert order(*operations) == expected


def test_nothing_runs_beside_the_version_on_small_tables() -> None:
    step = steps([INDEX, CHECK, KEY, REQUIRED])[1]
    assert gently(step.statements, {("shop", "owners")}) == frozenset()
    parts = resolve(step.statements, ())
    assert [part.statement.sql for part in parts] == list(step.sql)


def test_what_is_destroyed_is_named() -> None:
    drop = on("drop_column", column="name")
    retype = on("alter_column", column="owner_id", sql_type="text")
    table = {"type": "drop_table", "table": "owners"}
    lost = destroyed(steps([drop, retype, table])[1:])
    assert [words for _, words in lost] == [
        "drops column things.name with all that it holds",
        "changes the type of things.owner_id",
        "drops table owners with all that it holds",
    ]


def test_what_the_same_run_makes_is_no_loss() -> None:
    assert destroyed(steps([on("drop_column", column="name")])) == []


def test_a_computed_column_is_no_loss() -> None:
    computed = COLUMN | {"computed": {"field": "name"}}
    assert destroyed(steps([computed, on("drop_column", column="size")])[1:]) == []
