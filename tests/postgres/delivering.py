"""Deliverers on a real database, whose handlers are Python in place of guests.

`Handlers` keeps the dispatcher's promise: a transaction of its own for each run, in
which `also` runs before COMMIT, and nothing stored when either of them fails.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import define, field, frozen
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from eerp.database.listen import Listener
from eerp.database.pool import Pool
from eerp.delivery import (
    CHANNEL,
    Deliverer,
    Desk,
    Dialer,
    Fetcher,
    HostRule,
    Pace,
    Poster,
    Registry,
    Secrets,
    TransactionOutbox,
    Webhooks,
    resolver,
)
from eerp.interfaces import Identity, Reply, Transaction, TransactionBegin

WITHIN_S = 60
Work = Callable[["Heard", Transaction], Awaitable[None]]


@frozen
class Registered:
    """What a module would have registered."""

    texts: tuple[str, ...]
    handler_id: int = 1


@frozen
class Heard:
    """One run of a handler."""

    module: str
    handler_id: int
    head: dict[str, Any]
    body: Any
    identity: Identity | None
    request_id: str
    hops: int = 0


async def nothing(_heard: Heard, _transaction: Transaction) -> None:
    """A handler that is content."""


@define(eq=False)
class Handlers:
    """Runs `work` for each event and job; `heard` has those that were committed."""

    pool: Pool
    work: Work = nothing
    heard: list[Heard] = field(factory=list)
    begun: int = 0
    _waiting: list[tuple[int, Deferred[None]]] = field(factory=list)

    async def run_handler(
        self,
        module: str,
        handler_id: int,
        head: dict[str, Any],
        body: bytes,
        identity: Identity | None,
        request_id: str,
        *,
        hops: int = 0,
        also: Callable[[Transaction], Awaitable[None]],
    ) -> Reply:
        self.begun += 1
        begin = TransactionBegin(
            read_only=False, actor=None, request_id=request_id, module=module
        )
        transaction = self.pool.transaction(begin)
        content = json.loads(body) if body else None
        run = Heard(module, handler_id, head, content, identity, request_id, hops)
        try:
            await self.work(run, transaction)
            await also(transaction)
            await transaction.commit()
        except BaseException:
            await transaction.rollback()
            raise
        self.heard.append(run)
        self._tell()
        return Reply(200)

    def until(self, count: int) -> Deferred[None]:
        """Fires when `count` runs were committed in all; fails after a long while."""
        waiter: Deferred[None] = Deferred()
        waiter.addTimeout(WITHIN_S, reactor)
        self._waiting.append((count, waiter))
        self._tell()
        return waiter

    def _tell(self) -> None:
        ready = [pair for pair in self._waiting if pair[0] <= len(self.heard)]
        for pair in ready:
            self._waiting.remove(pair)
            if not pair[1].called:
                pair[1].callback(None)


@define(eq=False)
class Site:
    """A database with an outbox, and what a daemon would make of it."""

    pool: Pool
    dsn: str
    registry: Registry = field(factory=Registry)
    allow: tuple[HostRule, ...] = ()
    trust: Any = None
    lookup: Any = None
    running: list[Deliverer] = field(factory=list)
    outbox: TransactionOutbox = field(factory=TransactionOutbox)

    @property
    def desk(self) -> Desk:
        return Desk(self.pool)

    @property
    def webhooks(self) -> Webhooks:
        return Webhooks(self.desk, Secrets(b"k" * 32), self.allow)

    @property
    def poster(self) -> Poster:
        lookup = resolver(reactor) if self.lookup is None else self.lookup
        fetcher = Fetcher(reactor, Dialer(reactor, lookup, self.trust))
        return Poster(self.webhooks, fetcher, reactor)

    async def subscribe(self, module: str, *patterns: str) -> None:
        """Let handlers of `module` hear of `patterns`, numbered from 1."""
        depends = {pattern.partition(".")[0] for pattern in patterns}
        events = [Registered((each,), n) for n, each in enumerate(patterns, 1)]
        self.registry.register(module, depends, events, ())
        await self.write()

    async def write(self, kept: tuple[str, ...] = ()) -> None:
        """Write the registry down, as a start does."""
        begin = TransactionBegin(
            read_only=False, actor=None, request_id="start", module="eerp"
        )
        transaction = self.pool.exclusive(begin)
        await self.registry.write(transaction, kept)
        await transaction.commit()

    def begin(self, module: str = "crm") -> Transaction:
        """A transaction of a request."""
        return self.pool.transaction(
            TransactionBegin(
                read_only=False, actor="ann", request_id="r1", module=module
            )
        )

    async def put(
        self,
        transaction: Transaction,
        topic: object = "crm.contacts.made",
        key: object = None,
        data: object = None,
        module: str = "crm",
        hops: int = 0,
    ) -> str:
        """Emit within `transaction`; the event's id."""
        answer = await self.outbox.emit(
            transaction,
            module=module, request_id="r1", actor="ann",
            topic=topic, key=key, data=data, hops=hops,
        )  # fmt: skip
        return str(answer["id"])

    async def emit(self, *arguments: Any, **named: Any) -> str:
        """Emit in a transaction of its own; the event's id."""
        transaction = self.begin()
        try:
            made = await self.put(transaction, *arguments, **named)
            await transaction.commit()
        except BaseException:
            await transaction.rollback()
            raise
        return made

    def deliver(self, handlers: Any, pace: Pace | None = None) -> Deliverer:
        """One more deliverer, as one more process would have it."""
        listener = Listener(reactor, self.dsn, CHANNEL, require_durable=False)
        made = Deliverer(
            reactor, listener, handlers, self.registry, self.poster, pace or Pace()
        )
        self.running.append(made)
        made.start()
        return made

    async def stop(self) -> None:
        """Stop every deliverer."""
        for each in self.running:
            await each.stop(within_s=5)
        self.running.clear()
