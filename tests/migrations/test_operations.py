"""The further operations of migrations as SQL; no database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.errors import MigrationRefused
from eerp.migrations.migration import Step, read_migrations
from tests.orm.given import ID, anything

ENTRIES: dict[str, Any] = {
    "type": "create_table",
    "table": "entries",
    "columns": [
        {"column": "state", "sql_type": "text"},
        {"column": "since", "sql_type": "date"},
        {"column": "till", "sql_type": "date"},
    ],
}
LINES: dict[str, Any] = {
    "type": "create_table",
    "table": "lines",
    "columns": [
        {"column": "entry_id", "sql_type": "uuid"},
        {"column": "parent_id", "sql_type": "uuid"},
        {"column": "name", "sql_type": "text"},
        {"column": "debit", "sql_type": "numeric(12,2)"},
        {"column": "credit", "sql_type": "numeric(12,2)"},
        {"column": "tags", "sql_type": "text[]"},
        {"column": "day", "sql_type": "date"},
        {
            "column": "total",
            "sql_type": "numeric(12,2)",
            "computed": {"sub": [{"field": "debit"}, {"field": "credit"}]},
        },
    ],
}
KEY: dict[str, Any] = {
    "type": "add_foreign_key", "table": "lines", "column": "entry_id",
    "references": {"module": "books", "table": "entries"}, "on_delete": "cascade",
}  # fmt: skip
BALANCE: dict[str, Any] = {
    "type": "add_balance", "table": "lines", "name": "balanced", "group": "entry_id",
    "amounts": {"debit": 1, "credit": -1},
    "when": {"field": "state", "op": "eq", "value": "posted"},
}  # fmt: skip
EXCLUDE: dict[str, Any] = {
    "type": "add_exclude", "table": "entries", "name": "once", "equal": ["state"],
    "from": "since", "to": "till",
}  # fmt: skip


def step(*operations: Any) -> Step:
    """One version, after the tables."""
    first = {"entity": "a", "version": 1, "operations": [ENTRIES, LINES]}
    second = {"entity": "a", "version": 2, "operations": list(operations)}
    return read_migrations("books", frozenset({"core"}), [first, second])[1]


def sql(*operations: Any) -> list[str]:
    return list(step(*operations).sql)


def on(kind: str, **more: Any) -> Any:
    return {"type": kind, "table": "lines", **more}


def computed(expression: Any, kind: str = "text") -> Any:
    return on("add_column", column="x", sql_type=kind, computed=expression)


@pytest.mark.parametrize(
    ("operation", "ending"),
    [
        (on("add_index", columns=["name"], method="trigram"),
         'USING gin ("name" eerp.gin_trgm_ops)'),
        (on("add_index", columns=["name"], method="fts", config="german"),
         "USING gin (to_tsvector('german'::regconfig, \"name\"))"),
        (on("add_index", columns=["name"], method="fts"),
         "USING gin (to_tsvector('simple'::regconfig, \"name\"))"),
        (on("add_index", columns=["tags"], method="array"), 'USING gin ("tags")'),
        (on("add_index", columns=["name", "day"], descending=["day"]),
         '("name", "day" DESC)'),
        (on("data", set={"name": "it's", "day": None},
            where={"field": "name", "op": "like", "value": "a%*"}),
         """ SET "name" = 'it''s'::text, "day" = NULL, "updated_at" = now(), """
         """"version" = "version" + 1 WHERE ("name" LIKE """
         """E'a\\\\\\x25\\x25'::text)"""),
        (on("data", set={"name": "x"}), '"version" = "version" + 1'),
        (EXCLUDE,
         '''EXCLUDE USING gist ("state" WITH =, daterange("since", "till", '[]') '''
         'WITH &&) WHERE ("deleted_at" IS NULL)'),
        (computed({"lower": {"coalesce": [{"field": "name"}, {"value": "%"}]}}),
         "(lower(coalesce(\"name\", E'\\x25'::text))) STORED"),
        (computed({"mul": [{"field": "debit"}, {"value": 2}]}, "integer"),
         "GENERATED ALWAYS AS ((\"debit\"::numeric * '2'::numeric)::integer) STORED"),
        (computed({"concat": [{"field": "debit"}, {"value": "x"}]}),
         "(\"debit\"::numeric::text || 'x'::text)) STORED"),
        (computed({"coalesce": [{"field": "day"}, {"value": "2026-01-31"}]}, "date"),
         "(coalesce(\"day\", '2026-01-31'::date)) STORED"),
    ],
)  # fmt: skip
def test_an_operation_is_this_sql(operation: Any, ending: str) -> None:
    assert sql(operation)[-1].endswith(ending)


def test_a_reference_is_two_constraints_unless_it_is_set_null() -> None:
    plain, follow = sql(KEY)
    assert plain.endswith('REFERENCES "books"."entries" ("id") ON DELETE CASCADE')
    assert follow.endswith(
        'REFERENCES "books"."entries" ("id", "alive") ON DELETE CASCADE'
    )
    assert follow.split('"')[5].endswith("_follow")
    assert len(sql(KEY | {"on_delete": "set_null"})) == 1


def test_what_was_added_is_dropped_by_its_columns_or_name() -> None:
    unique = on("add_unique", columns=["name"])
    check = on(
        "add_check", name="c", condition={"field": "name", "op": "eq", "value": "x"}
    )
    made = sql(KEY, unique, check, EXCLUDE)
    dropped = sql(
        KEY, unique, check, EXCLUDE,
        on("drop_foreign_key", column="entry_id"),
        on("drop_unique", columns=["name"]),
        on("drop_check", name="c"),
        {"type": "drop_exclude", "table": "entries", "name": "once"},
    )[len(made):]  # fmt: skip
    key, follow = made[0].split('"')[5], made[1].split('"')[5]
    assert dropped[0].endswith(f'DROP CONSTRAINT "{key}", DROP CONSTRAINT "{follow}"')
    assert dropped[1] == f'DROP INDEX "books"."{made[2].split(chr(34))[1]}"'
    assert dropped[2].endswith('DROP CONSTRAINT "c"')
    assert dropped[3].endswith('DROP CONSTRAINT "once", DROP CONSTRAINT "once_order"')


def test_one_method_of_index_does_not_stand_in_the_way_of_another() -> None:
    made = sql(
        on("add_index", columns=["name"]),
        on("add_index", columns=["name"], method="trigram"),
        on("drop_index", columns=["name"], method="trigram"),
    )
    assert "trigram" in made[-1]


def test_an_extension_has_the_id_of_its_record() -> None:
    made = sql(
        {"type": "extend_table", "table": "companies_extension",
         "extends": {"module": "core", "table": "companies"},
         "columns": [{"column": "code", "sql_type": "text"}]},
        {"type": "data", "table": "companies_extension", "set": {"code": "x"}},
    )  # fmt: skip
    assert '"id" uuid PRIMARY KEY REFERENCES "core"."companies" ("id")' in made[0]
    assert '"version"' not in made[0] + made[2]
    assert made[1] == "SELECT eerp.audit_table('books', 'companies_extension')"


def test_a_rename_takes_along_what_is_made_of_the_column() -> None:
    made = sql(
        on("add_index", columns=["name", "day"], descending=["day"]),
        on("rename_column", column="debit", to="plus"),
        on("rename_column", column="entry_id", to="e"),
        on("rename_column", column="day", to="d"),
        KEY | {"column": "e"},
        on("drop_foreign_key", column="e"),
        on("drop_index", columns=["name", "d"]),
        on("drop_column", column="total"),
        on("drop_column", column="plus"),
    )
    assert made[-1].endswith('DROP COLUMN "plus"')


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (on("add_index", columns=["name"], method="hash"), "the method 'hash'"),
        (on("add_index", columns=["day"], method="trigram"), "which takes text"),
        (on("add_index", columns=["name"], method="array"), "takes arrays or jsonb"),
        (on("add_index", columns=["name"], config="simple"), "is for the method fts"),
        (on("add_index", columns=["name"], method="fts", config="x'); DROP"),
         "which is none of arabic"),
        (on("add_index", columns=["name"], descending=["day"]), "'descending'"),
        (on("drop_unique", columns=["name"]), "no unique key"),
        (on("drop_foreign_key", column="entry_id"), "entry_id has none"),
        (on("drop_check", name="c"), "names no check: 'c'; there are: none"),
        (on("drop_exclude", name="c"), "names no exclude"),
        (on("drop_balance", name="c"), "names no balance"),
        (EXCLUDE | {"to": "state"}, "not both date or timestamptz"),
        (EXCLUDE | {"equal": ["since"]}, "names a column twice"),
        (EXCLUDE | {"name": "x" * 60}, "a name that is too long"),
        (BALANCE, "refers to no table of the module"),
        (on("add_column", column="alive", sql_type="boolean"), "the core keeps"),
        (on("rename_column", column="name", to="alive"), "the core keeps"),
        (on("data", set={"total": 1}), "'total', which is computed"),
        (on("data", set={}), "sets nothing"),
        (on("data", set={"id": ID}), "stays for ever"),
        (on("data", set={"version": 3}), "the core keeps"),
        (on("data", set={"name": "x"}, rows=[]), "not one of 'rows' and 'set'"),
        (on("data"), "not one of 'rows' and 'set'"),
        (on("data", rows=[{}], where={}), "unknown key 'where'"),
        (on("data", set={"name": "x"}, where={"field": "nom"}), "a wrong where"),
        (on("drop_column", column="debit"), "of which total is computed"),
        (on("alter_column", column="debit", sql_type="bigint"), "total is computed"),
        (on("alter_column", column="total", sql_type="bigint"), "which is computed"),
        (computed({"field": "total"}), "'total', which is computed itself"),
        (computed({"field": "nom"}), "'nom', which is no column before it"),
        (computed({"field": "debit"}), "a number where a text must be"),
        (computed({"field": "name"}, "numeric(3,1)"), "a text where a number must be"),
        (computed({"value": None}), "something else than"),
        (computed({"value": 1}), "the constant 1, which must be text"),
        (computed({"random": []}), "something else than"),
        (computed("now()"), "not one of field, value"),
        (computed({"field": "name", "value": 1}), "not one of field, value"),
        (computed({"concat": [{"field": "day"}, {"value": "x"}]}), "on settings"),
        (computed({"concat": [{"field": "name"}]}), "at least two parts"),
        (computed({"coalesce": [{"value": "a"}, {"value": "b"}]}), "constants alone"),
        (on("add_column", column="x", sql_type="text", default="a",
            computed={"field": "name"}), "and has a default"),
        ({"type": "extend_table", "table": "x", "columns": [],
          "extends": {"module": "hr", "table": "y"}}, "not in depends"),
    ],
)  # fmt: skip
def test_a_wrong_operation_is_refused_by_name(operation: Any, words: str) -> None:
    with pytest.raises(MigrationRefused) as caught:
        sql(operation)
    assert words in caught.value.message


def parts(depth: int) -> Any:
    expression: Any = {"field": "name"}
    for _ in range(depth):
        expression = {"lower": expression}
    return expression


@pytest.mark.parametrize(
    "expression",
    [parts(8), {"concat": [{"value": "x"}] * 50}, {"concat": [parts(6)] * 8}],
)
def test_an_expression_has_bounds(expression: Any) -> None:
    with pytest.raises(MigrationRefused, match="more than 50 parts"):
        sql(computed(expression))


@given(expression=anything)
def test_nonsense_is_no_expression(expression: object) -> None:
    try:
        sql(computed(expression))
    except MigrationRefused as error:
        assert "books" in error.message


@given(
    kind=st.sampled_from(["add_balance", "add_exclude", "add_index", "extend_table"]),
    key=st.sampled_from(
        ["amounts", "when", "group", "equal", "from", "columns", "extends", "method"]
    ),
    value=anything,
)
def test_nonsense_is_one_clear_error(kind: str, key: str, value: object) -> None:
    good = {"add_balance": BALANCE, "add_exclude": EXCLUDE}.get(kind, on(kind))
    try:
        sql(KEY, good | {key: value})
    except MigrationRefused as error:
        assert "books" in error.message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amounts": {}}, "'amounts' that are not 1 to 16"),
        ({"amounts": {"name": 1}}, "adds up name, of type text"),
        ({"amounts": {"debit": 0}}, "a factor for debit"),
        ({"amounts": {"debit": True}}, "a factor for debit"),
        ({"amounts": {"debit": 1001}}, "a factor for debit"),
        ({"amounts": {"nom": 1}}, "no column of lines"),
        ({"group": "parent_id"}, "refers to no table"),
        ({"when": {"field": "debit", "op": "is", "value": None}}, "a wrong when"),
    ],
)
def test_a_wrong_balance_is_refused(change: Any, words: str) -> None:
    with pytest.raises(MigrationRefused, match=words):
        sql(KEY, BALANCE | change)


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (on("drop_column", column="debit"), "balance balanced stands"),
        (on("rename_column", column="credit", to="x"), "balance balanced stands"),
        (on("drop_foreign_key", column="entry_id"), "balance 'balanced' stands on"),
        (on("drop_table"), "has the balance 'balanced'"),
        ({"type": "rename_column", "table": "entries", "column": "state", "to": "s"},
         "the balance balanced of lines stands"),
        ({"type": "drop_table", "table": "entries"}, "that lines refers to"),
    ],
)  # fmt: skip
def test_what_a_balance_stands_on_stays(operation: Any, words: str) -> None:
    simple = [on("drop_column", column="total"), KEY, BALANCE]
    with pytest.raises(MigrationRefused, match=words):
        sql(*simple, operation)
    assert sql(*simple, on("drop_balance", name="balanced"))[-1].startswith(
        "DROP TRIGGER"
    )


def test_a_table_that_refers_to_itself_is_no_group() -> None:
    parent = KEY | {
        "column": "parent_id",
        "references": {"module": "books", "table": "lines"},
    }
    with pytest.raises(MigrationRefused, match="refers to lines itself"):
        sql(parent, BALANCE | {"group": "parent_id"})
