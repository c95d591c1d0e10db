"""The audit trail of a model or a record, page by page, the newest first."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from eerp import limits
from eerp.interfaces import Identity, Rows, Statement, Transaction
from eerp.orm.access import companies_of
from eerp.orm.audited import Trail, shown
from eerp.orm.faults import refused
from eerp.orm.fields import quote
from eerp.orm.narrowed import Narrowed
from eerp.orm.seal import close, open_sealed

__all__ = ["Asked", "History", "Page"]

# ruff: noqa: S608  # the SQL below is joined of constants and checked identifiers

_ONE_TABLE = """
(SELECT * FROM eerp.audit a
  WHERE a.model = %s{record}{times}{after}
  ORDER BY a.at DESC, a.lane DESC, a.seq DESC LIMIT %s)
"""
_RECORD = " AND a.record_id = %s::uuid"
# The bound on `at` alone is what an index can use.
_AFTER = (
    " AND a.at <= %s::timestamptz"
    " AND (a.at, a.lane, a.seq) < (%s::timestamptz, %s::integer, %s::bigint)"
)
_NEWEST_FIRST = "ORDER BY a.at DESC, a.lane DESC, a.seq DESC"
_PAGE = f"""
SELECT a.at::text, a.lane, a.seq, a.at, a.actor,
       CASE WHEN pg_input_is_valid(a.actor, 'uuid')
            THEN (SELECT u.username FROM eerp.users u WHERE u.id = a.actor::uuid)
            ELSE a.actor END,
       a.action, a.request_id, a.module, a.model, a.record_id::text,
       a.before::text, a.after::text, a.reason
  FROM ({{scanned}}) AS a{{visible}} {_NEWEST_FIRST} LIMIT %s
"""
_LAST = f"""
SELECT a.at::text, a.lane, a.seq FROM ({{scanned}}) AS a {_NEWEST_FIRST}
OFFSET %s LIMIT 1
"""
_KEYS = (
    "at", "actor", "actor_name", "action", "request_id", "module", "model",
    "record_id", "before", "after", "reason",
)  # fmt: skip
_ALL = Narrowed()
Place = tuple[str, int, int]


@frozen
class Page:
    """Some of the trail, and the cursor of what follows, if anything does. A page may
    be short, or empty, and still not be the last."""

    items: list[dict[str, Any]]
    next_cursor: str | None


@frozen
class History:
    """Reads trails; `key` seals the cursors."""

    key: bytes = field(repr=False)

    async def page(
        self,
        transaction: Transaction,
        trail: Trail,
        record_id: str | None,
        identity: Identity,
        *,
        limit: int,
        cursor: str | None,
        narrowed: Narrowed = _ALL,
    ) -> Page:
        """A page of what was done to a record, or to all that the trail is of.

        The caller may read it. Left out are rows of other companies than the caller's.
        Raises `ValidationFailed` for a cursor that is none, and the errors of
        `Transaction`.
        """
        place = None if cursor is None else self._open(trail, record_id, cursor)
        asked = Asked(trail, record_id, identity, place, limit, narrowed)
        rows = await transaction.run(asked.page())
        last: Place | None = None
        if len(rows) > limit:
            rows = rows[:limit]
            last = rows[-1][:3]
        elif asked.filtered:
            last = _place(await transaction.run(asked.last()))
        following = None if last is None else self._seal(trail, record_id, last)
        return Page([asked.item(row) for row in rows], following)

    def _seal(self, trail: Trail, record_id: str | None, place: Place) -> str:
        return close(self.key, _label(trail, record_id), place)

    def _open(self, trail: Trail, record_id: str | None, cursor: str) -> Place:
        try:
            at, lane, seq = open_sealed(self.key, _label(trail, record_id), cursor)
        except ValueError:
            message = "The cursor is not one of this list."
            raise refused("query/cursor", "cursor", message) from None
        return at, lane, seq


def _label(trail: Trail, record_id: str | None) -> str:
    return f"audit/{trail.name}/{record_id}"


@frozen
class Asked:
    """One request for a page, as statements and their results."""

    trail: Trail
    record_id: str | None
    identity: Identity
    place: Place | None
    limit: int
    narrowed: Narrowed = _ALL

    @property
    def filtered(self) -> bool:
        """Whether some rows that are found are not shown."""
        return self._scoped or bool(self.narrowed.rows[0])

    @property
    def _scoped(self) -> bool:
        return self.trail.company is not None and not self.identity.unscoped

    def page(self) -> Statement:
        """The rows of the page, and one more."""
        scanned, values = self._scanned()
        visible, further = self._shown() if self.filtered else ("", ())
        sql = _PAGE.format(scanned=scanned, visible=visible)
        return Statement(sql, (*values, *further, self.limit + 1))

    def last(self) -> Statement:
        """Where the scan stopped, if not at the end of the trail."""
        scanned, values = self._scanned()
        most = limits.AUDIT_ROWS_SCANNED_MAX
        return Statement(_LAST.format(scanned=scanned), (*values, most - 1))

    def item(self, row: Any) -> dict[str, Any]:
        """A row as the caller may see it."""
        item = dict(zip(_KEYS, row[3:], strict=True))
        source = next(s for s in self.trail.sources if s.model == item["model"])
        item["at"] = item["at"].isoformat()
        for side in ("before", "after"):
            item[side] = shown(source, self.identity, item[side])
        return item

    def _scanned(self) -> tuple[str, tuple[Any, ...]]:
        """The newest rows of each table, each by its index, without looking at whose
        they are; bounded, so that who may see little waits for little."""
        most = limits.AUDIT_ROWS_SCANNED_MAX if self.filtered else self.limit + 1
        record = () if self.record_id is None else (self.record_id,)
        after = () if self.place is None else (self.place[0], *self.place)
        times, moments = self.narrowed.times
        sql = _ONE_TABLE.format(
            record=_RECORD if record else "", times=times,
            after=_AFTER if after else "",
        )  # fmt: skip
        values: list[Any] = []
        for source in self.trail.sources:
            values += [source.model, *record, *moments, *after, most]
        return " UNION ALL ".join([sql] * len(self.trail.sources)), tuple(values)

    def _shown(self) -> tuple[str, tuple[Any, ...]]:
        """What the caller may see of it, and asks for."""
        visible, values = self._visible() if self._scoped else ("true", ())
        asked, further = self.narrowed.rows
        return f" WHERE {visible}{asked}", (*values, *further)

    def _visible(self) -> tuple[str, tuple[Any, ...]]:
        """Both what a row was and what it became are of the caller's companies, or of
        none. What an extension keeps is for those who see its record now."""
        company, own = self.trail.company, self.trail.name
        assert company is not None
        mine = companies_of(self.identity)
        sides = " AND ".join(
            f"(a.{side} ->> %s IS NULL OR a.{side} ->> %s = ANY(%s))"
            for side in ("before", "after")
        )
        record = (
            f"SELECT FROM {self.trail.table} AS t WHERE t.id = a.record_id"
            f" AND (t.{quote(company)} IS NULL OR t.{quote(company)}::text = ANY(%s))"
        )
        return (
            f"CASE WHEN a.model = %s THEN {sides} ELSE EXISTS ({record}) END",
            (own, company, company, mine, company, company, mine, mine),
        )


def _place(rows: Rows) -> Place | None:
    return (rows[0][0], rows[0][1], rows[0][2]) if rows else None
