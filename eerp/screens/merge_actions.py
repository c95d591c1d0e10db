"""Actions as a module declares them, laid over those that follow from its routes."""

from __future__ import annotations

from eerp.orm.model import Model
from eerp.screens.actions import action_of
from eerp.screens.catalogue import Piece
from eerp.screens.declaring import Declaring, chosen
from eerp.screens.fills import merged_fill
from eerp.screens.merge_fields import asked_first

__all__ = ["added_action", "merged_action", "merged_actions"]

_TOLD = (
    "title", "help", "placement", "when", "confirm", "danger", "primary", "result",
    "opens_at",
)  # fmt: skip


def merged_actions(
    by: Declaring, model: Piece, declared: Piece, place: str
) -> list[Piece]:
    """The actions of a model: those declared in their order, then the others."""
    derived = {action["key"]: action for action in model["actions"]}
    of = by.catalogue.models[model["key"]]
    shown = []
    for key in dict.fromkeys([*declared, *derived]):
        told, at = declared.get(key, {}), f"{place}.actions.{key}"
        action = derived.get(key)
        if action is None or "path" in told:
            action = added_action(by, of, key, told, at)
        if not told.get("hidden"):
            shown.append(merged_action(by, of, action, told, at))
    return shown


def added_action(
    by: Declaring, model: Model, key: str, told: Piece, place: str
) -> Piece:
    """An action that does not follow from the path of its model."""
    if "path" not in told:
        by.refuse(place, "there is no such action, and it names no path")
    route = by.route(told.get("method", "POST"), told["path"], place)
    return action_of(by.catalogue, model, key, route)


def merged_action(
    by: Declaring, model: Model, action: Piece, told: Piece, place: str
) -> Piece:
    """An action on records of `model` with what is declared of it."""
    shown = {
        **action,
        **chosen(told, _TOLD),
        **by.keyed(chosen(told, ("opens",)), "opens"),
    }
    fields = told.get("fields", {})
    shown["fields"] = asked_first(by, action["fields"], fields, f"{place}.fields")
    if "fill" in told:
        fill = merged_fill(by, model, shown["fields"], told["fill"], f"{place}.fill")
        shown["fill"] = fill
    if shown["result"] != "open":
        shown.pop("opens", None)
        shown.pop("opens_at", None)
    elif "opens" not in shown:
        by.refuse(place, "its result is opened, and it does not say what opens")
    return shown
