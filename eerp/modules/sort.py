"""Order modules by `depends` and `optional` into groups; name the cycle or the gap.

Priority 0 waits for nothing; a module's priority is one more than the largest of those
that it waits for: its dependencies, and the optional modules that are there. Modules of
one priority form a group and may load at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Literal

from attrs import frozen

from eerp.config.jsonfile import nearest
from eerp.errors import DependencyError, ModuleError
from eerp.modules.detect import Detection
from eerp.modules.manifest import Manifest

__all__ = ["Plan", "failed_dependency", "sort"]


@frozen
class Plan:
    """Groups to load one after the other, and the modules that cannot be loaded.

    `failures` holds causes before their consequences.
    """

    groups: tuple[tuple[Manifest, ...], ...]
    failures: Mapping[str, ModuleError]

    @property
    def priorities(self) -> dict[str, int]:
        """The priority of each module that can be loaded."""
        return {
            manifest.name: priority
            for priority, group in enumerate(self.groups)
            for manifest in group
        }


def sort(detection: Detection, on_module_error: Literal["stop", "skip"]) -> Plan:
    """The plan for what was detected.

    A module that fails takes its dependents along. With ``stop`` the first failure
    is raised instead.
    """
    ordered = sorted(detection.active, key=lambda manifest: manifest.name)
    active = {manifest.name: manifest for manifest in ordered}
    failures = dict(detection.failures)
    for name, error in (*_gaps(active, detection), *_cycles(active)):
        failures.setdefault(name, error)
    _take_along(active, failures)
    groups = tuple(_groups(active, failures))
    if failures and on_module_error == "stop":
        raise next(iter(failures.values()))
    return Plan(groups, failures)


def failed_dependency(
    manifest: Manifest, failures: Mapping[str, ModuleError]
) -> DependencyError | None:
    """The error of a module that depends on a failed one, or None."""
    for name in manifest.depends:
        if name in failures:
            return DependencyError(
                manifest.name,
                f"module `{manifest.name}` is not loaded because `{name}`, on which it "
                f"depends, failed ({manifest.name} -> {name})",
                hint=f"see why `{name}` failed",
            )
    return None


def _gaps(
    active: Mapping[str, Manifest], detection: Detection
) -> Iterator[tuple[str, DependencyError]]:
    """Dependencies on a module that is not there, or is not active."""
    inactive = {manifest.name for manifest in detection.inactive}
    for manifest in active.values():
        for name in manifest.depends:
            if name in inactive:
                yield (
                    manifest.name,
                    _gap(manifest.name, name, "inactive", "activate it"),
                )
            elif name not in active and name not in detection.failures:
                hint = f"put it into a module_root{nearest(name, active)}"
                yield manifest.name, _gap(manifest.name, name, "not installed", hint)


def _gap(name: str, other: str, state: str, hint: str) -> DependencyError:
    message = (
        f"module `{name}` depends on `{other}`, which is {state} ({name} -> {other})"
    )
    return DependencyError(name, message, hint=hint)


def _cycles(active: Mapping[str, Manifest]) -> Iterator[tuple[str, DependencyError]]:
    """Modules that depend on themselves, each with its own shortest way around."""
    for name in sorted(_tangled(active)):
        chain = _way_around(name, active)
        if chain is not None:
            yield name, _cycle(active, chain)


def _cycle(active: Mapping[str, Manifest], chain: list[str]) -> DependencyError:
    """The error of the first of a chain that leads back to it. What is optional is
    marked, for that is what can be spared."""
    named, hint = chain[0], "take one of these out of `depends`"
    for one, other in pairwise(chain):
        optional = other in active[one].optional
        named += f" -> {other}{' (optional)' if optional else ''}"
        if optional:
            hint = f"take `{other}` out of `optional` of `{one}`"
    message = f"module `{chain[0]}` depends on itself: {named}"
    return DependencyError(chain[0], message, hint=hint)


def _tangled(active: Mapping[str, Manifest]) -> set[str]:
    """What is left when modules without open dependencies are taken away."""
    waits = {name: _awaited(manifest, active) for name, manifest in active.items()}
    needed_by: dict[str, list[str]] = {name: [] for name in active}
    for name, others in waits.items():
        for other in others:
            needed_by[other].append(name)
    free = [name for name, others in waits.items() if not others]
    while free:
        done = free.pop()
        del waits[done]
        for name in needed_by[done]:
            waits[name].discard(done)
            if not waits[name]:
                free.append(name)
    return set(waits)


def _way_around(start: str, active: Mapping[str, Manifest]) -> list[str] | None:
    """The shortest chain of dependencies from `start` back to it, or None."""
    came_from: dict[str, str] = {}
    open_names = deque([start])
    while open_names:
        name = open_names.popleft()
        for other in sorted(_awaited(active[name], active)):
            if other == start:
                return [*_trail(came_from, start, name), start]
            if other not in came_from:
                came_from[other] = name
                open_names.append(other)
    return None


def _trail(came_from: Mapping[str, str], start: str, end: str) -> Iterable[str]:
    trail = [end]
    while trail[-1] != start:
        trail.append(came_from[trail[-1]])
    return reversed(trail)


def _awaited(manifest: Manifest, active: Mapping[str, Manifest]) -> set[str]:
    return {name for name in manifest.neighbours if name in active}


def _take_along(
    active: Mapping[str, Manifest], failures: dict[str, ModuleError]
) -> None:
    """Add the dependents of failed modules to `failures`, causes first."""
    while True:
        errors = {
            name: failed_dependency(held, failures)
            for name, held in active.items()
            if name not in failures
        }
        doomed = {name: error for name, error in errors.items() if error is not None}
        if not doomed:
            return
        failures.update(doomed)


def _groups(
    active: Mapping[str, Manifest], failures: Mapping[str, ModuleError]
) -> Iterator[tuple[Manifest, ...]]:
    """Group after group of those that wait for none that is left."""
    waiting = {name: held for name, held in active.items() if name not in failures}
    while waiting:
        group = [
            held
            for held in waiting.values()
            if waiting.keys().isdisjoint(held.neighbours)
        ]
        yield tuple(group)
        for manifest in group:
            del waiting[manifest.name]
