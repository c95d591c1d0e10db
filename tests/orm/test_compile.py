"""Statements: what is joined, and what is bound."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from eerp.errors import ValidationFailed
from eerp.interfaces import Statement
from eerp.orm.compile_find import compile_find
from eerp.orm.cursor import Cursors
from eerp.orm.operation import prepare
from eerp.orm.query import read_find
from eerp.orm.querystring import read_query
from eerp.orm.registry import ModelRegistry
from eerp.orm.view import open_view
from tests.orm.given import EVERY_TYPE, ID, VALUES, conditions, described, orders

REGISTRY = ModelRegistry()
MODEL = REGISTRY.register("shop", [described(**EVERY_TYPE)])[0]
VIEW = open_view(MODEL)
CURSORS = Cursors(b"key")
hostile = st.sampled_from(
    ['x" OR 1=1 --', "%s", "'; DROP TABLE x; --", "a_text\0", "A_TEXT", "%(x)s", '"']
)


def placeholders(statement: Statement) -> int:
    """How many there are; a percent sign that is none would be a hole."""
    assert "%" not in statement.sql.replace("%s", "")
    return statement.sql.count("%s")


def after(find: Any, data: st.DataObject) -> list[str | None]:
    return [
        None
        if key.field.nullable and data.draw(st.booleans())
        else key.field.type.encode_operand(data.draw(VALUES[key.field.type.name]))
        for key in find.order
    ]


@given(where=conditions(MODEL), order=orders(MODEL), data=st.data())
def test_each_placeholder_has_its_value(
    where: Any, order: Any, data: st.DataObject
) -> None:
    find = read_find(MODEL, {"where": where, "order": order})
    for keys in (None, after(find, data)):
        statement = compile_find(VIEW, find, keys)
        assert placeholders(statement) == len(statement.parameters)


@given(where=conditions(MODEL), order=orders(MODEL))
def test_no_text_of_a_value_is_joined_into_the_sql(where: Any, order: Any) -> None:
    statement = compile_find(VIEW, read_find(MODEL, {"where": where}), None)
    words = set(re.findall(r"[^\s(),]+", statement.sql))
    assert all(re.fullmatch(WORD, word) for word in words), words


WORD = (
    r't\.(\*|"[a-z_]+")(::text(\[\])?)?|"[a-z_]+"(\."[a-z_]+")?|%s::[a-z]+(\[\])*|_r'
    r"|row_to_json|::text|t|[A-Z]+|=|<>|[<>]=?|replace|encode|chr|10|'base64'"
    r"|''|@>|<@|&&|@@|[a-z_]*to_ts[a-z]+|'(english|simple|german)'"
)


@given(name=hostile, data=st.data())
def test_hostile_names_never_reach_the_sql(name: str, data: st.DataObject) -> None:
    operations: list[dict[str, Any]] = [
        {"op": "find", "where": {"field": name, "op": "eq", "value": "x"}},
        {"op": "find", "where": {"field": "a_text", "op": name, "value": "x"}},
        {"op": "find", "order": [[name, "asc"]]},
        {"op": "find", "order": [["a_text", name]]},
        {"op": "find", "deleted": name},
        {"op": "find", "query": [[name, "eq.1"]]},
        {"op": "find", "query": [["select", name]]},
        {"op": "find", "query": [["order", name]]},
        {"op": "find", "query": [["or", f"({name}.eq.1)"]]},
        {"op": "create", "values": {name: "x"}},
        {"op": "update", "id": ID, "values": {name: "x"}},
        {"op": "get", "id": name},
        {"op": "delete", "id": ID, "version": name},
        {"op": name},
    ]
    operation = data.draw(st.sampled_from(operations))
    try:
        prepare(REGISTRY, CURSORS, "shop", {"model": "things", **operation}, None)
    except ValidationFailed as error:
        assert error.errors
        return
    raise AssertionError(f"taken: {operation}")


def test_keys_that_are_never_null_and_go_one_way_are_compared_as_a_row() -> None:
    find = read_find(MODEL, {"order": [["created_at", "desc"]]})
    sql = compile_find(VIEW, find, ["2026-01-01T00:00:00Z", ID]).sql
    row = '((t."created_at", t."id") < (%s::timestamptz, %s::uuid))'
    assert row in sql


def test_a_page_is_cut_before_its_records_become_json() -> None:
    sql = compile_find(VIEW, read_find(MODEL, {}), None).sql
    assert sql.index("row_to_json") < sql.index("(SELECT t.* FROM")
    assert "LIMIT %s::integer) AS t CROSS JOIN LATERAL" in sql


def test_only_what_is_selected_is_shown() -> None:
    find = read_query(MODEL, [("select", "a_numeric"), ("order", "a_text")])
    sql = compile_find(VIEW, find, None).sql
    assert '(SELECT t."id" AS "id", t."a_numeric"::text AS "a_numeric") AS _r' in sql
    assert 'json_build_array(t."a_text", t."id")::text' in sql
