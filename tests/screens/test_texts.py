"""The texts of screens in another language."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.logger import capturedLogs

from tests.screens.given import Library
from tests.screens.test_declared import UI

TEXTS = {
    "module.title": "Bibliothèque",
    "menu.late": "En retard",
    "menu.groups.Lending": "Prêts",
    "models.books.title": "Livre",
    "models.books.plural": "Livres",
    "models.books.fields.title.label": "Titre",
    "models.books.fields.price.label": "Prix",
    "models.books.fields.state.options.lent_out": "Prêté",
    "models.books.form.tabs.main": "Livre",
    "models.books.actions.burn.confirm": "Le brûler ?",
    "models.books.actions.lend.fields.reader.label": "Lecteur",
    "models.books.actions.lend.fields.terms.fields.fine.label": "Amende",
    "models.loans.views.filters.late": "Échus",
    "reports.late.title": "Retards",
    "reports.late.columns.days": "Jours",
    "reports.late.facts.Loans": "Prêts",
    "dashboard.cards.due": "À rendre",
    "slots.core.countries.form.after.books.title": "Ouvrages",
}


@pytest.fixture(scope="module")
def french() -> dict[str, Any]:
    return Library(UI, {"fr": TEXTS}).load().told("*", language="fr")


def test_texts_stand_where_their_keys_say(french: Any) -> None:
    library, books = french["modules"][0], french["models"]["library.books"]
    assert french["language"] == "fr"
    assert library["title"] == "Bibliothèque"
    assert (library["menu"][0]["title"], library["menu"][0]["group"]) == (
        "En retard", "Prêts",
    )  # fmt: skip
    assert (books["title"], books["plural"]) == ("Livre", "Livres")
    fields = {each["name"]: each for each in books["fields"]}
    assert fields["title"]["label"] == "Titre"
    assert fields["state"]["options"][1]["label"] == "Prêté"
    assert books["views"]["form"]["tabs"][0]["title"] == "Livre"
    burn = next(each for each in books["actions"] if each["key"] == "burn")
    assert burn["confirm"] == "Le brûler ?"
    lend = next(each for each in books["actions"] if each["key"] == "lend")
    asked = {each["name"]: each for each in lend["fields"]}
    assert asked["reader"]["label"] == "Lecteur"
    assert asked["terms"]["fields"][0]["label"] == "Amende"
    [report] = french["reports"]
    assert (report["title"], report["facts"][0]["label"]) == ("Retards", "Prêts")
    assert report["sections"][0]["columns"][1]["label"] == "Jours"
    assert french["dashboards"][0]["cards"][1]["title"] == "À rendre"
    assert french["slots"]["core.countries.form.after"][0]["title"] == "Ouvrages"


def test_the_same_words_have_the_same_translation_elsewhere(french: Any) -> None:
    views = french["models"]["library.books"]["views"]
    measure = next(m for m in views["graph"]["measures"] if m["key"] == "price.avg")
    assert measure["title"] == "Prix"


def test_the_core_translates_its_own_words(french: Any) -> None:
    countries = french["models"]["core.countries"]
    labels = {each["name"]: each["label"] for each in countries["fields"]}
    assert labels["created_at"] == "Créé le"
    assert countries["views"]["graph"] is None


def test_what_is_not_translated_is_english(french: Any) -> None:
    fields = {f["name"]: f for f in french["models"]["library.books"]["fields"]}
    assert fields["bought_on"]["label"] == "Bought on"
    assert fields["title"]["help"] == "On the cover."


def test_english_is_left_as_it_was(french: Any) -> None:
    library = Library(UI, {"fr": TEXTS}).load()
    library.told("*", language="fr")
    assert library.told("*")["models"]["library.books"]["title"] == "Book"


def test_what_has_no_effect_is_told_to_the_operator() -> None:
    with capturedLogs() as seen:
        Library(UI, {"fr": {"models.boks.title": "Livre"}}).load()
    unknown = [each for each in seen if each.get("event") == "text_unknown"]
    assert [(each["module"], each["key"]) for each in unknown] == [
        ("library", "models.boks.title")
    ]
    places = [each["place"] for each in seen if each.get("event") == "slot_unknown"]
    assert places == ["shop.items.form.after"]


def test_a_module_tells_of_what_it_keeps_of_the_models_of_others() -> None:
    texts = {
        "models.books.fields.state.label": "État",
        "extensions.core.countries.fields.genre.label": "Genre favori",
        "extensions.core.countries.fields.genre.options.crime": "Policier",
        "extensions.core.countries.fields.gone.label": "Parti",
    }
    fields = [
        {"name": "genre", "type": "text", "label": "Genre", "values": ["crime"]},
        {"name": "state", "type": "text", "label": "State"},
    ]
    kept = {"module": "core", "model": "countries", "table": "kept", "fields": fields}
    with capturedLogs() as events:
        told = Library(texts={"fr": texts}, extends=[kept]).load()
        countries = told.told("*", language="fr")["models"]["core.countries"]
    fields = {each["name"]: each for each in countries["fields"]}
    genre = fields["extensions.library.genre"]
    assert (genre["label"], genre["options"][0]["label"]) == (
        "Genre favori", "Policier",
    )  # fmt: skip
    # By the words of the module that keeps it.
    assert fields["extensions.library.state"]["label"] == "État"
    odd = [one["key"] for one in events if one.get("event") == "text_unknown"]
    assert odd == ["extensions.core.countries.fields.gone.label"]
