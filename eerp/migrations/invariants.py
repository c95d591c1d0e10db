"""Operations of migrations on invariants, which PostgreSQL holds; pure.

A check looks at one record, an exclusion at two, a balance at all of a group.
"""

from __future__ import annotations

from collections.abc import Iterator

from eerp.limits import BALANCE_AMOUNTS_MAX, BALANCE_FACTOR_MAX, IDENTIFIER_BYTES_MAX
from eerp.migrations.balance import Balance
from eerp.migrations.columns import (
    condition,
    known_column,
    known_columns,
    new_name,
    own_column,
)
from eerp.migrations.constraints import add_constraint
from eerp.migrations.replay import Replay, Rule, Table
from eerp.migrations.statement import (
    ACCESS_EXCLUSIVE,
    SHARE_ROW_EXCLUSIVE,
    Ddl,
    Lock,
    Work,
)
from eerp.orm.document import Document
from eerp.orm.fields import quote
from eerp.orm.model import Field

__all__ = [
    "add_balance", "add_check", "add_exclude", "drop_balance", "drop_check",
    "drop_exclude",
]  # fmt: skip

_ORDER_SUFFIX = "_order"
_RANGES = {"date": ("daterange", "[]"), "timestamptz": ("tstzrange", "[)")}
_NO_GIST = frozenset({"jsonb"})
_AMOUNTS = frozenset({"integer", "bigint", "numeric"})


def add_check(replay: Replay, document: Document) -> Iterator[Ddl]:
    """What each record must be, over constants."""
    table = replay.table(document)
    name = new_name(document, "name", table.rules)
    sql, columns = condition(table, document, "condition")
    table.rules[name] = Rule("check", sql, columns)
    yield _check(replay, table, name, sql)


def _check(replay: Replay, table: Table, name: str, sql: str) -> Ddl:
    locks = (Lock(replay.full_name(table), ACCESS_EXCLUSIVE),)
    return add_constraint(replay, table, name, f"CHECK ({sql})", locks)


def drop_check(replay: Replay, document: Document) -> Iterator[Ddl]:
    """Drop a check by its name."""
    table = replay.table(document)
    name = _drop(document, table, "check", "order")
    yield _dropped(replay, table, name)


def _drop(document: Document, table: Table, *kinds: str) -> str:
    """Forget a rule of one of the kinds; its name."""
    name: str = document.get("name", str)
    rule = table.rules.get(name)
    if rule is None or rule.kind not in kinds:
        known = ", ".join(n for n, r in table.rules.items() if r.kind in kinds)
        document.refuse(f"names no {kinds[0]}: {name!r}; there are: {known or 'none'}")
    del table.rules[name]
    return name


def _dropped(replay: Replay, table: Table, *names: str) -> Ddl:
    drops = ", ".join(f"DROP CONSTRAINT {quote(name)}" for name in names)
    lock = Lock(replay.full_name(table), ACCESS_EXCLUSIVE)
    return Ddl(f"ALTER TABLE {replay.sql_name(table)} {drops}", (lock,), disturbs=True)


def add_exclude(replay: Replay, document: Document) -> Iterator[Ddl]:
    """No two live records with the same `equal` columns overlap in time."""
    table = replay.table(document)
    name = new_name(document, "name", table.rules)
    order = f"{name}{_ORDER_SUFFIX}"
    if len(order) > IDENTIFIER_BYTES_MAX or order in table.rules:
        document.refuse(f"has a name that is too long, or {order} is there already")
    equal = known_columns(table, document, "equal")
    start, end = own_column(table, document, "from"), own_column(table, document, "to")
    sql = _exclusion(document, equal, start, end)
    columns = frozenset(field.name for field in (*equal, start, end))
    ordered = f"{quote(start.name)} <= {quote(end.name)}"
    table.rules[name] = Rule("exclude", sql, columns)
    table.rules[order] = Rule("order", ordered, frozenset({start.name, end.name}))
    yield Ddl("CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA eerp")
    # A range that ends before it begins is a fault of this record, not an overlap.
    yield _check(replay, table, order, ordered)
    yield Ddl(
        f"ALTER TABLE {replay.sql_name(table)} ADD CONSTRAINT {quote(name)} {sql}",
        (Lock(replay.full_name(table), ACCESS_EXCLUSIVE),),
        Work.BUILD,
    )


def _exclusion(
    document: Document, equal: tuple[Field, ...], start: Field, end: Field
) -> str:
    if start.type is not end.type or start.type.name not in _RANGES:
        document.refuse("has 'from' and 'to' that are not both date or timestamptz")
    if len({start.name, end.name, *(field.name for field in equal)}) < len(equal) + 2:
        document.refuse("names a column twice")
    for field in equal:
        if field.type.name in _NO_GIST or field.type.name.endswith("[]"):
            document.refuse(f"compares {field.name}, of type {field.type.name}")
    kind, bounds = _RANGES[start.type.name]
    same = ", ".join(f"{quote(field.name)} WITH =" for field in equal)
    during = f"{kind}({quote(start.name)}, {quote(end.name)}, '{bounds}')"
    return f'EXCLUDE USING gist ({same}, {during} WITH &&) WHERE ("deleted_at" IS NULL)'


def drop_exclude(replay: Replay, document: Document) -> Iterator[Ddl]:
    """Drop an exclusion by its name."""
    table = replay.table(document)
    name = _drop(document, table, "exclude")
    order = f"{name}{_ORDER_SUFFIX}"
    names = [name] if table.rules.pop(order, None) is None else [name, order]
    yield _dropped(replay, table, *names)


def add_balance(replay: Replay, document: Document) -> Iterator[Ddl]:
    """The amounts of the records of one group add up to zero at each commit.

    A group is what refers to one record, the parent. A change of the amounts writes
    the parent's row, though nothing in it changes, and whoever writes that row has
    its group added up when the transaction commits. So two transactions of which one
    posts an entry and the other adds a line to it write the same row, and PostgreSQL
    refuses the second of them, as it must: neither can see the other.
    """
    table = replay.table(document)
    name = new_name(document, "name", table.rules)
    group = own_column(table, document, "group")
    parent = _parent(replay, document, table, group)
    amounts = _amounts(document, table)
    when, parent_columns = "TRUE", frozenset[str]()
    if document.value.get("when") is not None:
        when, parent_columns = condition(parent, document, "when", "e.")
    balance = Balance(
        lines=replay.full_name(table),
        entries=replay.full_name(parent),
        name=name,
        group=group.name,
        amounts=amounts,
        when=when,
    )
    columns = frozenset({group.name, *(column for column, _ in amounts)})
    table.rules[name] = Rule(
        "balance", repr(balance), columns, group.name, parent.name, parent_columns
    )
    locks = _both(balance, SHARE_ROW_EXCLUSIVE)
    yield from (Ddl(sql, locks) for sql in balance.triggers())
    yield Ddl(balance.proof(), locks, Work.SCAN)


def _parent(replay: Replay, document: Document, table: Table, group: Field) -> Table:
    """The table of the records that `group` refers to."""
    key = table.keys.get(group.name)
    if key is None or key.target[0] != replay.module:
        document.refuse(
            f"groups by {group.name}, which refers to no table of the module"
        )
    parent = replay.tables[key.target[1]]
    if parent is table:
        document.refuse(f"groups by {group.name}, which refers to {table.name} itself")
    return parent


def _amounts(document: Document, table: Table) -> tuple[tuple[str, int], ...]:
    given = document.get("amounts", dict)
    if not 1 <= len(given) <= BALANCE_AMOUNTS_MAX:
        document.refuse(f"has 'amounts' that are not 1 to {BALANCE_AMOUNTS_MAX}")
    for name, factor in given.items():
        column = known_column(table, document, name)
        if column.type.name.partition("(")[0] not in _AMOUNTS:
            document.refuse(f"adds up {name}, of type {column.type.name}")
        whole = isinstance(factor, int) and not isinstance(factor, bool)
        if not whole or factor == 0 or abs(factor) > BALANCE_FACTOR_MAX:
            document.refuse(
                f"has a factor for {name} that is not a whole number from "
                f"-{BALANCE_FACTOR_MAX} to {BALANCE_FACTOR_MAX}, and not 0"
            )
    return tuple(given.items())


def drop_balance(replay: Replay, document: Document) -> Iterator[Ddl]:
    """Drop a balance by its name."""
    table = replay.table(document)
    rule = table.rules.get(document.get("name", str))
    name = _drop(document, table, "balance")
    assert rule is not None
    lines, entries = replay.full_name(table), (replay.module, rule.parent)
    balance = Balance(lines, entries, name, rule.group)
    locks = _both(balance, ACCESS_EXCLUSIVE)
    yield from (Ddl(sql, locks, disturbs=True) for sql in balance.drops())


def _both(balance: Balance, mode: str) -> tuple[Lock, ...]:
    return (Lock(balance.lines, mode), Lock(balance.entries, mode))
