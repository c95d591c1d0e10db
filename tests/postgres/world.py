"""What the tests of accounts share: processes that use one database, and ann."""

from __future__ import annotations

from typing import Any

from attrs import define, evolve
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.threads import deferToThread

from eerp.auth import Accounts, Identities, Keys, Passwords, Tokens
from eerp.auth.accounts import TokenPair
from eerp.config import AuthConfig
from eerp.database.pool import Pool
from eerp.interfaces import Statement

KEYS = Keys.from_secret(bytes(32))
HOME = "192.0.2.1"
AWAY = "198.51.100.7"
GOOD = "correct horse battery"
LIFETIMES = AuthConfig(
    access_token_ttl_s=900, refresh_token_ttl_s=3600, session_ttl_s=7200
)
FORGIVING = evolve(LIFETIMES, refresh_grace_s=10)


@define
class World:
    """One process: its accounts, and a clock for its tokens that tests may move."""

    pool: Pool
    accounts: Accounts
    identities: Identities
    moved_s: float = 0.0

    async def sql(self, sql: str, *parameters: Any) -> Any:
        return await self.pool.query(Statement(sql, parameters), read_only=False)

    async def login(
        self, name: str = "ann", password: str = GOOD, address: str = HOME
    ) -> TokenPair:
        return await self.accounts.login(
            name, password, address=address, user_agent="tests/1"
        )

    async def live_refresh_tokens(self) -> int:
        rows = await self.sql(
            "select count(*) from eerp.refresh_tokens t"
            "  join eerp.sessions s on s.id = t.session_id"
            " where t.used_at is null and s.revoked_at is null"
        )
        return int(rows[0][0])

    async def age_spent_tokens(self, seconds: int) -> None:
        await self.sql(
            "update eerp.refresh_tokens set used_at = used_at - %s * interval '1 s'",
            seconds,
        )


def process(pool: Pool, **changes: Any) -> World:
    """What one daemon has; several may share a database."""
    settings = {"lifetimes": LIFETIMES, **changes}
    world: World

    def now() -> float:
        return float(reactor.seconds()) + world.moved_s

    tokens = Tokens(KEYS.derive("token"), now)
    identities = Identities(pool, tokens)
    accounts = Accounts(
        pool,
        Passwords(deferToThread),
        tokens,
        identities,
        refresh_key=KEYS.derive("refresh"),
        **settings,
    )
    world = World(pool, accounts, identities)
    return world


async def with_ann(pool: Pool, **changes: Any) -> World:
    world = process(pool, **changes)
    await world.accounts.add_role("sales", ["crm.*"])
    await world.accounts.add_user("ann", GOOD, ["sales"])
    return world


def at_once(*coroutines: Any) -> Deferred[list[Any]]:
    """Run all, and answer each one's result or error."""
    running = DeferredList(
        [Deferred.fromCoroutine(coroutine) for coroutine in coroutines],
        consumeErrors=True,
    )
    return running.addCallback(
        lambda pairs: [value if good else value.value for good, value in pairs]
    )


async def fail(world: World, times: int, **where: str) -> list[Any]:
    return [
        (await at_once(world.login(password="wrong password", **where)))[0]
        for _ in range(times)
    ]
