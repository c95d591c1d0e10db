"""What a module declares of its screens, and what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from eerp.errors import DescriptionInvalid
from tests.screens.given import Library, manifest

LATE = {"field": "due_on", "op": "lt", "value": {"today": 0}}
ON_SHELF = {"field": "state", "op": "eq", "value": "on_shelf"}
UI: dict[str, Any] = {
    "module": {"icon": "book-open", "colour": "teal", "order": 7},
    "menu": [
        {"key": "late", "title": "Late", "group": "Lending", "model": "loans",
         "filter": "late"},
        {"key": "table", "title": "Late ones", "report": "late"},
    ],
    "models": {
        "books": {
            "display": "{title} ({country.name})",
            "fields": {
                "title": {"width": "full", "kind": "multiline"},
                "state": {"options": {"lent_out": {"label": "Lent", "colour": "red"}}},
                "shop_item_id": {"relation": "shop.items"},
                "notes": {"visible": ON_SHELF, "label": "Remarks"},
            },
            "list": {"totals": ["price"], "editable": True,
                     "decorate": [{"when": ON_SHELF, "tone": "good"}]},
            "form": {"readonly": {"not": ON_SHELF}, "tabs": [
                {"key": "main", "title": "Book", "groups": [{"fields": ["title"]}]}]},
            "board": {"by": "state", "fields": ["price"]},
            "calendar": {"start": "bought_on"},
            "graph": {"by": ["bought_on.year()"], "measures": ["count", "price.avg"],
                      "chart": "line"},
            "search": {"groups": [{"key": "s", "title": "Where", "by": "state"}]},
            "lines": {"pages": {"title": "Sheets", "columns": ["position", "text"]}},
            "related": [],
            "actions": {
                "burn": {"danger": True, "confirm": "Burn it?", "when": ON_SHELF},
                "card": {"hidden": True},
                "remind": {"path": "/loans/remind", "placement": ["bulk"],
                           "title": "Remind all"},
                "lend": {"opens_at": "/loan_id", "fill": {"country_id": "country_id"}},
            },
        },
        "loans": {"search": {"filters": [
            {"key": "late", "title": "Late", "where": LATE},
            {"key": "mine", "title": "Abroad", "where":
             {"field": "book.country.name", "op": "neq", "value": "France"}}]}},
    },
    "reports": [
        {"key": "late", "title": "Late ones", "path": "/reports/late",
         "parameters": {"until": {"label": "Up to"}},
         "facts": [{"at": "/count", "label": "Loans", "kind": "integer"}],
         "sections": [{
             "at": "/items",
             "columns": [
                 {"field": "id", "label": "Loan", "kind": "reference",
                  "relation": "loans"},
                 {"field": "days", "label": "Days", "kind": "integer"}],
             "totals": [{"label": "All", "values": {"days": "/days"}}],
             "drill": {"model": "loans", "id": "id"}}]},
    ],
    "dashboard": {"cards": [
        {"key": "shelf", "title": "On the shelf", "kind": "figure", "model": "books",
         "where": ON_SHELF, "measure": "price.sum", "currency": "currency"},
        {"key": "due", "title": "Due", "kind": "list", "model": "loans",
         "columns": ["book.title", "due_on"], "limit": 5, "width": 2},
        {"key": "late", "title": "Late", "kind": "figure", "report": "late",
         "at": "/count"}]},
    "slots": {
        "core.countries.form.after": [
            {"key": "books", "title": "Books",
             "related": {"model": "books", "field": "country_id"}}],
        "shop.items.form.after": [{"key": "x", "title": "X", "fields": ["y"]}],
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    return Library(UI).load().told("*")


@pytest.fixture
def books(contract: dict[str, Any]) -> dict[str, Any]:
    return dict(contract["models"]["library.books"])


def test_the_head_and_the_menu_are_as_declared(contract: Any) -> None:
    # It says where it stands, and so comes before one that does not.
    library = contract["modules"][0]
    assert (library["icon"], library["colour"]) == ("book-open", "teal")
    assert library["menu"] == [
        {"key": "late", "title": "Late", "group": "Lending", "filter": "late",
         "model": "library.loans"},
        {"key": "table", "title": "Late ones", "report": "library.late"},
    ]  # fmt: skip
    assert "order" not in library


def test_fields_are_as_declared_and_else_as_they_were(books: Any) -> None:
    fields = {each["name"]: each for each in books["fields"]}
    title, notes = fields["title"], fields["notes"]
    assert (title["kind"], title["width"]) == ("multiline", "full")
    assert (title["label"], title["help"]) == ("Title", "On the cover.")
    assert (notes["label"], notes["visible"]) == ("Remarks", ON_SHELF)
    assert fields["state"]["options"][1] == {
        "value": "lent_out", "label": "Lent", "help": "", "colour": "red",
    }  # fmt: skip


def test_what_belongs_to_a_module_that_is_not_there_is_left_out(
    books: Any, contract: Any
) -> None:
    item = next(each for each in books["fields"] if each["name"] == "shop_item_id")
    assert item["kind"] == "uuid"
    assert "relation" not in item
    assert list(contract["slots"]) == ["core.countries.form.after"]


def test_views_are_as_declared_key_by_key(books: Any) -> None:
    views = books["views"]
    assert views["list"]["totals"] == ["price"]
    assert views["list"]["editable"] is True
    assert views["list"]["columns"][0] == "title"
    assert views["form"]["tabs"] == [
        {"key": "main", "title": "Book", "groups": [{"title": "", "fields": ["title"]}]}
    ]
    assert views["form"]["status"] == "state"
    assert views["board"] == {
        "by": "state", "title": "title", "fields": ["price"], "sum": None,
    }  # fmt: skip
    assert views["calendar"] == {
        "start": "bought_on", "end": None, "title": "title", "colour": None,
    }  # fmt: skip
    assert views["graph"]["by"] == ["bought_on.year()"]
    assert views["graph"]["measures"][1] == {
        "key": "price.avg", "title": "Price", "fn": "avg", "field": "price",
    }  # fmt: skip
    assert views["search"]["quick"] == ["title"]
    assert views["search"]["groups"] == [{"key": "s", "title": "Where", "by": "state"}]


def test_lines_and_related_are_as_declared(books: Any) -> None:
    [pages] = books["lines"]
    assert (pages["title"], pages["columns"]) == ("Sheets", ["position", "text"])
    assert pages["fields"] == ["text"]
    assert books["related"] == []


def test_actions_come_as_declared_and_then_the_others(books: Any) -> None:
    found = {each["key"]: each for each in books["actions"]}
    assert list(found) == ["burn", "remind", "lend"]
    assert (found["burn"]["danger"], found["burn"]["confirm"]) == (True, "Burn it?")
    assert (found["burn"]["when"], found["burn"]["help"]) == (ON_SHELF, "")
    remind = found["remind"]
    assert (remind["path"], remind["placement"]) == (
        "/api/library/loans/remind", ["bulk"],
    )  # fmt: skip
    assert (found["lend"]["opens"], found["lend"]["opens_at"]) == (
        "library.loans", "/loan_id",
    )  # fmt: skip
    assert found["lend"]["fill"] == {"country_id": "country_id"}


def test_a_report_has_the_parameters_of_its_route(contract: Any) -> None:
    [report] = contract["reports"]
    assert (report["key"], report["path"]) == (
        "library.late", "/api/library/reports/late",
    )  # fmt: skip
    assert (report["help"], report["media_type"]) == (
        "What is late", "application/json",
    )  # fmt: skip
    [until] = report["parameters"]
    assert (until["kind"], until["label"]) == ("date", "Up to")
    section = report["sections"][0]
    assert section["columns"][0]["relation"] == "library.loans"
    assert section["drill"] == {"model": "library.loans", "id": "id"}


@pytest.mark.parametrize(
    ("path", "paged"),
    [
        ("/reports/all",
         {"by": "cursor", "next": "/next_cursor", "parameters": ["cursor", "limit"]}),
        ("/reports/some", {"by": "after", "next": "/next", "parameters": ["after"]}),
        ("/reports/late", None),
    ],
)  # fmt: skip
def test_a_report_says_how_its_rows_are_paged(path: str, paged: Any) -> None:
    [shown] = Library(report(path=path)).load().told("*")["reports"]
    assert shown.get("paged") == paged


def test_a_dashboard_has_cards(contract: Any) -> None:
    [dashboard] = contract["dashboards"]
    figure, due, late = dashboard["cards"]
    assert (dashboard["module"], dashboard["title"]) == ("library", "Library")
    assert (figure["measure"]["field"], figure["measure"]["title"]) == (
        "price",
        "Price",
    )
    assert (figure["width"], due["width"]) == (1, 2)
    assert "measure" not in due
    assert (late["report"], late["at"]) == ("library.late", "/count")


def test_a_slot_names_who_adds_what(contract: Any) -> None:
    assert contract["slots"]["core.countries.form.after"] == [
        {
            "module": "library", "key": "books", "title": "Books",
            "related": {"model": "library.books", "field": "country_id"},
        }
    ]  # fmt: skip


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


def section(**keys: Any) -> dict[str, Any]:
    column = {"field": "a", "label": "A", "kind": "text"}
    return report(sections=[{"at": "/items", "columns": [column], **keys}])


def wrong_condition(field: str, operator: str, value: Any) -> dict[str, Any]:
    condition = {"field": field, "op": operator, "value": value}
    return books_with(actions={"burn": {"when": condition}})


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
        "models.books.actions.lend.fill: library.books has no field name",
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
        section(totals=[{"label": "All", "values": {"b": "/b"}}]),
        "reports.r.sections.0: there is no b; there are: a",
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


def test_texts_have_a_language_and_are_texts() -> None:
    with pytest.raises(DescriptionInvalid) as caught:
        Library(texts={"french": {}, "fr": {"a": 1}}).load()
    assert "french: must be a language in two letters" in caught.value.message
    assert "fr.a: must be a text" in caught.value.message


def test_what_belongs_to_an_optional_module_counts_once_it_is_there() -> None:
    ui = books_with(fields={"shop_item_id": {"relation": "shop.items"}})
    library = Library(ui)
    items = {"name": "items", "title": "Item", "fields": []}
    library.models.register("shop", [items])
    library.screens.declare(manifest("shop"), {}, [])
    library.load()
    contracts = library.screens.complete({"core", "library", "shop"})
    [part] = [each for each in contracts.parts if each.name == "library"]
    fields = {each["name"]: each for each in part.models["books"]["fields"]}
    assert fields["shop_item_id"]["relation"] == {"model": "shop.items"}
