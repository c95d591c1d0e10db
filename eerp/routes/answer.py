"""What a route answers when all goes well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import field, frozen

__all__ = ["SHAPES", "Answer", "Shape"]

Shape = Literal["record", "list", "none", "value"]
SHAPES: tuple[Shape, ...] = ("record", "list", "none", "value")


@frozen
class Answer:
    """One answer of a route.

    `shape` says what the body is: a ``record`` or a ``list`` (a page) of `model`, a
    ``value`` that `schema` describes, as far as anybody can, or ``none``. `parts` are
    the models of the lists of records that a record is shown with, by their names.
    """

    status: int
    description: str = ""
    schema: dict[str, Any] | bool | None = None
    model: str | None = None
    shape: Shape = "value"
    media_type: str = "application/json"
    parts: Mapping[str, str] = field(factory=dict)
