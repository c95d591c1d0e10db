"""The account of the stock is worth what the stock is, whatever is done with goods, and
nothing is done that the books refuse."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import psycopg2
import pytest_twisted

from eerp.database.embedded import running_dsn
from tests.daemon.process import Daemon
from tests.daemon.test_inventory import Store, at_once

CLIENTS = 16


@pytest_twisted.async_yield_fixture(scope="module")
async def store(daemon: Daemon) -> AsyncIterator[Store]:
    """The inventory beside the books."""
    dsn = running_dsn(daemon.state_dir)
    assert dsn is not None
    database = psycopg2.connect(dsn)
    database.autocommit = True
    yield Store(daemon, database)
    database.close()


def balance(store: Store, purpose: str) -> Decimal:
    """The balance of the accounts for a purpose, by what is posted."""
    [(sum_,)] = store.sql(
        "SELECT coalesce(sum(l.debit - l.credit), 0) FROM accounting.lines l"
        " JOIN accounting.accounts a ON a.id = l.account_id"
        " JOIN accounting.entries e ON e.id = l.entry_id"
        " WHERE a.purpose = %s AND e.state = 'posted'",
        purpose,
    )
    return Decimal(sum_)


async def value(store: Store) -> Decimal:
    """What all of the stock is worth, by the report and by its layers."""
    totals = (await store.done("GET", "reports/valuation"))["totals"]
    [(layers,)] = store.sql("SELECT coalesce(sum(value), 0) FROM inventory.layers")
    total = sum((Decimal(one["value"]) for one in totals), Decimal(0))
    assert total == layers
    return total


@pytest_twisted.ensureDeferred
async def test_each_way_of_goods_has_its_accounts(store: Store) -> None:
    """Receipt, delivery, return, count, opening and another value."""
    item = await store.item("Coffee", costing="average")

    async def posted(*wanted: tuple[str, str]) -> None:
        for purpose, amount in wanted:
            assert balance(store, purpose) == Decimal(amount), purpose
        assert balance(store, "stock") == await value(store)

    line = {"item_id": item, "counted": "10", "unit_cost": "1"}
    count = await store.done("POST", "counts", {"opening": True, "lines": [line]})
    await store.done("POST", f"counts/{count['id']}/apply")
    await posted(("opening", "-10"))
    received = await store.received(item, 10, "2")
    await posted(("goods_received", "-20"))
    move = {"item_id": item, "quantity": "5"}
    sold = await store.transfer("delivery", move, done=True, reference="SO-1")
    await posted(("cost_of_sales", "7.50"), ("stock", "22.50"))
    back = {"moves": [{"id": sold["moves"][0]["id"], "quantity": "2"}]}
    await store.done("POST", f"transfers/{sold['id']}/return", back)
    await posted(("cost_of_sales", "4.50"))
    back = {"moves": [{"id": received["moves"][0]["id"], "quantity": "1"}]}
    await store.done("POST", f"transfers/{received['id']}/return", back)
    await posted(("goods_received", "-18.50"))
    await store.done("POST", f"items/{item}/revalue", {"unit_cost": "3"})
    await posted(("stock", "48"), ("stock_adjustment", "-24"))
    [(source, reference)] = store.sql(
        "SELECT source_model, reference FROM accounting.entries WHERE source_id = %s",
        sold["id"],
    )
    assert (source, reference) == ("inventory.transfers", sold["number"])


@pytest_twisted.ensureDeferred
async def test_whatever_many_clients_do_the_books_agree(store: Store) -> None:
    """Receipts and deliveries of three items at odd prices, all at once."""
    dice = random.Random(5)
    items = [
        await store.item("Odd", costing="fifo"),
        await store.item("Odder", costing="average"),
        await store.item("Oddest", costing="fifo"),
    ]
    for item in items:
        await store.received(item, 20, "0.333333")

    def body() -> dict[str, Any]:
        moves = [
            {
                "item_id": item,
                "quantity": str(Decimal(dice.randint(1, 60_000)) / 10_000),
            }
            for item in dice.sample(items, dice.randint(1, 3))
        ]
        kind = dice.choice(["receipt", "delivery"])
        for move in moves:
            if kind == "receipt":
                move["unit_cost"] = str(Decimal(dice.randint(0, 9_999_999)) / 1_000_000)
        return {"kind": kind, "done": True, "moves": moves}

    for _ in range(4):
        asked = [store.ask("POST", "transfers", body()) for _ in range(CLIENTS)]
        for answer in await at_once(*asked):
            assert answer.status in (201, 409), answer.text
            assert answer.status == 201 or answer.json["code"] == "not_enough"
    assert balance(store, "stock") == await value(store)
    for item in items:
        assert (await store.stock(item))["on_hand"] == store.moved(item)
        assert await store.worth(item) == store.layers(item)
    [(left, worth)] = store.sql(
        "SELECT sum(l.remaining_quantity) - sum(DISTINCT v.quantity),"
        " sum(l.remaining_value) - sum(DISTINCT v.value) FROM inventory.layers l"
        " JOIN inventory.valuations v ON v.item_id = l.item_id WHERE l.item_id = %s",
        items[0],
    )
    assert (left, worth) == (0, 0), "what is left of the layers is the stock"


@pytest_twisted.ensureDeferred
async def test_a_locked_month_moves_no_goods(store: Store) -> None:
    """What the books refuse has not happened."""
    item = await store.item("Locked up")
    move = {"item_id": item, "quantity": "5", "unit_cost": "2"}
    await store.transfer("receipt", move, done=True, date="2021-06-01")
    periods = await store.daemon.ask(
        "GET", "/api/accounting/periods?starts_on=eq.2021-06-01"
    )
    [period] = periods.json["items"]
    locked = await store.daemon.ask(
        "POST", f"/api/accounting/periods/{period['id']}/lock"
    )
    assert locked.status == 200, locked.text
    out = {"item_id": item, "quantity": "1"}
    body = {"kind": "delivery", "done": True, "date": "2021-06-02", "moves": [out]}
    answer = await store.ask("POST", "transfers", body)
    assert (answer.status, answer.json["code"]) == (409, "period_locked")
    assert await store.worth(item) == store.layers(item) == (5, 10)
    assert (await store.stock(item))["on_hand"] == store.moved(item) == 5
    assert balance(store, "stock") == await value(store)
