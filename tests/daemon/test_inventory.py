"""Goods come and go through the real daemon: no more than there are, whoever takes them
at the same moment, and worth what the books say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
import pytest_twisted
from attrs import define
from twisted.internet.defer import Deferred, gatherResults

from eerp.database.embedded import running_dsn
from tests.daemon.process import Answer, Daemon, write_config
from tests.daemon.test_crm_rules import run_eerp, signed_in

CLIENTS = 16
ALONE: dict[str, Any] = {
    name: {"active": False}
    for name in ("accounting", "crm", "hr", "invoicing", "payroll")
}
"""Inventory with nothing but what it needs."""

Worth = tuple[Decimal | int, Decimal | int]


@define(eq=False)
class Store:
    """A daemon with the inventory, and a way to its database beside it."""

    daemon: Daemon
    database: Any

    @classmethod
    async def opened(cls, daemon: Daemon) -> Store:
        """The daemon started, an administrator signed in."""
        await daemon.start()
        await daemon.sign_in()
        dsn = running_dsn(daemon.state_dir)
        assert dsn is not None
        database = psycopg2.connect(dsn)
        database.autocommit = True
        return cls(daemon, database)

    def sql(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database by another way."""
        with self.database.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """One request; changes are of any version."""
        headers = {"If-Match": "*"} if method == "PATCH" else {}
        return await self.daemon.ask(
            method, f"/api/inventory/{path}", body, headers=headers
        )

    async def done(self, method: str, path: str, body: Any = None) -> Any:
        """The answer to a request that must succeed."""
        answer = await self.ask(method, path, body)
        assert answer.status in (200, 201), answer.text
        return answer.json

    async def item(self, name: str, **more: Any) -> str:
        """A new item; its id."""
        made = await self.done("POST", "items", {"name": name, **more})
        return str(made["id"])

    async def transfer(self, kind: str, *moves: dict[str, Any], **more: Any) -> Any:
        """A new transfer of these moves."""
        return await self.done(
            "POST", "transfers", {"kind": kind, "moves": moves, **more}
        )

    async def received(self, item: str, quantity: int, unit_cost: str) -> Any:
        """Goods that came in."""
        move = {"item_id": item, "quantity": str(quantity), "unit_cost": unit_cost}
        return await self.transfer("receipt", move, done=True)

    async def stock(self, item: str) -> dict[str, Decimal | int]:
        """What lies there of an item, in the only place where it lies."""
        [row] = (await self.done("GET", f"stock?item_id={item}"))["items"]
        names = ("on_hand", "reserved", "available", "outgoing", "forecast")
        return {name: Decimal(row[name]) for name in names}

    async def worth(self, item: str) -> Worth:
        """Quantity and value of an item."""
        path = f"reports/valuation?item_id={item}"
        [row] = (await self.done("GET", path))["items"]
        return Decimal(row["quantity"]), Decimal(row["value"])

    def layers(self, item: str) -> Worth:
        """The same, as the layers add up to."""
        [(quantity, value)] = self.sql(
            "SELECT coalesce(sum(quantity), 0), coalesce(sum(value), 0)"
            " FROM inventory.layers WHERE item_id = %s",
            item,
        )
        return quantity, value

    def moved(self, item: str) -> Decimal | int:
        """What is in places of one's own, by all moves that were done."""
        [(quantity,)] = self.sql(
            "SELECT sum(CASE WHEN t.kind IN ('internal', 'transit')"
            " THEN m.base_quantity ELSE 0 END - CASE WHEN f.kind IN ('internal',"
            " 'transit') THEN m.base_quantity ELSE 0 END) FROM inventory.moves m"
            " JOIN inventory.locations f ON f.id = m.from_id"
            " JOIN inventory.locations t ON t.id = m.to_id"
            " WHERE m.state = 'done' AND m.item_id = %s",
            item,
        )
        return Decimal(quantity)


@pytest_twisted.async_yield_fixture(scope="module")
async def store(module_home: Path) -> AsyncIterator[Store]:
    """An inventory without books, for the tests of this file."""
    store = await Store.opened(Daemon(write_config(module_home, modules=ALONE)))
    yield store
    store.database.close()
    assert await store.daemon.stop() == 0, store.daemon.log_file.read_text()


async def at_once(*answers: Any) -> list[Answer]:
    """What comes of requests that are made at the same moment."""
    waiting = [Deferred.fromCoroutine(answer) for answer in answers]
    return list(await gatherResults(waiting, consumeErrors=True))


@pytest_twisted.ensureDeferred
async def test_goods_from_their_receipt_to_the_count(store: Store) -> None:
    """Receipt, reservation, part of a delivery, its backorder, a return, a count."""
    tea = await store.item("Tea", sku="TEA-1")
    await store.received(tea, 10, "2.00")
    await store.received(tea, 10, "3.00")
    draft = await store.transfer("delivery", {"item_id": tea, "quantity": "16"})
    path = f"transfers/{draft['id']}"
    confirmed = await store.done("POST", f"{path}/confirm")
    assert Decimal(confirmed["moves"][0]["reserved"]) == 16
    [line] = confirmed["moves"]
    part = {"moves": [{"id": line["id"], "quantity": "12"}]}
    done = await store.done("POST", f"{path}/do", part)
    assert Decimal(done["moves"][0]["value"]) == -26
    stock = await store.stock(tea)
    assert stock == {
        "on_hand": 8, "reserved": 4, "available": 4, "outgoing": 4, "forecast": 4,
    }  # fmt: skip
    found = f"transfers?backorder_of_id=eq.{draft['id']}"
    [backorder] = (await store.done("GET", found))["items"]
    await store.done("POST", f"transfers/{backorder['id']}/cancel")
    back = await store.done("POST", f"{path}/return", {})
    assert Decimal(back["moves"][0]["value"]) == 26
    assert await store.worth(tea) == store.layers(tea) == (20, 50)
    line = {"item_id": tea, "counted": "19"}
    count = await store.done("POST", "counts", {"lines": [line]})
    applied = await store.done("POST", f"counts/{count['id']}/apply")
    assert applied["state"] == "applied"
    assert (await store.stock(tea))["on_hand"] == store.moved(tea) == 19
    assert await store.worth(tea) == store.layers(tea)
    told = await store.done("GET", f"reports/moves?item_id={tea}")
    kinds = [row["kind"] for row in told["items"]]
    assert kinds == ["receipt", "receipt", "delivery", "return", "count"]


@pytest_twisted.ensureDeferred
async def test_what_is_there_goes_out_and_no_more_whoever_takes_it(
    store: Store,
) -> None:
    """Forty pieces for sixteen clients who want four each: ten get theirs."""
    for costing in ("fifo", "average"):
        item = await store.item(f"Wanted by {costing}", costing=costing)
        await store.received(item, 25, "1.33")
        await store.received(item, 15, "2.77")
        move = {"item_id": item, "quantity": "4"}
        body = {"kind": "delivery", "done": True, "moves": [move]}
        answers = await at_once(
            *[store.ask("POST", "transfers", body) for _ in range(CLIENTS)]
        )
        told = sorted(answer.status for answer in answers)
        assert told == [201] * 10 + [409] * 6, [answer.text for answer in answers]
        refused = {answer.json["code"] for answer in answers if answer.status == 409}
        assert refused == {"not_enough"}
        assert (await store.stock(item))["on_hand"] == store.moved(item) == 0
        assert await store.worth(item) == store.layers(item) == (0, 0)


@pytest_twisted.ensureDeferred
async def test_an_item_that_nobody_has_moved_is_received_by_all_at_once(
    store: Store,
) -> None:
    """What is made for an item when it first moves is made once."""
    item, other = await store.item("New"), await store.item("Also new")
    moves = [
        {"item_id": each, "quantity": "1", "unit_cost": "1"} for each in (item, other)
    ]
    bodies = [
        {"kind": "receipt", "done": True, "moves": moves[:: 1 if n % 2 else -1]}
        for n in range(CLIENTS)
    ]
    answers = await at_once(*[store.ask("POST", "transfers", body) for body in bodies])
    assert {answer.status for answer in answers} == {201}, [a.text for a in answers]
    for each in (item, other):
        assert (await store.stock(each))["on_hand"] == CLIENTS
        assert await store.worth(each) == store.layers(each) == (CLIENTS, CLIENTS)
    numbers = {answer.json["number"] for answer in answers}
    assert len(numbers) == CLIENTS


@pytest_twisted.ensureDeferred
async def test_no_more_is_kept_than_there_is_whoever_wants_it(store: Store) -> None:
    """Confirming at once keeps each piece for one."""
    item = await store.item("Kept")
    await store.received(item, 20, "1")
    move = {"item_id": item, "quantity": "3"}
    drafts = [await store.transfer("delivery", move) for _ in range(CLIENTS)]
    paths = [f"transfers/{draft['id']}/confirm" for draft in drafts]
    answers = await at_once(*[store.ask("POST", path) for path in paths])
    assert {answer.status for answer in answers} == {200}, [a.text for a in answers]
    kept = [Decimal(answer.json["moves"][0]["reserved"]) for answer in answers]
    assert sum(kept) == 20
    stock = await store.stock(item)
    assert (stock["reserved"], stock["available"]) == (20, 0)
    assert stock["forecast"] == 20 - 3 * CLIENTS


@pytest_twisted.ensureDeferred
async def test_a_serial_number_comes_in_once(store: Store) -> None:
    """Sixteen who say that they received it: one of them did."""
    item = await store.item("Phone", tracking="serial")
    body = {"item_id": item, "quantity": "1", "lot": "SN-1"}
    answers = await at_once(*[store.ask("POST", "moves", body) for _ in range(CLIENTS)])
    told = sorted(answer.status for answer in answers)
    assert told == [201] + [409] * (CLIENTS - 1), [answer.text for answer in answers]
    codes = {answer.json["code"] for answer in answers if answer.status == 409}
    assert codes == {"serial_in_stock"}


@pytest_twisted.ensureDeferred
async def test_units_are_converted_to_that_of_the_item(store: Store) -> None:
    """A pair of dozens is two dozen pieces, and a kilogram is none."""
    listed = await store.daemon.ask("GET", "/api/core/units?limit=100")
    units = {unit["symbol"]: unit["id"] for unit in listed.json["items"]}
    eggs = await store.item("Eggs", unit_id=units["pc"])
    move = {"item_id": eggs, "quantity": "2", "unit_id": units["dz"], "unit_cost": "3"}
    received = await store.transfer("receipt", move, done=True)
    assert Decimal(received["moves"][0]["base_quantity"]) == 24
    assert await store.worth(eggs) == (24, 6)
    wrong = {**move, "unit_id": units["kg"]}
    answer = await store.ask("POST", "moves", wrong)
    assert answer.status == 422, answer.text
    assert answer.json["errors"][0]["pointer"] == "/unit_id"


@pytest_twisted.ensureDeferred
async def test_the_stock_of_a_past_day(store: Store) -> None:
    """What was moved since is taken back."""
    item = await store.item("Old")
    move = {"item_id": item, "quantity": "5", "unit_cost": "2"}
    await store.transfer("receipt", move, done=True, date="2020-01-01")
    await store.done("POST", "moves", {"item_id": item, "quantity": "1"})
    then = await store.done("GET", f"stock?item_id={item}&date=2020-06-30")
    assert [Decimal(row["on_hand"]) for row in then["items"]] == [5]
    before = await store.done("GET", f"stock?item_id={item}&date=2019-06-30")
    assert before["items"] == []
    page = await store.done("GET", f"reports/valuation?item_id={item}&date=2020-06-30")
    assert Decimal(page["items"][0]["value"]) == 10


@pytest_twisted.ensureDeferred
async def test_a_storekeeper_needs_no_more_than_the_inventory(store: Store) -> None:
    """What core and the books do for a transfer takes no permission of theirs."""
    keeper = await signed_in(store.daemon, "kim", "storekeeper", "inventory.*")
    admin, store.daemon.token = store.daemon.token, keeper["token"]
    try:
        item = await store.item("Kept by Kim", tracking="lot")
        move = {"item_id": item, "quantity": "2", "unit_cost": "3", "lot": "K1"}
        await store.transfer("receipt", move, done=True)
        assert (await store.stock(item))["on_hand"] == 2
        assert await store.worth(item) == (2, 6)
    finally:
        store.daemon.token = admin


@pytest_twisted.ensureDeferred
async def test_nobody_sees_or_moves_the_goods_of_another_company(store: Store) -> None:
    """Neither in lists and reports nor by naming them."""
    tokens, ids = [], []
    for name in ("ours", "theirs"):
        company = await store.daemon.ask("POST", "/api/core/companies", {"name": name})
        ids.append(company.json["id"])
        tokens.append(await _acting(store.daemon, name, ids[-1]))
    admin = store.daemon.token
    try:
        store.daemon.token = tokens[1]
        item = await store.item("Secret")
        received = await store.received(item, 3, "7")
        assert received["own_company_id"] == ids[1]
        assert (await store.stock(item))["on_hand"] == 3
        store.daemon.token = tokens[0]
        for path in (
            f"stock?item_id={item}", f"reports/valuation?item_id={item}",
            f"reports/moves?item_id={item}", f"moves?item_id=eq.{item}",
            f"transfers?id=eq.{received['id']}",
        ):  # fmt: skip
            assert (await store.done("GET", path))["items"] == [], path
        answer = await store.ask("POST", "moves", {"item_id": item, "quantity": "1"})
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/item_id")
        path = f"transfers/{received['id']}/return"
        assert (await store.ask("POST", path, {})).status == 404
        revalue = await store.ask("POST", f"items/{item}/revalue", {"unit_cost": "1"})
        assert revalue.status == 404
    finally:
        store.daemon.token = admin


async def _acting(daemon: Daemon, name: str, company: str) -> str:
    """The token of a new user who acts in a company."""
    role = f"of-{name}"
    run_eerp(daemon, "role", "add", role, "inventory.*")
    password = run_eerp(daemon, "user", "add", name, "--role", role, "--random")
    acts = ["--add", company, "--default", company]
    run_eerp(daemon, "user", "companies", name, *acts)
    said = {"username": name, "password": password.split()[-1]}
    answer = await daemon.ask("POST", "/api/auth/login", said)
    return str(answer.json["access_token"])
