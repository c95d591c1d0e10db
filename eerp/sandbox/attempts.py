"""Again from the start, for the victims of others: bounded, with jitter, in turn.

Those that failed on the same record would meet there again, and most of them fail
again: so of all that failed on it in this process, one at a time tries. Who has not
failed yet does not wait. But who met others at one record after the other, or is slow
where they are quick, would never get through in this way: so who has failed a few times
goes alone among the tasks of its group, and those that have not begun yet wait for it.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from eerp import limits
from eerp.errors import ConnectionLost, EerpError, SerializationFailed

__all__ = ["Turn", "Turns", "persist"]

T = TypeVar("T")
BACKOFF_MS = 10


async def persist(
    attempt: Callable[[], Awaitable[T]],
    turns: Turns,
    clock: IReactorTime,
    note: Callable[[int, EerpError], None],
    group: Hashable = None,
) -> T:
    """What `attempt` answers, once it is not the victim of others.

    `note` is told of each failure that is followed by another attempt; what it raises
    ends the attempts. Tasks of one `group` wait for those of it that go alone; for None
    nobody does.
    """
    number, turn = 1, turns.turn()
    try:
        await turns.wait_for(_alone(group))
        while True:
            try:
                return await attempt()
            except (SerializationFailed, ConnectionLost) as error:
                failure: EerpError = error
            if number == limits.TRANSACTION_ATTEMPTS_MAX:
                raise failure
            note(number, failure)
            if not await turn.take(_subject(failure, number, group)):
                await back_off(clock, number)
            number += 1
    finally:
        turn.leave()


def _subject(failure: EerpError, number: int, group: Hashable) -> Hashable:
    """What the next attempt has to wait for its turn at, after so many failures."""
    if not isinstance(failure, SerializationFailed):
        return None
    if group is not None and number >= limits.TRANSACTION_ALONE_AFTER:
        return _alone(group)
    return failure.subject


def _alone(group: Hashable) -> Hashable:
    return None if group is None else ("alone", group)


def back_off(clock: IReactorTime, attempt: int) -> Deferred[None]:
    """Full jitter, so that the victims of one conflict do not meet again."""
    ceiling = min(BACKOFF_MS * 2**attempt, limits.TRANSACTION_BACKOFF_MS_MAX)
    pause: Deferred[None] = Deferred(lambda _: call.cancel())
    delay_s = random.uniform(0, ceiling) / 1000
    call = clock.callLater(delay_s, pause.callback, None)
    return pause


class Turns:
    """Who waits for whom, by subject; the first in each queue is at it."""

    __slots__ = ("queues", "waiting")

    def __init__(self) -> None:
        self.queues: dict[Hashable, deque[Deferred[None]]] = {}
        self.waiting: dict[Hashable, list[Deferred[None]]] = {}

    def turn(self) -> Turn:
        """A place that one will need, or not; it has to be left in the end."""
        return Turn(self)

    async def wait_for(self, subject: Hashable) -> None:
        """Wait until nobody is at `subject`, without a turn of one's own."""
        while subject in self.queues:
            over: Deferred[None] = Deferred()
            self.waiting.setdefault(subject, []).append(over)
            await over

    def release(self, subject: Hashable) -> None:
        """Nobody is at `subject` any more."""
        del self.queues[subject]
        for over in self.waiting.pop(subject, ()):
            # One that was cancelled has gone already.
            if not over.called:
                over.callback(None)


class Turn:
    """The place of one request. It has one at most, so that no two wait for each
    other."""

    __slots__ = ("_place", "_subject", "_turns")

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._subject: Hashable = None
        self._place: Deferred[None] | None = None

    async def take(self, subject: Hashable) -> bool:
        """Wait until it is one's turn at `subject`, and say whether one had to.

        It stays one's turn until one leaves. For None there is no turn.
        """
        if self._place is not None and subject == self._subject:
            return False
        self.leave()
        if subject is None:
            return False
        queue = self._turns.queues.setdefault(subject, deque())
        place: Deferred[None] = Deferred()
        queue.append(place)
        self._subject, self._place = subject, place
        if queue[0] is place:
            return False
        await place
        return True

    def leave(self) -> None:
        """Give one's place up, and let the next one go on; twice is once."""
        place, self._place = self._place, None
        if place is None:
            return
        queue = self._turns.queues[self._subject]
        first = queue[0] is place
        queue.remove(place)
        if not queue:
            self._turns.release(self._subject)
        elif first:
            queue[0].callback(None)
