"""Northwind's orders: what each customer bought, when, and at which price."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from attrs import frozen

from demo.northwind.goods import item_number
from demo.northwind.table import HERE, read_rows
from demo.northwind.traders import customer_number

__all__ = ["Order", "OrderLine", "quantities", "read_orders", "total"]

CENT = Decimal("0.01")


@frozen
class OrderLine:
    """So many of an item, at a price, less a discount in percent."""

    item: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal

    @property
    def exact(self) -> Decimal:
        """What it costs, not rounded."""
        return self.quantity * self.unit_price * (100 - self.discount) / 100

    @property
    def amount(self) -> Decimal:
        """What it costs, in whole cents; a half goes up."""
        return self.exact.quantize(CENT, ROUND_HALF_UP)


@frozen
class Order:
    """One order; `customer` and the lines' `item` are numbers as EERP has them.

    Dates are ISO 8601 text. `shipped` is the day of the delivery; the few orders that
    the files leave open are taken as delivered on the day on which they were required.
    """

    number: str
    customer: str
    ordered: str
    shipped: str
    lines: tuple[OrderLine, ...]


def read_orders(folder: Path = HERE) -> list[Order]:
    """All orders, the oldest first.

    Raises:
        DemoError: a file is missing or not as expected.
    """
    lines = defaultdict(list)
    for row in read_rows(folder, "order_details"):
        lines[row["order_id"]].append(
            OrderLine(
                item=item_number(row["product_id"]),
                quantity=Decimal(row["quantity"]),
                unit_price=Decimal(row["unit_price"]),
                discount=100 * Decimal(row["discount"]),
            )
        )
    orders = [
        Order(
            number=f"NW-{row['order_id']}",
            customer=customer_number(row["customer_id"]),
            ordered=row["order_date"],
            shipped=row["shipped_date"] or row["required_date"],
            lines=tuple(lines[row["order_id"]]),
        )
        for row in read_rows(folder, "orders")
    ]
    return sorted(orders, key=lambda order: (order.ordered, order.number))


def quantities(orders: Iterable[Order]) -> Counter[str]:
    """How many of each item were sold."""
    sold: Counter[str] = Counter()
    for order in orders:
        for line in order.lines:
            sold[line.item] += int(line.quantity)
    return sold


def total(orders: Iterable[Order]) -> Decimal:
    """What orders come to, each line in whole cents."""
    return sum((line.amount for order in orders for line in order.lines), Decimal(0))
