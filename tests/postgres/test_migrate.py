"""Migrations on a real PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred, gatherResults

from eerp.database.catalog import columns, schemas
from eerp.database.pool import Pool
from eerp.errors import DescriptionInvalid, MigrationRefused
from eerp.interfaces import Rows, Statement, TransactionBegin
from eerp.migrations.apply import applied, apply, plan
from eerp.migrations.verify import verify
from eerp.orm.registry import ModelRegistry
from eerp.startup.schemas import ModuleSchemas
from tests.orm.given import EVERY_TYPE, ID, created, described

BEGIN = TransactionBegin(read_only=True, actor=None, request_id="test", module="shop")
THINGS = described(**EVERY_TYPE)


def step(version: int, *operations: Any) -> Any:
    listed = [{"table": "things", **operation} for operation in operations]
    return {"entity": "things", "version": version, "operations": listed}


async def query(pool: Pool, sql: str) -> Rows:
    return await pool.query(Statement(sql))


async def migrate(pool: Pool, *steps: Any) -> int:
    """Plan and apply; how many steps were missing."""
    transaction = pool.transaction(BEGIN)
    recorded = await applied(transaction, "shop")
    await transaction.rollback()
    return await apply(pool, "shop", plan(list(steps), recorded, "shop", ()))


async def check(pool: Pool, *descriptions: Any) -> None:
    """Verify descriptions against the catalogue."""
    transaction = pool.transaction(BEGIN)
    try:
        await verify(transaction, ModelRegistry().read("shop", list(descriptions)))
    finally:
        await transaction.rollback()


EVERY_OPERATION = [
    created(THINGS),
    step(
        2,
        {"type": "add_index", "columns": ["a_text", "id"]},
        {"type": "add_unique", "columns": ["an_integer"]},
        {"type": "add_foreign_key", "column": "a_uuid", "on_delete": "set_null",
         "references": {"module": "shop", "table": "things"}},
        {"type": "data", "rows": [
            {"id": ID, "a_text": "100%s 'it' \\", "a_numeric": "1.50",
             "texts": ["a,\"b"], "a_jsonb": {"a": "%"}, "a_bytea": "YQ=="},
            {"a_uuid": ID, "an_integer": -(2**31), "a_boolean": True},
        ]},
    ),
    step(
        3,
        {"type": "add_column", "column": "state", "sql_type": "text",
         "nullable": False, "default": "50% off"},
        {"type": "alter_column", "column": "an_integer", "sql_type": "bigint",
         "default": "9"},
        {"type": "alter_column", "column": "a_date", "sql_type": "timestamptz",
         "nullable": True},
        {"type": "rename_column", "column": "a_text", "to": "name"},
        {"type": "drop_column", "column": "a_time"},
        {"type": "drop_index", "columns": ["name", "id"]},
        {"type": "add_check", "name": "sane", "condition": {"and": [
            {"field": "state", "op": "in", "value": ["50% off", "b"]},
            {"not": {"field": "name", "op": "like", "value": "x*%"}},
            {"field": "a_numeric", "op": "lt", "value": "100.5"}]}},
    ),
]  # fmt: skip


@ensureDeferred
async def test_every_operation_runs_once(pool: Pool) -> None:
    assert await migrate(pool, *EVERY_OPERATION) == 3
    assert await migrate(pool, *EVERY_OPERATION) == 0
    rows = await query(
        pool,
        "SELECT name, a_numeric::text, texts, a_jsonb::text, a_bytea, an_integer, state"
        f" FROM shop.things WHERE id = '{ID}'",
    )
    name, numeric, texts, jsonb, raw, integer, state = rows[0]
    assert (name, numeric, texts) == ("100%s 'it' \\", "1.50", ['a,"b'])
    assert (jsonb, bytes(raw), integer) == ('{"a": "%"}', b"a", None)
    assert state == "50% off"


@ensureDeferred
async def test_what_was_applied_is_recorded_with_its_sql(pool: Pool) -> None:
    await migrate(pool, created(THINGS))
    rows = await query(
        pool, "SELECT module, entity, version, sql FROM eerp.module_migrations"
    )
    ((module, entity, version, sql),) = rows
    assert (module, entity, version) == ("shop", "things", 1)
    assert sql.startswith('CREATE TABLE "shop"."things"')


@ensureDeferred
async def test_a_step_that_fails_leaves_nothing_behind(pool: Pool) -> None:
    await migrate(pool, *EVERY_OPERATION[:2])
    bad = step(
        3,
        {"type": "add_column", "column": "x", "sql_type": "text"},
        {"type": "add_column", "column": "y", "sql_type": "text", "nullable": False},
    )
    with pytest.raises(MigrationRefused, match="Version 3 of things in module shop"):
        await migrate(pool, *EVERY_OPERATION[:2], bad)
    transaction = pool.transaction(BEGIN)
    assert "x" not in (await columns(transaction, "shop"))["things"]
    assert len(await applied(transaction, "shop")) == 2
    await transaction.rollback()


@ensureDeferred
async def test_a_cast_that_does_not_exist_is_refused(pool: Pool) -> None:
    bad = step(2, {"type": "alter_column", "column": "a_boolean", "sql_type": "date"})
    with pytest.raises(MigrationRefused, match="Version 2 of things"):
        await migrate(pool, created(THINGS), bad)


@ensureDeferred
async def test_daemons_that_start_at_once_apply_each_step_once(pool: Pool) -> None:
    steps = plan(EVERY_OPERATION, {}, "shop", ())
    runs = [Deferred.fromCoroutine(apply(pool, "shop", steps)) for _ in range(3)]
    assert sum(await gatherResults(runs)) == 3


@ensureDeferred
async def test_another_content_that_came_first_is_refused(pool: Pool) -> None:
    await migrate(pool, created(THINGS))
    other = plan([created(described("things", x="text"))], {}, "shop", ())
    with pytest.raises(MigrationRefused, match="another content"):
        await apply(pool, "shop", other)


@ensureDeferred
async def test_a_module_that_needs_no_table_gets_no_schema(pool: Pool) -> None:
    assert await migrate(pool) == 0
    transaction = pool.transaction(BEGIN)
    assert await schemas(transaction, ["shop"]) == frozenset()
    await transaction.rollback()


@ensureDeferred
async def test_a_description_that_fits_is_verified(pool: Pool) -> None:
    await migrate(pool, created(THINGS))
    await check(pool, THINGS)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"name": "nom", "type": "text"}, "field 'nom' has no column"),
        ({"name": "a_text", "type": "integer"}, "of type integer, and its column text"),
        ({"name": "a_numeric", "type": "numeric(10,2)"}, r"column numeric\(12,2\)"),
        ({"name": "an_instant", "type": "date"}, "timestamp with time zone"),
        ({"name": "a_text", "type": "text", "nullable": False}, "may not be null"),
        ({"name": "a_text", "type": "text", "default": "x"}, "column has none"),
    ],
)
@ensureDeferred
async def test_a_description_that_does_not_fit_is_refused(
    pool: Pool, field: Any, words: str
) -> None:
    await migrate(pool, created(THINGS))
    with pytest.raises(DescriptionInvalid, match=rf"Model shop\.things.*{words}"):
        await check(pool, {"name": "things", "fields": [field]})


@ensureDeferred
async def test_a_model_without_a_table_is_refused(pool: Pool) -> None:
    with pytest.raises(DescriptionInvalid, match=r"shop\.things has no table"):
        await check(pool, THINGS)


@ensureDeferred
async def test_a_required_column_must_be_described(pool: Pool) -> None:
    table = {"name": "things", "fields": [
        {"name": "a", "type": "text", "nullable": False}]}  # fmt: skip
    await migrate(pool, created(table))
    with pytest.raises(DescriptionInvalid, match="'a' is not described"):
        await check(pool, {"name": "things", "fields": []})


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("DROP TRIGGER eerp_audit_update ON shop.things", "things is not audited"),
        ("ALTER TABLE shop.things DISABLE TRIGGER eerp_audit_delete", "or that is off"),
        ('DROP TRIGGER "EERP_follow" ON shop.things', "does not pass deletions on"),
        ("ALTER TABLE shop.things DROP COLUMN alive", "field 'alive', which the core"),
        ("ALTER TABLE shop.things DROP COLUMN alive, ADD alive boolean", "'alive'"),
        ("ALTER TABLE shop.things DROP COLUMN an_integer, ADD an_integer integer"
         " GENERATED ALWAYS AS (3) STORED", "'an_integer' is not computed, contrary"),
    ],
)  # fmt: skip
@ensureDeferred
async def test_a_table_that_lost_what_the_core_gave_it_is_refused(
    pool: Pool, sql: str, words: str
) -> None:
    await migrate(pool, created(THINGS))
    await pool.query(Statement(sql), read_only=False)
    with pytest.raises(DescriptionInvalid, match=words):
        await check(pool, THINGS)


@ensureDeferred
async def test_a_computed_field_takes_what_its_sources_take_to_read(pool: Pool) -> None:
    columns = [
        {"column": "salary", "sql_type": "integer"},
        {"column": "bonus", "sql_type": "integer"},
        {"column": "income", "sql_type": "integer",
         "computed": {"add": [{"field": "salary"}, {"field": "bonus"}]}},
    ]  # fmt: skip
    await migrate(pool, step(1, {"type": "create_table", "columns": columns}))

    def people(read: str | None) -> Any:
        return {"name": "things", "fields": [
            {"name": "salary", "type": "integer", "read": "shop.pay"},
            {"name": "bonus", "type": "integer"},
            {"name": "income", "type": "integer", "computed": True, "read": read},
        ]}  # fmt: skip

    await check(pool, people("shop.pay"))
    for read in (None, "shop.other"):
        with pytest.raises(DescriptionInvalid, match=r"'income' is computed of 'sal"):
            await check(pool, people(read))


@ensureDeferred
async def test_an_extension_that_does_not_fit_leaves_what_it_extends_as_it_was(
    pool: Pool,
) -> None:
    models = ModelRegistry()
    schemas = ModuleSchemas(pool, models)
    await schemas.adopt("shop", (), [created(THINGS)], [THINGS])
    table = {
        "entity": "x", "version": 1, "operations": [
            {"type": "extend_table", "table": "more", "columns": [
                {"column": "level", "sql_type": "integer"}],
             "extends": {"module": "shop", "table": "things"}}],
    }  # fmt: skip

    async def adopt(sql_type: str) -> None:
        extension = {
            "module": "shop", "model": "things", "table": "more",
            "fields": [{"name": "level", "type": sql_type}],
        }  # fmt: skip
        await schemas.adopt("hr", ("shop",), [table], [], [extension])

    with pytest.raises(DescriptionInvalid, match=r"Extension hr\.more, field 'level'"):
        await adopt("text")
    assert models.model("shop", "things").extensions == {}
    await adopt("integer")
    assert list(models.model("shop", "things").extensions) == ["hr"]
