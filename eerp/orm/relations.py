"""The ways from a model to others, found when it is registered, and how one is gone.

A reference ``company_id`` leads to one record, by the name ``company``. Where models
of one module refer to each other, it leads back as well, to many records, by the name
of the model that refers: ``contacts``, or ``contacts!company_id`` where two fields
could be meant. Across modules references lead only forth: a module's records never
show those of modules that it does not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from attrs import frozen

from eerp.orm.faults import refused
from eerp.orm.fields import quote
from eerp.orm.model import Field, Model, Relation
from eerp.orm.view import View, forbidden, open_view

__all__ = ["Hop", "Insider", "Seer", "follow", "guarded", "relate"]


class Seer(Protocol):
    """Who looks along a relation."""

    def view(self, model: Model, depth: int) -> View:
        """What is seen of a related model. Raises `Forbidden` if nothing is."""


@frozen
class Insider:
    """The rules of a module, which see all of its models, and no others: what they let
    through would tell of records that are not theirs."""

    module: str

    def view(self, model: Model, depth: int) -> View:
        """All of a model of the module."""
        if model.module != self.module:
            message = "A rule follows relations within its module only."
            raise refused("/where", "unknown_relation", message)
        return open_view(model, depth)


@frozen
class Hop:
    """One step along a relation: where it leads, and the SQL that joins the two."""

    relation: Relation
    view: View
    link: str


def follow(seer: Seer, view: View, name: str, pointer: str) -> Hop:
    """The step from `view` by the relation `name`. Raises `ValidationFailed` when there
    is none, `Forbidden` when the caller may not read what it leads to."""
    relation = view.model.relations.get(name)
    if relation is None:
        raise refused(pointer, "unknown_relation", _no_relation(view.model, name))
    inner = seer.view(relation.model, view.depth + 1)
    refers = inner if relation.many else view
    if relation.field in refers.hidden:
        raise forbidden(refers.hidden[relation.field])
    column = f"{refers.alias}.{quote(relation.field)}"
    referred = view if relation.many else inner
    return Hop(relation, inner, f'{referred.alias}."id" = {column}')


def _no_relation(model: Model, name: str) -> str:
    hinted = [known for known in model.relations if known.startswith(f"{name}!")]
    if hinted:
        return f"Several fields refer so; say which: {', '.join(hinted)}."
    known = ", ".join(model.relations) or "none"
    return f"There is no such field or relation; relations are: {known}."


def relate(model: Model, models: Mapping[tuple[str, str], Model]) -> None:
    """Find the relations of `model` among all `models`, each by (module, name)."""
    siblings = [each for (module, _), each in models.items() if module == model.module]
    targets = _targets(model.own, models)
    relations = {**_to_many(model, siblings), **_to_one(targets)}
    model.relate(relations, _guarded(targets))


def guarded(
    fields: Mapping[str, Field], models: Mapping[tuple[str, str], Model]
) -> Mapping[str, Model]:
    """The references among `fields` that lead to a model whose records are not all for
    everybody."""
    return _guarded(_targets(fields, models))


def _targets(
    fields: Mapping[str, Field], models: Mapping[tuple[str, str], Model]
) -> Mapping[str, Model]:
    return {
        field.name: models[field.references.module, field.references.model]
        for field in fields.values()
        if field.references is not None
    }


def _guarded(targets: Mapping[str, Model]) -> Mapping[str, Model]:
    return {
        name: target
        for name, target in targets.items()
        if target.company is not None or target.rules
    }


def _to_one(targets: Mapping[str, Model]) -> Mapping[str, Relation]:
    found = {}
    for field, target in targets.items():
        short = field.removesuffix("_id")
        name = field if short in targets else short or field
        found[name] = Relation(name, False, field, target)
    return found


def _to_many(model: Model, siblings: Iterable[Model]) -> Mapping[str, Relation]:
    found = {}
    for other in siblings:
        fields = [
            field.name
            for field in other.own.values()
            if field.references is not None
            and (field.references.module, field.references.model)
            == (model.module, model.name)
        ]
        for name in fields:
            hinted = f"{other.name}!{name}"
            found[hinted] = Relation(hinted, True, name, other)
        if len(fields) == 1:
            found[other.name] = Relation(other.name, True, fields[0], other)
    return found
