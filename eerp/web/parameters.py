"""The query strings of the core's own lists: named parameters, each at most once."""

from __future__ import annotations

from collections.abc import Sequence

from eerp.orm.faults import refused
from eerp.routes import parse_query

__all__ = ["page_limit", "query_parameters"]


def query_parameters(query: bytes, known: Sequence[str]) -> dict[str, str]:
    """What a query string says. Raises `ValidationFailed` for a parameter that is not
    `known`, or there twice."""
    asked: dict[str, str] = {}
    for name, value in parse_query(query):
        if name not in known:
            message = f"The parameters are {', '.join(known)}."
            raise refused(f"query/{name}", "unknown_parameter", message)
        if name in asked:
            message = f"The parameter {name} is there twice."
            raise refused(f"query/{name}", "duplicate", message)
        asked[name] = value
    return asked


def page_limit(text: str | None, usual: int, most: int) -> int:
    """How many items a page has, `usual` unless said. Raises `ValidationFailed`."""
    if text is None:
        return usual
    if text.isascii() and text.isdecimal() and len(text) <= len(str(most)):
        value = int(text)
        if 0 < value <= most:
            return value
    message = f"The parameter limit is a number from 1 to {most}."
    raise refused("query/limit", "limit", message)
