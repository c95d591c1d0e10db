"""What the fields of the schema stand for."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from eerp.orm.model import Model, Relation
from eerp.routes import Answer, Route

__all__ = ["BINDING", "Called", "Column", "Extended", "Listed", "Read", "Related"]

BINDING = "eerp"
"""The key of a binding in what graphql-core lets a field carry along."""


@frozen
class Column:
    """A value of the record, by its own name there."""

    name: str


@frozen
class Extended:
    """What other modules keep of the record."""


@frozen
class Related:
    """Records that a relation leads to."""

    relation: Relation


@frozen(eq=False)
class Listed:
    """A page that a list route answers."""

    route: Route
    model: Model


@frozen(eq=False)
class Read:
    """A record that a get route answers."""

    route: Route
    model: Model


@frozen(eq=False)
class Called:
    """Whatever another route answers.

    `reader` is the get route that shows more of a record than the answer does. `query`
    are the arguments that go into its query string, each with its name there.
    """

    route: Route
    answer: Answer
    model: Model | None
    reader: Route | None
    query: Mapping[str, str] = field(factory=dict)
