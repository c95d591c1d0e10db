"""Comments on records, for whoever may read the record; their authors change them."""

from __future__ import annotations

from typing import Any, Protocol

from attrs import frozen

from eerp.auth.access import require
from eerp.auth.transact import transact
from eerp.errors import Forbidden, NotFound
from eerp.interfaces import Identity, Pool, Statement, Transaction
from eerp.orm.model import Model
from eerp.orm.registry import ModelRegistry

__all__ = ["Comments"]

_SHOWN = """json_build_object('id', c.id, 'text', c.text, 'created_at', c.created_at,
    'updated_at', c.updated_at, 'user_id', c.user_id,
    'mine', c.user_id is not distinct from %s::uuid,
    'username', (select u.username from eerp.users u where u.id = c.user_id))"""
_PAGE = f"""
select {_SHOWN} from eerp.comments c
 where c.model = %s and c.record_id = %s and (%s::uuid is null or c.id < %s::uuid)
 order by c.id desc limit %s
"""  # noqa: S608  # all parts are constants
_ADD = f"""
insert into eerp.comments as c (model, record_id, user_id, text)
values (%s, %s, %s, %s) returning {_SHOWN}
"""  # noqa: S608  # all parts are constants
_FIND = "select model, record_id::text, user_id::text from eerp.comments where id = %s"
_CHANGE = f"""
update eerp.comments as c set text = %s, updated_at = clock_timestamp()
 where c.id = %s returning {_SHOWN}
"""  # noqa: S608  # all parts are constants
_REMOVE = "delete from eerp.comments where id = %s"

Comment = dict[str, Any]


class Records(Protocol):
    """What knows whether a caller sees a record; see `eerp.orm.repository`."""

    @property
    def registry(self) -> ModelRegistry:
        """All models."""

    async def run(
        self,
        transaction: Transaction,
        module: str,
        operation: bytes | dict[str, Any],
        *,
        actor: Identity | None,
    ) -> Any:
        """Run one operation of a module for `actor`."""


@frozen
class Comments:
    """The comments on all records. Raises `Forbidden` without the permission to read
    the model, `NotFound` for a record that the caller does not see."""

    pool: Pool
    records: Records

    async def page(
        self,
        identity: Identity,
        model: Model,
        record_id: str,
        *,
        limit: int,
        before: str | None,
    ) -> tuple[list[Comment], str | None]:
        """Comments on a record, the newest first, from `before` one of them on; and
        before which to go on, if there are more."""
        me = identity.user_id
        values = (me, _name(model), record_id, before, before, limit + 1)

        async def work(transaction: Transaction) -> list[Comment]:
            await self._see(identity, model, record_id, transaction)
            rows = await transaction.run(Statement(_PAGE, values))
            return [comment for (comment,) in rows]

        found = await transact(self.pool, work, actor=me, read_only=True)
        more = len(found) > limit
        return found[:limit], found[limit - 1]["id"] if more else None

    async def add(
        self, identity: Identity, model: Model, record_id: str, text: str
    ) -> Comment:
        """Say something of a record."""
        me = identity.user_id

        async def work(transaction: Transaction) -> Comment:
            await self._see(identity, model, record_id, transaction)
            values = (_name(model), record_id, me, text, me)
            added: Comment = (await transaction.run(Statement(_ADD, values)))[0][0]
            return added

        return await transact(self.pool, work, actor=me)

    async def change(self, identity: Identity, comment_id: str, text: str) -> Comment:
        """Say it in other words. `Forbidden` for another's."""

        async def work(transaction: Transaction) -> Comment:
            await self._own(identity, comment_id, transaction)
            values = (text, comment_id, identity.user_id)
            changed = (await transaction.run(Statement(_CHANGE, values)))[0][0]
            return dict(changed)

        return await transact(self.pool, work, actor=identity.user_id)

    async def remove(self, identity: Identity, comment_id: str) -> None:
        """Take it back. `Forbidden` for another's."""

        async def work(transaction: Transaction) -> None:
            await self._own(identity, comment_id, transaction)
            await transaction.run(Statement(_REMOVE, (comment_id,)))

        await transact(self.pool, work, actor=identity.user_id)

    async def _own(
        self, identity: Identity, comment_id: str, transaction: Transaction
    ) -> None:
        rows = await transaction.run(Statement(_FIND, (comment_id,)))
        if not rows:
            raise _no_comment()
        name, record_id, author = rows[0]
        model = self._model(name)
        await self._see(identity, model, record_id, transaction)
        if author != identity.user_id:
            raise Forbidden("Only who wrote a comment may change it.")

    def _model(self, name: str) -> Model:
        """The model; there may be none when its module is not loaded."""
        for model in self.records.registry:
            if _name(model) == name:
                return model
        raise _no_comment()

    async def _see(
        self, identity: Identity, model: Model, record_id: str, transaction: Transaction
    ) -> None:
        """Raise unless the caller sees the record, as its module would show it."""
        require(identity, f"{_name(model)}.read")
        asked = {"op": "get", "model": model.name, "id": record_id, "select": "id"}
        await self.records.run(transaction, model.module, asked, actor=identity)


def _name(model: Model) -> str:
    return f"{model.module}.{model.name}"


def _no_comment() -> NotFound:
    return NotFound("There is no such comment.")
