"""Reports that a module declares, with what their routes say of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial

from eerp.openapi.names import plain_path
from eerp.routes import Route
from eerp.screens.actions import dialog_of, media_type, routed
from eerp.screens.answers import Place, answer_of
from eerp.screens.catalogue import Piece, own_key
from eerp.screens.declaring import Declaring, chosen
from eerp.screens.fields import options_of
from eerp.screens.merge_fields import asked_first

__all__ = ["merged_report"]

Models = Mapping[str, Piece]
# What asks for the rows after a page, and where an answer says what to ask with.
_NEXT = {"cursor": "next_cursor", "after": "next"}
_SIZE = "limit"
_ACTION = ("title", "help", "confirm", "danger")
_DRILLS = ({"report", "parameters"}, {"model", "id"}, {"model", "where"})


def merged_report(by: Declaring, models: Models, declared: Piece) -> Piece:
    """A report, whose parameters are those of its route. `models` are those of the
    module, after whose fields words in a column are called."""
    place = f"reports.{declared['key']}"
    route = by.route("GET", declared["path"], f"{place}.path")
    asked, told = dialog_of(by.catalogue, route), declared.get("parameters", {})
    answer = answer_of(route)
    return {
        "key": own_key(by.module, declared["key"]),
        "module": by.module,
        "title": declared["title"],
        "help": declared.get("help", route.summary),
        "path": plain_path(route.template),
        "parameters": asked_first(by, asked, told, f"{place}.parameters"),
        "sections": [
            _section(by, answer, models, each, f"{place}.sections.{number}")
            for number, each in enumerate(declared.get("sections", ()))
        ],
        "facts": [
            _fact(by, answer, models, each, f"{place}.facts.{number}")
            for number, each in enumerate(declared.get("facts", ()))
        ],
        "actions": _actions(by, answer, declared, place),
        "media_type": media_type(route),
        **_paged(route, answer),
        **chosen(declared, ("chart",)),
    }


def _paged(route: Route, answer: Place) -> Piece:
    """How a report is read page by page, where its route answers so."""
    asked, told = _names(route.query and route.query.schema), _names(answer.schema)
    for name, following in _NEXT.items():
        if name in asked and following in told:
            paging = [each for each in (name, _SIZE) if each in asked]
            page = {"by": name, "next": f"/{following}", "parameters": paging}
            return {"paged": page}
    return {}


def _names(schema: object) -> Collection[str]:
    return schema.get("properties", ()) if isinstance(schema, Mapping) else ()


def _fact(
    by: Declaring, answer: Place, models: Models, declared: Piece, place: str
) -> Piece:
    words = answer.at(declared["at"], partial(by.refuse, place)).words
    return {**declared, **_options(words, declared["at"].rpartition("/")[2], models)}


def _section(
    by: Declaring, answer: Place, models: Models, declared: Piece, place: str
) -> Piece:
    refuse = partial(by.refuse, place)
    rows = answer.at(declared["at"], refuse).items
    for total in declared.get("totals", ()):
        for pointer in total["values"].values():
            answer.at(pointer, refuse)
    section = {
        "title": declared.get("title", ""),
        "at": declared["at"],
        "columns": [
            {
                **by.keyed(each, "relation"),
                **_column(each["field"], rows, models, refuse),
            }
            for each in declared["columns"]
        ],
        "totals": declared.get("totals", []),
        "actions": _actions(by, rows, declared, place),
        **chosen(declared, ("indent",)),
    }
    if "drill" in declared:
        section["drill"] = _drill(by, declared["drill"], f"{place}.drill")
    return section


def _actions(by: Declaring, start: Place, declared: Piece, place: str) -> list[Piece]:
    """What can be done from a report, or with a row of one. Its dialog starts with
    values that are at `start`."""
    return [
        _action(by, start, key, told, f"{place}.actions.{key}")
        for key, told in declared.get("actions", {}).items()
    ]


def _action(by: Declaring, start: Place, key: str, told: Piece, place: str) -> Piece:
    route = by.route(told.get("method", "POST"), told["path"], place)
    action = {**routed(by.catalogue, key, route), "result": "reload"}
    fields = asked_first(
        by, action["fields"], told.get("fields", {}), f"{place}.fields"
    )
    fill = told.get("fill", {})
    by.only(fill, [each["name"] for each in fields], f"{place}.fill")
    for name in fill.values():
        start.column(name, partial(by.refuse, f"{place}.fill"))
    return {**action, **chosen(told, _ACTION), "fields": fields, "fill": fill}


def _column(
    field: str, rows: Place, models: Models, refuse: Callable[[str], None]
) -> Piece:
    words = rows.column(field, refuse).words
    return _options(words, field.rpartition(".")[2], models)


def _options(words: list[str], name: str, models: Models) -> Piece:
    """What words mean that stand under a name: the same as in a field that is called
    so, if all of them are among its options."""
    if not words:
        return {}
    alike = (
        field["options"]
        for model in models.values()
        for field in model["fields"]
        if field["name"] == name and {*words} <= _values(field)
    )
    return {"kind": "choice", "options": next(alike, None) or options_of(words)}


def _values(field: Piece) -> set[str]:
    return {option["value"] for option in field.get("options", ())}


def _drill(by: Declaring, drill: Piece, place: str) -> Piece:
    if drill.keys() not in _DRILLS:
        words = ("report and parameters", "model and id", "model and where")
        by.refuse(place, f"it has {', or '.join(words)}")
    return by.keyed(drill, "report", "model")
