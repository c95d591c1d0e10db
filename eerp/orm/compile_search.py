"""A statement that finds records of one model by words in their texts."""

from __future__ import annotations

from collections.abc import Sequence

from eerp.interfaces import Statement
from eerp.limits import FOUND_CANDIDATES_MAX, FOUND_PER_MODEL_MAX
from eerp.orm.comparison import Comparison, comparison
from eerp.orm.compile_find import compile_where
from eerp.orm.condition import All, Some
from eerp.orm.fields import literal
from eerp.orm.model import Field
from eerp.orm.view import View

__all__ = ["compile_search", "together"]

# ruff: noqa: S608  # every text that is joined here is of checked identifiers

_POINTER = "query/q"


def compile_search(
    view: View, label: Field, fields: Sequence[Field], words: Sequence[str]
) -> Statement:
    """Records of which each of `words` is in one of `fields`, those first whose label
    begins with the first word. Rows: (module, model, id, label, rank).

    Only some candidates are looked at, so that a word that is everywhere costs little.
    """
    condition = All(
        tuple(
            Some(tuple(_contains(each, f"*{word}*") for each in fields))
            for word in words
        )
    )
    parameters: list[str | None] = []
    where = compile_where(view, condition, "exclude", parameters)
    model = view.model
    candidates = (
        f'SELECT t."id"::text AS id, {label.column}::text AS label'
        f" FROM {model.table} AS t{where} LIMIT {FOUND_CANDIDATES_MAX}"
    )
    # As a pattern, the word is the operand of a comparison that was checked.
    begins = _contains(fields[0], f"{words[0]}*").value
    order = "c.label ILIKE %s DESC, length(c.label), c.label, c.id"
    sql = (
        f"SELECT {literal(model.module)}::text, {literal(model.name)}::text,"
        " c.id, c.label,"
        f" row_number() OVER (ORDER BY {order}) AS rank FROM ({candidates}) AS c"
        f" ORDER BY rank LIMIT {FOUND_PER_MODEL_MAX}"
    )
    return Statement(sql, (begins, *parameters))


def together(statements: Sequence[Statement]) -> Statement:
    """Several of them as one, for one round trip."""
    sql = " UNION ALL ".join(f"({each.sql})" for each in statements)
    values = [value for each in statements for value in each.parameters]
    return Statement(sql, tuple(values))


def _contains(field: Field, pattern: str) -> Comparison:
    return comparison(field, "ilike", pattern, _POINTER)
