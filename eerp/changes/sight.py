"""Which changes a caller may hear of: those of records that REST would show.

What is asked is whether the caller sees the record now, deleted or not. Of a record
that was removed for good only what it was like is left: it is told to those who see
every record of the model, and to those whom nothing but the company restricts, if it
was of theirs or of none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from eerp.changes.change import Change, Page
from eerp.changes.once import Once
from eerp.errors import Fault, Forbidden, ValidationFailed
from eerp.interfaces import Identity, Pool, Rows, Statement
from eerp.orm.access import Caller, companies_of, restricting
from eerp.orm.fields import array_literal
from eerp.orm.model import Model
from eerp.orm.registry import ModelRegistry
from eerp.orm.view import Guard

__all__ = ["Sight", "Watched", "readable"]

_SEEN = (
    'SELECT t."id"::text FROM {table} AS t WHERE t."id" = ANY(%s::uuid[]) AND {guard}'
)
_PURGED = """
SELECT a.lane, a.seq FROM eerp.audit a
  JOIN unnest(%s::integer[], %s::bigint[]) AS p (lane, seq)
    ON a.lane = p.lane AND a.seq = p.seq
 WHERE a.before ->> %s IS NULL OR a.before ->> %s = ANY(%s)
"""
_ALL_OF = ".*"


@frozen(eq=False)
class Watched:
    """A model that a caller hears of, with what restricts the caller to some of its
    records. `companies` are those whose removed records are told too, if any are."""

    model: Model
    guard: Guard
    companies: tuple[str, ...] | None

    @classmethod
    def of(cls, model: Model, identity: Identity) -> Watched:
        """For this caller, who may read the model."""
        scoped = model.company is not None and not restricting(model, identity, "read")
        return cls(
            model,
            Caller(identity).seen(model, 0).guard,
            tuple(companies_of(identity)) if scoped else None,
        )


def readable(
    registry: ModelRegistry, identity: Identity, asked: Sequence[str]
) -> dict[str, Watched]:
    """The models of that are `asked` for, by their full names; all when none is.

    Raises `ValidationFailed` for one that there is not, `Forbidden` for one that the
    caller may not read, and when there is nothing left to hear of.
    """
    known = {f"{model.module}.{model.name}": model for model in registry}
    mine = {name: m for name, m in known.items() if identity.may(f"{name}.read")}
    chosen = [name for each in asked for name in _meant(each, known, mine)]
    names = dict.fromkeys(chosen if asked else mine)
    if not names:
        raise Forbidden("You may not read any of these models.")
    return {name: Watched.of(known[name], identity) for name in names}


def _meant(
    asked: str, known: Mapping[str, Model], mine: Mapping[str, Model]
) -> Iterable[str]:
    if asked.endswith(_ALL_OF):
        module = asked.removesuffix("*")
        if any(name.startswith(module) for name in known):
            return [name for name in mine if name.startswith(module)]
    elif asked in mine:
        return [asked]
    elif asked in known:
        raise Forbidden(f"This needs the permission {asked}.read.")
    message = f"There is no such model: {asked}."
    raise ValidationFailed(message, errors=(Fault("query/models", "unknown", message),))


@frozen(eq=False)
class Sight:
    """Asks the database which records a caller sees; once for all streams that see the
    same of one page."""

    pool: Pool

    async def of(self, page: Page, watched: Mapping[str, Watched]) -> list[int]:
        """The numbers of those changes on a page that may be told."""
        seen = {
            name: await self._seen(page, name, watched[name])
            for name in {change.model for change in page.changes} & watched.keys()
            if watched[name].guard.sql
        }
        return [
            number
            for number, change in enumerate(page.changes)
            if change.model in watched
            and (change.model not in seen or change.key in seen[change.model])
        ]

    async def _seen(self, page: Page, name: str, watched: Watched) -> frozenset[Any]:
        asked = (name, watched.guard, watched.companies)
        once: Once[frozenset[Any]] | None = page.known.get(asked)
        if once is None:
            mine = [change for change in page.changes if change.model == name]
            once = page.known[asked] = Once(self._look(mine, watched))
        try:
            return await once.wait()
        finally:
            if once.failed and page.known.get(asked) is once:
                del page.known[asked]

    async def _look(
        self, changes: Sequence[Change], watched: Watched
    ) -> frozenset[Any]:
        there = [change for change in changes if change.action != "purge"]
        gone = [change for change in changes if change.action == "purge"]
        ids = {id_ for (id_,) in await self._there(there, watched)}
        seen = {change.key for change in there if change.record_id in ids}
        return frozenset(seen.union(await self._gone(gone, watched)))

    async def _there(self, changes: Sequence[Change], watched: Watched) -> Rows:
        if not changes:
            return []
        model, guard = watched.model, watched.guard
        sql = _SEEN.format(table=model.table, guard=guard.sql)
        ids = array_literal({change.record_id for change in changes})
        return await self.pool.query(Statement(sql, (ids, *guard.parameters)))

    async def _gone(self, changes: Sequence[Change], watched: Watched) -> Rows:
        """The places of what was removed for good and was of the caller's companies."""
        if not changes or watched.companies is None:
            return []
        lanes = [change.lane for change in changes]
        seqs = [change.seq for change in changes]
        company = watched.model.company
        values = (lanes, seqs, company, company, list(watched.companies))
        return await self.pool.query(Statement(_PURGED, values))
