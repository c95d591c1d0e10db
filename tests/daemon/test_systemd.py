"""What systemd gives a daemon, a socket and a place to report, and gets from it."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest_twisted
from twisted.internet import reactor
from twisted.internet.task import deferLater

from tests.daemon.process import REPOSITORY, TWISTD, Daemon

Make = Callable[..., Daemon]
FIRST_PASSED_DESCRIPTOR = 3

# systemd names the process that the sockets are for; only that process knows itself.
EXEC = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="web")
os.environ["NOTIFY_SOCKET"] = sys.argv[2]
os.execv(sys.argv[3], sys.argv[3:])
"""


def spawn(daemon: Daemon, listening: socket.socket, notify: Path) -> None:
    """Start the daemon as systemd would, with a socket and a notify socket."""
    command = [
        sys.executable, "-c", EXEC, str(listening.fileno()), str(notify),
        str(TWISTD), "-n", "eerp", "--config", str(daemon.config),
    ]  # fmt: skip
    with daemon.log_file.open("ab") as output:
        daemon.process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(listening.fileno(), FIRST_PASSED_DESCRIPTOR),
        )


async def told(notify: socket.socket) -> str:
    """The next thing that the daemon reports."""
    while True:
        try:
            return notify.recv(4096).decode()
        except BlockingIOError:
            await deferLater(reactor, 0.02)


@pytest_twisted.ensureDeferred
async def test_a_socket_of_systemd_is_served_and_readiness_is_told(
    make_daemon: Make, short_dir: Path
) -> None:
    daemon = make_daemon(listen=["systemd:domain=INET:index=0"])
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify,
    ):
        notify.bind(str(short_dir / "notify"))
        notify.setblocking(False)
        spawn(daemon, listening, short_dir / "notify")

        assert await told(notify) == "READY=1"
        daemon.port = listening.getsockname()[1]
        assert (await daemon.ask("GET", "/ready")).status == 200
        assert await daemon.stop() == 0
        assert await told(notify) == "STOPPING=1"
