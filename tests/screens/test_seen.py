"""What callers see: all that they may, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from eerp.interfaces import Identity
from eerp.openapi.names import plain_path
from eerp.screens.catalogue import bare, field_at, key_of
from tests.screens.given import Library
from tests.screens.test_declared import UI

LIBRARY = Library(UI).load()
PERMISSIONS = sorted(
    {route.permission or "" for route in LIBRARY.routes.routes()}
    | {"core.countries.read", "library.books.price", "library.books.set_price",
       "library.books.purge", "library.pages.read", "library.loans.read",
       "eerp.audit.read", "library.*", "core.*"}
)  # fmt: skip
READ = ("library.books.read", "library.loans.read")


def fields(model: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each for each in model["fields"]}


def test_who_may_nothing_sees_nothing() -> None:
    found = LIBRARY.told()
    assert (found["modules"], found["models"], found["reports"]) == ([], {}, [])
    assert (found["dashboards"], found["slots"]) == ([], {})


def test_a_reference_to_what_may_not_be_read_leads_nowhere() -> None:
    found = LIBRARY.told(*READ)
    books = found["models"]["library.books"]
    assert "core.countries" not in found["models"]
    assert fields(books)["country_id"]["kind"] == "uuid"
    assert "relation" not in fields(books)["country_id"]
    assert "country.name" not in books["views"]["list"]["columns"]
    [lend] = LIBRARY.told(*READ, "library.books.lend")["models"]["library.books"][
        "actions"
    ]
    terms = next(each for each in lend["fields"] if each["name"] == "terms")
    assert fields(terms)["country_id"]["kind"] == "uuid"
    # Its name stands for a book, together with the title.
    assert books["display"] == "{id}"


def test_a_hidden_field_is_named_nowhere() -> None:
    assert '"price' not in orjson.dumps(LIBRARY.told(*READ)).decode()
    assert "price" in fields(
        LIBRARY.told(*READ, "library.books.price")["models"]["library.books"]
    )


def test_a_field_that_may_be_read_and_not_set_is_readonly() -> None:
    may = (*READ, "library.books.price", "library.books.update")
    price = fields(LIBRARY.told(*may)["models"]["library.books"])["price"]
    assert price["readonly"] is True
    may = (*may, "library.books.set_price")
    price = fields(LIBRARY.told(*may)["models"]["library.books"])["price"]
    assert price["readonly"] is False
    assert "write" not in price


def test_what_can_be_done_is_what_the_caller_may() -> None:
    books = LIBRARY.told(*READ, "library.books.burn")["models"]["library.books"]
    assert (books["can"]["list"], books["can"]["create"]) == (True, False)
    assert books["permissions"]["create"] == "library.books.create"
    assert [each["key"] for each in books["actions"]] == ["burn"]
    assert books["audited"] is False


def test_lines_are_seen_with_the_record() -> None:
    found = LIBRARY.told(*READ)
    assert found["models"]["library.books"]["lines"][0]["model"] == "library.pages"
    assert "library.pages" in found["models"]


def test_a_menu_item_goes_with_its_filter() -> None:
    filters = [{"key": "dear", "title": "Dear", "where":
                {"field": "price", "op": "gt", "value": "10"}}]  # fmt: skip
    ui = {
        "menu": [
            {"key": "dear", "title": "Dear", "model": "books", "filter": "dear"},
            {"key": "all", "title": "All", "model": "books"},
        ],
        "models": {"books": {"search": {"filters": filters}}},
    }
    library = Library(ui).load()
    [head] = library.told(*READ)["modules"]
    assert [each["key"] for each in head["menu"]] == ["all"]
    [head] = library.told(*READ, "library.books.price")["modules"]
    assert [each["key"] for each in head["menu"]] == ["dear", "all"]


def test_a_card_whose_measure_is_hidden_is_not_there() -> None:
    [dashboard] = LIBRARY.told(*READ)["dashboards"]
    assert [each["key"] for each in dashboard["cards"]] == ["due"]


def test_the_same_permissions_get_the_same_bytes() -> None:
    contracts = LIBRARY.screens.complete({"core", "library"})
    ann, bob = (
        Identity(name, name, None, (), frozenset(READ)) for name in ("ann", "bob")
    )
    assert contracts.of(ann, "en") is contracts.of(bob, "en")
    assert contracts.of(ann, "en").hash != contracts.of(ann, "fr").hash


@settings(max_examples=300, deadline=None)
@given(st.sets(st.sampled_from(PERMISSIONS)))
def test_nobody_is_told_of_what_they_may_not(permissions: set[str]) -> None:
    who = Identity("u", "ann", None, (), frozenset(permissions))
    found = LIBRARY.told(*permissions)
    for method, path in _calls(found):
        assert who.may(ROUTES[method, path]), (method, path)
    for model in found["models"].values():
        for verb in (verb for verb, may in model["can"].items() if may):
            assert who.may(model["permissions"][verb])
        for name in fields(model):
            needed = LIBRARY.models.model(model["module"], model["name"]).fields[name]
            assert needed.read is None or who.may(needed.read)
        for field in model["fields"]:
            to = field.get("relation", {"model": model["key"]})
            assert to["model"] in found["models"]
    for key, name in _named(found):
        assert _is_told_of(found, who, key, name), (key, name)


ROUTES = {
    (route.method, plain_path(route.template)): route.permission or ""
    for route in LIBRARY.routes.routes()
}


def _calls(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """All that the contract says can be called."""
    for model in found["models"].values():
        if model["path"] is not None:
            yield "GET", model["path"]
        for action in model["actions"]:
            yield action["method"], action["path"]
    yield from (("GET", report["path"]) for report in found["reports"])
    for item in _all(found["modules"], "report"):
        [path] = [each["path"] for each in found["reports"] if each["key"] == item]
        yield "GET", path


def _named(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """All fields that are named outside of the lists of fields, each with its model."""
    for key, model in found["models"].items():
        views = {**model["views"], "search": None}
        names = _all([views, model["views"]["search"], model["actions"]], *NAMING)
        yield from ((key, name) for name in names if isinstance(name, str))
        yield from ((key, name) for name in re.findall(r"{(.*?)}", model["display"]))
        for action in model["actions"]:
            for told in action.get("fill", {}).values():
                yield from _filled(key, told)
        for lines in model["lines"]:
            yield from ((lines["model"], name) for name in lines["columns"])
        for related in model["related"]:
            yield related["model"], related["field"]
    for card in _all(found["dashboards"], "cards"):
        names = _all({**card, "measure": [card.get("measure")]}, *NAMING)
        yield from ((card["model"], name) for name in names if isinstance(name, str))


def _filled(key: str, told: str | dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields that one of a dialog is filled with, each with its model."""
    if isinstance(told, str):
        yield key, told
    else:
        names = [*told["show"], *told["fields"].values()]
        yield from ((told["model"], name) for name in names)


NAMING = frozenset(
    {"columns", "fields", "quick", "totals", "by", "field", "start", "end"}
)


def _all(value: Any, *keys: str) -> Iterator[Any]:
    """What stands under these keys, however deep; the items of what is a list."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key in keys:
                yield from each if isinstance(each, list) else [each]
            yield from _all(each, *keys)
    elif isinstance(value, list):
        for each in value:
            yield from _all(each, *keys)


def _is_told_of(found: Any, who: Identity, key: str, name: str) -> bool:
    """Whether a field is among those that the contract tells of, or lies beyond a
    reference to what may be read."""
    if bare(name) in fields(found["models"][key]):
        return True
    beyond = field_at(MODELS[key], bare(name))
    assert beyond is not None
    return all(who.may(f"{key_of(each)}.read") for each in beyond[1])


MODELS = {key_of(each): each for each in LIBRARY.models}
