"""Scan the folders of `module_root` for modules; no guest is run.

A module is a subfolder with a module.json. What is wrong with one module is kept
as its failure and does not hide the others.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import evolve, frozen

from eerp.config import Config
from eerp.config.jsonfile import nearest
from eerp.errors import (
    ConfigError,
    DependencyError,
    Fault,
    ManifestInvalid,
    ModuleError,
    WasmInvalid,
)
from eerp.limits import GUEST_WASM_BYTES_MAX
from eerp.log import printable
from eerp.modules.manifest import MANIFEST_FILE, Manifest, read_manifest

__all__ = ["Detection", "detect"]


@frozen
class Detection:
    """What lies in the module roots, each tuple in the order of the names.

    `failures` has the modules that cannot be used, by name, or by folder when the
    name is not known.
    """

    active: tuple[Manifest, ...]
    inactive: tuple[Manifest, ...]
    failures: Mapping[str, ModuleError]


def detect(config: Config) -> Detection:
    """All modules of `config.module_root`.

    Raises `ConfigError` when a root cannot be read, or when the configuration
    speaks of a module that is not there.
    """
    found, failures = _read_all(config)
    for module, error in (
        *_same_names(found),
        *_same_prefixes(found),
        *_bad_files(found),
    ):
        failures.setdefault(module, error)
    usable = sorted(
        (manifest for manifest in found if manifest.name not in failures),
        key=lambda manifest: manifest.name,
    )
    _check_named(config, {manifest.name for manifest in found} | set(failures))
    return Detection(
        active=tuple(manifest for manifest in usable if manifest.active),
        inactive=tuple(manifest for manifest in usable if not manifest.active),
        failures=failures,
    )


def _folders(roots: Sequence[Path]) -> Iterator[Path]:
    """Subfolders with a module.json, in the order of the roots and of their names."""
    for place, root in enumerate(roots):
        try:
            folders = sorted(root.iterdir())
        except OSError as error:
            message = f"module_root.{place}: the folder cannot be read"
            raise ConfigError(message, detail=str(error)) from error
        # A dangling link counts: to pass it over would hide a module.
        yield from (
            folder for folder in folders if os.path.lexists(folder / MANIFEST_FILE)
        )


def _read_all(config: Config) -> tuple[list[Manifest], dict[str, ModuleError]]:
    found: list[Manifest] = []
    failures: dict[str, ModuleError] = {}
    for folder in _folders(config.module_root):
        try:
            manifest = read_manifest(folder)
        except ModuleError as error:
            failures.setdefault(error.module, error)
            continue
        decided = config.module(manifest.name).active
        active = manifest.active if decided is None else decided
        found.append(evolve(manifest, active=active))
    return found, failures


def _bad_files(found: Sequence[Manifest]) -> Iterator[tuple[str, ModuleError]]:
    for manifest in found:
        try:
            if manifest.active:
                _check_wasm(manifest)
        except WasmInvalid as error:
            yield manifest.name, error


def _check_wasm(manifest: Manifest) -> None:
    wasm = manifest.wasm
    shown = f"{printable(str(wasm))}, the compiled module,"
    try:
        inside = wasm.resolve(strict=True).is_relative_to(manifest.folder.resolve())
        found = wasm.stat()
    except FileNotFoundError as error:
        raise WasmInvalid(
            manifest.name, f"{shown} is missing", hint="`make modules` builds it"
        ) from error
    except (OSError, RuntimeError) as error:  # RuntimeError: a link to itself
        raise _unusable(manifest, f"{shown} cannot be reached", error) from error
    if not inside:
        raise _unusable(manifest, f"{shown} is a link out of the module's folder")
    if not stat.S_ISREG(found.st_mode):
        raise _unusable(manifest, f"{shown} is not a regular file")
    if found.st_size > GUEST_WASM_BYTES_MAX:
        raise _unusable(
            manifest, f"{shown} is larger than {GUEST_WASM_BYTES_MAX} bytes"
        )
    if not os.access(wasm, os.R_OK):
        raise _unusable(manifest, f"{shown} cannot be read")


def _unusable(
    manifest: Manifest, message: str, cause: Exception | None = None
) -> WasmInvalid:
    return WasmInvalid(
        manifest.name,
        message,
        hint="`make modules` builds it again",
        detail=None if cause is None else str(cause),
    )


def _same_names(found: Sequence[Manifest]) -> Iterator[tuple[str, ModuleError]]:
    """Both are refused: which of two is meant is not for the scan to say."""
    folders: dict[str, Path] = {}
    for manifest in found:
        other = folders.setdefault(manifest.name, manifest.folder)
        if other != manifest.folder:
            message = (
                f"the name `{manifest.name}` is taken twice, by "
                f"{printable(str(other))} and by {printable(str(manifest.folder))}"
            )
            yield (
                manifest.name,
                DependencyError(
                    manifest.name, message, hint="remove one of the two folders"
                ),
            )


def _same_prefixes(found: Sequence[Manifest]) -> Iterator[tuple[str, ModuleError]]:
    """Refuses prefixes that are equal, or of which one begins with the other."""
    active = sorted(
        (manifest for manifest in found if manifest.active),
        key=lambda manifest: (manifest.route_prefix.split("/"), manifest.name),
    )
    for place, one in enumerate(active):
        for other in active[place + 1 :]:
            if one.name != other.name and _overlap(one, other):
                for manifest in (one, other):
                    yield manifest.name, _prefix_error(manifest, one, other)


def _overlap(one: Manifest, other: Manifest) -> bool:
    return f"{other.route_prefix}/".startswith(f"{one.route_prefix}/")


def _prefix_error(manifest: Manifest, one: Manifest, other: Manifest) -> ModuleError:
    taken = (
        f"`{one.route_prefix}` is taken twice"
        if one.route_prefix == other.route_prefix
        else f"`{other.route_prefix}` lies within `{one.route_prefix}`"
    )
    message = (
        f"the route prefix {taken}, by {printable(str(one.folder))} and "
        f"by {printable(str(other.folder))}"
    )
    return ManifestInvalid(
        manifest.name, message, hint="give one of them another `route_prefix`"
    )


def _check_named(config: Config, known: set[str]) -> None:
    named = [(f"modules.{name}", name) for name in sorted(config.modules)]
    named += [("optional_modules", name) for name in sorted(config.optional_modules)]
    faults = tuple(
        Fault(key, "unknown", f"no module is called `{name}`{nearest(name, known)}")
        for key, name in named
        if name not in known
    )
    if faults:
        lines = [f"  {fault.pointer}: {fault.message}" for fault in faults]
        message = "the configuration names modules that are not in module_root:"
        raise ConfigError("\n".join([message, *lines]), errors=faults)
