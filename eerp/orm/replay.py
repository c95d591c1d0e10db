"""A module's tables on paper, as its migrations leave them step by step; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NoReturn

from attrs import Factory, define

from eerp.errors import MigrationRefused
from eerp.limits import IDENTIFIER_BYTES_MAX
from eerp.orm.document import Document
from eerp.orm.fields import quote
from eerp.orm.model import Field

__all__ = ["Replay", "Table"]


@define
class Table:
    """A table as the operations so far leave it; `indexes` by their columns."""

    name: str
    columns: dict[str, Field]
    indexes: dict[tuple[str, ...], str] = Factory(dict)
    checks: set[str] = Factory(set)


@define
class Replay:
    """Where the replay is: the tables so far, and the step that is being read."""

    module: str
    depends: frozenset[str]
    tables: dict[str, Table] = Factory(dict)
    step: str = ""

    def fail(self, message: str) -> NoReturn:
        """Refuse the migrations; `message` is a sentence."""
        raise MigrationRefused(self.module, message)

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

    def made_name(self, kind: str, table: Table, columns: Sequence[str]) -> str:
        """The name of an index or constraint: readable, and met only once."""
        readable = f"{table.name}_{'_'.join(columns)}_{kind}"
        digest = hashlib.sha256(f"{self.step}/{readable}".encode()).hexdigest()[:10]
        return f"{readable[: IDENTIFIER_BYTES_MAX - 11]}_{digest}"
