"""Two modules whose records are not for everybody, on a fresh database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from attrs import evolve, frozen

from eerp.database.pool import Pool
from eerp.interfaces import Identity, Statement, Transaction, TransactionBegin
from eerp.migrations.apply import apply, plan
from eerp.orm.registry import ModelRegistry
from eerp.orm.repository import OperationResult, Repository
from tests.orm.business import COUNTRIES, DEALS, FIRMS, business
from tests.orm.given import ID, created

NORTH = "018f4e9a-7c1b-7d2e-8f3a-000000000001"
SOUTH = "018f4e9a-7c1b-7d2e-8f3a-000000000002"
BOB_ID = "018f4e9a-7c1b-7d2e-8f3a-000000000003"

_SCENERY = (
    'ALTER TABLE crm.deals DROP COLUMN "label"',
    "ALTER TABLE crm.deals ADD COLUMN label text GENERATED ALWAYS AS "
    "('#' || title) STORED",
    "CREATE SCHEMA loyalty",
    "CREATE TABLE loyalty.firms_extension (id uuid PRIMARY KEY REFERENCES crm.firms "
    "ON DELETE CASCADE, points integer DEFAULT 0, level text, "
    "patron_id uuid REFERENCES crm.firms)",
)


def user(
    *permissions: str,
    id_: str = ID,
    roles: Iterable[str] = (),
    companies: tuple[str, ...] = (NORTH,),
) -> Identity:
    """Somebody who may read every model, and what else is named."""
    here = companies[0] if companies else None
    may = frozenset({"crm.firms.read", "crm.deals.read", "core.*", *permissions})
    return Identity(id_, "ann", here, tuple(roles), may, companies=companies)


ROOT = Identity(ID, "root", NORTH, (), frozenset({"*"}), companies=(NORTH,))
ANN = user()
BOB = user(id_=BOB_ID, companies=(SOUTH,))


@frozen
class Office:
    """The modules' operations, by whoever acts."""

    pool: Pool
    repository: Repository
    registry: ModelRegistry
    module: str = "crm"

    def begin(self) -> Transaction:
        """A transaction of the module."""
        begin = TransactionBegin(
            read_only=False, actor=ID, request_id="test", module=self.module
        )
        return self.pool.transaction(begin)

    async def result(
        self, actor: Identity | None, op: str, model: str, **more: Any
    ) -> OperationResult:
        """One operation in a transaction of its own, as the last of a request."""
        transaction = self.begin()
        operation = orjson.dumps({"op": op, "model": model, **more})
        try:
            return await self.repository.run(
                transaction, self.module, operation, actor=actor, last=True
            )
        finally:
            await transaction.rollback()

    async def run(
        self, actor: Identity | None, op: str, model: str, **more: Any
    ) -> Any:
        """What it answers, parsed."""
        return orjson.loads((await self.result(actor, op, model, **more)).body)

    async def create(self, model: str, **values: Any) -> Any:
        """A record that nobody's access stood in the way of."""
        return await self.run(ROOT, "create", model, values=values)

    async def found(
        self, actor: Identity | None, model: str, *query: tuple[str, str]
    ) -> list[Any]:
        """The records of a query string."""
        page = await self.run(actor, "find", model, query=query)
        items: list[Any] = page["items"]
        return items

    async def names(
        self, actor: Identity | None, model: str, *query: tuple[str, str]
    ) -> list[str]:
        """What the records of a query string are called, sorted."""
        key = "title" if model == "deals" else "name"
        return sorted(item[key] for item in await self.found(actor, model, *query))

    async def sql(self, sql: str) -> Any:
        """The rows of plain SQL."""
        transaction = self.begin()
        try:
            return await transaction.run_last(Statement(sql))
        finally:
            await transaction.rollback()


async def open_office(pool: Pool) -> Office:
    """The modules, with their tables."""
    registry = business()
    await apply(pool, "core", plan([created(COUNTRIES)], {}, "core", ()))
    migrations = [created(FIRMS), created(DEALS)]
    await apply(pool, "crm", plan(migrations, {}, "crm", ("core",)))
    office = Office(pool, Repository(registry, b"key"), registry)
    for statement in _SCENERY:
        await office.sql(statement)
    return office


def with_permissions(identity: Identity, *permissions: str) -> Identity:
    """The same user, who may do more."""
    return evolve(identity, permissions=identity.permissions | set(permissions))
