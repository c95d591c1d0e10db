"""What belongs to a record: lines that are written with it, lists that refer to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from eerp.orm.model import Model, Relation
from eerp.screens.catalogue import Catalogue, Piece, key_of
from eerp.screens.fields import Schema

__all__ = ["lines_of", "related_of"]

_COLUMNS_MAX = 8
_POSITION = "position"
Fields = Mapping[str, Mapping[str, Piece]]
"""The fields of each model, by its key and their names."""


def lines_of(
    catalogue: Catalogue, model: Model, properties: Mapping[str, Schema], fields: Fields
) -> list[Piece]:
    """The parts of a record. `properties` are those of the bodies that it is written
    with."""
    return [
        _lines(name, relation, properties.get(name, {}), fields[key_of(relation.model)])
        for name, relation in catalogue.lines(model).items()
    ]


def _lines(
    name: str, relation: Relation, written: Schema, fields: Mapping[str, Piece]
) -> Piece:
    line = relation.model
    sent = written.get("items", {}).get("properties", {})
    settable = [each for each in line.own if each in sent]
    amounts = [name for name in line.own if fields[name]["kind"] == "money"]
    return {
        "name": name,
        "title": line.plural,
        "model": key_of(line),
        "parent": relation.field,
        "position": _POSITION if _POSITION in line.own else None,
        "fields": settable,
        "columns": _columns(line, relation.field, settable, amounts, fields),
        "totals": amounts,
    }


def _columns(
    line: Model,
    parent: str,
    settable: list[str],
    amounts: list[str],
    fields: Mapping[str, Piece],
) -> list[str]:
    """What can be written, then the amounts that follow from it."""
    named = settable or [name for name in line.own if name not in (parent, _POSITION)]
    telling = [name for name in named if fields[name]["type"] != "jsonb"]
    room = max(_COLUMNS_MAX - len(amounts), 1)
    chosen = [name for name in telling if name not in amounts][:room]
    return [*chosen, *amounts][:_COLUMNS_MAX]


def related_of(catalogue: Catalogue, model: Model) -> list[Piece]:
    """The lists of other records of the module that refer to a record."""
    lines = {(id(r.model), r.field) for r in catalogue.lines(model).values()}
    found = [
        {
            "key": relation.name,
            "title": relation.model.plural,
            "model": key_of(relation.model),
            "field": relation.field,
        }
        for relation in _plain(model)
        if catalogue.path(key_of(relation.model))
        and (id(relation.model), relation.field) not in lines
    ]
    return sorted(found, key=lambda each: str(each["title"]))


def _plain(model: Model) -> Iterator[Relation]:
    """The relations to many, without second names of the same."""
    many = [each for each in model.relations.values() if each.many]
    short = {(id(each.model), each.field) for each in many if "!" not in each.name}
    for each in many:
        if "!" not in each.name or (id(each.model), each.field) not in short:
            yield each
