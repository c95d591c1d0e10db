"""A daemon whose database is durable, behind a link that a test can cut, and who ends
its connections all along."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg2
from attrs import define, field
from psycopg2.extensions import parse_dsn
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater

from eerp.database.embedded import Embedded
from tests.daemon.process import Daemon, write_config
from tests.postgres.conftest import Proxy, proxied
from tests.seed import Seed

KILLS_MIN = 30
PAUSE_S = 0.02
SETTLE_S_MAX = 60
ENOUGH_S_MAX = 300
RECOVERY_S_MAX = 60
_ANY = (
    "pid FROM pg_stat_activity WHERE application_name LIKE 'eerp%'"
    " AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1"
)


@define(eq=False)
class Site:
    """A daemon, the link to its database, and a way to the database past the link."""

    daemon: Daemon
    proxy: Proxy
    dsn: str
    database: Any = None

    def sql(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database past the link; blocks, also while it recovers."""
        end = time.monotonic() + RECOVERY_S_MAX
        while True:
            try:
                return self._ask(sql, values)
            except psycopg2.Error:
                self.close()
                if time.monotonic() > end:
                    raise
                time.sleep(PAUSE_S)

    def _ask(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        if self.database is None:
            self.database = psycopg2.connect(self.dsn)
            self.database.autocommit = True
        cursor = self.database.cursor()
        cursor.execute(sql, values or None)
        return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """Leave the database."""
        database, self.database = self.database, None
        if database is not None:
            database.close()


@asynccontextmanager
async def running_site(folder: Path, **keys: Any) -> AsyncIterator[Site]:
    """A site in `folder`, signed in to as the administrator; `keys` as for
    `write_config`."""
    Seed.of_this_run().plant_cluster(folder / "postgres")
    server = Embedded(reactor, folder / "postgres")
    await server.start()
    try:
        async with proxied(server.dsn) as proxy:
            database = _account(proxy.dsn)
            daemon = Daemon(write_config(folder, database=database, **keys))
            site = Site(daemon, proxy, server.dsn)
            try:
                await daemon.start()
                await daemon.sign_in()
                yield site
            finally:
                site.close()
                status = await daemon.stop()
            assert status == 0, daemon.log_file.read_text()
    finally:
        await server.stop()


def _account(dsn: str) -> dict[str, Any]:
    """The configuration of a database that others run."""
    given = parse_dsn(dsn)
    return {
        "host": given["host"],
        "port": int(given["port"]),
        "name": given["dbname"],
        "user": given["user"],
        "password": given["password"],
        "pool_size": 8,
    }


@define(eq=False)
class Trouble:
    """Ends connections of a site's daemon in one way or the other until it is over."""

    site: Site
    random: random.Random
    kills: Counter[str] = field(factory=Counter)
    over: bool = False
    calm: bool = False
    """Whether nothing is ended for now, as while the daemon starts."""

    async def work(
        self,
        clients: Sequence[Coroutine[Any, Any, None]],
        seconds: float,
        *,
        kills: bool,
        enough: Callable[[], bool] = lambda: True,
    ) -> None:
        """Let `clients`, who look at `over`, work so long, until they say that it is
        `enough` besides, and end in order."""
        others = [self._make()] if kills else []
        working: Deferred[Any] = gatherResults(
            [Deferred.fromCoroutine(one) for one in (*clients, *others)],
            consumeErrors=True,
        )
        end = reactor.seconds() + seconds
        while not working.called and (
            reactor.seconds() < end
            or (kills and self.kills.total() < KILLS_MIN)
            or not enough()
        ):
            assert reactor.seconds() < end + ENOUGH_S_MAX, "too little was done"
            await deferLater(reactor, PAUSE_S)
        self.over = True
        working.addTimeout(SETTLE_S_MAX, reactor)
        await working
        await self.site.daemon.until_ready()

    async def _make(self) -> None:
        ways = [self._end_process] * 10 + [self._strand] * 6 + [self._cut_all] * 2
        ways.append(self._crash)
        while not self.over:
            await deferLater(reactor, self.random.uniform(0.05, 0.35))
            if not self.calm:
                self.random.choice(ways)()

    def _end_process(self) -> None:
        self.kills["ended"] += len(self.site.sql(
            f"SELECT pg_terminate_backend(p.pid) FROM (SELECT {_ANY}) p"
        ))  # fmt: skip

    def _crash(self) -> None:
        """PostgreSQL throws out everybody, and recovers from its log."""
        for (pid,) in self.site.sql(f"SELECT {_ANY}"):
            os.kill(pid, signal.SIGKILL)
            self.kills["crashed"] += 1

    def _strand(self) -> None:
        """The daemon loses a connection whose server process goes on."""
        joined = [one for one in self.site.proxy.links if one.other is not None]
        if joined:
            self.site.proxy.strand(self.random.choice(joined))
            self.kills["stranded"] += 1

    def _cut_all(self) -> None:
        self.site.proxy.cut()
        self.kills["all cut"] += 1
