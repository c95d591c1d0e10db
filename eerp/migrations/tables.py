"""Operations of migrations on tables and their columns; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from eerp.migrations.columns import (
    ALIVE,
    COLUMN_KEYS,
    add_column,
    column_sql,
    default_sql,
    new_name,
    own_column,
)
from eerp.migrations.replay import Index, Replay, Table
from eerp.migrations.statement import (
    ACCESS_EXCLUSIVE,
    SHARE_ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
    Alone,
    Ddl,
    Gentle,
    Lock,
    Work,
)
from eerp.orm.describe import read_type
from eerp.orm.document import Document
from eerp.orm.fields import literal, quote, sql_type
from eerp.orm.model import SYSTEM_COLUMNS, Field

__all__ = [
    "alter_column", "create_table", "drop_column", "drop_table", "extend_table",
    "new_column", "rename_column",
]  # fmt: skip

# the SQL below is joined of checked identifiers and literals

_RECORD_COLUMNS = (
    '"created_at" timestamptz DEFAULT now() NOT NULL, "created_by" uuid, '
    '"updated_at" timestamptz DEFAULT now() NOT NULL, "updated_by" uuid, '
    '"deleted_at" timestamptz, "version" integer DEFAULT 1 NOT NULL, '
)
_ALIVE = (
    f'"{ALIVE}" boolean GENERATED ALWAYS AS '
    '(CASE WHEN "deleted_at" IS NULL THEN true END) STORED'
)
_EXTENSION_COLUMNS = ("id", "deleted_at")
# Triggers run in the order of their names, capitals first: this one before those of
# PostgreSQL's foreign keys, which begin with RI_, so that children are deleted before
# it is checked that there are none.
_FOLLOW = (
    'CREATE TRIGGER "EERP_follow" AFTER UPDATE OF "deleted_at" ON {} FOR EACH ROW '
    "WHEN ((OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)) "
    "EXECUTE FUNCTION eerp.follow_deletion()"
)


def create_table(replay: Replay, document: Document) -> Iterator[Ddl]:
    """A table with the module's columns and the core's."""
    core = {name: _core_column(name) for name in SYSTEM_COLUMNS}
    table, columns = _new_table(replay, document, core)
    name = replay.sql_name(table)
    yield _made(
        replay,
        table,
        f'CREATE TABLE {name} ("id" uuid PRIMARY KEY DEFAULT uuidv7(), '
        f'{columns}{_RECORD_COLUMNS}{_ALIVE}, UNIQUE ("id", "{ALIVE}"))',
    )
    yield _made(replay, table, _FOLLOW.format(name))
    yield _audited(replay, table)


def extend_table(replay: Replay, document: Document) -> Iterator[Ddl]:
    """A table of the module's columns on the records of another module.

    Its records live and die with those that they belong to: they are deleted and
    restored with them by `eerp.follow_deletion`, like children, and purged.
    """
    owner, target = _extended(replay, document)
    core = {name: _core_column(name) for name in _EXTENSION_COLUMNS}
    table, columns = _new_table(replay, document, core)
    table.extends = (owner, target)
    name, extended = replay.sql_name(table), f"{quote(owner)}.{quote(target)}"
    yield _made(
        replay,
        table,
        f'CREATE TABLE {name} ("id" uuid PRIMARY KEY REFERENCES {extended} ("id") '
        f'ON DELETE CASCADE, {columns}"deleted_at" timestamptz, {_ALIVE}, '
        f'FOREIGN KEY ("id", "{ALIVE}") REFERENCES {extended} ("id", "{ALIVE}") '
        "ON DELETE CASCADE)",
        Lock((owner, target), SHARE_ROW_EXCLUSIVE),
    )
    yield _audited(replay, table)


def _extended(replay: Replay, document: Document) -> tuple[str, str]:
    extends = Document(
        f"{document.place}, extends", document.get("extends", dict), replay.fail
    )
    extends.only("module", "table")
    module = extends.get("module", str)
    if module not in replay.depends:
        extends.refuse(f"names module {module!r}, which is not in depends")
    return module, new_name(extends, "table", ())


def _made(replay: Replay, table: Table, sql: str, *more: Lock) -> Ddl:
    lock = Lock(replay.full_name(table), ACCESS_EXCLUSIVE)
    return Ddl(sql, (lock, *more), disturbs=True)


def _audited(replay: Replay, table: Table) -> Ddl:
    names = f"{literal(replay.module)}, {literal(table.name)}"
    return _made(replay, table, f"SELECT eerp.audit_table({names})")


def _new_table(
    replay: Replay, document: Document, core: dict[str, Field]
) -> tuple[Table, str]:
    """A new table on paper, and the declarations of its columns."""
    table = Table(new_name(document, "table", replay.tables), core)
    parts = [
        Document.of(f"{document.place}: a column", value, replay.fail)
        for value in document.get("columns", list)
    ]
    # A computed column may be computed of one that is declared below it.
    parts.sort(key=lambda part: part.value.get("computed") is not None)
    columns = []
    for part in parts:
        part.only(*COLUMN_KEYS)
        columns.append(f"{column_sql(table, add_column(table, part))}, ")
    replay.tables[table.name] = table
    return table, "".join(columns)


def _core_column(name: str) -> Field:
    declared, nullable = SYSTEM_COLUMNS[name]
    kind = sql_type(declared)
    assert kind is not None
    return Field(name, kind, nullable, qualifier="")


def drop_table(replay: Replay, document: Document) -> Iterator[Ddl]:
    """Drop a table that no other table of the module refers to."""
    table = replay.table(document)
    name = replay.full_name(table)
    for other in replay.tables.values():
        if other is not table and any(k.target == name for k in other.keys.values()):
            document.refuse(f"drops a table that {other.name} refers to")
    for rule_name, rule in table.rules.items():
        if rule.kind == "balance":
            document.refuse(f"drops a table that has the balance {rule_name!r}")
    del replay.tables[table.name]
    referred = tuple(Lock(k.target, ACCESS_EXCLUSIVE) for k in table.keys.values())
    yield Ddl(
        f"DROP TABLE {replay.sql_name(table)}",
        (Lock(name, ACCESS_EXCLUSIVE), *referred),
        disturbs=True,
        destroys=f"drops table {table.name} with all that it holds",
    )


def new_column(replay: Replay, document: Document) -> Iterator[Ddl]:
    """Add a column. One that is computed makes PostgreSQL write the table anew."""
    table = replay.table(document)
    column = add_column(table, document)
    yield _altered(
        replay,
        table,
        f"ADD COLUMN {column_sql(table, column)}",
        Work.REWRITE if column.name in table.computed else Work.NONE,
    )


def _altered(
    replay: Replay,
    table: Table,
    change: str,
    work: Work = Work.NONE,
    *,
    disturbs: bool = True,
    destroys: str | None = None,
) -> Ddl:
    return Ddl(
        f"ALTER TABLE {replay.sql_name(table)} {change}",
        (Lock(replay.full_name(table), ACCESS_EXCLUSIVE),),
        work,
        disturbs,
        destroys,
    )


def alter_column(replay: Replay, document: Document) -> Iterator[Ddl]:
    """Change a column's type, default, or whether it may be null."""
    table = replay.table(document)
    before, given = own_column(table, document), document.value
    if not given.keys() & {"sql_type", "nullable", "default"}:
        document.refuse("changes nothing")
    after = evolve(
        before,
        type=read_type(document, "sql_type") if "sql_type" in given else before.type,
        nullable=document.get("nullable", bool, before.nullable),
        default=given.get("default", before.default),
    )
    default = default_sql(document, after)
    if after.name in table.computed and (default or after.type is not before.type):
        document.refuse(f"changes {after.name}, which is computed: drop it and add it")
    table.columns[after.name] = after
    if after.type is not before.type:
        yield from _retyped(replay, document, table, after)
    alter = f"ALTER COLUMN {quote(after.name)}"
    if default is not None:
        yield _altered(replay, table, f"{alter} SET DEFAULT {default}", disturbs=False)
    elif before.default is not None:
        yield _altered(replay, table, f"{alter} DROP DEFAULT", disturbs=False)
    if after.nullable and not before.nullable:
        yield _altered(replay, table, f"{alter} DROP NOT NULL", disturbs=False)
    elif before.nullable and not after.nullable:
        yield _required(replay, table, after)


def _retyped(
    replay: Replay, document: Document, table: Table, column: Field
) -> Iterator[Ddl]:
    _refuse_use(replay, document, table, column.name)
    name = quote(column.name)
    # A default of the old type could stand in the way of the new one.
    yield _altered(replay, table, f"ALTER COLUMN {name} DROP DEFAULT")
    yield _altered(
        replay,
        table,
        f"ALTER COLUMN {name} TYPE {column.type.name} USING {name}::{column.type.name}",
        Work.REWRITE,
        destroys=f"changes the type of {table.name}.{column.name}",
    )


def _required(replay: Replay, table: Table, column: Field) -> Ddl:
    """NOT NULL. PostgreSQL takes a check's word for it, if that was validated."""
    name = quote(column.name)
    check = quote(replay.made_name("present", table, [column.name]))
    sql, table_name = replay.sql_name(table), replay.full_name(table)
    exclusive = Lock(table_name, ACCESS_EXCLUSIVE)
    drop = f"ALTER TABLE {sql} DROP CONSTRAINT"
    gentle = Gentle(
        build=(
            Alone(
                f"ALTER TABLE {sql} ADD CONSTRAINT {check} CHECK ({name} IS NOT NULL) "
                "NOT VALID",
                (exclusive,), Work.NONE, patient=False,
            ),
            Alone(
                f"ALTER TABLE {sql} VALIDATE CONSTRAINT {check}",
                (Lock(table_name, SHARE_UPDATE_EXCLUSIVE),), Work.SCAN, patient=True,
            ),
        ),
        undo=Alone(f"{drop} IF EXISTS {check}", (exclusive,), Work.NONE, patient=False),
        inside=(
            Ddl(f"ALTER TABLE {sql} ALTER COLUMN {name} SET NOT NULL", (exclusive,)),
            Ddl(f"{drop} {check}", (exclusive,)),
        ),
    )  # fmt: skip
    plain = f"ALTER TABLE {sql} ALTER COLUMN {name} SET NOT NULL"
    return Ddl(plain, (exclusive,), Work.SCAN, gentle=gentle)


def _refuse_use(
    replay: Replay, document: Document, table: Table, name: str, *, drops: bool = True
) -> None:
    """Refuse to change a column that something else is made of."""
    for computed, expression in table.computed.items():
        if drops and name in expression.columns:
            document.refuse(f"changes {name}, of which {computed} is computed")
    for rule_name, rule in table.rules.items():
        if rule.kind == "balance" and name in rule.columns:
            document.refuse(f"changes {name}, on which the balance {rule_name} stands")
    for other in replay.tables.values():
        for rule_name, rule in other.rules.items():
            if rule.parent == table.name and name in rule.parent_columns:
                document.refuse(
                    f"changes {name}, on which the balance {rule_name} of "
                    f"{other.name} stands"
                )


def rename_column(replay: Replay, document: Document) -> Iterator[Ddl]:
    """Give a column another name; what is made of it goes along."""
    table = replay.table(document)
    before = own_column(table, document)
    to = new_name(document, "to", table.columns)
    _refuse_use(replay, document, table, before.name, drops=False)
    _rename(table, before, to)
    yield _altered(replay, table, f"RENAME COLUMN {quote(before.name)} TO {quote(to)}")


def _rename(table: Table, before: Field, to: str) -> None:
    def new(name: str) -> str:
        return to if name == before.name else name

    table.columns = {new(name): column for name, column in table.columns.items()}
    table.columns[to] = evolve(before, name=to)
    table.computed = {
        new(name): evolve(made, columns=frozenset(map(new, made.columns)))
        for name, made in table.computed.items()
    }
    table.indexes = {
        (method, tuple(map(new, names))): _renamed_index(index, new)
        for (method, names), index in table.indexes.items()
    }
    table.keys = {new(name): key for name, key in table.keys.items()}
    table.rules = {
        name: evolve(rule, columns=frozenset(map(new, rule.columns)))
        for name, rule in table.rules.items()
    }


def _renamed_index(index: Index, new: Any) -> Index:
    return evolve(index, descending=frozenset(map(new, index.descending)))


def drop_column(replay: Replay, document: Document) -> Iterator[Ddl]:
    """Drop a column; what stands on it alone or with others goes with it."""
    table = replay.table(document)
    name = own_column(table, document).name
    _refuse_use(replay, document, table, name)
    computed = table.computed.pop(name, None)
    del table.columns[name]
    key = table.keys.pop(name, None)
    # PostgreSQL drops indexes and constraints with the first column that goes.
    table.indexes = {
        on: index for on, index in table.indexes.items() if name not in on[1]
    }
    table.rules = {
        rule_name: rule
        for rule_name, rule in table.rules.items()
        if name not in rule.columns
    }
    lost = f"drops column {table.name}.{name} with all that it holds"
    dropped = _altered(
        replay,
        table,
        f"DROP COLUMN {quote(name)}",
        destroys=None if computed else lost,
    )
    referred = () if key is None else (Lock(key.target, ACCESS_EXCLUSIVE),)
    yield evolve(dropped, locks=(*dropped.locks, *referred))
