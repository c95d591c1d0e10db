"""The select of a list or a relation, as it is put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field
from graphql import GraphQLObjectType

__all__ = ["Reader", "Select"]

Reader = Callable[[Any], Any]
"""Makes what is answered of a row, or of a value in one."""


@define
class Select:
    """The select of a list or a relation, as far as something is asked for."""

    names: dict[str, None] = field(factory=dict)
    relations: list[str] = field(factory=list)

    def add(self, name: str) -> None:
        """Show a field, once."""
        self.names[name] = None

    def alias(self, kind: GraphQLObjectType) -> str:
        """A name for the next relation that no field has."""
        number = len(self.relations)
        while f"r{number}" in kind.fields:
            number += 100
        return f"r{number}"

    def text(self) -> str:
        """As it is written in a query string."""
        return ",".join([*self.names, *self.relations]) or "id"
