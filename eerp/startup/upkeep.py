"""What a daemon does every now and then, beside its requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from eerp.errors import EerpError
from eerp.log import Logger

__all__ = ["Upkeep"]

log = Logger(namespace="eerp.startup")


class Upkeep:
    """Does `work` every `seconds`, the first time after the first of them; never twice
    at once. A failure is logged, and the next time is another."""

    def __init__(
        self,
        clock: IReactorTime,
        seconds: float,
        name: str,
        work: Callable[[], Awaitable[None]],
    ) -> None:
        self._name = name
        self._work = work
        self._running: Deferred[None] | None = None
        self._loop = LoopingCall(self._once)
        self._loop.clock = clock
        self._loop.start(seconds, now=False)

    async def stop(self) -> None:
        """No more of it; what is under way is cancelled."""
        self._loop.stop()
        if self._running is not None:
            self._running.cancel()

    def _once(self) -> Deferred[None]:
        self._running = Deferred.fromCoroutine(self._try())
        return self._running

    async def _try(self) -> None:
        try:
            await self._work()
        except CancelledError:
            # The daemon stops.
            return
        except EerpError as error:
            log.warn(
                "{name} failed and is tried again later: {reason}",
                event="upkeep_failed", name=self._name, reason=error.message,
            )  # fmt: skip
        except Exception:
            log.failure("{name} failed", event="upkeep_failed", name=self._name)
