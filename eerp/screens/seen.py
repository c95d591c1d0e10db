"""The part of a module's screens that somebody sees. See `eerp.screens.sight`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from eerp.screens.catalogue import Piece
from eerp.screens.part import Part
from eerp.screens.seen_model import seen_action, seen_field, seen_model
from eerp.screens.seen_views import seen_columns, seen_measures
from eerp.screens.sight import Sight

__all__ = ["PLACES", "seen_part"]

PLACES = ("form.before", "form.after", "list.before", "list.after")
"""Where modules may add to the screens of a model of another."""


def seen_part(part: Part, sight: Sight) -> Part:
    """`part` as far as `sight` goes. Checking, it raises for what is named and is not
    there."""
    models = {
        name: shown
        for name, model in part.models.items()
        if (shown := seen_model(model, sight, f"models.{name}")) is not None
    }
    reports = _kept(part.reports, lambda each: _report(each, sight))
    menu = _kept(
        part.module["menu"], lambda each: _item(each, part.name, models, sight)
    )
    return Part(
        module={**part.module, "menu": menu},
        models=models,
        reports=reports,
        dashboard=_dashboard(part.dashboard, sight),
        slots={
            place: _slots(place, added, sight) for place, added in part.slots.items()
        },
    )


def _kept(
    pieces: Iterable[Piece], look: Callable[[Piece], Piece | None]
) -> list[Piece]:
    return [shown for piece in pieces if (shown := look(piece)) is not None]


def _item(
    item: Piece, owner: str, models: Mapping[str, Piece], sight: Sight
) -> Piece | None:
    place = f"menu.{item['key']}"
    if "report" in item:
        return item if sight.report(item["report"], place) else None
    key = item.get("model")
    if key is None or not sight.lists(key, place):
        return None
    module, _, name = key.partition(".")
    if module != owner:
        return item
    views = models[name]["views"]
    filters = [each["key"] for each in views["search"]["filters"]]
    shown = [view for view in views if views[view] is not None]
    for part, there in (("filter", filters), ("view", shown)):
        if part in item and not sight.known(item[part], there, place):
            return None
    return item


def _report(report: Piece, sight: Sight) -> Piece | None:
    place = f"reports.{report['key'].partition('.')[2]}"
    if not sight.route("GET", report["path"], f"{place}.path"):
        return None
    sections = [
        _section(each, sight, f"{place}.sections.{number}")
        for number, each in enumerate(report["sections"])
    ]
    asked = [seen_field(each, sight, place) for each in report["parameters"]]
    actions = _actions(report["actions"], sight, place)
    return {**report, "parameters": asked, "sections": sections, "actions": actions}


def _actions(actions: list[Piece], sight: Sight, place: str) -> list[Piece]:
    return [
        {**each, "fields": [seen_field(one, sight, place) for one in each["fields"]]}
        for each in actions
        if sight.route(each["method"], each["path"], f"{place}.actions.{each['key']}")
    ]


def _section(section: Piece, sight: Sight, place: str) -> Piece:
    columns = [_column(each, sight, place) for each in section["columns"]]
    actions = _actions(section["actions"], sight, place)
    shown = {**section, "columns": columns, "actions": actions}
    if "drill" in section and not _drills(section["drill"], sight, f"{place}.drill"):
        del shown["drill"]
    names = [each["field"] for each in columns]
    for name in (section.get("indent"), *_summed(section)):
        if name is not None:
            sight.known(name, names, place)
    return shown


def _summed(section: Piece) -> Iterable[str]:
    return (name for total in section["totals"] for name in total["values"])


def _column(column: Piece, sight: Sight, place: str) -> Piece:
    key = column.get("relation")
    if key is None or sight.target(key, place):
        return column
    plain = {name: part for name, part in column.items() if name != "relation"}
    return {**plain, "kind": "uuid"}


def _drills(drill: Piece, sight: Sight, place: str) -> bool:
    if "report" in drill:
        return sight.report(drill["report"], place)
    key = drill["model"]
    names = drill.get("where", {})
    return sight.model(key, place) and all(
        sight.field(key, name, place) for name in names
    )


def _dashboard(dashboard: Piece | None, sight: Sight) -> Piece | None:
    if dashboard is None:
        return None
    cards = _kept(dashboard["cards"], lambda each: _card(each, sight))
    return {**dashboard, "cards": cards} if cards else None


def _card(card: Piece, sight: Sight) -> Piece | None:
    place = f"dashboard.{card['key']}"
    if "report" in card:
        return card if sight.report(card["report"], place) else None
    key = card["model"]
    if not sight.lists(key, place):
        return None
    named = [card[part] for part in ("by", "currency") if part in card]
    if "where" in card and not sight.condition(key, card["where"], place, beyond=True):
        return None
    # A currency may be a code, too.
    if not all(name.isupper() or sight.field(key, name, place) for name in named):
        return None
    if "measure" in card and not seen_measures(key, [card["measure"]], sight, place):
        return None
    shown = dict(card)
    if "columns" in card:
        shown["columns"] = seen_columns(key, card["columns"], sight, place)
    return shown


def _slots(where: str, slots: Iterable[Piece], sight: Sight) -> list[Piece]:
    return _kept(slots, lambda each: _slot(where, each, sight))


def _slot(where: str, slot: Piece, sight: Sight) -> Piece | None:
    """What is added, without what is not seen; nothing when nothing is left."""
    key, place = ".".join(where.split(".")[:2]), f"slots.{where}.{slot['key']}"
    if not sight.model(key, place):
        return None
    shown = {name: slot[name] for name in ("module", "key", "title")}
    if "fields" in slot:
        shown["fields"] = seen_columns(key, slot["fields"], sight, place)
    if "related" in slot:
        to = slot["related"]
        listed = sight.lists(to["model"], place)
        if listed and sight.field(to["model"], to["field"], place):
            shown["related"] = to
    if "action" in slot:
        shown["action"] = seen_action(key, slot["action"], sight, place)
    given = {name: part for name, part in shown.items() if part}
    return given if given.keys() & {"fields", "related", "action"} else None
