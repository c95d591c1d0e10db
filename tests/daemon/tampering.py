"""What somebody could do to the books past the daemon, and what the auditor says."""

from __future__ import annotations

from typing import Any

import psycopg2

from tests.daemon.auditor import NEVER
from tests.daemon.troubles import Site

_ENTRY = "(SELECT id FROM accounting.entries WHERE state = 'posted' LIMIT 1)"
_LINE = "(SELECT id FROM accounting.lines WHERE posted AND debit > 1 LIMIT 1)"
_OPEN = "(SELECT id FROM accounting.lines WHERE residual > 1 LIMIT 1)"
_INVOICE = "(SELECT id FROM invoicing.invoices WHERE state <> 'draft' LIMIT 1)"
_MOVE = "(SELECT id FROM inventory.moves WHERE state = 'done' AND value <> 0 LIMIT 1)"
_WORTH = "(SELECT id FROM inventory.valuations WHERE costing = 'fifo' LIMIT 1)"
_LAYER = (
    "(SELECT l.id FROM inventory.layers l JOIN inventory.valuations v USING (item_id)"
    " WHERE v.costing = 'fifo' AND v.quantity > 0 AND l.remaining_quantity > 0 LIMIT 1)"
)
_QUANT = "(SELECT id FROM inventory.quants WHERE quantity > 1 LIMIT 1)"

TAMPERING: list[tuple[str, str]] = [
    ("an entry whose sides differ",
     f"UPDATE accounting.lines SET debit = debit + 1 WHERE id = {_LINE}"),
    ("books whose sides differ",
     f"UPDATE accounting.lines SET debit = debit + 1 WHERE id = {_LINE}"),
    ("a line that says other than its entry",
     f"UPDATE accounting.lines SET date = date + 1 WHERE id = {_LINE}"),
    ("an entry that is posted and nameless, or a draft and named",
     f"UPDATE accounting.entries SET number = NULL WHERE id = {_ENTRY}"),
    ("an entry without lines",
     f"DELETE FROM accounting.lines WHERE entry_id = {_ENTRY}"),
    ("a gap in the numbers of entries, or one given twice",
     "UPDATE accounting.entries SET number = 'GEN/1900/00002' WHERE id = " + _ENTRY),
    ("a reversal that is none",
     "UPDATE accounting.entries SET reversed_by_id = NULL"
     " WHERE reversed_by_id IS NOT NULL"),
    ("an entry that says it was reversed, and was not",
     "UPDATE accounting.entries SET reversed_entry_id = NULL"
     " WHERE reversed_entry_id IS NOT NULL"),
    ("an open amount that is not the amount without what was settled",
     f"UPDATE accounting.lines SET residual = residual - 1 WHERE id = {_OPEN}"),
    ("the same in a currency of its own",
     "UPDATE accounting.lines SET residual_currency = residual_currency - 1"
     f" WHERE id = {_OPEN}"),
    ("a line of which more is open than it is, or less than nothing",
     f"UPDATE accounting.lines SET residual = debit + 1 WHERE id = {_OPEN}"),
    ("an account whose open amounts are not its balance",
     f"UPDATE accounting.lines SET residual = residual - 1 WHERE id = {_OPEN}"),
    ("lines of two parties or accounts that settle each other",
     "UPDATE accounting.matches SET debit_line_id = " + _LINE),
    ("stock that is not what was moved",
     f"UPDATE inventory.quants SET quantity = quantity + 1 WHERE id = {_QUANT}"),
    ("kept goods that are kept for nobody",
     f"UPDATE inventory.quants SET reserved = reserved + 1, quantity = quantity + 1"
     f" WHERE id = {_QUANT}"),
    ("goods to come that nobody brings",
     f"UPDATE inventory.quants SET incoming = incoming + 1 WHERE id = {_QUANT}"),
    ("goods to go that nobody takes",
     f"UPDATE inventory.quants SET outgoing = outgoing + 1 WHERE id = {_QUANT}"),
    ("a move that says other than its transfer",
     f"UPDATE inventory.moves SET date = date + 1 WHERE id = {_MOVE}"),
    ("a value that is not the sum of its layers",
     f"UPDATE inventory.layers SET value = value + 1 WHERE id = {_LAYER}"),
    ("a value of other goods than there are",
     "UPDATE inventory.valuations SET quantity = quantity + 1"
     f" WHERE id = {_WORTH}"),
    ("layers of which another amount is left than there is",
     "UPDATE inventory.layers SET remaining_value = remaining_value + 1"
     f" WHERE id = {_LAYER}"),
    ("nothing in stock that is worth something",
     "UPDATE inventory.valuations SET quantity = 0, value = 1"
     f" WHERE id = {_WORTH}"),
    ("stock that is worth other than its account",
     f"UPDATE inventory.valuations SET value = value + 1 WHERE id = {_WORTH}"),
    ("a transfer in the books twice, or of another value",
     f"UPDATE inventory.moves SET value = value + 1 WHERE id = {_MOVE}"),
    ("a gap in the numbers of invoices, or one given twice",
     "UPDATE invoicing.invoices SET number = 'INV/1900/00002'"
     f" WHERE id = {_INVOICE}"),
    ("an invoice that is posted and nameless, or a draft and named",
     f"UPDATE invoicing.invoices SET entry_id = NULL WHERE id = {_INVOICE}"),
    ("an invoice that is not its lines",
     f"UPDATE invoicing.invoices SET tax = tax + 1 WHERE id = {_INVOICE}"),
    ("an invoice with another entry than its own",
     f"UPDATE invoicing.invoices SET date = date + 1 WHERE id = {_INVOICE}"),
    ("an invoice that owes other than its entry",
     f"UPDATE invoicing.invoices SET total = total + 1 WHERE id = {_INVOICE}"),
    ("more taken back than was invoiced, or other than its credit notes",
     f"UPDATE invoicing.invoices SET credited = credited + 1 WHERE id = {_INVOICE}"),
    ("a payment in the books twice, or of another amount",
     "UPDATE invoicing.payments SET amount = amount + 1"),
    ("a payment of the ledger that nobody entered",
     "UPDATE invoicing.payments SET payment_id = gen_random_uuid()"),
    ("something posted that was changed",
     f"UPDATE accounting.lines SET label = 'other' WHERE id = {_LINE}"),
    ("a line that changed after its invoice was posted",
     "UPDATE invoicing.lines SET description = 'other'"
     f" WHERE invoice_id = {_INVOICE}"),
    ("a layer that was changed other than by taking from it",
     f"UPDATE inventory.layers SET date = date + 1 WHERE id = {_LAYER}"),
    ("an entry in a month that was locked",
     "UPDATE accounting.periods SET state = 'locked';"
     " UPDATE accounting.entries SET state = 'draft' WHERE id = " + _ENTRY + ";"
     " UPDATE accounting.entries SET state = 'posted' WHERE state = 'draft'"),
    ("a month that is there twice",
     "UPDATE accounting.periods SET starts_on = '2000-01-01'"),
]  # fmt: skip
"""What is found, and how it comes to be."""
_IMPOSSIBLE = {"less than nothing in stock, or more kept than there is"}
"""What the database itself refuses."""


def found_when_done(site: Site) -> None:
    """Do each of these, look, and take it back."""
    assert NEVER.keys() == {what for what, _ in TAMPERING} | _IMPOSSIBLE
    connection = psycopg2.connect(site.dsn)
    try:
        unseen = [what for what, sql in TAMPERING if not _found(connection, what, sql)]
        assert unseen == []
    finally:
        connection.close()


def _found(connection: Any, what: str, sql: str) -> bool:
    cursor = connection.cursor()
    try:
        cursor.execute(sql)
        assert cursor.rowcount, f"nothing was there to be changed: {what}"
        cursor.execute(NEVER[what])
        return bool(cursor.fetchall())
    finally:
        connection.rollback()
