"""Views of a model of which its module says nothing: list, form, graph and search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from eerp.orm.model import Model, Relation
from eerp.screens.catalogue import Piece

__all__ = ["display_of", "views_of"]

# How many columns of a kind a list shows, so that each finds room.
_ROOM = {"choice": 2, "reference": 2, "date": 2, "money": 2, "text": 2, "decimal": 1}
_COLUMNS_MAX = 8
_STATES = ("state", "status", "stage")
_SPEAKING = (
    "number", "name", "title", "subject", "code", "last_name", "label", "email",
)  # fmt: skip
_AMOUNTS = ("total", "amount", "net", "value", "balance", "debit", "credit", "gross")
_TELLING = (*_AMOUNTS, *_SPEAKING)
_LONG = frozenset({"multiline", "json", "object", "list"})
_SUMMED = frozenset({"money", "decimal"})
_DATES = frozenset({"date", "datetime"})
# What groups are made by, the most telling first.
_PARTING = ("choice", "reference", "boolean")
Fields = Mapping[str, Piece]


def display_of(model: Model) -> str:
    """The field that stands for a record: the model's, or one that speaks."""
    if model.display is not None:
        return model.display
    speaking = (name for name in _SPEAKING if name in model.own)
    return next(speaking, None) or next(iter(_related_names(model)), "id")


def _related_names(model: Model) -> Iterator[str]:
    """What a record is known by through what it belongs to: ``employee.name``."""
    for relation in model.relations.values():
        if not relation.many and not model.own[relation.field].nullable:
            display = relation.model.display
            if display is not None and relation.field != model.company:
                yield f"{relation.name}.{display}"


def views_of(model: Model, fields: Fields, *, listed: bool) -> Piece:
    """The views; a graph only of what is `listed`."""
    return {
        "list": {
            "columns": _columns(model, fields),
            "totals": [],
            "decorate": [],
            "editable": False,
        },
        "form": _form(model, fields),
        "board": None,
        "calendar": None,
        "graph": _graph(model, fields) if listed else None,
        "search": {
            "quick": _quick(model, fields),
            "filters": [],
            "groups": _groups(model, fields),
        },
    }


def _columns(model: Model, fields: Fields) -> list[str]:
    """The field that stands for a record, and a few of each kind that tell of it."""
    chosen = [display_of(model)]
    room = dict(_ROOM)
    for name in sorted(model.own, key=_rank(fields)):
        kind = fields[name]["kind"]
        if name not in (*chosen, model.company) and room.get(kind):
            room[kind] -= 1
            chosen.append(name)
    best = chosen[:_COLUMNS_MAX]
    first, *others = [best[0], *(name for name in model.own if name in best[1:])]
    columns = [_column(model, name) for name in others]
    return list(dict.fromkeys([first, *columns]))


def _rank(fields: Fields) -> Callable[[str], tuple[bool, int, bool]]:
    """States come before all else, then names and totals, then what is never empty."""

    def rank(name: str) -> tuple[bool, int, bool]:
        place = _TELLING.index(name) if name in _TELLING else len(_TELLING)
        return name not in _STATES, place, bool(fields[name]["nullable"])

    return rank


def _column(model: Model, name: str) -> str:
    """A reference is shown by what stands for the record that it leads to."""
    relation = _relation(model, name)
    if relation is None or relation.model.display is None:
        return name
    return f"{relation.name}.{relation.model.display}"


def _relation(model: Model, field: str) -> Relation | None:
    for relation in model.relations.values():
        if not relation.many and relation.field == field:
            return relation
    return None


def _form(model: Model, fields: Fields) -> Piece:
    own = [fields[name] for name in model.own]
    status = next((f["name"] for f in own if _is_status(f)), None)
    written = [f for f in own if not f["readonly"] and f["kind"] != "multiline"]
    shown = [f for f in own if f["readonly"] and f["kind"] not in _LONG]
    amounts = [f for f in shown if f["kind"] in _SUMMED]
    others = [f for f in shown if f not in amounts and f["name"] != status]
    groups = {
        "": written,
        "Amounts": amounts,
        "Details": others,
        "Notes": [f for f in own if f["kind"] == "multiline"],
    }
    return {
        "status": status,
        "tabs": [
            {
                "key": "main",
                "title": "Details",
                "groups": [
                    {"title": title, "fields": [f["name"] for f in members]}
                    for title, members in groups.items()
                    if members
                ],
            }
        ],
    }


def _is_status(field: Piece) -> bool:
    return field["readonly"] and field["kind"] == "choice" and field["name"] in _STATES


def _graph(model: Model, fields: Fields) -> Piece | None:
    own = [fields[name] for name in model.own if name != model.company]
    by = [f["name"] for kind in _PARTING for f in own if f["kind"] == kind]
    by += [f"{f['name']}.month()" for f in own if f["kind"] in _DATES]
    sums = [
        {"key": f"{f['name']}.sum", "title": f["label"], "fn": "sum",
         "field": f["name"]}
        for f in own
        if f["kind"] in _SUMMED
    ]  # fmt: skip
    count = {"key": "count", "title": "Count", "fn": "count", "field": None}
    return {"by": by, "measures": [count, *sums], "chart": "bar"} if by else None


def _quick(model: Model, fields: Fields) -> list[str]:
    """Where the quick search looks: what stands for a record, and short texts that
    people know it by, or that are found quickly."""
    texts = [
        name
        for name in model.own
        if fields[name]["kind"] in ("text", "email", "phone")
        and (fields[name]["searchable"] or name in _SPEAKING)
    ]
    first = [] if model.display is None else [model.display]
    known = [name for name in first if fields[name]["type"] == "text"]
    return [*known, *(name for name in texts if name not in known)]


def _groups(model: Model, fields: Fields) -> list[Piece]:
    return [
        {"key": name, "title": fields[name]["label"], "by": name}
        for name in model.own
        if fields[name]["groupable"] and fields[name]["kind"] not in _DATES
    ]
