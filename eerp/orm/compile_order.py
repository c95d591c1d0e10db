"""An order as SQL, and what lies in it after a record."""

from __future__ import annotations

from collections.abc import Sequence

from eerp.orm.order import Key

__all__ = ["Range", "compile_order", "ranges_after"]


def compile_order(order: Sequence[Key]) -> str:
    """What stands after ORDER BY."""
    return ", ".join([_sorted(key) for key in order])


def _sorted(key: Key) -> str:
    sql = f"{key.field.column} DESC" if key.descending else key.field.column
    if key.nulls_first == key.descending:
        return sql
    return f"{sql} NULLS {'FIRST' if key.nulls_first else 'LAST'}"


Range = tuple[str, tuple[str | None, ...]]
"""A condition, and the values to bind in it."""


def ranges_after(order: Sequence[Key], after: Sequence[str | None]) -> list[Range]:
    """The records after one with the keys `after`, as ranges of the order.

    Keys that are never null and go one way are compared as a row. Else a record is
    equal in the first key and beyond by the rest, or beyond by its first key.
    """
    first, value = order[0], after[0]
    column = first.field.column
    if all(
        not key.field.nullable and key.descending == first.descending for key in order
    ):
        return [_compared_as_row(order, after)]
    rest = ranges_after(order[1:], after[1:]) if len(order) > 1 else []
    if value is None:
        ranges = [(f"({column} IS NULL AND {sql})", values) for sql, values in rest]
        beyond: Range = (f"({column} IS NOT NULL)", ())
        return [*ranges, beyond] if first.nulls_first else ranges
    operand = first.field.operand
    ranges = [
        (f"({column} = {operand} AND {sql})", (value, *values)) for sql, values in rest
    ]
    ranges.append((f"({column} {_way(first)} {operand})", (value,)))
    if first.field.nullable and not first.nulls_first:
        ranges.append((f"({column} IS NULL)", ()))
    return ranges


def _compared_as_row(order: Sequence[Key], after: Sequence[str | None]) -> Range:
    columns = ", ".join([key.field.column for key in order])
    marks = ", ".join([key.field.operand for key in order])
    return f"(({columns}) {_way(order[0])} ({marks}))", tuple(after)


def _way(key: Key) -> str:
    return "<" if key.descending else ">"
