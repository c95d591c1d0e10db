"""Load the modules, group by group; within a group, all at once.

A module is compiled (in a child process, from a thread), introduces itself in a
guest, has its migrations applied and its models checked, and registers its routes.
One that fails takes its dependents with it and nothing else.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from typing import Any, Protocol

from attrs import define, field
from twisted.internet.defer import Deferred, FirstError, gatherResults
from twisted.internet.interfaces import IReactorTime

from eerp.calls import Chain
from eerp.config import Config
from eerp.delivery import Registry
from eerp.errors import EerpError, ModuleError
from eerp.interfaces import ModuleState
from eerp.log import Logger
from eerp.middleware import Offers, Surrounding, chains, surround
from eerp.modules import (
    Allowance,
    Detection,
    Manifest,
    Plan,
    allow,
    failed_dependency,
)
from eerp.routes import Route, RouteTable
from eerp.routes.declare import declare
from eerp.sandbox import CompiledCache, Description, Engine, Program, describe
from eerp.screens import Screens
from eerp.services import ServiceTable, read_services

__all__ = ["Loader", "ModuleLoad", "Schemas"]

log = Logger(namespace="eerp.modules")


@define(eq=False)
class ModuleLoad:
    """How far one module has come; times are seconds of the reactor.

    `state` goes from ``waiting`` over ``loading`` to ``loaded`` or ``failed``, or is
    ``inactive``.
    """

    manifest: Manifest
    priority: int | None
    state: str = "waiting"
    error: ModuleError | None = None
    started: float = 0.0
    finished: float = 0.0
    told: Description | None = None
    allowance: Allowance | None = None
    around: tuple[Surrounding, ...] = ()


class Schemas(Protocol):
    """What the ORM does with a module that introduced itself."""

    async def adopt(
        self,
        module: str,
        depends: Iterable[str],
        migrations: list[object],
        models: object,
        extensions: object,
    ) -> None:
        """Apply the migrations, register the models and the extensions of others, and
        check the models against the catalogue."""


@define(eq=False)
class Loader:
    """Loads modules into `programs`, `schemas`, `routes` and `services`, and into
    `screens` unless nobody is going to look.

    `chains` has what stands around routes, where anything does.
    """

    config: Config
    clock: IReactorTime
    engine: Engine
    cache: CompiledCache
    schemas: Schemas
    routes: RouteTable
    services: ServiceTable
    programs: dict[str, Program]
    registry: Registry
    screens: Screens | None = None
    loads: dict[str, ModuleLoad] = field(factory=dict)
    failures: dict[str, ModuleError] = field(factory=dict)
    offers: Offers = field(factory=Offers)
    chains: dict[Route, Chain] = field(factory=dict)

    async def load(self, detection: Detection, plan: Plan) -> None:
        """Load all groups in turn.

        With ``on_module_error: stop``, raises the first ModuleError once its group
        is done; else a failure is kept in `failures` and `loads`.
        """
        self._note_unusable(detection, plan)
        for priority, group in enumerate(plan.groups):
            members = [self._state(manifest, priority) for manifest in group]
            await _all_at_once(self._load(member) for member in members)
            self._note_failures([m.error for m in members if m.error is not None])

    def _note_failures(self, errors: list[ModuleError]) -> None:
        """Say each once: what ends the start is raised, and said by who ends it."""
        stop = errors and self.config.on_module_error == "stop"
        for error in errors[1:] if stop else errors:
            _note_failure(error)
        if stop:
            raise errors[0]

    def states(self) -> tuple[ModuleState, ...]:
        """Every module that was found, in the order of loading."""
        return tuple(self._shown(load) for load in self.loads.values())

    def _shown(self, load: ModuleLoad) -> ModuleState:
        manifest = load.manifest
        return ModuleState(
            name=manifest.name,
            version=manifest.version,
            display_name=manifest.display_name,
            depends=manifest.depends,
            optional=manifest.optional,
            priority=load.priority,
            state=load.state,
            error=None if load.error is None else load.error.message,
            required=load.state != "inactive"
            and manifest.name not in self.config.optional_modules,
        )

    def _note_unusable(self, detection: Detection, plan: Plan) -> None:
        """What is not going to be loaded, and why."""
        for manifest in detection.inactive:
            self.loads[manifest.name] = ModuleLoad(manifest, None, "inactive")
        known = {manifest.name: manifest for manifest in detection.active}
        for name, error in plan.failures.items():
            self.failures[name] = error
            _note_failure(error)
            if name in known:
                state = ModuleLoad(known[name], None, "failed", error)
                self.loads[name] = state

    def _state(self, manifest: Manifest, priority: int) -> ModuleLoad:
        state = ModuleLoad(manifest, priority)
        self.loads[manifest.name] = state
        return state

    async def _load(self, state: ModuleLoad) -> None:
        """Load one module; its failure is noted, not raised."""
        name = state.manifest.name
        state.state = "loading"
        state.started = self.clock.seconds()
        try:
            broken = failed_dependency(state.manifest, self.failures)
            if broken is not None:
                raise broken
            await self._introduce(state)
        except EerpError as error:
            state.state = "failed"
            state.error = self.failures[name] = _as_module_error(name, error)
            self.routes.withdraw(name)
        else:
            state.state = "loaded"
        state.finished = self.clock.seconds()
        if state.state == "loaded":
            optional = state.manifest.optional
            _note_loaded(state, [one for one in optional if one not in self.programs])

    async def _introduce(self, state: ModuleLoad) -> None:
        manifest = state.manifest
        name = manifest.name
        code = await self.cache.load(name, manifest.wasm)
        allowance = state.allowance = allow(manifest, self.config)
        program = Program.link(
            self.engine,
            name,
            code,
            capabilities=allowance.capabilities,
            memory_bytes_max=allowance.limits.guest_memory_bytes_max,
            cpu_ms_max=allowance.limits.guest_cpu_ms_max,
            deadline_ms=allowance.limits.request_deadline_ms,
        )
        told = state.told = await describe(program)
        declared = read_services(
            name, manifest.version, told.registered("service"), told.description
        )
        # Before anything is migrated: what cannot work together changes nothing.
        self.services.check(
            declared,
            manifest.depends,
            allowance.capabilities,
            optional=manifest.optional,
        )
        state.around = surround(
            manifest, told.registered("route"), self.offers, self.clock
        )
        await self.schemas.adopt(
            name,
            manifest.depends,
            told.migrations,
            told.description.get("models"),
            told.description.get("extensions"),
        )
        declare(
            self.routes,
            name,
            manifest.route_prefix,
            told.registered("route"),
            told.description.get("routes"),
            models=_names(told.description.get("models")),
            body_bytes_max=allowance.limits.body_bytes_max,
        )
        if self.screens is not None:
            self.screens.declare(manifest, told.description, told.migrations)
        self.registry.register(
            name, manifest.neighbours, told.registered("event"), told.registered("job")
        )
        # Nothing fails from here on: to others, what is admitted is there.
        self.services.admit(declared, allowance.capabilities)
        self.chains.update(chains(state.around, self.routes.routes_of(name)))
        self.programs[name] = program


def _names(models: object) -> frozenset[str]:
    """The names of models that a module describes and the ORM has taken."""
    found = models if isinstance(models, list) else []
    return frozenset(model["name"] for model in found)


async def _all_at_once(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run all of `work` together; what ends one of them early ends this."""
    try:
        await gatherResults(
            [Deferred.fromCoroutine(one) for one in work], consumeErrors=True
        )
    except FirstError as first:
        first.subFailure.raiseException()


def _as_module_error(module: str, error: EerpError) -> ModuleError:
    if isinstance(error, ModuleError):
        return error
    return ModuleError(
        module,
        f"module {module}: {error.message}",
        hint=error.hint,
        detail=error.detail,
    )


def _note_loaded(state: ModuleLoad, absent: list[str]) -> None:
    """Say that it is loaded, and which of its optional modules are not there."""
    said = "module {module} {version} loaded in {ms} ms (priority {priority})"
    log.info(
        f"{said}, without {{without}}" if absent else said,
        event="module_loaded",
        module=state.manifest.name,
        version=state.manifest.version,
        priority=state.priority,
        without=", ".join(absent),
        ms=round((state.finished - state.started) * 1000),
        began_s=state.started,
        ended_s=state.finished,
    )


def _note_failure(error: ModuleError) -> None:
    log.error(
        "{reason}",
        event="module_failed",
        module=error.module,
        reason=error.message,
        hint=error.hint,
        detail=error.detail,
    )
