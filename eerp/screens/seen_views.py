"""The part of a model's views that somebody sees."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen

from eerp.screens.catalogue import Piece
from eerp.screens.sight import Sight

__all__ = ["seen_columns", "seen_measures", "seen_views"]


def seen_columns(key: str, names: Iterable[str], sight: Sight, place: str) -> list[str]:
    """Those of the fields that are seen."""
    return [name for name in names if sight.field(key, name, place)]


def seen_measures(
    key: str, measures: Iterable[Piece], sight: Sight, place: str
) -> list[Piece]:
    """Those of the measures whose fields are seen."""
    return [each for each in measures if _measured(key, each, sight, place)]


def _measured(key: str, measure: Piece, sight: Sight, place: str) -> bool:
    name = measure["field"]
    if name is None:
        return True
    look = sight.amount if measure["fn"] in ("sum", "avg") else sight.field
    return look(key, name, f"{place}.{measure['key']}")


def seen_views(key: str, views: Piece, sight: Sight, place: str) -> Piece:
    """All views of a model."""
    look = _Look(key, sight, place)
    return {
        "list": look.list_view(views["list"]),
        "form": look.form_view(views["form"]),
        "board": views["board"] and look.board_view(views["board"]),
        "calendar": views["calendar"] and look.calendar_view(views["calendar"]),
        "graph": views["graph"] and look.graph_view(views["graph"]),
        "search": look.search_view(views["search"]),
    }


@frozen
class _Look:
    """A look at the views of one model."""

    key: str
    sight: Sight
    place: str

    def sees(self, name: str | None, where: str) -> bool:
        """Whether a field is seen, if one is named."""
        place = f"{self.place}.{where}"
        return name is None or self.sight.field(self.key, name, place)

    def holds(
        self, piece: Piece, name: str, where: str, *, beyond: bool = False
    ) -> bool:
        """Whether what a condition of a piece is about is seen, if it has one."""
        condition: Any = piece.get(name)
        place = f"{self.place}.{where}.{name}"
        return condition is None or self.sight.condition(
            self.key, condition, place, beyond=beyond
        )

    def list_view(self, view: Piece) -> Piece:
        """The list."""
        place = f"{self.place}.list"
        return {
            "columns": seen_columns(
                self.key, view["columns"], self.sight, f"{place}.columns"
            ),
            "totals": [
                name
                for name in view["totals"]
                if self.sight.amount(self.key, name, f"{place}.totals")
            ],
            "decorate": [
                each
                for each in view["decorate"]
                if self.holds(each, "when", "list.decorate")
            ],
            "editable": view["editable"],
        }

    def form_view(self, view: Piece) -> Piece:
        """The form."""
        tabs = [
            {**tab, "groups": self._groups(tab)}
            for tab in view["tabs"]
            if self.holds(tab, "when", f"form.tabs.{tab['key']}")
        ]
        status = view["status"]
        shown = {"status": status if self.sees(status, "form.status") else None,
                 "tabs": [tab for tab in tabs if tab["groups"]]}  # fmt: skip
        if "readonly" in view and self.holds(view, "readonly", "form"):
            shown["readonly"] = view["readonly"]
        return shown

    def _groups(self, tab: Piece) -> list[Piece]:
        place = f"form.tabs.{tab['key']}"
        groups = [
            {**group, "fields": [n for n in group["fields"] if self.sees(n, place)]}
            for group in tab["groups"]
            if self.holds(group, "when", place)
        ]
        return [group for group in groups if group["fields"]]

    def board_view(self, view: Piece) -> Piece | None:
        """The board; there is none without what it is divided by."""
        if not self.sees(view["by"], "board.by"):
            return None
        shown = [name for name in view["fields"] if self.sees(name, "board.fields")]
        total = view["sum"]
        place = f"{self.place}.board.sum"
        if total is not None and not self.sight.amount(self.key, total, place):
            total = None
        return {**view, "title": self._title(view, "board"), "fields": shown,
                "sum": total}  # fmt: skip

    def _title(self, view: Piece, where: str) -> str:
        title: str = view["title"]
        return title if self.sees(title, f"{where}.title") else "id"

    def calendar_view(self, view: Piece) -> Piece | None:
        """The calendar; there is none without when things begin."""
        if not self.sees(view["start"], "calendar.start"):
            return None
        return {
            "start": view["start"],
            "end": view["end"] if self.sees(view["end"], "calendar.end") else None,
            "title": self._title(view, "calendar"),
            "colour": view["colour"]
            if self.sees(view["colour"], "calendar.colour")
            else None,
        }

    def graph_view(self, view: Piece) -> Piece | None:
        """The graph."""
        by = [name for name in view["by"] if self.sees(name, "graph.by")]
        place = f"{self.place}.graph.measures"
        measures = seen_measures(self.key, view["measures"], self.sight, place)
        return {**view, "by": by, "measures": measures} if by and measures else None

    def search_view(self, view: Piece) -> Piece:
        """The search."""
        return {
            "quick": [
                name for name in view["quick"] if self.sees(name, "search.quick")
            ],
            "filters": [
                each
                for each in view["filters"]
                if self.holds(
                    each, "where", f"search.filters.{each['key']}", beyond=True
                )
            ],
            "groups": [
                each
                for each in view["groups"]
                if self.sees(each["by"], f"search.groups.{each['key']}")
            ],
        }
