"""The decoding of request paths."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.errors import BadRequest
from eerp.routes import decode_path

_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1
).filter(lambda text: text not in {".", ".."})


@given(st.lists(_TEXT, min_size=1, max_size=5))
def test_quoted_segments_come_back_as_they_were(segments):
    path = "".join("/" + quote(segment, safe="") for segment in segments)
    assert decode_path(path.encode()) == tuple(segments)


def test_decoding_happens_once():
    assert decode_path(b"/a%252Fb/%2525") == ("a%2Fb", "%25")


def test_a_plus_in_a_path_is_a_plus():
    assert decode_path(b"/a+b") == ("a+b",)


def test_a_trailing_slash_leaves_an_empty_segment():
    assert decode_path(b"/a/") == ("a", "")
    assert decode_path(b"/") == ("",)


@pytest.mark.parametrize(
    "path",
    [
        b"", b"a", b"*", b"/%", b"/%4", b"/%zz", b"/a%2Fb", b"/a%2fb", b"/%00", b"/%0d",
        b"/%7f", b"/%ff", b"/%c3", b"/%ed%a0%80", b"/\xc3\xa4", b"/..", b"/a/./b",
        b"/%2e%2E", b"/a//b", b"//",
    ],
)  # fmt: skip
def test_paths_that_are_not_one_thing_are_refused(path):
    with pytest.raises(BadRequest):
        decode_path(path)


@given(st.binary(max_size=30).map(lambda raw: b"/" + raw))
def test_any_bytes_are_decoded_or_refused(path):
    try:
        segments = decode_path(path)
    except BadRequest:
        return
    assert all("/" not in segment and "\x00" not in segment for segment in segments)
    "".join(segments).encode("utf-8")
