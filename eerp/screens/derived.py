"""A module's part of the contract when it declares nothing."""

from __future__ import annotations

import zlib
from typing import Protocol

from eerp.screens.catalogue import Catalogue, Piece, key_of
from eerp.screens.models import models_of
from eerp.screens.part import Part

__all__ = ["Titled", "derived_part"]

_COLOURS = ("blue", "teal", "green", "amber", "red", "violet", "pink", "slate")
_ICON = "box"


class Titled(Protocol):
    """A module, as its manifest tells of it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def version(self) -> str:
        """Its version."""

    @property
    def display_name(self) -> str:
        """What people call it."""


def derived_part(catalogue: Catalogue, manifest: Titled) -> Part:
    """The models of a module, and a menu of them."""
    name = manifest.name
    head = {
        "name": name,
        "title": manifest.display_name,
        "version": manifest.version,
        "icon": _ICON,
        "colour": _COLOURS[zlib.crc32(name.encode()) % len(_COLOURS)],
        "menu": _menu(catalogue, name),
    }
    return Part(head, models_of(catalogue, name))


def _menu(catalogue: Catalogue, module: str) -> list[Piece]:
    """All models that have a list, but those that are lines of others."""
    models = catalogue.of(module)
    lines = {
        relation.model.name
        for model in models
        for relation in catalogue.lines(model).values()
    }
    return [
        {"key": model.name, "title": model.plural, "model": key_of(model)}
        for model in models
        if catalogue.path(key_of(model)) and model.name not in lines
    ]
