"""Reads the text of one query parameter from left to right."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from attrs import define

from eerp.errors import ValidationFailed
from eerp.orm.comparison import Comparison, comparison
from eerp.orm.faults import refused
from eerp.orm.fields import WrongValue
from eerp.orm.model import Field

__all__ = ["Scanner", "read_comparison"]

_T = TypeVar("_T")

_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[^",()]*', re.DOTALL)
_ELEMENT = re.compile(r'"(?:[^"\\]|\\.)*"|[^",(){}]*', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TRUTHS = {"null": None, "not_null": "not_null", "true": True, "false": False}


@define
class Scanner:
    """A place in the text of the parameter that `pointer` names."""

    text: str
    pointer: str
    position: int = 0

    def end(self) -> None:
        """Nothing follows."""
        if self.position != len(self.text):
            raise self.wrong("Something follows the closing bracket")

    def compared(self, field: Field, operator: str) -> Comparison:
        """What stands after ``field.op.``."""
        if operator == "in":
            words = [] if self.take_empty("()") else self.bracketed("()", self.word)
            return self._of_words(field, operator, field.type.read, words)
        if field.type.element is not None and operator != "is":
            empty = self.take_empty("{}")
            words = [] if empty else self.bracketed("{}", self.element)
            return self._of_words(field, operator, field.type.element.read, words)
        return read_comparison(field, operator, self.word(), self.pointer)

    def _of_words(
        self,
        field: Field,
        operator: str,
        read: Callable[[str], Any],
        words: list[str],
    ) -> Comparison:
        try:
            values = [read(word) for word in words]
        except WrongValue as wrong:
            message = f"{field.name} {wrong.message}."
            raise refused(self.pointer, wrong.code, message) from None
        return comparison(field, operator, values, self.pointer)

    def word(self) -> str:
        """A bare word, or one in double quotes."""
        return self._unquoted(self.take(_WORD))

    def element(self) -> str:
        """The same within braces."""
        return self._unquoted(self.take(_ELEMENT))

    def _unquoted(self, found: re.Match[str] | None) -> str:
        word = "" if found is None else found[0]
        return _ESCAPED.sub(r"\1", word[1:-1]) if word.startswith('"') else word

    def bracketed(self, brackets: str, item: Callable[[], _T]) -> list[_T]:
        """Items between brackets, separated by commas."""
        self.expect(brackets[0])
        items = [item()]
        while self.text[self.position : self.position + 1] == ",":
            self.position += 1
            items.append(item())
        self.expect(brackets[1])
        return items

    def take_empty(self, brackets: str) -> bool:
        """Whether nothing stands in the brackets here; they are passed over."""
        empty = self.text.startswith(brackets, self.position)
        self.position += 2 * empty
        return empty

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What matches here; it is passed over."""
        found = pattern.match(self.text, self.position)
        if found is not None:
            self.position = found.end()
        return found

    def expect(self, mark: str) -> None:
        """Pass over `mark`, which must stand here."""
        if not self.text.startswith(mark, self.position):
            raise self.wrong(f"A {mark!r} is missing")
        self.position += 1

    def wrong(self, message: str) -> ValidationFailed:
        """The error of this parameter, with the place in its text."""
        message = f"{message}, at character {self.position + 1} of {self.pointer}."
        return refused(self.pointer, "format", message)


def read_comparison(field: Field, operator: str, word: str, pointer: str) -> Comparison:
    """A comparison with the value that `word` is. Raises `ValidationFailed`."""
    if operator == "is":
        if word not in _TRUTHS:
            message = "is takes null, not_null, true or false."
            raise refused(pointer, "format", message)
        return comparison(field, operator, _TRUTHS[word], pointer)
    try:
        value = field.type.read(word)
    except WrongValue as wrong:
        raise refused(pointer, wrong.code, f"{field.name} {wrong.message}.") from None
    return comparison(field, operator, value, pointer)
