"""The operations that write one record: create, update, delete, restore, purge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from eerp.errors import Forbidden, NotFound, PreconditionFailed
from eerp.interfaces import Rows, Statement
from eerp.limits import REASON_CHARACTERS_MAX
from eerp.orm.access import Access
from eerp.orm.call import Call, OperationResult, Prepared
from eerp.orm.compile_write import (
    Check,
    Target,
    compile_change,
    compile_create,
    compile_free_change,
    compile_free_create,
    compile_purge,
)
from eerp.orm.faults import refused
from eerp.orm.fields import WrongValue, quote, sql_type
from eerp.orm.model import EXTENSIONS, Model
from eerp.orm.recover import recover_change, recover_create
from eerp.orm.view import Guard, View, open_view
from eerp.orm.written import Values, encode_values, read_written

__all__ = ["checks_of", "create", "delete", "not_found", "outdated", "purge",
           "restore", "unchangeable", "update"]  # fmt: skip

_TOUCHED = frozenset({"version", "updated_at", "updated_by"})


def create(call: Call) -> Prepared:
    """A new record."""
    if call.model.simple:
        return _create_simple(call)
    access = call.access
    written = read_written(
        access, call.caller, call.fields.get("values"), creating=True
    )
    checks = checks_of(call, access, "create", [written.values])
    checks += _outer_checks(call, written.extensions)
    statement = compile_create(access, written, call.actor, checks)
    return Prepared(statement, _read_created, partial(recover_create, access.view))


def _create_simple(call: Call) -> Prepared:
    model = call.model
    values = encode_values(model, call.fields.get("values"), creating=True)
    statement = compile_free_create(model, values, call.actor)
    return Prepared(statement, _read_created, partial(recover_create, open_view(model)))


def _read_created(rows: Rows) -> OperationResult:
    body, version, record_id = rows[0]
    return OperationResult(body.encode(), record_id, version)


def update(call: Call) -> Prepared:
    """A record with other values."""
    if call.model.simple:
        return _update_simple(call)
    access = call.access
    target = Target("update", call.id(), call.version())
    written = read_written(
        access, call.caller, call.fields.get("values"), creating=False
    )
    checks = checks_of(call, access, "update", [written.values])
    checks += _outer_checks(call, written.extensions)
    sets = "".join([field.assigned for field, _ in written.values])
    texts = [text for _, text in written.values]
    statement = compile_change(
        access, target, sets, texts, call.actor, checks, written.extensions
    )
    return _changed(call, access.view, statement)


def _update_simple(call: Call) -> Prepared:
    model, record_id, version = call.model, call.id(), call.version()
    values = encode_values(model, call.fields.get("values"), creating=False)
    sets = "".join([field.assigned for field, _ in values])
    texts = [text for _, text in values]
    statement = compile_free_change(
        model.sql.update, record_id, version, sets, texts, call.actor
    )
    return _changed(call, open_view(model), statement)


def delete(call: Call) -> Prepared:
    """Mark a record as deleted."""
    target = Target("delete", call.id(), call.version())
    return _mark(call, target, '"deleted_at" = now(), ')


def restore(call: Call) -> Prepared:
    """Undo a deletion."""
    target = Target("delete", call.id(), call.version(), deleted=True)
    return _mark(call, target, '"deleted_at" = NULL, ')


def _mark(call: Call, target: Target, sets: str) -> Prepared:
    access = call.access
    checks = _rule_checks(access, target.operation, {"deleted_at"})
    statement = compile_change(access, target, sets, (), call.actor, checks)
    return _changed(call, access.view, statement)


def purge(call: Call) -> Prepared:
    """Delete a record for good, for a reason that the audit trail keeps."""
    model, access = call.model, call.access
    call.caller.require(f"{model.module}.{model.name}.purge")
    target = Target("delete", call.id(), call.version(), deleted=None)
    statement = compile_purge(access, target, _reason(call.fields.get("reason")))
    return _changed(call, access.view, statement)


def _reason(value: object) -> str:
    text = sql_type("text")
    assert text is not None
    try:
        reason = text.encode(value)
    except WrongValue as wrong:
        raise refused("/reason", wrong.code, f"The reason {wrong.message}.") from None
    if not reason.strip() or len(reason) > REASON_CHARACTERS_MAX:
        message = f"A purge has a reason of 1 to {REASON_CHARACTERS_MAX} characters."
        raise refused("/reason", "required", message)
    return reason


def checks_of(
    call: Call, access: Access, operation: str, records: Iterable[Values]
) -> list[Check]:
    """What must hold after records were given values, for all of them alike."""
    model = call.model
    if not model.limited and not model.guarded:
        return []
    set_ = {field.name: text for values in records for field, text in values}
    touched = None if operation == "create" else set(set_)
    checks = _rule_checks(access, operation, touched)
    for name in model.guarded.keys() & set_.keys():
        guard = _reference_guard(call, name)
        if guard is not None:
            checks.append(Check("reference", name, guard))
    return checks


def _rule_checks(
    access: Access, operation: str, touched: set[str] | None
) -> list[Check]:
    """The rule for what is left behind, unless what it depends on was not touched."""
    guard, model = access.guards[operation], access.view.model
    if not guard.sql:
        return []
    computed = any(model.fields[name].computed for name in guard.fields)
    if touched is not None and not computed and not guard.fields & (touched | _TOUCHED):
        return []
    return [Check("rule", f"{model.module}.{model.name}", guard)]


def _reference_guard(call: Call, name: str) -> Guard | None:
    """That a reference leads to a record which the caller may read."""
    target = call.model.guarded[name]
    view = call.caller.seen(target, 1)
    if not view.guard.sql:
        return None
    column = f"t.{quote(name)}"
    sql = (
        f"{column} IS NULL OR EXISTS (SELECT FROM {target.table} AS {view.alias} "
        f'WHERE {view.alias}."id" = {column} AND {view.guard.sql})'
    )
    return Guard(sql, view.guard.parameters)


def _outer_checks(call: Call, extensions: Mapping[str, Values]) -> Iterator[Check]:
    """The same of the references that extensions keep: of the values themselves, for
    they are not in the row that is checked."""
    for module, values in extensions.items():
        known = call.model.extensions[module].guarded
        for field, text in values:
            if field.name not in known or text is None:
                continue
            target = known[field.name]
            view = call.caller.seen(target, 1)
            if view.guard.sql:
                sql = (
                    f"EXISTS (SELECT FROM {target.table} AS {view.alias} WHERE "
                    f'{view.alias}."id" = %s::uuid AND {view.guard.sql})'
                )
                guard = Guard(sql, (text, *view.guard.parameters))
                yield Check("reference", f"{EXTENSIONS}.{module}.{field.name}", guard)


def _changed(call: Call, view: View, statement: Statement) -> Prepared:
    model, record_id = call.model, call.fields["id"]
    return Prepared(
        statement,
        lambda rows: _read_changed(model, record_id, rows),
        lambda token: recover_change(view, record_id, token),
    )


def _read_changed(model: Model, record_id: str, rows: Rows) -> OperationResult:
    if not rows:
        raise not_found(model)
    body, version = rows[0]
    if body is None:
        raise unchangeable(model) if version is None else outdated(model)
    return OperationResult(body.encode(), record_id.lower(), version)


def not_found(model: Model) -> NotFound:
    """The error for a record that is not there, or not for the caller."""
    return NotFound(f"There is no {model.title} with this id.")


def unchangeable(model: Model) -> Forbidden:
    """The error for a record that the caller may see and not change."""
    return Forbidden(f"You may not change this {model.title}.")


def outdated(model: Model) -> PreconditionFailed:
    """The error for a record that has another version."""
    return PreconditionFailed(
        f"This {model.title} was changed meanwhile: it has another version.",
        hint="Read it again, and repeat the change on what it is now.",
    )
