"""The header Prefer, and what is made of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp import limits
from eerp.calls import Preferences, read_preferences
from eerp.errors import BadRequest


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, Preferences()),
        ("", Preferences()),
        ("respond-async, wait=10", Preferences()),
        ("tx=commit", Preferences()),
        ("tx=rollback", Preferences(rollback=True)),
        ("  TX = rollback ; foo=bar", Preferences(rollback=True)),
        ('tx="rollback"', Preferences(rollback=True)),
        ("count=exact, tx=rollback, max-affected=7",
         Preferences(rollback=True, max_affected=7)),
        ("return=minimal", Preferences(minimal=True)),
        ("return=representation", Preferences()),
        ("return=minimal, return=representation", Preferences(minimal=True)),
        ("max-affected=0", Preferences(max_affected=0)),
    ],
)  # fmt: skip
def test_preferences_are_read_as_the_rfc_writes_them(header, expected):
    assert read_preferences(header) == expected


@pytest.mark.parametrize(
    "header",
    ["tx=rolback", "tx", "max-affected=x", "max-affected=-1", "max-affected=",
     "max-affected=1.5", f"max-affected={limits.MAX_AFFECTED_MAX + 1}",
     "max-affected=" + "9" * 500, "x" * (limits.PREFER_CHARACTERS_MAX + 1)],
)  # fmt: skip
def test_what_would_protect_and_means_nothing_is_refused(header):
    with pytest.raises(BadRequest):
        read_preferences(header)


@given(st.text(max_size=200))
def test_no_header_does_anything_else(header):
    try:
        found = read_preferences(header)
    except BadRequest:
        return
    assert found.rollback == ("rollback" in header and "tx" in header.lower()) or (
        not found.rollback
    )


@given(st.booleans(), st.none() | st.integers(0, 1000), st.booleans())
def test_what_was_applied_reads_back_as_it_was(rollback, most, minimal):
    wishes = Preferences(rollback, most, minimal)
    assert read_preferences(wishes.applied) == wishes
