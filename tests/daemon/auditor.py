"""An auditor of the books: what must never be found in them, whoever writes at once.

Each question is one statement, and so asked of one moment: it may be asked at any time,
also while others work. Past the daemon, since that is what is audited.
"""

from __future__ import annotations

from typing import Any, Protocol

from attrs import define, field

Rows = list[tuple[Any, ...]]


class Look(Protocol):
    """Asks the database past the daemon."""

    def __call__(self, sql: str, *values: Any) -> Rows:
        """The rows."""


_SERIES = """
    SELECT series, count(*), count(DISTINCT place), max(place) FROM (
        SELECT own_company_id, substring(number from '^(.*?)[0-9]+$') AS series,
               substring(number from '[0-9]+$')::int AS place
          FROM {table} WHERE number IS NOT NULL) numbers
     GROUP BY own_company_id, series
    HAVING count(*) <> max(place) OR count(DISTINCT place) <> count(*)"""

_SPOTS = """
    SELECT item_id, place, lot_id, sum(n) FROM (
        SELECT m.item_id, e.place, m.lot_id, e.n
          FROM inventory.moves m JOIN inventory.items i ON i.id = m.item_id,
               LATERAL (VALUES {ends}) e (place, n)
         WHERE m.state = '{state}' AND i.kind = 'stocked' AND m.deleted_at IS NULL
           AND (SELECT kind FROM inventory.locations WHERE id = e.place)
               IN ('internal', 'transit')
        UNION ALL
        SELECT item_id, location_id, lot_id, -{column} FROM inventory.quants) spots
     GROUP BY item_id, place, lot_id HAVING sum(n) <> 0"""

_OPEN = """
    SELECT l.id, {amount}, {left} FROM accounting.lines l
     WHERE l.posted AND l.residual IS NOT NULL AND {left} <> {amount}
           - coalesce((SELECT sum(m.{debit}) FROM accounting.matches m
                        WHERE m.debit_line_id = l.id AND m.deleted_at IS NULL), 0)
           + coalesce((SELECT sum(m.{credit}) FROM accounting.matches m
                        WHERE m.credit_line_id = l.id AND m.deleted_at IS NULL), 0)"""

NEVER: dict[str, str] = {
    # The ledger
    "an entry whose sides differ": """
        SELECT entry_id, sum(debit), sum(credit) FROM accounting.lines WHERE posted
         GROUP BY entry_id HAVING sum(debit) <> sum(credit) OR count(*) < 2""",
    "books whose sides differ": """
        SELECT own_company_id, book_currency, sum(debit), sum(credit)
          FROM accounting.lines WHERE posted
         GROUP BY own_company_id, book_currency HAVING sum(debit) <> sum(credit)""",
    "a line that says other than its entry": """
        SELECT l.id FROM accounting.lines l
          JOIN accounting.entries e ON e.id = l.entry_id
         WHERE l.posted <> (e.state = 'posted')
            OR (l.posted AND (l.date, l.journal_id, l.book_currency)
                IS DISTINCT FROM (e.date, e.journal_id, e.currency))
            OR l.own_company_id IS DISTINCT FROM e.own_company_id""",
    "an entry that is posted and nameless, or a draft and named": """
        SELECT id, state, number FROM accounting.entries
         WHERE (state = 'posted') <> (number IS NOT NULL)
            OR (state = 'posted') <> (posted_at IS NOT NULL)
            OR (state = 'posted' AND deleted_at IS NOT NULL)""",
    "an entry without lines": """
        SELECT id FROM accounting.entries e WHERE state = 'posted' AND NOT EXISTS
               (SELECT FROM accounting.lines WHERE entry_id = e.id)""",
    "a gap in the numbers of entries, or one given twice": _SERIES.format(
        table="accounting.entries"
    ),
    "a reversal that is none": """
        SELECT e.id FROM accounting.entries e
          JOIN accounting.entries r ON r.reversed_entry_id = e.id
         WHERE e.reversed_by_id IS DISTINCT FROM r.id OR EXISTS (
               SELECT account_id FROM accounting.lines WHERE entry_id IN (e.id, r.id)
                GROUP BY account_id, party_id HAVING sum(debit) <> sum(credit))""",
    "an entry that says it was reversed, and was not": """
        SELECT e.id FROM accounting.entries e
          LEFT JOIN accounting.entries r ON r.id = e.reversed_by_id
         WHERE e.reversed_by_id IS NOT NULL
           AND r.reversed_entry_id IS DISTINCT FROM e.id""",
    # What is open
    "an open amount that is not the amount without what was settled": _OPEN.format(
        amount="(l.debit - l.credit)",
        left="l.residual",
        debit="amount",
        credit="amount",
    ),
    "the same in a currency of its own": _OPEN.format(
        amount="coalesce(l.amount_currency, l.debit - l.credit)",
        left="l.residual_currency",
        debit="debit_amount",
        credit="credit_amount",
    ),
    "a line of which more is open than it is, or less than nothing": """
        SELECT id, debit, credit, residual FROM accounting.lines
         WHERE residual * (debit - credit) < 0
            OR abs(residual) > abs(debit - credit)""",
    "an account whose open amounts are not its balance": """
        SELECT a.code, l.own_company_id, sum(l.debit - l.credit), sum(l.residual)
          FROM accounting.lines l JOIN accounting.accounts a ON a.id = l.account_id
         WHERE l.posted AND (a.reconcile OR l.residual IS NOT NULL)
         GROUP BY a.code, l.own_company_id
        HAVING sum(l.debit - l.credit) <> coalesce(sum(l.residual), 0)""",
    "lines of two parties or accounts that settle each other": """
        SELECT m.id FROM accounting.matches m
          JOIN accounting.lines d ON d.id = m.debit_line_id
          JOIN accounting.lines c ON c.id = m.credit_line_id
         WHERE (d.account_id, d.party_id, d.own_company_id)
               IS DISTINCT FROM (c.account_id, c.party_id, c.own_company_id)
            OR m.date < greatest(d.date, c.date)""",
    # The stock
    "stock that is not what was moved": _SPOTS.format(
        ends="(m.to_id, m.base_quantity), (m.from_id, -m.base_quantity)",
        state="done",
        column="quantity",
    ),
    "kept goods that are kept for nobody": _SPOTS.format(
        ends="(m.from_id, m.reserved)", state="confirmed", column="reserved"
    ),
    "goods to come that nobody brings": _SPOTS.format(
        ends="(m.to_id, m.base_quantity)", state="confirmed", column="incoming"
    ),
    "goods to go that nobody takes": _SPOTS.format(
        ends="(m.from_id, m.base_quantity)", state="confirmed", column="outgoing"
    ),
    "less than nothing in stock, or more kept than there is": """
        SELECT spot, quantity, reserved FROM inventory.quants
         WHERE reserved < 0 OR incoming < 0 OR outgoing < 0
            OR (reserved > quantity AND NOT may_be_negative)""",
    "a move that says other than its transfer": """
        SELECT m.id FROM inventory.moves m
          JOIN inventory.transfers t ON t.id = m.transfer_id
         WHERE m.deleted_at IS NULL
           AND (m.state <> t.state OR (m.state = 'done' AND m.date <> t.date))""",
    "a value that is not the sum of its layers": """
        SELECT v.item_id, v.quantity, v.value FROM inventory.valuations v
          LEFT JOIN (SELECT item_id, sum(quantity) AS quantity, sum(value) AS value
                       FROM inventory.layers GROUP BY item_id) l USING (item_id)
         WHERE (v.quantity, v.value)
               <> (coalesce(l.quantity, 0), coalesce(l.value, 0))""",
    "a value of other goods than there are": """
        SELECT item_id, sum(n) FROM (
            SELECT item_id, quantity AS n FROM inventory.valuations UNION ALL
            SELECT item_id, -quantity FROM inventory.quants) goods
         GROUP BY item_id HAVING sum(n) <> 0""",
    "layers of which another amount is left than there is": """
        SELECT v.item_id, v.quantity, v.value FROM inventory.valuations v
          LEFT JOIN (SELECT item_id, sum(remaining_quantity) AS quantity,
                            sum(remaining_value) AS value
                       FROM inventory.layers GROUP BY item_id) l USING (item_id)
         WHERE v.costing = 'fifo' AND v.quantity >= 0 AND (v.quantity, v.value)
               <> (coalesce(l.quantity, 0), coalesce(l.value, 0))""",
    "nothing in stock that is worth something": """
        SELECT item_id, value FROM inventory.valuations
         WHERE quantity = 0 AND value <> 0 OR quantity > 0 AND value < 0""",
    "stock that is worth other than its account": """
        SELECT currency, sum(n) FROM (
            SELECT currency, value AS n FROM inventory.valuations UNION ALL
            SELECT l.book_currency, l.credit - l.debit FROM accounting.lines l
              JOIN accounting.accounts a ON a.id = l.account_id
             WHERE l.posted AND a.purpose = 'stock') worth
         GROUP BY currency HAVING sum(n) <> 0""",
    "a transfer in the books twice, or of another value": """
        SELECT t.id, sum(m.value), e.entries FROM inventory.transfers t
          JOIN inventory.moves m ON m.transfer_id = t.id
          LEFT JOIN (SELECT e.source_id, count(DISTINCT e.id) AS entries,
                            sum(l.debit - l.credit) FILTER (WHERE a.purpose = 'stock')
                            AS value
                       FROM accounting.entries e
                       JOIN accounting.lines l ON l.entry_id = e.id
                       JOIN accounting.accounts a ON a.id = l.account_id
                      WHERE e.source_model = 'inventory.transfers'
                      GROUP BY e.source_id) e ON e.source_id = t.id
         GROUP BY t.id, e.entries, e.value
        HAVING coalesce(e.value, 0) <> coalesce(sum(m.value), 0)
            OR coalesce(e.entries, 0) > 1
            OR (e.entries IS NOT NULL AND t.state <> 'done')""",
    # Invoices
    "a gap in the numbers of invoices, or one given twice": _SERIES.format(
        table="invoicing.invoices"
    ),
    "an invoice that is posted and nameless, or a draft and named": """
        SELECT id, state, number, entry_id FROM invoicing.invoices
         WHERE (state = 'draft') <> (number IS NULL)
            OR (state <> 'draft' AND deleted_at IS NOT NULL)
            OR (state = 'draft' AND entry_id IS NOT NULL)
            OR (state <> 'draft' AND total <> 0 AND entry_id IS NULL)""",
    "an invoice that is not its lines": """
        SELECT i.id, i.total FROM invoicing.invoices i
          JOIN invoicing.lines l ON l.invoice_id = i.id WHERE l.deleted_at IS NULL
         GROUP BY i.id HAVING (i.net, i.tax, i.total)
               <> (sum(l.net), sum(l.tax), sum(l.gross)) OR i.total <> i.net + i.tax""",
    "an invoice with another entry than its own": """
        SELECT i.id, i.entry_id, e.id FROM invoicing.invoices i
          FULL JOIN (SELECT * FROM accounting.entries
                      WHERE source_model = 'invoicing.invoices'
                        AND reversed_entry_id IS NULL) e ON e.source_id = i.id
         WHERE i.entry_id IS DISTINCT FROM e.id OR e.state = 'draft'
            OR e.date <> i.date OR e.reference <> i.number""",
    "an invoice that owes other than its entry": """
        SELECT i.id, i.total, sum(l.debit - l.credit) FROM invoicing.invoices i
          JOIN accounting.lines l ON l.entry_id = i.entry_id AND l.residual IS NOT NULL
         GROUP BY i.id HAVING abs(sum(coalesce(l.amount_currency, l.debit - l.credit)))
               <> i.total""",
    "more taken back than was invoiced, or other than its credit notes": """
        SELECT i.id, i.credited, sum(c.total) FROM invoicing.invoices i
          LEFT JOIN invoicing.invoices c ON c.credited_id = i.id AND c.state <> 'draft'
         GROUP BY i.id HAVING i.credited <> coalesce(sum(c.total), 0)
            OR i.credited > i.total OR i.residual > i.total OR i.residual < 0""",
    "a payment in the books twice, or of another amount": """
        SELECT p.id, p.amount, e.n FROM invoicing.payments p
          LEFT JOIN accounting.payments a ON a.id = p.payment_id
          LEFT JOIN (SELECT e.id, count(*) AS n, max(l.debit) AS amount
                       FROM accounting.entries e
                       JOIN accounting.lines l ON l.entry_id = e.id
                      GROUP BY e.id) e ON e.id = p.entry_id
         WHERE a.entry_id IS DISTINCT FROM p.entry_id OR e.n IS DISTINCT FROM 2
            OR a.amount <> p.amount""",
    "a payment of the ledger that nobody entered": """
        SELECT id FROM accounting.payments
         WHERE id NOT IN (SELECT payment_id FROM invoicing.payments)""",
    # What is over stays over
    "something posted that was changed": """
        SELECT model, action, record_id,
               (SELECT jsonb_object_agg(key, array[value, after -> key])
                  FROM jsonb_each(before) WHERE value <> after -> key)
          FROM eerp.audit JOIN (VALUES
            ('accounting.entries', 'state', '{posted}'::text[],
             '{reversed_by_id}'::text[]),
            ('accounting.lines', 'posted', '{true}', '{residual,residual_currency}'),
            ('invoicing.invoices', 'state', '{posted,partly_paid,paid,cancelled}',
             '{state,residual,credited,notes,sent_at}'),
            ('inventory.transfers', 'state', '{done}', '{}'),
            ('inventory.moves', 'state', '{done}', '{returned,returned_value}'),
            ('accounting.payments', 'state', '{posted,cancelled}',
             '{number,entry_id,line_id,state,reversal_entry_id}')
               ) fixed (model, column_, is_, may) USING (model)
         WHERE before ->> column_ = ANY (is_) AND (action <> 'update'
            OR before - may - '{version,updated_at,updated_by}'::text[]
               <> after - may - '{version,updated_at,updated_by}'::text[])""",
    "a line that changed after its invoice was posted": """
        SELECT l.record_id, l.action FROM eerp.audit l
          JOIN eerp.audit i ON i.model = 'invoicing.invoices'
           AND i.record_id::text = coalesce(l.before, l.after) ->> 'invoice_id'
           AND i.after ->> 'state' <> 'draft' AND i.at < l.at
         WHERE l.model = 'invoicing.lines'""",
    "a layer that was changed other than by taking from it": """
        SELECT record_id, action FROM eerp.audit
         WHERE model = 'inventory.layers' AND before IS NOT NULL
           AND (action <> 'update' OR before - '{remaining_quantity,remaining_value,
                version,updated_at,updated_by}'::text[] <> after - '{remaining_quantity,
                remaining_value,version,updated_at,updated_by}'::text[])""",
    "an entry in a month that was locked": """
        SELECT e.record_id, e.after ->> 'number', e.at, p.at, p.until FROM eerp.audit e
          JOIN (SELECT at, after, lead(at, 1, 'infinity')
                       OVER (PARTITION BY record_id ORDER BY at) AS until
                  FROM eerp.audit WHERE model = 'accounting.periods') p
            ON p.after ->> 'state' = 'locked' AND e.at >= p.at AND e.at < p.until
           AND e.after -> 'own_company_id' = p.after -> 'own_company_id'
           AND (e.after ->> 'date')::date BETWEEN (p.after ->> 'starts_on')::date
                                              AND (p.after ->> 'ends_on')::date
         WHERE e.model = 'accounting.entries' AND e.after ->> 'state' = 'posted'
           AND e.before ->> 'state' IS DISTINCT FROM 'posted'""",
    "a month that is there twice": """
        SELECT own_company_id, starts_on FROM accounting.periods
         WHERE deleted_at IS NULL
         GROUP BY own_company_id, starts_on HAVING count(*) > 1""",
}
"""What is never found at any moment, and how it would be."""

AT_REST: dict[str, str] = {
    "an invoice of which other is open than of its entry": """
        SELECT i.id, i.state, i.residual, sum(l.residual_currency)
          FROM invoicing.invoices i
          JOIN accounting.lines l ON l.entry_id = i.entry_id AND l.residual IS NOT NULL
         GROUP BY i.id
        HAVING abs(sum(l.residual_currency)) <> i.residual OR i.state <> CASE
               WHEN i.total > 0 AND i.credited >= i.total THEN 'cancelled'
               WHEN i.residual = 0 THEN 'paid' WHEN i.residual = i.total THEN 'posted'
               ELSE 'partly_paid' END""",
    "a transaction that nobody ends": """
        SELECT pid, state, xact_start, left(query, 200) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()
           AND state LIKE 'idle in transaction%'""",
}
"""What is not found once all is done and heard of."""

_FIXED = {
    "accounting.entries": ("state = 'posted'", "reversed_by_id"),
    "accounting.lines": ("posted", "residual,residual_currency"),
    "invoicing.invoices": ("state <> 'draft'", "state,residual,credited,notes,sent_at"),
    "inventory.transfers": ("state = 'done'", ""),
    "inventory.moves": ("state = 'done'", "returned,returned_value"),
}
"""What is over once a row is so, and what may change of it all the same."""


@define(eq=False)
class Auditor:
    """Comes again and again, and remembers what was posted when it came."""

    look: Look
    seen: dict[str, str] = field(factory=dict)
    visits: int = 0

    def visit(self) -> None:
        """Ask all that may be asked at any moment."""
        self.visits += 1
        self._ask(NEVER)
        for table, (over, may) in _FIXED.items():
            rows = self.look(
                f"SELECT id::text, md5((to_jsonb(t) - %s::text[])::text)"
                f" FROM {table} t WHERE {over}",
                f"{{version,updated_at,updated_by{may and ','}{may}}}",
            )
            self._compare(table, dict(rows))

    def close(self) -> None:
        """Ask everything, now that nobody works any more."""
        self.visit()
        self._ask(AT_REST)

    def _ask(self, questions: dict[str, str]) -> None:
        found = {what: self.look(sql)[:5] for what, sql in questions.items()}
        assert not any(found.values()), {k: v for k, v in found.items() if v}

    def _compare(self, table: str, now: dict[str, str]) -> None:
        known = {id_: self.seen[id_] for id_ in now if id_ in self.seen}
        changed = {id_ for id_, row in known.items() if row != now[id_]}
        assert not changed, f"{table}: what was posted has changed: {changed}"
        self.seen |= now
