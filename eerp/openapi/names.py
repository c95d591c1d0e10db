"""The paths of the document and the ids of its operations.

An id is stable, since generated clients have functions of that name: it follows from
the module, the path and what the route does, and from nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from eerp.routes import Route

__all__ = ["operation_ids", "plain_path", "unlike"]

_PARAMETER = re.compile(r"\{([a-z][a-z0-9_]*)(?::\w+)?\}")
_WORD = re.compile(r"[^a-z0-9]+")
_CRUD = frozenset({"list", "get", "create", "update", "delete", "restore"})


def plain_path(template: str) -> str:
    """The path with its parameters as OpenAPI writes them: ``{id}``."""
    return _PARAMETER.sub(r"{\1}", template)


def unlike(path: str, kinds: str, taken: dict[str, tuple[str, str]]) -> str:
    """`path`, or the same with a fragment where another one of the same form is
    `taken`: patterns of other kinds, such as ``/x/{id:uuid}`` and ``/x/{n:int}``. No
    client sends a fragment."""
    form = re.sub(r"\{[^}]*\}", "{}", path)
    first = taken.setdefault(form, (path, kinds))
    return path if first == (path, kinds) else f"{path}#{kinds}"


def operation_ids(routes: Iterable[Route]) -> dict[Route, str]:
    """The id of each route's operation: ``crm_contacts_list``, ``crm_leads_convert``.

    Where a short name is taken, by what every model has before others, the parameters
    of the path make part of it, and last the method.
    """
    ids: dict[Route, str] = {}
    taken: set[str] = set()
    for route in sorted(routes, key=_precedence):
        name = next(name for name in _names(route) if name not in taken)
        ids[route] = name
        taken.add(name)
    return ids


def _precedence(route: Route) -> tuple[bool, str, str]:
    return route.kind not in _CRUD, route.template, route.method


def _names(route: Route) -> Iterable[str]:
    words = [route.module, *_static(route.path)]
    full = [route.module, *re.findall(r"[a-z0-9]+", route.path.lower())]
    method = route.method.lower()
    if route.kind in _CRUD:
        known = words[:-1] if words[-1] == route.kind else words
        yield _joined([*known, route.kind])
    elif route.method == "POST":
        yield _joined(words)
    yield _joined([*words, method])
    yield _joined([*full, method])
    yield from (_joined([*full, method, str(number)]) for number in range(2, 10**6))


def _static(path: str) -> list[str]:
    return [part for part in path.split("/") if part and not part.startswith("{")]


def _joined(words: Iterable[str]) -> str:
    return "_".join(_WORD.sub("_", word.lower()).strip("_") for word in words)
