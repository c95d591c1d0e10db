"""The search over all models, on a real PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet import reactor

from eerp import limits
from eerp.database.pool import Pool
from eerp.interfaces import Identity, Statement, TransactionBegin
from eerp.orm.search import Found, Search, chosen
from tests.postgres.counter_shop import Shop, open_shop
from tests.postgres.rival_shop import ANN, BOB, CID, ROOT, A, B


async def _find(shop: Shop, who: Identity, text: str, limit: int = 20) -> Found:
    begin = TransactionBegin(True, who.user_id, "r1", "core")
    transaction = shop.pool.transaction(begin)
    models = [shop.customers, shop.orders]
    try:
        return await Search(reactor).find(transaction, models, who, text, limit)
    finally:
        await transaction.rollback()


async def _labels(shop: Shop, who: Identity, text: str) -> list[str]:
    found = await _find(shop, who, text)
    assert found.complete
    return [item["label"] for item in found.items]


@pytest.mark.parametrize("indexed", [False, True])
@ensureDeferred
async def test_words_are_found_in_any_case_and_order(pool: Pool, indexed: bool):
    shop = await open_shop(pool, indexed=indexed)
    for name in ("Alfreds Futterkiste", "Bólido", "100% Alfred", "Futter & Co"):
        await shop.customer(BOB, name)
    assert await _labels(shop, BOB, "futter alfred") == ["Alfreds Futterkiste"]
    # What begins so comes first, then what is shorter.
    assert await _labels(shop, BOB, "ALFRED") == [
        "Alfreds Futterkiste", "100% Alfred",
    ]  # fmt: skip
    assert await _labels(shop, BOB, "100%") == ["100% Alfred"]
    for nothing in ("xyz", "alfred bólido", "_lfreds", "'"):
        assert await _labels(shop, BOB, nothing) == []


@ensureDeferred
async def test_a_record_is_told_by_model_id_and_label(pool: Pool):
    shop = await open_shop(pool)
    alma = await shop.customer(BOB, "Alma")
    found = await _find(shop, BOB, "alma")
    assert found.items == [{"model": "shop.customers", "id": alma, "label": "Alma"}]


@ensureDeferred
async def test_what_a_caller_does_not_see_is_not_found(pool: Pool):
    shop = await open_shop(pool)
    await shop.customer(BOB, "Common A", own_company_id=A)
    await shop.customer(BOB, "Common B", own_company_id=B)
    await shop.customer(BOB, "Common owned", own_company_id=A, owner_id=BOB.user_id)
    deleted = await shop.customer(BOB, "Common deleted", own_company_id=A)
    await shop.do(BOB, "delete", "customers", id=deleted)
    assert set(await _labels(shop, ANN, "common")) == {"Common A"}
    assert set(await _labels(shop, CID, "common")) == {"Common B"}
    every = {"Common A", "Common B", "Common owned"}
    assert set(await _labels(shop, BOB, "common")) == every
    assert set(await _labels(shop, ROOT, "common")) == every


async def _index_notes(pool: Pool) -> None:
    for sql in (
        "CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA eerp",
        "CREATE INDEX ON shop.orders USING gin (note eerp.gin_trgm_ops)",
    ):
        await pool.query(Statement(sql), read_only=False)


@ensureDeferred
async def test_a_field_that_is_hidden_is_not_searched(pool: Pool):
    """By what is found, or is not, somebody could read it."""
    shop = await open_shop(pool)
    await _index_notes(pool)
    alma = await shop.customer(ANN, "Alma")
    values = {"customer_id": alma, "amount": "1", "note": "a secret"}
    await shop.do(ANN, "create", "orders", values=values)
    assert await _labels(shop, ANN, "secret") == ["a secret"]
    assert await _labels(shop, CID, "secret") == []


@ensureDeferred
async def test_a_few_of_each_model_are_enough(pool: Pool):
    shop = await open_shop(pool)
    for number in range(limits.FOUND_PER_MODEL_MAX + 3):
        await shop.customer(BOB, f"Twin {number}")
    assert len((await _find(shop, BOB, "twin")).items) == limits.FOUND_PER_MODEL_MAX
    assert len((await _find(shop, BOB, "twin", limit=2)).items) == 2


def test_the_best_of_each_model_come_before_the_second_best():
    rows: list[Any] = [
        ("m", name, f"{name}{rank}", "", rank)
        for name in ("a", "b", "c") for rank in (1, 2, 3)
    ]  # fmt: skip
    ids = [item["id"] for item in chosen(rows, 4)]
    assert ids == ["a1", "a2", "b1", "c1"]


@ensureDeferred
async def test_when_time_is_over_what_was_found_is_told(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
):
    """Somebody holds the orders: whoever looks there waits."""
    shop = await open_shop(pool, indexed=True)
    await _index_notes(pool)
    alma = await shop.customer(BOB, "Alma")
    monkeypatch.setattr(limits, "FOUND_MODELS_AT_ONCE_MAX", 1)
    monkeypatch.setattr(limits, "FOUND_MS_MAX", 300)
    begin = TransactionBegin(False, None, "r1", "test")
    holder = pool.transaction(begin)
    lock = "LOCK TABLE shop.orders IN ACCESS EXCLUSIVE MODE"
    await holder.run(Statement(lock))
    try:
        found = await _find(shop, BOB, "alma")
    finally:
        await holder.rollback()
    assert [item["id"] for item in found.items] == [alma]
    assert not found.complete
    assert (await _find(shop, BOB, "alma")).complete
