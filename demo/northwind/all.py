"""All of it, in the order in which it happened."""

from __future__ import annotations

from demo.northwind.load import Loader, Northwind
from demo.northwind.orders import quantities
from demo.northwind.people import load_payroll, load_staff
from demo.northwind.sales import load_orders, load_payments
from demo.northwind.stock import load_items, load_opening
from demo.northwind.trade import load_company, load_traders

__all__ = ["load_all"]


async def load_all(loader: Loader, northwind: Northwind) -> None:
    """The company was founded, found its traders, took goods into stock, hired people,
    delivered, invoiced, was paid, and paid its people."""
    orders = northwind.orders
    await load_company(loader)
    traders = await load_traders(loader, northwind.traders)
    items = await load_items(loader, northwind.products)
    await load_opening(loader, northwind.products, quantities(orders), items)
    await load_staff(loader, northwind.staff)
    invoices = await load_orders(loader, orders, traders, items)
    await load_payments(loader, orders, traders, invoices)
    await load_payroll(loader)
