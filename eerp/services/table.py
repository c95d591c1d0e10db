"""The table of services: open while modules load, frozen before anything listens.

The only way from module to module. Who may call what is decided while loading: a
module reaches the services of the core, and of the modules in its `depends` and its
`optional` those that it said it uses, each compared with what it was built against.
Those of an optional module that is not there are known to be absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import define, field

from eerp.errors import (
    Forbidden,
    NotFound,
    RequestError,
    ServiceAbsent,
    ServiceIncompatible,
)
from eerp.interfaces import CoreService, ModuleService
from eerp.schema import misfits
from eerp.services.declare import Declared, is_core, owner_of
from eerp.services.offer import CORE, CoreOffer, ModuleOffer, Use

__all__ = ["ServiceTable"]

_MISFITS_SHOWN_MAX = 5


@define(eq=False)
class _Member:
    """What one module may do."""

    declared: Declared
    capabilities: frozenset[str]
    reach: dict[str, CoreService | ModuleService] = field(factory=dict)


class ServiceTable:
    """All services. `core` are the core's, `version` is the core's."""

    def __init__(self, version: str, core: Iterable[CoreOffer] = ()) -> None:
        self._version = version
        self._core = {offer.name: offer for offer in core}
        self._offers: dict[str, ModuleOffer] = {}
        self._members: dict[str, _Member] = {}
        self._frozen = False

    def check(
        self,
        declared: Declared,
        depends: Iterable[str],
        capabilities: Iterable[str],
        *,
        optional: Iterable[str] = (),
    ) -> None:
        """Raise ServiceIncompatible unless each use of a module can be satisfied.

        The modules that it depends on were admitted before, and of the `optional` ones
        those that are there.
        """
        granted, known = frozenset(capabilities), frozenset((*depends, *optional))
        spared = frozenset(optional).difference(self._members)
        for use in declared.uses:
            if owner_of(use.service) not in spared:
                self._check_use(declared, use, known, granted)

    def admit(self, declared: Declared, capabilities: Iterable[str]) -> None:
        """Take a module that was checked: others may use it from now on."""
        assert not self._frozen, "the table of services is frozen"
        assert declared.module not in self._members, "a module is admitted once"
        self._offers.update((offer.name, offer) for offer in declared.offers)
        member = _Member(declared, frozenset(capabilities))
        self._members[declared.module] = member
        member.reach.update(self._reach(member))

    def freeze(self) -> None:
        """End registration; a later one is a mistake of ours and raises."""
        self._frozen = True

    def resolve(self, caller: str, name: str) -> CoreService | ModuleService:
        """The service `name` for the module `caller`; see `interfaces.Services`."""
        member = self._members.get(caller)
        found = None if member is None else member.reach.get(name)
        if found is None:
            raise self._refusal(caller, name)
        return found

    def offers_of(self, module: str) -> tuple[ModuleOffer, ...]:
        """The services that a module offers, in the order of their registration."""
        member = self._members.get(module)
        return () if member is None else member.declared.offers

    def uses_of(self, module: str) -> tuple[Use, ...]:
        """The services of others that a module uses."""
        member = self._members.get(module)
        return () if member is None else member.declared.uses

    def core(self) -> tuple[CoreOffer, ...]:
        """The services of the core."""
        return tuple(self._core.values())

    def _reach(
        self, member: _Member
    ) -> Iterator[tuple[str, CoreService | ModuleService]]:
        for offer in self._core.values():
            if offer.capability is None or offer.capability in member.capabilities:
                yield offer.name, offer.call
        for use in member.declared.uses:
            # Of a module that was checked, only what is optional may be missing.
            if not is_core(use.service) and use.service in self._offers:
                yield use.service, self._offers[use.service].resolved()

    def _check_use(
        self,
        declared: Declared,
        use: Use,
        known: frozenset[str],
        capabilities: frozenset[str],
    ) -> None:
        owner = owner_of(use.service)
        offer: CoreOffer | ModuleOffer | None
        if owner == CORE:
            offer, version = self._core.get(use.service), self._version
            _check_capability(declared.module, offer, capabilities)
        elif owner not in known:
            raise ServiceIncompatible(
                declared.module,
                f"module {declared.module} uses {use.service} and does not name"
                f" {owner} in depends",
                hint="Add it to depends in module.json, or to optional if the module"
                " works without it.",
            )
        else:
            offer = self._offers.get(use.service)
            version = self._members[owner].declared.version
        _check_fit(declared, use, offer, version)

    def _refusal(self, caller: str, name: str) -> RequestError:
        known = self._core.get(name) or self._offers.get(name)
        if known is None and any(use.service == name for use in self.uses_of(caller)):
            return ServiceAbsent(
                f"The service {name} is absent, for the module {owner_of(name)} is not"
                " loaded."
            )
        if known is None:
            return NotFound(f"There is no service {name}.")
        if isinstance(known, CoreOffer):
            return Forbidden(
                f"The module {caller} has not the capability {known.capability},"
                f" which {name} needs."
            )
        return Forbidden(f"The module {caller} does not say that it uses {name}.")


def _check_capability(
    module: str, offer: CoreOffer | None, capabilities: frozenset[str]
) -> None:
    needed = None if offer is None else offer.capability
    if offer is not None and needed is not None and needed not in capabilities:
        raise ServiceIncompatible(
            module,
            f"module {module} uses {offer.name} without the capability {needed}",
            hint="Ask for it in module.json, and see that the operator allows it.",
        )


def _check_fit(
    declared: Declared,
    use: Use,
    offer: CoreOffer | ModuleOffer | None,
    version: str,
) -> None:
    """What the caller sends must be taken, and what it expects be answered."""
    owner, caller = owner_of(use.service), declared.module
    if offer is None:
        wrong = ["there is no such service"]
    else:
        sent = misfits(use.input, offer.input)
        answered = misfits(offer.output, use.output, ignore_unknown=True)
        wrong = [f"what {caller} sends: {one}" for one in sent]
        wrong += [f"what {owner} answers: {one}" for one in answered]
    if wrong:
        raise ServiceIncompatible(
            caller,
            f"module {caller} {declared.version} was built for {use.service} of"
            f" {owner} {use.version or 'of an unknown version'} and cannot use that"
            f" of {owner} {version}: {'; '.join(wrong[:_MISFITS_SHOWN_MAX])}",
            hint=f"Build {caller} against {owner} {version}, or install a version of"
            f" {owner} that it fits.",
        )
