"""A server process under test: started, pinned, its processor time read, stopped."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

__all__ = ["Cores", "Server", "ServerFailed", "free_port", "request_bytes"]

START_S_MAX = 60.0
STOP_S_MAX = 30.0
POLL_S = 0.002
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
# Places in a line of /proc/stat, after the name of the core.
_USER, _NICE, _SYSTEM, _STOLEN = 1, 2, 3, 8


class ServerFailed(Exception):
    """A server did not start, or did not answer. The text says which and why."""


@frozen
class Cores:
    """Which processor cores the servers have, and which all the rest has.

    On a machine with one core both are the same, and figures mean little.
    """

    servers: frozenset[int]
    others: frozenset[int]

    @classmethod
    def share_out(cls) -> Cores:
        """The last core for the servers, the others for the rest."""
        cores = sorted(os.sched_getaffinity(0))
        return cls(frozenset(cores[-1:]), frozenset(cores[:-1] or cores))

    def servers_busy_s(self) -> float:
        """Processor seconds spent on the servers' cores so far, by anybody.

        What the machine's host took away counts; interrupts do not, for most of
        them are the servers' own network traffic.
        """
        names = {f"cpu{core}" for core in self.servers}
        lines = map(str.split, Path("/proc/stat").read_text().splitlines())
        ticks = [
            sum(int(line[place]) for place in (_USER, _NICE, _SYSTEM, _STOLEN))
            for line in lines
            if line and line[0] in names
        ]
        return sum(ticks) / TICKS_PER_S

    @contextmanager
    def for_servers(self) -> Iterator[None]:
        """What is started in here runs on the servers' core, threads included."""
        os.sched_setaffinity(0, self.servers)
        try:
            yield
        finally:
            os.sched_setaffinity(0, self.others)


@define
class Server:
    """One server process on `port` of 127.0.0.1; its output goes to `log_file`."""

    name: str
    command: Sequence[str]
    folder: Path
    port: int
    log_file: Path
    cores: Cores
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self, path: str, token: str = "") -> float:
        """Start it; seconds until it answered ``GET path`` with 200."""
        began = time.perf_counter()
        with self.cores.for_servers(), self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        while not self._answers(path, token):
            if self._process.poll() is not None:
                raise ServerFailed(f"{self.name} did not start:\n{self._log_end()}")
            if time.perf_counter() - began > START_S_MAX:
                raise ServerFailed(
                    f"{self.name} did not answer {path} in {START_S_MAX:.0f} s:\n"
                    f"{self._log_end()}"
                )
            time.sleep(POLL_S)
        return time.perf_counter() - began

    def stop(self) -> None:
        """End it with SIGTERM, and by force when it does not obey."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def processor_s(self) -> float:
        """Processor seconds that its process has used so far, system included."""
        values = self._proc("stat").rpartition(")")[2].split()
        return (int(values[11]) + int(values[12])) / TICKS_PER_S

    def memory_mb(self) -> float:
        """Resident memory, in MB of 1,000,000 bytes."""
        lines = dict(line.split(":", 1) for line in self._proc("status").splitlines())
        return int(lines["VmRSS"].split()[0]) * 1024 / 1e6

    def call(self, method: str, path: str, token: str = "", body: Any = None) -> Any:
        """The JSON of one answer.

        Raises:
            ServerFailed: the answer is not 2xx.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, path, data, _headers(token))
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if not 200 <= answer.status < 300:
            raise ServerFailed(
                f"{self.name} answered {answer.status} to {method} {path}: "
                f"{content[:500].decode(errors='replace')}"
            )
        return json.loads(content)

    def _answers(self, path: str, token: str) -> bool:
        try:
            self.call("GET", path, token)
        except (ServerFailed, OSError, http.client.HTTPException):
            return False
        return True

    def _proc(self, name: str) -> str:
        assert self._process is not None
        return Path(f"/proc/{self._process.pid}/{name}").read_text()

    def _log_end(self) -> str:
        return "\n".join(self.log_file.read_text().splitlines()[-15:])


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def request_bytes(method: str, path: str, token: str, body: Any = None) -> bytes:
    """One HTTP/1.1 request, ready to be sent."""
    content = b"" if body is None else json.dumps(body).encode()
    headers = {**_headers(token), "Host": "127.0.0.1"}
    if body is not None:
        headers["Content-Length"] = str(len(content))
    lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + content


def _headers(token: str) -> Mapping[str, str]:
    headers = {"Content-Type": "application/json"}
    return {**headers, "Authorization": f"Bearer {token}"} if token else headers
