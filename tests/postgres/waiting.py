"""Waiting for the database to say what a test expects."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.internet import reactor
from twisted.internet.task import deferLater

WITHIN_S = 60


async def until(look: Callable[[str], Any], sql: str, expected: object) -> None:
    """Ask until the answer is as expected; fail after a long while."""
    end = time.monotonic() + WITHIN_S
    while (found := look(sql)) != expected:
        assert time.monotonic() < end, found
        await deferLater(reactor, 0.01)
