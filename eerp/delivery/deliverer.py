"""The deliverer: all that happens after commit, from a connection that listens.

Any number of processes may run one. They share the work by what they claim in the
database, and know nothing of each other.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from eerp import limits
from eerp.database.listen import Listener
from eerp.delivery.backoff import HANDLERS, WEBHOOKS
from eerp.delivery.claims import Ask, Claims
from eerp.delivery.courier import Courier
from eerp.delivery.handlers import HandlerCarrier, Runner
from eerp.delivery.jobs import JobSource
from eerp.delivery.poster import Poster, WebhookCarrier
from eerp.delivery.pump import Pump
from eerp.delivery.registry import Registry
from eerp.delivery.sweep import Sweeper

__all__ = ["Deliverer", "Pace"]


@frozen
class Pace:
    """How much at once, how often, and for how long it is kept."""

    handlers_at_once: int = limits.DELIVERIES_AT_ONCE
    attempts_max: int = limits.DELIVERY_ATTEMPTS_MAX
    handler_lease_s: float = (
        limits.REQUEST_DEADLINE_MS / 1000 + limits.DELIVERY_LEASE_MARGIN_S
    )
    webhooks_at_once: int = limits.WEBHOOKS_AT_ONCE
    webhook_attempts_max: int = limits.WEBHOOK_ATTEMPTS_MAX
    jobs_at_once: int = limits.JOBS_AT_ONCE
    keep_s: float = limits.DELIVERY_KEEP_S
    dead_keep_s: float = limits.DELIVERY_DEAD_KEEP_S


class Deliverer:
    """Runs handlers of events, webhooks and jobs, each when it is due."""

    def __init__(
        self,
        clock: IReactorTime,
        listener: Listener,
        runner: Runner,
        registry: Registry,
        poster: Poster,
        pace: Pace,
    ) -> None:
        self._listener = listener
        ask = listener.query
        self.handlers = _handlers(ask, runner, registry, pace)
        self.webhooks = _webhooks(ask, poster, pace)
        jobs = JobSource(ask, runner, registry.jobs, pace.handler_lease_s)
        self._event_pumps: list[Pump[Any]] = [
            Pump(self.handlers, clock, pace.handlers_at_once),
            Pump(self.webhooks, clock, pace.webhooks_at_once),
        ]
        self._job_pump = Pump(jobs, clock, pace.jobs_at_once)
        self._sweeper = Sweeper(ask, clock, pace.keep_s, pace.dead_keep_s)
        self._doubt = LoopingCall(self._look_at_all)
        self._doubt.clock = clock

    def start(self) -> None:
        """Begin, as soon as there is a connection."""
        self._listener.start(heard=self._heard, connected=self._look_at_all)
        self._sweeper.start()
        self._doubt.start(limits.DELIVERY_DOUBT_S, now=False)

    async def stop(self, within_s: float) -> None:
        """Begin nothing more; what is under way has `within_s` seconds to end."""
        self._sweeper.stop()
        if self._doubt.running:
            self._doubt.stop()
        await gatherResults(
            [Deferred.fromCoroutine(pump.stop(within_s)) for pump in self._pumps]
        )
        await self._listener.stop()

    @property
    def _pumps(self) -> list[Pump[Any]]:
        return [*self._event_pumps, self._job_pump]

    def _heard(self, payload: str) -> None:
        for courier in (self.handlers, self.webhooks):
            courier.heard(payload)
        for pump in self._event_pumps:
            pump.wake()

    def _look_at_all(self) -> None:
        """Find what was notified while nobody listened, or who heard it died."""
        for courier in (self.handlers, self.webhooks):
            courier.unsure()
        for pump in self._pumps:
            pump.wake()


def _handlers(ask: Ask, runner: Runner, registry: Registry, pace: Pace) -> Courier:
    claims = Claims(
        ask, "module", pace.handler_lease_s, pace.handlers_at_once,
        list(registry.handlers),
    )  # fmt: skip
    carrier = HandlerCarrier(runner, claims, registry.handlers)
    return Courier(claims, carrier, HANDLERS, pace.attempts_max)


def _webhooks(ask: Ask, poster: Poster, pace: Pace) -> Courier:
    lease_s = poster.timeout_s + limits.DELIVERY_LEASE_MARGIN_S
    claims = Claims(ask, "webhook", lease_s, limits.WEBHOOK_DELIVERIES_AT_ONCE_MAX)
    carrier = WebhookCarrier(poster, claims)
    return Courier(claims, carrier, WEBHOOKS, pace.webhook_attempts_max)
