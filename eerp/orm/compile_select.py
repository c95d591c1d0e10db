"""What a record shows, as a SELECT list; related records come along as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from eerp.orm.compile_order import compile_order, ranges_after
from eerp.orm.compile_where import compile_condition
from eerp.orm.fields import quote
from eerp.orm.model import extensions_column, select_list
from eerp.orm.order import Key
from eerp.orm.related import Page
from eerp.orm.select import Expansion, Selection
from eerp.orm.view import View

__all__ = ["compile_columns"]

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
        f"AS {view.alias} WHERE {' AND '.join(_seen(expansion, parameters))}) AS _r) "
        f"AS {quote(expansion.name)}"
    )


def _many(expansion: Expansion, parameters: list[str | None]) -> str:
    """An array, or an object of it and the number of all."""
    page = expansion.page
    assert page is not None
    items = _items(expansion, page, parameters)
    if page.counted:
        found = " AND ".join(_found(expansion, page, parameters))
        view = expansion.hop.view
        total = f"SELECT count(*) FROM {view.model.table} AS {view.alias} WHERE {found}"
        items = f"json_build_object('items', {items}, 'total', ({total}))"
    return f"{items} AS {quote(expansion.name)}"


def _items(expansion: Expansion, page: Page, parameters: list[str | None]) -> str:
    """The records are cut off before they become JSON, as a page is."""
    view = expansion.hop.view
    columns = compile_columns(view, expansion.selection, parameters)
    order = compile_order(page.order)
    parts = _found(expansion, page, parameters)
    if page.after is not None:
        parts.append(_after(page.order, page.after, parameters))
    return (
        f"(SELECT coalesce(json_agg(_r), '[]'::json) FROM (SELECT {columns} FROM "
        f"(SELECT {view.alias}.* FROM {view.model.table} AS {view.alias} "
        f"WHERE {' AND '.join(parts)} ORDER BY {order} "
        f"LIMIT {page.limit}) AS {view.alias} ORDER BY {order}) AS _r)"
    )


def _after(
    order: Sequence[Key], after: Sequence[str | None], parameters: list[str | None]
) -> str:
    """Beyond a record, as one condition: one parent has few enough to look through."""
    ranges = ranges_after(order, after)
    for _, values in ranges:
        parameters.extend(values)
    return f"({' OR '.join([sql for sql, _ in ranges])})" if ranges else "FALSE"


def _found(expansion: Expansion, page: Page, parameters: list[str | None]) -> list[str]:
    parts = _seen(expansion, parameters)
    if page.where is not None:
        parts.append(compile_condition(page.where, parameters))
    return parts


def _seen(expansion: Expansion, parameters: list[str | None]) -> list[str]:
    view = expansion.hop.view
    parts = [expansion.hop.link, f'{view.alias}."deleted_at" IS NULL']
    view.guard.append(parts, parameters)
    return parts
