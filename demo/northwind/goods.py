"""Northwind's products as items of the inventory."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from attrs import frozen

from demo.northwind.table import HERE, Row, read_rows, text

__all__ = ["Product", "item_number", "read_categories", "read_products"]

# Northwind says what things are sold for, and not what they cost: so the demo lets
# each cost this share of its price.
COST_SHARE = Decimal("0.60")


@frozen
class Product:
    """A product. `left` is how many Northwind has when all orders are delivered."""

    number: str
    name: str
    category: str
    packing: str | None
    price: Decimal
    cost: Decimal
    left: int
    reorder_at: int
    discontinued: bool


def item_number(product_id: str) -> str:
    """The number of an item: ``NW-P07``."""
    return f"NW-P{int(product_id):02}"


def read_categories(folder: Path = HERE) -> dict[str, str]:
    """The names of the categories by their ids in the files."""
    rows = read_rows(folder, "categories")
    return {row["category_id"]: row["category_name"] for row in rows}


def read_products(folder: Path = HERE) -> list[Product]:
    """All products.

    Raises:
        DemoError: a file is missing or not as expected.
    """
    categories = read_categories(folder)
    return [_product(row, categories) for row in read_rows(folder, "products")]


def _product(row: Row, categories: dict[str, str]) -> Product:
    price = Decimal(row["unit_price"])
    return Product(
        number=item_number(row["product_id"]),
        name=text(row["product_name"]) or "",
        category=categories[row["category_id"]],
        packing=text(row["quantity_per_unit"]),
        price=price,
        cost=(price * COST_SHARE).quantize(Decimal("0.0001")),
        left=int(row["units_in_stock"]),
        reorder_at=int(row["reorder_level"]),
        discontinued=row["discontinued"] == "1",
    )
