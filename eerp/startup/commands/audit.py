"""``eerp audit``: whether the audit trail is what was written."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from eerp.config import load
from eerp.database.audit import Kept, Verdict, heads, read_heads, verify, write_heads
from eerp.database.pool import Pool
from eerp.errors import AuditBroken, StartupError
from eerp.startup.commands.area import add_area, add_command, run_with_pool

__all__ = ["add"]


def add(areas: Any) -> None:
    """Declare the area."""
    area = add_area(areas, "audit", "the audit trail")
    checks = add_command(
        area, "verify", _verify, "say whether the audit trail holds, or where it breaks"
    )
    checks.add_argument(
        "--heads",
        metavar="FILE",
        type=Path,
        help="what `eerp audit heads` printed before: those rows must still be there",
    )
    add_command(
        area, "heads", _heads, "print the head of each lane, to keep it elsewhere"
    )


def _verify(arguments: argparse.Namespace) -> None:
    config = load(arguments.config)
    kept = {} if arguments.heads is None else _read(arguments.heads)

    async def job(_reactor: Any, pool: Pool) -> str:
        return _told(await verify(pool, kept), kept)

    run_with_pool(config, job)


def _heads(arguments: argparse.Namespace) -> None:
    async def job(_reactor: Any, pool: Pool) -> str:
        return write_heads(await heads(pool))

    run_with_pool(load(arguments.config), job)


def _read(path: Path) -> Kept:
    try:
        return read_heads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise StartupError(f"the heads in {path} cannot be read: {error}") from None


def _told(verdict: Verdict, kept: Kept) -> str:
    """One line when the trail holds; else its breaks go out, and an error says so."""
    walked = f"{_count(verdict.rows, 'row')} in {_count(verdict.lanes, 'lane')}"
    if not verdict.count:
        compared = f", {_count(len(kept), 'head')} kept before" if kept else ""
        return f"the audit trail holds: {walked}{compared}"
    for found in verdict.breaks:
        print(found)
    places = _count(verdict.count, "place")
    raise AuditBroken(f"the audit trail is broken in {places} of {walked}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
