"""What a module declares of its screens: read from its description, and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from attrs import frozen

from eerp.config.jsonfile import Schema
from eerp.errors import DescriptionInvalid
from eerp.limits import SCREEN_FAULTS_MAX
from eerp.modules import Manifest
from eerp.screens.catalogue import Piece

__all__ = ["Declared", "read_declared"]

_UI = Schema.of(Path(__file__).with_name("ui.schema.json"))
_TEXTS = Schema.of(Path(__file__).with_name("texts.schema.json"))
_HINT = "docs/reference/screens.md lists every key"


@frozen(eq=False)
class Declared:
    """What a module declared: `ui`, `texts` by language and key, and which columns of
    its tables it made to be found by a part of their text."""

    manifest: Manifest
    ui: Piece
    texts: Mapping[str, Mapping[str, str]]
    found: frozenset[tuple[str, str]]

    def refuse(self, place: str, message: str) -> NoReturn:
        """Raise the error of what is wrong at a place of `ui`."""
        raise _invalid(self.manifest.name, "ui", [f"{place}: {message}"])


def _invalid(module: str, key: str, words: Iterable[str]) -> DescriptionInvalid:
    message = f"module {module}: {key} of describe() is wrong: {'; '.join(words)}"
    return DescriptionInvalid(module, message, hint=_HINT)


def read_declared(
    manifest: Manifest, description: Mapping[str, Any], migrations: list[Any]
) -> Declared:
    """The declaration in a module's description. Raises `DescriptionInvalid`, which
    names each place that is wrong in its form."""
    read = {}
    for key, schema in (("ui", _UI), ("texts", _TEXTS)):
        read[key] = description.get(key) or {}
        flaws = schema.flaws(read[key])[:SCREEN_FAULTS_MAX]
        if flaws:
            raise _invalid(manifest.name, key, map(str, flaws))
    found = frozenset(_found_quickly(manifest.name, migrations))
    return Declared(manifest, read["ui"], read["texts"], found)


def _found_quickly(module: str, migrations: list[Any]) -> Iterable[tuple[str, str]]:
    """The fields that have an index of the parts of their text, by their models."""
    for migration in migrations:
        for operation in migration["operations"]:
            if operation.get("method") == "trigram":
                for column in operation["columns"]:
                    yield f"{module}.{operation['table']}", column
