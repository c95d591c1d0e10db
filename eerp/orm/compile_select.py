"""What a record shows, as a SELECT list; related records come along as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from eerp.limits import ROWS_PER_RELATION_MAX
from eerp.orm.fields import quote
from eerp.orm.model import extensions_column, select_list
from eerp.orm.query import Key, default_order
from eerp.orm.select import Expansion, Selection
from eerp.orm.view import View

__all__ = ["compile_columns", "compile_order"]

# ruff: noqa: S608  # every text that is joined here is of checked identifiers


def compile_columns(
    view: View, selection: Selection | None, parameters: list[str | None]
) -> str:
    """The SELECT list of a record of `view`; values go to `parameters`."""
    if selection is None:
        return view.columns
    parts = [select_list(selection.fields)] if selection.fields else []
    extensions = view.extensions() if selection.extended else {}
    if extensions:
        parts.append(extensions_column(view.alias, extensions))
    parts += [_expanded(each, parameters) for each in selection.expansions]
    return ", ".join(parts)


def _expanded(expansion: Expansion, parameters: list[str | None]) -> str:
    if expansion.hop.relation.many:
        return _many(expansion, parameters)
    return _one(expansion, parameters)


def _one(expansion: Expansion, parameters: list[str | None]) -> str:
    """An object, or null where there is none that the caller sees."""
    view = expansion.hop.view
    columns = compile_columns(view, expansion.selection, parameters)
    return (
        f"(SELECT row_to_json(_r) FROM (SELECT {columns} FROM {view.model.table} "
        f"AS {view.alias} WHERE {_seen(expansion, parameters)}) AS _r) "
        f"AS {quote(expansion.name)}"
    )


def _many(expansion: Expansion, parameters: list[str | None]) -> str:
    """An array; its records are cut off before they become JSON, as a page is."""
    view = expansion.hop.view
    columns = compile_columns(view, expansion.selection, parameters)
    order = compile_order(default_order(view))
    return (
        f"(SELECT coalesce(json_agg(_r), '[]'::json) FROM (SELECT {columns} FROM "
        f"(SELECT {view.alias}.* FROM {view.model.table} AS {view.alias} "
        f"WHERE {_seen(expansion, parameters)} ORDER BY {order} "
        f"LIMIT {ROWS_PER_RELATION_MAX}) AS {view.alias} ORDER BY {order}) AS _r) "
        f"AS {quote(expansion.name)}"
    )


def _seen(expansion: Expansion, parameters: list[str | None]) -> str:
    view = expansion.hop.view
    parts = [expansion.hop.link, f'{view.alias}."deleted_at" IS NULL']
    view.guard.append(parts, parameters)
    return " AND ".join(parts)


def compile_order(order: Sequence[Key]) -> str:
    """What stands after ORDER BY."""
    return ", ".join([_sorted(key) for key in order])


def _sorted(key: Key) -> str:
    sql = f"{key.field.column} DESC" if key.descending else key.field.column
    if key.nulls_first == key.descending:
        return sql
    return f"{sql} NULLS {'FIRST' if key.nulls_first else 'LAST'}"
