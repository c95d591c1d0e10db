"""The views that a module declares, laid over those that follow from its models."""

from __future__ import annotations

from typing import Any

from eerp.screens.catalogue import Piece

__all__ = ["merged_measure", "merged_views"]

_EMPTY: dict[str, Piece] = {
    "board": {"fields": [], "sum": None},
    "calendar": {"end": None, "colour": None},
    "graph": {"by": [], "measures": [], "chart": "bar"},
}
_FUNCTIONS = ("sum", "avg", "min", "max")


def merged_views(model: Piece, declared: Piece) -> Piece:
    """The views of a model, key by key as declared, else as derived."""
    labels = {field["name"]: field["label"] for field in model["fields"]}
    views = {
        name: {**(view or _EMPTY[name]), **_whole(name, declared[name], labels)}
        if name in declared
        else view
        for name, view in model["views"].items()
    }
    for name in ("board", "calendar"):
        if views[name] is not None:
            views[name].setdefault("title", _title(model))
    return views


def _title(model: Piece) -> str:
    """The first field of the template that stands for a record."""
    display: str = model["display"]
    return display.partition("{")[2].partition("}")[0] or "id"


def _whole(name: str, view: Piece, labels: dict[str, str]) -> Piece:
    """A view with what may be left out in it."""
    if name == "form" and "tabs" in view:
        return {**view, "tabs": [_tab(tab) for tab in view["tabs"]]}
    if name == "graph" and "measures" in view:
        measures = [merged_measure(each, labels) for each in view["measures"]]
        return {**view, "measures": measures}
    return view


def _tab(tab: Piece) -> Piece:
    return {**tab, "groups": [{"title": "", **group} for group in tab["groups"]]}


def merged_measure(declared: Any, labels: dict[str, str]) -> Piece:
    """A measure that is told in one word, as ``count`` or ``total.sum``, or in full."""
    told: Piece = {"key": declared} if isinstance(declared, str) else declared
    field, dot, function = told["key"].rpartition(".")
    known = function in _FUNCTIONS and bool(dot)
    name = told.get("field", field if known else None)
    return {
        "key": told["key"],
        "title": told.get("title", labels.get(name or "", "Count")),
        "fn": told.get("fn", function if known else "count"),
        "field": name,
    }
