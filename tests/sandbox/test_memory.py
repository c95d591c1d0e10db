"""Every pointer that a guest can name, against the plain definition."""

from __future__ import annotations

import pytest_twisted
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eerp.errors import GuestProtocolError
from eerp.sandbox.guest import Guest
from tests.sandbox.conftest import EchoHost
from tests.sandbox.test_guest import Link
from tests.sandbox.wat import wat

SIZE = 2 * 65536
SIGNED = st.integers(-(2**31), 2**31 - 1) | st.integers(SIZE - 9, SIZE + 9)


def _inside(pointer: int, length: int) -> bool:
    return pointer % 2**32 + length % 2**32 <= SIZE


@pytest_twisted.ensureDeferred
async def test_a_range_is_served_whole_or_refused(program: Link) -> None:
    """Never clamped, never counted from the end, never wrapped around."""
    guest = Guest(program(wat()), EchoHost())
    try:
        await guest.start()
        _check_reads(guest)
        _check_writes(guest)
    finally:
        guest.close()


def _check_reads(guest: Guest) -> None:
    @settings(max_examples=2000, deadline=None)
    @given(SIGNED, SIGNED)
    @example(-1, 1)
    @example(SIZE, 0)
    @example(SIZE - 1, 2)
    @example(-4, 8)
    @example(0, -1)
    def check(pointer: int, length: int) -> None:
        try:
            data = guest.memory.read(pointer, length, SIZE)
        except GuestProtocolError:
            assert not _inside(pointer, length)
        else:
            assert _inside(pointer, length)
            assert len(data) == length

    check()


def _check_writes(guest: Guest) -> None:
    @settings(max_examples=500, deadline=None)
    @given(SIGNED, st.binary(max_size=64))
    @example(-4, b"tail")
    def check(pointer: int, content: bytes) -> None:
        try:
            guest.memory.write(pointer, content)
        except GuestProtocolError:
            assert not _inside(pointer, len(content))
        else:
            assert guest.memory.read(pointer, len(content), SIZE) == content

    check()
