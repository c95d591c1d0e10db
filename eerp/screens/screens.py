"""The screens of all modules: declared while they load, told when all are there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache, partial
from typing import Any

import orjson
from attrs import define, field, frozen

from eerp.interfaces import Identity
from eerp.limits import CONTRACTS_KEPT_MAX
from eerp.log import Logger
from eerp.modules import Manifest
from eerp.orm.registry import ModelRegistry
from eerp.routes import RouteTable
from eerp.screens.catalogue import Catalogue, Piece, key_of
from eerp.screens.declared import Declared, read_declared
from eerp.screens.declaring import Declaring
from eerp.screens.derived import derived_part
from eerp.screens.merge import merged
from eerp.screens.part import Part
from eerp.screens.seen import PLACES, seen_part
from eerp.screens.sight import Checking, Looking
from eerp.screens.texts import (
    LANGUAGES,
    Spoken,
    extension_keys,
    text_keys,
    translated,
)

__all__ = ["Contracts", "Screens", "Told"]

log = Logger(namespace="eerp.screens")

# Modules that say where they stand come first.
_LAST = 1001


@frozen
class Told:
    """A contract as bytes of JSON, and its hash."""

    body: bytes
    hash: str


@define(eq=False)
class Screens:
    """What modules declared so far, of `models` and `routes`."""

    models: ModelRegistry
    routes: RouteTable
    _declared: dict[str, Declared] = field(factory=dict, init=False)
    _reports: dict[str, str] = field(factory=dict, init=False)

    def declare(
        self, manifest: Manifest, description: Mapping[str, Any], migrations: list[Any]
    ) -> None:
        """Take what a module declares, whose models and routes are registered. Raises
        `DescriptionInvalid`, which says where it is wrong."""
        declared = read_declared(manifest, description, migrations)
        known = {**self._declared, manifest.name: declared}
        catalogue = self._catalogue(known)
        part = _merged(catalogue, declared)
        reports = {**self._reports, **_reports([part])}
        check = Checking(catalogue, reports, manifest.neighbours, declared.refuse)
        seen_part(part, check)
        _note_oddities(declared, part, catalogue)
        self._declared, self._reports = known, reports

    def complete(self, loaded: Collection[str]) -> Contracts:
        """What there is to tell, now that these modules are all that there are."""
        known = {name: each for name, each in self._declared.items() if name in loaded}
        catalogue = self._catalogue(known)
        parts = [_merged(catalogue, each) for each in known.values()]
        parts.sort(key=lambda part: part.module.get("order", _LAST))
        texts = {name: each.texts for name, each in known.items()}
        return Contracts(catalogue, tuple(parts), texts)

    def _catalogue(self, known: Mapping[str, Declared]) -> Catalogue:
        models = {key_of(each): each for each in self.models if each.module in known}
        routes = tuple(each for each in self.routes.routes() if each.module in known)
        found = frozenset[tuple[str, str]]().union(*(d.found for d in known.values()))
        return Catalogue(frozenset(known), models, routes, found)


def _merged(catalogue: Catalogue, declared: Declared) -> Part:
    manifest = declared.manifest
    by = Declaring(catalogue, manifest.name, manifest.route_prefix, declared.refuse)
    slots = {
        place: added
        for place, added in declared.ui.get("slots", {}).items()
        if _is_place(place, catalogue, manifest.neighbours)
    }
    derived = derived_part(catalogue, manifest)
    return merged(by, derived, {**declared.ui, "slots": slots})


def _is_place(place: str, catalogue: Catalogue, neighbours: Collection[str]) -> bool:
    module, _, rest = place.partition(".")
    model, _, where = rest.partition(".")
    there = f"{module}.{model}" in catalogue.models
    return there and module in neighbours and where in PLACES


def _reports(parts: Iterable[Part]) -> dict[str, str]:
    return {each["key"]: each["path"] for part in parts for each in part.reports}


def _note_oddities(declared: Declared, part: Part, catalogue: Catalogue) -> None:
    """Say what has no effect: it may be meant for a module that is not there."""
    name = declared.manifest.name
    for place in declared.ui.get("slots", {}).keys() - part.slots.keys():
        log.warn(
            "module {module} adds to {place}, which is no place here",
            event="slot_unknown",
            module=name,
            place=place,
        )
    keys = text_keys(part).union(extension_keys(catalogue.models.values(), name))
    for language, texts in declared.texts.items():
        for key in sorted(texts.keys() - keys):
            log.warn(
                "module {module} has a text in {language} for {key}, which is nothing",
                event="text_unknown",
                module=name,
                language=language,
                key=key,
            )


@frozen(eq=False)
class Contracts:
    """The contract for each caller: made once for those with the same permissions, in
    each language."""

    catalogue: Catalogue
    parts: tuple[Part, ...]
    texts: Mapping[str, Mapping[str, Mapping[str, str]]]
    languages: frozenset[str] = field(init=False)
    _parts_in: Callable[[str], tuple[Part, ...]] = field(init=False)
    _told: Callable[[frozenset[str], str], Told] = field(init=False)

    @languages.default
    def _known_languages(self) -> frozenset[str]:
        brought = (language for texts in self.texts.values() for language in texts)
        return frozenset([*LANGUAGES, *brought])

    @_parts_in.default
    def _cached_parts(self) -> Callable[[str], tuple[Part, ...]]:
        return lru_cache(len(self.languages))(self._translate)

    @_told.default
    def _cached(self) -> Callable[[frozenset[str], str], Told]:
        return lru_cache(CONTRACTS_KEPT_MAX)(self._tell)

    def of(self, identity: Identity, language: str) -> Told:
        """The contract for a caller."""
        return self._told(identity.permissions, language)

    def _translate(self, language: str) -> tuple[Part, ...]:
        if language == "en":
            return self.parts
        spoken = {
            part.name: Spoken.of(
                part, self.texts[part.name].get(language, {}), language
            )
            for part in self.parts
        }
        return tuple(translated(part, spoken) for part in self.parts)

    def _tell(self, permissions: frozenset[str], language: str) -> Told:
        whoever = Identity("", "", None, (), permissions)
        look = partial(
            seen_part, sight=Looking(self.catalogue, _reports(self.parts), whoever.may)
        )
        content = _content(map(look, self._parts_in(language)), language)
        tag = hashlib.sha256(orjson.dumps(content)).hexdigest()[:32]
        return Told(orjson.dumps({"hash": tag, **content}), tag)


def _content(parts: Iterable[Part], language: str) -> Piece:
    shown = [part for part in parts if _has_something(part)]
    slots: dict[str, list[Piece]] = {}
    for part in shown:
        for place, added in part.slots.items():
            slots.setdefault(place, []).extend(added)
    return {
        "language": language,
        "modules": [_head(part) for part in shown],
        "models": {
            model["key"]: model for part in shown for model in part.models.values()
        },
        "reports": [report for part in shown for report in part.reports],
        "dashboards": [part.dashboard for part in shown if part.dashboard is not None],
        "slots": {place: added for place, added in slots.items() if added},
    }


def _has_something(part: Part) -> bool:
    added = any(part.slots.values())
    return bool(part.models or part.reports or part.dashboard or added)


def _head(part: Part) -> Piece:
    return {name: each for name, each in part.module.items() if name != "order"}
