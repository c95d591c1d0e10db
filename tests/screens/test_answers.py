"""What a schema tells of an answer; what it does not tell may be there."""

from __future__ import annotations

from typing import Any

import pytest

from eerp.screens.answers import Place

WHOLE: dict[str, Any] = {
    "properties": {
        "plain": {"properties": {"a/b": {"enum": ["x", "y", None]}}},
        "maybe": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/row"}]},
        "either": {"anyOf": [{"$ref": "#/$defs/row"}, {"type": "string"}]},
        "open": {"type": "object"},
        "lost": {"$ref": "#/$defs/nowhere"},
        "rows": {"type": "array", "items": {"$ref": "#/$defs/row"}},
    },
    "$defs": {"row": {"properties": {"day": {"type": "string"}}}},
}


def refuse(words: str) -> None:
    raise LookupError(words)


def place() -> Place:
    return Place.of(WHOLE, WHOLE)


@pytest.mark.parametrize(
    "path", ["maybe.day", "either.hour", "open.a.b", "lost.day", "rows", "plain"]
)
def test_what_is_told_or_may_be_there_is_found(path: str) -> None:
    place().column(path, refuse)


@pytest.mark.parametrize("path", ["other", "maybe.hour", "plain.b"])
def test_what_cannot_be_there_is_refused(path: str) -> None:
    with pytest.raises(LookupError, match="the answer has no"):
        place().column(path, refuse)


def test_words_and_rows() -> None:
    assert place().column("plain", refuse).column("a/b", refuse).words == ["x", "y"]
    assert place().at("/rows", refuse).items.column("day", refuse).words == []
    with pytest.raises(LookupError, match="it has: day"):
        place().at("/rows", refuse).items.column("week", refuse)
