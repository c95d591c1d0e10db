"""Who looks at screens: a caller, or the check of what a module declares.

A caller sees what the permissions allow; the check sees everything, and says what is
not there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NoReturn, Protocol

from attrs import frozen

from eerp.screens.catalogue import Catalogue, bare, field_at, key_of
from eerp.screens.conditions import fault_of, fields_of

__all__ = ["Checking", "Looking", "Sight"]

_SUMMED = frozenset({"integer", "bigint", "numeric"})


class Sight(Protocol):
    """What is seen. `place` is where in the module's declaration it is named."""

    def may(self, permission: str) -> bool:
        """Whether what takes this permission may be done."""

    def model(self, key: str, place: str) -> bool:
        """Whether records of a model are seen."""

    def lists(self, key: str, place: str) -> bool:
        """Whether they can be listed."""

    def field(self, key: str, name: str, place: str) -> bool:
        """Whether a field of a model is seen, perhaps through a relation."""

    def amount(self, key: str, name: str, place: str) -> bool:
        """The same of a field whose values are added up."""

    def condition(self, key: str, where: Any, place: str, *, beyond: bool) -> bool:
        """Whether all that a condition is about is seen."""

    def route(self, method: str, path: str, place: str) -> bool:
        """Whether a route may be called."""

    def report(self, key: str, place: str) -> bool:
        """Whether a report may be asked for."""

    def known(self, name: str, names: Collection[str], place: str) -> bool:
        """Whether a name is one of those that there are."""


@frozen(eq=False)
class Looking:
    """A caller, who `can` do what some permissions allow. `reports` are all that there
    are, by their keys, with their paths."""

    catalogue: Catalogue
    reports: Mapping[str, str]
    can: Callable[[str], bool]

    def may(self, permission: str) -> bool:
        """Whether the caller has the permission; what takes none is for everybody."""
        return not permission or self.can(permission)

    def model(self, key: str, place: str) -> bool:
        """Whether the caller may read records, or sees them as lines of others."""
        if key not in self.catalogue.models:
            return False
        return self._reads(key) or any(map(self._reads, self.catalogue.wholes(key)))

    def _reads(self, key: str) -> bool:
        verbs = self.catalogue.verbs(key)
        ways = [verbs[verb] for verb in ("list", "read") if verb in verbs]
        if not ways:
            return self.can(f"{key}.read")
        return any(self.may(route.permission or "") for route in ways)

    def lists(self, key: str, place: str) -> bool:
        """Whether there is a list, and the caller may ask for it."""
        route = self.catalogue.verbs(key).get("list")
        return route is not None and self.may(route.permission or "")

    def field(self, key: str, name: str, place: str) -> bool:
        """Whether the caller may read it, and each model on the way."""
        model = self.catalogue.models.get(key)
        found = model and field_at(model, bare(name))
        if not found:
            return False
        field, passed = found
        on_the_way = all(self.can(f"{key_of(each)}.read") for each in passed)
        return on_the_way and self.may(field.read or "")

    def amount(self, key: str, name: str, place: str) -> bool:
        """The same as of any field."""
        return self.field(key, name, place)

    def condition(self, key: str, where: Any, place: str, *, beyond: bool) -> bool:
        """Whether the caller may read all fields in it."""
        return all(self.field(key, name, place) for name in fields_of(where))

    def route(self, method: str, path: str, place: str) -> bool:
        """Whether it is there, and the caller has its permission."""
        route = self.catalogue.route(method, path)
        return route is not None and self.may(route.permission or "")

    def report(self, key: str, place: str) -> bool:
        """Whether it is there, and its route may be called."""
        path = self.reports.get(key)
        return path is not None and self.route("GET", path, place)

    def known(self, name: str, names: Collection[str], place: str) -> bool:
        """What is not among them is not seen by this caller."""
        return name in names


@frozen(eq=False)
class Checking:
    """Nobody in particular. `refuse` raises, given a place and what is wrong there.

    What belongs to a module that is not loaded is passed over, if it is one of the
    `neighbours`, without which the declaring module can be.
    """

    catalogue: Catalogue
    reports: Mapping[str, str]
    neighbours: Collection[str]
    refuse: Callable[[str, str], NoReturn]

    def may(self, permission: str) -> bool:
        """Everything is looked at."""
        return True

    def model(self, key: str, place: str) -> bool:
        """Refuses a model that is not there."""
        if key in self.catalogue.models:
            return True
        return self._absent(key, "model", place)

    def _absent(self, key: str, what: str, place: str) -> bool:
        module = key.partition(".")[0]
        if any(each.module == module for each in self.catalogue.models.values()):
            self.refuse(place, f"there is no {what} {key}")
        if module not in self.neighbours:
            self.refuse(place, f"{module} is not among depends and optional")
        return False

    def lists(self, key: str, place: str) -> bool:
        """Refuses a model without a list."""
        if not self.model(key, place):
            return False
        if self.catalogue.path(key) is None:
            self.refuse(place, f"{key} has no list")
        return True

    def field(self, key: str, name: str, place: str) -> bool:
        """Refuses a field that is not there."""
        if not self.model(key, place):
            return False
        if field_at(self.catalogue.models[key], bare(name)) is None:
            self.refuse(place, f"{key} has no field {name}")
        return True

    def amount(self, key: str, name: str, place: str) -> bool:
        """Refuses a field that cannot be added up."""
        if not self.field(key, name, place):
            return False
        found = field_at(self.catalogue.models[key], name)
        if found is None or found[0].type.operand not in _SUMMED:
            self.refuse(place, f"the values of {name} cannot be added up")
        return True

    def condition(self, key: str, where: Any, place: str, *, beyond: bool) -> bool:
        """Refuses what is no condition."""
        if not self.model(key, place):
            return False
        fault = fault_of(self.catalogue.models[key], where, beyond=beyond)
        if fault is not None:
            self.refuse(place, f"the condition is wrong: {fault}")
        return True

    def route(self, method: str, path: str, place: str) -> bool:
        """Refuses a route that is not there."""
        if self.catalogue.route(method, path) is None:
            self.refuse(place, f"there is no route {method} {path}")
        return True

    def report(self, key: str, place: str) -> bool:
        """Refuses a report that is not there."""
        return key in self.reports or self._absent(key, "report", place)

    def known(self, name: str, names: Collection[str], place: str) -> bool:
        """Refuses a name that is none of them."""
        if name not in names:
            there = ", ".join(sorted(names)) or "none"
            self.refuse(place, f"there is no {name}; there are: {there}")
        return True
