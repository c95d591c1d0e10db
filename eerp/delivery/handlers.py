"""Delivers events to the handlers of modules, and runs their jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from attrs import frozen

from eerp.delivery.claims import Claims, Delivery
from eerp.interfaces import SYSTEM, Identity, Reply, Transaction

__all__ = ["Handler", "HandlerCarrier", "Runner"]


class Runner(Protocol):
    """The dispatcher, as deliveries see it."""

    def run_handler(
        self,
        module: str,
        handler_id: int,
        head: Mapping[str, Any],
        body: bytes,
        identity: Identity | None,
        request_id: str,
        *,
        hops: int = 0,
        also: Callable[[Transaction], Awaitable[None]],
    ) -> Awaitable[Reply]:
        """Run a handler in a transaction of its own, with the usual retries; `hops` is
        how many events led to it. `also` runs in the transaction, before it is
        committed. Raises what the handler refused or failed with, and what `also`
        raised; then nothing is stored."""


@frozen
class Handler:
    """Which handler of a module hears of `pattern`."""

    module: str
    pattern: str
    handler_id: int

    @property
    def subscriber(self) -> str:
        """Its name in the database."""
        return f"{self.module}:{self.pattern}"


@frozen
class HandlerCarrier:
    """See `eerp.delivery.courier.Carrier`. What the handler did and the mark that it is
    done are one transaction."""

    runner: Runner
    claims: Claims
    handlers: Mapping[str, Handler]

    async def carry(self, delivery: Delivery) -> None:
        """Run the handler."""
        handler = self.handlers[delivery.subscriber]

        async def mark(transaction: Transaction) -> None:
            await self.claims.finish_in(transaction, delivery)

        await self.runner.run_handler(
            handler.module,
            handler.handler_id,
            {
                "event": delivery.topic,
                "key": delivery.key,
                "id": delivery.event_id,
                "at": delivery.at,
                "request_id": delivery.request_id,
                "attempt": delivery.attempt,
            },
            delivery.data.encode(),
            SYSTEM,
            delivery.request_id,
            hops=delivery.hops + 1,
            also=mark,
        )
