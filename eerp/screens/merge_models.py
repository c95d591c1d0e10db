"""Models as a module declares them, laid over what follows from them."""

from __future__ import annotations

from eerp.screens.catalogue import Piece
from eerp.screens.declaring import Declaring, chosen
from eerp.screens.merge_actions import merged_actions
from eerp.screens.merge_fields import merged_fields
from eerp.screens.merge_views import merged_views

__all__ = ["merged_model"]

_TOLD = ("title", "plural", "help", "icon", "display")


def merged_model(by: Declaring, model: Piece, declared: Piece) -> Piece:
    """A model: piece by piece as declared, else as derived."""
    place = f"models.{model['name']}"
    fields = merged_fields(
        by, model["fields"], declared.get("fields", {}), f"{place}.fields"
    )
    whole = {**model, **chosen(declared, _TOLD), "fields": fields}
    related = declared.get("related")
    if related is not None:
        whole["related"] = [by.keyed(each, "model") for each in related]
    return {
        **whole,
        "lines": _lines(by, model["lines"], declared.get("lines", {}), place),
        "views": merged_views(whole, declared),
        "actions": merged_actions(by, model, declared.get("actions", {}), place),
    }


def _lines(
    by: Declaring, lines: list[Piece], declared: Piece, place: str
) -> list[Piece]:
    by.only(declared, [each["name"] for each in lines], f"{place}.lines")
    return [{**each, **declared.get(each["name"], {})} for each in lines]
