"""The route table: open while modules load, frozen before anything listens.

Routes stand in a trie of path segments, so that the cost of a match depends on
the length of the path and not on the number of routes. Where several patterns
match, the more specific wins, segment by segment from the left: static text, then
``uuid``, then ``int``, then any text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import define, field, frozen

from eerp import limits
from eerp.errors import DescriptionInvalid, MethodNotAllowed, NotFound, RouteConflict
from eerp.routes.check import BodyCheck, compile_body
from eerp.routes.path import Kind, Segment, parse_path, parse_prefix

__all__ = ["METHODS", "Match", "RESERVED_PREFIXES", "Route", "RouteTable"]

METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
"""The methods that a module may register; HEAD and OPTIONS come from the core."""

RESERVED_PREFIXES = frozenset({"audit", "auth", "modules"})
"""First segments below ``/api/`` that belong to the core."""

_UUID = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
)
_INT = re.compile(rf"-?[0-9]{{1,{limits.JSON_INTEGER_DIGITS_MAX}}}")
_ACCEPTS: Mapping[Kind, Callable[[str], object]] = {
    "uuid": _UUID.fullmatch,
    "int": _INT.fullmatch,
    "text": len,
}
_KINDS: tuple[Kind, ...] = ("uuid", "int", "text")


@frozen(eq=False)
class Route:
    """One route of a module.

    `path` is as declared, `template` the effective path, ``/api/crm/contacts/{id}``.
    `permission` is None for a public route. `body` is None where none is taken.
    `parameters` are the position among the segments, and the name, of each.
    """

    module: str
    method: str
    path: str
    template: str
    handler_id: int
    permission: str | None
    summary: str
    model: str | None
    kind: str
    body: BodyCheck | None
    body_bytes_max: int
    segments: tuple[Segment, ...]

    parameters: tuple[tuple[int, str], ...] = field(init=False)

    @parameters.default
    def _parameters(self) -> tuple[tuple[int, str], ...]:
        return tuple(
            (position, segment.text)
            for position, segment in enumerate(self.segments)
            if segment.kind != "static"
        )


@frozen(eq=False)
class Match:
    """The route of a request and its decoded path parameters."""

    route: Route
    params: dict[str, str]


@define(eq=False)
class _Node:
    """What may follow a path so far; `routes` are those that end here, by method."""

    static: dict[str, _Node] = field(factory=dict)
    parameter: dict[Kind, _Node] = field(factory=dict)
    routes: dict[str, Route] = field(factory=dict)
    # Filled by freeze: the kinds present, in order, each with its test.
    tests: tuple[tuple[Callable[[str], object], _Node], ...] = ()

    def child(self, segment: Segment) -> _Node:
        if segment.kind == "static":
            return self.static.setdefault(segment.text, _Node())
        return self.parameter.setdefault(segment.kind, _Node())

    def order(self) -> None:
        self.tests = tuple(
            (_ACCEPTS[kind], self.parameter[kind])
            for kind in _KINDS
            if kind in self.parameter
        )


class RouteTable:
    """All routes of all modules. Used on the reactor's thread only."""

    def __init__(self) -> None:
        self._root = _Node()
        self._routes: list[Route] = []
        self._owners: dict[tuple[str, ...], str] = {}
        self._frozen = False

    def register(
        self,
        *,
        module: str,
        prefix: str,
        method: str,
        path: str,
        handler_id: int,
        permission: str | None,
        summary: str = "",
        model: str | None = None,
        kind: str = "custom",
        body: dict[str, Any] | bool | None = None,
        body_bytes_max: int = limits.BODY_BYTES_MAX,
    ) -> Route:
        """Add a route. `body` is a JSON Schema (2020-12), None for no body.

        Raises DescriptionInvalid for a method, path or schema that is none, and
        RouteConflict when another route serves the same paths or another module
        owns the prefix.
        """
        assert not self._frozen, "the route table is frozen"
        if method not in METHODS:
            raise DescriptionInvalid(
                module,
                f"Module {module} registers the method {method!r}.",
                hint=f"Use one of {', '.join(METHODS)}.",
            )
        owned = self._own(module, prefix)
        segments = owned + _parsed(module, path)
        route = Route(
            module=module,
            method=method,
            path=path,
            template="/" + "/".join(_shown(segment) for segment in segments),
            handler_id=handler_id,
            permission=permission,
            summary=summary,
            model=model,
            kind=kind,
            body=None if body is None else compile_body(module, body),
            body_bytes_max=body_bytes_max,
            segments=segments,
        )
        self._add(route)
        return route

    def _own(self, module: str, prefix: str) -> tuple[Segment, ...]:
        """The segments before each path of `module`; nobody else's lie within."""
        try:
            segments = parse_prefix(prefix)
        except ValueError as error:
            raise DescriptionInvalid(
                module, f"The route prefix {prefix!r} of module {module} {error}."
            ) from None
        key = tuple(segment.text for segment in segments)
        if self._owners.get(key) != module:
            self._refuse_overlap(module, key)
            self._owners[key] = module
        return (Segment("static", "api"), *segments)

    def _refuse_overlap(self, module: str, key: tuple[str, ...]) -> None:
        if key[0] in RESERVED_PREFIXES:
            raise RouteConflict(
                module, f"The route prefix of module {module} belongs to the core."
            )
        for other, owner in self._owners.items():
            shared = min(len(key), len(other))
            if owner != module and key[:shared] == other[:shared]:
                raise RouteConflict(
                    module,
                    f"Modules {owner} and {module} both serve paths below"
                    f" /api/{'/'.join(key if len(key) > len(other) else other)}.",
                    hint="Give one of them another route_prefix.",
                )

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in route.segments:
            node = node.child(segment)
        other = node.routes.get(route.method)
        if other is not None:
            raise RouteConflict(
                route.module,
                f"{route.method} {route.template} of module {route.module} serves the"
                f" same paths as {other.method} {other.template} of module"
                f" {other.module}.",
            )
        node.routes[route.method] = route
        self._routes.append(route)

    def freeze(self) -> None:
        """End registration; a later one is a mistake of ours and raises."""
        self._frozen = True
        pending = [self._root]
        while pending:
            node = pending.pop()
            node.order()
            pending += node.static.values()
            pending += node.parameter.values()

    def match(self, method: str, path: tuple[str, ...]) -> Match:
        """The route for decoded path segments; HEAD is matched as GET.

        Raises NotFound, or MethodNotAllowed with what is allowed.
        """
        assert self._frozen, "the route table is not frozen yet"
        wanted = "GET" if method == "HEAD" else method
        found = _first(self._root, path, 0, wanted)
        if found is None:
            raise MethodNotAllowed(
                f"{method} is not possible here.", allow=self.allowed(path)
            )
        params = {name: path[position] for position, name in found.parameters}
        return Match(found, params)

    def allowed(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """The methods for a path, sorted, with HEAD and OPTIONS. Raises NotFound."""
        methods = {
            method for node in _ends(self._root, path, 0) for method in node.routes
        }
        if not methods:
            raise NotFound("There is nothing at this path.")
        if "GET" in methods:
            methods.add("HEAD")
        return tuple(sorted(methods | {"OPTIONS"}))

    def routes(self) -> tuple[Route, ...]:
        """All routes, in the order of their registration."""
        return tuple(self._routes)

    def routes_of(self, module: str) -> tuple[Route, ...]:
        """The routes of one module, in the order of their registration."""
        return tuple(route for route in self._routes if route.module == module)

    def prefixes(self) -> tuple[tuple[str, str], ...]:
        """Each module that has routes, with its prefix."""
        return tuple((owner, "/".join(key)) for key, owner in self._owners.items())


def _parsed(module: str, path: str) -> tuple[Segment, ...]:
    try:
        return parse_path(path)
    except ValueError as error:
        raise DescriptionInvalid(
            module, f"The path {path!r} of module {module} {error}."
        ) from None


def _shown(segment: Segment) -> str:
    if segment.kind == "static":
        return segment.text
    suffix = "" if segment.kind == "text" else f":{segment.kind}"
    return f"{{{segment.text}{suffix}}}"


def _first(node: _Node, path: tuple[str, ...], depth: int, method: str) -> Route | None:
    """The most specific route of `method`; goes back when a branch ends in none."""
    if depth == len(path):
        return node.routes.get(method)
    text = path[depth]
    static = node.static.get(text)
    if static is not None:
        found = _first(static, path, depth + 1, method)
        if found is not None:
            return found
    for accepts, child in node.tests:
        if accepts(text):
            found = _first(child, path, depth + 1, method)
            if found is not None:
                return found
    return None


def _ends(node: _Node, path: tuple[str, ...], depth: int) -> Iterator[_Node]:
    """Every node at which `path` may end, whatever the method."""
    if depth == len(path):
        yield node
        return
    text = path[depth]
    static = node.static.get(text)
    if static is not None:
        yield from _ends(static, path, depth + 1)
    for accepts, child in node.tests:
        if accepts(text):
            yield from _ends(child, path, depth + 1)
