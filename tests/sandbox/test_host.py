"""What a guest asks for is read before anybody acts on it."""

from __future__ import annotations

import pytest

from eerp.errors import BadRequest
from eerp.limits import GUEST_JSON_DEPTH_MAX
from eerp.sandbox.host import parse


def deep(levels: int) -> bytes:
    """An object that is so many levels deep."""
    return b'{"data":' * levels + b"1" + b"}" * levels


def test_what_can_be_written_again_is_read() -> None:
    assert parse(deep(GUEST_JSON_DEPTH_MAX))
    # Many brackets are not deep.
    assert parse(b'{"data":"' + b"[" * 5000 + b'","rows":[' + b"[]," * 5000 + b"[]]}")


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (deep(GUEST_JSON_DEPTH_MAX + 1), "nested too deep"),
        (deep(1000), "nested too deep"),
        (deep(100_000), "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"data": "\\ud800"}', "not JSON"),
        (b'{"data": 1e999}', "not JSON"),
        (b"\xff", "not JSON"),
    ],
)
def test_what_cannot_is_the_modules_mistake(request_: bytes, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        parse(request_)
