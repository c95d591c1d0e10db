"""What a module declares of its screens."""

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
                "lend": {
                    "opens_at": "/loan_id",
                    "fields": {
                        "days": {"label": "For how many days"},
                        "terms": {"label": "Terms",
                                  "fields": {"fine": {"label": "Fine"}}},
                    },
                    "fill": {
                        "country_id": "country_id",
                        "sheets": {"lines": "pages", "show": ["position"],
                                   "fields": {"id": "id", "text": "text"}},
                    },
                },
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
         "actions": {"remind": {"title": "Remind all", "path": "/loans/remind"}},
         "sections": [{
             "at": "/items",
             "columns": [
                 {"field": "id", "label": "Loan", "kind": "reference",
                  "relation": "loans"},
                 {"field": "days", "label": "Days", "kind": "integer"},
                 {"field": "book.state", "label": "Book", "kind": "text"},
                 {"field": "book.size", "label": "Size", "kind": "text"}],
             "totals": [{"label": "All", "values": {"days": "/days"}}],
             "actions": {"lend": {
                 "title": "Lend again", "path": "/books/{id}/lend",
                 "fill": {"days": "days"}}},
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


def test_a_dialog_asks_first_for_what_is_declared(books: Any) -> None:
    [lend] = [each for each in books["actions"] if each["key"] == "lend"]
    assert [each["name"] for each in lend["fields"]] == [
        "days", "terms", "reader", "country_id", "sheets",
    ]  # fmt: skip
    terms = lend["fields"][1]
    assert (terms["label"], terms["fields"][0]["label"]) == ("Terms", "Fine")


def test_a_dialog_is_filled_from_a_record_and_its_lines(books: Any) -> None:
    [lend] = [each for each in books["actions"] if each["key"] == "lend"]
    assert lend["fill"] == {
        "country_id": "country_id",
        "sheets": {
            "lines": "pages", "model": "library.pages", "show": ["position"],
            "fields": {"id": "id", "text": "text"},
        },
    }  # fmt: skip


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


def test_words_in_a_report_are_called_as_in_the_field_of_that_name(
    contract: Any,
) -> None:
    *_, state, size = contract["reports"][0]["sections"][0]["columns"]
    assert state["kind"] == "choice"
    assert [each["label"] for each in state["options"]] == ["On shelf", "Lent"]
    assert [each["label"] for each in size["options"]] == ["Quarto"]


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
    ui = {"reports": [{"key": "r", "title": "R", "path": path}]}
    [shown] = Library(ui).load().told("*")["reports"]
    assert shown.get("paged") == paged


def test_things_can_be_done_from_a_report_and_with_its_rows(contract: Any) -> None:
    [report] = contract["reports"]
    [remind], [lend] = report["actions"], report["sections"][0]["actions"]
    assert (remind["path"], remind["result"]) == (
        "/api/library/loans/remind", "reload",
    )  # fmt: skip
    assert (lend["title"], lend["fill"]) == ("Lend again", {"days": "days"})
    assert "reader" in {each["name"] for each in lend["fields"]}


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


def test_texts_have_a_language_and_are_texts() -> None:
    with pytest.raises(DescriptionInvalid) as caught:
        Library(texts={"french": {}, "fr": {"a": 1}}).load()
    assert "french: must be a language in two letters" in caught.value.message
    assert "fr.a: must be a text" in caught.value.message


def test_what_belongs_to_an_optional_module_counts_once_it_is_there() -> None:
    ui = {"models": {"books": {"fields": {"shop_item_id": {"relation": "shop.items"}}}}}
    library = Library(ui)
    items = {"name": "items", "title": "Item", "fields": []}
    library.models.register("shop", [items])
    library.screens.declare(manifest("shop"), {}, [])
    library.load()
    contracts = library.screens.complete({"core", "library", "shop"})
    [part] = [each for each in contracts.parts if each.name == "library"]
    fields = {each["name"]: each for each in part.models["books"]["fields"]}
    assert fields["shop_item_id"]["relation"] == {"model": "shop.items"}
