"""From `middleware` in module.json to what stands around each route of the module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen
from twisted.internet.interfaces import IReactorTime

from eerp.calls import Chain, Middleware, compose
from eerp.config.jsonfile import nearest
from eerp.errors import EerpError, Fault, ManifestInvalid, ModuleError
from eerp.interfaces import Registered
from eerp.log import Logger
from eerp.middleware.guard import Guarded
from eerp.middleware.maker import Context, Options
from eerp.middleware.offers import Offer, Offers
from eerp.modules import Manifest, MiddlewareEntry
from eerp.routes import Route

__all__ = ["Surrounding", "chains", "surround"]

log = Logger(namespace="eerp.middleware")

_Routes = frozenset[tuple[str, str]]


@frozen(eq=False)
class Surrounding:
    """One middleware of one module, made of an entry; `source` is whose it is.

    `routes` are those that it stands around, by method and path as declared.
    """

    entry: MiddlewareEntry
    options: Options
    source: str
    middleware: Middleware
    routes: _Routes

    def shown(self) -> dict[str, Any]:
        """As `/api/modules/{name}` shows it."""
        return {
            "name": self.entry.name,
            "options": dict(self.options),
            "from": self.source,
            "methods": list(self.entry.methods),
            "paths": list(self.entry.paths),
        }


def surround(
    manifest: Manifest,
    registered: Iterable[Registered],
    offers: Offers,
    clock: IReactorTime,
) -> tuple[Surrounding, ...]:
    """What stands around the routes that a module `registered`, outermost first.

    Raises ManifestInvalid or ModuleError, which name the entry and the option.
    """
    routes = frozenset((entry.texts[0], entry.texts[1]) for entry in registered)
    context = Context(manifest.name, clock)
    return tuple(
        _one(_Place(manifest.name, number, entry), routes, offers, context)
        for number, entry in enumerate(manifest.middleware)
    )


def chains(
    surroundings: Iterable[Surrounding], routes: Iterable[Route]
) -> Iterator[tuple[Route, Chain]]:
    """Each of `routes` around which something stands, with all that does."""
    around = tuple(surroundings)
    for route in routes:
        chain = compose(
            [
                one.middleware
                for one in around
                if (route.method, route.path) in one.routes
            ]
        )
        if chain is not None:
            yield route, chain


@frozen
class _Place:
    """Where in which module.json."""

    module: str
    number: int
    entry: MiddlewareEntry

    def __str__(self) -> str:
        return f"middleware.{self.number} ({self.entry.name})"

    def wrong(self, clause: str, hint: str | None = None) -> ManifestInvalid:
        """The error that says so."""
        return ManifestInvalid(
            self.module, f"module {self.module}: {self}: {clause}", hint=hint
        )


def _one(
    place: _Place, routes: _Routes, offers: Offers, context: Context
) -> Surrounding:
    entry = place.entry
    offer = offers.find(place.module, str(place), entry.name)
    options = _options(place, offer)
    return Surrounding(
        entry=entry,
        options=options,
        source=offer.source,
        middleware=Guarded(entry.name, _made(place, offer, options, context)),
        routes=_chosen(place, routes),
    )


def _options(place: _Place, offer: Offer) -> Options:
    """The options of the entry, with the defaults of those that it does not name."""
    given = dict(place.entry.options)
    rules: Mapping[str, Any] = offer.maker.schema.get("properties", {})
    faults = offer.check.faults(given)
    if faults:
        raise place.wrong(
            "; ".join(_worded(fault, rules) for fault in faults),
            hint=f"The options of {offer.name}: {', '.join(rules) or 'none'}.",
        )
    defaults = {
        name: rule["default"]
        for name, rule in rules.items()
        if isinstance(rule, Mapping) and "default" in rule
    }
    return {**defaults, **given}


def _worded(fault: Fault, rules: Mapping[str, Any]) -> str:
    """A fault of the options: which one, and what is wrong with it."""
    option = fault.pointer.removeprefix("/").replace("/", ".")
    if fault.code == "unknown_field" and "." not in option:
        return f"{option}: is not an option{nearest(option, rules)}"
    return f"{option or 'the options'}: {fault.message}"


def _made(
    place: _Place, offer: Offer, options: Options, context: Context
) -> Middleware:
    try:
        made = offer.maker.make(options, context)
        if not callable(made):
            raise TypeError("what was made cannot be called")
    except ValueError as error:
        raise place.wrong(str(error)) from error
    except EerpError:
        raise
    except Exception as error:  # whatever a foreign package does
        log.failure(
            "{place} of {module} cannot be made",
            event="middleware_unusable",
            place=str(place),
            module=place.module,
        )
        raise ModuleError(
            place.module,
            f"module {place.module}: {place}: cannot be made ({type(error).__name__})",
            hint="The log has the traceback.",
        ) from error
    return made


def _chosen(place: _Place, routes: _Routes) -> _Routes:
    """Those of `routes` that the entry is for."""
    entry = place.entry
    known = {path for _method, path in routes}
    for number, path in enumerate(entry.paths):
        if path not in known:
            raise place.wrong(
                f"paths.{number}: the module has no route with the path `{path}`"
                f"{nearest(path, known)}"
            )
    chosen = frozenset(
        (method, path)
        for method, path in routes
        if (not entry.methods or method in entry.methods)
        and (not entry.paths or path in entry.paths)
    )
    if not chosen and (entry.methods or entry.paths):
        raise place.wrong("no route of the module has these methods and paths")
    return chosen
