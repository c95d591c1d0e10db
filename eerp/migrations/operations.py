"""The operations of migrations, each from its JSON to statements; pure.

No operation can name a schema: the SQL gets that of the module, and a reference that
of a module in `depends`. Each operation is in a file of its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from eerp.migrations.columns import COLUMN_KEYS
from eerp.migrations.data import data
from eerp.migrations.invariants import (
    add_balance,
    add_check,
    add_exclude,
    drop_balance,
    drop_check,
    drop_exclude,
)
from eerp.migrations.keys import (
    add_foreign_key,
    add_index,
    add_unique,
    drop_foreign_key,
    drop_index,
    drop_unique,
)
from eerp.migrations.replay import Replay
from eerp.migrations.statement import Ddl
from eerp.migrations.tables import (
    alter_column,
    create_table,
    drop_column,
    drop_table,
    extend_table,
    new_column,
    rename_column,
)
from eerp.orm.document import Document

__all__ = ["read_operation"]

_Write = Callable[[Replay, Document], Iterator[Ddl]]
_OPERATIONS: dict[str, tuple[tuple[str, ...], _Write]] = {
    "create_table": (("table", "columns"), create_table),
    "extend_table": (("table", "extends", "columns"), extend_table),
    "drop_table": (("table",), drop_table),
    "add_column": (("table", *COLUMN_KEYS), new_column),
    "alter_column": (
        ("table", "column", "sql_type", "nullable", "default"),
        alter_column,
    ),
    "rename_column": (("table", "column", "to"), rename_column),
    "drop_column": (("table", "column"), drop_column),
    "add_index": (("table", "columns", "method", "config", "descending"), add_index),
    "drop_index": (("table", "columns", "method"), drop_index),
    "add_unique": (("table", "columns"), add_unique),
    "drop_unique": (("table", "columns"), drop_unique),
    "add_foreign_key": (
        ("table", "column", "references", "on_delete"),
        add_foreign_key,
    ),
    "drop_foreign_key": (("table", "column"), drop_foreign_key),
    "add_check": (("table", "name", "condition"), add_check),
    "drop_check": (("table", "name"), drop_check),
    "add_exclude": (("table", "name", "equal", "from", "to"), add_exclude),
    "drop_exclude": (("table", "name"), drop_exclude),
    "add_balance": (("table", "name", "group", "amounts", "when"), add_balance),
    "drop_balance": (("table", "name"), drop_balance),
    "data": (("table", "rows", "set", "where"), data),
}


def read_operation(replay: Replay, number: int, value: object) -> Iterator[Ddl]:
    """The statements of operation `number` of the step that is replayed. Raises
    `MigrationRefused`."""
    place = f"Migration of {replay.module}, {replay.step}, operation {number}"
    document = Document.of(place, value, replay.fail)
    kind = document.get("type", str)
    if kind not in _OPERATIONS:
        known = ", ".join(_OPERATIONS)
        document.refuse(f"has the type {kind!r}, which is none of {known}")
    keys, write = _OPERATIONS[kind]
    document = Document(f"{place} ({kind})", document.value, replay.fail)
    document.only("type", *keys)
    return write(replay, document)
