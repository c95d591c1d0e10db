"""What is wrong in a declaration fails its module, and is told with its place."""

from __future__ import annotations

from typing import Any

import pytest

from eerp.errors import DescriptionInvalid
from tests.screens.given import Library


def books_with(**declared: Any) -> dict[str, Any]:
    return {"models": {"books": declared}}


def card(**keys: Any) -> dict[str, Any]:
    usual = {"key": "c", "title": "C", "kind": "figure", "model": "books"}
    return {"dashboard": {"cards": [{**usual, **keys}]}}


def item(**keys: Any) -> dict[str, Any]:
    return {"menu": [{"key": "m", "title": "M", **keys}]}


def report(**keys: Any) -> dict[str, Any]:
    usual = {"key": "r", "title": "R", "path": "/reports/late"}
    return {"reports": [{**usual, **keys}]}


def section(field: str = "days", **keys: Any) -> dict[str, Any]:
    column = {"field": field, "label": "A", "kind": "text"}
    return report(sections=[{"at": "/items", "columns": [column], **keys}])


def wrong_condition(field: str, operator: str, value: Any) -> dict[str, Any]:
    condition = {"field": field, "op": operator, "value": value}
    return books_with(actions={"burn": {"when": condition}})


def filled(field: str, lines: str, fields: dict[str, Any]) -> dict[str, Any]:
    fill = {field: {"lines": lines, "fields": fields}}
    return books_with(actions={"lend": {"fill": fill}})


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown key": ({"menus": []}, "menus: is not a known key; did you mean `menu`"),
    "an unknown key of a model": (
        books_with(lists={}),
        "models.books.lists: is not a known key; did you mean `list`",
    ),
    "another type": (
        books_with(list={"columns": "title"}),
        "models.books.list.columns: must be a list, not a text",
    ),
    "another tone": (
        books_with(list={"decorate": [{"when": {}, "tone": "blue"}]}),
        "models.books.list.decorate.0.tone: must be one of good, warn, bad",
    ),
    "a model that is not there": (
        {"models": {"boks": {}}},
        "models: there is no boks; there are: books, pages, loans",
    ),
    "a field that is not there": (
        books_with(fields={"titel": {}}),
        "models.books.fields: there is no titel; there are: id, title",
    ),
    "a column that is not there": (
        books_with(list={"columns": ["country.nome"]}),
        "models.books.list.columns: library.books has no field country.nome",
    ),
    "a column of many": (
        books_with(list={"columns": ["loans.reader"]}),
        "models.books.list.columns: library.books has no field loans.reader",
    ),
    "a total of texts": (
        books_with(list={"totals": ["title"]}),
        "models.books.list.totals: the values of title cannot be added up",
    ),
    "an average of texts": (
        books_with(graph={"measures": ["title.avg"]}),
        "models.books.graph.measures.title.avg: the values of title cannot",
    ),
    "a display of nothing": (
        books_with(display="{name}"),
        "models.books: library.books has no field name",
    ),
    "an option that is not there": (
        books_with(fields={"state": {"options": {"gone": {}}}}),
        "models.books.fields.state.options: there is no gone; there are: on_shelf",
    ),
    "a relation of a text": (
        books_with(fields={"title": {"relation": "loans"}}),
        "models.books.fields.title.relation: it holds no ids",
    ),
    "a text that is a number": (
        books_with(fields={"title": {"kind": "decimal"}}),
        "models.books.fields.title.kind: a text cannot be a decimal",
    ),
    "a list of a module that may not be named": (
        books_with(
            related=[{"key": "a", "title": "A", "model": "crm.deals", "field": "b"}]
        ),
        "models.books.related.a: crm is not among depends and optional",
    ),
    "a relation to no model of a module that is there": (
        books_with(fields={"shop_item_id": {"relation": "core.towns"}}),
        "models.books.fields.shop_item_id: there is no model core.towns",
    ),
    "lines that are not there": (
        books_with(lines={"rows": {}}),
        "models.books.lines: there is no rows; there are: pages",
    ),
    "an action that is not there": (
        books_with(actions={"sell": {"title": "Sell"}}),
        "models.books.actions.sell: there is no such action, and it names no path",
    ),
    "a route that is not there": (
        books_with(actions={"sell": {"path": "/books/{id}/sell"}}),
        "there is no route POST /api/library/books/{id}/sell",
    ),
    "a dialog that is filled where it asks nothing": (
        books_with(actions={"lend": {"fill": {"price": "price"}}}),
        "models.books.actions.lend.fill: there is no price; there are: reader",
    ),
    "a dialog that is filled with nothing": (
        books_with(actions={"lend": {"fill": {"reader": "name"}}}),
        "models.books.actions.lend.fill.reader: library.books has no field name",
    ),
    "what is no list filled with lines": (
        filled("terms", "pages", {}),
        "models.books.actions.lend.fill.terms: it is no list, and so has no lines",
    ),
    "a list filled with lines that are not there": (
        filled("sheets", "rows", {}),
        "actions.lend.fill.sheets.lines: there is no rows; there are: pages",
    ),
    "a list filled where it asks nothing": (
        filled("sheets", "pages", {"page": "id"}),
        "fill.sheets.fields: there is no page; there are: id, place, text",
    ),
    "a list filled with nothing": (
        filled("sheets", "pages", {"place": {"field": "position", "less": "gone"}}),
        "models.books.actions.lend.fill.sheets: library.pages has no field gone",
    ),
    "a field of what does not consist of any": (
        books_with(actions={"lend": {"fields": {"days": {"fields": {"x": {}}}}}}),
        "models.books.actions.lend.fields.days.fields: there is no x; there are: none",
    ),
    "something to open without saying what": (
        books_with(actions={"burn": {"result": "open"}}),
        "models.books.actions.burn: its result is opened, and it does not say what",
    ),
    "a condition on nothing": (
        wrong_condition("status", "eq", "x"),
        "models.books.actions.burn.when: the condition is wrong: There is no such",
    ),
    "a condition with an operator of another type": (
        wrong_condition("bought_on", "like", "x"),
        "the condition is wrong: Field bought_on cannot be filtered so",
    ),
    "a condition with a word that is none": (
        wrong_condition("state", "eq", {"today": 1}),
        "the condition is wrong: state must be text",
    ),
    "a condition in a browser on another record": (
        wrong_condition("country.name", "eq", "France"),
        "the condition is wrong: There is no such field",
    ),
    "no condition at all": (
        books_with(form={"readonly": {"fields": "title"}}),
        "models.books.form.readonly: the condition is wrong: A condition is field",
    ),
    "a menu item that leads nowhere": (
        item(),
        "menu.m: it names either a model or a report",
    ),
    "a menu item of a model without a list": (
        item(model="pages"),
        "menu.m: library.pages has no list",
    ),
    "a menu item with a filter that is not there": (
        item(model="books", filter="late"),
        "menu.m: there is no late; there are: none",
    ),
    "a menu item with a view that is not there": (
        item(model="books", view="calendar"),
        "menu.m: there is no calendar; there are: form, graph, list, search",
    ),
    "a menu item of a report that is not there": (
        item(report="late"),
        "menu.m: there is no report library.late",
    ),
    "a report without a route": (
        report(path="/reports/early"),
        "reports.r.path: there is no route GET /api/library/reports/early",
    ),
    "a parameter that is not there": (
        report(parameters={"from": {}}),
        "reports.r.parameters: there is no from; there are: until",
    ),
    "a total of no column": (
        section(totals=[{"label": "All", "values": {"b": "/days"}}]),
        "reports.r.sections.0: there is no b; there are: days",
    ),
    "a total that is not in the answer": (
        section(totals=[{"label": "All", "values": {"days": "/sum"}}]),
        "reports.r.sections.0: the answer has no sum there; it has: count, days, items",
    ),
    "rows that are not in the answer": (
        section(at="/rows"),
        "reports.r.sections.0: the answer has no rows there",
    ),
    "a column that is not in the answer": (
        section("book.title"),
        "reports.r.sections.0: the answer has no title there; it has: state, size",
    ),
    "a fact that is not in the answer": (
        report(facts=[{"at": "/sum", "label": "Sum", "kind": "integer"}]),
        "reports.r.facts.0: the answer has no sum there",
    ),
    "an action that starts with what is in no row": (
        section(actions={"a": {
            "title": "A", "path": "/books/{id}/lend", "fill": {"days": "weeks"}}}),
        "actions.a.fill: the answer has no weeks there; it has: id, days, book",
    ),
    "an action that fills what it does not ask": (
        report(actions={"a": {
            "title": "A", "path": "/loans/remind", "fill": {"weeks": "days"}}}),
        "reports.r.actions.a.fill: there is no weeks",
    ),
    "a drill into nothing": (
        section(drill={"model": "loans"}),
        "reports.r.sections.0.drill: it has report and parameters",
    ),
    "a drill into a report that is not there": (
        section(drill={"report": "x", "parameters": {}}),
        "reports.r.sections.0.drill: there is no report library.x",
    ),
    "a card of nothing": (card(model="shelves"), "there is no model library.shelves"),
    "a chart by nothing": (card(kind="chart"), "dashboard.c: a chart has a by"),
    "a card of two things": (
        card(report="late"),
        "dashboard.c: it names either a model or a report",
    ),
    "a report that a card does not say what of": (
        {"dashboard": {"cards": [
            {"key": "c", "title": "C", "kind": "figure", "report": "late"}]}},
        "dashboard.c: of a report it is a figure, and says at where",
    ),
    "a card with a wrong condition": (
        card(where={"field": "x", "op": "eq", "value": 1}),
        "dashboard.c: the condition is wrong: There is no such field",
    ),
    "a slot with a field that is not there": (
        {"slots": {"core.countries.form.after": [
            {"key": "s", "title": "S", "fields": ["extensions.library.x"]}]}},
        "slots.core.countries.form.after.s: core.countries has no field",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_with_its_place(case: str) -> None:
    ui, words = WRONG[case]
    with pytest.raises(DescriptionInvalid) as caught:
        Library(ui).load()
    assert caught.value.message.startswith("module library: ui of describe() is wrong:")
    assert words in caught.value.message
    assert caught.value.hint is not None
