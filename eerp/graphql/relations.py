"""What relations are called in the schema."""

from __future__ import annotations

from collections.abc import Iterable

from eerp.orm.model import Relation

__all__ = ["relation_names", "shown"]


def shown(relations: Iterable[Relation]) -> list[Relation]:
    """The relations without second names: one that names its field stands only where
    several fields refer."""
    listed = list(relations)
    plain = {(id(r.model), r.field) for r in listed if r.many and "!" not in r.name}
    return [
        relation
        for relation in listed
        if "!" not in relation.name or (id(relation.model), relation.field) not in plain
    ]


def relation_names(relation: Relation) -> tuple[str, ...]:
    """What the field of a relation may be called, the best first."""
    name, _, by = relation.name.partition("!")
    if by:
        return (f"{name}_by_{by}",)
    further = f"{name}_by_{relation.field}" if relation.many else f"{name}_record"
    return (name, further)
