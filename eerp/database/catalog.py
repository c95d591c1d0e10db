"""What tables, columns, triggers and rows exist now."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import field, frozen

from eerp.interfaces import Statement, Transaction

__all__ = [
    "Column", "RowCount", "columns", "row_counts", "schemas", "searched_columns",
    "triggers",
]  # fmt: skip

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid), a.attgenerated <> '',
       ARRAY(SELECT s.attname::text FROM pg_catalog.pg_depend p
               JOIN pg_catalog.pg_attribute s
                 ON s.attrelid = p.refobjid AND s.attnum = p.refobjsubid
              WHERE p.classid = 'pg_catalog.pg_attrdef'::regclass
                AND p.objid = d.oid
                AND p.refclassid = 'pg_catalog.pg_class'::regclass
                AND p.refobjid = c.oid AND s.attnum <> a.attnum
              ORDER BY s.attnum)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attribute a
    ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE n.nspname = %s AND c.relkind IN ('r', 'p')
 ORDER BY c.relname, a.attnum
"""
_SCHEMAS = "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname = ANY(%s)"
_TRIGGERS = """
SELECT c.relname, t.tgname
  FROM pg_catalog.pg_trigger t
  JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = %s AND NOT t.tgisinternal AND t.tgenabled <> 'D'
"""
_ESTIMATE = """
SELECT greatest(c.reltuples, 0)::bigint
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('r', 'p')
"""
_TRIGRAMS = """
SELECT n.nspname::text, c.relname::text, a.attname::text
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL unnest(i.indkey::int2[], i.indclass::oid[]) AS k (number, class)
  JOIN pg_opclass o ON o.oid = k.class
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
 WHERE i.indisvalid AND o.opcname = 'gin_trgm_ops' AND n.nspname = ANY(%s)
"""


@frozen
class Column:
    """One column; `sql_type` as PostgreSQL writes it, e.g. ``numeric(12,2)``.

    `default` is an expression; that of a `generated` column is what it is computed of,
    and `sources` are the columns in it.
    """

    sql_type: str
    nullable: bool
    default: str | None = None
    generated: bool = False
    sources: tuple[str, ...] = field(default=(), converter=tuple)


@frozen
class RowCount:
    """How many rows a table has; beyond the bound of the count, an estimate."""

    rows: int
    exact: bool


async def columns(
    transaction: Transaction, schema: str
) -> dict[str, dict[str, Column]]:
    """The tables of a schema, each with its columns in order; empty if no schema."""
    tables: dict[str, dict[str, Column]] = {}
    for table, name, *rest in await transaction.run(Statement(_COLUMNS, (schema,))):
        found = tables.setdefault(table, {})
        if name is not None:
            found[name] = Column(*rest)
    return tables


async def schemas(transaction: Transaction, names: list[str]) -> frozenset[str]:
    """Those of `names` that are schemas."""
    rows = await transaction.run(Statement(_SCHEMAS, (names,)))
    return frozenset(row[0] for row in rows)


async def triggers(transaction: Transaction, schema: str) -> dict[str, set[str]]:
    """The names of the triggers that are on, by table of the schema."""
    found: dict[str, set[str]] = {}
    for table, name in await transaction.run(Statement(_TRIGGERS, (schema,))):
        found.setdefault(table, set()).add(name)
    return found


async def searched_columns(
    transaction: Transaction, names: list[str]
) -> frozenset[tuple[str, str, str]]:
    """The columns in these schemas in which a part of a text is found by an index, as
    schema, table and column."""
    rows = await transaction.run(Statement(_TRIGRAMS, (names,)))
    return frozenset((schema, table, column) for schema, table, column in rows)


async def row_counts(
    transaction: Transaction, names: Iterable[tuple[str, str]], bound: int
) -> dict[tuple[str, str], RowCount]:
    """How many rows tables have: exact up to `bound`, else PostgreSQL's estimate.

    A table that is not there has no count.
    """
    counts = {}
    for name in sorted(names):
        estimate = await transaction.run(Statement(_ESTIMATE, name))
        if estimate:
            counts[name] = await _count(transaction, name, bound, estimate[0][0])
    return counts


async def _count(
    transaction: Transaction, name: tuple[str, str], bound: int, estimate: int
) -> RowCount:
    schema, table = name
    # Both were checked to be identifiers, or they would name no table.
    counted = Statement(
        f'SELECT count(*) FROM (SELECT FROM "{schema}"."{table}" LIMIT {bound + 1}) t'  # noqa: S608
    )
    rows: int = (await transaction.run(counted))[0][0]
    if rows <= bound:
        return RowCount(rows, exact=True)
    return RowCount(max(rows, estimate), exact=False)
