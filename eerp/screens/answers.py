"""What the answer of a route holds, as far as its schema tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from attrs import frozen

from eerp.routes import Route

__all__ = ["Place", "answer_of"]

_JSON = "application/json"
_ITEMS = "items"


@frozen
class Place:
    """A part of an answer. `schema` is its JSON Schema, in which references lead into
    `whole`; None where nothing is told, and so anything may be there."""

    whole: Any
    schema: dict[str, Any] | None

    @classmethod
    def of(cls, whole: Any, schema: Any) -> Place:
        """The place that `schema` describes: not the null that may stand there too."""
        while isinstance(schema, dict):
            if "$ref" in schema:
                schema = _pointed(whole, schema["$ref"].removeprefix("#"))
            elif len(telling := _telling(schema)) == 1:
                schema = telling[0]
            else:
                break
        return cls(whole, schema if isinstance(schema, dict) else None)

    @property
    def words(self) -> list[str]:
        """The texts that it may be; none if it may be others, too."""
        return [each for each in (self.schema or {}).get("enum", ()) if each]

    @property
    def items(self) -> Place:
        """What its elements are."""
        return Place.of(self.whole, (self.schema or {}).get(_ITEMS))

    def at(self, pointer: str, refuse: Callable[[str], None]) -> Place:
        """What a JSON pointer leads to."""
        return self._along(pointer.split("/")[1:], refuse)

    def column(self, path: str, refuse: Callable[[str], None]) -> Place:
        """What names joined by dots lead to."""
        return self._along(path.split("."), refuse)

    def _along(self, names: Iterable[str], refuse: Callable[[str], None]) -> Place:
        found = self
        for name in names:
            found = found._inner(name, refuse)
        return found

    def _inner(self, name: str, refuse: Callable[[str], None]) -> Place:
        known = (self.schema or {}).get("properties")
        if not known:
            return Place(self.whole, None)
        if name not in known:
            there = ", ".join(known)
            refuse(f"the answer has no {name} there; it has: {there}")
        return Place.of(self.whole, known.get(name))


def _telling(schema: dict[str, Any]) -> list[Any]:
    """Of several schemas those that are not of null alone."""
    several = [*schema.get("anyOf", ()), *schema.get("allOf", ())]
    return [each for each in several if each != {"type": "null"}]


def _pointed(whole: Any, pointer: str) -> Any:
    found = whole
    for name in pointer.split("/")[1:]:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def answer_of(route: Route) -> Place:
    """The JSON that a route answers."""
    told = (each.schema for each in route.answers if each.media_type == _JSON)
    whole = next(told, None)
    return Place.of(whole, whole)
