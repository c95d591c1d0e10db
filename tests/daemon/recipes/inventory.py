"""Warehouses, transfers and counts."""

from __future__ import annotations

from tests.daemon.seeds import Body, Recipes, Record, Seeds


def warehouse(seeds: Seeds) -> Body:
    """What makes a warehouse whose code is free."""
    number = seeds.number()
    return {"code": f"W{number}", "name": f"Warehouse {number}"}


def transfer(seeds: Seeds) -> Body:
    """What makes a receipt of one item."""
    item = seeds.of_model("inventory.items")
    return {"kind": "receipt", "moves": [{"item_id": item, "quantity": "1"}]}


def count(seeds: Seeds) -> Body:
    """What makes a count of an item that nobody has counted yet."""
    item = seeds.fresh("/api/inventory/items")["id"]
    return {"lines": [{"item_id": item, "counted": "1"}]}


def in_stock(seeds: Seeds) -> Record:
    """An item that was received."""
    item = seeds.fresh("/api/inventory/items")
    moves = [{"item_id": item["id"], "quantity": "1", "unit_cost": "2"}]
    receipt = {"kind": "receipt", "moves": moves, "done": True}
    seeds.done("POST", "/api/inventory/transfers", receipt)
    return item


RECIPES = Recipes(
    bodies={
        "/api/inventory/counts": count,
        "/api/inventory/reorder-rules/{id}": lambda _: {"minimum": "2"},
        "/api/inventory/transfers": transfer,
        "/api/inventory/warehouses": warehouse,
    },
    records={"/api/inventory/items/{id}/revalue": in_stock},
    before={
        "/api/inventory/transfers/{id}/reserve": ("POST /confirm",),
        "/api/inventory/transfers/{id}/return": ("POST /confirm", "POST /do"),
    },
)
