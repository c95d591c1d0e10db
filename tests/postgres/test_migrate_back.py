"""Consent to what is destroyed, and going back, on a real PostgreSQL."""

from __future__ import annotations

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet.defer import gatherResults

from eerp.database.core_schema import STEPS
from eerp.database.pool import Pool
from eerp.errors import MigrationRefused
from eerp.migrations.apply import apply, migration_begin, plan
from eerp.migrations.back import find_way_back, go_back
from eerp.migrations.preview import preview
from eerp.orm.registry import ModelRegistry
from eerp.startup.schemas import ModuleSchemas, SchemaPreviews
from tests.postgres.two import Shop, started, step, table

SIZE = {"type": "add_column", "table": "things", "column": "size", "sql_type": "text"}
DROP = {"type": "drop_column", "table": "things", "column": "name"}
V1 = step("things", 1, table("things", ("name", "text")), table("others"))
V2 = step(
    "things", 2, SIZE,
    {"type": "add_index", "table": "things", "columns": ["size"]},
    down=[{"type": "drop_column", "table": "things", "column": "size"}],
)  # fmt: skip
CHECK = step(
    "checks", 1,
    {"type": "add_check", "table": "things", "name": "sized",
     "condition": {"field": "size", "op": "neq", "value": ""}},
    down=[{"type": "drop_check", "table": "things", "name": "sized"}],
)  # fmt: skip
OTHER = step("others", 1, {**SIZE, "table": "others"})


@pytest.fixture
def shop(pool: Pool) -> Shop:
    return Shop(pool)


async def columns(shop: Shop, name: str = "things") -> set[str]:
    rows = await shop.run(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped",
        f"shop.{name}",
    )
    return {row[0] for row in rows}


async def records(shop: Shop) -> list[tuple[str, int]]:
    rows = await shop.run(
        "SELECT entity, version FROM eerp.module_migrations ORDER BY number"
    )
    return [(entity, version) for entity, version in rows]


@ensureDeferred
async def test_one_version_is_undone_and_the_older_module_goes_on(shop: Shop) -> None:
    await shop.migrate(V1, V2, OTHER)
    way = await go_back(shop.pool, "shop", "things")
    assert (way.version, way.sql) == (
        2,
        ('ALTER TABLE "shop"."things" DROP COLUMN "size"',),
    )
    assert "size" not in await columns(shop)
    assert await records(shop) == [("things", 1), ("others", 1)]
    schemas = ModuleSchemas(shop.pool, ModelRegistry())
    await schemas.adopt("shop", (), [V1, OTHER], [])
    await ModuleSchemas(shop.pool, ModelRegistry()).adopt(
        "shop", (), [V1, V2, OTHER], []
    )
    assert "size" in await columns(shop)


@ensureDeferred
async def test_a_version_without_a_way_stays(shop: Shop) -> None:
    await shop.migrate(V1, V2)
    await go_back(shop.pool, "shop", "things")
    with pytest.raises(MigrationRefused, match=r"Version 1 of things .* no way back"):
        await go_back(shop.pool, "shop", "things")
    with pytest.raises(MigrationRefused, match="No version of strangers"):
        await go_back(shop.pool, "shop", "strangers")
    assert await records(shop) == [("things", 1)]


@ensureDeferred
async def test_a_version_that_another_stands_on_stays_until_that_is_gone(
    shop: Shop,
) -> None:
    await shop.migrate(V1, V2, OTHER, CHECK)
    with pytest.raises(MigrationRefused, match="version 1 of checks is") as caught:
        await go_back(shop.pool, "shop", "things")
    assert "eerp migrate --back shop.checks" in (caught.value.hint or "")
    await go_back(shop.pool, "shop", "checks")
    await go_back(shop.pool, "shop", "things")
    assert await records(shop) == [("things", 1), ("others", 1)]


@ensureDeferred
async def test_a_way_that_fails_changes_nothing(shop: Shop) -> None:
    await shop.migrate(V1, V2)
    await shop.run("CREATE VIEW shop.v AS SELECT size FROM shop.things")
    with pytest.raises(MigrationRefused, match="does not fit"):
        await go_back(shop.pool, "shop", "things")
    assert "size" in await columns(shop)
    assert len(await records(shop)) == 2


@ensureDeferred
async def test_looking_for_the_way_changes_nothing(shop: Shop) -> None:
    await shop.migrate(V1, V2)
    transaction = shop.pool.transaction(migration_begin("shop", read_only=True))
    way = await find_way_back(transaction, "shop", "things")
    await transaction.rollback()
    assert way.version == 2
    assert "size" in await columns(shop)


@ensureDeferred
async def test_an_older_module_is_told_how_to_go_back(shop: Shop) -> None:
    await shop.migrate(V1, V2)
    with pytest.raises(MigrationRefused) as caught:
        await ModuleSchemas(shop.pool, ModelRegistry()).adopt("shop", (), [V1], [])
    assert "eerp migrate --back shop.things" in (caught.value.hint or "")


@ensureDeferred
async def test_nothing_is_destroyed_without_consent(shop: Shop) -> None:
    await shop.migrate(V1)
    steps = [V1, V2, step("things", 3, DROP)]
    with pytest.raises(MigrationRefused) as caught:
        await ModuleSchemas(shop.pool, ModelRegistry()).adopt("shop", (), steps, [])
    assert caught.value.message == (
        "Version 3 of things in module shop drops column things.name with all that it "
        "holds, and nobody has agreed to that."
    )
    assert "eerp migrate --allow-destructive" in (caught.value.hint or "")
    assert await records(shop) == [("things", 1)]
    agreed = ModuleSchemas(shop.pool, ModelRegistry(), consent=True)
    await agreed.adopt("shop", (), steps, [])
    assert "name" not in await columns(shop)


@ensureDeferred
async def test_a_first_installation_destroys_nothing(shop: Shop) -> None:
    steps = [V1, V2, step("things", 3, DROP)]
    await ModuleSchemas(shop.pool, ModelRegistry()).adopt("shop", (), steps, [])
    assert len(await records(shop)) == 3


@ensureDeferred
async def test_a_preview_tells_locks_and_rows_and_changes_nothing(shop: Shop) -> None:
    await shop.migrate(V1)
    await shop.run(
        "INSERT INTO shop.things (name) SELECT n FROM generate_series(1, 9) n"
    )
    pending = [V1, V2, step("things", 3, DROP), OTHER]
    previews = SchemaPreviews(shop.pool, large_rows=5)
    await previews.adopt("shop", (), pending, [])
    second, third, _ = previews.pending["shop"]
    assert second.has_way_back
    assert [(one.when, one.sql.split()[0]) for one in second.statements] == [
        ("inside", "ALTER"),
        ("after", "CREATE"),
    ]
    (lock,) = second.statements[1].locks
    assert (lock.table, lock.mode) == (("shop", "things"), "SHARE UPDATE EXCLUSIVE")
    assert (lock.rows.rows >= 5, lock.rows.exact) == (True, False) if lock.rows else 0
    assert third.losses == ("drops column things.name with all that it holds",)
    assert await records(shop) == [("things", 1)]
    assert "size" not in await columns(shop)


@ensureDeferred
async def test_a_preview_counts_small_tables_exactly(shop: Shop) -> None:
    await shop.migrate(V1)
    await shop.add("things", name="x")
    steps = plan([V1, V2], {}, "shop", ())[1:]
    transaction = shop.pool.transaction(migration_begin("shop", read_only=True))
    (one,) = await preview(transaction, "shop", steps)
    await transaction.rollback()
    rows = one.statements[0].locks[0].rows
    assert rows is not None
    assert (rows.rows, rows.exact) == (1, True)


@ensureDeferred
async def test_modules_that_migrate_at_once_take_turns(pool: Pool) -> None:
    """A group may be larger than the pool."""
    schemas = ModuleSchemas(pool, ModelRegistry())
    one = [step("t", 1, table("t"))]
    await gatherResults(
        [started(schemas.adopt(f"module{n}", (), one, [])) for n in range(8)]
    )
    assert len(schemas.adopted) == 8


@ensureDeferred
async def test_tables_from_before_this_release_are_brought_up(shop: Shop) -> None:
    """The core's step gives them `alive`, and their references the second half."""
    steps = [
        step("a", 1, table("owners")),
        step(
            "a", 2, table("things", ("owner_id", "uuid")),
            {"type": "add_foreign_key", "table": "things", "column": "owner_id",
             "references": {"module": "shop", "table": "owners"}},
        ),
    ]  # fmt: skip
    await shop.migrate(*steps)
    names = "SELECT conname FROM pg_constraint WHERE contype = 'f' ORDER BY 1"
    before = await shop.run(names)
    await apply(shop.pool, "shop", [])
    for sql in (
        "ALTER TABLE shop.things DROP COLUMN alive",
        "ALTER TABLE shop.owners DROP COLUMN alive",
        'DROP TRIGGER "EERP_follow" ON shop.things',
        'DROP TRIGGER "EERP_follow" ON shop.owners',
    ):
        await shop.run(sql)
    await shop.run(_upgrade())
    assert await shop.run(names) == before
    owner = await shop.add("owners")
    await shop.add("things", owner_id=owner)
    with pytest.raises(Exception, match="still refer"):
        await shop.delete("owners", owner)


def _upgrade() -> str:
    """The last statement of the core's step: what it does to tables there are."""
    sql = next(one.sql for one in STEPS if one.name == "invariants")
    return "DO $$" + sql.rpartition("DO $$")[2]
