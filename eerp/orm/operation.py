"""One ORM operation of a module: from its JSON to a statement, and from rows to JSON.

Pure. What is the caller's fault (`ValidationFailed`, `NotFound`,
`PreconditionFailed`) is found before the statement or in its rows, never by a
statement that fails, so that the transaction goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from attrs import frozen

from eerp.errors import Fault, NotFound, PreconditionFailed
from eerp.interfaces import Identity, Rows, Statement
from eerp.limits import GUEST_OPERATION_BYTES_MAX
from eerp.orm.compile import (
    Values,
    compile_create,
    compile_delete,
    compile_find,
    compile_get,
    compile_restore,
    compile_update,
    shows_keys,
)
from eerp.orm.cursor import Cursors
from eerp.orm.faults import refuse_any, refused
from eerp.orm.fields import WrongValue, is_uuid
from eerp.orm.model import SYSTEM_COLUMNS, Model
from eerp.orm.query import Find, read_find
from eerp.orm.querystring import read_query
from eerp.orm.registry import ModelRegistry

__all__ = ["OperationResult", "Prepared", "prepare"]


@frozen
class OperationResult:
    """The JSON of a result. `id` and `version` are None unless it is one record."""

    body: bytes
    id: str | None = None
    version: int | None = None


@frozen
class Prepared:
    """A checked operation: its statement, and `read`, which makes its result of the
    rows. `read` raises `NotFound` and `PreconditionFailed`. `recover`, given the token
    of a transaction, makes the statement whose rows are those of a lost answer."""

    statement: Statement
    read: Callable[[Rows], OperationResult]
    recover: Callable[[str], Statement] | None = None


def prepare(
    registry: ModelRegistry,
    cursors: Cursors,
    module: str,
    operation: bytes | dict[str, Any],
    actor: Identity | None,
) -> Prepared:
    """Check one operation and compile it. Raises `ValidationFailed`."""
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
    return known.prepare(_Call(model, fields, cursors, _user_id(actor)))


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
class _Call:
    """An operation on its way to a statement."""

    model: Model
    fields: Mapping[str, Any]
    cursors: Cursors
    actor: str | None

    def id(self) -> str:
        """The id that the operation names."""
        return self._encoded("id")

    def version(self) -> str | None:
        """The version that the record must have, if the operation names one."""
        return None if self.fields.get("version") is None else self._encoded("version")

    def _encoded(self, name: str) -> str:
        try:
            return self.model.fields[name].type.encode(self.fields.get(name))
        except WrongValue as wrong:
            message = f"The {name} {wrong.message}."
            raise refused(f"/{name}", wrong.code, message) from None


def _user_id(actor: Identity | None) -> str | None:
    """Who is written into the record: a user's id, or nobody for the system."""
    return None if actor is None or not is_uuid(actor.user_id) else actor.user_id


def encode_values(model: Model, values: Any, *, creating: bool) -> Values:
    """The values to store, checked. Raises `ValidationFailed` with every fault; each
    pointer is that of the value in `values`."""
    if not isinstance(values, dict):
        raise refused("/values", "format", "The values are not a JSON object.")
    faults: list[Fault] = []
    encoded = []
    for name, value in values.items():
        field_ = model.own.get(name)
        if field_ is None:
            faults.append(_stranger(model, name))
            continue
        try:
            encoded.append((field_, field_.encode(value)))
        except WrongValue as wrong:
            faults.append(_wrong(name, wrong.code, wrong.message))
    if creating:
        missing = (name for name in model.required if name not in values)
        faults.extend(_wrong(name, "required", "is required") for name in missing)
    refuse_any(faults)
    return encoded


def _wrong(name: str, code: str, message: str) -> Fault:
    return Fault(f"/{name}", code, f"{name} {message}.")


def _stranger(model: Model, name: object) -> Fault:
    if name in SYSTEM_COLUMNS:
        return Fault(f"/{name}", "readonly", f"{name} is set by the core alone.")
    names = ", ".join(model.own)
    pointer = "/" + str(name).replace("~", "~0").replace("/", "~1")
    return Fault(pointer, "unknown", f"There is no such field; there are: {names}.")


def _create(call: _Call) -> Prepared:
    values = encode_values(call.model, call.fields.get("values"), creating=True)
    return Prepared(compile_create(call.model, values, call.actor), _read_created)


def _get(call: _Call) -> Prepared:
    return _one(call, compile_get(call.model, call.id()))


def _update(call: _Call) -> Prepared:
    model, record_id, version = call.model, call.id(), call.version()
    values = encode_values(model, call.fields.get("values"), creating=False)
    return _one(call, compile_update(model, record_id, values, version, call.actor))


def _delete(call: _Call) -> Prepared:
    statement = compile_delete(call.model, call.id(), call.version(), call.actor)
    return _one(call, statement)


def _restore(call: _Call) -> Prepared:
    statement = compile_restore(call.model, call.id(), call.version(), call.actor)
    return _one(call, statement)


def _one(call: _Call, statement: Statement) -> Prepared:
    model, record_id = call.model, call.fields["id"]
    return Prepared(statement, lambda rows: _read_one(model, record_id, rows))


def _read_created(rows: Rows) -> OperationResult:
    body, version, record_id = rows[0]
    return OperationResult(body.encode(), record_id, version)


def _read_one(model: Model, record_id: str, rows: Rows) -> OperationResult:
    if not rows:
        raise NotFound(f"There is no {model.title} with this id.")
    body, version = rows[0]
    if body is None:
        raise PreconditionFailed(
            f"This {model.title} was changed meanwhile: it has another version.",
            hint="Read it again, and repeat the change on what it is now.",
        )
    return OperationResult(body.encode(), record_id.lower(), version)


def _find(call: _Call) -> Prepared:
    model, where = call.model, "/cursor"
    if call.fields.get("query") is None:
        find = read_find(model, call.fields)
    else:
        find, where = _read_query(model, call.fields), "query/cursor"
    after = None
    if find.cursor is not None:
        after = call.cursors.open(model, find.order, find.cursor, where)
    statement = compile_find(model, find, after)
    return Prepared(statement, lambda rows: _read_page(model, find, call.cursors, rows))


def _read_query(model: Model, fields: Mapping[str, Any]) -> Find:
    others = fields.keys() - {"op", "model", "query"}
    if others:
        message = f"A find has either query or {min(others)}."
        raise refused("/query", "format", message)
    pairs = fields["query"]
    if not isinstance(pairs, list) or not all(map(_is_pair, pairs)):
        raise refused("/query", "format", "A query is a list of pairs of texts.")
    return read_query(model, pairs)


def _is_pair(pair: object) -> bool:
    match pair:
        case [str(), str()]:
            return True
    return False


def _read_page(
    model: Model, find: Find, cursors: Cursors, rows: Rows
) -> OperationResult:
    """The records are JSON already: they are joined, not parsed. Of the last one the
    keys are read, when a page follows."""
    cursor = "null"
    if len(rows) > find.limit:
        rows = rows[: find.limit]
        values = _key_values(find, rows[-1])
        cursor = f'"{cursors.seal(model, find.order, values)}"'
    items = ",".join([row[0] for row in rows])
    return OperationResult(f'{{"items":[{items}],"next_cursor":{cursor}}}'.encode())


def _key_values(find: Find, row: tuple[Any, ...]) -> list[Any]:
    if not shows_keys(find):
        values: list[Any] = orjson.loads(row[1])
        return values
    record = orjson.loads(row[0])
    return [record[key.field.name] for key in find.order]


@frozen
class _Operation:
    keys: frozenset[str]
    prepare: Callable[[_Call], Prepared]


def _operation(prepare: Callable[[_Call], Prepared], *keys: str) -> _Operation:
    return _Operation(frozenset({"op", "model", *keys}), prepare)


_OPERATIONS = {
    "create": _operation(_create, "values"),
    "get": _operation(_get, "id"),
    "find": _operation(_find, "where", "order", "limit", "cursor", "deleted", "query"),
    "update": _operation(_update, "id", "values", "version"),
    "delete": _operation(_delete, "id", "version"),
    "restore": _operation(_restore, "id", "version"),
}
