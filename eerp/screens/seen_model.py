"""The part of a model's screens that somebody sees."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from eerp.screens.catalogue import Piece
from eerp.screens.fills import seen_fill
from eerp.screens.seen_views import seen_columns, seen_views
from eerp.screens.sight import Sight

__all__ = ["seen_action", "seen_field", "seen_model"]


def seen_model(model: Piece, sight: Sight, place: str) -> Piece | None:
    """A model with what is seen of it; None when nothing is."""
    key, needed = model["key"], model["permissions"]
    if not sight.model(key, place):
        return None
    fields = [
        shown
        for field in model["fields"]
        if (shown := _own_field(key, field, sight, place)) is not None
    ]
    named = [sight.field(key, name, place) for name in _in_braces(model["display"])]
    can = {verb: may and sight.may(needed[verb]) for verb, may in model["can"].items()}
    path = model["path"] if can["list"] else None
    return {
        **model,
        "path": path,
        "display": model["display"] if all(named) else "{id}",
        "can": can,
        "order": [each for each in model["order"] if sight.field(key, each[0], place)],
        "audited": sight.may("eerp.audit.read"),
        "fields": fields,
        "lines": list(_lines(model["lines"], key, sight, f"{place}.lines")),
        "related": list(_related(model["related"], key, sight, f"{place}.related")),
        "views": seen_views(key, model["views"], sight, place),
        "actions": list(_actions(model["actions"], key, sight, f"{place}.actions")),
    }


def _in_braces(template: str) -> Collection[str]:
    return [part.partition("}")[0] for part in template.split("{")[1:]]


def _own_field(key: str, field: Piece, sight: Sight, place: str) -> Piece | None:
    """A field of the model; `write` of it is what setting it takes."""
    name = field["name"]
    if not sight.field(key, name, place):
        return None
    shown = seen_field(field, sight, f"{place}.fields.{name}")
    visible = field.get("visible")
    if visible and not sight.condition(key, visible, f"{place}.{name}", beyond=False):
        del shown["visible"]
    currency = field.get("currency")
    if currency and not sight.field(key, currency, f"{place}.fields.{name}.currency"):
        del shown["currency"]
    write = shown.pop("write", None)
    return {**shown, "readonly": field["readonly"] or not sight.may(write or "")}


def seen_field(field: Piece, sight: Sight, place: str) -> Piece:
    """A field, which leads nowhere when its records are not seen."""
    shown = dict(field)
    to = field.get("relation")
    if to is not None and not sight.target(to["model"], place):
        del shown["relation"]
        shown["kind"] = "uuid" if field["kind"] == "reference" else "tags"
    if "fields" in field:
        shown["fields"] = [seen_field(each, sight, place) for each in field["fields"]]
    return shown


def _lines(lines: list[Piece], key: str, sight: Sight, place: str) -> Iterator[Piece]:
    for each in lines:
        at, model = f"{place}.{each['name']}", each["model"]
        if not sight.model(model, at) or not _when(each, key, sight, at):
            continue
        columns = seen_columns(model, each["columns"], sight, f"{at}.columns")
        totals = [
            name for name in each["totals"] if sight.amount(model, name, f"{at}.totals")
        ]
        fields = [name for name in each["fields"] if sight.field(model, name, at)]
        yield {**each, "columns": columns, "totals": totals, "fields": fields}


def _when(piece: Piece, key: str, sight: Sight, place: str) -> bool:
    """Whether all is seen that the condition of a piece is about."""
    when = piece.get("when")
    return when is None or sight.condition(key, when, f"{place}.when", beyond=False)


def _related(
    related: list[Piece], key: str, sight: Sight, place: str
) -> Iterator[Piece]:
    for each in related:
        at, model = f"{place}.{each['key']}", each["model"]
        listed = sight.lists(model, at) and sight.field(model, each["field"], at)
        if listed and _when(each, key, sight, at):
            yield each


def _actions(
    actions: list[Piece], key: str, sight: Sight, place: str
) -> Iterator[Piece]:
    for each in actions:
        shown = seen_action(key, each, sight, f"{place}.{each['key']}")
        if shown is not None:
            yield shown


def seen_action(key: str, action: Piece, sight: Sight, place: str) -> Piece | None:
    """An action that may be called, on records of which the condition is seen."""
    if not sight.route(action["method"], action["path"], place):
        return None
    if not _when(action, key, sight, place):
        return None
    fields = [seen_field(each, sight, place) for each in action["fields"]]
    shown: dict[str, Any] = {**action, "fields": fields}
    if "fill" in action:
        shown["fill"] = seen_fill(key, action["fill"], sight, f"{place}.fill")
    if "opens" in action and not sight.model(action["opens"], f"{place}.opens"):
        del shown["opens"]
        shown.pop("opens_at", None)
        shown["result"] = "reload"
    return shown
