"""Operations of migrations on indexes, unique keys and references; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attrs import evolve

from eerp.limits import INDEX_COLUMNS_MAX
from eerp.migrations.columns import ALIVE, known_columns, own_column
from eerp.migrations.constraints import add_constraint
from eerp.migrations.replay import ForeignKey, Index, IndexKey, Replay, Table
from eerp.migrations.statement import (
    ACCESS_EXCLUSIVE,
    SHARE,
    SHARE_ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
    Alone,
    Ddl,
    Gentle,
    Lock,
    TableName,
    Work,
)
from eerp.orm.document import Document
from eerp.orm.fields import is_identifier, literal, quote
from eerp.orm.model import Field
from eerp.orm.textsearch import CONFIGURATIONS

__all__ = [
    "INDEX_METHODS", "add_foreign_key", "add_index", "add_unique", "drop_foreign_key",
    "drop_index", "drop_unique",
]  # fmt: skip

# the SQL below is joined of checked identifiers and literals

INDEX_METHODS = ("btree", "trigram", "fts", "array")
"""What an index may be for: comparing and sorting, parts of a text, words of a text,
elements of an array."""

_ON_DELETE = {"restrict": "RESTRICT", "cascade": "CASCADE", "set_null": "SET NULL"}
_TRIGRAMS = "CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA eerp"
# The core tells by these endings what a broken constraint means: that live records
# still refer to a deleted one, or that one came to refer to it at this moment.
_ALIVE_SUFFIX = {"restrict": "_alive", "cascade": "_follow"}


def add_index(replay: Replay, document: Document) -> Iterator[Ddl]:
    """An index by one of the methods."""
    table = replay.table(document)
    method = _method(document)
    fields = _indexed(table, document)
    names = tuple(field.name for field in fields)
    index = Index(
        "",
        config=_config(document, method),
        descending=_descending(document, method, names),
    )
    _check_types(document, method, fields)
    if method == "trigram":
        yield Ddl(_TRIGRAMS)
    yield _indexes(replay, document, table, (method, names), index)


def add_unique(replay: Replay, document: Document) -> Iterator[Ddl]:
    """A key that holds among the records that are not deleted."""
    table = replay.table(document)
    names = tuple(field.name for field in _indexed(table, document))
    yield _indexes(replay, document, table, ("btree", names), Index("", unique=True))


def _method(document: Document) -> str:
    method: str = document.get("method", str, "btree")
    if method not in INDEX_METHODS:
        methods = ", ".join(INDEX_METHODS)
        document.refuse(f"has the method {method!r}, which is none of {methods}")
    return method


def _indexed(table: Table, document: Document) -> tuple[Field, ...]:
    fields = known_columns(table, document, "columns")
    if len(fields) > INDEX_COLUMNS_MAX:
        document.refuse(f"has more than {INDEX_COLUMNS_MAX} 'columns'")
    return fields


def _config(document: Document, method: str) -> str:
    config: str | None = document.get("config", str, None)
    if config is None:
        return "simple" if method == "fts" else ""
    if method != "fts":
        document.refuse("has a 'config', which is for the method fts")
    if config not in CONFIGURATIONS:
        known = ", ".join(sorted(CONFIGURATIONS))
        document.refuse(f"has the config {config!r}, which is none of {known}")
    return config


def _descending(
    document: Document, method: str, names: tuple[str, ...]
) -> frozenset[str]:
    if document.value.get("descending") is None:
        return frozenset()
    falling = frozenset(document.text_list("descending"))
    if method != "btree" or not falling <= set(names):
        document.refuse("has 'descending' that is not some of a btree's columns")
    return falling


_FIT: dict[str, tuple[str, Callable[[Field], bool]]] = {
    "trigram": ("text", lambda field: field.type.name == "text"),
    "fts": ("text", lambda field: field.type.name == "text"),
    "array": (
        "arrays or jsonb",
        lambda field: field.type.name.endswith("[]") or field.type.name == "jsonb",
    ),
}


def _check_types(document: Document, method: str, fields: tuple[Field, ...]) -> None:
    if method not in _FIT:
        return
    words, fits = _FIT[method]
    for field in fields:
        if not fits(field):
            document.refuse(f"indexes {field.name} by {method}, which takes {words}")


def _indexes(
    replay: Replay, document: Document, table: Table, key: IndexKey, index: Index
) -> Ddl:
    """Make an index, and remember it."""
    method, names = key
    if key in table.indexes:
        document.refuse(f"makes a second index on {', '.join(names)}")
    earlier = replay.earlier(table)
    known = None if earlier is None else earlier.indexes.get(key)
    kind = "key" if index.unique else "idx"
    made = replay.made_name(kind, table, [*names, *_worded(method)])
    index = evolve(index, name=made if known is None else known.name)
    table.indexes[key] = index
    return _build(replay, table, key, index)


def _worded(method: str) -> list[str]:
    return [] if method == "btree" else [method]


def _build(replay: Replay, table: Table, key: IndexKey, index: Index) -> Ddl:
    what = "UNIQUE INDEX" if index.unique else "INDEX"
    on = f"{quote(index.name)} ON {replay.sql_name(table)} {_elements(key, index)}"
    drop = f"{quote(replay.module)}.{quote(index.name)}"
    name = replay.full_name(table)
    concurrent = (Lock(name, SHARE_UPDATE_EXCLUSIVE),)
    trigrams = (Alone(_TRIGRAMS, (), Work.NONE, patient=False),)
    gentle = Gentle(
        build=(
            *(trigrams if key[0] == "trigram" else ()),
            Alone(f"CREATE {what} CONCURRENTLY {on}", concurrent, Work.BUILD,
                  patient=True),
        ),
        undo=Alone(f"DROP INDEX CONCURRENTLY IF EXISTS {drop}", concurrent, Work.NONE,
                   patient=True),
        may_wait=not index.unique,
    )  # fmt: skip
    return Ddl(f"CREATE {what} {on}", (Lock(name, SHARE),), Work.BUILD, gentle=gentle)


def _elements(key: IndexKey, index: Index) -> str:
    method, names = key
    if index.unique:
        return f'({", ".join(map(quote, names))}) WHERE "deleted_at" IS NULL'
    if method == "btree":
        parts = (
            f"{quote(name)} DESC" if name in index.descending else quote(name)
            for name in names
        )
        return f"({', '.join(parts)})"
    if method == "trigram":
        # The operator class is not in the search path of any session.
        return (
            f"USING gin ({', '.join(f'{quote(n)} eerp.gin_trgm_ops' for n in names)})"
        )
    if method == "fts":
        config = f"{literal(index.config)}::regconfig"
        words = (f"to_tsvector({config}, {quote(name)})" for name in names)
        return f"USING gin ({', '.join(words)})"
    return f"USING gin ({', '.join(map(quote, names))})"


def drop_index(replay: Replay, document: Document) -> Iterator[Ddl]:
    """Drop the index on these columns, or the unique key."""
    table = replay.table(document)
    names = tuple(field.name for field in _indexed(table, document))
    yield _dropped(replay, document, table, (_method(document), names), "no index")


def drop_unique(replay: Replay, document: Document) -> Iterator[Ddl]:
    """Drop the unique key on these columns."""
    table = replay.table(document)
    key = ("btree", tuple(field.name for field in _indexed(table, document)))
    index = table.indexes.get(key)
    if index is not None and not index.unique:
        document.refuse(f"names an index on {', '.join(key[1])} that is not unique")
    yield _dropped(replay, document, table, key, "no unique key")


def _dropped(
    replay: Replay, document: Document, table: Table, key: IndexKey, absent: str
) -> Ddl:
    index = table.indexes.pop(key, None)
    if index is None:
        document.refuse(f"names {absent}: there is none on {', '.join(key[1])}")
    return Ddl(
        f"DROP INDEX {quote(replay.module)}.{quote(index.name)}",
        (Lock(replay.full_name(table), ACCESS_EXCLUSIVE),),
        disturbs=True,
    )


def add_foreign_key(replay: Replay, document: Document) -> Iterator[Ddl]:
    """A reference, and, unless it is set null, that live records refer to live ones."""
    table = replay.table(document)
    column = own_column(table, document)
    action = _action(document, table, column)
    target = _target(replay, document)
    if column.name in table.keys:
        document.refuse(f"makes a second reference of {column.name}")
    plain = _key_name(replay, table, column)
    names = [plain]
    yield _key(
        replay, table, target, plain,
        f'FOREIGN KEY ({quote(column.name)}) REFERENCES {_sql(target)} ("id") '
        f"ON DELETE {_ON_DELETE[action]}",
    )  # fmt: skip
    if action in _ALIVE_SUFFIX:
        names.append(replay.sibling(plain, _ALIVE_SUFFIX[action]))
        cascade = " ON DELETE CASCADE" if action == "cascade" else ""
        yield _key(
            replay, table, target, names[1],
            f'FOREIGN KEY ({quote(column.name)}, "{ALIVE}") REFERENCES {_sql(target)} '
            f'("id", "{ALIVE}"){cascade}',
        )  # fmt: skip
    table.keys[column.name] = ForeignKey(target, action, tuple(names))


def _key_name(replay: Replay, table: Table, column: Field) -> str:
    earlier = replay.earlier(table)
    known = None if earlier is None else earlier.keys.get(column.name)
    return known.names[0] if known else replay.made_name("fkey", table, [column.name])


def _action(document: Document, table: Table, column: Field) -> str:
    action: str = document.get("on_delete", str, "restrict")
    if action not in _ON_DELETE:
        document.refuse(f"has an 'on_delete' that is none of {', '.join(_ON_DELETE)}")
    if column.type.name != "uuid":
        document.refuse(f"refers by {column.name}, which is not of type uuid")
    if action == "set_null" and not column.nullable:
        document.refuse(f"sets {column.name} to null, which may not be null")
    if action == "cascade" and table.extends is not None:
        document.refuse(
            f"would delete rows of {table.name}, which live with what they extend: "
            "'on_delete' is restrict or set_null"
        )
    return action


def _target(replay: Replay, document: Document) -> TableName:
    references = Document(
        f"{document.place}, references", document.get("references", dict), replay.fail
    )
    references.only("module", "table")
    module, table = references.get("module", str), references.get("table", str)
    if module == replay.module:
        if replay.table(references).extends is not None:
            references.refuse("names an extension: refer to the table that it extends")
    elif module not in replay.depends:
        references.refuse(f"names module {module!r}, which is not in depends")
    if not is_identifier(table):
        references.refuse(f"has the table {table!r}, which is not an identifier")
    return (module, table)


def _sql(name: TableName) -> str:
    return f"{quote(name[0])}.{quote(name[1])}"


def _key(
    replay: Replay, table: Table, target: TableName, name: str, definition: str
) -> Ddl:
    own = replay.full_name(table)
    locks = (Lock(own, SHARE_ROW_EXCLUSIVE), Lock(target, SHARE_ROW_EXCLUSIVE))
    return add_constraint(replay, table, name, definition, locks)


def drop_foreign_key(replay: Replay, document: Document) -> Iterator[Ddl]:
    """Drop the reference of a column; the column stays."""
    table = replay.table(document)
    name = own_column(table, document).name
    key = table.keys.get(name)
    if key is None:
        document.refuse(f"names no reference: {name} has none")
    for rule_name, rule in table.rules.items():
        if rule.kind == "balance" and rule.group == name:
            document.refuse(f"drops what the balance {rule_name!r} stands on")
    del table.keys[name]
    drops = ", ".join(f"DROP CONSTRAINT {quote(one)}" for one in key.names)
    yield Ddl(
        f"ALTER TABLE {replay.sql_name(table)} {drops}",
        (Lock(replay.full_name(table), ACCESS_EXCLUSIVE),
         Lock(key.target, ACCESS_EXCLUSIVE)),
        disturbs=True,
    )  # fmt: skip
