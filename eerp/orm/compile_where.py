"""Conditions as SQL; their values are bound, and only checked names are joined."""

from __future__ import annotations

from collections.abc import Sequence

from eerp.orm.comparison import Comparison
from eerp.orm.condition import All, Condition, Negation, Related, Some, Unknown
from eerp.orm.fields import SEARCHES
from eerp.orm.textsearch import FUNCTIONS
from eerp.orm.view import Guard

__all__ = ["compile_condition", "compile_guard", "fields_of"]

_COMPARED = {
    "eq": "=",
    "neq": "<>",
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
    "like": "LIKE",
    "ilike": "ILIKE",
    "isdistinct": "IS DISTINCT FROM",
    "cs": "@>",
    "cd": "<@",
    "ov": "&&",
}


def compile_condition(condition: Condition, parameters: list[str | None]) -> str:
    """The SQL of a condition; its values go to `parameters`, in the order of their
    placeholders."""
    match condition:
        case Comparison():
            return _compared(condition, parameters)
        case All(parts):
            return _joined(" AND ", parts, parameters)
        case Some(parts):
            return _joined(" OR ", parts, parameters)
        case Negation(part):
            return f"NOT {compile_condition(part, parameters)}"
        case Related():
            return _related(condition, parameters)
        case Unknown():
            return "(NULL::boolean)"


def _joined(word: str, parts: Sequence[Condition], parameters: list[str | None]) -> str:
    return f"({word.join([compile_condition(part, parameters) for part in parts])})"


def _compared(compared: Comparison, parameters: list[str | None]) -> str:
    field, operator = compared.field, compared.operator
    if operator == "is":
        return f"({field.column} IS {compared.value})"
    parameters.append(compared.value)
    if operator == "in":
        return f"({field.column} = ANY({field.operands}))"
    if operator in SEARCHES:
        language = f"'{compared.configuration}'"
        query = f"{FUNCTIONS[operator]}({language}, {field.operand})"
        return f"(to_tsvector({language}, {field.column}) @@ {query})"
    return f"({field.column} {_COMPARED[operator]} {field.operand})"


def _related(related: Related, parameters: list[str | None]) -> str:
    """Only records that the caller sees count, and none that is deleted."""
    hop = related.hop
    view = hop.view
    parts = [hop.link, f'{view.alias}."deleted_at" IS NULL']
    view.guard.append(parts, parameters)
    parts.append(compile_condition(related.part, parameters))
    return (
        f"(EXISTS (SELECT FROM {view.model.table} AS {view.alias} "
        f"WHERE {' AND '.join(parts)}))"
    )


def compile_guard(condition: Condition) -> Guard:
    """A condition as a guard, with the fields of its table that it depends on."""
    parameters: list[str | None] = []
    sql = compile_condition(condition, parameters)
    return Guard(sql, tuple(parameters), fields_of(condition))


def fields_of(condition: Condition) -> frozenset[str]:
    """The names of the fields that a condition on a table depends on."""
    match condition:
        case Comparison(field):
            return frozenset({field.name})
        case All(parts) | Some(parts):
            return frozenset().union(*map(fields_of, parts))
        case Negation(part):
            return fields_of(part)
        case Related(hop):
            return frozenset({"id" if hop.relation.many else hop.relation.field})
        case Unknown():
            return frozenset()
