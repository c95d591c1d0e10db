"""Work that is done once for all who wait for it, whoever of them goes away."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

__all__ = ["Once"]

T = TypeVar("T")


class Once(Generic[T]):
    """Begins the work at once; each who waits gets its outcome."""

    def __init__(self, work: Coroutine[Deferred[Any], Any, T]) -> None:
        self._waiting: list[Deferred[T]] = []
        self._outcome: T | Failure | None = None
        self._over = False
        Deferred.fromCoroutine(work).addBoth(self._done)

    @property
    def failed(self) -> bool:
        """Whether it came to nothing."""
        return isinstance(self._outcome, Failure)

    def wait(self) -> Deferred[T]:
        """The outcome; to cancel it ends the waiting, not the work."""
        waiter: Deferred[T] = Deferred(self._forget)
        if self._over:
            waiter.callback(self._outcome)  # type: ignore[arg-type]  # it is there
        else:
            self._waiting.append(waiter)
        return waiter

    def _forget(self, waiter: Deferred[T]) -> None:
        if waiter in self._waiting:
            self._waiting.remove(waiter)

    def _done(self, outcome: T | Failure) -> None:
        self._outcome, self._over = outcome, True
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            waiter.callback(outcome)
