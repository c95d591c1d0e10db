"""The route table: open while modules load, frozen before anything listens.

Routes stand in a trie of path segments, so that the cost of a match depends on
the length of the path and not on the number of routes. Where several patterns
match, the more specific wins, segment by segment from the left: static text, then
``uuid``, then ``int``, then any text. A match goes back where that leads nowhere; how
often it may is counted as routes come, and a module that makes it too often is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import define, field

from eerp import limits
from eerp.errors import DescriptionInvalid, MethodNotAllowed, NotFound, RouteConflict
from eerp.interfaces import Identity
from eerp.modules.manifest import RESERVED
from eerp.routes.answer import Answer
from eerp.routes.check import compile_body
from eerp.routes.compile import ParamsCheck, query_check
from eerp.routes.path import Kind, Segment, parse_path, parse_prefix
from eerp.routes.route import Match, Route

__all__ = ["METHODS", "RESERVED_PREFIXES", "ListCheck", "RouteTable"]

METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
"""The methods that a module may register; HEAD and OPTIONS come from the core."""

RESERVED_PREFIXES = RESERVED | {"openapi.json"}
"""First segments below ``/api/`` that belong to the core: what no module may be called,
and what none could be."""

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


@define(eq=False)
class _Node:
    """What may follow a path so far; `routes` are those that end here, by method."""

    static: dict[str, _Node] = field(factory=dict)
    parameter: dict[Kind, _Node] = field(factory=dict)
    routes: dict[str, Route] = field(factory=dict)
    # How many nodes a match may look at from here on, whatever the path.
    steps: int = 1
    static_steps: int = 0
    # Filled by freeze: the kinds present, in order, each with its test.
    tests: tuple[tuple[Callable[[str], object], _Node], ...] = ()

    def child(self, segment: Segment) -> _Node:
        if segment.kind == "static":
            return self.static.setdefault(segment.text, _Node())
        return self.parameter.setdefault(segment.kind, _Node())

    def count(self, child: _Node) -> None:
        """Count anew, now that there is more behind `child`."""
        if child not in self.parameter.values():
            self.static_steps = max(self.static_steps, child.steps)
        # No text is both a uuid and an integer.
        uuid, integer, text = (
            self.parameter[kind].steps if kind in self.parameter else 0
            for kind in _KINDS
        )
        self.steps = 1 + self.static_steps + max(uuid, integer) + text

    def order(self) -> None:
        self.tests = tuple(
            (_ACCEPTS[kind], self.parameter[kind])
            for kind in _KINDS
            if kind in self.parameter
        )


Query = tuple[tuple[str, str], ...]
ListCheck = Callable[[str, str, Query, Identity | None], None]
"""Checks the query of a module's list of a model, for who asks. Raises
`ValidationFailed` with every fault, or `Forbidden`."""


class RouteTable:
    """All routes of all modules. Used on the reactor's thread only."""

    def __init__(self) -> None:
        self._root = _Node()
        self._routes: list[Route] = []
        self._owners: dict[tuple[str, ...], str] = {}
        self._frozen = False
        self.lists: ListCheck | None = None

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
        description: str = "",
        model: str | None = None,
        kind: str = "custom",
        params: Mapping[str, Mapping[str, Any]] | None = None,
        query: Mapping[str, Any] | None = None,
        body: dict[str, Any] | bool | None = None,
        answers: tuple[Answer, ...] = (),
        body_bytes_max: int = limits.BODY_BYTES_MAX,
    ) -> Route:
        """Add a route. `body` and `query` are JSON Schemas (2020-12), None where
        nothing is taken; `params` has one for each parameter of the path, None for what
        the path itself says of them.

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
        route_name = f"{method} {path}"
        checked = ParamsCheck.of(module, route_name, segments, params)
        route = Route(
            module=module,
            method=method,
            path=path,
            template="/" + "/".join(_shown(segment) for segment in segments),
            handler_id=handler_id,
            permission=permission,
            summary=summary,
            description=description,
            model=model,
            kind=kind,
            params=checked.schemas,
            in_path=checked.check,
            query=query_check(module, route_name, query),
            answers=answers,
            body=None
            if body is None
            else compile_body(module, body, action=kind == "custom"),
            body_bytes_max=body_bytes_max,
            segments=segments,
        )
        self._add(route, len(owned))
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

    def _add(self, route: Route, owned: int) -> None:
        nodes = [self._root]
        for segment in route.segments:
            nodes.append(nodes[-1].child(segment))
        node = nodes[-1]
        other = node.routes.get(route.method)
        if other is not None:
            raise RouteConflict(
                route.module,
                f"{route.method} {route.template} of module {route.module} serves the"
                f" same paths as {other.method} {other.template} of module"
                f" {other.module}.",
            )
        for parent, child in zip(nodes[-2::-1], nodes[:0:-1], strict=True):
            parent.count(child)
        if nodes[owned].steps > limits.ROUTE_MATCH_STEPS_MAX:
            raise DescriptionInvalid(
                route.module,
                f"With {route.method} {route.template} of module {route.module} a match"
                f" may take more than {limits.ROUTE_MATCH_STEPS_MAX} steps.",
                hint="Use fewer paths that differ in a static segment here and a"
                " parameter there.",
            )
        node.routes[route.method] = route
        self._routes.append(route)

    def withdraw(self, module: str) -> None:
        """Forget what `module` has registered: it failed, and nothing would answer."""
        assert not self._frozen, "the route table is frozen"
        self._routes = [route for route in self._routes if route.module != module]
        for key in [key for key, owner in self._owners.items() if owner == module]:
            del self._owners[key]
            node = self._root.child(Segment("static", "api"))
            for text in key[:-1]:
                node = node.child(Segment("static", text))
            node.static.pop(key[-1], None)

    def freeze(self, lists: ListCheck | None = None) -> None:
        """End registration; a later one is a mistake of ours and raises. `lists` checks
        what the schema of a list's query cannot say."""
        self._frozen = True
        self.lists = lists
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
