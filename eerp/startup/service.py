"""The service that ``twistd -n eerp`` runs: start in order, stop in order.

Nothing is opened before the reactor runs. A start that fails ends the program with
one clear line in the log and exit status 1.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import ILogObserver

from eerp.config import Config
from eerp.errors import StartupError
from eerp.log import Logger, emit_from, observer
from eerp.startup.options import Options
from eerp.startup.runtime import Runtime
from eerp.startup.sequence import start, stop

__all__ = ["EerpService", "Options", "makeService"]

log = Logger(namespace="eerp.startup")


def makeService(options: Options) -> EerpService:  # Twisted calls it
    """The service for these options. Twisted calls it before the reactor runs."""
    from twisted.internet import reactor

    return EerpService(options.config, reactor)


class EerpService(Service):
    """The daemon as a Twisted service."""

    name = "eerp"

    def __init__(self, config: Config, reactor: Any) -> None:
        self._reactor = reactor
        self._runtime = Runtime(config, reactor)
        self._starting: Deferred[None] | None = None

    def setServiceParent(self, parent: Any) -> None:
        """Twisted calls it with the application, whose log is then in our style."""
        style = self._runtime.config.log
        emit_from(style.level)
        parent.setComponent(ILogObserver, observer(style.format, style.level))
        super().setServiceParent(parent)

    def startService(self) -> None:
        """Start in the background; Twisted's reactor begins to run meanwhile."""
        super().startService()
        self._starting = Deferred.fromCoroutine(self._start())

    def stopService(self) -> Deferred[None]:
        """Stop in order; the reactor waits for it. A start under way is ended."""
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    async def _start(self) -> None:
        try:
            await start(self._runtime)
        except CancelledError:
            log.info("start interrupted", event="start_interrupted")
        except StartupError as error:
            self._fail(error)
        except Exception:
            log.failure("the start failed", event="start_failed")
            self._fail(StartupError("the start failed; the log says why"))

    def _fail(self, error: StartupError) -> None:
        hint = f" ({error.hint})" if error.hint else ""
        log.critical(
            "cannot start: {reason}{suffix}",
            event="start_refused",
            code=error.code,
            module=getattr(error, "module", None),
            reason=error.message,
            suffix=hint,
            detail=error.detail,
        )
        # twistd ends with status 0 whatever happened; this runs after all of it.
        atexit.register(_exit_failed)
        if self.running:
            self._reactor.callWhenRunning(self._reactor.stop)

    async def _stop(self) -> None:
        _ignore_signals()
        if self._starting is not None:
            self._starting.cancel()
            await self._starting
        await stop(self._runtime)
        # Twisted would end by the very signal that it obeyed; all that was asked of
        # us is done, and that is status 0.
        self._reactor._exitSignal = None


def _ignore_signals() -> None:
    """What is being stopped in order is not stopped any sooner by asking again."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def _exit_failed() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)
