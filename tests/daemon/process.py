"""A real ``twistd -n eerp`` in a process of its own, and a client for it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import treq
from attrs import define, field, frozen
from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.web.client import HTTPConnectionPool

from tests.seed import Seed

REPOSITORY = Path(__file__).parents[2]
TWISTD = Path(sys.executable).parent / "twistd"
START_S_MAX = 180
# Hundreds of documents are printed, beside other tests.
DELIVERED_S_MAX = 180
PENDING = "/api/deliveries?state=pending&limit=1"
STOP_S_MAX = 40


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_config(folder: Path, **keys: Any) -> Path:
    """A configuration in `folder` for one daemon; `keys` replace the usual ones."""
    config: dict[str, Any] = {
        "listen": [f"tcp:{free_port()}:interface=127.0.0.1"],
        "state_dir": "var",
        "module_root": [str(REPOSITORY / "modules")],
        "database": {"embedded": True, "pool_size": 4},
        "log": {"level": "info", "format": "json"},
        "shutdown_timeout_s": 10,
        **keys,
    }
    path = folder / "eerp-config.json"
    path.write_text(json.dumps(config))
    return path


@frozen
class Answer:
    """An HTTP answer, read to its end."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.text)


@define(eq=False)
class Daemon:
    """One daemon. `start` runs it; `stop` sends SIGTERM and answers its status.

    Unless it is `fresh`, it begins with an empty cluster that was made before, and with
    the modules that other daemons of this run have compiled: to do so again for each of
    them would take most of the tests' time.
    """

    config: Path
    fresh: bool = False
    process: subprocess.Popen[bytes] | None = None
    token: str | None = None
    port: int | None = None
    _pool: HTTPConnectionPool = field(
        factory=lambda: HTTPConnectionPool(reactor, persistent=False)
    )

    @property
    def log_file(self) -> Path:
        """What the daemon wrote, over all its starts."""
        return self.config.parent / "daemon.log"

    @property
    def state_dir(self) -> Path:
        """Where it keeps its state."""
        return self.config.parent / "var"

    @property
    def url(self) -> str:
        """Where it listens."""
        if self.port is None:
            endpoint = json.loads(self.config.read_text())["listen"][0]
            self.port = int(endpoint.split(":")[1])
        return f"http://127.0.0.1:{self.port}"

    def spawn(self) -> None:
        """Start the process and do not wait."""
        if not self.fresh:
            Seed.of_this_run().plant(self.state_dir)
        with self.log_file.open("ab") as output:
            self.process = subprocess.Popen(
                [str(TWISTD), "-n", "eerp", "--config", str(self.config)],
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    async def start(self) -> Daemon:
        """Start it and wait until it is ready."""
        self.spawn()
        await self.until_ready()
        return self

    async def until_ready(self) -> None:
        """Wait for 200 from /ready; fails with the log when the process ends."""
        end = time.monotonic() + START_S_MAX
        while time.monotonic() < end:
            assert self.process is not None
            assert self.process.poll() is None, self.log_file.read_text()
            try:
                if (await self.ask("GET", "/ready")).status == 200:
                    return
            except Exception:
                # Nothing listens yet.
                pass
            await deferLater(reactor, 0.05)
        raise AssertionError(f"not ready in time:\n{self.log_file.read_text()}")

    async def until_delivered(self) -> None:
        """Wait until everything that follows from what was done is done, too."""
        end = time.monotonic() + DELIVERED_S_MAX
        while (await self.ask("GET", PENDING)).json["items"]:
            assert time.monotonic() < end, self.log_file.read_text()
            await deferLater(reactor, 0.1)

    async def wait(self) -> int:
        """The exit status, once the process ends by itself."""
        assert self.process is not None
        end = time.monotonic() + STOP_S_MAX
        while self.process.poll() is None:
            assert time.monotonic() < end, "the daemon does not stop"
            await deferLater(reactor, 0.02)
        return self.process.returncode

    async def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit status."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
        status = await self.wait()
        if not self.fresh:
            Seed.of_this_run().reap(self.state_dir)
        return status

    async def sign_in(self) -> None:
        """Be the first administrator from here on."""
        password = (self.state_dir / "initial-admin-password").read_text().strip()
        answer = await self.ask(
            "POST", "/api/auth/login", {"username": "admin", "password": password}
        )
        assert answer.status == 200, answer.text
        self.token = answer.json["access_token"]

    async def ask(
        self,
        method: str,
        path: str,
        content: Any = None,
        *,
        headers: dict[str, str] | None = None,
        data: bytes | None = None,
    ) -> Answer:
        """One request. `content` goes as JSON; `data` goes as it is."""
        sent = dict(headers or {})
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if content is not None:
            data = json.dumps(content).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        response = await treq.request(
            method,
            self.url + path,
            headers=sent,
            data=data,
            pool=self._pool,
            timeout=60,
        )
        text = (await response.content()).decode(errors="surrogateescape")
        found = {
            name.decode().lower(): values[-1].decode()
            for name, values in response.headers.getAllRawHeaders()
        }
        return Answer(response.code, found, text)

    def events(self) -> list[dict[str, Any]]:
        """The lines of the log that are JSON."""
        lines = self.log_file.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def rss_kib(self) -> int:
        """Resident memory of the daemon's process now."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1])
