"""Models, as the contract tells of them when nothing is declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from eerp.orm.model import Model
from eerp.routes import Route
from eerp.screens.actions import actions_of
from eerp.screens.asked import structured
from eerp.screens.catalogue import VERBS, Catalogue, Piece, key_of
from eerp.screens.fields import Bodies, model_fields
from eerp.screens.parts import lines_of, related_of
from eerp.screens.views import display_of, views_of

__all__ = ["models_of"]


def models_of(catalogue: Catalogue, module: str) -> dict[str, Piece]:
    """The models of `module` by their names, for somebody who may do everything."""
    models = catalogue.of(module)
    bodies, leads = _bodies(catalogue, models), partial(catalogue.leads, module)
    fields = {
        key_of(each): {
            told["name"]: structured(
                told, bodies[each.name].properties.get(told["name"], {}), leads
            )
            for told in model_fields(catalogue, each, bodies[each.name])
        }
        for each in models
    }
    return {
        each.name: {
            **_head(catalogue, each),
            "fields": list(fields[key_of(each)].values()),
            "lines": lines_of(catalogue, each, bodies[each.name].properties, fields),
            "related": related_of(catalogue, each),
            "views": views_of(
                each,
                fields[key_of(each)],
                listed=catalogue.path(key_of(each)) is not None,
            ),
            "actions": actions_of(catalogue, each),
        }
        for each in models
    }


def _bodies(catalogue: Catalogue, models: Iterable[Model]) -> dict[str, Bodies]:
    """What is written of each model, by itself or as lines of another."""
    bodies = {
        each.name: Bodies.of(catalogue.verbs(key_of(each)), each) for each in models
    }
    for model in models:
        for name, relation in catalogue.lines(model).items():
            items = bodies[model.name].properties.get(name, {}).get("items", {})
            line = relation.model.name
            bodies[line] = bodies[line].within(items)
    return bodies


def _head(catalogue: Catalogue, model: Model) -> Piece:
    key = key_of(model)
    verbs = catalogue.verbs(key)
    permissions = _permissions(model, verbs)
    return {
        "key": key,
        "module": model.module,
        "name": model.name,
        "title": model.title,
        "plural": model.plural,
        "help": "",
        "path": catalogue.path(key),
        "display": f"{{{display_of(model)}}}",
        "order": [list(each) for each in model.order],
        "company": model.company,
        "can": {verb: verb in permissions for verb in (*VERBS, "purge")},
        "permissions": permissions,
        "audited": True,
    }


def _permissions(model: Model, verbs: Mapping[str, Route]) -> dict[str, str]:
    """What each thing that can be done with the records takes; empty for what anybody
    may."""
    needed = {verb: verbs[verb].permission or "" for verb in VERBS if verb in verbs}
    if _purges(verbs.get("delete")):
        needed["purge"] = f"{model.module}.{model.name}.purge"
    return needed


def _purges(route: Route | None) -> bool:
    query = None if route is None or route.query is None else route.query.schema
    return isinstance(query, dict) and "purge" in query.get("properties", {})
