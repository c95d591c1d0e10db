"""The order of changes, and how far a page of them leads."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from eerp.changes.change import Change, Page, page_of
from eerp.changes.place import Place

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def change(lane: int, seq: int, second: int, record: str = "r") -> Change:
    mark = f"{lane:04}{seq:04}".encode()
    at = NOON + timedelta(seconds=second)
    return Change(lane, seq, mark, at, "ann", "crm.leads", record, "update", seq)


def told(page: Page) -> list[tuple[int, int]]:
    return [each.key for each in page.changes]


def test_clients_are_told_no_values() -> None:
    assert json.loads(change(1, 4, 0).data) == {
        "module": "crm", "model": "leads", "id": "r", "action": "update",
        "version": 4, "at": "2026-03-01T12:00:00.000000Z", "actor": "ann",
    }  # fmt: skip


def test_lanes_are_told_by_time() -> None:
    lanes = {1: [change(1, 1, 0), change(1, 2, 9)], 2: [change(2, 7, 4)]}
    page = page_of(Place(), lanes, 10)
    assert told(page) == [(1, 1), (2, 7), (1, 2)]
    assert page.end.seqs == (2, 7)
    assert not page.more


def test_a_lane_keeps_its_order_though_the_clock_was_set_back() -> None:
    lanes = {1: [change(1, 1, 9), change(1, 2, 0)], 2: [change(2, 1, 5)]}
    assert told(page_of(Place(), lanes, 10)) == [(2, 1), (1, 1), (1, 2)]


def test_nothing_is_told_that_is_later_than_what_is_not_read_yet() -> None:
    lanes = {
        1: [change(1, 1, 0), change(1, 2, 2)],
        2: [change(2, 1, 1), change(2, 2, 8)],
    }
    page = page_of(Place(), lanes, 2)
    assert told(page) == [(1, 1), (2, 1), (1, 2)]
    assert page.more
    assert page.end.seqs == (2, 1)


def test_each_change_has_the_place_behind_it() -> None:
    lanes = {1: [change(1, 5, 0)], 3: [change(3, 2, 1)]}
    start = Place().after(1, 4, b"before!!")
    page = page_of(start, lanes, 10)
    assert [page.place(n).seqs for n in (0, 1)] == [(5,), (5, 0, 2)]
    assert page.cursor(1) == page.end.cursor


def test_what_was_read_is_not_read_again() -> None:
    page = page_of(Place(), {1: [change(1, 1, 0)], 2: [change(2, 1, 1)]}, 10)
    ahead = Place().after(1, 1, b"00010001").after(3, 9, b"........")
    rest = page.beyond(ahead)
    assert told(rest) == [(2, 1)]
    assert (rest.start, rest.end.seqs) == (ahead, (1, 1, 9))
    assert page.beyond(page.start) is page


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 20)), max_size=40),
    st.integers(1, 5),
)
def test_pages_tell_each_change_once(
    rows: list[tuple[int, int]], rows_max: int
) -> None:
    lanes: dict[int, list[Change]] = {}
    for lane, second in rows:
        mine = lanes.setdefault(lane, [])
        mine.append(change(lane, len(mine) + 1, second))
    place, found, more = Place(), [], True
    while more:
        left = {
            lane: [one for one in mine if one.seq > place.seq(lane)][:rows_max]
            for lane, mine in lanes.items()
        }
        page = page_of(place, left, rows_max)
        assert page.changes or not page.more
        found += told(page)
        place, more = page.end, page.more
    assert sorted(found) == sorted(c.key for mine in lanes.values() for c in mine)
    assert len(set(found)) == len(found)
