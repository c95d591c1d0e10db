"""Migrations as SQL, and the plan; no database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.errors import MigrationRefused
from eerp.migrations.apply import plan
from eerp.migrations.migration import Step, read_migrations
from tests.orm.given import anything

TABLE: dict[str, Any] = {
    "type": "create_table",
    "table": "contacts",
    "columns": [
        {"column": "name", "sql_type": "text", "nullable": False},
        {"column": "company_id", "sql_type": "uuid", "nullable": True},
        {"column": "age", "sql_type": "integer", "default": -1},
    ],
}


def step(*operations: Any, entity: str = "contacts", version: int = 1) -> Any:
    return {"entity": entity, "version": version, "operations": list(operations)}


def read(*steps: Any) -> tuple[Step, ...]:
    return read_migrations("crm", frozenset({"core"}), list(steps))


def sql(*operations: Any) -> list[str]:
    """The SQL of operations on the table."""
    return list(read(step(TABLE, *operations))[0].sql[3:])


def test_a_table_gets_the_columns_of_the_core() -> None:
    (made,) = read(step(TABLE))
    assert made.sql == (
        'CREATE TABLE "crm"."contacts" ("id" uuid PRIMARY KEY DEFAULT uuidv7(), '
        '"name" text NOT NULL, "company_id" uuid, '
        "\"age\" integer DEFAULT '-1'::integer, "
        '"created_at" timestamptz DEFAULT now() NOT NULL, "created_by" uuid, '
        '"updated_at" timestamptz DEFAULT now() NOT NULL, "updated_by" uuid, '
        '"deleted_at" timestamptz, "version" integer DEFAULT 1 NOT NULL, '
        '"alive" boolean GENERATED ALWAYS AS (CASE WHEN "deleted_at" IS NULL THEN true '
        'END) STORED, UNIQUE ("id", "alive"))',
        'CREATE TRIGGER "EERP_follow" AFTER UPDATE OF "deleted_at" ON "crm"."contacts" '
        "FOR EACH ROW WHEN ((OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)) "
        "EXECUTE FUNCTION eerp.follow_deletion()",
        "SELECT eerp.audit_table('crm', 'contacts')",
    )


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"type": "drop_table"}, ['DROP TABLE "crm"."contacts"']),
        ({"type": "add_column", "column": "x", "sql_type": "text[]", "default": ["%"]},
         ["""ALTER TABLE "crm"."contacts" ADD COLUMN "x" text[] """
          """DEFAULT E'{"\\x25"}'::text[]"""]),
        ({"type": "alter_column", "column": "age", "sql_type": "bigint"},
         ['ALTER TABLE "crm"."contacts" ALTER COLUMN "age" DROP DEFAULT',
          'ALTER TABLE "crm"."contacts" ALTER COLUMN "age" TYPE bigint '
          'USING "age"::bigint',
          'ALTER TABLE "crm"."contacts" ALTER COLUMN "age" SET DEFAULT '
          "'-1'::bigint"]),
        ({"type": "alter_column", "column": "age", "default": None},
         ['ALTER TABLE "crm"."contacts" ALTER COLUMN "age" DROP DEFAULT']),
        ({"type": "alter_column", "column": "name", "nullable": True},
         ['ALTER TABLE "crm"."contacts" ALTER COLUMN "name" DROP NOT NULL']),
        ({"type": "rename_column", "column": "name", "to": "called"},
         ['ALTER TABLE "crm"."contacts" RENAME COLUMN "name" TO "called"']),
        ({"type": "drop_column", "column": "name"},
         ['ALTER TABLE "crm"."contacts" DROP COLUMN "name"']),
        ({"type": "add_check", "name": "grown", "condition":
          {"or": [{"field": "age", "op": "gte", "value": 18},
                  {"field": "name", "op": "like", "value": "it's 5%*"}]}},
         ['ALTER TABLE "crm"."contacts" ADD CONSTRAINT "grown" CHECK '
          """((("age" >= '18'::integer) OR """
          """("name" LIKE E'it''s 5\\\\\\x25\\x25'::text)))"""]),
        ({"type": "data", "rows": [{"name": "A"}, {"name": "B", "age": None}]},
         ['INSERT INTO "crm"."contacts" ("name", "age") VALUES '
          "('A'::text, DEFAULT), ('B'::text, NULL)"]),
    ],
)  # fmt: skip
def test_an_operation_is_this_sql(operation: Any, expected: list[str]) -> None:
    assert sql({"table": "contacts", **operation}) == expected


def test_indexes_and_keys_are_named_once_and_within_bounds() -> None:
    key = {"type": "add_foreign_key", "table": "contacts", "column": "company_id",
           "references": {"module": "core", "table": "companies"}}  # fmt: skip
    columns = [f"c{'x' * 40}{number}" for number in range(3)]
    added = [
        {"type": "add_column", "table": "contacts", "column": column,
         "sql_type": "text"}
        for column in columns
    ]  # fmt: skip
    index, unique, foreign, alive = sql(
        *added,
        {"type": "add_index", "table": "contacts", "columns": columns},
        {"type": "add_unique", "table": "contacts", "columns": columns[:2]},
        key,
    )[3:]
    names = [index.split('"')[1], unique.split('"')[1]]
    names += [foreign.split('"')[5], alive.split('"')[5]]
    assert len({*names}) == 4
    assert all(len(name) <= 63 and name.startswith("contacts_") for name in names)
    assert unique.endswith('WHERE "deleted_at" IS NULL')
    assert foreign.endswith('REFERENCES "core"."companies" ("id") ON DELETE RESTRICT')
    assert alive.endswith(
        'FOREIGN KEY ("company_id", "alive") REFERENCES "core"."companies" '
        '("id", "alive")'
    )


def test_an_index_is_dropped_by_its_columns_though_they_were_renamed() -> None:
    made, _, dropped = sql(
        {"type": "add_index", "table": "contacts", "columns": ["name"]},
        {"type": "rename_column", "table": "contacts", "column": "name", "to": "n"},
        {"type": "drop_index", "table": "contacts", "columns": ["n"]},
    )
    assert dropped == f'DROP INDEX "crm"."{made.split(chr(34))[1]}"'


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (3, "contacts version 1, operation 2 is not an object"),
        ({"type": "sql"}, "the type 'sql', which is none of create_table"),
        ({"type": "drop_table", "table": "eerp.users"}, "names no table: 'eerp.users'"),
        ({"type": "drop_table", "table": "contacts", "cascade": True}, "unknown key"),
        (TABLE, "makes 'contacts', which is there already"),
        (TABLE | {"table": 'x"; DROP'}, "not an identifier"),
        (TABLE | {"table": "pg_catalog.x"}, "not an identifier"),
        ({"type": "add_column", "column": "version", "sql_type": "text"}, "the core"),
        ({"type": "add_column", "column": "n", "sql_type": "serial"}, "'serial'"),
        ({"type": "add_column", "column": "n"}, "lacks 'sql_type'"),
        ({"type": "add_column", "column": "n", "sql_type": "text", "default": 1},
         "a default for n that must be text"),
        ({"type": "add_column", "column": "n", "sql_type": "timestamptz",
          "default": "now"}, "a default for n"),
        ({"type": "alter_column", "column": "age"}, "changes nothing"),
        ({"type": "alter_column", "column": "age", "sql_type": "text"},
         "a default for age that must be text"),
        ({"type": "alter_column", "column": "id", "sql_type": "text"}, "the core"),
        ({"type": "drop_column", "column": "deleted_at"}, "the core keeps"),
        ({"type": "drop_column", "column": "nom"}, "no column of contacts: 'nom'"),
        ({"type": "rename_column", "column": "age", "to": "id"}, "the core keeps"),
        ({"type": "rename_column", "column": "age", "to": "name"}, "there already"),
        ({"type": "add_index", "columns": []}, "not a list of texts"),
        ({"type": "add_index", "columns": ["nom"]}, "no column of contacts"),
        ({"type": "add_index", "columns": ["age", "age"]}, "a column twice"),
        ({"type": "drop_index", "columns": ["age"]}, "there is none on age"),
        ({"type": "add_foreign_key", "column": "company_id",
          "references": {"module": "hr", "table": "x"}}, "'hr', which is not in"),
        ({"type": "add_foreign_key", "column": "company_id",
          "references": {"module": "eerp", "table": "users"}}, "not in depends"),
        ({"type": "add_foreign_key", "column": "company_id",
          "references": {"module": "crm", "table": "x"}}, "names no table: 'x'"),
        ({"type": "add_foreign_key", "column": "age",
          "references": {"module": "core", "table": "x"}}, "not of type uuid"),
        ({"type": "add_foreign_key", "column": "company_id", "on_delete": "x",
          "references": {"module": "core", "table": "x"}}, "'on_delete'"),
        ({"type": "add_check", "name": "c", "condition": {"field": "nom"}},
         "a wrong condition"),
        ({"type": "add_check", "name": "c",
          "condition": {"field": "age", "op": "gt", "value": "1; DROP"}}, "whole"),
        ({"type": "data", "rows": []}, "has no rows"),
        ({"type": "data", "rows": [{"age": 1}]}, "row 1 lacks 'name'"),
        ({"type": "data", "rows": [{"name": "A"}, {"name": 1}]}, "row 2 has a 'name'"),
        ({"type": "data", "rows": [{"name": "A", "version": 1}]}, "the core keeps"),
    ],
)  # fmt: skip
def test_a_wrong_operation_is_refused_by_name(operation: Any, words: str) -> None:
    if isinstance(operation, dict):
        operation = {"table": "contacts", **operation}
    with pytest.raises(MigrationRefused) as caught:
        sql(operation)
    assert words in caught.value.message
    assert "crm, contacts version 1, operation 2" in caught.value.message


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([step(version=2)], "contacts has version 2 where 1 must come next"),
        ([step(), step(version=3)], "version 3 where 2 must come next"),
        ([step(), step()], "version 1 where 2 must come next"),
        ([step(version=0)], "version 0 where 1"),
        ([step(entity="C")], "not an identifier"),
        ([{"entity": "c", "version": 1}], "lacks 'operations'"),
        ([step() | {"up": []}], "unknown key 'up'"),
        ([3], "not an object"),
    ],
)
def test_steps_out_of_order_or_shape_are_refused(steps: Any, words: str) -> None:
    with pytest.raises(MigrationRefused, match=words):
        read(*steps)


@pytest.mark.parametrize("text", [b"", b"{", b"{}", b"3", b"\xff"])
def test_migrations_that_are_not_a_json_list_are_refused(text: bytes) -> None:
    with pytest.raises(MigrationRefused, match="module crm are not"):
        read_migrations("crm", frozenset(), text)


@given(
    kind=st.sampled_from(["create_table", "add_column", "add_check", "data", "x"]),
    key=st.sampled_from(["table", "columns", "column", "condition", "rows", "default"]),
    value=anything,
)
def test_nonsense_is_one_clear_error(kind: str, key: str, value: object) -> None:
    try:
        sql({"type": kind, "table": "contacts", "column": "x", key: value})
    except MigrationRefused as error:
        assert "crm" in error.message


SECOND = step(
    {"type": "add_column", "table": "contacts", "column": "x", "sql_type": "text"},
    version=2,
)
HASHES = {(s.entity, s.version): s.content_hash for s in read(step(TABLE), SECOND)}
FIRST_DONE = {("contacts", 1): HASHES["contacts", 1]}


def test_a_plan_holds_what_is_missing() -> None:
    steps = [step(TABLE), SECOND]
    assert [s.version for s in plan(steps, {}, "crm", ())] == [1, 2]
    assert [s.version for s in plan(steps, FIRST_DONE, "crm", ())] == [2]
    assert plan(steps, HASHES, "crm", ()) == []


def test_a_recorded_version_whose_content_changed_is_refused() -> None:
    changed = step(TABLE | {"columns": []})
    with pytest.raises(MigrationRefused, match="applied with another content"):
        plan([changed], FIRST_DONE, "crm", ())


def test_a_database_that_is_ahead_is_refused() -> None:
    with pytest.raises(MigrationRefused, match="version 2 of contacts"):
        plan([step(TABLE)], HASHES, "crm", ())


def test_a_gap_in_what_is_recorded_is_refused() -> None:
    recorded = {("contacts", 2): HASHES["contacts", 2]}
    with pytest.raises(MigrationRefused, match="never applied, and a later one was"):
        plan([step(TABLE), SECOND], recorded, "crm", ())


def test_the_order_of_keys_does_not_change_the_content() -> None:
    turned = {key: TABLE[key] for key in reversed(TABLE)}
    assert plan([step(turned)], FIRST_DONE, "crm", ()) == []
