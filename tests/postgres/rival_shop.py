"""A shop with rules, scope and a hidden field: the real one, and what its rows are."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from functools import partial
from typing import Any
from uuid import UUID

import orjson
import psycopg2
from attrs import Factory, define
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread

from eerp.database.pool import Pool
from eerp.interfaces import Identity, Statement, TransactionBegin
from eerp.orm.repository import Repository

A, B = "00000000-0000-7000-8000-0000000000aa", "00000000-0000-7000-8000-0000000000bb"
NAMES = ("Alma", "Bert", "Cleo", "Dora")
TIERS = ("gold", "silver")
NOBODY = "018f0000-0000-7000-8000-000000000000"


def _user(number: int, name: str, roles: str, companies: str, grants: str) -> Identity:
    own = tuple({"A": A, "B": B}[letter] for letter in companies)
    return Identity(
        user_id=str(UUID(int=number)),
        username=name,
        company_id=own[0] if own else None,
        companies=own,
        roles=tuple(roles.split()),
        permissions=frozenset(grants.split()),
    )


_CLERK = "shop.customers.write shop.customers.read shop.orders.write shop.orders.read"
ANN = _user(1, "ann", "seller", "A", f"{_CLERK} shop.orders.note")
BOB = _user(2, "bob", "manager", "AB", "shop.*")
CID = _user(3, "cid", "seller", "B", _CLERK)
ROOT = _user(4, "root", "", "", "*")
USERS = (ANN, BOB, CID, ROOT)

_OWN_OR_FREE = {
    "or": [
        {"field": "owner_id", "op": "is", "value": None},
        {"field": "owner_id", "op": "eq", "value": {"identity": "user_id"}},
    ]
}
CUSTOMERS: dict[str, Any] = {
    "name": "customers",
    "company": "own_company_id",
    "order": [["name", "asc"]],
    "rules": [
        {
            "role": "seller",
            "operations": ["read", "create", "update", "delete"],
            "where": _OWN_OR_FREE,
        }
    ],
    "fields": [
        {"name": "name", "type": "text", "nullable": False},
        {"name": "tier", "type": "text", "values": list(TIERS)},
        {"name": "owner_id", "type": "uuid"},
        {"name": "own_company_id", "type": "uuid"},
    ],
}
ORDERS: dict[str, Any] = {
    "name": "orders",
    "fields": [
        {
            "name": "customer_id",
            "type": "uuid",
            "nullable": False,
            "references": {"module": "shop", "model": "customers"},
        },
        {"name": "amount", "type": "numeric(12,2)", "nullable": False},
        {"name": "note", "type": "text", "read": "shop.orders.note"},
    ],
}


def _table(model: dict[str, Any], *further: dict[str, Any]) -> dict[str, Any]:
    columns = [
        {
            "column": field["name"],
            "sql_type": field["type"],
            "nullable": field.get("nullable", True),
        }
        for field in model["fields"]
    ]
    table = {"type": "create_table", "table": model["name"], "columns": columns}
    operations = [table, *({"table": model["name"], **one} for one in further)]
    return {"entity": model["name"], "version": 1, "operations": operations}


MIGRATIONS = [
    _table(CUSTOMERS, {"type": "add_unique", "columns": ["name"]}),
    _table(
        ORDERS,
        {
            "type": "add_foreign_key",
            "column": "customer_id",
            "references": {"module": "shop", "table": "customers"},
            "on_delete": "restrict",
        },
    ),
]


@define
class Row:
    """A record as it should be."""

    id: str
    model: str
    values: dict[str, Any]
    version: int = 1
    deleted: bool = False
    trail: list[tuple[str, str]] = Factory(list)

    def shows(self, user: Identity) -> dict[str, Any]:
        """What `user` is shown of it, without what only the database can know."""
        values = dict(self.values)
        if self.model == "orders" and not user.may("shop.orders.note"):
            del values["note"]
        return {"id": self.id, "version": self.version, **values}


def _in_scope(user: Identity, values: dict[str, Any]) -> bool:
    company = values["own_company_id"]
    return user.unscoped or company is None or company in user.companies


def may_have(user: Identity, values: dict[str, Any]) -> bool:
    """Whether scope and rules let `user` have to do with a customer like this."""
    if "own_company_id" not in values:
        return True
    theirs = "seller" not in user.roles or values["owner_id"] in (None, user.user_id)
    return _in_scope(user, values) and theirs


@define
class World:
    """The real shop: PostgreSQL, and the ORM in front of it."""

    pool: Pool
    repository: Repository
    superuser_dsn: str
    purged: list[Row] = Factory(list)

    def clear(self) -> None:
        """Begin anew with no record; the trail of those that were stays."""
        self.purged.clear()
        connection = psycopg2.connect(self.superuser_dsn)
        try:
            connection.cursor().execute(
                "SET session_replication_role = replica;"
                "DELETE FROM shop.orders; DELETE FROM shop.customers;"
            )
            connection.commit()
        finally:
            connection.close()

    def run(self, user: Identity, operation: dict[str, Any]) -> Any:
        """One operation as a whole request."""
        return _wait(self._run(user, operation))

    async def _run(self, user: Identity, operation: dict[str, Any]) -> Any:
        begin = TransactionBegin(
            read_only=operation["op"] in ("get", "find", "count", "aggregate"),
            actor=user.user_id,
            request_id="r1",
            module="shop",
        )
        transaction = self.pool.transaction(begin)
        try:
            result = await self.repository.run(
                transaction, "shop", orjson.dumps(operation), actor=user, last=True
            )
            return orjson.loads(result.body)
        finally:
            await transaction.rollback()

    def trail(self, row: Row) -> list[tuple[str, str, Any, Any]]:
        """What the audit trail tells of a record: action, actor, before, after."""
        asked = Statement(
            "SELECT action, actor, before::text, after::text FROM eerp.audit"
            " WHERE model = %s AND record_id = %s"
            " ORDER BY coalesce((after->>'version')::integer, 1000000)",
            (f"shop.{row.model}", row.id),
        )
        lines = _wait(self.pool.query(asked))
        return [(*line[:2], _image(line[2]), _image(line[3])) for line in lines]


def _image(text: str | None) -> Any:
    """A record as the trail has it, numbers as they are written."""
    return None if text is None else json.loads(text, parse_float=str)


def _wait(coroutine: Coroutine[Deferred[Any], Any, Any]) -> Any:
    """What a coroutine comes to on the reactor; called from another thread."""
    run = partial(Deferred.fromCoroutine, coroutine)
    return blockingCallFromThread(reactor, run)
