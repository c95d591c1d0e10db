"""A module's tables on a real database, and two transactions at once on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from attrs import frozen
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from eerp.database.pool import Pool
from eerp.interfaces import Rows, Statement, Transaction, TransactionBegin
from eerp.migrations.apply import apply, plan

BEGIN = TransactionBegin(read_only=False, actor=None, request_id="test", module="shop")


def step(entity: str, version: int, *operations: Any, **more: Any) -> Any:
    """A version of a module's migrations."""
    listed = list(operations)
    return {"entity": entity, "version": version, "operations": listed, **more}


def table(name: str, *columns: Any) -> Any:
    """The operation that makes a table; a column is its name and type, or its JSON."""
    made = [
        one if isinstance(one, dict) else {"column": one[0], "sql_type": one[1]}
        for one in columns
    ]
    return {"type": "create_table", "table": name, "columns": made}


def key(name: str, column: str, to: str, on_delete: str = "restrict") -> Any:
    """The operation that makes a reference within the module."""
    return {
        "type": "add_foreign_key", "table": name, "column": column,
        "references": {"module": "shop", "table": to}, "on_delete": on_delete,
    }  # fmt: skip


@frozen
class Shop:
    """The module ``shop``, whose tables were migrated."""

    pool: Pool

    async def migrate(self, *steps: Any, **how: Any) -> int:
        """Apply all of `steps`; none was before."""
        return await apply(self.pool, "shop", plan(list(steps), {}, "shop", ()), **how)

    def begin(self) -> Transaction:
        """A transaction such as a request's."""
        return self.pool.transaction(BEGIN)

    async def run(self, sql: str, *values: Any) -> Rows:
        """One statement in a transaction of its own."""
        return await self.begin().run_last(Statement(sql, values))

    async def add(self, name: str, /, **values: Any) -> str:
        """A new row; its id."""
        return await add(self.begin(), name, last=True, **values)

    async def alive(self, name: str) -> dict[str, bool]:
        """The rows of a table by their ids, and whether each is not deleted."""
        rows = await self.run(f"SELECT id::text, deleted_at IS NULL FROM shop.{name}")
        return dict(rows)

    async def delete(self, name: str, record: str) -> None:
        """Delete as requests do, softly."""
        await delete(self.begin(), name, record, last=True)

    async def restore(self, name: str, record: str) -> None:
        """Undo a deletion."""
        await self.run(
            f"UPDATE shop.{name} SET deleted_at = NULL WHERE id = %s::uuid", record
        )


async def add(
    transaction: Transaction, name: str, /, *, last: bool = False, **values: Any
) -> str:
    """A new row, in a transaction; its id."""
    record = str(uuid4())
    columns = ", ".join(["id", *values])
    marks = ", ".join(["%s"] * (1 + len(values)))
    statement = Statement(
        f"INSERT INTO shop.{name} ({columns}) VALUES ({marks})",
        (record, *values.values()),
    )
    await (transaction.run_last if last else transaction.run)(statement)
    return record


async def delete(
    transaction: Transaction, name: str, record: str, *, last: bool = False
) -> None:
    """A soft deletion, in a transaction."""
    statement = Statement(
        f"UPDATE shop.{name} SET deleted_at = now() WHERE id = %s::uuid", (record,)
    )
    await (transaction.run_last if last else transaction.run)(statement)


async def see(transaction: Transaction) -> None:
    """Take the snapshot that the transaction works on."""
    await transaction.run(Statement("SELECT 1"))


def started(coroutine: Any) -> Deferred[Any]:
    """Begin something that may have to wait."""
    return Deferred.fromCoroutine(coroutine)


async def moment(seconds: float = 0.2) -> None:
    """Time enough for what was started to wait in PostgreSQL."""
    await deferLater(reactor, seconds)


def outcomes(values: Iterable[Any]) -> list[str]:
    """The names of errors' classes, and ``done`` for what was no error."""
    return [
        type(value).__name__ if isinstance(value, Exception) else "done"
        for value in values
    ]
