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
TARGETS_US = {"get": 10, "create": 10, "update": 10, "find": 40}
FIELDS = {
    "first_name": "text", "last_name": "text", "email": "text", "phone": "text",
    "company_id": "uuid", "tags": "text[]", "credit": "numeric(12,2)",
    "born_on": "date", "notes": "text", "active": "boolean",
}  # fmt: skip
VALUES = {
    "first_name": "Ann", "last_name": "Berg", "email": "ann@example.com",
    "company_id": ID, "credit": "1200.50", "active": True,
}  # fmt: skip
ACTOR = Identity(ID, "ann", None, (), frozenset())


def operations(registry: ModelRegistry, cursors: Cursors) -> dict[str, Any]:
    """One operation of each kind, on a contact of ten fields."""
    find: dict[str, Any] = {
        "op": "find",
        "model": "contacts",
        "where": {
            "and": [
                {"field": "last_name", "op": "ilike", "value": "*an*"},
                {"field": "active", "op": "is", "value": True},
            ]
        },
        "order": [["last_name", "asc"], ["created_at", "desc"]],
        "limit": 50,
    }
    model = registry.model("crm", "contacts")
    order = read_find(model, find).order
    find["cursor"] = cursors.seal(model, order, ["Berg", "2026-01-31T17:30:00Z", ID])
    one = {"model": "contacts", "id": ID}
    return {
        "get": {"op": "get", **one},
        "create": {"op": "create", "model": "contacts", "values": VALUES},
        "update": {"op": "update", **one, "values": VALUES, "version": 3},
        "find": find,
    }


def main() -> None:
    """Print one line for each operation."""
    registry, cursors = ModelRegistry(), Cursors(b"k" * 32)
    fields = [{"name": name, "type": kind} for name, kind in FIELDS.items()]
    registry.register("crm", [{"name": "contacts", "fields": fields}])
    for name, operation in operations(registry, cursors).items():

        def once(operation: Any = operation) -> None:
            prepare(registry, cursors, "crm", operation, ACTOR)

        best = min(timeit.repeat(once, number=2000, repeat=7)) / 2000 * 1e6
        print(f"{name:<8} {best:7.1f} us   target < {TARGETS_US[name]} us")


if __name__ == "__main__":
    main()
