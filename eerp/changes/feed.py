"""Reads the feed of committed changes from the audit trail, page by page.

Every page proves that it goes on where the reader was: it begins with the rows that the
reader read last, and their marks must be right. They are not after a failover that lost
commits, or when an older backup was restored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from attrs import frozen

from eerp import limits
from eerp.changes.change import Change, Page, page_of
from eerp.changes.place import MARK_BYTES, Cursor, Place
from eerp.interfaces import Pool, Statement

__all__ = ["Astray", "Feed"]

# ruff: noqa: S608  # what is joined below are constants

_MARK = f"substr(a.hash, 1, {MARK_BYTES})"
_NOW = f"""
SELECT h.lane, a.seq, {_MARK} FROM eerp.audit_lanes h CROSS JOIN LATERAL (
    SELECT a.seq, a.hash FROM eerp.audit a WHERE a.lane = h.lane
     ORDER BY a.seq DESC LIMIT 1
) a
"""
_AT = f"""
SELECT p.lane::integer, p.seq, {_MARK}
  FROM unnest(%s::bigint[]) WITH ORDINALITY AS p (seq, lane)
  JOIN eerp.audit a ON a.lane = p.lane AND a.seq = p.seq
"""
_BEHIND = """
SELECT coalesce(sum(h.seq - coalesce(p.seq, 0)), 0)::bigint
  FROM eerp.audit_lanes h
  LEFT JOIN unnest(%s::bigint[]) WITH ORDINALITY AS p (seq, lane) ON p.lane = h.lane
"""
# Lanes are found by their rows: while an old snapshot lives, such as a backup's, all
# versions of their heads stay, and to look at the heads would be to wade through them.
_PAGE = f"""
WITH RECURSIVE fresh (lane) AS (
    (SELECT a.lane FROM eerp.audit a WHERE a.lane > %s ORDER BY a.lane LIMIT 1)
    UNION ALL
    SELECT (SELECT a.lane FROM eerp.audit a WHERE a.lane > f.lane
             ORDER BY a.lane LIMIT 1)
      FROM fresh f WHERE f.lane IS NOT NULL
), places (lane, seq) AS (
    SELECT p.lane::integer, p.seq
      FROM unnest(%s::bigint[]) WITH ORDINALITY AS p (seq, lane)
    UNION ALL
    SELECT f.lane, 0 FROM fresh f WHERE f.lane IS NOT NULL
)
SELECT a.* FROM places p CROSS JOIN LATERAL (
    SELECT a.lane, a.seq, {_MARK}, a.at, a.actor, a.model, a.record_id::text, a.action,
           CASE WHEN a.model = ANY(%s)
                THEN (coalesce(a.after, a.before) ->> 'version')::integer END
      FROM eerp.audit a
     WHERE a.lane = p.lane AND a.seq >= p.seq
     ORDER BY a.seq LIMIT %s
) a ORDER BY a.lane, a.seq
"""


class Astray(Exception):
    """The rows that a reader has read are not in this database."""


@frozen(eq=False)
class Feed:
    """The feed of the `models` with these full names, and rows of other tables."""

    pool: Pool
    models: Collection[str]
    rows_max: int = limits.EVENT_PAGE_ROWS_MAX

    async def now(self) -> Place:
        """The place behind all that is committed."""
        return _place(await self.pool.query(Statement(_NOW)))

    async def resume(self, cursor: Cursor) -> Place:
        """The place that a client was at. Raises `Astray`."""
        seqs = list(cursor.seqs)
        place = _place(await self.pool.query(Statement(_AT, (seqs,))), len(seqs))
        if place.seqs != cursor.seqs or place.seal != cursor.seal:
            raise Astray
        return place

    async def behind(self, place: Place) -> int:
        """How many rows of the trail were written since."""
        return int(
            (await self.pool.query(Statement(_BEHIND, (list(place.seqs),))))[0][0]
        )

    async def page(self, place: Place) -> Page:
        """What follows. Raises `Astray`."""
        most = max(1, self.rows_max // max(1, len(place.seqs)))
        values = (len(place.seqs), list(place.seqs), list(self.models), most + 1)
        lanes: dict[int, list[Change]] = {}
        for row in await self.pool.query(Statement(_PAGE, values)):
            lanes.setdefault(row[0], []).append(_change(row))
        return page_of(place, _proved(place, lanes), most)


def _place(rows: Iterable[tuple[Any, ...]], lanes: int = 0) -> Place:
    place = Place((0,) * lanes, (b"",) * lanes)
    for lane, seq, mark in rows:
        place = place.after(lane, seq, bytes(mark))
    return place


def _change(row: tuple[Any, ...]) -> Change:
    lane, seq, mark, *rest = row
    return Change(lane, seq, bytes(mark), *rest)


def _proved(place: Place, lanes: dict[int, list[Change]]) -> dict[int, list[Change]]:
    """The rows without those that were read before, which must be there."""
    for lane, (seq, mark) in enumerate(
        zip(place.seqs, place.marks, strict=True), start=1
    ):
        if not seq:
            continue
        known = lanes.get(lane, [None])[0]
        if known is None or (known.seq, known.mark) != (seq, mark):
            raise Astray
        del lanes[lane][0]
    return lanes
