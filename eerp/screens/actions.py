"""What can be done with a record beside the usual: the routes below its path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from eerp.openapi.names import plain_path
from eerp.orm.model import Model
from eerp.routes import Route
from eerp.screens.asked import asked_field, asked_fields
from eerp.screens.catalogue import Catalogue, Piece, key_of, own_key
from eerp.screens.kinds import humane

__all__ = ["action_of", "actions_of", "dialog_of", "media_type", "routed"]

_PARAMETER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_PDF = "application/pdf"
_CREATED = 201


def actions_of(catalogue: Catalogue, model: Model) -> list[Piece]:
    """The actions on records of `model`, as far as nothing need be said of them."""
    return [
        action_of(catalogue, model, key, route)
        for key, route in _places(catalogue, model)
    ]


def _places(catalogue: Catalogue, model: Model) -> Iterator[tuple[str, Route]]:
    """The routes that are actions by themselves, each with its key: what stands in the
    path after the record."""
    path = catalogue.path(key_of(model))
    for route in catalogue.routes:
        place = plain_path(route.template)
        below = f"{path}/{{id}}/"
        if path is None or route.kind != "custom" or not place.startswith(below):
            continue
        prints = route.method == "GET" and media_type(route) == _PDF
        if route.method != "GET" or prints:
            key = _PARAMETER.sub("", place.removeprefix(below))
            yield key.strip("/").replace("/", "-"), route


def action_of(catalogue: Catalogue, model: Model, key: str, route: Route) -> Piece:
    """The action that a route is, on records of a model."""
    made = any(a.status == _CREATED and a.shape == "record" for a in route.answers)
    action = routed(catalogue, key, route)
    if not made:
        return action
    record = next(a.model for a in route.answers if a.shape == "record")
    opens = own_key(route.module, record or model.name)
    return {**action, "result": "open", "opens": opens}


def routed(catalogue: Catalogue, key: str, route: Route) -> Piece:
    """The action that a route is, whatever it is done with."""
    prints = route.method == "GET" and media_type(route) == _PDF
    return {
        "key": key,
        "title": humane(key),
        "help": route.summary,
        "method": route.method,
        "path": plain_path(route.template),
        "placement": ["print" if prints else "form"],
        "danger": route.method == "DELETE",
        "primary": False,
        "fields": dialog_of(catalogue, route),
        "result": _result(route),
    }


def _result(route: Route) -> str:
    if media_type(route) == _PDF:
        return "preview"
    if media_type(route) != "application/json":
        return "download"
    return "show" if any(a.shape == "value" for a in route.answers) else "reload"


def media_type(route: Route) -> str:
    """What a route answers."""
    return route.answers[0].media_type if route.answers else "application/json"


def dialog_of(catalogue: Catalogue, route: Route) -> list[Piece]:
    """What is asked before a route is called: what stands in its path, beside the
    record, and in its body or its query."""
    leads = partial(catalogue.leads, route.module)
    params = [
        asked_field(name, route.params.get(name, {"type": "string"}), True, leads)
        for name in _PARAMETER.findall(plain_path(route.template))
        if name != "id"
    ]
    body = None if route.body is None else route.body.schema
    query = None if route.query is None else route.query.schema
    return [*params, *asked_fields(query if route.method == "GET" else body, leads)]
