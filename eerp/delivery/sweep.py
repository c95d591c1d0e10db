"""Removes what was delivered long ago, a bounded piece at a time."""

from __future__ import annotations

from typing import Any

from attrs import define
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from eerp import limits
from eerp.delivery.claims import Ask
from eerp.errors import EerpError
from eerp.interfaces import Statement
from eerp.log import Logger

__all__ = ["Sweeper"]

log = Logger(namespace="eerp.delivery")

_DELIVERIES = """
WITH old AS (
    SELECT id FROM eerp.deliveries
    WHERE state = %s AND finished_at < now() - %s * interval '1 second'
    ORDER BY finished_at LIMIT %s FOR UPDATE SKIP LOCKED
)
DELETE FROM eerp.deliveries d USING old WHERE d.id = old.id RETURNING d.id
"""
_EVENTS = """
WITH old AS (
    SELECT id FROM eerp.outbox o
    WHERE created_at < now() - %s * interval '1 second'
        AND NOT EXISTS (SELECT FROM eerp.deliveries d WHERE d.event_id = o.id)
    ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED
)
DELETE FROM eerp.outbox o USING old WHERE o.id = old.id RETURNING o.id
"""


@define(eq=False)
class Sweeper:
    """Removes finished deliveries after `keep_s`, dead ones after `dead_keep_s`, and
    events that have no delivery left after `keep_s`."""

    ask: Ask
    clock: IReactorTime
    keep_s: float
    dead_keep_s: float
    rows_max: int = limits.DELIVERY_SWEEP_ROWS_MAX
    _timer: Any = None
    _stopped: bool = False

    def start(self) -> None:
        """Begin, after a while."""
        self._arm(limits.DELIVERY_SWEEP_S)

    def stop(self) -> None:
        """No further piece."""
        self._stopped = True
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    async def sweep(self) -> bool:
        """Remove one piece; whether there may be more."""
        asked = (
            Statement(_DELIVERIES, ("done", self.keep_s, self.rows_max)),
            Statement(_DELIVERIES, ("dead", self.dead_keep_s, self.rows_max)),
            Statement(_EVENTS, (self.keep_s, self.rows_max)),
        )
        removed = [len(await self.ask(statement)) for statement in asked]
        return max(removed) >= self.rows_max

    def _arm(self, seconds: float) -> None:
        if not self._stopped:
            self._timer = self.clock.callLater(seconds, self._ring)

    def _ring(self) -> None:
        self._timer = None
        Deferred.fromCoroutine(self._work())

    async def _work(self) -> None:
        more = False
        try:
            more = await self.sweep()
        except EerpError as error:
            log.debug("nothing was swept: {reason}", event="sweep_failed",
                      reason=error.message)  # fmt: skip
        except Exception:
            log.failure("the sweep broke", event="sweep_failed")
        self._arm(1 if more else limits.DELIVERY_SWEEP_S)
