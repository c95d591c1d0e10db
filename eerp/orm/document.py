"""Reading JSON that a module answered: each key once, of its type, or a clear error.

The caller says how a fault is raised; what it says begins with where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from attrs import frozen

__all__ = ["Document"]

_REQUIRED: Any = object()


@frozen
class Document:
    """A JSON object with a place. `fail` raises the caller's error from a sentence."""

    place: str
    value: dict[str, Any]
    fail: Callable[[str], NoReturn]

    @classmethod
    def of(cls, place: str, value: object, fail: Callable[[str], NoReturn]) -> Document:
        """`value` as a document; it must be an object."""
        if not isinstance(value, dict):
            fail(f"{place} is not an object.")
        return cls(place, value, fail)

    def refuse(self, message: str) -> NoReturn:
        """Raise the caller's error: the place, and `message`, a predicate."""
        self.fail(f"{self.place} {message}.")

    def only(self, *keys: str) -> None:
        """Refuse a key that is not one of `keys`."""
        unknown = sorted(self.value.keys() - set(keys))
        if unknown:
            self.refuse(f"has the unknown key {unknown[0]!r}")

    def get(self, key: str, kind: type, default: Any = _REQUIRED) -> Any:
        """The value of `key`: of `kind`, or `default` when it is absent or null."""
        value = self.value.get(key)
        if value is None:
            if default is _REQUIRED:
                self.refuse(f"lacks {key!r}")
            return default
        # JSON's true is an int in Python.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.refuse(f"has a {key!r} that is not {_WORDS[kind]}")
        return value

    def text_list(self, key: str) -> tuple[str, ...]:
        """The value of `key`, a list of texts that is not empty."""
        values = self.get(key, list)
        if not values or not all(isinstance(value, str) for value in values):
            self.refuse(f"has a {key!r} that is not a list of texts")
        return tuple(values)


_WORDS = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    list: "a list",
    dict: "an object",
}
