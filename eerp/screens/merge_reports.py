"""Reports that a module declares, with what their routes say of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from eerp.openapi.names import plain_path
from eerp.routes import Route
from eerp.screens.actions import dialog_of, media_type
from eerp.screens.catalogue import Piece, own_key
from eerp.screens.declaring import Declaring, chosen
from eerp.screens.merge_fields import merged_fields

__all__ = ["merged_report"]

# What asks for the rows after a page, and where an answer says what to ask with.
_NEXT = {"cursor": "next_cursor", "after": "next"}
_SIZE = "limit"
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
        **_paged(route),
        **chosen(declared, ("chart",)),
    }


def _paged(route: Route) -> Piece:
    """How a report is read page by page, where its route answers so."""
    asked, told = _names(route.query and route.query.schema), _answered(route)
    for name, following in _NEXT.items():
        if name in asked and following in told:
            paging = [each for each in (name, _SIZE) if each in asked]
            page = {"by": name, "next": f"/{following}", "parameters": paging}
            return {"paged": page}
    return {}


def _answered(route: Route) -> Collection[str]:
    """What stands in the answer of a route, as far as it says so."""
    return _names(route.answers[0].schema) if route.answers else ()


def _names(schema: object) -> Collection[str]:
    return schema.get("properties", ()) if isinstance(schema, Mapping) else ()


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
