"""Bring traders into the CRM, each record once, however often this runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred, FirstError, gatherResults
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from demo.northwind.client import Client, Record
from demo.northwind.data import Trader
from demo.northwind.errors import Busy, DemoError
from demo.northwind.progress import Progress

__all__ = ["Loader", "Tally", "patiently"]

T = TypeVar("T")

AT_ONCE_MAX = 8
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
class Loader:
    """Loads traders through `client`, up to `AT_ONCE_MAX` of them at once."""

    clock: IReactorTime
    client: Client
    progress: Progress
    tally: Tally = field(factory=Tally)
    _country_ids: dict[str, str] = field(factory=dict, init=False)

    async def load(self, traders: Iterable[Trader]) -> Tally:
        """Look up or create every record; raises what the first failure raised."""
        await self._read_countries()
        waiting = iter(traders)
        workers = [
            Deferred.fromCoroutine(self._work(waiting)) for _ in range(AT_ONCE_MAX)
        ]
        try:
            await gatherResults(workers, consumeErrors=True)
        except FirstError as first:
            first.subFailure.raiseException()
        return self.tally

    async def _read_countries(self) -> None:
        async def attempt() -> list[Record]:
            return await self.client.find_all("/api/core/countries")

        countries = await patiently(self.clock, attempt)
        self._country_ids = {country["code"]: country["id"] for country in countries}

    def _country_id(self, code: str) -> str:
        try:
            return self._country_ids[code]
        except KeyError as error:
            raise DemoError(f"EERP has no country {code!r}.") from error

    async def _work(self, waiting: Iterator[Trader]) -> None:
        for trader in waiting:
            await self._load_one(trader)
            self.progress.step()

    async def _load_one(self, trader: Trader) -> None:
        company = await self._ensure("companies", trader.company, "reference")
        owner = {"company_id": company["id"]}
        await self._ensure(
            "contacts", trader.contact | owner, "company_id", "first_name", "last_name"
        )
        address = trader.address | owner
        address["country_id"] = self._country_id(trader.country)
        await self._ensure("addresses", address, "company_id", "kind")

    async def _ensure(self, kind: str, values: Record, *key: str) -> Record:
        """The record whose `key` fields are those of `values`, made if need be.

        What was lost may have been the answer to a create that did happen: so
        another attempt starts with the look-up again.
        """
        path = f"/api/crm/{kind}"
        filters = {name: f"eq.{values[name]}" for name in key}

        async def attempt() -> tuple[Record, bool]:
            found = await self.client.find(path, filters)
            if found is not None:
                return found, False
            return await self.client.create(path, values), True

        record, created = await patiently(self.clock, attempt)
        self.tally.add(kind, created=created)
        return record


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
