"""The path of the screens: whose they are, in which language, and whether anew."""

from __future__ import annotations

import pytest

from eerp.web.screens_route import chosen_language, screens_route
from tests.screens.given import Library
from tests.web.wire import World

PATH = "/api/ui"


@pytest.fixture
def world():
    texts = {"fr": {"models.books.title": "Livre"}}
    contracts = Library(texts=texts).load().screens.complete({"core", "library"})
    return World(further=(screens_route(contracts),))


def test_it_is_for_those_who_are_signed_in(world):
    assert world.ask("GET", PATH, token=None).status == 401
    response = world.ask("GET", PATH)
    assert response.status == 200
    assert response.json["models"] == {}
    assert response.headers["cache-control"] == "private, no-cache"


def test_who_has_it_already_is_told_so(world):
    response = world.ask("GET", PATH)
    assert response.headers["etag"] == f'"{response.json["hash"]}"'
    again = world.ask("GET", PATH, if_none_match=response.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    other = world.ask(
        "GET", f"{PATH}?language=fr", if_none_match=response.headers["etag"]
    )
    assert other.status == 200


def test_another_parameter_is_refused(world):
    assert world.ask("GET", f"{PATH}?lang=fr").status == 422


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        (None, None, "en"),
        ("fr", None, "fr"),
        ("fr-CA", "en", "fr"),
        ("de", "fr", "fr"),
        ("de", None, "en"),
        (None, "fr-FR, en;q=0.8", "fr"),
        (None, "en;q=0.5, fr;q=0.7", "fr"),
        (None, "de, en, fr", "en"),
        (None, "fr;q=0, en", "en"),
        (None, "*", "en"),
        (None, ";;q=,", "en"),
    ],
)
def test_the_language_is_the_best_that_there_is(asked, accepted, language):
    assert chosen_language(asked, accepted, {"en", "fr"}) == language


def test_the_header_chooses_the_language_where_nothing_else_does(world):
    assert world.ask("GET", PATH, accept_language="fr").json["language"] == "fr"
    assert world.ask("GET", PATH).json["language"] == "en"
