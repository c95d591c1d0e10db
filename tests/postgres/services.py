"""What the tests of services with PostgreSQL share: a request, and its transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from attrs import define
from twisted.internet import reactor

from eerp.database.pool import Pool
from eerp.errors import SerializationFailed
from eerp.interfaces import Identity, ServiceContext, TransactionBegin
from eerp.services import CoreOffer

VIENNA = "018f0000-0000-7000-8000-000000000001"
GRAZ = "018f0000-0000-7000-8000-000000000002"


def who(
    company: str | None = VIENNA, *permissions: str, may: tuple[str, ...] = ()
) -> Identity:
    """A user who acts in `company`, and may act in others."""
    granted = frozenset(permissions)
    return Identity("u1", "ann", company, ("sales",), granted, companies=may)


@define(eq=False)
class Caller:
    """A module that calls services for somebody, each time in a new transaction."""

    pool: Pool
    offers: dict[str, CoreOffer]
    module: str = "crm"
    identity: Identity | None = None

    async def call(self, name: str, given: Any, **keys: Any) -> Any:
        """Call the service ``eerp.<name>`` and commit; again after a conflict."""
        return await self.request(
            lambda context: self.run(context, name, given), **keys
        )

    async def run(self, context: ServiceContext, name: str, given: Any) -> Any:
        """Call a service within a request."""
        return await self.offers[f"eerp.{name}"].call(context, given)

    async def request(
        self,
        work: Callable[[ServiceContext], Awaitable[Any]],
        *,
        commits: bool = True,
        identity: Identity | None = None,
        module: str | None = None,
    ) -> Any:
        """Do `work` as the dispatcher does: in one transaction, again if need be."""
        while True:
            context = self.context(identity or self.identity, module or self.module)
            try:
                result = await work(context)
                if commits:
                    await context.transaction.commit()
                return result
            except SerializationFailed:
                continue
            finally:
                await context.transaction.rollback()

    def context(self, identity: Identity | None, module: str) -> ServiceContext:
        """A request that has just begun."""
        actor = None if identity is None else identity.user_id
        begin = TransactionBegin(
            read_only=False, actor=actor, request_id="r1", module=module
        )
        transaction = self.pool.transaction(begin)
        return ServiceContext(transaction, identity, module, "r1", reactor)


def caller(pool: Pool, *offers: CoreOffer, **keys: Any) -> Caller:
    """A caller of these services."""
    keys.setdefault("identity", who())
    return Caller(pool, {offer.name: offer for offer in offers}, **keys)
