"""Bring all of Northwind into EERP, each record once, however often this runs.

The steps follow each other as they did in the company: it was founded, found its
traders, took goods into stock, hired people, and then delivered, invoiced and paid.
"""

from __future__ import annotations

from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Iterator,
    Sequence,
)
from pathlib import Path
from typing import Any, TextIO, TypeVar

from attrs import define, field, frozen
from twisted.internet.defer import Deferred, FirstError, gatherResults
from twisted.internet.interfaces import IReactorTime

from demo.northwind.client import Client, Record
from demo.northwind.goods import Product, read_products
from demo.northwind.orders import Order, read_orders
from demo.northwind.progress import Progress
from demo.northwind.shelf import Shelf, Tally, patiently
from demo.northwind.staff import Worker, read_staff
from demo.northwind.table import HERE
from demo.northwind.traders import Trader, read_traders

__all__ = ["Loader", "Northwind", "together"]

T = TypeVar("T")

AT_ONCE_MAX = 8


@frozen
class Northwind:
    """What the files hold."""

    traders: Sequence[Trader]
    products: Sequence[Product]
    orders: Sequence[Order]
    staff: Sequence[Worker]

    @classmethod
    def read(cls, folder: Path = HERE) -> Northwind:
        """Read the files; raises `DemoError` when one is missing."""
        return cls(
            read_traders(folder),
            read_products(folder),
            read_orders(folder),
            read_staff(folder),
        )


@define
class Loader:
    """Loads by `client`, and shows on `stream` how far it is."""

    clock: IReactorTime
    client: Client
    stream: TextIO
    tally: Tally = field(factory=Tally)

    def shelf(self, path: str, *key: str) -> Shelf:
        """The records at `path`, told apart by the fields of `key`."""
        return Shelf(self.clock, self.client, self.tally, path, key)

    async def once(
        self, record: Record, path: str, action: str, when: str = "draft"
    ) -> None:
        """Do what takes a record at `path` out of the state `when`, if it is in it."""

        async def attempt() -> None:
            there = await self.client.get(f"{path}/{record['id']}")
            if there["state"] == when:
                await self.client.act(f"{path}/{record['id']}/{action}")

        await patiently(self.clock, attempt)

    async def each(
        self,
        noun: str,
        things: Collection[T],
        work: Callable[[T], Awaitable[object]],
        at_once: int = AT_ONCE_MAX,
    ) -> None:
        """Do `work` for all `things` called `noun`, up to `at_once` of them at a time.

        Raises what the first failure raised.
        """
        progress = Progress(len(things), noun, self.stream)
        waiting = iter(things)
        try:
            await together(*(_work(waiting, work, progress) for _ in range(at_once)))
        finally:
            progress.close()


async def together(*works: Coroutine[Any, Any, object]) -> None:
    """Do all of `works` at once; raises what the first failure raised."""
    doing = [Deferred.fromCoroutine(work) for work in works]
    try:
        await gatherResults(doing, consumeErrors=True)
    except FirstError as first:
        first.subFailure.raiseException()


async def _work(
    waiting: Iterator[T], work: Callable[[T], Awaitable[object]], progress: Progress
) -> None:
    for thing in waiting:
        await work(thing)
        progress.step()
