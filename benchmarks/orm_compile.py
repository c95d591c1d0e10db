"""How long the ORM takes to turn an operation into a statement.

Run ``python benchmarks/orm_compile.py``. Each figure is the best of several rounds,
in microseconds, from the operation's JSON object (already parsed) to the statement
and its parameters, all checks included. The database takes no part.
"""

from __future__ import annotations

import timeit
from typing import Any

from eerp.interfaces import Identity
from eerp.orm.cursor import Cursors
from eerp.orm.operation import prepare
from eerp.orm.query import read_find
from eerp.orm.registry import ModelRegistry

ID = "018f4e9a-7c1b-7d2e-8f3a-4b5c6d7e8f90"
TARGETS_US = {
    "get": 10, "create": 10, "update": 10, "find": 40, "query": 60, "count": 20,
    "expand": 80, "aggregate": 60, "related": 40, "create_many": 500,
    "update_many": 500, "scoped get": 15, "scoped find": 60, "scoped create": 25,
    "scoped update": 30,
}  # fmt: skip
FIELDS = {
    "first_name": "text", "last_name": "text", "email": "text", "phone": "text",
    "company_id": "uuid", "tags": "text[]", "credit": "numeric(12,2)",
    "born_on": "date", "notes": "text", "active": "boolean",
}  # fmt: skip
VALUES = {
    "first_name": "Ann", "last_name": "Berg", "email": "ann@example.com",
    "company_id": ID, "credit": "1200.50", "active": True,
}  # fmt: skip
ACTOR = Identity(ID, "ann", ID, ("sales",), frozenset({"crm.*"}), companies=(ID,))
COMPANIES: dict[str, Any] = {
    "name": "companies", "fields": [{"name": "name", "type": "text"}],
}  # fmt: skip
CONTACTS: dict[str, Any] = {
    "name": "contacts",
    "fields": [
        {"name": name, "type": kind}
        | (
            {"references": {"module": "crm", "model": "companies"}}
            if name == "company_id"
            else {}
        )
        for name, kind in FIELDS.items()
    ],
}
OWNED = {
    "name": "owned",
    "company": "own_company_id",
    "rules": [
        {"role": "sales", "operations": ["read", "create", "update"],
         "where": {"field": "owner_id", "op": "eq", "value": {"identity": "user_id"}}}
    ],
    "fields": [
        *CONTACTS["fields"],
        {"name": "own_company_id", "type": "uuid"},
        {"name": "owner_id", "type": "uuid"},
        {"name": "salary", "type": "numeric(12,2)", "read": "hr.salary"},
    ],
}  # fmt: skip


def operations(registry: ModelRegistry, cursors: Cursors) -> dict[str, Any]:
    """One operation of each kind, on a contact of ten fields, and on records that are
    not for everybody."""
    active = {"field": "active", "op": "is", "value": True}
    where = {"and": [{"field": "last_name", "op": "ilike", "value": "*an*"}, active]}
    order = [["last_name", "asc"], ["created_at", "desc"]]
    find: dict[str, Any] = {
        "op": "find", "model": "contacts", "where": where, "order": order, "limit": 50,
    }  # fmt: skip
    model = registry.model("crm", "contacts")
    keys = read_find(model, find).order
    find["cursor"] = cursors.seal(model, keys, ["Berg", "2026-01-31T17:30:00Z", ID])
    query = [["last_name", "ilike.*an*"], ["active", "is.true"], ["limit", "50"],
             ["order", "last_name.asc,created_at.desc"]]  # fmt: skip
    one = {"model": "contacts", "id": ID}
    related = {"field": "company.name", "op": "ilike", "value": "*acme*"}
    totals = {"total": ["sum", "credit"], "n": ["count"]}
    return {
        "get": {"op": "get", **one},
        "create": {"op": "create", "model": "contacts", "values": VALUES},
        "update": {"op": "update", **one, "values": VALUES, "version": 3},
        "find": find,
        "query": {"op": "find", "model": "contacts", "query": query},
        "count": {"op": "count", "model": "contacts", "where": where},
        "expand": find | {"select": "first_name,last_name,company(name)"},
        "related": {"op": "find", "model": "contacts", "where": related},
        "aggregate": {"op": "aggregate", "model": "contacts", "group": ["company_id"],
                      "measures": totals, "order": [["total", "desc"]]},
        "create_many": {"op": "create_many", "model": "contacts",
                        "values": [VALUES] * 50},
        "update_many": {"op": "update_many", "model": "contacts", "changes": [
            {"id": f"{ID[:-2]}{n}", "values": VALUES} for n in range(10, 60)]},
        "scoped get": {"op": "get", **one, "model": "owned"},
        "scoped find": {"op": "find", "model": "owned", "where": where, "order": order},
        "scoped create": {"op": "create", "model": "owned", "values": VALUES},
        "scoped update": {"op": "update", **one, "model": "owned", "values": VALUES},
    }  # fmt: skip


def main() -> None:
    """Print one line for each operation; 50 records are written by the bulk ones."""
    registry, cursors = ModelRegistry(), Cursors(b"k" * 32)
    registry.register("crm", [COMPANIES, CONTACTS, OWNED])
    for name, operation in operations(registry, cursors).items():

        def once(operation: Any = operation) -> None:
            prepare(registry, cursors, "crm", operation, ACTOR)

        times = 2000 if TARGETS_US[name] < 200 else 200
        best = min(timeit.repeat(once, number=times, repeat=7)) / times * 1e6
        print(f"{name:<14} {best:7.1f} us   target < {TARGETS_US[name]} us")


if __name__ == "__main__":
    main()
