"""Models, and strategies for what may be asked of them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from hypothesis import strategies as st

from eerp.orm.fields import OPERATORS, SEARCHES, WrongValue
from eerp.orm.model import Field, Model
from eerp.orm.registry import ModelRegistry
from eerp.orm.textsearch import search_text

ID = "018f4e9a-7c1b-7d2e-8f3a-4b5c6d7e8f90"
EVERY_TYPE = {
    "a_text": "text", "an_integer": "integer", "a_bigint": "bigint",
    "a_numeric": "numeric(12,2)", "a_boolean": "boolean", "a_date": "date",
    "a_time": "time", "an_instant": "timestamptz", "a_uuid": "uuid",
    "a_jsonb": "jsonb", "a_bytea": "bytea", "texts": "text[]",
    "integers": "integer[]", "bigints": "bigint[]", "numerics": "numeric(12,2)[]",
    "booleans": "boolean[]", "dates": "date[]", "times": "time[]",
    "instants": "timestamptz[]", "uuids": "uuid[]",
}  # fmt: skip


def described(name: str = "things", /, **fields: str) -> dict[str, Any]:
    """A model's description: fields and their types, all of them nullable."""
    listed = [{"name": field, "type": kind} for field, kind in fields.items()]
    return {"name": name, "fields": listed}


def things() -> Model:
    """A model with a field of every type."""
    return ModelRegistry().register("shop", [described(**EVERY_TYPE)])[0]


def created(model: dict[str, Any]) -> dict[str, Any]:
    """The migration that makes the table of a description."""
    columns = [
        {
            "column": field["name"],
            "sql_type": field["type"],
            "nullable": field.get("nullable", True),
            "default": field.get("default"),
        }
        for field in model["fields"]
    ]
    operation = {"type": "create_table", "table": model["name"], "columns": columns}
    return {"entity": model["name"], "version": 1, "operations": [operation]}


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
json_values = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=5,
)
integers = st.integers(-(2**31), 2**31 - 1)
uuids = st.uuids().map(str)
_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "text": texts,
    "integer": integers,
    "bigint": st.integers(-(2**63), 2**63 - 1).map(str),
    "numeric(12,2)": st.decimals(
        -9_999_999_999, 9_999_999_999, places=2, allow_nan=False
    ).map(lambda value: f"{value:f}"),
    "boolean": st.booleans(),
    "date": st.dates().map(str),
    "time": st.times().map(str),
    "timestamptz": st.datetimes().map(lambda moment: f"{moment.isoformat()}+00:00"),
    "uuid": uuids,
    "jsonb": json_values,
    "bytea": st.binary().map(lambda raw: b64encode(raw).decode()),
}
VALUES: dict[str, st.SearchStrategy[Any]] = _SCALARS | {
    f"{kind}[]": st.lists(value, max_size=5)
    for kind, value in _SCALARS.items()
    if kind not in ("jsonb", "bytea")
}
"""JSON values that a field of each type takes, as a record shows them."""

anything = st.none() | json_values | st.floats()


def comparisons(model: Model) -> st.SearchStrategy[dict[str, Any]]:
    """Comparisons that the model's fields know."""
    fields = st.sampled_from(list(model.fields.values()))
    return fields.flatmap(_comparison)


def _is_search(text: str) -> bool:
    try:
        search_text("fts", text)
    except WrongValue:
        return False
    return True


def _comparison(field: Field) -> st.SearchStrategy[dict[str, Any]]:
    known = [op for op in OPERATORS if op in field.type.operators]
    return st.sampled_from(known).flatmap(lambda op: _compared(field, op))


words = st.text("abé '&|!()<->:*\"\\", max_size=12)
searches = words.filter(_is_search)
languages = st.sampled_from(["", "(english)", "(simple)", "(german)"])


def _compared(field: Field, op: str) -> st.SearchStrategy[dict[str, Any]]:
    value = VALUES[field.type.name]
    if op == "in":
        value = st.lists(value, max_size=3)
    if op == "is":
        boolean = field.type.name == "boolean"
        truths = [None, "not_null", True, False]
        value = st.sampled_from(truths if boolean else truths[:2])
    if op == "isdistinct":
        value |= st.none()
    if op in SEARCHES:
        value = searches if op == "fts" else words
        return st.fixed_dictionaries(
            {
                "field": st.just(field.name),
                "op": languages.map(lambda language: op + language),
                "value": value,
            }
        )
    return st.fixed_dictionaries(
        {"field": st.just(field.name), "op": st.just(op), "value": value}
    )


def conditions(model: Model) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions of any shape."""
    return st.recursive(
        comparisons(model),
        lambda inner: st.one_of(
            st.fixed_dictionaries({"and": st.lists(inner, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"or": st.lists(inner, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"not": inner}),
        ),
        max_leaves=6,
    )


def orders(model: Model) -> st.SearchStrategy[list[list[str]]]:
    """Orders of up to three fields."""
    names = [field.name for field in model.fields.values() if field.type.ordered]
    return st.lists(st.sampled_from(names), unique=True, max_size=3).flatmap(
        lambda chosen: st.tuples(*(_directed(name) for name in chosen)).map(list)
    )


def _directed(name: str) -> st.SearchStrategy[list[str]]:
    return st.sampled_from(["asc", "desc"]).map(lambda word: [name, word])
