"""What the tests of managing users share: a shop's model, and who manages whom."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from eerp.auth import OwnAccount, People, RoleBook, Throttle
from eerp.auth.granter import holding
from eerp.auth.transact import transact
from eerp.database.pool import Pool
from eerp.interfaces import Identity
from eerp.orm.registry import ModelRegistry
from tests.postgres.world import World, process

MANAGE = "eerp.users.manage"
LIMITED = "seller"
"""The role that sees some notes only."""

_NOTES = {
    "name": "notes",
    "fields": [{"name": "text", "type": "text"}],
    "rules": [
        {
            "role": LIMITED,
            "operations": ["read"],
            "where": {"field": "text", "op": "eq", "value": "mine"},
        }
    ],
}


@frozen
class Office:
    """Who manages users, in one process."""

    world: World
    people: People
    roles: RoleBook
    own: OwnAccount

    async def role(self, name: str, *grants: str) -> None:
        """Make a role, by the command."""
        await self.world.sql("insert into eerp.roles (name) values (%s)", name)
        await self.world.sql(
            "insert into eerp.role_grants select %s, unnest(%s::text[])",
            name, list(grants),
        )  # fmt: skip

    async def user(self, name: str, *roles: str) -> str:
        """Make a user who cannot sign in; the id."""
        rows = await self.world.sql(
            "insert into eerp.users (username, password_hash) values (%s, '')"
            " returning id::text", name,
        )  # fmt: skip
        user_id = str(rows[0][0])
        await self.world.sql(
            "insert into eerp.user_roles select %s::uuid, unnest(%s::text[])",
            user_id, list(roles),
        )  # fmt: skip
        return user_id

    async def who(self, user_id: str) -> Identity:
        """What a user has now."""

        async def work(transaction: Any) -> Identity:
            return await holding(user_id, transaction)

        return await transact(self.world.pool, work)

    async def clear(self) -> None:
        """Nobody is left."""
        await self.world.sql("delete from eerp.users")
        await self.world.sql("delete from eerp.roles")


def office(pool: Pool) -> Office:
    """An office without anybody."""
    world, registry = process(pool), ModelRegistry()
    registry.register("shop", [_NOTES])

    def forget(user_id: str | None) -> None:
        world.identities.forget(user_id=user_id)

    passwords = world.accounts._passwords
    return Office(
        world,
        People(pool, passwords, registry, forget),
        RoleBook(pool, registry, forget),
        OwnAccount(pool, passwords, Throttle(), forget),
    )
