"""What a dialog starts with: values of a record, and lists of its lines.

A field is filled with the value of a field of the record; where it is a list, with an
object for each line of the record.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eerp.orm.model import Model
from eerp.screens.catalogue import Piece, key_of
from eerp.screens.declaring import Declaring
from eerp.screens.seen_views import seen_columns
from eerp.screens.sight import Sight

__all__ = ["merged_fill", "seen_fill"]

Fill = dict[str, Any]
"""By field of the dialog: the name of a field, or what is told of lines."""


def merged_fill(
    by: Declaring, model: Model, fields: list[Piece], declared: Fill, place: str
) -> Fill:
    """What a dialog of `fields` starts with, done with a record of `model`."""
    asked = {each["name"]: each for each in fields}
    by.only(declared, list(asked), place)
    return {
        to: told
        if isinstance(told, str)
        else _of_lines(by, model, asked[to], told, f"{place}.{to}")
        for to, told in declared.items()
    }


def _of_lines(
    by: Declaring, model: Model, field: Piece, told: Piece, place: str
) -> Piece:
    """A list that is filled with lines, and whose lines they are."""
    if field["kind"] != "list":
        by.refuse(place, "it is no list, and so has no lines")
    lines = by.catalogue.lines(model)
    by.only({told["lines"]: None}, list(lines), f"{place}.lines")
    inner = [each["name"] for each in field["fields"]]
    by.only(told["fields"], inner, f"{place}.fields")
    return {"show": [], **told, "model": key_of(lines[told["lines"]].model)}


def seen_fill(key: str, fill: Fill, sight: Sight, place: str) -> Fill:
    """What is seen of it; of a list only when all is that it takes of the lines."""
    shown: Fill = {}
    for to, told in fill.items():
        at = f"{place}.{to}"
        if isinstance(told, str):
            if sight.field(key, told, at):
                shown[to] = told
        elif all(sight.field(told["model"], name, at) for name in _taken(told)):
            columns = seen_columns(told["model"], told["show"], sight, at)
            shown[to] = {**told, "show": columns}
    return shown


def _taken(told: Piece) -> Iterator[str]:
    """The fields of lines whose values are taken."""
    for part in told["fields"].values():
        yield from [part] if isinstance(part, str) else part.values()
