"""What screens are made of: the models and routes that are loaded, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from eerp.openapi.names import plain_path
from eerp.orm.model import Field, Model, Relation
from eerp.routes import Route

__all__ = ["VERBS", "Catalogue", "Piece", "bare", "field_at", "key_of", "own_key"]

Piece = dict[str, Any]
"""A part of the contract, as JSON."""

VERBS = ("list", "read", "create", "update", "delete", "restore")
"""What routes do with records; in the word of permissions."""

_OF_KINDS = {"get": "read"}
_SPAN = re.compile(r"\.(day|week|month|quarter|year)\(\)$")
_RECORD = re.compile(r"/\{id\}$")


def key_of(model: Model) -> str:
    """The name of a model among those of all modules: ``crm.companies``."""
    return f"{model.module}.{model.name}"


def own_key(module: str, name: str) -> str:
    """The key that `module` means: a name without a dot is of its own."""
    return name if "." in name else f"{module}.{name}"


def bare(name: str) -> str:
    """The field of a group such as ``date.month()``."""
    return _SPAN.sub("", name)


def field_at(model: Model, name: str) -> tuple[Field, tuple[Model, ...]] | None:
    """The field that a name leads to, and the models that are gone through on the way:
    ``company.name`` is one relation away. None when it leads nowhere."""
    found = model.fields.get(name)
    if found is not None:
        return found, ()
    step, _, rest = name.partition(".")
    relation = model.relations.get(step)
    if relation is None or relation.many or not rest:
        return None
    beyond = field_at(relation.model, rest)
    return beyond and (beyond[0], (relation.model, *beyond[1]))


@frozen(eq=False)
class Catalogue:
    """All that is loaded; `models` by their keys. `found` are the fields, by model and
    name, that are found quickly by a part of their text."""

    models: Mapping[str, Model]
    routes: tuple[Route, ...]
    found: frozenset[tuple[str, str]] = frozenset()
    _by_path: Mapping[tuple[str, str], Route] = field(init=False)
    _verbs: Mapping[str, Mapping[str, Route]] = field(init=False)
    _wholes: Mapping[str, frozenset[str]] = field(init=False)

    @_by_path.default
    def _paths(self) -> Mapping[tuple[str, str], Route]:
        return {(each.method, plain_path(each.template)): each for each in self.routes}

    @_verbs.default
    def _by_verb(self) -> Mapping[str, Mapping[str, Route]]:
        verbs: dict[str, dict[str, Route]] = {}
        for route in self.routes:
            verb = _OF_KINDS.get(route.kind, route.kind)
            if route.model is not None and verb in VERBS:
                key = f"{route.module}.{route.model}"
                verbs.setdefault(key, {}).setdefault(verb, route)
        for route in self.routes:
            self._note_deletion(route, verbs)
        return verbs

    def _note_deletion(
        self, route: Route, verbs: Mapping[str, dict[str, Route]]
    ) -> None:
        """A module may delete records in its own way, at the usual path."""
        place = _RECORD.sub("", plain_path(route.template))
        for known in verbs.values():
            if route.method == "DELETE" and _path(known) == place:
                known.setdefault("delete", route)

    @_wholes.default
    def _by_line(self) -> Mapping[str, frozenset[str]]:
        wholes: dict[str, set[str]] = {}
        for key, model in self.models.items():
            for relation in self.lines(model).values():
                wholes.setdefault(key_of(relation.model), set()).add(key)
        return {line: frozenset(keys) for line, keys in wholes.items()}

    def wholes(self, key: str) -> frozenset[str]:
        """The models of whose records those of this one are lines."""
        return self._wholes.get(key, frozenset())

    def leads(self, module: str, name: str) -> str | None:
        """The key of the model that a parameter called `name` refers to, as all fields
        of `module` do that are called so."""
        named = (each.own[name] for each in self.of(module) if name in each.own)
        targets = {field.references for field in named}
        to = targets.pop() if len(targets) == 1 else None
        return None if to is None else f"{to.module}.{to.model}"

    def route(self, method: str, path: str) -> Route | None:
        """The route of a method and a path with its parameters as ``{id}``."""
        return self._by_path.get((method, path))

    def verbs(self, key: str) -> Mapping[str, Route]:
        """The routes that do the usual with records of a model, by `VERBS`."""
        return self._verbs.get(key, {})

    def path(self, key: str) -> str | None:
        """Where the list of a model is."""
        return _path(self.verbs(key))

    def of(self, module: str) -> Iterable[Model]:
        """The models of a module, in the order of its description."""
        return [each for each in self.models.values() if each.module == module]

    def lines(self, model: Model) -> dict[str, Relation]:
        """The relations to records that are written or shown as parts of a record."""
        verbs = self.verbs(key_of(model))
        named = set[str]()
        for verb in ("create", "update"):
            named |= _lists(verbs.get(verb))
        if "read" in verbs:
            named |= {name for each in verbs["read"].answers for name in each.parts}
        return {
            name: relation
            for name, relation in model.relations.items()
            if relation.many and name in named
        }


def _path(verbs: Mapping[str, Route]) -> str | None:
    return plain_path(verbs["list"].template) if "list" in verbs else None


def _lists(route: Route | None) -> set[str]:
    """The lists of objects that the body of a route may have."""
    if route is None or route.body is None or not isinstance(route.body.schema, dict):
        return set()
    properties = route.body.schema.get("properties", {})
    return {name for name, each in properties.items() if _is_objects(each)}


def _is_objects(schema: Any) -> bool:
    items = schema.get("items") if isinstance(schema, dict) else None
    return isinstance(items, dict) and items.get("type") == "object"
