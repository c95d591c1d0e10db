"""A shop with rules, companies and a hidden field, and who works there."""

from __future__ import annotations

import json
from typing import Any

from attrs import frozen

from eerp.database.pool import Pool
from eerp.interfaces import Identity, Statement, TransactionBegin
from eerp.kept import Comments, Filters, Preferences
from eerp.migrations.apply import apply, plan
from eerp.orm.model import Model
from eerp.orm.registry import ModelRegistry
from eerp.orm.repository import Repository
from tests.postgres.rival_shop import CUSTOMERS, MIGRATIONS, ORDERS, USERS

_INDEX = {
    "entity": "customers",
    "version": 2,
    "operations": [
        {
            "type": "add_index",
            "table": "customers",
            "columns": ["name"],
            "method": "trigram",
        }
    ],
}


@frozen
class Shop:
    """The shop on a fresh database."""

    pool: Pool
    records: Repository
    comments: Comments
    filters: Filters
    preferences: Preferences

    @property
    def customers(self) -> Model:
        return self.records.registry.model("shop", "customers")

    @property
    def orders(self) -> Model:
        return self.records.registry.model("shop", "orders")

    async def do(self, who: Identity, op: str, model: str, **said: Any) -> Any:
        """One operation for a user."""
        transaction = self.pool.transaction(
            TransactionBegin(False, who.user_id, "r1", "shop")
        )
        asked = {"op": op, "model": model, **said}
        try:
            result = await self.records.run(transaction, "shop", asked, actor=who)
            await transaction.commit()
        except BaseException:
            await transaction.rollback()
            raise
        return json.loads(result.body or b"null")

    async def customer(self, who: Identity, name: str, **more: Any) -> str:
        """A new customer's id."""
        made = await self.do(who, "create", "customers", values={"name": name, **more})
        return str(made["id"])


async def open_shop(pool: Pool, *, indexed: bool = False) -> Shop:
    """Open it; the names of customers are found by an index if they are `indexed`."""
    registry = ModelRegistry()
    registry.register("shop", [{**CUSTOMERS, "display": "name"}, ORDERS])
    registry.freeze()
    steps = [*MIGRATIONS, _INDEX] if indexed else MIGRATIONS
    await apply(pool, "shop", plan(steps, {}, "shop", ()))
    for user in USERS:
        sql = "INSERT INTO eerp.users (id, username, password_hash) VALUES (%s, %s, '')"
        values = (user.user_id, user.username)
        await pool.query(Statement(sql, values), read_only=False)
    records = Repository(registry, b"k" * 32)
    return Shop(
        pool, records, Comments(pool, records), Filters(pool), Preferences(pool)
    )
