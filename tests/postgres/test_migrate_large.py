"""Versions on large tables: what would hold others up is made beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import gatherResults

from eerp.database.alone import BUILD_LOCK
from eerp.database.pool import Pool
from eerp.errors import ConnectionLost, EerpError, MigrationRefused
from eerp.interfaces import Statement, Transaction
from eerp.migrations.apply import apply, plan
from tests.conftest import wait_for
from tests.postgres.two import Shop, add, key, moment, started, step, table

ROWS = 30
LARGE = 10
FIRST = step(
    "all", 1, table("owners"), table("things", ("name", "text"), ("owner_id", "uuid"))
)


def index(*columns: str, kind: str = "add_index") -> Any:
    return {"type": kind, "table": "things", "columns": list(columns)}


def column(name: str) -> Any:
    return {"type": "add_column", "table": "things", "column": name, "sql_type": "text"}


def required(name: str) -> Any:
    return {
        "type": "alter_column",
        "table": "things",
        "column": name,
        "nullable": False,
    }


def check(value: str) -> Any:
    return {
        "type": "add_check", "table": "things", "name": "named",
        "condition": {"field": "name", "op": "neq", "value": value},
    }  # fmt: skip


# Nobody can make this true: the version fails after what was made before it.
BROKEN = [
    {"type": "add_column", "table": "owners", "column": "x", "sql_type": "text"},
    {
        "type": "data",
        "table": "owners",
        "rows": [{"id": f"{'0' * 8}-0000-0000-0000-{'0' * 12}"}] * 2,
    },
]


@pytest.fixture
def shop(pool: Pool) -> Shop:
    """Things in a table that counts as large."""
    made = Shop(pool)
    wait_for(made.migrate(FIRST))
    wait_for(
        made.run(
            "INSERT INTO shop.things (name)"
            f" SELECT 'thing ' || n FROM generate_series(1, {ROWS}) n"
        )
    )
    return made


async def migrate(shop: Shop, *versions: Any) -> int:
    """The versions after the first, each a list of operations."""
    steps = [FIRST]
    for number, operations in enumerate(versions, 2):
        steps.append(step("all", number, *operations))
    missing = plan(steps, await recorded(shop), "shop", ())
    return await apply(shop.pool, "shop", missing, large_rows=LARGE)


async def recorded(shop: Shop) -> dict[tuple[str, int], str]:
    rows = await shop.run(
        "SELECT entity, version, content_hash FROM eerp.module_migrations"
    )
    return {(entity, version): content_hash for entity, version, content_hash in rows}


async def indexes(shop: Shop) -> dict[str, bool]:
    """The indexes that migrations made on things, and whether each is valid."""
    rows = await shop.run(
        "SELECT indexrelid::regclass::text, indisvalid FROM pg_index"
        " WHERE indrelid = 'shop.things'::regclass"
        " AND indexrelid::regclass::text ~ '_(idx|key)_[0-9a-f]{10}$'"
    )
    return dict(rows)


async def work(shop: Shop) -> list[str]:
    rows = await shop.run("SELECT state FROM eerp.migration_work ORDER BY number")
    return [row[0] for row in rows]


async def constraints(shop: Shop, kind: str) -> list[bool]:
    """The constraints on things of one kind, and whether each is validated."""
    rows = await shop.run(
        "SELECT convalidated FROM pg_constraint WHERE conrelid ="
        " 'shop.things'::regclass AND contype = %s::\"char\"", kind,
    )  # fmt: skip
    return [row[0] for row in rows]


@ensureDeferred
async def test_an_index_is_built_while_others_write(shop: Shop) -> None:
    writer = shop.begin()
    await add(writer, "things", name="first")
    waiting = started(migrate(shop, [index("name")]))
    await moment()
    assert not waiting.called
    await shop.add("things", name="second")
    await writer.commit()
    assert await waiting == 1
    assert list((await indexes(shop)).values()) == [True]
    assert await work(shop) == []


@ensureDeferred
async def test_a_small_table_is_not_treated_so(shop: Shop) -> None:
    await shop.run("DELETE FROM shop.things")
    writer = shop.begin()
    await add(writer, "things", name="first")
    waiting = started(migrate(shop, [index("name")]))
    await moment()
    writing = started(shop.add("things", name="second"))
    await moment()
    assert not writing.called
    await writer.commit()
    assert await waiting == 1
    await writing


@ensureDeferred
async def test_what_was_made_ahead_goes_when_the_version_fails(shop: Shop) -> None:
    refers = key("things", "owner_id", "owners")
    gentle = [index("name"), check("x"), refers, required("name")]
    with pytest.raises(MigrationRefused, match="Version 2 of all"):
        await migrate(shop, [*gentle, *BROKEN])
    assert await indexes(shop) == {}
    assert await work(shop) == []
    for kind in "cf":
        assert await constraints(shop, kind) == []
    assert await migrate(shop, gentle) == 1


@ensureDeferred
async def test_constraints_are_validated_before_they_are_recorded(shop: Shop) -> None:
    refers = key("things", "owner_id", "owners")
    assert await migrate(shop, [check("x"), refers, required("name")]) == 1
    assert await constraints(shop, "c") == [True]
    assert await constraints(shop, "f") == [True, True]
    rows = await shop.run(
        "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'shop.things'::regclass"
        " AND attname = 'name'"
    )
    assert rows == [(True,)]
    assert await work(shop) == []


UNFIT = [check("thing 3"), required("owner_id"), index("owner", kind="add_unique")]


@pytest.mark.parametrize("operation", UNFIT)
@ensureDeferred
async def test_rows_that_do_not_fit_refuse_the_version(
    shop: Shop, operation: Any
) -> None:
    await migrate(shop, [column("owner")])
    await shop.run("UPDATE shop.things SET owner = 'ann'")
    with pytest.raises(MigrationRefused, match="Version 3 of all in module shop"):
        await migrate(shop, [column("owner")], [operation])
    assert await indexes(shop) == {}
    assert await constraints(shop, "c") == []
    assert await work(shop) == []


@ensureDeferred
async def test_rows_that_the_version_mends_first_do_not_stand_in_its_way(
    shop: Shop,
) -> None:
    await shop.run("UPDATE shop.things SET name = NULL WHERE name = 'thing 3'")
    mend = {
        "type": "data", "table": "things", "set": {"name": "none"},
        "where": {"field": "name", "op": "is", "value": None},
    }  # fmt: skip
    assert await migrate(shop, [mend, required("name")]) == 1


@ensureDeferred
async def test_an_index_on_a_new_column_is_built_after_the_version(
    shop: Shop, kill_builders: Callable[[], None]
) -> None:
    old = await hold_up(shop)
    versions = [[column("colour"), index("colour")], [column("size"), index("size")]]
    waiting = started(migrate(shop, *versions))
    await until(shop, "SELECT count(*) FROM pg_index WHERE NOT indisvalid")
    assert ("all", 2) in await recorded(shop)
    assert await work(shop) == ["late"]
    kill_builders()
    with pytest.raises(ConnectionLost):
        await waiting
    await old.rollback()
    assert await migrate(shop, *versions) == 1
    assert list((await indexes(shop)).values()) == [True, True]
    assert await work(shop) == []


@pytest.fixture
def kill_builders(look: Callable[[str], Any], pool: Pool) -> Callable[[], None]:
    """Ends the backends that build something; they have the build lock."""

    def kill() -> None:
        look(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype ="
            f" 'advisory' AND objid = {BUILD_LOCK} AND granted AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )

    return kill


async def hold_up(shop: Shop) -> Transaction:
    """A snapshot that CREATE INDEX CONCURRENTLY waits for, and ALTER TABLE does not."""
    old = shop.begin()
    await old.run(Statement("SELECT count(*) FROM shop.owners"))
    return old


async def until(shop: Shop, sql: str) -> None:
    """Wait until what `sql` counts is there."""
    for _ in range(200):
        if (await shop.run(sql))[0][0]:
            return
        await moment(0.05)
    raise AssertionError(sql)


@ensureDeferred
async def test_an_end_in_the_middle_leaves_what_the_next_start_goes_on_from(
    shop: Shop, kill_builders: Callable[[], None]
) -> None:
    old = await hold_up(shop)
    version = [check("x"), index("name", "id"), index("id", kind="add_unique")]
    waiting = started(migrate(shop, version))
    await until(shop, "SELECT count(*) FROM pg_index WHERE NOT indisvalid")
    kill_builders()
    with pytest.raises(ConnectionLost):
        await waiting
    await old.rollback()
    assert await work(shop) == ["ready", "begun", "begun"]
    assert ("all", 2) not in await recorded(shop)
    assert await migrate(shop, version) == 1
    assert list((await indexes(shop)).values()) == [True, True]
    assert await work(shop) == []


@ensureDeferred
async def test_what_was_begun_for_a_version_that_is_no_more_is_taken_back(
    shop: Shop, kill_builders: Callable[[], None]
) -> None:
    old = await hold_up(shop)
    waiting = started(migrate(shop, [check("x"), index("name")]))
    await until(shop, "SELECT count(*) FROM pg_index WHERE NOT indisvalid")
    kill_builders()
    with pytest.raises(ConnectionLost):
        await waiting
    await old.rollback()
    assert await migrate(shop, [check("y")]) == 1
    assert await indexes(shop) == {}
    assert await constraints(shop, "c") == [True]
    assert await work(shop) == []


@ensureDeferred
async def test_daemons_that_start_at_once_share_the_work(
    shop: Shop, database: str
) -> None:
    pools = [Pool(reactor, database, size=1, require_durable=False) for _ in range(3)]
    for pool in pools:
        await pool.open()
    version = [index("name"), check("x"), key("things", "owner_id", "owners"),
               required("name"), column("late"), index("late")]  # fmt: skip
    runs = [started(migrate(Shop(pool), version)) for pool in pools]
    assert sum(await gatherResults(runs)) == 1
    for pool in pools:
        await pool.close()
    assert list((await indexes(shop)).values()) == [True, True]
    assert await work(shop) == []


@ensureDeferred
async def test_daemons_that_start_at_once_all_learn_that_a_version_fails(
    shop: Shop,
) -> None:
    version = [index("name"), *BROKEN]
    runs = [started(_error(migrate(shop, version))) for _ in range(2)]
    for error in await gatherResults(runs):
        assert isinstance(error, EerpError)
    assert await indexes(shop) == {}
    assert await work(shop) == []


async def _error(coroutine: Any) -> EerpError | None:
    try:
        await coroutine
    except EerpError as error:
        return error
    return None
