"""Saved filters: searches of a model's list, one's own or shared with its readers."""

from __future__ import annotations

from typing import Any

import orjson
from attrs import frozen

from eerp import limits
from eerp.auth.access import require
from eerp.auth.transact import read, transact
from eerp.errors import Conflict, NotFound
from eerp.interfaces import Identity, Pool, Rows, Statement, Transaction

__all__ = ["SHARE", "FilterChange", "Filters"]

SHARE = "eerp.filters.share"
"""The permission to share filters, and to change those that others share."""

_SHOWN = """json_build_object('id', id, 'model', model, 'name', name,
    'shared', shared, 'mine', user_id = %s::uuid, 'query', query)"""
_LIST = f"""
select {_SHOWN} from eerp.filters where model = %s and (user_id = %s or shared)
 order by user_id = %s::uuid desc, name, id limit %s
"""  # noqa: S608  # all parts are constants
_ADD = f"""
insert into eerp.filters as f (user_id, model, name, shared, query)
values (%s, %s, %s, %s, %s::json)
on conflict (user_id, model, name) do nothing returning {_SHOWN}
"""  # noqa: S608  # all parts are constants
_COUNT = "select count(*) from eerp.filters where user_id = %s and model = %s"
_FIND = "select user_id::text, shared from eerp.filters where id = %s for update"
_CHANGE = f"""
update eerp.filters as f set name = coalesce(%s, name), shared = coalesce(%s, shared),
       query = coalesce(%s::json, query)
 where id = %s and not exists (
       select from eerp.filters o where o.user_id = f.user_id and o.model = f.model
          and o.name = %s and o.id <> f.id)
returning {_SHOWN}
"""  # noqa: S608  # all parts are constants
_REMOVE = "delete from eerp.filters where id = %s"

Shown = dict[str, Any]


@frozen
class FilterChange:
    """What a filter is to be; None leaves it as it is."""

    name: str | None = None
    shared: bool | None = None
    query: dict[str, Any] | None = None

    @property
    def text(self) -> str | None:
        """The query as JSON."""
        return None if self.query is None else orjson.dumps(self.query).decode()


@frozen
class _Filter:
    owner: str
    shared: bool


@frozen
class Filters:
    """The saved filters of all users. Raises `NotFound` for one that the caller may
    not know of, `Forbidden` without the permission to share, and `Conflict`."""

    pool: Pool

    async def of(self, identity: Identity, model: str) -> list[Shown]:
        """Those of a model that the caller may use, their own first."""
        me = identity.user_id
        values = (me, model, me, me, limits.FILTERS_SHOWN_MAX)
        return [shown for (shown,) in await read(self.pool, Statement(_LIST, values))]

    async def add(self, identity: Identity, model: str, change: FilterChange) -> Shown:
        """Save one."""
        me = identity.user_id
        if change.shared:
            require(identity, SHARE)

        async def work(transaction: Transaction) -> Shown:
            count = (await transaction.run(Statement(_COUNT, (me, model))))[0][0]
            if count >= limits.FILTERS_PER_MODEL_MAX:
                most = limits.FILTERS_PER_MODEL_MAX
                raise Conflict(f"There are {most} filters of this list already.")
            values = (me, model, change.name, bool(change.shared), change.text, me)
            return _only(await transaction.run(Statement(_ADD, values)))

        return await transact(self.pool, work, actor=me)

    async def change(
        self, identity: Identity, filter_id: str, change: FilterChange
    ) -> Shown:
        """Change one."""

        async def work(transaction: Transaction) -> Shown:
            found = await _find(filter_id, identity, transaction)
            if found.shared if change.shared is None else change.shared:
                require(identity, SHARE)
            values = (
                change.name, change.shared, change.text, filter_id, change.name,
                identity.user_id,
            )  # fmt: skip
            return _only(await transaction.run(Statement(_CHANGE, values)))

        return await transact(self.pool, work, actor=identity.user_id)

    async def remove(self, identity: Identity, filter_id: str) -> None:
        """Remove one."""

        async def work(transaction: Transaction) -> None:
            await _find(filter_id, identity, transaction)
            await transaction.run(Statement(_REMOVE, (filter_id,)))

        await transact(self.pool, work, actor=identity.user_id)


async def _find(
    filter_id: str, identity: Identity, transaction: Transaction
) -> _Filter:
    """One that the caller may change: their own, or a shared one with the permission.
    Of another's own, nobody learns that it is there."""
    rows = await transaction.run(Statement(_FIND, (filter_id,)))
    found = _Filter(*rows[0]) if rows else None
    if found is None or not (found.shared or found.owner == identity.user_id):
        raise NotFound("There is no such filter.")
    if found.owner != identity.user_id:
        require(identity, SHARE)
    return found


def _only(rows: Rows) -> Shown:
    if not rows:
        raise Conflict("There is a filter of this name already.")
    shown: Shown = rows[0][0]
    return shown
