"""module.json -> a frozen `Manifest`, or `ManifestInvalid` naming file and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import field, frozen

from eerp.config import ModuleLimits
from eerp.config.jsonfile import Flaw, Refused, Schema, read, sound
from eerp.errors import ManifestInvalid
from eerp.limits import MANIFEST_BYTES_MAX
from eerp.log import printable

__all__ = [
    "MANIFEST_FILE", "RESERVED", "SCHEMA", "Manifest", "MiddlewareEntry",
    "read_manifest",
]  # fmt: skip

MANIFEST_FILE = "module.json"
SCHEMA = Schema.of(Path(__file__).with_name("manifest.schema.json"))
# Names that the core's routes or PostgreSQL's schemas need.
RESERVED = frozenset({
    "api", "audit", "auth", "batch", "comments", "deliveries", "docs", "eerp",
    "events", "graphql", "health", "information_schema", "jobs", "live", "metrics",
    "modules", "openapi", "permissions", "public", "ready", "roles", "search",
    "sessions", "ui", "users", "webhooks",
})  # fmt: skip
_HINT = "docs/reference/module-json.md lists every key"


@frozen
class MiddlewareEntry:
    """What is to stand around the routes of a module: around those that have one of
    `methods` and one of `paths`, where there are any."""

    name: str
    options: Mapping[str, Any] = field(factory=dict)
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> MiddlewareEntry:
        """An item of `middleware`; all that is nothing else is an option."""
        options = dict(entry)
        name = options.pop("name")
        methods = tuple(options.pop("methods", ()))
        return cls(name, options, methods, tuple(options.pop("paths", ())))


@frozen
class Manifest:
    """What a module says of itself in module.json; `folder` is where it lies.

    `wasm` is the path of the compiled module, within `folder`. `capabilities` and
    `limits` are what the module asks for; `eerp.modules.allow` says what it gets.
    """

    name: str
    version: str
    display_name: str
    folder: Path
    wasm: Path
    route_prefix: str
    author: str = ""
    description: str = ""
    active: bool = True
    depends: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    capabilities: frozenset[str] = frozenset()
    permissions: tuple[str, ...] = ()
    middleware: tuple[MiddlewareEntry, ...] = ()
    limits: ModuleLimits = field(factory=ModuleLimits)

    @property
    def neighbours(self) -> tuple[str, ...]:
        """The modules whose services it may call and whose events it may hear, where
        they are there."""
        return (*self.depends, *self.optional)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the module in `folder`; `ManifestInvalid` names every flaw."""
    path = folder / MANIFEST_FILE
    try:
        document, flaws = read(path, SCHEMA, MANIFEST_BYTES_MAX)
    except Refused as refusal:
        message = f"{printable(str(path))} {refusal}"
        raise ManifestInvalid(folder.name, message, hint=_HINT) from refusal
    held = sound(document, flaws)
    flaws += _flaws_of(held)
    name = held.get("name", folder.name)
    if flaws:
        faults = "; ".join(str(flaw) for flaw in flaws)
        message = f"{printable(str(path))} is not right: {faults}"
        raise ManifestInvalid(name, message, hint=_HINT)
    return _manifest(folder, held)


def _manifest(folder: Path, held: Mapping[str, Any]) -> Manifest:
    name = held["name"]
    return Manifest(
        name=name,
        version=held["version"],
        display_name=held.get("display_name", name),
        folder=folder,
        wasm=folder / held.get("wasm", "module.wasm"),
        route_prefix=held.get("route_prefix", name),
        author=held.get("author", ""),
        description=held.get("description", ""),
        active=held.get("active", True),
        depends=tuple(held.get("depends", ())),
        optional=tuple(held.get("optional", ())),
        capabilities=frozenset(held.get("capabilities", ())),
        permissions=tuple(held.get("permissions", ())),
        middleware=tuple(map(MiddlewareEntry.of, held.get("middleware", ()))),
        limits=ModuleLimits(**held.get("limits", {})),
    )


def _flaws_of(held: Mapping[str, Any]) -> Iterator[Flaw]:
    """What the schema cannot say."""
    name = held.get("name")
    if name is not None and _is_reserved(name):
        yield Flaw(("name",), "reserved", f"`{name}` is reserved for the core")
    prefix = held.get("route_prefix")
    if prefix is not None and _is_reserved(prefix.split("/")[0]):
        yield Flaw(
            ("route_prefix",), "reserved", f"`{prefix}` is reserved for the core"
        )
    for place, other in enumerate(held.get("optional", ())):
        if other == name:
            yield Flaw(("optional", place), "itself", "must be another module")
        elif other in held.get("depends", ()):
            twice = f"`{other}` is in depends: it is either needed or not"
            yield Flaw(("optional", place), "twice", twice)
    wasm = PurePosixPath(held.get("wasm", "module.wasm"))
    if wasm.is_absolute() or ".." in wasm.parts:
        yield Flaw(("wasm",), "path", "must be a path within the module's folder")
    for place, permission in enumerate(held.get("permissions", ())):
        if name is not None and not permission.startswith(f"{name}."):
            wrong = f"must begin with the module's name, `{name}.`"
            yield Flaw(("permissions", place), "permission", wrong)


def _is_reserved(name: str) -> bool:
    return name in RESERVED or name.startswith("pg_")
