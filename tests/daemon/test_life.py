"""A daemon's life: first start, restart, crashes of its own and of PostgreSQL."""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Callable

import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from eerp.database.embedded import running_dsn
from eerp.database.postmaster import running as running_postmaster
from tests.daemon.process import Answer, Daemon

Make = Callable[..., Daemon]


def postmaster_pid(daemon: Daemon) -> int:
    """The process of the embedded PostgreSQL."""
    from eerp.database.cluster import find

    cluster = find(daemon.state_dir)
    assert cluster is not None
    server = running_postmaster(cluster.data)
    assert server is not None
    return server.pid


def _is_stopping(daemon: Daemon) -> bool:
    # The last line may be half written.
    said = daemon.log_file.read_text()
    return '"start_interrupted"' in said or '"drained"' in said


async def until(daemon: Daemon, status: int, seconds: float = 60) -> Answer:
    """Ask /ready until it answers `status`."""
    end = time.monotonic() + seconds
    while True:
        answer = await daemon.ask("GET", "/ready")
        if answer.status == status:
            return answer
        assert time.monotonic() < end, answer.text
        await deferLater(reactor, 0.05)


@pytest_twisted.ensureDeferred
async def test_a_first_start_makes_an_administrator_and_keeps_secrets(
    make_daemon: Make,
) -> None:
    daemon = make_daemon()
    daemon.fresh = True
    await daemon.start()

    password = daemon.state_dir / "initial-admin-password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    assert stat.S_IMODE((daemon.state_dir / "signing-key").stat().st_mode) == 0o600
    await daemon.sign_in()
    me = await daemon.ask("GET", "/api/auth/me")
    assert me.json["username"] == "admin"
    secret = password.read_text().strip()
    assert secret not in daemon.log_file.read_text()
    assert str(password) in daemon.log_file.read_text()
    assert await daemon.stop() == 0


@pytest_twisted.ensureDeferred
async def test_what_was_acknowledged_survives_kill_9(make_daemon: Make) -> None:
    """The next start adopts the PostgreSQL that was left behind."""
    daemon = make_daemon()
    await daemon.start()
    await daemon.sign_in()
    made = await daemon.ask("POST", "/api/crm/companies", {"name": "Lasting Ltd"})
    assert made.status == 201

    assert await daemon.stop(signal.SIGKILL) == -signal.SIGKILL
    assert running_dsn(daemon.state_dir) is not None
    await daemon.start()

    found = await daemon.ask("GET", made.headers["location"])
    assert found.json["name"] == "Lasting Ltd"
    assert await daemon.stop() == 0
    assert running_dsn(daemon.state_dir) is None


@pytest_twisted.ensureDeferred
async def test_ready_follows_the_database_without_a_restart(make_daemon: Make) -> None:
    daemon = make_daemon()
    await daemon.start()
    await daemon.sign_in()
    killed = postmaster_pid(daemon)

    os.kill(killed, signal.SIGSTOP)
    os.kill(killed, signal.SIGQUIT)
    os.kill(killed, signal.SIGKILL)
    gone = await until(daemon, 503)
    health = await daemon.ask("GET", "/health")

    assert gone.json["reasons"]
    assert health.status == 200
    await until(daemon, 200)
    assert (await daemon.ask("GET", "/api/crm/companies")).status == 200
    assert daemon.process is not None
    assert daemon.process.poll() is None
    assert await daemon.stop() == 0


@pytest_twisted.ensureDeferred
async def test_sigterm_lets_a_request_under_way_finish(make_daemon: Make) -> None:
    """The client has sent half its body when the signal comes."""
    daemon = make_daemon()
    await daemon.start()
    await daemon.sign_in()
    answers = [
        Deferred.fromCoroutine(
            daemon.ask("POST", "/api/crm/companies", {"name": f"Company {n}"})
        )
        for n in range(20)
    ]
    await deferLater(reactor, 0.01)
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGTERM)

    done = []
    for answer in answers:
        try:
            done.append((await answer).status)
        except Exception:
            # Its connection had not been accepted: nothing happened.
            done.append(0)
    assert await daemon.stop() == 0

    assert set(done) <= {201, 503, 0}
    await daemon.start()
    found = await daemon.ask("GET", "/api/crm/companies?limit=100")
    assert len(found.json["items"]) == done.count(201)
    assert await daemon.stop() == 0


@pytest_twisted.ensureDeferred
async def test_sigterm_while_modules_load_is_a_good_end(make_daemon: Make) -> None:
    """Twice even: what is being stopped is not stopped any sooner."""
    daemon = make_daemon()
    daemon.spawn()
    while '"event": "starting"' not in daemon.log_file.read_text():
        await deferLater(reactor, 0.02)
    while "core's tables" not in daemon.log_file.read_text():
        await deferLater(reactor, 0.005)
    assert daemon.process is not None

    daemon.process.send_signal(signal.SIGTERM)
    # By then it obeys the first; it may also have been done with loading.
    while daemon.process.poll() is None and not _is_stopping(daemon):
        await deferLater(reactor, 0.005)

    assert await daemon.stop() == 0
    log = daemon.log_file.read_text()
    assert "traceback" not in log
    assert "Traceback" not in log
    assert running_dsn(daemon.state_dir) is None


@pytest_twisted.ensureDeferred
async def test_a_second_daemon_on_the_same_state_is_refused(make_daemon: Make) -> None:
    daemon = make_daemon()
    await daemon.start()
    second = Daemon(daemon.config)

    second.spawn()

    assert await second.wait() == 1
    assert "Another daemon uses the state directory" in daemon.log_file.read_text()
    assert await daemon.stop() == 0


@pytest_twisted.ensureDeferred
async def test_a_start_with_everything_cached_is_quick(make_daemon: Make) -> None:
    """No module is compiled twice; the log says how long the start took."""
    daemon = make_daemon()
    daemon.fresh = True
    await daemon.start()
    assert await daemon.stop() == 0
    compiled = sorted((daemon.state_dir / "compiled").iterdir())
    stamps = [entry.stat().st_mtime_ns for entry in compiled]

    await daemon.start()

    assert sorted((daemon.state_dir / "compiled").iterdir()) == compiled
    assert [entry.stat().st_mtime_ns for entry in compiled] == stamps
    assert await daemon.stop() == 0
