"""Columns of migrations: their names, types, defaults and constants, checked; pure.

Constants become checked literals, so that the SQL is recorded as it runs.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from eerp.errors import ValidationFailed
from eerp.migrations.expression import read_expression
from eerp.migrations.replay import Table
from eerp.orm.compile_where import compile_condition, fields_of
from eerp.orm.condition import read_condition
from eerp.orm.describe import read_type
from eerp.orm.document import Document
from eerp.orm.fields import WrongValue, is_identifier, literal, quote
from eerp.orm.model import SYSTEM_COLUMNS, Field

__all__ = [
    "ALIVE", "COLUMN_KEYS", "add_column", "column_sql", "condition", "constant",
    "default_sql", "known_column", "known_columns", "new_name", "own_column",
]  # fmt: skip

ALIVE = "alive"
"""The column that is true in records that are not deleted, and null in others."""

COLUMN_KEYS = ("column", "sql_type", "nullable", "default", "computed")
"""What an operation may say of a new column."""


def new_name(document: Document, key: str, taken: Container[str]) -> str:
    """The name that an operation gives to something of a table."""
    name: str = document.get(key, str)
    if not is_identifier(name):
        document.refuse(f"has the {key} {name!r}, which is not an identifier")
    if name in SYSTEM_COLUMNS or name == ALIVE:
        document.refuse(f"names {name!r}, which the core keeps for itself")
    if name in taken:
        document.refuse(f"makes {name!r}, which is there already")
    return name


def add_column(table: Table, document: Document) -> Field:
    """Put the column that `document` declares into `table`."""
    name = new_name(document, "column", table.columns)
    document = Document(
        f"{document.place}, column {name!r}", document.value, document.fail
    )
    column = Field(
        name,
        read_type(document, "sql_type"),
        document.get("nullable", bool, True),
        default=document.value.get("default"),
        qualifier="",
    )
    if document.value.get("computed") is not None:
        if column.default is not None:
            document.refuse("is computed, and has a default")
        table.computed[name] = read_expression(table, document, column)
    default_sql(document, column)
    table.columns[name] = column
    return column


def default_sql(document: Document, column: Field) -> str | None:
    """The SQL of a column's default, or None when it has none."""
    if column.default is None:
        return None
    try:
        return constant(column, column.default)
    except WrongValue as wrong:
        document.refuse(f"has a default for {column.name} that {wrong.message}")


def constant(column: Field, value: Any) -> str:
    """A value of a column in SQL. Raises `WrongValue`."""
    text = column.encode(value)
    return "NULL" if text is None else f"{literal(text)}::{column.type.name}"


def column_sql(table: Table, column: Field) -> str:
    """The declaration of a column."""
    sql = f"{quote(column.name)} {column.type.name}"
    computed = table.computed.get(column.name)
    if computed is not None:
        sql += f" GENERATED ALWAYS AS ({computed.sql}) STORED"
    if column.default is not None:
        sql += f" DEFAULT {constant(column, column.default)}"
    return sql if column.nullable else f"{sql} NOT NULL"


def own_column(table: Table, document: Document, key: str = "column") -> Field:
    """The column of the module that an operation names."""
    name = document.get(key, str)
    if name in SYSTEM_COLUMNS:
        document.refuse(f"names {name!r}, which the core keeps for itself")
    return known_column(table, document, name)


def known_column(table: Table, document: Document, name: object) -> Field:
    """A column of the table, the core's included."""
    found = table.columns.get(name) if isinstance(name, str) else None
    if found is None:
        known = ", ".join(table.columns)
        document.refuse(f"names no column of {table.name}: {name!r}; it has: {known}")
    return found


def known_columns(table: Table, document: Document, key: str) -> tuple[Field, ...]:
    """Columns of the table, each named once; at least one."""
    names = document.text_list(key)
    if len(set(names)) < len(names):
        document.refuse(f"names a column twice in {key!r}")
    return tuple(known_column(table, document, name) for name in names)


def condition(
    table: Table, document: Document, key: str, qualifier: str = ""
) -> tuple[str, frozenset[str]]:
    """A condition over constants, in SQL, and the columns that stand in it."""
    fields = {
        name: Field(name, column.type, column.nullable, qualifier=qualifier)
        for name, column in table.columns.items()
    }
    parameters: list[str | None] = []
    try:
        tree = read_condition(fields, document.get(key, dict), f"/{key}")
    except ValidationFailed as error:
        document.refuse(f"has a wrong {key}: {error.message.rstrip('.')}")
    sql = compile_condition(tree, parameters)
    constants = tuple(literal(str(text)) for text in parameters)
    return sql % constants, fields_of(tree)
