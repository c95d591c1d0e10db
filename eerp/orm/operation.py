"""One ORM operation of a module: from its JSON to a statement, and from rows to JSON.

Pure. What is the caller's fault (`ValidationFailed`, `NotFound`, `Forbidden`,
`PreconditionFailed`) is found before the statement or in its rows, never by a
statement that fails, so that the transaction goes on. There is one exception: a
record that was written, and that the caller may not leave so, fails its statement.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from attrs import frozen

from eerp.interfaces import Identity
from eerp.limits import GUEST_OPERATION_BYTES_MAX
from eerp.orm.access import Caller
from eerp.orm.bulk import create_many, update_many
from eerp.orm.call import Call, OperationResult, Prepared
from eerp.orm.cursor import Cursors
from eerp.orm.faults import refused
from eerp.orm.reads import aggregate, count, find, get, lock
from eerp.orm.registry import ModelRegistry
from eerp.orm.writes import create, delete, purge, restore, update

__all__ = ["OperationResult", "Prepared", "prepare"]


def prepare(
    registry: ModelRegistry,
    cursors: Cursors,
    module: str,
    operation: bytes | dict[str, Any],
    actor: Identity | None,
) -> Prepared:
    """Check one operation and compile it. Raises `ValidationFailed` and
    `Forbidden`."""
    fields = _parse(operation) if isinstance(operation, bytes) else operation
    op = fields.get("op")
    known = _OPERATIONS.get(op) if isinstance(op, str) else None
    if known is None:
        message = f"An operation is one of {', '.join(_OPERATIONS)}."
        raise refused("/op", "unknown", message)
    model = registry.model(module, fields.get("model"))
    unknown = fields.keys() - known.keys
    if unknown:
        name = min(unknown)
        raise refused(f"/{name}", "unknown", f"Operation {op} has no such key.")
    return known.prepare(Call(model, fields, cursors, Caller(actor)))


def _parse(operation: bytes) -> dict[str, Any]:
    if len(operation) > GUEST_OPERATION_BYTES_MAX:
        raise refused("", "too_long", "The operation is too long.")
    try:
        parsed = orjson.loads(operation)
    except orjson.JSONDecodeError:
        raise refused("", "format", "The operation is not JSON.") from None
    if not isinstance(parsed, dict):
        raise refused("", "format", "The operation is not a JSON object.")
    return parsed


@frozen
class _Operation:
    keys: frozenset[str]
    prepare: Callable[[Call], Prepared]


def _operation(prepare: Callable[[Call], Prepared], *keys: str) -> _Operation:
    return _Operation(frozenset({"op", "model", *keys}), prepare)


_OPERATIONS = {
    "create": _operation(create, "values"),
    "create_many": _operation(create_many, "values"),
    "get": _operation(get, "id", "select"),
    "find": _operation(
        find, "where", "order", "limit", "cursor", "deleted", "select", "count", "query"
    ),
    "count": _operation(count, "where", "deleted"),
    "aggregate": _operation(
        aggregate, "where", "group", "measures", "order", "limit", "deleted"
    ),
    "update": _operation(update, "id", "values", "version"),
    "update_many": _operation(update_many, "changes"),
    "delete": _operation(delete, "id", "version"),
    "restore": _operation(restore, "id", "version"),
    "purge": _operation(purge, "id", "version", "reason"),
    "lock": _operation(lock, "id"),
}
