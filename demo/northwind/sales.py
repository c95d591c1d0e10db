"""Orders as deliveries, posted invoices and payments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from demo.northwind.client import Record
from demo.northwind.load import Loader, together
from demo.northwind.orders import Order, OrderLine, total
from demo.northwind.shelf import Shelf

__all__ = ["load_orders", "load_payments"]

OURS = "like.NW-*"
TERM = "30 days"

# Northwind does not say who paid: in the demo each customer has paid in one sum, by the
# end of April 1998, whatever was invoiced before March.
PAID_BEFORE = "1998-03-01"
PAID_ON = "1998-04-30"


async def load_orders(
    loader: Loader, orders: Sequence[Order], customers: Shelf, items: Shelf
) -> Shelf:
    """Each order, delivered on the day on which it was shipped, and invoiced on the day
    on which it was made; answers the invoices.

    One order after the other, so that numbers follow the days; its delivery and its
    invoice at once.
    """
    mine = {"reference": OURS, "select": "id,reference"}
    transfers = await loader.shelf("/api/inventory/transfers", "reference").open(**mine)
    invoices = await loader.shelf("/api/invoicing/invoices", "reference").open(**mine)
    terms = await loader.shelf("/api/invoicing/terms", "name").open()
    term = {"term_id": terms.id_of(TERM)}

    async def fulfil(order: Order) -> None:
        customer = customers.id_of(order.customer)
        await together(
            transfers.ensure(_delivery(order, customer, items)),
            invoices.ensure(_invoice(order, customer, items) | term),
        )

    await loader.each("orders", orders, fulfil, at_once=1)
    return invoices


async def load_payments(
    loader: Loader, orders: Sequence[Order], customers: Shelf, invoices: Shelf
) -> None:
    """Each customer's payment of what was invoiced before March 1998."""
    payments = await loader.shelf("/api/invoicing/payments", "reference").open(
        reference=OURS, select="id,reference"
    )
    paid = defaultdict(list)
    for order in orders:
        if order.ordered < PAID_BEFORE:
            paid[order.customer].append(order)

    async def pay(customer: str) -> None:
        what = {
            "invoice_ids": [invoices.id_of(order.number) for order in paid[customer]],
            "amount": str(total(paid[customer])),
            "date": PAID_ON,
        }
        await payments.ensure({"reference": customer} | what)

    await loader.each("payments", sorted(paid), pay, at_once=1)


def _delivery(order: Order, customer: str, items: Shelf) -> Record:
    return {
        "kind": "delivery",
        "reference": order.number,
        "date": order.shipped,
        "party_id": customer,
        "moves": [
            {"item_id": items.id_of(line.item), "quantity": str(line.quantity)}
            for line in order.lines
        ],
        "done": True,
    }


def _invoice(order: Order, customer: str, items: Shelf) -> Record:
    return {
        "reference": order.number,
        "date": order.ordered,
        "company_id": customer,
        "lines": [_line(line, items) for line in order.lines],
        "post": True,
    }


def _line(line: OrderLine, items: Shelf) -> Record:
    return {
        "item_id": items.id_of(line.item),
        "quantity": str(line.quantity),
        "unit_price": str(line.unit_price),
        "discount": str(line.discount),
    }
