"""What a user prefers: one JSON object that means something to the client only."""

from __future__ import annotations

from typing import Any

import orjson
from attrs import frozen

from eerp.auth.transact import read, transact
from eerp.interfaces import Identity, Pool, Statement

__all__ = ["Preferences"]

_GET = "select value from eerp.preferences where user_id = %s"
_PUT = """
insert into eerp.preferences (user_id, value) values (%s, %s::json)
on conflict (user_id) do update set value = excluded.value
"""


@frozen
class Preferences:
    """The preferences of all users."""

    pool: Pool

    async def get(self, identity: Identity) -> dict[str, Any]:
        """Those of the caller; an empty object at first."""
        rows = await read(self.pool, Statement(_GET, (identity.user_id,)))
        return rows[0][0] if rows else {}

    async def put(self, identity: Identity, value: dict[str, Any]) -> None:
        """Put others in their place."""
        statement = Statement(_PUT, (identity.user_id, orjson.dumps(value).decode()))
        await transact(self.pool, lambda tx: tx.run(statement), actor=identity.user_id)
