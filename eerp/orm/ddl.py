"""The operations of migrations, each from its JSON to SQL; pure.

No operation can name a schema: the SQL gets that of the module, and a foreign key
that of a module in `depends`. Constants become checked literals, so that the SQL is
recorded as it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from attrs import evolve

from eerp.errors import ValidationFailed
from eerp.limits import INDEX_COLUMNS_MAX
from eerp.orm.compile import compile_condition
from eerp.orm.describe import read_type
from eerp.orm.document import Document
from eerp.orm.fields import WrongValue, is_identifier, literal, quote, sql_type
from eerp.orm.model import SYSTEM_COLUMNS, Field
from eerp.orm.query import read_condition
from eerp.orm.replay import Replay, Table

__all__ = ["read_operation"]

# ruff: noqa: S608  # the SQL below is joined of checked identifiers and literals

_CORE_COLUMNS = (
    '"created_at" timestamptz DEFAULT now() NOT NULL, "created_by" uuid, '
    '"updated_at" timestamptz DEFAULT now() NOT NULL, "updated_by" uuid, '
    '"deleted_at" timestamptz, "version" integer DEFAULT 1 NOT NULL'
)
_ON_DELETE = {"restrict": "RESTRICT", "cascade": "CASCADE", "set_null": "SET NULL"}


def read_operation(replay: Replay, number: int, value: object) -> Iterator[str]:
    """The SQL of operation `number` of the step that is replayed. Raises
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


def _create_table(replay: Replay, document: Document) -> Iterator[str]:
    name = _new_name(document, "table", replay.tables)
    core = {name: _core_column(name) for name in SYSTEM_COLUMNS}
    table = Table(name, core)
    columns = []
    for value in document.get("columns", list):
        part = Document.of(f"{document.place}: a column", value, replay.fail)
        part.only("column", "sql_type", "nullable", "default")
        columns.append(f"{_column(_add(table, part))}, ")
    replay.tables[name] = table
    yield (
        f'CREATE TABLE {replay.sql_name(table)} ("id" uuid PRIMARY KEY DEFAULT '
        f"uuidv7(), {''.join(columns)}{_CORE_COLUMNS})"
    )


def _core_column(name: str) -> Field:
    declared, nullable = SYSTEM_COLUMNS[name]
    kind = sql_type(declared)
    assert kind is not None
    return Field(name, kind, nullable, qualifier="")


def _new_name(document: Document, key: str, taken: Any) -> str:
    name: str = document.get(key, str)
    if not is_identifier(name):
        document.refuse(f"has the {key} {name!r}, which is not an identifier")
    if name in SYSTEM_COLUMNS:
        document.refuse(f"names {name!r}, which the core keeps for itself")
    if name in taken:
        document.refuse(f"makes {name!r}, which is there already")
    return name


def _add(table: Table, document: Document) -> Field:
    """Put the column that `document` declares into `table`."""
    name = _new_name(document, "column", table.columns)
    document = Document(
        f"{document.place}, column {name!r}", document.value, document.fail
    )
    kind = read_type(document, "sql_type")
    nullable = document.get("nullable", bool, True)
    default = document.value.get("default")
    column = Field(name, kind, nullable, default=default, qualifier="")
    _default(document, column)
    table.columns[name] = column
    return column


def _default(document: Document, column: Field) -> str | None:
    """The SQL of a column's default, or None when it has none."""
    if column.default is None:
        return None
    try:
        return _constant(column, column.default)
    except WrongValue as wrong:
        document.refuse(f"has a default for {column.name} that {wrong.message}")


def _constant(column: Field, value: Any) -> str:
    text = column.encode(value)
    return "NULL" if text is None else f"{literal(text)}::{column.type.name}"


def _column(column: Field) -> str:
    sql = f"{quote(column.name)} {column.type.name}"
    if column.default is not None:
        sql += f" DEFAULT {_constant(column, column.default)}"
    return sql if column.nullable else f"{sql} NOT NULL"


def _drop_table(replay: Replay, document: Document) -> Iterator[str]:
    table = replay.tables.pop(replay.table(document).name)
    yield f"DROP TABLE {replay.sql_name(table)}"


def _add_column(replay: Replay, document: Document) -> Iterator[str]:
    table = replay.table(document)
    column = _column(_add(table, document))
    yield f"ALTER TABLE {replay.sql_name(table)} ADD COLUMN {column}"


def _own_column(table: Table, document: Document) -> Field:
    name = document.get("column", str)
    if name in SYSTEM_COLUMNS:
        document.refuse(f"names {name!r}, which the core keeps for itself")
    return _known_column(table, document, name)


def _known_column(table: Table, document: Document, name: str) -> Field:
    if name not in table.columns:
        known = ", ".join(table.columns)
        document.refuse(f"names no column of {table.name}: {name!r}; it has: {known}")
    return table.columns[name]


def _alter_column(replay: Replay, document: Document) -> Iterator[str]:
    table = replay.table(document)
    before, given = _own_column(table, document), document.value
    if not given.keys() & {"sql_type", "nullable", "default"}:
        document.refuse("changes nothing")
    after = evolve(
        before,
        type=read_type(document, "sql_type") if "sql_type" in given else before.type,
        nullable=document.get("nullable", bool, before.nullable),
        default=given.get("default", before.default),
    )
    default = _default(document, after)
    table.columns[after.name] = after
    name = quote(after.name)
    alter = f"ALTER TABLE {replay.sql_name(table)} ALTER COLUMN {name}"
    if after.type is not before.type:
        # A default of the old type could stand in the way of the new one.
        yield f"{alter} DROP DEFAULT"
        yield f"{alter} TYPE {after.type.name} USING {name}::{after.type.name}"
    if default is not None:
        yield f"{alter} SET DEFAULT {default}"
    elif before.default is not None:
        yield f"{alter} DROP DEFAULT"
    if after.nullable != before.nullable:
        yield f"{alter} {'DROP' if after.nullable else 'SET'} NOT NULL"


def _rename_column(replay: Replay, document: Document) -> Iterator[str]:
    table = replay.table(document)
    before = _own_column(table, document)
    to = _new_name(document, "to", table.columns)
    table.columns = {
        to if name == before.name else name: column
        for name, column in table.columns.items()
    }
    table.columns[to] = evolve(before, name=to)
    table.indexes = {
        tuple(to if name == before.name else name for name in names): index
        for names, index in table.indexes.items()
    }
    names = f"{quote(before.name)} TO {quote(to)}"
    yield f"ALTER TABLE {replay.sql_name(table)} RENAME COLUMN {names}"


def _drop_column(replay: Replay, document: Document) -> Iterator[str]:
    table = replay.table(document)
    name = _own_column(table, document).name
    del table.columns[name]
    # PostgreSQL drops an index with the first of its columns that goes.
    table.indexes = {
        names: index for names, index in table.indexes.items() if name not in names
    }
    yield f"ALTER TABLE {replay.sql_name(table)} DROP COLUMN {quote(name)}"


def _indexed(table: Table, document: Document) -> tuple[str, ...]:
    names = document.text_list("columns")
    if len(names) > INDEX_COLUMNS_MAX or len(set(names)) < len(names):
        document.refuse(
            f"has 'columns' that are not 1 to {INDEX_COLUMNS_MAX}, each once"
        )
    for name in names:
        _known_column(table, document, name)
    return names


def _add_index(replay: Replay, document: Document) -> Iterator[str]:
    return _index(replay, document, "INDEX", "idx", "")


def _add_unique(replay: Replay, document: Document) -> Iterator[str]:
    condition = ' WHERE "deleted_at" IS NULL'
    return _index(replay, document, "UNIQUE INDEX", "key", condition)


def _index(
    replay: Replay, document: Document, what: str, kind: str, condition: str
) -> Iterator[str]:
    table = replay.table(document)
    names = _indexed(table, document)
    if names in table.indexes:
        document.refuse(f"makes a second index on {', '.join(names)}")
    index = replay.made_name(kind, table, names)
    table.indexes[names] = index
    columns = ", ".join(map(quote, names))
    yield (
        f"CREATE {what} {quote(index)} ON {replay.sql_name(table)} "
        f"({columns}){condition}"
    )


def _drop_index(replay: Replay, document: Document) -> Iterator[str]:
    table = replay.table(document)
    names = _indexed(table, document)
    if names not in table.indexes:
        document.refuse(f"names no index: there is none on {', '.join(names)}")
    yield f"DROP INDEX {quote(replay.module)}.{quote(table.indexes.pop(names))}"


def _add_foreign_key(replay: Replay, document: Document) -> Iterator[str]:
    table = replay.table(document)
    column = _own_column(table, document)
    action = document.get("on_delete", str, "restrict")
    if action not in _ON_DELETE:
        document.refuse(f"has an 'on_delete' that is none of {', '.join(_ON_DELETE)}")
    if column.type.name != "uuid":
        document.refuse(f"refers by {column.name}, which is not of type uuid")
    if action == "set_null" and not column.nullable:
        document.refuse(f"sets {column.name} to null, which may not be null")
    target = _target(replay, document)
    name = quote(replay.made_name("fkey", table, [column.name]))
    yield (
        f"ALTER TABLE {replay.sql_name(table)} ADD CONSTRAINT {name} FOREIGN KEY "
        f'({quote(column.name)}) REFERENCES {target} ("id") '
        f"ON DELETE {_ON_DELETE[action]}"
    )


def _target(replay: Replay, document: Document) -> str:
    references = Document(
        f"{document.place}, references", document.get("references", dict), replay.fail
    )
    references.only("module", "table")
    module, table = references.get("module", str), references.get("table", str)
    if module == replay.module:
        return replay.sql_name(replay.table(references))
    if module not in replay.depends:
        references.refuse(f"names module {module!r}, which is not in depends")
    if not is_identifier(table):
        references.refuse(f"has the table {table!r}, which is not an identifier")
    return f"{quote(module)}.{quote(table)}"


def _add_check(replay: Replay, document: Document) -> Iterator[str]:
    table = replay.table(document)
    name = _new_name(document, "name", table.checks)
    condition = document.get("condition", dict)
    parameters: list[str | None] = []
    try:
        tree = read_condition(table.columns, condition, "/condition")
    except ValidationFailed as error:
        document.refuse(f"has a wrong condition: {error.message.rstrip('.')}")
    sql = compile_condition(tree, parameters)
    constants = tuple(literal(str(text)) for text in parameters)
    table.checks.add(name)
    yield (
        f"ALTER TABLE {replay.sql_name(table)} ADD CONSTRAINT {quote(name)} "
        f"CHECK ({sql % constants})"
    )


def _data(replay: Replay, document: Document) -> Iterator[str]:
    table = replay.table(document)
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
    yield f"INSERT INTO {replay.sql_name(table)} ({columns}) VALUES {values}"


def _row(table: Table, document: Document) -> dict[str, str]:
    """The constants of a row. It may set its id, so that others can refer to it."""
    row = {}
    for name, value in document.value.items():
        column = _known_column(table, document, name)
        if name in SYSTEM_COLUMNS and name != "id":
            document.refuse(f"sets {name!r}, which the core keeps for itself")
        try:
            row[name] = _constant(column, value)
        except WrongValue as wrong:
            document.refuse(f"has a {name!r} that {wrong.message}")
    for column in table.columns.values():
        must = not column.nullable and column.default is None
        if must and column.name not in row and column.name not in SYSTEM_COLUMNS:
            document.refuse(f"lacks {column.name!r}, which may not be null")
    return row


_Write = Callable[[Replay, Document], Iterator[str]]
_OPERATIONS: dict[str, tuple[tuple[str, ...], _Write]] = {
    "create_table": (("table", "columns"), _create_table),
    "drop_table": (("table",), _drop_table),
    "add_column": (
        ("table", "column", "sql_type", "nullable", "default"),
        _add_column,
    ),
    "alter_column": (
        ("table", "column", "sql_type", "nullable", "default"),
        _alter_column,
    ),
    "rename_column": (("table", "column", "to"), _rename_column),
    "drop_column": (("table", "column"), _drop_column),
    "add_index": (("table", "columns"), _add_index),
    "drop_index": (("table", "columns"), _drop_index),
    "add_unique": (("table", "columns"), _add_unique),
    "add_foreign_key": (
        ("table", "column", "references", "on_delete"),
        _add_foreign_key,
    ),
    "add_check": (("table", "name", "condition"), _add_check),
    "data": (("table", "rows"), _data),
}
