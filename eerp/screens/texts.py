"""Texts of screens by key, and what they are in other languages.

A module brings a catalogue a language. Its keys say where a text stands, as in
``models.invoices.fields.date.label``. What has no text of its own is told as the module
tells the same English words elsewhere, or the core does, or stays English.

What a module keeps of another's model is told by its own catalogue, not the other's:
``extensions.crm.contacts.fields.birthday.label``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import orjson
from attrs import evolve, frozen

from eerp.orm.model import EXTENSIONS, Model
from eerp.screens.catalogue import Piece, key_of
from eerp.screens.part import Part

__all__ = ["LANGUAGES", "Spoken", "extension_keys", "text_keys", "translated"]

Text = tuple[str, Piece, str]
"""A key, and where its text stands: a piece, and the name of the text in it."""

Texts = Mapping[str, str]

_WORDS: Mapping[str, Texts] = {
    "fr": json.loads(Path(__file__).with_name("words.fr.json").read_text("utf-8"))
}
LANGUAGES = ("en", *_WORDS)
"""Those that the core's own words are told in."""
_EXTENDING = re.compile(rf"models\.(\w+)\.fields\.{EXTENSIONS}\.(\w+)\.(.+)")


@frozen
class Spoken:
    """A module's texts in a language, by key, and its English words in it."""

    texts: Texts
    words: Texts

    @classmethod
    def of(cls, part: Part, texts: Texts, language: str) -> Spoken:
        """Those of a module whose part is in English."""
        places = _texts(part)
        said = {
            piece[name]: texts[key] for key, piece, name in places if texts.get(key)
        }
        return cls(texts, {**_WORDS.get(language, {}), **said})

    def tell(self, key: str, text: str) -> str:
        """The text at a place, where there is `text` in English."""
        return self.texts.get(key) or self.words.get(text, text)


def text_keys(part: Part) -> frozenset[str]:
    """The keys of all texts of a module's screens."""
    return frozenset(key for key, _, _ in _texts(part))


def extension_keys(models: Iterable[Model], module: str) -> Iterator[str]:
    """The keys of the texts of what `module` keeps of the models of others."""
    for model in models:
        for name, field in model.fields.items():
            _, _, bare = name.partition(f"{EXTENSIONS}.{module}.")
            if bare:
                at = f"{EXTENSIONS}.{key_of(model)}.fields.{bare}"
                yield from (f"{at}.label", f"{at}.help")
                yield from (f"{at}.options.{value}" for value in field.values or ())


def translated(part: Part, spoken: Mapping[str, Spoken]) -> Part:
    """`part` with its texts in another language, in which each module has `spoken`."""
    whole = evolve(part, **orjson.loads(orjson.dumps(_content(part))))
    for at, piece, name in _texts(whole):
        module, key = _told_by(part.name, at)
        if module in spoken:
            piece[name] = spoken[module].tell(key, piece[name])
    return whole


def _told_by(module: str, key: str) -> tuple[str, str]:
    """The module that tells the text with this key in a part, and its own key of it."""
    found = _EXTENDING.fullmatch(key)
    if found is None:
        return module, key
    model, keeper, rest = found.groups()
    return keeper, f"{EXTENSIONS}.{module}.{model}.fields.{rest}"


def _content(part: Part) -> Piece:
    return {
        "module": part.module, "models": part.models, "reports": part.reports,
        "dashboard": part.dashboard, "slots": part.slots,
    }  # fmt: skip


def _texts(part: Part) -> Iterator[Text]:
    yield "module.title", part.module, "title"
    for item in part.module["menu"]:
        yield f"menu.{item['key']}", item, "title"
        if "group" in item:
            yield f"menu.groups.{item['group']}", item, "group"
    for name, model in part.models.items():
        yield from _of_model(f"models.{name}", model)
    for report in part.reports:
        yield from _of_report(f"reports.{report['key'].partition('.')[2]}", report)
    if part.dashboard is not None:
        yield "dashboard.title", part.dashboard, "title"
        for card in part.dashboard["cards"]:
            yield f"dashboard.cards.{card['key']}", card, "title"
            if "measure" in card:
                yield f"dashboard.cards.{card['key']}.measure", card["measure"], "title"
    for place, added in part.slots.items():
        for slot in added:
            yield from _of_slot(f"slots.{place}.{slot['key']}", slot)


def _of_slot(at: str, slot: Piece) -> Iterator[Text]:
    yield f"{at}.title", slot, "title"
    if "action" in slot:
        yield from _of_action(f"{at}.action", slot["action"])


def _of_model(at: str, model: Piece) -> Iterator[Text]:
    for name in ("title", "plural", "help"):
        yield f"{at}.{name}", model, name
    yield from _of_fields(f"{at}.fields", model["fields"])
    yield from _titles(f"{at}.lines", model["lines"], "name")
    yield from _titles(f"{at}.related", model["related"])
    yield from _of_views(at, model["views"])
    for action in model["actions"]:
        yield from _of_action(f"{at}.actions.{action['key']}", action)


def _of_views(at: str, views: Piece) -> Iterator[Text]:
    for tab in views["form"]["tabs"]:
        yield f"{at}.form.tabs.{tab['key']}", tab, "title"
        for group in tab["groups"]:
            if group["title"]:
                yield f"{at}.form.groups.{group['title']}", group, "title"
    yield from _titles(f"{at}.views.filters", views["search"]["filters"])
    yield from _titles(f"{at}.views.groups", views["search"]["groups"])
    if views["graph"] is not None:
        yield from _titles(f"{at}.views.measures", views["graph"]["measures"])


def _titles(at: str, pieces: Iterable[Piece], by: str = "key") -> Iterator[Text]:
    for piece in pieces:
        yield f"{at}.{piece[by]}", piece, "title"


def _of_action(at: str, action: Piece) -> Iterator[Text]:
    for name in ("title", "help", "confirm"):
        if name in action:
            yield f"{at}.{name}", action, name
    yield from _of_fields(f"{at}.fields", action["fields"])


def _of_fields(at: str, fields: Iterable[Piece]) -> Iterator[Text]:
    for field in fields:
        name = field["name"]
        yield f"{at}.{name}.label", field, "label"
        yield f"{at}.{name}.help", field, "help"
        for option in field.get("options", ()):
            yield f"{at}.{name}.options.{option['value']}", option, "label"
        yield from _of_fields(f"{at}.{name}.fields", field.get("fields", ()))


def _of_column(at: str, column: Piece) -> Iterator[Text]:
    yield at, column, "label"
    for option in column.get("options", ()):
        yield f"{at}.options.{option['value']}", option, "label"


def _of_report(at: str, report: Piece) -> Iterator[Text]:
    yield f"{at}.title", report, "title"
    yield f"{at}.help", report, "help"
    yield from _of_fields(f"{at}.parameters", report["parameters"])
    for fact in report["facts"]:
        yield from _of_column(f"{at}.facts.{fact['label']}", fact)
    for action in report["actions"]:
        yield from _of_action(f"{at}.actions.{action['key']}", action)
    for section in report["sections"]:
        for action in section["actions"]:
            yield from _of_action(f"{at}.actions.{action['key']}", action)
        if section["title"]:
            yield f"{at}.sections.{section['title']}", section, "title"
        for column in section["columns"]:
            yield from _of_column(f"{at}.columns.{column['field']}", column)
        for total in section["totals"]:
            yield f"{at}.totals.{total['label']}", total, "label"
