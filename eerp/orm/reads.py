"""The operations that read: get, lock, find, count, aggregate."""

from __future__ import annotations

from typing import Any

import orjson
from attrs import evolve

from eerp.errors import NotFound
from eerp.interfaces import Rows, Statement
from eerp.orm.aggregate import Aggregate, read_aggregate
from eerp.orm.call import Call, OperationResult, Prepared
from eerp.orm.compile_aggregate import compile_aggregate
from eerp.orm.compile_find import compile_count, compile_find, compile_get, shows_keys
from eerp.orm.cursor import Cursors
from eerp.orm.faults import refused
from eerp.orm.model import Model
from eerp.orm.paging import read_deleted
from eerp.orm.query import (
    Find,
    Source,
    check_expanded,
    read_source,
    select_of,
)
from eerp.orm.querystring import read_query
from eerp.orm.select import Opener, opened
from eerp.orm.view import View

__all__ = ["aggregate", "count", "find", "get", "lock"]


def get(call: Call) -> Prepared:
    """A record that is not deleted."""
    record_id = call.id()
    view = call.caller.seen(call.model, 0)
    selection = None
    if call.fields.get("select") is not None:
        source = Source(call.caller, view)
        selection = select_of(source, call.fields["select"], "/select")
        check_expanded(selection, 1, "/select")
        selection = opened(selection, _opener(call, "/select"))
    return _one(call, compile_get(view, record_id, selection))


def lock(call: Call) -> Prepared:
    """The same, and nobody changes it before the transaction ends."""
    view = call.caller.seen(call.model, 0)
    return _one(call, compile_get(view, call.id(), lock=True))


def _one(call: Call, statement: Statement) -> Prepared:
    model, record_id = call.model, call.fields["id"]
    return Prepared(statement, lambda rows: _read_one(model, record_id, rows))


def _read_one(model: Model, record_id: str, rows: Rows) -> OperationResult:
    if not rows:
        raise NotFound(f"There is no {model.title} with this id.")
    body, version = rows[0]
    return OperationResult(body.encode(), record_id.lower(), version)


def find(call: Call) -> Prepared:
    """A page of records; or groups of them, when a query string asks for groups."""
    model, where = call.model, "/cursor"
    source = Source.of(model, call.caller)
    view = source.view
    if call.fields.get("query") is None:
        asked = read_source(source, call.fields)
    else:
        read = _read_query(call)
        if isinstance(read, Aggregate):
            return Prepared(compile_aggregate(view, read), _read_groups_as_page)
        asked, where = read, "query/cursor"
    after = None
    if asked.cursor is not None:
        after = call.cursors.open(model, asked.order, asked.cursor, where)
    if asked.select is not None:
        opener = _opener(call, where.replace("cursor", "select"))
        asked = evolve(asked, select=opened(asked.select, opener))
    statement = compile_find(view, asked, after)
    return Prepared(statement, lambda rows: _read_page(view, asked, call.cursors, rows))


def _opener(call: Call, pointer: str) -> Opener:
    """Opens the cursors that a select names."""
    return lambda model, order, cursor: call.cursors.open(model, order, cursor, pointer)


def _read_query(call: Call) -> Find | Aggregate:
    fields = call.fields
    others = fields.keys() - {"op", "model", "query", "count"}
    if others:
        message = f"A find has either query or {min(others)}."
        raise refused("/query", "format", message)
    pairs = fields["query"]
    if not isinstance(pairs, list) or not all(map(_is_pair, pairs)):
        raise refused("/query", "format", "A query is a list of pairs of texts.")
    count_ = fields.get("count")
    if count_ is not None and not any(name == "count" for name, _ in pairs):
        pairs = [*pairs, ["count", str(count_)]]
    return read_query(call.model, pairs, call.caller)


def _is_pair(pair: object) -> bool:
    match pair:
        case [str(), str()]:
            return True
    return False


def _read_page(
    view: View, asked: Find, cursors: Cursors, rows: Rows
) -> OperationResult:
    """The records are JSON already: they are joined, not parsed. Of the last one the
    keys are read, when a page follows."""
    total = ""
    if asked.count is not None:
        total = f',"total":{rows[0][-1]}'
        # The total has a row even where no record has.
        rows = [row for row in rows if row[0] is not None]
    cursor = "null"
    if len(rows) > asked.limit:
        rows = rows[: asked.limit]
        values = _key_values(asked, rows[-1])
        cursor = f'"{cursors.seal(view.model, asked.order, values)}"'
    return OperationResult.of_items(rows, f',"next_cursor":{cursor}{total}')


def _key_values(asked: Find, row: tuple[Any, ...]) -> list[Any]:
    if not shows_keys(asked):
        values: list[Any] = orjson.loads(row[1])
        return values
    record = orjson.loads(row[0])
    return [record[key.field.name] for key in asked.order]


def count(call: Call) -> Prepared:
    """How many records there are."""
    source = Source.of(call.model, call.caller)
    where = call.fields.get("where")
    condition = None if where is None else source.own_reader().read(where, "/where")
    deleted = read_deleted(call.fields.get("deleted") or "exclude", "/deleted")
    statement = compile_count(source.view, condition, deleted)
    return Prepared(
        statement, lambda rows: OperationResult(b'{"count":%d}' % rows[0][0])
    )


def aggregate(call: Call) -> Prepared:
    """Groups of records, and what they come to."""
    asked = read_aggregate(call.model, call.fields, call.caller)
    view = call.caller.seen(call.model, 0)
    return Prepared(compile_aggregate(view, asked), OperationResult.of_items)


def _read_groups_as_page(rows: Rows) -> OperationResult:
    return OperationResult.of_items(rows, ',"next_cursor":null')
