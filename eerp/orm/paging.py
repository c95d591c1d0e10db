"""What pages a request: its limit, its cursor, and the words beside them."""

from __future__ import annotations

from typing import Any, Literal, get_args

from eerp.limits import CURSOR_BYTES_MAX, ROWS_PER_PAGE_MAX
from eerp.orm.faults import refused

__all__ = ["Count", "Deleted", "limit_of_text", "read_count", "read_cursor",
           "read_deleted", "read_limit"]  # fmt: skip

Deleted = Literal["exclude", "include", "only"]
Count = Literal["exact", "estimated"]


def read_limit(value: Any, pointer: str, limit_max: int = ROWS_PER_PAGE_MAX) -> int:
    """How many records a page has. Raises `ValidationFailed`."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and 1 <= value <= limit_max:
        return int(value)
    message = f"The limit is a whole number from 1 to {limit_max}."
    raise refused(pointer, "range", message)


def read_cursor(value: Any, pointer: str) -> str | None:
    """A sealed cursor, of a size that it may have. Raises `ValidationFailed`."""
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and len(value) <= CURSOR_BYTES_MAX:
        return value
    message = "The cursor is not one that next_cursor gave."
    raise refused(pointer, "cursor", message)


def read_deleted(value: Any, pointer: str) -> Deleted:
    """Whether deleted records are found. Raises `ValidationFailed`."""
    word: Deleted = _word_of(Deleted, "deleted", value, pointer)
    return word


def read_count(value: Any, pointer: str) -> Count:
    """How the records are counted. Raises `ValidationFailed`."""
    word: Count = _word_of(Count, "count", value, pointer)
    return word


def _word_of(choice: Any, name: str, value: Any, pointer: str) -> Any:
    words = get_args(choice)
    for word in words:
        if value == word:
            return word
    raise refused(pointer, "enum", f"{name} is one of {', '.join(words)}.")


def limit_of_text(text: str, pointer: str, limit_max: int = ROWS_PER_PAGE_MAX) -> int:
    """The limit of a query string."""
    digits = text.isascii() and text.isdecimal() and len(text) < 10
    return read_limit(int(text) if digits else text, pointer, limit_max)
