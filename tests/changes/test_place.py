"""Places in the feed, and what a client keeps of them."""

from __future__ import annotations

import contextlib
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.changes.place import MARK_BYTES, Cursor, Place
from eerp.limits import EVENT_CURSOR_CHARACTERS_MAX

ROWS = st.lists(
    st.tuples(
        st.integers(1, 40), st.integers(1, 2**63 - 1), st.binary(min_size=MARK_BYTES)
    )
)


def place_of(*seqs: int) -> Place:
    """A place with these numbers, whose marks depend on them alone."""
    marks = tuple(seq.to_bytes(MARK_BYTES, "big") if seq else b"" for seq in seqs)
    return Place(seqs, marks)


@given(ROWS)
def test_a_cursor_is_read_as_it_was_written(rows: list[tuple[int, int, bytes]]) -> None:
    place = Place()
    for row in rows:
        place = place.after(*row)
    cursor = Cursor.read(place.cursor)
    assert (cursor.seqs, cursor.seal) == (place.seqs, place.seal)
    for lane, seq, _ in rows[-1:]:
        assert place.seq(lane) == seq


@given(st.text(max_size=60))
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert str(Cursor.read(text)) == text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x01short",
        b"\x02" + bytes(8) + b"\x05",
        b"\x01" + bytes(8) + b"\x85",
        b"\x01" + bytes(8) + b"\xff" * 9 + b"\x01",
        b"\x01" + bytes(8) + b"\x80\x00",
        b"\x01" + bytes(8) + b"\x05\x00",
    ],
)
def test_a_cursor_in_another_form_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"^(of another|in another|cut off|a number)"):
        Cursor.read(urlsafe_b64encode(raw).rstrip(b"=").decode())


def test_a_cursor_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        Cursor.read("A" * (EVENT_CURSOR_CHARACTERS_MAX + 1))


def test_other_rows_with_the_same_numbers_have_another_cursor() -> None:
    ours = Place().after(3, 7, b"12345678")
    theirs = Place().after(3, 7, b"12345679")
    assert ours.cursor != theirs.cursor


def test_lanes_are_few_bytes_each() -> None:
    """Sixty-four connections that wrote two million rows each."""
    assert len(place_of(*[2_000_000] * 64).cursor) < 280


@pytest.mark.parametrize(
    ("ours", "theirs", "covers"),
    [
        ((), (), True),
        ((1,), (), True),
        ((), (1,), False),
        ((3, 5), (3, 4), True),
        ((3, 5), (4, 4), False),
        ((3, 0, 1), (3,), True),
    ],
)
def test_a_place_covers_what_is_read_there(
    ours: tuple[int, ...], theirs: tuple[int, ...], covers: bool
) -> None:
    assert place_of(*ours).covers(place_of(*theirs)) is covers


def test_joined_places_have_the_further_number_of_each_lane() -> None:
    joined = place_of(3, 5).joined(place_of(4, 0, 2))
    assert joined == place_of(4, 5, 2)
    assert joined.joined(place_of(4, 5, 2)) is joined
    assert place_of(1).joined(joined) is joined
