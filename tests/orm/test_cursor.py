"""Sealed cursors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.errors import ValidationFailed
from eerp.orm.cursor import Cursors
from eerp.orm.order import Key, order_keys
from eerp.orm.registry import ModelRegistry
from eerp.orm.view import open_view
from tests.orm.given import ID, described, things

MODEL = things()
CURSORS = Cursors(b"a key of the server")


def order(name: str, *, descending: bool = False) -> tuple[Key, ...]:
    return order_keys(open_view(MODEL), [(name, descending, None)], "/order")


ORDER = order("a_text")
SEALED = CURSORS.seal(MODEL, ORDER, ["Ann", ID])


def opened(cursor: str, keys: tuple[Key, ...] = ORDER) -> tuple[str | None, ...]:
    return CURSORS.open(MODEL, keys, cursor, "/cursor")


@given(text=st.none() | st.text(max_size=200).filter(str.isprintable))
def test_a_cursor_gives_back_what_was_sealed(text: str | None) -> None:
    assert opened(CURSORS.seal(MODEL, ORDER, [text, ID])) == (text, ID)


@given(place=st.integers(0, len(SEALED) - 1), letter=st.sampled_from("aB3-_= é\0"))
def test_a_changed_cursor_is_refused(place: int, letter: str) -> None:
    changed = SEALED[:place] + letter + SEALED[place + 1 :]
    try:
        # Base64 ignores some letters, and the last ones carry unused bits.
        assert opened(changed) == ("Ann", ID)
    except ValidationFailed as error:
        assert error.errors[0].pointer == "/cursor"


@given(cursor=st.text())
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ValidationFailed):
        opened(cursor)


@pytest.mark.parametrize(
    "keys", [order("a_text", descending=True), order("a_uuid"), order("id")]
)
def test_a_cursor_of_another_order_is_refused(keys: tuple[Key, ...]) -> None:
    with pytest.raises(ValidationFailed):
        opened(SEALED, keys)


def test_a_cursor_of_another_model_is_refused() -> None:
    other = ModelRegistry().register("hr", [described(a_text="text")])[0]
    with pytest.raises(ValidationFailed):
        CURSORS.open(other, ORDER, SEALED, "/cursor")


def test_a_cursor_of_another_server_is_refused() -> None:
    with pytest.raises(ValidationFailed):
        Cursors(b"another key").open(MODEL, ORDER, SEALED, "/cursor")


def test_a_value_too_long_for_a_url_is_refused_with_its_reason() -> None:
    with pytest.raises(ValidationFailed, match="too long to continue"):
        CURSORS.seal(MODEL, ORDER, ["a" * 2000, ID])


def test_the_key_is_not_shown() -> None:
    assert "a key of the server" not in repr(CURSORS)
