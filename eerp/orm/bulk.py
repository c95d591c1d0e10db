"""The operations that write many records, all or none: create_many, update_many."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from eerp.errors import EerpError, Fault
from eerp.interfaces import Rows
from eerp.limits import BULK_ROWS_MAX
from eerp.orm.access import Access
from eerp.orm.call import Call, OperationResult, Prepared
from eerp.orm.compile_bulk import (
    BulkChange,
    compile_create_many,
    compile_update_many,
)
from eerp.orm.faults import refused
from eerp.orm.model import Model
from eerp.orm.recover import recover_create_many, recover_update_many
from eerp.orm.writes import checks_of, not_found, outdated, unchangeable
from eerp.orm.written import Values, read_written

__all__ = ["create_many", "update_many"]


def create_many(call: Call) -> Prepared:
    """New records."""
    access = call.access
    listed = _listed(call.fields.get("values"), "/values")
    records = [
        _values(call, access, value, f"/values/{number}", creating=True)
        for number, value in enumerate(listed)
    ]
    checks = checks_of(call, access, "create", records)
    statement = compile_create_many(access, records, call.actor, checks)
    return Prepared(
        statement, OperationResult.of_items, partial(recover_create_many, access.view)
    )


def _listed(value: Any, pointer: str) -> list[Any]:
    if not isinstance(value, list) or not 1 <= len(value) <= BULK_ROWS_MAX:
        message = f"It takes a list of 1 to {BULK_ROWS_MAX} records."
        raise refused(pointer, "format", message)
    return value


def _values(
    call: Call, access: Access, value: Any, pointer: str, *, creating: bool
) -> Values:
    written = read_written(
        access, call.caller, value, creating=creating, pointer=pointer
    )
    if written.extensions:
        message = "Extensions are written one record at a time."
        raise refused(pointer, "format", message)
    return written.values


def update_many(call: Call) -> Prepared:
    """Records with other values."""
    access = call.access
    listed = _listed(call.fields.get("changes"), "/changes")
    changes = [
        _change(call, access, value, f"/changes/{number}")
        for number, value in enumerate(listed)
    ]
    ids = [change.id for change in changes]
    if len(set(ids)) < len(ids):
        raise refused("/changes", "duplicate", "A record is to be changed twice.")
    checks = checks_of(call, access, "update", [change.values for change in changes])
    statement = compile_update_many(access, changes, call.actor, checks)
    return Prepared(
        statement,
        _read_updated(call.model),
        partial(recover_update_many, access.view, ids),
    )


def _change(call: Call, access: Access, value: Any, pointer: str) -> BulkChange:
    match value:
        case {"id": record_id, "values": values, **rest} if rest.keys() <= {"version"}:
            version = rest.get("version")
            return BulkChange(
                call.encoded("id", record_id, f"{pointer}/id"),
                None
                if version is None
                else call.encoded("version", version, f"{pointer}/version"),
                _values(call, access, values, f"{pointer}/values", creating=False),
            )
    message = "A change is like {'id': '...', 'version': 1, 'values': {}}."
    raise refused(pointer, "format", message)


def _read_updated(model: Model) -> Callable[[Rows], OperationResult]:
    def read(rows: Rows) -> OperationResult:
        for number, row in enumerate(rows):
            error = _fault(model, row)
            if error is not None:
                place = f"/changes/{number}"
                error.errors = (Fault(place, error.code, error.message),)
                raise error
        return OperationResult.of_items(rows)

    return read


def _fault(model: Model, row: tuple[Any, ...]) -> EerpError | None:
    """Why this record was not changed, if it is the one that could not be."""
    _, version, allowed, fits = row
    if version is None:
        return not_found(model)
    if not allowed:
        return unchangeable(model)
    return None if fits else outdated(model)
