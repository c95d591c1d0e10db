"""Records of one kind, each made once, however often and however badly it goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from demo.northwind.client import Client, Record
from demo.northwind.errors import Busy, DemoError

__all__ = ["Shelf", "Tally", "patiently"]

T = TypeVar("T")

ATTEMPTS_MAX = 6
WAIT_S_MAX = 30.0


@define
class Tally:
    """How many records were made, and how many were there already."""

    created: int = 0
    unchanged: int = 0
    kinds: Counter[str] = field(factory=Counter)

    def add(self, kind: str, *, created: bool) -> None:
        """Count one record of `kind`."""
        self.kinds[kind] += 1
        if created:
            self.created += 1
        else:
            self.unchanged += 1


@define
class Shelf:
    """The records at `path`, such as ``/api/crm/companies``, told apart by the fields
    of `key`. `open` reads those that are there."""

    clock: IReactorTime
    client: Client
    tally: Tally
    path: str
    key: tuple[str, ...]
    _there: dict[tuple[str, ...], Record] = field(factory=dict, init=False)

    async def open(self, **filters: str) -> Shelf:
        """Read the records that `filters` let through, as ``reference="like.NW-*"``."""

        async def attempt() -> list[Record]:
            return await self.client.find_all(self.path, filters)

        for record in await patiently(self.clock, attempt):
            self._there[self._key(record)] = record
        return self

    def id_of(self, *key: str) -> str:
        """The id of the record with this key.

        Raises:
            DemoError: there is none.
        """
        try:
            return str(self._there[key]["id"])
        except KeyError as error:
            name = self.path.rpartition("/")[2]
            raise DemoError(f"EERP has no {' '.join(key)} among its {name}.") from error

    async def ensure(self, values: Mapping[str, Any]) -> Record:
        """The record with the key of `values`, made of them if there is none.

        What was lost may have been the answer to a create that did happen: so another
        attempt looks first.
        """
        key = self._key(values)
        known, lost = self._there.get(key), False

        async def attempt() -> tuple[Record, bool]:
            nonlocal lost
            found = known or (await self._find(values) if lost else None)
            lost = True
            if found is not None:
                return found, False
            return await self.client.create(self.path, values), True

        record, created = await patiently(self.clock, attempt)
        self._there[key] = record
        self.tally.add(self.path.rpartition("/")[2], created=created)
        return record

    async def _find(self, values: Mapping[str, Any]) -> Record | None:
        filters = {name: f"eq.{values[name]}" for name in self.key}
        return await self.client.find(self.path, filters)

    def _key(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(str(values[name]) for name in self.key)


async def patiently(clock: IReactorTime, attempt: Callable[[], Awaitable[T]]) -> T:
    """What `attempt` answers, waiting as `Busy` asks and then trying again."""
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return await attempt()
        except Busy as busy:
            if busy.retry_after_s > WAIT_S_MAX:
                raise DemoError(
                    f"{busy} Try again in {busy.retry_after_s:.0f} seconds."
                ) from busy
            await _sleep(clock, busy.retry_after_s)
    return await attempt()


def _sleep(clock: IReactorTime, seconds: float) -> Deferred[Any]:
    return deferLater(clock, seconds)
