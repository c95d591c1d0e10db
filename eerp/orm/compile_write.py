"""Statements that write one record.

Where nothing restricts the caller they are texts that the model has ready. Else the
write stands in a CTE: what it left behind is checked in the same statement, which
fails when it may not be (`eerp.refuse`), and a record that could not be changed is
looked for again, to say why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from eerp.interfaces import Statement
from eerp.orm.access import Access
from eerp.orm.fields import literal, quote
from eerp.orm.model import Change, Model
from eerp.orm.view import Guard
from eerp.orm.written import Values, Written

__all__ = ["Check", "Target", "checked", "compile_change", "compile_create",
           "compile_free_change", "compile_free_create", "compile_purge",
           "extended"]  # fmt: skip

# ruff: noqa: S608  # every text that is joined here is of checked identifiers

TOUCH = '"updated_at" = now(), "updated_by" = %s::uuid, "version" = t."version" + 1'


@frozen
class Check:
    """What must hold of a record that was written, or it is refused: as `code` and
    `subject` say."""

    code: str
    subject: str
    guard: Guard


@frozen
class Target:
    """The record that an operation is about, and the version that it must have.

    `operation` is the one that access is asked for; `deleted` says whether the record
    is one that was deleted, or None for either.
    """

    operation: str
    id: str
    version: str | None
    deleted: bool | None = False

    def place(self, parameters: list[str | None]) -> list[str]:
        """The conditions that find it, whatever its version."""
        parameters.append(self.id)
        parts = ['t."id" = %s::uuid']
        if self.deleted is not None:
            parts.append(f't."deleted_at" IS {"NOT " if self.deleted else ""}NULL')
        return parts


def compile_create(
    access: Access, written: Written, actor: str | None, checks: Sequence[Check]
) -> Statement:
    """A new record. Rows: (record, version, id)."""
    model = access.view.model
    if access.view.plain and not checks and not written.extensions:
        return compile_free_create(model, written.values, actor)
    head, middle, _ = model.sql.create
    columns = "".join([field.listed for field, _ in written.values])
    marks = "".join([field.marked for field, _ in written.values])
    parameters = [*[text for _, text in written.values], actor, actor]
    made = f"{head}{columns}{middle}{marks}%s::uuid, %s::uuid) RETURNING t.*"
    parts, sources = extended(access, "made", written.extensions, parameters)
    record = _record(access, sources)
    where = checked(checks, parameters)
    return Statement(
        f"WITH {', '.join([f'made AS ({made})', *parts])} "
        f'SELECT {record}, t."version", t."id"::text FROM made AS t{where}',
        tuple(parameters),
    )


def compile_free_create(model: Model, values: Values, actor: str | None) -> Statement:
    """The same, where nothing restricts the caller."""
    head, middle, tail = model.sql.create
    columns = "".join([field.listed for field, _ in values])
    marks = "".join([field.marked for field, _ in values])
    parameters = (*[text for _, text in values], actor, actor)
    return Statement(f"{head}{columns}{middle}{marks}{tail}", parameters)


def compile_change(
    access: Access,
    target: Target,
    sets: str,
    texts: Sequence[str | None],
    actor: str | None,
    checks: Sequence[Check] = (),
    extensions: Mapping[str, Values] | None = None,
) -> Statement:
    """Change a record by `sets` with the values `texts`. Rows: (record, version); the
    record is null when it has another version, and the version too when the caller may
    see the record and not change it."""
    model = access.view.model
    if access.is_free(target.operation) and not checks and not extensions:
        change = model.sql.restore if target.deleted else model.sql.update
        return compile_free_change(
            change, target.id, target.version, sets, texts, actor
        )
    parameters = [*texts, actor]
    where = _taken(access, target, parameters)
    changed = f"UPDATE {model.table} AS t SET {sets}{TOUCH} WHERE {where} RETURNING t.*"
    return _whole(access, target, changed, parameters, checks, extensions or {})


def compile_free_change(
    change: Change,
    record_id: str,
    version: str | None,
    sets: str,
    texts: Sequence[str | None],
    actor: str | None,
) -> Statement:
    """The same, where nothing restricts the caller; `change` says of which records."""
    if version is None:
        head, tail = change.plain
        return Statement(head + sets + tail, (*texts, actor, record_id))
    head, tail = change.guarded
    parameters = (*texts, actor, record_id, version, record_id)
    return Statement(head + sets + tail, parameters)


def compile_purge(access: Access, target: Target, reason: str) -> Statement:
    """Delete a record for good. Rows: as `compile_change`; the record as it was.

    The reason is set while the record is found, before the audit trail looks for it.
    """
    parameters: list[str | None] = []
    where = _taken(access, target, parameters)
    parameters.append(reason)
    said = "set_config('eerp.reason', %s, true) IS NOT NULL"
    table = access.view.model.table
    gone = f"DELETE FROM {table} AS t WHERE {where} AND {said} RETURNING t.*"
    return _whole(access, target, gone, parameters, (), {})


def _taken(access: Access, target: Target, parameters: list[str | None]) -> str:
    parts = target.place(parameters)
    if target.version is not None:
        parts.append('t."version" = %s::integer')
        parameters.append(target.version)
    access.targets[target.operation].append(parts, parameters)
    return " AND ".join(parts)


def _whole(
    access: Access,
    target: Target,
    changed: str,
    parameters: list[str | None],
    checks: Sequence[Check],
    extensions: Mapping[str, Values],
) -> Statement:
    """The change, what it left behind, and why it may have found nothing."""
    parts, sources = extended(access, "changed", extensions, parameters)
    record = _record(access, sources)
    where = checked(checks, parameters)
    reason = _reason(access, target, parameters)
    return Statement(
        f"WITH {', '.join([f'changed AS ({changed})', *parts])} "
        f'SELECT {record}, t."version" FROM changed AS t{where} UNION ALL {reason}',
        tuple(parameters),
    )


def _reason(access: Access, target: Target, parameters: list[str | None]) -> str:
    version = 't."version"'
    guard = access.guards[target.operation]
    if access.targets[target.operation] != access.view.guard:
        version = f"CASE WHEN {guard.sql} THEN {version} END"
        parameters.extend(guard.parameters)
    parts = target.place(parameters)
    access.view.guard.append(parts, parameters)
    return (
        f"SELECT NULL, {version} FROM {access.view.model.table} AS t "
        f"WHERE {' AND '.join(parts)} AND NOT EXISTS (SELECT FROM changed)"
    )


def _record(access: Access, sources: Mapping[str, str]) -> str:
    columns = access.view.record(sources) if sources else access.view.columns
    return f"(SELECT row_to_json(_r) FROM (SELECT {columns}) AS _r)::text"


def checked(checks: Sequence[Check], parameters: list[str | None]) -> str:
    """A WHERE that refuses the statement unless all `checks` hold, one by one."""
    if not checks:
        return ""
    cases = []
    for check in checks:
        parameters.extend(check.guard.parameters)
        refusal = f"eerp.refuse({literal(check.code)}, {literal(check.subject)})"
        cases.append(f"WHEN ({check.guard.sql}) IS NOT TRUE THEN {refusal}")
    return f" WHERE CASE {' '.join(cases)} ELSE TRUE END"


def extended(
    access: Access,
    written: str,
    extensions: Mapping[str, Values],
    parameters: list[str | None],
) -> tuple[list[str], dict[str, str]]:
    """The CTEs that write the tables of extensions for the records of the CTE
    `written`; and from which of them a module's fields are read, as they are now."""
    parts, sources = [], {}
    for number, (module, values) in enumerate(extensions.items()):
        if not values:
            continue
        table = access.view.model.extensions[module].table
        names = [quote(field.name) for field, _ in values]
        columns = ", ".join(['"id"', *names])
        marks = ", ".join([field.value for field, _ in values])
        sets = ", ".join([f"{name} = EXCLUDED.{name}" for name in names])
        parameters.extend([text for _, text in values])
        parts.append(
            f"x{number} AS (INSERT INTO {table} AS x ({columns}) "
            f'SELECT t."id", {marks} FROM {written} AS t '
            f'ON CONFLICT ("id") DO UPDATE SET {sets} RETURNING x.*)'
        )
        sources[module] = f"x{number}"
    return parts, sources
