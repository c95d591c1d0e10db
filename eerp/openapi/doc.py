"""What a route of the core says of itself, as modules do by ``describe()``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from attrs import field, frozen

from eerp.routes import Answer

__all__ = [
    "CoreDescribed", "Doc", "Schema", "listed", "moment", "page_of", "shape",
    "text",
]  # fmt: skip

Schema = dict[str, Any]
"""A JSON Schema (2020-12)."""


@frozen(eq=False)
class Doc:
    """What the document tells of a route of the core.

    `name` makes the operation's id, `tag` is the heading that it stands below. `params`
    has a schema for each parameter of the path, `query` one for all of the query, None
    where none is taken. `problems` are the statuses of errors beside those that any
    such route can have. It `prefers` if it heeds the header `Prefer`. `schemas` are
    parts of the document, by their names, to which the other schemas may refer.
    """

    name: str
    tag: str
    summary: str
    answers: tuple[Answer, ...]
    description: str = ""
    params: Mapping[str, Schema] = field(factory=dict)
    query: Schema | None = None
    problems: tuple[int, ...] = ()
    prefers: bool = False
    schemas: Mapping[str, Schema] = field(factory=dict)


class CoreDescribed(Protocol):
    """A route of the core, as this package sees it."""

    @property
    def method(self) -> str:
        """The HTTP method."""

    @property
    def template(self) -> str:
        """The path."""

    @property
    def body(self) -> Any:
        """The check of the body, with its `schema`; None where none is taken."""

    @property
    def needs_user(self) -> bool:
        """Whether the caller must be signed in."""

    @property
    def permission(self) -> str | None:
        """The permission that it takes besides."""

    @property
    def doc(self) -> Doc | None:
        """What is told of it; without, it is left out."""


def page_of(item: Schema) -> Schema:
    """The schema of a page of a list."""
    return {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": item},
            "next_cursor": {
                "type": ["string", "null"],
                "description": "What to ask for as `cursor` to get the page after "
                "this one; null on the last.",
            },
        },
        "required": ["items", "next_cursor"],
        "additionalProperties": False,
    }


def text(description: str, **more: Any) -> Schema:
    """The schema of a text."""
    return {"type": "string", "description": description, **more}


def moment(*, nullable: bool = False) -> Schema:
    """The schema of a moment."""
    kind: Any = ["string", "null"] if nullable else "string"
    return {"type": kind, "format": "date-time"}


def listed(item: Schema) -> Schema:
    """The schema of an array."""
    return {"type": "array", "items": item}


def shape(
    title: str | None = None,
    fields: Mapping[str, Schema] | None = None,
    *,
    optional: Mapping[str, Schema] | None = None,
    **more: Schema,
) -> Schema:
    """The schema of an object with these fields, and those that are `optional`."""
    required = {**(fields or {}), **more}
    schema = {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }
    return schema if title is None else {"title": title, **schema}
