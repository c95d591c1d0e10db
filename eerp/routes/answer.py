"""What a route answers when all goes well."""

from __future__ import annotations

from typing import Any, Literal

from attrs import frozen

__all__ = ["SHAPES", "Answer", "Shape"]

Shape = Literal["record", "list", "none", "value"]
SHAPES: tuple[Shape, ...] = ("record", "list", "none", "value")


@frozen
class Answer:
    """One answer of a route.

    `shape` says what the body is: a ``record`` or a ``list`` (a page) of `model`, a
    ``value`` that `schema` describes, as far as anybody can, or ``none``.
    """

    status: int
    description: str = ""
    schema: dict[str, Any] | bool | None = None
    model: str | None = None
    shape: Shape = "value"
    media_type: str = "application/json"
