"""What follows from models and routes alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.screens.given import Library


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    return Library().load().told("*")


@pytest.fixture
def books(contract: dict[str, Any]) -> dict[str, Any]:
    return dict(contract["models"]["library.books"])


def fields(model: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each for each in model["fields"]}


def test_a_module_has_a_menu_of_its_models_without_lines(contract: Any) -> None:
    library = contract["modules"][1]
    assert library["title"] == "Library"
    assert library["menu"] == [
        {"key": "books", "title": "Books", "model": "library.books"},
        {"key": "loans", "title": "Loans", "model": "library.loans"},
    ]


def test_a_model_has_a_path_and_what_can_be_done(books: Any) -> None:
    assert books["path"] == "/api/library/books"
    assert books["can"] == {
        "list": True, "read": True, "create": True, "update": True, "delete": True,
        "restore": False, "purge": True,
    }  # fmt: skip
    assert books["permissions"]["purge"] == "library.books.purge"
    assert (books["display"], books["order"]) == ("{title}", [["title", "asc"]])


def test_a_model_that_nothing_can_be_done_with_has_no_path(contract: Any) -> None:
    pages = contract["models"]["library.pages"]
    assert pages["path"] is None
    assert not any(pages["can"].values())
    assert pages["views"]["graph"] is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("title", "text"),
        ("state", "choice"),
        ("country_id", "reference"),
        ("price", "money"),
        ("currency", "currency"),
        ("bought_on", "date"),
        ("notes", "multiline"),
        ("shop_item_id", "uuid"),
        ("meta", "json"),
        ("created_at", "datetime"),
        ("version", "integer"),
    ],
)
def test_a_field_has_the_kind_of_its_type_and_format(
    books: Any, name: str, kind: str
) -> None:
    assert fields(books)[name]["kind"] == kind


def test_a_field_is_told_of_as_the_body_has_it(books: Any) -> None:
    found = fields(books)
    title, price, state = found["title"], found["price"], found["state"]
    assert (title["help"], title["required"], title["readonly"]) == (
        "On the cover.", True, False,
    )  # fmt: skip
    assert (title["max_length"], title["searchable"]) == (80, True)
    assert (price["minimum"], price["scale"], price["currency"]) == (0, 2, "currency")
    assert (state["readonly"], state["default"]) == (True, "on_shelf")
    assert state["options"][0] == {
        "value": "on_shelf", "label": "On shelf", "help": "", "colour": None,
    }  # fmt: skip
    assert found["country_id"]["relation"] == {"model": "core.countries"}
    assert (found["created_at"]["label"], found["created_at"]["system"]) == (
        "Created at", True,
    )  # fmt: skip


def test_lines_are_what_the_body_has_a_list_of(books: Any) -> None:
    assert books["lines"] == [
        {
            "name": "pages", "title": "Pages", "model": "library.pages",
            "parent": "book_id", "position": "position", "fields": ["text"],
            "columns": ["text"], "totals": [],
        }
    ]  # fmt: skip


def test_a_field_of_a_line_is_told_of_as_the_record_s_body_has_it(
    contract: Any,
) -> None:
    text = fields(contract["models"]["library.pages"])["text"]
    assert (text["readonly"], text["required"]) == (False, True)
    assert text["help"] == "What is printed."
    assert fields(contract["models"]["library.loans"])["reader"]["readonly"] is True


def test_other_records_that_refer_to_one_are_related(books: Any) -> None:
    assert books["related"] == [
        {"key": "loans", "title": "Loans", "model": "library.loans", "field": "book_id"}
    ]


def test_routes_below_a_record_are_actions(books: Any) -> None:
    found = {each["key"]: each for each in books["actions"]}
    assert list(found) == ["lend", "burn", "card"]
    lend = found["lend"]
    assert (lend["path"], lend["method"]) == ("/api/library/books/{id}/lend", "POST")
    assert (lend["result"], lend["opens"]) == ("open", "library.loans")
    assert (lend["title"], lend["help"]) == ("Lend", "Lend a book")
    card = found["card"]
    assert (card["placement"], card["result"]) == (["print"], "preview")


def test_a_dialog_asks_what_the_body_takes(books: Any) -> None:
    asked = {each["name"]: each for each in books["actions"][0]["fields"]}
    # Nobody types objects that may have anything in them.
    assert list(asked) == ["reader", "country_id", "days", "terms", "sheets"]
    assert (asked["reader"]["required"], asked["reader"]["help"]) == (
        True, "Who takes it.",
    )  # fmt: skip
    days = asked["days"]
    assert (days["kind"], days["minimum"], days["maximum"], days["default"]) == (
        "integer", 1, 90, 14,
    )  # fmt: skip
    assert asked["country_id"]["relation"] == {"model": "core.countries"}


def test_a_dialog_asks_what_objects_and_lists_of_them_consist_of(books: Any) -> None:
    asked = {each["name"]: each for each in books["actions"][0]["fields"]}
    terms, sheets = asked["terms"], asked["sheets"]
    assert (terms["kind"], terms["nullable"]) == ("object", True)
    fine, country = terms["fields"]
    assert (fine["kind"], fine["required"], fine["minimum"]) == ("decimal", True, 0)
    assert country["relation"] == {"model": "core.countries"}
    assert sheets["kind"] == "list"
    assert [each["name"] for each in sheets["fields"]] == ["id", "place", "text"]


def test_a_field_of_json_consists_of_what_the_body_takes(books: Any) -> None:
    fields = {each["name"]: each for each in books["fields"]}
    parts, meta = fields["parts"], fields["meta"]
    assert (parts["kind"], meta["kind"]) == ("list", "json")
    [sheets] = parts["fields"]
    assert (sheets["name"], sheets["label"], sheets["kind"]) == (
        "sheets", "Sheets", "integer",
    )  # fmt: skip


def test_a_list_shows_what_tells_of_a_record(books: Any) -> None:
    assert books["views"]["list"]["columns"] == [
        "title", "state", "country.name", "price", "bought_on",
    ]  # fmt: skip


def test_a_record_without_a_display_is_known_by_what_it_belongs_to(
    contract: Any,
) -> None:
    loans = contract["models"]["library.loans"]
    assert loans["display"] == "{book.title}"
    assert loans["views"]["list"]["columns"][0] == "book.title"


def test_a_form_has_what_is_written_then_what_is_shown_then_notes(books: Any) -> None:
    form = books["views"]["form"]
    assert form["status"] == "state"
    groups = {each["title"]: each["fields"] for each in form["tabs"][0]["groups"]}
    assert groups == {
        "": [
            "title",
            "country_id",
            "price",
            "currency",
            "bought_on",
            "shop_item_id",
            "parts",
        ],
        "Notes": ["notes"],
    }


def test_a_search_looks_into_short_texts_and_groups_by_what_repeats(
    books: Any,
) -> None:
    search = books["views"]["search"]
    assert search["quick"] == ["title"]
    assert [each["by"] for each in search["groups"]] == [
        "state", "country_id", "currency",
    ]  # fmt: skip


def test_a_graph_counts_and_sums(books: Any) -> None:
    graph = books["views"]["graph"]
    assert graph["by"] == ["state", "country_id", "bought_on.month()"]
    assert [each["key"] for each in graph["measures"]] == ["count", "price.sum"]
