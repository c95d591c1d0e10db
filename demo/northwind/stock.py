"""Items, and the stock with which Northwind began, in the inventory.

Northwind says what is left when all orders are delivered: so it began with that and
what was sold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from demo.northwind.client import Record
from demo.northwind.goods import Product
from demo.northwind.load import Loader
from demo.northwind.shelf import Shelf

__all__ = ["load_items", "load_opening"]

OPENED_ON = "1996-07-01"
OPENING = "Opening stock of Northwind Traders"
OURS = "like.NW-P*"


async def load_items(loader: Loader, products: Collection[Product]) -> Shelf:
    """All categories and items, with the stock below which they are ordered anew."""
    shelf = loader.shelf
    categories = await shelf("/api/inventory/categories", "name").open()
    items = await shelf("/api/inventory/items", "sku").open(sku=OURS)
    rules = await shelf("/api/inventory/reorder-rules", "item_id").open(
        **{"item.sku": OURS}
    )
    for name in sorted({product.category for product in products}):
        await categories.ensure({"name": name, "costing": "fifo"})

    async def load(product: Product) -> None:
        category = {"category_id": categories.id_of(product.category)}
        item = await items.ensure(_item(product) | category)
        if product.reorder_at:
            least = {"minimum": str(product.reorder_at)}
            await rules.ensure({"item_id": item["id"]} | least)

    await loader.each("items", products, load)
    return items


async def load_opening(
    loader: Loader, products: Collection[Product], sold: Counter[str], items: Shelf
) -> None:
    """What lay in stock on the first day, at cost."""
    counts = await loader.shelf("/api/inventory/counts", "notes").open(
        notes=f"eq.{OPENING}"
    )
    lines = [
        {
            "item_id": items.id_of(product.number),
            "counted": str(product.left + sold[product.number]),
            "unit_cost": str(product.cost),
        }
        for product in products
    ]
    opening = {"notes": OPENING, "date": OPENED_ON, "opening": True, "lines": lines}
    await loader.once(await counts.ensure(opening), "/api/inventory/counts", "apply")


def _item(product: Product) -> Record:
    return {
        "sku": product.number,
        "name": product.name,
        "kind": "stocked",
        "sales_price": str(product.price),
        "standard_cost": str(product.cost),
        "notes": product.packing,
        "active": not product.discontinued,
    }
