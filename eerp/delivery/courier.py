"""Delivers what is claimed, and decides what follows when that fails."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from attrs import define, field

from eerp import limits
from eerp.delivery.attempt import INTERRUPTED, Failure, attempt
from eerp.delivery.backoff import Backoff
from eerp.delivery.claims import Claims, Delivery
from eerp.log import Logger

__all__ = ["Carrier", "Courier"]

log = Logger(namespace="eerp.delivery")


class Carrier(Protocol):
    """One way to deliver: to a handler of a module, or to a webhook."""

    async def carry(self, delivery: Delivery) -> None:
        """Deliver, and mark it done. Raises what it failed with."""


@define(eq=False)
class Courier:
    """The `eerp.delivery.pump.Source` of the deliveries of one kind.

    What fails is due again after `backoff`, until it was tried `attempts_max` times.
    A failure of ours or of the database is no attempt: nobody could have helped it.
    """

    claims: Claims
    carrier: Carrier
    backoff: Backoff
    attempts_max: int
    _busy: Counter[str] = field(factory=Counter)
    _events: set[int] = field(factory=set)
    _queues: set[tuple[str, str]] = field(factory=set)
    _unsure: bool = True

    def heard(self, payload: str) -> None:
        """A notification: empty, or the id of an event that had to queue."""
        if payload.isascii() and payload.isdigit():
            self._events.add(int(payload))
        if len(self._events) > limits.DELIVERY_HINTS_MAX:
            self._events.clear()
            self._unsure = True

    def unsure(self) -> None:
        """Notifications may have been missed: look at everything."""
        self._unsure = True

    async def claim(self, room: int) -> list[Delivery]:
        """Let those that are first by now fall due, and take what is due."""
        await self._promote()
        claimed = await self.claims.claim(room, self._busy)
        self._busy.update(each.subscriber for each in claimed)
        return claimed

    async def next_due_s(self) -> float | None:
        """Seconds until the next falls due."""
        return await self.claims.next_due_s()

    async def run(self, work: Delivery) -> None:
        """Deliver, and note what came of it."""
        try:
            await self._deliver(work)
        finally:
            self._busy[work.subscriber] -= 1
            self._busy += Counter()
            if work.key is not None:
                self._queues.add((work.subscriber, work.key))

    async def _promote(self) -> None:
        """Hints are kept until the database has taken them."""
        if self._unsure:
            self._unsure = False
            try:
                await self.claims.promote_all()
            except BaseException:
                self._unsure = True
                raise
        elif self._events or self._queues:
            events, self._events = self._events, set()
            queues, self._queues = self._queues, set()
            try:
                await self.claims.promote(tuple(events), tuple(queues))
            except BaseException:
                self._unsure = True
                raise

    async def _deliver(self, delivery: Delivery) -> None:
        failure = await attempt(self._carry(delivery), "delivery", id=delivery.id)
        if failure is not None:
            await self._failed(delivery, failure)

    async def _carry(self, delivery: Delivery) -> None:
        if delivery.attempt > self.attempts_max:
            # Whoever had it last died with it.
            await self.claims.bury(delivery, "its last attempt never ended")
            return
        await self.carrier.carry(delivery)
        _note_done(delivery)

    async def _failed(self, delivery: Delivery, failure: Failure) -> None:
        if failure is not INTERRUPTED:
            _note_failed(delivery, failure)
        if failure.is_last(delivery.attempt, self.attempts_max):
            _note_dead(delivery, failure.text)
            await self.claims.bury(delivery, failure.text)
            return
        delay_s = failure.delay_s(delivery.attempt, self.backoff)
        await self.claims.fail(delivery, failure.text, delay_s, counts=failure.counts)


def _note_done(delivery: Delivery) -> None:
    log.info(
        "{topic} delivered to {subscriber}", event="delivered",
        topic=delivery.topic, subscriber=delivery.subscriber, id=delivery.id,
        attempt=delivery.attempt, request_id=delivery.request_id,
    )  # fmt: skip


def _note_failed(delivery: Delivery, failure: Failure) -> None:
    log.warn(
        "{topic} could not be delivered to {subscriber}: {reason}",
        event="delivery_failed", topic=delivery.topic, subscriber=delivery.subscriber,
        reason=failure.text, detail=failure.detail, id=delivery.id,
        attempt=delivery.attempt, request_id=delivery.request_id,
    )  # fmt: skip


def _note_dead(delivery: Delivery, text: str) -> None:
    log.error(
        "{topic} is not delivered to {subscriber} any more: {reason}",
        event="delivery_dead", topic=delivery.topic, subscriber=delivery.subscriber,
        reason=text, id=delivery.id, request_id=delivery.request_id,
    )  # fmt: skip
