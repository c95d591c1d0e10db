"""Ways back that a module declares; no database."""

from __future__ import annotations

from typing import Any

import pytest

from eerp.errors import MigrationRefused
from eerp.migrations.migration import Step, read_migrations

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
    {"type": "add_index", "table": "things", "columns": ["name"]},
    {
        "type": "add_foreign_key",
        "table": "things",
        "column": "owner_id",
        "references": {"module": "shop", "table": "owners"},
    },
]


def on(kind: str, **more: Any) -> Any:
    return {"type": kind, "table": "things", **more}


def read(operations: Any, down: Any) -> tuple[Step, ...]:
    second = {"entity": "a", "version": 2, "operations": operations}
    if down is not None:
        second["down"] = down
    first = {"entity": "a", "version": 1, "operations": FIRST}
    return read_migrations("shop", frozenset(), [first, second])


def column(name: str, kind: str = "text", **more: Any) -> Any:
    return on("add_column", column=name, sql_type=kind, **more)


KEY = FIRST[3]
CHECK = on("add_check", name="c", condition={"field": "name", "op": "neq", "value": ""})


@pytest.mark.parametrize(
    ("operations", "down"),
    [
        ([column("size")], [on("drop_column", column="size")]),
        ([on("drop_column", column="name")],
         [column("name"), on("add_index", columns=["name"])]),
        ([on("rename_column", column="name", to="n")],
         [on("rename_column", column="n", to="name")]),
        ([on("drop_foreign_key", column="owner_id")], [KEY]),
        ([on("drop_index", columns=["name"])], [on("add_index", columns=["name"])]),
        ([on("alter_column", column="name", nullable=False, default="x")],
         [on("alter_column", column="name", nullable=True, default=None)]),
        ([CHECK], [on("drop_check", name="c")]),
        ([on("data", set={"name": "x"})], []),
        ([{"type": "create_table", "table": "more", "columns": []}],
         [{"type": "drop_table", "table": "more"}]),
    ],
)  # fmt: skip
def test_a_way_back_leads_back(operations: Any, down: Any) -> None:
    assert read(operations, down)[1].down is not None


def test_what_comes_back_has_the_name_that_it_had() -> None:
    """The older version drops and renames it by that name."""
    first, second = read(
        [on("drop_foreign_key", column="owner_id"), on("drop_index", columns=["name"])],
        [KEY, on("add_index", columns=["name"])],
    )
    assert second.down is not None
    made = [sql for sql in first.sql if "CONSTRAINT" in sql or "CREATE INDEX" in sql]
    assert sorted(second.down) == sorted(made)


@pytest.mark.parametrize(
    ("operations", "down", "words"),
    [
        ([column("size")], [], "the columns of things are not as before"),
        ([on("drop_index", columns=["name"])], [], "the indexes of things"),
        ([on("drop_foreign_key", column="owner_id")],
         [KEY | {"on_delete": "cascade"}], "the foreign keys of things"),
        ([CHECK], [], "the rules of things"),
        ([{"type": "create_table", "table": "more", "columns": []}], [],
         "table more stays"),
        ([on("drop_foreign_key", column="owner_id"),
          {"type": "drop_table", "table": "owners"}], [], "table owners is missing"),
        ([on("data", set={"name": "x"})], [{"type": "sql"}],
         "a version 2, down, operation 1 has the type 'sql'"),
        ([on("data", set={"name": "x"})], 3, "a 'down' that is not a list"),
    ],
)  # fmt: skip
def test_a_way_that_leads_elsewhere_is_refused(
    operations: Any, down: Any, words: str
) -> None:
    with pytest.raises(MigrationRefused, match=words):
        read(operations, down)


def test_a_way_back_may_be_told_later() -> None:
    """What the version did is the same with it and without it."""
    with_way = read([column("size")], [on("drop_column", column="size")])[1]
    without = read([column("size")], None)[1]
    assert with_way.content_hash == without.content_hash
    assert without.down is None
