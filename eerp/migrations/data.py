"""The operation of migrations that inserts or changes rows; pure."""

from __future__ import annotations

from collections.abc import Iterator

from eerp.migrations.columns import condition, constant, known_column
from eerp.migrations.replay import Replay, Table
from eerp.migrations.statement import ROW_EXCLUSIVE, Ddl, Lock, Work
from eerp.orm.document import Document
from eerp.orm.fields import WrongValue, quote
from eerp.orm.model import SYSTEM_COLUMNS

__all__ = ["data"]

# ruff: noqa: S608  # the SQL below is joined of checked identifiers and literals

_CHANGED = ', "updated_at" = now(), "version" = "version" + 1'


def data(replay: Replay, document: Document) -> Iterator[Ddl]:
    """Insert `rows`, or `set` columns of the rows that a condition finds."""
    table = replay.table(document)
    if ("rows" in document.value) == ("set" in document.value):
        document.refuse("has not one of 'rows' and 'set'")
    if "rows" in document.value:
        document.only("type", "table", "rows")
        sql = _insert(replay, document, table)
    else:
        sql = _update(replay, document, table)
    lock = Lock(replay.full_name(table), ROW_EXCLUSIVE)
    yield Ddl(sql, (lock,), Work.ROWS, disturbs=True)


def _update(replay: Replay, document: Document, table: Table) -> str:
    part = Document(f"{document.place}, set", document.get("set", dict), replay.fail)
    values = _constants(table, part)
    if not values:
        part.refuse("sets nothing")
    if "id" in values:
        part.refuse("sets 'id', which stays for ever")
    sets = ", ".join(f"{quote(name)} = {sql}" for name, sql in values.items())
    changed = _CHANGED if "version" in table.columns else ""
    where = ""
    if document.value.get("where") is not None:
        where = f" WHERE {condition(table, document, 'where')[0]}"
    return f"UPDATE {replay.sql_name(table)} SET {sets}{changed}{where}"


def _insert(replay: Replay, document: Document, table: Table) -> str:
    rows = [
        _row(table, Document.of(f"{document.place}, row {number}", row, replay.fail))
        for number, row in enumerate(document.get("rows", list), 1)
    ]
    if not rows:
        document.refuse("has no rows")
    names = tuple(dict.fromkeys(name for row in rows for name in row)) or ("id",)
    values = ", ".join(
        f"({', '.join(row.get(name, 'DEFAULT') for name in names)})" for row in rows
    )
    columns = ", ".join(map(quote, names))
    return f"INSERT INTO {replay.sql_name(table)} ({columns}) VALUES {values}"


def _row(table: Table, document: Document) -> dict[str, str]:
    """The constants of a row. It may set its id, so that others can refer to it."""
    row = _constants(table, document)
    for column in table.columns.values():
        name = column.name
        own = name not in SYSTEM_COLUMNS and name not in table.computed
        must = not column.nullable and column.default is None
        if own and must and name not in row:
            document.refuse(f"lacks {name!r}, which may not be null")
    if table.extends is not None and "id" not in row:
        document.refuse("lacks 'id', which says what it extends")
    return row


def _constants(table: Table, document: Document) -> dict[str, str]:
    values = {}
    for name, value in document.value.items():
        column = known_column(table, document, name)
        if name in SYSTEM_COLUMNS and name != "id":
            document.refuse(f"sets {name!r}, which the core keeps for itself")
        if name in table.computed:
            document.refuse(f"sets {name!r}, which is computed")
        try:
            values[name] = constant(column, value)
        except WrongValue as wrong:
            document.refuse(f"has a {name!r} that {wrong.message}")
    return values
