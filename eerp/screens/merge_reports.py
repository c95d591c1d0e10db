"""Reports that a module declares, with what their routes say of them."""

from __future__ import annotations

from eerp.openapi.names import plain_path
from eerp.screens.actions import dialog_of, media_type
from eerp.screens.catalogue import Piece, own_key
from eerp.screens.declaring import Declaring, chosen
from eerp.screens.merge_fields import merged_fields

__all__ = ["merged_report"]

_DRILLS = ({"report", "parameters"}, {"model", "id"}, {"model", "where"})


def merged_report(by: Declaring, declared: Piece) -> Piece:
    """A report, whose parameters are those of its route."""
    place = f"reports.{declared['key']}"
    route = by.route("GET", declared["path"], f"{place}.path")
    asked, told = dialog_of(by.catalogue, route), declared.get("parameters", {})
    return {
        "key": own_key(by.module, declared["key"]),
        "module": by.module,
        "title": declared["title"],
        "help": declared.get("help", route.summary),
        "path": plain_path(route.template),
        "parameters": merged_fields(by, asked, told, f"{place}.parameters"),
        "sections": [
            _section(by, each, f"{place}.sections.{number}")
            for number, each in enumerate(declared.get("sections", ()))
        ],
        "facts": declared.get("facts", []),
        "media_type": media_type(route),
        **chosen(declared, ("chart",)),
    }


def _section(by: Declaring, declared: Piece, place: str) -> Piece:
    section = {
        "title": declared.get("title", ""),
        "at": declared["at"],
        "columns": [by.keyed(each, "relation") for each in declared["columns"]],
        "totals": declared.get("totals", []),
        **chosen(declared, ("indent",)),
    }
    if "drill" in declared:
        section["drill"] = _drill(by, declared["drill"], f"{place}.drill")
    return section


def _drill(by: Declaring, drill: Piece, place: str) -> Piece:
    if drill.keys() not in _DRILLS:
        words = ("report and parameters", "model and id", "model and where")
        by.refuse(place, f"it has {', or '.join(words)}")
    return by.keyed(drill, "report", "model")
