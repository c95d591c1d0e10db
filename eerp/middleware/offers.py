"""The middlewares that there are, by name: the core's, and those of Python packages.

A package offers its own through an entry point of the group ``eerp.middleware``. It is
imported when the first module names it, and not before. The core's own names are never
another package's.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from attrs import define, field, frozen

from eerp.config.jsonfile import nearest
from eerp.errors import ManifestInvalid, ModuleError
from eerp.log import Logger
from eerp.middleware.cache import Cache
from eerp.middleware.idempotency import Idempotency
from eerp.middleware.maker import Maker
from eerp.middleware.rate_limit import RateLimit
from eerp.middleware.request_log import RequestLog
from eerp.middleware.require_role import RequireRole
from eerp.middleware.response_headers import ResponseHeaders
from eerp.schema import SchemaCheck, compile_schema

__all__ = ["BUILT_IN", "GROUP", "Offer", "Offers"]

log = Logger(namespace="eerp.middleware")

GROUP = "eerp.middleware"
CORE = "eerp"
BUILT_IN: Mapping[str, Maker] = {
    Cache.name: Cache,
    Idempotency.name: Idempotency,
    RateLimit.name: RateLimit,
    RequestLog.name: RequestLog,
    RequireRole.name: RequireRole,
    ResponseHeaders.name: ResponseHeaders,
}
_BESIDE_OPTIONS = frozenset({"name", "methods", "paths"})


@frozen
class Offer:
    """A name that a module may use; `source` is ``eerp`` or the distribution's name."""

    name: str
    source: str
    maker: Maker
    check: SchemaCheck


@define(eq=False)
class Offers:
    """Finds offers for modules. What was found, and imported, is kept."""

    _found: dict[str, Offer] = field(factory=dict, init=False)
    _entries: dict[str, list[EntryPoint]] | None = field(default=None, init=False)

    def find(self, module: str, place: str, name: str) -> Offer:
        """The offer called `name`, for the entry at `place` in module.json of `module`.

        Raises ManifestInvalid when there is none, and ModuleError when it is another
        package's and cannot be used.
        """
        offer = self._found.get(name)
        if offer is None:
            offer = self._found[name] = self._look(module, place, name)
        return offer

    def _look(self, module: str, place: str, name: str) -> Offer:
        if name in BUILT_IN:
            return Offer(name, CORE, BUILT_IN[name], _check_of(BUILT_IN[name]))
        entries = self._offered().get(name, [])
        if not entries:
            known = {*BUILT_IN, *self._offered()}
            raise ManifestInvalid(
                module,
                f"module {module}: {place}: there is no middleware `{name}`"
                f"{nearest(name, known)}",
                hint=f"There are {', '.join(sorted(known))}.",
            )
        sources = sorted({_source(entry) for entry in entries})
        if len(sources) > 1:
            raise ModuleError(
                module,
                f"module {module}: {place}: the packages {' and '.join(sources)} both"
                f" offer the middleware `{name}`",
            )
        return _imported(module, place, entries[0])

    def _offered(self) -> dict[str, list[EntryPoint]]:
        """The entry points of all packages; looked for when first asked."""
        if self._entries is None:
            self._entries = {}
            for entry in entry_points(group=GROUP):
                self._entries.setdefault(entry.name, []).append(entry)
        return self._entries


def _source(entry: EntryPoint) -> str:
    return "?" if entry.dist is None else entry.dist.name


def _imported(module: str, place: str, entry: EntryPoint) -> Offer:
    source = _source(entry)
    whose = f"the middleware `{entry.name}` of the package {source}"
    try:
        maker = entry.load()
    except Exception as error:  # whatever a foreign module does while it is imported
        log.failure(
            "{whose} cannot be imported", event="middleware_unusable", whose=whose
        )
        raise ModuleError(
            module,
            f"module {module}: {place}: {whose} cannot be imported"
            f" ({type(error).__name__})",
            hint="The log has the traceback.",
        ) from error
    try:
        return Offer(entry.name, source, maker, _check_of(maker))
    except (AttributeError, TypeError, ValueError) as error:
        raise ModuleError(
            module,
            f"module {module}: {place}: {whose} cannot be used: {error}",
            hint="docs/reference/middleware.md says what a package offers.",
        ) from error


def _check_of(maker: Any) -> SchemaCheck:
    """The check of options. Raises ValueError, AttributeError or TypeError when the
    schema is none, or `maker` makes nothing."""
    content = maker.schema
    if not callable(maker.make):
        raise TypeError("`make` is not callable")
    if not isinstance(content, dict) or content.get("type") != "object":
        raise TypeError("`schema` is not a JSON Schema of an object")
    taken = _BESIDE_OPTIONS.intersection(content.get("properties", {}))
    if taken:
        raise ValueError(f"no option may be called `{min(taken)}`")
    try:
        return compile_schema(content)
    except ValueError:
        raise ValueError("`schema` is not a JSON Schema") from None
