"""Whether the daemon is fit for requests, and if not, why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as LateError
from twisted.internet.interfaces import IReactorTime

from eerp import limits
from eerp.errors import EerpError
from eerp.interfaces import ModuleState
from eerp.log import Logger

__all__ = ["Health", "Modules", "Phase", "Pinger"]

log = Logger(namespace="eerp.web")

Phase = Literal["starting", "serving", "draining"]


class Pinger(Protocol):
    """Something that reaches the database."""

    async def ping(self) -> None:
        """Return when the database answers; raise an EerpError when it cannot."""


class Modules(Protocol):
    """The registry of modules, as the web floor sees it."""

    def states(self) -> Sequence[ModuleState]:
        """Every module that was found, in the order of loading."""


@define(eq=False)
class Health:
    """Answers `/ready`. Start-up sets `phase`.

    One ping is under way at a time, however many ask, and none is ever cancelled:
    each who asks waits at most READY_DATABASE_S for it.
    """

    pool: Pinger
    modules: Modules
    clock: IReactorTime
    phase: Phase = "starting"
    _waiting: list[Deferred[str | None]] = field(factory=list)
    _pinging: bool = False

    async def reasons(self) -> list[str]:
        """Why requests should go elsewhere; empty when they should not."""
        reasons = [] if self.phase == "serving" else [f"the daemon is {self.phase}"]
        reasons += [
            f"module {module.name} is {module.state}"
            for module in self.modules.states()
            if module.required and module.state != "loaded"
        ]
        database = await self._database()
        return reasons if database is None else [*reasons, database]

    async def _database(self) -> str | None:
        answer: Deferred[str | None] = Deferred()
        self._waiting.append(answer)
        answer.addTimeout(limits.READY_DATABASE_S, self.clock)
        if not self._pinging:
            Deferred.fromCoroutine(self._ping())
        try:
            return await answer
        except LateError:
            return "the database does not answer in time"
        finally:
            if answer in self._waiting:
                self._waiting.remove(answer)

    async def _ping(self) -> None:
        self._pinging = True
        try:
            await self.pool.ping()
            fault = None
        except EerpError as error:
            fault = f"the database cannot be used: {error.code}"
        except Exception:
            log.failure("the ping failed", event="ping_failed")
            fault = "the database cannot be used"
        finally:
            self._pinging = False
        waiting, self._waiting = self._waiting, []
        for answer in waiting:
            answer.callback(fault)
