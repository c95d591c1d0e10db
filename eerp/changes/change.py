"""A committed change of one record, and the order in which changes are told; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import orjson
from attrs import define, field, frozen

from eerp.changes.place import Place

__all__ = ["Change", "Page", "page_of"]


@frozen(eq=False)
class Change:
    """One row of the audit trail, without the record's values.

    `model` is a full name such as ``crm.contacts``.
    """

    lane: int
    seq: int
    mark: bytes
    at: datetime
    actor: str | None
    model: str
    record_id: str
    action: str
    version: int | None

    @property
    def key(self) -> tuple[int, int]:
        """Where it stands in the trail."""
        return self.lane, self.seq

    @cached_property
    def data(self) -> bytes:
        """What clients are told of it, as JSON; made once for all of them."""
        module, _, model = self.model.partition(".")
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return orjson.dumps(
            {
                "module": module,
                "model": model,
                "id": self.record_id,
                "action": self.action,
                "version": self.version,
                "at": at.replace("+00:00", "Z"),
                "actor": self.actor,
            }
        )


@define(eq=False)
class Page:
    """Changes in the order to tell them in, from `start` to `end`; `more` says that
    others were committed by then. `known` is for what is worked out of it once for all
    who read it."""

    start: Place
    end: Place
    changes: Sequence[Change]
    more: bool
    known: dict[Any, Any] = field(factory=dict)
    _places: list[Place] = field(factory=list)
    _cursors: dict[int, str] = field(factory=dict)

    def place(self, number: int) -> Place:
        """The place behind the change with this number."""
        while len(self._places) <= number:
            change = self.changes[len(self._places)]
            before = self._places[-1] if self._places else self.start
            self._places.append(before.after(*change.key, change.mark))
        return self._places[number]

    def cursor(self, number: int) -> str:
        """The same, as a client has it."""
        made = self._cursors.get(number)
        if made is None:
            made = self._cursors[number] = self.place(number).cursor
        return made

    def beyond(self, place: Place) -> Page:
        """What of it is not read at a place that may be ahead of its start."""
        if place == self.start:
            return self
        changes = [each for each in self.changes if each.seq > place.seq(each.lane)]
        return Page(place, place.joined(self.end), changes, self.more)


def page_of(start: Place, lanes: Mapping[int, Sequence[Change]], rows_max: int) -> Page:
    """The page that the next rows of each lane make, at most `rows_max` of them.

    Rows of a lane stay in its order. Between lanes the time decides: who changes a
    record that another transaction has changed waits for its commit, and so comes
    later. Where a lane may have more rows than are here, nothing that is later than
    its last one can be told yet.
    """
    timed = {lane: list(_timed(rows)) for lane, rows in lanes.items() if rows}
    cut = [rows[-1][0] for rows in timed.values() if len(rows) >= rows_max]
    every = sorted(key for rows in timed.values() for key in rows)
    told = [change for key, change in every if not cut or key <= min(cut)]
    end = start
    for lane, last in {change.lane: change for change in told}.items():
        end = end.after(lane, last.seq, last.mark)
    return Page(start, end, told, bool(cut))


Key = tuple[datetime, int, int]


def _timed(rows: Iterable[Change]) -> Iterable[tuple[Key, Change]]:
    """Each row with its time, or a former one's of its lane that is later: clocks are
    set back."""
    latest: datetime | Any = None
    for change in rows:
        latest = change.at if latest is None else max(latest, change.at)
        yield (latest, change.lane, change.seq), change
