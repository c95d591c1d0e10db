"""The embedded server: made once, safe by default, adopted, revived, refused."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import pytest_twisted
from psycopg2.extensions import parse_dsn
from twisted.internet import reactor
from twisted.internet.task import deferLater

from eerp.database import cluster, postmaster
from eerp.database.embedded import Embedded, running_dsn
from eerp.database.pool import Pool
from eerp.errors import DatabaseRefused
from eerp.interfaces import Statement
from tests.seed import short_folder

ROOT = Path(__file__).parents[2]
DAEMON = """
import sys
from pathlib import Path
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from eerp.database.embedded import Embedded
server = Embedded(reactor, Path(sys.argv[1]))
started = Deferred.fromCoroutine(server.start())
started.addBoth(lambda outcome: print(outcome, flush=True))
reactor.run()
"""


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """A state directory whose path leaves room for a socket; its server is ended."""
    with short_folder() as folder:
        # The tests close and open it as they need.
        folder.chmod(0o700)
        yield folder
        found = cluster.find(folder)
        server = None if found is None else postmaster.running(found.data)
        if found is not None and server is not None:
            os.kill(server.pid, signal.SIGQUIT)
        if found is not None:
            shutil.rmtree(found.base, ignore_errors=True)


def ask(dsn: str, sql: str) -> Any:
    connection = psycopg2.connect(dsn)
    try:
        cursor = connection.cursor()
        cursor.execute(sql)
        connection.commit()
        return cursor.fetchone()
    finally:
        connection.close()


async def until(truth: Callable[[], object], within_s: float = 60.0) -> None:
    end = time.monotonic() + within_s
    while not truth():
        assert time.monotonic() < end, "it did not come about"
        await deferLater(reactor, 0.02)


def _made(state_dir: Path) -> set[tuple[str, int, int]]:
    """Each part of the installation, as who made it left it."""
    base = state_dir / "postgresql"
    parts = [*base.glob("software-*"), base / "data" / "PG_VERSION"]
    made = {part: part.stat() for part in parts}
    return {(part.name, at.st_ino, at.st_mtime_ns) for part, at in made.items()}


def gone(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


@pytest_twisted.ensureDeferred
async def test_its_defaults_are_safe_and_it_ends_when_told(state_dir: Path) -> None:
    server = Embedded(reactor, state_dir)
    dsn = await server.start()
    settings = "current_setting('fsync'), current_setting('full_page_writes')"
    assert ask(dsn, f"SELECT {settings}") == ("on", "on")
    assert ask(dsn, "SELECT current_setting('listen_addresses')") == ("",)
    assert ask(dsn, "SELECT usesuper FROM pg_user WHERE usename = current_user") == (
        False,
    )
    assert ask(server.superuser_dsn, "SELECT count(*) FROM pg_hba_file_rules"
               " WHERE auth_method <> 'scram-sha-256'") == (0,)  # fmt: skip
    base = (state_dir / "postgresql").resolve()
    for secret in base.glob("password-*"):
        assert secret.stat().st_mode & 0o777 == 0o600
    assert base.stat().st_mode & 0o777 == 0o700
    assert (base / "run").stat().st_mode & 0o777 == 0o700
    pid = server.pid
    assert pid is not None
    assert Path(f"/proc/{pid}").stat().st_uid != 0
    assert running_dsn(state_dir) == dsn
    pool = Pool(reactor, dsn, size=1)
    await pool.open()
    await pool.close()
    await server.stop()
    assert gone(pid)
    assert running_dsn(state_dir) is None


@pytest_twisted.ensureDeferred
async def test_a_second_start_makes_nothing_and_finds_the_data(
    state_dir: Path,
) -> None:
    server = Embedded(reactor, state_dir, durable=False)
    first = await server.start()
    ask(first, "CREATE TABLE kept AS SELECT 7 AS n; SELECT 1")
    await server.stop()
    made = _made(state_dir)
    second = await Embedded(reactor, state_dir, durable=False).start()
    assert _made(state_dir) == made
    assert ask(second, "SELECT n FROM kept") == (7,)
    assert parse_dsn(first) == parse_dsn(second)


@pytest_twisted.ensureDeferred
async def test_a_killed_server_is_started_again(state_dir: Path) -> None:
    server = Embedded(reactor, state_dir, durable=False)
    dsn = await server.start()
    pool = Pool(reactor, dsn, size=2, require_durable=False)
    await pool.open()
    for sent in (signal.SIGKILL, signal.SIGINT):
        pid = server.pid
        assert pid is not None
        os.kill(pid, sent)
        await until(lambda pid=pid: server.pid not in (None, pid))
        await until(lambda: pool.idle == 2)
        assert await pool.query(Statement("SELECT 1")) == [(1,)]
    await pool.close()
    await server.stop()


def daemon(state_dir: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", DAEMON, str(state_dir)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


@pytest_twisted.ensureDeferred
async def test_a_server_that_outlived_its_daemon_is_adopted(state_dir: Path) -> None:
    killed = daemon(state_dir)
    dsn = first_line(killed)
    ask(dsn, "CREATE TABLE kept AS SELECT 7 AS n; SELECT 1")
    end(killed)
    left = cluster.find(state_dir)
    assert left is not None
    outlived = postmaster.running(left.data)
    assert outlived is not None
    server = Embedded(reactor, state_dir)
    assert await server.start() == dsn
    assert server.pid == outlived.pid
    assert ask(dsn, "SELECT n FROM kept") == (7,)
    await server.stop()
    await until(lambda: gone(outlived.pid))


@pytest_twisted.ensureDeferred
async def test_two_daemons_do_not_share_a_state_directory(state_dir: Path) -> None:
    first = daemon(state_dir)
    dsn = first_line(first)
    with pytest.raises(DatabaseRefused, match="Another daemon uses"):
        await Embedded(reactor, state_dir).start()
    assert ask(dsn, "SELECT 1") == (1,)
    end(first)


@pytest_twisted.ensureDeferred
async def test_a_pid_that_another_program_has_by_now_is_no_server(
    state_dir: Path,
) -> None:
    server = Embedded(reactor, state_dir, durable=False)
    await server.start()
    left = cluster.find(state_dir)
    assert left is not None
    file = left.data / "postmaster.pid"
    text = file.read_text()
    await server.stop()
    for pid in (os.getpid(), 1, 2**22 - 1):
        file.write_text(text.replace(text.splitlines()[0], str(pid), 1))
        os.chown(file, left.owner.uid, left.owner.gid)
        assert running_dsn(state_dir) is None
        dsn = await server.start()
        assert ask(dsn, "SELECT 1") == (1,)
        await server.stop()


@pytest_twisted.ensureDeferred
async def test_a_long_path_gets_a_short_socket(state_dir: Path) -> None:
    state_dir.chmod(0o711)
    deep = state_dir / ("x" * 60) / ("y" * 60)
    server = Embedded(reactor, deep, durable=False)
    dsn = await server.start()
    assert ask(dsn, "SELECT 1") == (1,)
    assert running_dsn(deep) == dsn
    sockets = Path(parse_dsn(dsn)["host"])
    assert sockets.parent == Path("/tmp")
    assert sockets.stat().st_mode & 0o777 == 0o700
    await server.stop()
    assert not sockets.exists()


@pytest_twisted.ensureDeferred
async def test_a_making_that_was_killed_half_way_starts_over(state_dir: Path) -> None:
    half = state_dir / "postgresql" / "initdb-left" / "data"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    placed = cluster.place(state_dir)
    os.chown(placed.base, placed.owner.uid, placed.owner.gid)
    placed.base.chmod(0o700)
    state_dir.chmod(0o711)
    server = Embedded(reactor, state_dir, durable=False)
    assert ask(await server.start(), "SELECT 1") == (1,)
    assert not half.exists()
    await server.stop()


@pytest_twisted.ensureDeferred
async def test_a_server_that_does_not_start_says_where_to_look(
    state_dir: Path,
) -> None:
    server = Embedded(reactor, state_dir, durable=False)
    await server.start()
    await server.stop()
    left = cluster.find(state_dir)
    assert left is not None
    (left.data / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(DatabaseRefused, match="did not start") as caught:
        await server.start()
    assert "server.log" in (caught.value.hint or "")
    assert "no_such_setting" in (caught.value.detail or "")


@pytest_twisted.ensureDeferred
async def test_data_lies_elsewhere_when_its_user_cannot_come_in(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only root has this case, e.g. with a checkout below /root."""
    elsewhere = state_dir / "elsewhere"
    monkeypatch.setattr(cluster, "ELSEWHERE", elsewhere)
    state_dir.chmod(0o711)
    closed = state_dir / "closed" / "state"
    closed.mkdir(parents=True)
    closed.parent.chmod(0o700)
    server = Embedded(reactor, closed, durable=False)
    dsn = await server.start()
    assert ask(dsn, "SELECT 1") == (1,)
    assert running_dsn(closed) == dsn
    moved = (closed / "postgresql").resolve().is_relative_to(elsewhere)
    assert moved == (os.geteuid() == 0)
    await server.stop()
    again = Embedded(reactor, closed, durable=False)
    assert parse_dsn(await again.start())["password"] == parse_dsn(dsn)["password"]
    await again.stop()
