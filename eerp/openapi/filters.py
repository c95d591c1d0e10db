"""The parameters of a query string, of which a list takes very many.

What a schema names is a parameter. Filters it knows by patterns only: the own fields of
the model become parameters one by one, so that every client and every page of
documentation can show them; dotted names of related records are left to one parameter
that stands for any of them (an object, exploded: each of its keys is a parameter).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from eerp.openapi.components import Components
from eerp.openapi.doc import Schema
from eerp.orm.fields import OPERATORS, SqlType
from eerp.orm.model import Field, Model

__all__ = ["GRAMMAR", "query_parameters"]

_GROUPS: Mapping[str, str] = {
    "and": "All of these must hold, such as `(a.eq.1,or(b.gt.2,c.is.null))`.",
    "or": "One of these must hold, such as `(a.eq.1,b.gt.2)`.",
    "not.and": "Not all of these may hold.",
    "not.or": "None of these may hold.",
}

GRAMMAR = """\
A filter is a parameter called like a field: `field=[not.]operator.value`. Several
must all hold, and one field may be named several times.

| filter | finds |
|---|---|
| `name=eq.Ann`, `neq`, `gt`, `gte`, `lt`, `lte`, `isdistinct` | by comparison |
| `name=ilike.*ann*`, `like` | by a pattern; `*` is any text |
| `age=in.(1,2)` | one of several; what holds `,()"` is quoted: `in.("a,b")` |
| `closed_at=is.null` | also `is.not_null`, `is.true`, `is.false` |
| `tags=cs.{a,b}`, `cd`, `ov` | arrays that contain, are contained, overlap |
| `notes=wfts(english).late payment` | full text; also `fts`, `plfts`, `phfts` |
| `company.name=eq.Acme` | by a related record |
| `or=(a.eq.1,and(b.gt.2,c.not.is.null))` | groups: `or`, `and`, `not.or`, `not.and` |

`select=id,name,company(name)` shows parts of records and related ones;
`select=stage_id,total:revenue.sum(),n:count()` shows groups of records instead. A field
that is called like a setting (`order`, `limit`, ...) is filtered inside of `and=(...)`.
"""


def query_parameters(
    components: Components, schema: Schema, model: Model | None
) -> list[dict[str, Any]]:
    """The parameters that a query schema describes."""
    required = schema.get("required", ())
    named = schema.get("properties", {})
    parameters = [_named(name, each, name in required) for name, each in named.items()]
    patterns = schema.get("patternProperties", {})
    if patterns and model is not None:
        parameters += _filters(components, model, patterns, frozenset(named))
    elif patterns:
        parameters.append(_further(patterns))
    return parameters


def _named(name: str, schema: Schema, required: bool) -> dict[str, Any]:
    schema = dict(schema)
    parameter: dict[str, Any] = {"name": name, "in": "query"}
    description = schema.pop("description", None)
    if description:
        parameter["description"] = description
    if required:
        parameter["required"] = True
    if schema.get("type") == "array":
        parameter |= {"style": "form", "explode": True}
    return {**parameter, "schema": schema}


def _filters(
    components: Components,
    model: Model,
    patterns: Mapping[str, Schema],
    named: frozenset[str],
) -> Iterator[dict[str, Any]]:
    for field in model.fields.values():
        # What is called like a setting can be filtered in groups only.
        if field.name not in named and _known(field.name, patterns):
            yield _filter(components, field)
    for name, description in _GROUPS.items():
        if _known(name, patterns):
            yield _named(name, _group(description), False)
    if model.relations:
        yield _related(model)


def _known(name: str, patterns: Mapping[str, Schema]) -> bool:
    return any(re.search(pattern, name) for pattern in patterns)


def _filter(components: Components, field: Field) -> dict[str, Any]:
    kind = "list" if field.type.element is not None else field.type.operand
    schema = components.schema(f"filter.{kind}", lambda: _comparison(field.type))
    return {
        "name": field.name,
        "in": "query",
        "description": f"{field.label or field.name}: `operator.value`.",
        "style": "form",
        "explode": True,
        "schema": schema,
        "example": _example(field.type),
    }


def _comparison(kind: SqlType) -> Schema:
    return _repeated({"type": "string", "pattern": _pattern(kind)})


def _repeated(one: Schema) -> Schema:
    """One value, or several: the parameter stands there as often."""
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _pattern(kind: SqlType) -> str:
    """The operators that a field of this type knows; the value is free."""
    known = [name for name in OPERATORS if name in kind.operators]
    words = [rf"{name}(\([a-z]*\))?" if "fts" in name else name for name in known]
    return rf"^(not\.)?({'|'.join(words)})\."


_EXAMPLES: Mapping[str, str] = {
    "text": "ilike.*ann*",
    "boolean": "is.true",
    "integer": "gte.1",
    "bigint": "gte.1",
    "date": "gte.2026-01-31",
    "time": "gte.17:30:00",
    "timestamptz": "gte.2026-01-31T17:30:00Z",
    "uuid": "eq.018f4e9a-7c1b-7d2e-8f3a-4b5c6d7e8f90",
}


def _example(kind: SqlType) -> str:
    usual = "gte.10.00" if kind.name.startswith("numeric") else "is.null"
    return "is.null" if kind.element else _EXAMPLES.get(kind.name, usual)


def _group(description: str) -> Schema:
    return {
        **_repeated({"type": "string", "pattern": r"^\([\s\S]*\)$"}),
        "description": description,
    }


def _related(model: Model) -> dict[str, Any]:
    names = ", ".join(f"`{name}`" for name in sorted(model.relations))
    return {
        "name": "related" if "related" not in model.fields else "related.*",
        "in": "query",
        "description": "Filters by related records: each key is a parameter of its "
        f"own, such as `company.name=eq.Acme`. The relations are {names}.",
        "style": "form",
        "explode": True,
        "schema": {
            "type": "object",
            "patternProperties": {
                r"^[a-z][a-z0-9_]*(![a-z][a-z0-9_]*)?(\.[a-z][a-z0-9_!]*)+$": {
                    "type": "string",
                    "pattern": rf"^(not\.)?({'|'.join(OPERATORS)})(\([a-z]*\))?\.",
                }
            },
            "additionalProperties": False,
        },
    }


def _further(patterns: Mapping[str, Schema]) -> dict[str, Any]:
    """Any parameter whose name is of one of these forms."""
    return {
        "name": "further",
        "in": "query",
        "description": "Each key is a parameter of its own.",
        "style": "form",
        "explode": True,
        "schema": {
            "type": "object",
            "patternProperties": dict(patterns),
            "additionalProperties": False,
        },
    }
