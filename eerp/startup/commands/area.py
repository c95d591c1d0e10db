"""What the areas of the command ``eerp`` share: how one is declared, and run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.logger import globalLogBeginner

from eerp.config import Config
from eerp.database.core_schema import prepare
from eerp.database.embedded import Embedded, running_dsn
from eerp.database.pool import Pool
from eerp.errors import EerpError
from eerp.log import observer

__all__ = ["Job", "add_area", "add_command", "fail", "line", "run_with_pool", "table"]

Job = Callable[[Any, Pool], Awaitable[str]]
"""What a command does with the reactor and an open pool; answers what to print."""


def add_area(areas: Any, name: str, about: str) -> Any:
    """An area such as ``eerp user``; commands are added to what this answers."""
    area = areas.add_parser(name, help=about, description=about.capitalize() + ".")
    return area.add_subparsers(title="commands", metavar="COMMAND", required=True)


def add_command(
    area: Any, name: str, run: Callable[[argparse.Namespace], None], about: str
) -> argparse.ArgumentParser:
    """A command of an area, with the option that all of them have."""
    command: argparse.ArgumentParser = area.add_parser(
        name, help=about, description=about.capitalize() + "."
    )
    command.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        default=Path("eerp-config.json"),
        help="the configuration file (default: ./eerp-config.json)",
    )
    command.set_defaults(run=run)
    return command


def fail(error: EerpError) -> NoReturn:
    """Say what is wrong in one line, and exit with status 1."""
    print(line(error), file=sys.stderr)
    sys.exit(1)


def line(error: EerpError) -> str:
    """An error as one line."""
    hint = f" ({error.hint})" if error.hint else ""
    return f"eerp: {error.message}{hint}"


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows as columns of text, the first row being their titles."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def run_with_pool(config: Config, job: Job, *, prepared: bool = True) -> None:
    """Run `job` on the database of `config`, and print what it answers.

    The core's tables are made ready, unless they shall not be `prepared`. With an
    embedded database it joins the server that runs, or starts it for as long as the
    job takes.
    """
    globalLogBeginner.beginLoggingTo(
        [observer("text", "critical")], redirectStandardIO=False
    )

    async def ready(reactor: Any, pool: Pool) -> str:
        await prepare(pool)
        return await job(reactor, pool)

    async def work(reactor: Any) -> None:
        try:
            print(await _with_database(reactor, config, ready if prepared else job))
        except EerpError as error:
            fail(error)

    react(lambda reactor: Deferred.fromCoroutine(work(reactor)))


async def _with_database(reactor: Any, config: Config, job: Job) -> str:
    database = config.database
    if not database.embedded:
        return await _with_pool(reactor, config, database.dsn, job)
    dsn = running_dsn(config.state_dir)
    if dsn is not None:
        return await _with_pool(reactor, config, dsn, job)
    server = Embedded(reactor, config.state_dir)
    dsn = await server.start()
    try:
        return await _with_pool(reactor, config, dsn, job)
    finally:
        await server.stop()


async def _with_pool(reactor: Any, config: Config, dsn: str, job: Job) -> str:
    database = config.database
    pool = Pool(
        reactor,
        dsn,
        size=1,
        connect_timeout_s=database.connect_timeout_s,
        statement_timeout_ms=database.statement_timeout_ms,
        lock_timeout_ms=database.lock_timeout_ms,
    )
    await pool.open()
    try:
        return await job(reactor, pool)
    finally:
        await pool.close()
