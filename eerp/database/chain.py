"""Whether the audit trail is what was written: the hash chains, computed anew; pure.

Each lane of the trail is a chain: a row's hash is that of the row before it, followed
by the row's own columns. Rows come in the order of lane and seq, one at a time, and
what is wrong is kept with its place. The hashes are computed here, not by the
database, which would say what somebody made it say.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import define, evolve, field, frozen

from eerp.limits import AUDIT_BREAKS_MAX, AUDIT_LANES_MIN, AUDIT_MOVES_MAX

__all__ = ["COLUMNS", "START", "AuditRow", "Break", "ChainCheck", "Head"]

COLUMNS = (
    "lane, seq, extract(epoch FROM at)::text, actor, request_id, module, model,"
    ' record_id::text, action, before::text, after::text, reason, "transaction", hash'
)
"""The SELECT list that makes an `AuditRow`."""
START = bytes(32)
"""What the first row of a lane follows."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@frozen
class Head:
    """The last row of a lane, as `eerp.audit_lanes` has it."""

    seq: int
    hash: bytes


@frozen
class AuditRow:
    """One row of the trail; what is no number or hash is the text of PostgreSQL's.

    `at` is in seconds since 1970 with six decimals.
    """

    lane: int
    seq: int
    at: str
    actor: str | None
    request_id: str | None
    module: str | None
    model: str
    record_id: str
    action: str
    before: str | None
    after: str | None
    reason: str | None
    transaction: str | None
    hash: bytes

    @classmethod
    def of(cls, values: Sequence[Any]) -> AuditRow:
        """The row of a SELECT of `COLUMNS`."""
        columns = [*values[:-1], bytes(values[-1])]
        return cls(*columns)

    def digest(self, previous: bytes) -> bytes:
        """The hash of this row where it follows the hash `previous`."""
        return hashlib.sha256(previous + self.canonical().encode()).digest()

    def canonical(self) -> str:
        """The columns as a JSON array, written as PostgreSQL writes it."""
        columns = (
            str(self.lane), str(self.seq), self.at, _text(self.actor),
            _text(self.request_id), _text(self.module), _text(self.model),
            _text(self.record_id), _text(self.action), _json(self.before),
            _json(self.after), _text(self.reason), _text(self.transaction),
        )  # fmt: skip
        return f"[{', '.join(columns)}]"


@frozen
class Break:
    """One place where the trail does not hold.

    `kind` is ``edited``, ``missing``, ``reordered``, ``tail cut``, ``head changed``,
    ``lane missing`` or ``rewritten``; `about` says what is known of the row.
    """

    kind: str
    lane: int
    seq: int
    about: str

    def __str__(self) -> str:
        return f"lane {self.lane}, seq {self.seq}: {self.kind}: {self.about}"


@frozen
class _Suspect:
    """A row that does not follow the rows before it, whose hash may be each of
    `previous`."""

    row: AuditRow
    previous: tuple[bytes, ...]

    @property
    def place(self) -> tuple[int, int]:
        return self.row.lane, self.row.seq


@define
class ChainCheck:
    """Checks a trail: `add` its rows in order, then `finish`.

    `heads` are those of the database, by lane; `kept` are hashes that were kept
    elsewhere, by lane and seq. At most AUDIT_BREAKS_MAX breaks are kept, all counted.
    """

    heads: Mapping[int, Head]
    kept: Mapping[tuple[int, int], bytes] = field(factory=dict)
    rows: int = field(init=False, default=0)
    count: int = field(init=False, default=0)
    _breaks: list[Break] = field(init=False, factory=list)
    _suspects: list[_Suspect] = field(init=False, factory=list)
    _seen: set[int] = field(init=False, factory=set)
    _unseen: set[tuple[int, int]] = field(init=False)
    _lane: int | None = field(init=False, default=None)
    _last: int = field(init=False, default=0)
    # What the hash of the last row may be: as it is stored, and as it should be.
    _previous: tuple[bytes, ...] = field(init=False, default=())

    def __attrs_post_init__(self) -> None:
        self._unseen = set(self.kept)

    def add(self, row: AuditRow) -> None:
        """Check the next row."""
        self.rows += 1
        if row.lane != self._lane:
            self._end_lane()
            self._lane, self._last, self._previous = row.lane, 0, (START,)
            self._seen.add(row.lane)
        if row.seq == self._last + 1:
            self._follow(row)
        else:
            self._leap(row)
        self._compare(row)
        self._last = row.seq

    def finish(self, *, complete: bool = True) -> list[Break]:
        """Every break that is known, by its place. What is missing at the end is known
        only of a `complete` walk, in which all rows were added."""
        if complete:
            self._end_lane()
            self._look_for_lanes()
            for lane, seq in sorted(self._unseen):
                self._note(
                    "rewritten", lane, seq, "the row of the head that was kept is gone"
                )
        for found in _judge(self._suspects):
            self._keep(found)
        return sorted(self._breaks, key=lambda found: (found.lane, found.seq))

    def _follow(self, row: AuditRow) -> None:
        digests = tuple(row.digest(previous) for previous in self._previous)
        if row.hash in digests:
            self._previous = (row.hash,)
            return
        suspect = _Suspect(row, self._previous)
        if len(self._suspects) < AUDIT_BREAKS_MAX:
            self._suspects.append(suspect)
        else:
            self.count += 1
        self._previous = (row.hash, *digests[:1])

    def _leap(self, row: AuditRow) -> None:
        """Rows are missing before this one, so nobody knows what it follows."""
        first, last = self._last + 1, row.seq - 1
        if last < first:
            self._note(
                "edited", row.lane, row.seq, f"no lane has such a row; {_about(row)}"
            )
        else:
            self._note(
                "missing",
                row.lane,
                first,
                f"{_rows(first, last)}, before {_about(row)}",
            )
        self._previous = (row.hash,)

    def _compare(self, row: AuditRow) -> None:
        place = row.lane, row.seq
        if place in self._unseen:
            self._unseen.discard(place)
            if self.kept[place] != row.hash:
                self._note(
                    "rewritten", *place, f"not the hash that was kept; {_about(row)}"
                )

    def _end_lane(self) -> None:
        lane, last = self._lane, self._last
        if lane is None:
            return
        head = self.heads.get(lane)
        if head is None:
            self._note("head changed", lane, last, "the lane has rows and no head")
        elif head.seq > last:
            self._note("tail cut", lane, last + 1, _rows(last + 1, head.seq))
        elif head.seq < last:
            self._note("head changed", lane, last, f"the head is at seq {head.seq}")
        elif head.hash not in self._previous:
            self._note(
                "head changed", lane, last, "the head has another hash than the row"
            )

    def _look_for_lanes(self) -> None:
        for lane, head in self.heads.items():
            if lane in self._seen:
                continue
            if head.seq > 0:
                self._note(
                    "lane missing", lane, 1, f"all its rows, {head.seq} by its head"
                )
            elif head != Head(0, START):
                self._note("head changed", lane, 0, "the head of a lane without rows")
        for lane in range(1, AUDIT_LANES_MIN + 1):
            if lane not in self.heads and lane not in self._seen:
                self._note(
                    "lane missing", lane, 0, "its head, and all rows that it had"
                )

    def _note(self, kind: str, lane: int, seq: int, about: str) -> None:
        self._keep(Break(kind, lane, seq, about))

    def _keep(self, found: Break) -> None:
        self.count += 1
        if len(self._breaks) < AUDIT_BREAKS_MAX:
            self._breaks.append(found)


def _judge(suspects: Sequence[_Suspect]) -> Iterable[Break]:
    """What is the matter with each suspect: moved, edited, or nothing, when it only
    follows a row that was moved."""
    moved = _moves(suspects) if len(suspects) <= AUDIT_MOVES_MAX else {}
    belongs = {home: suspect.row for suspect, home in moved.values()}
    for suspect in suspects:
        row = suspect.row
        before = belongs.get((row.lane, row.seq - 1))
        if suspect.place in moved:
            lane, seq = moved[suspect.place][1]
            about = f"the row of lane {lane}, seq {seq} stands here; {_about(row)}"
            yield Break("reordered", row.lane, row.seq, about)
        elif before is None or row.digest(before.hash) != row.hash:
            yield Break(
                "edited", row.lane, row.seq, f"or the row before it; {_about(row)}"
            )


def _moves(
    suspects: Sequence[_Suspect],
) -> dict[tuple[int, int], tuple[_Suspect, tuple[int, int]]]:
    """The suspects that hold at the place of another, by where they are now."""
    hashes = tuple(suspect.row.hash for suspect in suspects)
    found = {}
    for suspect in suspects:
        for other in suspects:
            row = evolve(suspect.row, lane=other.row.lane, seq=other.row.seq)
            before = (*other.previous, *hashes)
            if other is not suspect and any(row.digest(p) == row.hash for p in before):
                found[suspect.place] = (suspect, other.place)
    return found


def _text(value: str | None) -> str:
    return "null" if value is None else json.dumps(value, ensure_ascii=False)


def _json(value: str | None) -> str:
    """JSON's null is never written, so it does not pass for a column that is null."""
    if value is None:
        return "null"
    return value if value != "null" else "JSON null"


def _rows(first: int, last: int) -> str:
    return "1 row" if first == last else f"{last - first + 1} rows, to seq {last}"


def _about(row: AuditRow) -> str:
    return f"{row.action} of {row.model} {row.record_id} at {_instant(row.at)}"


def _instant(at: str) -> str:
    """ISO 8601, or what stands there when it is no instant that Python knows."""
    seconds, _, decimals = at.partition(".")
    try:
        moment = _EPOCH + timedelta(seconds=int(seconds), microseconds=int(decimals))
    except (ValueError, OverflowError):
        return at
    return moment.isoformat().replace("+00:00", "Z")
