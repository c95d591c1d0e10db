"""What tables, columns and migrations exist now."""

from __future__ import annotations

from attrs import frozen

from eerp.interfaces import Statement, Transaction

__all__ = ["Column", "columns", "schemas"]

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attribute a
    ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE n.nspname = %s AND c.relkind IN ('r', 'p')
 ORDER BY c.relname, a.attnum
"""
_SCHEMAS = "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname = ANY(%s)"


@frozen
class Column:
    """One column; `sql_type` as PostgreSQL writes it, e.g. ``numeric(12,2)``."""

    sql_type: str
    nullable: bool
    default: str | None = None


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
