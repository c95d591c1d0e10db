"""Delivers what is claimed, and decides what follows when that fails."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from attrs import define, field
from twisted.internet.defer import CancelledError

from eerp import limits
from eerp.delivery.backoff import Backoff
from eerp.delivery.claims import ClaimLost, Claims, Delivery, error_text, is_passing
from eerp.errors import EerpError
from eerp.log import Logger, printable

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
        try:
            if delivery.attempt > self.attempts_max:
                # Whoever had it last died with it.
                await self.claims.bury(delivery, "its last attempt never ended")
                return
            await self.carrier.carry(delivery)
            _note_done(delivery)
        except CancelledError:
            await self.claims.fail(delivery, "interrupted", 0, counts=False)
        except ClaimLost:
            log.info("a delivery was taken over", event="delivery_lost", id=delivery.id)
        except EerpError as error:
            await self._failed(delivery, error)
        except Exception:
            log.failure("a delivery broke", event="delivery_broken", id=delivery.id)
            await self._failed(delivery, EerpError("The delivery broke."))

    async def _failed(self, delivery: Delivery, error: EerpError) -> None:
        text = printable(error_text(error))
        counts = not is_passing(error)
        _note_failed(delivery, error, text)
        if counts and delivery.attempt >= self.attempts_max:
            _note_dead(delivery, text)
            await self.claims.bury(delivery, text)
            return
        delay_s = self.backoff.delay_s(delivery.attempt)
        await self.claims.fail(delivery, text, delay_s, counts=counts)


def _note_done(delivery: Delivery) -> None:
    log.info(
        "{topic} delivered to {subscriber}", event="delivered",
        topic=delivery.topic, subscriber=delivery.subscriber, id=delivery.id,
        attempt=delivery.attempt, request_id=delivery.request_id,
    )  # fmt: skip


def _note_failed(delivery: Delivery, error: EerpError, text: str) -> None:
    log.warn(
        "{topic} could not be delivered to {subscriber}: {reason}",
        event="delivery_failed", topic=delivery.topic, subscriber=delivery.subscriber,
        reason=text, detail=error.detail, id=delivery.id, attempt=delivery.attempt,
        request_id=delivery.request_id,
    )  # fmt: skip


def _note_dead(delivery: Delivery, text: str) -> None:
    log.error(
        "{topic} is not delivered to {subscriber} any more: {reason}",
        event="delivery_dead", topic=delivery.topic, subscriber=delivery.subscriber,
        reason=text, id=delivery.id, request_id=delivery.request_id,
    )  # fmt: skip
