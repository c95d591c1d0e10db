"""Comments, saved filters and preferences on a real PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from pytest_twisted import ensureDeferred

from eerp import limits
from eerp.database.pool import Pool
from eerp.errors import Conflict, Forbidden, NotFound
from eerp.interfaces import Identity, Statement
from eerp.kept import SHARE, FilterChange
from tests.postgres.counter_shop import Shop, open_shop
from tests.postgres.rival_shop import ANN, BOB, CID, NOBODY, ROOT, A

CUSTOMERS = "shop.customers"
SHARER = evolve(BOB, permissions=frozenset({"shop.*", SHARE}))


async def _texts(shop: Shop, who: Identity, record_id: str) -> list[str]:
    found, _ = await shop.comments.page(
        who, shop.customers, record_id, limit=50, before=None
    )
    return [comment["text"] for comment in found]


# Comments


@ensureDeferred
async def test_a_comment_is_seen_by_all_who_see_the_record(pool: Pool):
    shop = await open_shop(pool)
    alma = await shop.customer(ANN, "Alma")
    made = await shop.comments.add(ANN, shop.customers, alma, "Pays late.")
    assert made.keys() == {
        "id", "text", "created_at", "updated_at", "user_id", "username", "mine",
    }  # fmt: skip
    assert (made["username"], made["mine"]) == ("ann", True)
    await shop.comments.add(BOB, shop.customers, alma, "Not any more.")
    newest, oldest = (
        await shop.comments.page(BOB, shop.customers, alma, limit=50, before=None)
    )[0]
    assert (newest["mine"], oldest["mine"]) == (True, False)
    assert oldest["text"] == "Pays late."


@ensureDeferred
async def test_comments_come_a_page_at_a_time(pool: Pool):
    shop = await open_shop(pool)
    alma = await shop.customer(ANN, "Alma")
    for number in range(5):
        await shop.comments.add(ANN, shop.customers, alma, f"{number}")
    seen, before = [], None
    while True:
        page, before = await shop.comments.page(
            ANN, shop.customers, alma, limit=2, before=before
        )
        seen += [comment["text"] for comment in page]
        if before is None:
            break
    assert seen == ["4", "3", "2", "1", "0"]


@ensureDeferred
async def test_nobody_comments_on_what_they_do_not_see(pool: Pool):
    """Neither by permission, nor company, nor rule, nor when it is deleted."""
    shop = await open_shop(pool)
    ours = await shop.customer(ANN, "Alma", own_company_id=A)
    others = await shop.customer(ROOT, "Bert", owner_id=BOB.user_id)
    deleted = await shop.customer(ANN, "Cleo")
    await shop.do(ANN, "delete", "customers", id=deleted)
    nothing = evolve(ANN, permissions=frozenset())
    refused = [
        (CID, ours, NotFound), (ANN, others, NotFound), (ANN, deleted, NotFound),
        (ANN, NOBODY, NotFound), (nothing, ours, Forbidden),
    ]  # fmt: skip
    for who, record, error in refused:
        with pytest.raises(error):
            await shop.comments.add(who, shop.customers, record, "x")
        with pytest.raises(error):
            await _texts(shop, who, record)


@ensureDeferred
async def test_a_comment_is_changed_by_its_author_only(pool: Pool):
    shop = await open_shop(pool)
    alma = await shop.customer(ANN, "Alma")
    made = await shop.comments.add(ANN, shop.customers, alma, "Pays late.")
    for who in (BOB, ROOT):
        with pytest.raises(Forbidden, match="Only who wrote"):
            await shop.comments.change(who, made["id"], "x")
        with pytest.raises(Forbidden, match="Only who wrote"):
            await shop.comments.remove(who, made["id"])
    changed = await shop.comments.change(ANN, made["id"], "Pays.")
    assert changed["text"] == "Pays."
    assert changed["updated_at"] > changed["created_at"] == made["created_at"]
    # Whoever does not see the record any more, does not change what is said of it.
    await shop.do(ROOT, "update", "customers", id=alma, values={"owner_id": NOBODY})
    with pytest.raises(NotFound):
        await shop.comments.remove(ANN, made["id"])
    await shop.do(ROOT, "update", "customers", id=alma, values={"owner_id": None})
    await shop.comments.remove(ANN, made["id"])
    with pytest.raises(NotFound, match="no such comment"):
        await shop.comments.remove(ANN, made["id"])
    assert await _texts(shop, ANN, alma) == []


@ensureDeferred
async def test_what_was_said_goes_with_the_record_and_stays_without_its_author(
    pool: Pool,
):
    shop = await open_shop(pool)
    alma, bert = await shop.customer(ANN, "Alma"), await shop.customer(ANN, "Bert")
    for record in (alma, bert):
        await shop.comments.add(BOB, shop.customers, record, "Hello.")
    await shop.do(ROOT, "purge", "customers", id=alma, reason="GDPR")
    rows = await pool.query(Statement("SELECT record_id::text FROM eerp.comments"))
    assert rows == [(bert,)]
    gone = Statement("DELETE FROM eerp.users WHERE username = 'bob'")
    await pool.query(gone, read_only=False)
    page, _ = await shop.comments.page(ANN, shop.customers, bert, limit=1, before=None)
    assert (page[0]["user_id"], page[0]["username"], page[0]["mine"]) == (
        None, None, False,
    )  # fmt: skip


# Filters


def _named(found: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    return [(each["name"], each["mine"]) for each in found]


@ensureDeferred
async def test_a_filter_is_ones_own_until_it_is_shared(pool: Pool):
    shop = await open_shop(pool)
    query = {"b": [1, 2.5, None], "a": "eq.é"}
    made = await shop.filters.add(ANN, CUSTOMERS, FilterChange("Late", query=query))
    assert made.pop("id")
    assert made == {
        "model": CUSTOMERS, "name": "Late", "shared": False, "mine": True,
        "query": query,
    }  # fmt: skip
    await shop.filters.add(SHARER, CUSTOMERS, FilterChange("Ours", True, {}))
    await shop.filters.add(SHARER, CUSTOMERS, FilterChange("Mine", False, {}))
    await shop.filters.add(SHARER, "shop.orders", FilterChange("Large", True, {}))
    assert _named(await shop.filters.of(ANN, CUSTOMERS)) == [
        ("Late", True), ("Ours", False),
    ]  # fmt: skip
    assert _named(await shop.filters.of(SHARER, CUSTOMERS)) == [
        ("Mine", True), ("Ours", True),
    ]  # fmt: skip


@ensureDeferred
async def test_sharing_and_changing_what_is_shared_need_the_permission(pool: Pool):
    shop = await open_shop(pool)
    filters = shop.filters
    with pytest.raises(Forbidden, match=SHARE):
        await filters.add(ANN, CUSTOMERS, FilterChange("Late", True, {}))
    mine = await filters.add(ANN, CUSTOMERS, FilterChange("Late", query={}))
    with pytest.raises(Forbidden, match=SHARE):
        await filters.change(ANN, mine["id"], FilterChange(shared=True))
    with pytest.raises(NotFound):
        await filters.change(SHARER, mine["id"], FilterChange("x"))
    with pytest.raises(NotFound):
        await filters.remove(SHARER, mine["id"])
    ours = await filters.add(SHARER, CUSTOMERS, FilterChange("Ours", True, {}))
    with pytest.raises(Forbidden, match=SHARE):
        await filters.change(ANN, ours["id"], FilterChange("x"))
    with pytest.raises(Forbidden, match=SHARE):
        await filters.remove(ANN, ours["id"])
    other = evolve(CID, permissions=frozenset({SHARE}))
    changed = await filters.change(other, ours["id"], FilterChange("Theirs"))
    assert (changed["name"], changed["mine"]) == ("Theirs", False)
    # Who may not share any more may still keep it to themselves, and remove it.
    with pytest.raises(Forbidden, match=SHARE):
        await filters.change(BOB, ours["id"], FilterChange("Ours"))
    kept = await filters.change(BOB, ours["id"], FilterChange(shared=False))
    assert not kept["shared"]
    await filters.remove(BOB, ours["id"])


@ensureDeferred
async def test_a_name_is_given_once_and_there_are_not_too_many(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
):
    shop = await open_shop(pool)
    late = await shop.filters.add(ANN, CUSTOMERS, FilterChange("Late", query={}))
    other = await shop.filters.add(ANN, CUSTOMERS, FilterChange("Rich", query={}))
    with pytest.raises(Conflict, match="of this name"):
        await shop.filters.add(ANN, CUSTOMERS, FilterChange("Late", query={}))
    with pytest.raises(Conflict, match="of this name"):
        await shop.filters.change(ANN, other["id"], FilterChange("Late"))
    again = FilterChange("Late", query={"a": 1})
    same = await shop.filters.change(ANN, late["id"], again)
    assert same["query"] == {"a": 1}
    monkeypatch.setattr(limits, "FILTERS_PER_MODEL_MAX", 2)
    with pytest.raises(Conflict, match="There are 2 filters"):
        await shop.filters.add(ANN, CUSTOMERS, FilterChange("Third", query={}))
    await shop.filters.add(ANN, "shop.orders", FilterChange("Third", query={}))


# Preferences


@ensureDeferred
async def test_each_user_has_preferences(pool: Pool):
    shop = await open_shop(pool)
    assert await shop.preferences.get(ANN) == {}
    for value in ({"theme": "dark", "columns": {"a": ["b"]}}, {"z": 1, "a": 2.5}):
        await shop.preferences.put(ANN, value)
        assert await shop.preferences.get(ANN) == value
    assert await shop.preferences.get(BOB) == {}
