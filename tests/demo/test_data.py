"""What the files of Northwind say, as the demo reads it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from demo.northwind.books import gaps
from demo.northwind.errors import DemoError
from demo.northwind.goods import read_products
from demo.northwind.load import Northwind
from demo.northwind.orders import OrderLine, quantities, read_orders, total
from demo.northwind.staff import read_staff


def test_the_orders_come_to_what_northwind_sold():
    orders = read_orders()
    lines = [line for order in orders for line in order.lines]
    assert (len(orders), len(lines)) == (830, 2155)
    assert sum(line.exact for line in lines) == Decimal("1265793.0395")
    assert total(orders) == Decimal("1265793.29")


def test_a_line_is_rounded_to_cents_and_a_half_goes_up():
    line = OrderLine("NW-P01", Decimal(1), Decimal("2.50"), Decimal(15))
    assert (line.exact, line.amount) == (Decimal("2.125"), Decimal("2.13"))


def test_orders_are_read_in_the_order_of_their_days():
    days = [order.ordered for order in read_orders()]
    assert days == sorted(days)
    assert all(order.shipped >= order.ordered for order in read_orders())


def test_every_item_that_was_sold_is_known():
    products = {product.number for product in read_products()}
    assert len(products) == 77
    assert quantities(read_orders()).keys() <= products


def test_nobody_comes_before_their_boss():
    seen: set[str | None] = {None}
    for worker in read_staff():
        assert worker.boss in seen
        seen.add(worker.number)
    assert len(seen) == 10


def test_a_missing_file_is_one_clear_line(tmp_path):
    with pytest.raises(DemoError, match="cannot be read"):
        Northwind.read(tmp_path)


def test_missing_numbers_are_named_year_by_year():
    numbers = ["INV/1996/00001", "INV/1996/00003", "INV/1997/00002", "draft"]
    assert list(gaps(numbers)) == ["INV/1996/00002", "INV/1997/00001"]
