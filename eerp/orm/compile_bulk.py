"""Statements that write many records: all of them, or none."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from eerp.interfaces import Statement
from eerp.orm.access import Access
from eerp.orm.compile_write import TOUCH, Check, checked
from eerp.orm.fields import quote
from eerp.orm.model import Field
from eerp.orm.written import Values

__all__ = ["BulkChange", "compile_create_many", "compile_update_many"]

# ruff: noqa: S608  # every text that is joined here is of checked identifiers


@frozen
class BulkChange:
    """What one of many records is changed to."""

    id: str
    version: str | None
    values: Values


def compile_create_many(
    access: Access,
    records: Sequence[Values],
    actor: str | None,
    checks: Sequence[Check],
) -> Statement:
    """New records. Rows: (record,), in the order of `records`: their ids ascend."""
    model = access.view.model
    fields = _fields(records)
    columns = "".join([f"{quote(name)}, " for name in fields])
    parameters: list[str | None] = []
    rows = []
    for values in records:
        texts = {field.name: text for field, text in values}
        marks = []
        for name, field in fields.items():
            if name in texts:
                marks.append(field.value)
                parameters.append(texts[name])
            else:
                marks.append("DEFAULT")
        rows.append(f"({', '.join([*marks, '%s::uuid', '%s::uuid'])})")
        parameters += [actor, actor]
    where = checked(checks, parameters)
    return Statement(
        f"WITH made AS (INSERT INTO {model.table} AS t "
        f'({columns}"created_by", "updated_by") VALUES {", ".join(rows)} '
        f"RETURNING t.*) SELECT {_record(access)} FROM made AS t{where} "
        f'ORDER BY t."id"',
        tuple(parameters),
    )


def _fields(records: Sequence[Values]) -> dict[str, Field]:
    return {field.name: field for values in records for field, _ in values}


def _record(access: Access) -> str:
    return f"(SELECT row_to_json(_r) FROM (SELECT {access.view.columns}) AS _r)::text"


def compile_update_many(
    access: Access,
    changes: Sequence[BulkChange],
    actor: str | None,
    checks: Sequence[Check],
) -> Statement:
    """Change records, if every one of them can be changed. Rows, in the order of
    `changes`: (record, version, allowed, fits). The records are null when one could
    not be changed; `version` is null for one that is not there, `allowed` says whether
    the caller may change it, `fits` whether it has the version that was named."""
    model = access.view.model
    fields = _fields([change.values for change in changes])
    parameters: list[str | None] = []
    asked = _asked(changes, fields, parameters)
    fit = _fit(access, parameters)
    sets = "".join(
        [
            f"{quote(name)} = CASE WHEN a.s{k} THEN a.c{k} ELSE t.{quote(name)} END, "
            for k, name in enumerate(fields)
        ]
    )
    flags = [f'a.s{k} AS "#s{k}", ' for k in range(len(fields))]
    parameters.append(actor)
    changed = (
        f'UPDATE {model.table} AS t SET {sets}{TOUCH} FROM asked AS a WHERE t."id" = '
        "a.i AND (SELECT count(*) FROM fit AS f WHERE f.allowed AND f.fits) = "
        f"{len(changes)} RETURNING {''.join(flags)}"
        'a.n AS "#n", t.*'
    )
    where = checked([_where_set(check, list(fields)) for check in checks], parameters)
    return Statement(
        f"WITH {asked}, fit AS ({fit}), changed AS ({changed}), "
        f'shown AS (SELECT t."#n" AS n, {_record(access)} AS b '
        f"FROM changed AS t{where}) "
        "SELECT s.b, f.version, f.allowed, f.fits FROM asked AS a "
        "LEFT JOIN fit AS f ON f.n = a.n LEFT JOIN shown AS s ON s.n = a.n "
        "ORDER BY a.n",
        tuple(parameters),
    )


def _where_set(check: Check, fields: list[str]) -> Check:
    """A reference is looked at only in the records that it is set in."""
    if check.code != "reference":
        return check
    flag = f't."#s{fields.index(check.subject)}"'
    guard = evolve(check.guard, sql=f"NOT {flag} OR {check.guard.sql}")
    return evolve(check, guard=guard)


def _asked(
    changes: Sequence[BulkChange],
    fields: dict[str, Field],
    parameters: list[str | None],
) -> str:
    """A row for each change; beside each value stands whether it is set at all."""
    numbers = range(len(fields))
    columns = ", ".join(["n", "i", "v", *[f"s{k}, c{k}" for k in numbers]])
    rows = []
    for number, change in enumerate(changes):
        texts = {field.name: text for field, text in change.values}
        parameters += [change.id, change.version]
        marks = [f"{number}", "%s::uuid", "%s::integer"]
        for name, field in fields.items():
            marks.append(f"{'TRUE' if name in texts else 'FALSE'}, {field.value}")
            parameters.append(texts.get(name))
        rows.append(f"({', '.join(marks)})")
    return f"asked ({columns}) AS (VALUES {', '.join(rows)})"


def _fit(access: Access, parameters: list[str | None]) -> str:
    guard = access.guards["update"]
    allowed = guard.sql or "TRUE"
    parameters.extend(guard.parameters)
    parts = ['t."deleted_at" IS NULL']
    access.view.guard.append(parts, parameters)
    return (
        f'SELECT a.n, t."version" AS version, ({allowed}) AS allowed, '
        '(a.v IS NULL OR a.v = t."version") AS fits FROM asked AS a '
        f'JOIN {access.view.model.table} AS t ON t."id" = a.i '
        f"WHERE {' AND '.join(parts)}"
    )
