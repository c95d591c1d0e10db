"""The statement that groups records and says what each group comes to."""

from __future__ import annotations

from eerp.interfaces import Statement
from eerp.orm.aggregate import Aggregate, Group, Measure, Sorting
from eerp.orm.compile_find import compile_where
from eerp.orm.fields import quote
from eerp.orm.view import View

__all__ = ["compile_aggregate"]

# ruff: noqa: S608  # every text that is joined here is of checked identifiers


def compile_aggregate(view: View, asked: Aggregate) -> Statement:
    """One row for each group: (JSON,). Days and months are those of UTC.

    What is grouped and measured gets a plain name in a subquery first, so that it can
    be grouped by whatever expression it is.
    """
    keys: list[Group | Measure] = [*asked.groups, *asked.measures]
    inner = [_inner(key, f"k{number}") for number, key in enumerate(keys)]
    outer = {key.name: _outer(key, f's."k{n}"') for n, key in enumerate(keys)}
    shown = [f"{_shown(key, outer[key.name])} AS {quote(key.name)}" for key in keys]
    parameters: list[str | None] = []
    where = compile_where(view, asked.where, asked.deleted, parameters)
    source = f"SELECT {', '.join(inner)} FROM {view.model.table} AS t{where}"
    group = ", ".join([outer[each.name] for each in asked.groups])
    order = ", ".join([_sorted(key, outer[key.key.name]) for key in asked.order])
    parameters.append(str(asked.limit))
    return Statement(
        f"SELECT row_to_json(_r)::text FROM (SELECT {', '.join(shown)} "
        f"FROM ({source}) AS s{_clause('GROUP BY', group)}"
        f"{_clause('ORDER BY', order)} LIMIT %s::integer) AS _r",
        tuple(parameters),
    )


def _clause(word: str, keys: str) -> str:
    return f" {word} {keys}" if keys else ""


def _inner(key: Group | Measure, name: str) -> str:
    if key.field is None:
        return f'NULL::integer AS "{name}"'
    column = key.field.column
    if isinstance(key, Group) and key.bucket is not None:
        return f'{_bucket(key.bucket, column, key.field.type.name)} AS "{name}"'
    return f'{column} AS "{name}"'


def _bucket(bucket: str, column: str, kind: str) -> str:
    """The first day of a span, as a date."""
    moment = (
        f"{column}::timestamp" if kind == "date" else f"{column} AT TIME ZONE 'UTC'"
    )
    return f"date_trunc('{bucket}', {moment})::date"


def _outer(key: Group | Measure, name: str) -> str:
    if isinstance(key, Group):
        return name
    return "count(*)" if key.field is None else f"{key.function}({name})"


def _shown(key: Group | Measure, sql: str) -> str:
    """Exact numbers are shown as text, as they are in records; a count is a number."""
    if isinstance(key, Group):
        return sql if key.bucket is not None else key.field.type.shown.format(sql)
    if key.function in ("sum", "avg"):
        return f"{sql}::text"
    if key.field is None or key.function == "count":
        return sql
    return key.field.type.shown.format(sql)


def _sorted(key: Sorting, sql: str) -> str:
    direction = "DESC" if key.descending else "ASC"
    return f"{sql} {direction} NULLS {'FIRST' if key.nulls_first else 'LAST'}"
