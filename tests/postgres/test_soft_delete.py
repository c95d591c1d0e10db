"""No live record refers to a deleted one, and PostgreSQL sees to it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_twisted import ensureDeferred

from eerp.database.pool import Pool
from eerp.errors import Conflict, EerpError, SerializationFailed, ValidationFailed
from eerp.interfaces import Statement
from eerp.migrations.apply import apply, plan
from tests.conftest import wait_for
from tests.postgres.two import (
    Shop,
    add,
    delete,
    key,
    moment,
    see,
    started,
    step,
    table,
)

TABLES = step(
    "all",
    1,
    table("companies", ("name", "text")),
    table("contacts", ("company_id", "uuid"), ("name", "text")),
    table("notes", ("contact_id", "uuid"), ("by_id", "uuid")),
    key("contacts", "company_id", "companies"),
    key("notes", "contact_id", "contacts", "cascade"),
    key("notes", "by_id", "contacts", "set_null"),
)


@pytest.fixture
def shop(pool: Pool) -> Shop:
    made = Shop(pool)
    wait_for(made.migrate(TABLES))
    return made


@ensureDeferred
async def test_a_record_that_others_refer_to_is_not_deleted(shop: Shop) -> None:
    company = await shop.add("companies")
    contact = await shop.add("contacts", company_id=company)
    with pytest.raises(Conflict, match=r"^Other records still refer to this one\.$"):
        await shop.delete("companies", company)
    await shop.delete("contacts", contact)
    await shop.delete("companies", company)
    assert await shop.alive("companies") == {company: False}


@ensureDeferred
async def test_a_deleted_record_cannot_be_referred_to(shop: Shop) -> None:
    company = await shop.add("companies")
    await shop.delete("companies", company)
    with pytest.raises(ValidationFailed) as caught:
        await shop.add("contacts", company_id=company)
    assert [fault.pointer for fault in caught.value.errors] == ["/company_id"]
    assert caught.value.message == "company_id refers to a record that does not exist."


@ensureDeferred
async def test_a_child_does_not_come_back_without_its_parent(shop: Shop) -> None:
    company = await shop.add("companies")
    contact = await shop.add("contacts", company_id=company)
    await shop.delete("contacts", contact)
    await shop.delete("companies", company)
    with pytest.raises(ValidationFailed, match="company_id refers to a record"):
        await shop.restore("contacts", contact)
    await shop.restore("companies", company)
    await shop.restore("contacts", contact)
    assert await shop.alive("contacts") == {contact: True}


@ensureDeferred
async def test_a_cascade_takes_children_along_and_brings_them_back(shop: Shop) -> None:
    contact = await shop.add("contacts")
    first = await shop.add("notes", contact_id=contact)
    gone = await shop.add("notes", contact_id=contact)
    await shop.delete("notes", gone)
    await shop.delete("contacts", contact)
    assert await shop.alive("notes") == {first: False, gone: False}
    rows = await shop.run("SELECT version FROM shop.notes WHERE id = %s::uuid", first)
    assert rows[0][0] == 2
    await shop.restore("contacts", contact)
    assert await shop.alive("notes") == {first: True, gone: False}
    asked = "SELECT action FROM eerp.audit WHERE record_id = %s::uuid ORDER BY at, seq"
    told = [action for (action,) in await shop.run(asked, first)]
    assert told == ["create", "delete", "restore"]


@ensureDeferred
async def test_a_cascade_goes_as_deep_as_it_must_or_not_at_all(pool: Pool) -> None:
    shop = Shop(pool)
    await shop.migrate(
        step(
            "all", 1,
            table("a"), table("b", ("a_id", "uuid")), table("c", ("b_id", "uuid")),
            table("d", ("c_id", "uuid")),
            key("b", "a_id", "a", "cascade"), key("c", "b_id", "b", "cascade"),
            key("d", "c_id", "c"),
        )
    )  # fmt: skip
    a = await shop.add("a")
    b = await shop.add("b", a_id=a)
    c = await shop.add("c", b_id=b)
    d = await shop.add("d", c_id=c)
    with pytest.raises(Conflict, match="still refer"):
        await shop.delete("a", a)
    assert await shop.alive("a") == {a: True}
    await shop.delete("d", d)
    await shop.delete("a", a)
    assert [*(await shop.alive("b")).values(), *(await shop.alive("c")).values()] == [
        False, False,
    ]  # fmt: skip


@ensureDeferred
async def test_a_tree_is_deleted_from_any_of_its_nodes(pool: Pool) -> None:
    shop = Shop(pool)
    nodes = table("nodes", ("parent_id", "uuid"))
    await shop.migrate(
        step("all", 1, nodes, key("nodes", "parent_id", "nodes", "cascade"))
    )
    root = await shop.add("nodes")
    middle = await shop.add("nodes", parent_id=root)
    leaf = await shop.add("nodes", parent_id=middle)
    await shop.delete("nodes", middle)
    assert await shop.alive("nodes") == {root: True, middle: False, leaf: False}
    await shop.restore("nodes", middle)
    await shop.run(
        "UPDATE shop.nodes SET parent_id = %s::uuid WHERE id = %s::uuid", leaf, root
    )
    await shop.delete("nodes", middle)
    assert set((await shop.alive("nodes")).values()) == {False}


@ensureDeferred
async def test_set_null_keeps_the_reference_until_the_purge(shop: Shop) -> None:
    author = await shop.add("contacts")
    note = await shop.add("notes", by_id=author)
    await shop.delete("contacts", author)
    assert await shop.alive("notes") == {note: True}
    assert (await shop.run("SELECT by_id::text FROM shop.notes"))[0][0] == author
    await shop.run("DELETE FROM shop.contacts")
    assert (await shop.run("SELECT by_id::text FROM shop.notes"))[0][0] is None


@ensureDeferred
async def test_a_purge_obeys_the_plain_reference(shop: Shop) -> None:
    company = await shop.add("companies")
    contact = await shop.add("contacts", company_id=company)
    note = await shop.add("notes", contact_id=contact)
    await shop.delete("notes", note)
    live = await shop.add("notes", contact_id=contact)
    await shop.delete("contacts", contact)
    with pytest.raises(Conflict, match="still refer"):
        await shop.run("DELETE FROM shop.companies")
    await shop.run("DELETE FROM shop.contacts")
    assert await shop.alive("notes") == {}
    assert live != note


@ensureDeferred
async def test_a_plain_change_of_the_parent_does_not_block_new_children(
    shop: Shop,
) -> None:
    company = await shop.add("companies")
    change = shop.begin()
    await change.run(Statement("UPDATE shop.companies SET name = 'x'"))
    await shop.add("contacts", company_id=company)
    await change.commit()
    assert len(await shop.alive("contacts")) == 1


CHILDREN = [
    ("contacts", "company_id", "companies"),
    ("notes", "contact_id", "contacts"),
]


@pytest.mark.parametrize(("child", "column", "parent"), CHILDREN)
@ensureDeferred
async def test_a_child_that_comes_first_stops_the_deletion(
    shop: Shop, child: str, column: str, parent: str
) -> None:
    record = await shop.add(parent)
    first, second = shop.begin(), shop.begin()
    await see(second)
    await add(first, child, **{column: record})
    waiting = started(delete(second, parent, record))
    await moment()
    assert not waiting.called
    await first.commit()
    # A cascade cannot see the child that came meanwhile: it is worth another try.
    with pytest.raises(Conflict if child == "contacts" else SerializationFailed):
        await waiting
    await second.rollback()
    assert set((await shop.alive(parent)).values()) == {True}


@pytest.mark.parametrize(("child", "column", "parent"), CHILDREN)
@pytest.mark.parametrize("late", [False, True])
@ensureDeferred
async def test_a_deletion_that_comes_first_stops_the_child(
    shop: Shop, child: str, column: str, parent: str, late: bool
) -> None:
    record = await shop.add(parent)
    first, second = shop.begin(), shop.begin()
    await see(second)
    await delete(first, parent, record)
    waiting = None
    if late:
        await first.commit()
    else:
        waiting = started(add(second, child, **{column: record}))
        await moment()
        assert not waiting.called
        await first.commit()
    with pytest.raises((SerializationFailed, ValidationFailed)):
        await (waiting or add(second, child, **{column: record}))
    await second.rollback()
    assert await shop.alive(child) == {}


@ensureDeferred
async def test_an_extension_lives_and_dies_with_what_it_extends(pool: Pool) -> None:
    shop = Shop(pool)
    await shop.migrate(TABLES)
    extension = step(
        "contacts", 1,
        {"type": "extend_table", "table": "contacts_extension",
         "extends": {"module": "shop", "table": "contacts"},
         "columns": [{"column": "level", "sql_type": "integer"}]},
    )  # fmt: skip
    await apply(pool, "hr", plan([extension], {}, "hr", ("shop",)))
    contact = await shop.add("contacts")
    await shop.run(
        "INSERT INTO hr.contacts_extension (id, level) VALUES (%s::uuid, 3)", contact
    )
    await shop.delete("contacts", contact)
    alive = "SELECT alive FROM hr.contacts_extension"
    assert await shop.run(alive) == [(None,)]
    await shop.restore("contacts", contact)
    assert await shop.run(alive) == [(True,)]
    await shop.delete("contacts", contact)
    await shop.run("DELETE FROM shop.contacts")
    assert await shop.run(alive) == []


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["add", "delete", "restore", "purge", "move"]),
        st.sampled_from(["companies", "contacts", "notes"]),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    max_size=25,
)
PARENT = {
    "companies": None,
    "contacts": ("company_id", "companies"),
    "notes": ("contact_id", "contacts"),
}
_DANGLING = """
SELECT count(*) FROM shop.{child} c JOIN shop.{parent} p ON p.id = c.{column}
 WHERE c.deleted_at IS NULL AND p.deleted_at IS NOT NULL
"""


@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(actions=ACTIONS)
@ensureDeferred
async def test_whatever_is_done_no_live_record_refers_to_a_deleted_one(
    shop: Shop, actions: Any
) -> None:
    known: dict[str, list[str]] = {name: [] for name in PARENT}
    for action, name, which, whose in actions:
        try:
            await _act(shop, known, action, name, which, whose)
        except EerpError as error:
            assert isinstance(error, Conflict | ValidationFailed), error
        for child, link in PARENT.items():
            if link is not None:
                column, parent = link
                asked = _DANGLING.format(child=child, parent=parent, column=column)
                assert await shop.run(asked) == [(0,)]


async def _act(
    shop: Shop,
    known: dict[str, list[str]],
    action: str,
    name: str,
    which: int,
    whose: int,
) -> None:
    link, records = PARENT[name], known[name]
    parents = known[link[1]] if link else []
    parent = parents[whose % len(parents)] if parents else None
    if action == "add":
        values = {link[0]: parent} if link and parent else {}
        records.append(await shop.add(name, **values))
    elif records:
        record = records[which % len(records)]
        if action == "delete":
            await shop.delete(name, record)
        elif action == "restore":
            await shop.restore(name, record)
        elif action == "purge":
            await shop.run(f"DELETE FROM shop.{name} WHERE id = %s::uuid", record)
        elif link and parent:
            await shop.run(
                f"UPDATE shop.{name} SET {link[0]} = %s::uuid WHERE id = %s::uuid",
                parent, record,
            )  # fmt: skip
