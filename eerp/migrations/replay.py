"""A module's tables on paper, as its migrations leave them step by step; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NoReturn

from attrs import Factory, define, evolve, frozen

from eerp.errors import MigrationRefused
from eerp.limits import IDENTIFIER_BYTES_MAX
from eerp.migrations.statement import TableName
from eerp.orm.document import Document
from eerp.orm.fields import quote
from eerp.orm.model import Field

__all__ = [
    "Computed", "ForeignKey", "Index", "IndexKey", "Replay", "Rule", "Table",
]  # fmt: skip

_DIGEST_CHARACTERS = 10


@frozen
class Index:
    """An index on columns, or on what `method` makes of them."""

    name: str
    unique: bool = False
    config: str = ""
    descending: frozenset[str] = frozenset()


@frozen
class ForeignKey:
    """A reference to another table: one constraint, or two when deletions count."""

    target: TableName
    on_delete: str
    names: tuple[str, ...]


@frozen
class Computed:
    """A generated column: its expression, and the columns that stand in it."""

    sql: str
    columns: frozenset[str]


@frozen
class Rule:
    """An invariant by its name; `kind` is the operation that adds it, without `add_`.

    A balance adds up by its column `group`, and also stands on columns of the `parent`
    that this refers to.
    """

    kind: str
    sql: str
    columns: frozenset[str]
    group: str = ""
    parent: str = ""
    parent_columns: frozenset[str] = frozenset()


IndexKey = tuple[str, tuple[str, ...]]
"""A method, and the columns in order."""


@define
class Table:
    """A table as the operations so far leave it; `indexes` by method and columns,
    `keys` by their column."""

    name: str
    columns: dict[str, Field]
    computed: dict[str, Computed] = Factory(dict)
    indexes: dict[IndexKey, Index] = Factory(dict)
    keys: dict[str, ForeignKey] = Factory(dict)
    rules: dict[str, Rule] = Factory(dict)
    extends: TableName | None = None

    def copy(self) -> Table:
        """The same, to be changed without changing this one."""
        return evolve(
            self,
            columns=dict(self.columns),
            computed=dict(self.computed),
            indexes=dict(self.indexes),
            keys=dict(self.keys),
            rules=dict(self.rules),
        )

    def shape(self) -> dict[str, Any]:
        """What must be as it was for one table to be another's equal."""
        columns = {
            name: (column.type.name, column.nullable, column.default)
            for name, column in self.columns.items()
        }
        return {
            "columns": columns,
            "computed columns": self.computed,
            "indexes": self.indexes,
            "foreign keys": self.keys,
            "rules": self.rules,
            "extended table": self.extends,
        }


@define
class Replay:
    """Where the replay is: the tables so far, and the step that is being read.

    While a way back is read, `before` has the tables that it must lead to.
    """

    module: str
    depends: frozenset[str]
    tables: dict[str, Table] = Factory(dict)
    step: str = ""
    before: dict[str, Table] | None = None

    def fail(self, message: str) -> NoReturn:
        """Refuse the migrations; `message` is a sentence."""
        raise MigrationRefused(self.module, message)

    def copy_tables(self) -> dict[str, Table]:
        """The tables so far, to be changed by themselves."""
        return {name: table.copy() for name, table in self.tables.items()}

    def full_name(self, table: Table) -> TableName:
        """A table of the module, with its schema."""
        return (self.module, table.name)

    def sql_name(self, table: Table) -> str:
        """A table of the module, in SQL."""
        return f"{quote(self.module)}.{quote(table.name)}"

    def table(self, document: Document) -> Table:
        """The table that an operation is about."""
        name = document.get("table", str)
        found = self.tables.get(name)
        if found is None:
            known = ", ".join(self.tables) or "none"
            document.refuse(f"names no table: {name!r}; there are: {known}")
        return found

    def earlier(self, table: Table) -> Table | None:
        """The table as a way back must leave it, while one is read."""
        return None if self.before is None else self.before.get(table.name)

    def made_name(self, kind: str, table: Table, columns: Sequence[str]) -> str:
        """The name of an index or constraint: readable, and met only once."""
        readable = f"{table.name}_{'_'.join(columns)}_{kind}"
        digest = hashlib.sha256(f"{self.step}/{readable}".encode()).hexdigest()
        short = readable[: IDENTIFIER_BYTES_MAX - _DIGEST_CHARACTERS - 1]
        return f"{short}_{digest[:_DIGEST_CHARACTERS]}"

    @staticmethod
    def sibling(name: str, suffix: str) -> str:
        """The name of what belongs to a `made_name`: the same, and `suffix`."""
        tail = name[-_DIGEST_CHARACTERS - 1 :] + suffix
        return (
            name[: -_DIGEST_CHARACTERS - 1][: IDENTIFIER_BYTES_MAX - len(tail)] + tail
        )
