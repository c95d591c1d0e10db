"""``eerp events``: what modules told of, what could not be delivered, what is due."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import Any

from eerp import limits
from eerp.config import load
from eerp.database.pool import Pool
from eerp.delivery import Desk, Ledger
from eerp.errors import StartupError
from eerp.startup.commands.area import add_area, add_command, run_with_pool, table

__all__ = ["add"]

_ACTOR = "eerp"


def add(areas: Any) -> None:
    """Declare the area."""
    area = add_area(areas, "events", "events, their deliveries, and jobs")
    listed = add_command(area, "list", _list, "list the last events")
    _add_limit(listed, "events")
    dead = add_command(area, "dead", _dead, "list the deliveries that are dead")
    _add_limit(dead, "deliveries")
    replay = add_command(area, "replay", _replay, "try a dead delivery again, or all")
    replay.add_argument("id", metavar="ID", nargs="?", type=int)
    replay.add_argument(
        "--all-dead", action="store_true", help="try all dead deliveries again"
    )
    add_command(area, "jobs", _jobs, "list the jobs of modules, and when they are due")


def _add_limit(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument(
        "--limit",
        metavar="N",
        type=_count,
        default=limits.DELIVERIES_PER_PAGE,
        help=f"so many {what} at most (default: {limits.DELIVERIES_PER_PAGE})",
    )


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= limits.DELIVERIES_PER_PAGE_MAX:
        raise argparse.ArgumentTypeError(
            f"a number from 1 to {limits.DELIVERIES_PER_PAGE_MAX}"
        )
    return count


def _list(arguments: argparse.Namespace) -> None:
    async def job(ledger: Ledger) -> str:
        titles = ("ID", "AT", "TOPIC", "KEY", "DELIVERIES", "DONE", "DEAD")
        return table([titles, *map(tuple, await ledger.events(arguments.limit))])

    _run(arguments, job)


def _dead(arguments: argparse.Namespace) -> None:
    async def job(ledger: Ledger) -> str:
        rows = [("ID", "FINISHED", "TOPIC", "KEY", "SUBSCRIBER", "ATTEMPTS", "ERROR")]
        items, _ = await ledger.deliveries("dead", arguments.limit, None)
        for each in items:
            rows.append((
                each["id"], each["finished_at"], each["topic"], each["key"] or "-",
                each["subscriber"], str(each["attempts"]), each["error"] or "-",
            ))  # fmt: skip
        return table(rows)

    _run(arguments, job)


def _replay(arguments: argparse.Namespace) -> None:
    if (arguments.id is None) == (not arguments.all_dead):
        raise StartupError("give the ID of a delivery, or --all-dead")

    async def job(ledger: Ledger) -> str:
        if arguments.all_dead:
            count = await ledger.replay_all(actor=_ACTOR)
            return f"{count} deliveries are tried again"
        found = await ledger.replay(arguments.id, actor=_ACTOR)
        return f"{found['topic']} to {found['subscriber']} is tried again"

    _run(arguments, job)


def _jobs(arguments: argparse.Namespace) -> None:
    async def job(ledger: Ledger) -> str:
        titles = ("JOB", "SCHEDULE", "DUE", "ATTEMPTS", "LAST END", "OUTCOME", "ERROR")
        return table([titles, *map(tuple, await ledger.jobs())])

    _run(arguments, job)


def _run(
    arguments: argparse.Namespace, job: Callable[[Ledger], Awaitable[str]]
) -> None:
    async def with_ledger(_reactor: Any, pool: Pool) -> str:
        return await job(Ledger(Desk(pool)))

    run_with_pool(load(arguments.config), with_ledger)
