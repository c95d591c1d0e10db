"""The load: connections that each send their next request when the last is answered.

Plain sockets and epoll, because it shares its core with PostgreSQL and must leave
it most of that core. It does not pipeline. It runs on Linux only.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Sequence
from itertools import cycle
from time import perf_counter

from attrs import define, field, frozen

__all__ = ["LoadFailed", "Outcome", "drive"]

ANSWER_DEADLINE_S = 30
READ_BYTES = 256 * 1024


class LoadFailed(Exception):
    """An answer was not 2xx, or did not come. The text says which."""


@frozen
class Outcome:
    """What one run came to; the latencies are sorted."""

    requests: int
    seconds: float
    latencies_s: Sequence[float]

    @property
    def per_second(self) -> float:
        """Requests answered a second."""
        return self.requests / self.seconds

    def latency_ms(self, share: float) -> float:
        """The latency that this `share` of the requests kept below."""
        return 1000 * self.latencies_s[int(share * (self.requests - 1))]


@define
class _Connection:
    socket: socket.socket
    received: bytes = b""
    sent_at: float = 0.0

    def send(self, request: bytes) -> None:
        # A request fits into an empty send buffer; sendall never has to wait.
        self.sent_at = perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """The whole answer, or None when more of it is to come."""
        part = self.socket.recv(READ_BYTES)
        if not part:
            raise LoadFailed("The server closed a connection before it answered.")
        answer = self.received + part if self.received else part
        if _is_whole(answer):
            self.received = b""
            return answer
        self.received = answer
        return None


@define
class _Drive:
    requests: cycle[bytes]
    ends_at: float
    connections: dict[int, _Connection]
    busy: int = 0
    latencies_s: list[float] = field(factory=list)

    def start(self, connection: _Connection) -> None:
        connection.send(next(self.requests))
        self.busy += 1

    def go_on(self, connection: _Connection) -> None:
        answer = connection.receive()
        if answer is None:
            return
        now = perf_counter()
        self.latencies_s.append(now - connection.sent_at)
        self.busy -= 1
        if answer[9:10] != b"2":
            raise LoadFailed(f"An answer was not 2xx:\n{answer[:1000].decode()}")
        if now < self.ends_at:
            self.start(connection)


def drive(
    port: int, requests: Sequence[bytes], *, connections: int, seconds: float
) -> Outcome:
    """Send `requests` in turn, over and over, for `seconds`; await every answer.

    Raises:
        LoadFailed: at the first answer that is not 2xx, and when one is missing.
    """
    with select.epoll() as poll:
        opened = [_open(port) for _ in range(connections)]
        try:
            by_number = {
                connection.socket.fileno(): connection for connection in opened
            }
            for number in by_number:
                poll.register(number, select.EPOLLIN)
            began = perf_counter()
            drive = _Drive(cycle(requests), began + seconds, by_number)
            _run(poll, drive)
            elapsed = perf_counter() - began
        finally:
            for connection in opened:
                connection.socket.close()
    latencies_s = sorted(drive.latencies_s)
    return Outcome(len(latencies_s), elapsed, latencies_s)


def _run(poll: select.epoll, drive: _Drive) -> None:
    for connection in drive.connections.values():
        drive.start(connection)
    while drive.busy:
        events = poll.poll(ANSWER_DEADLINE_S)
        if not events:
            raise LoadFailed(f"No answer came for {ANSWER_DEADLINE_S} seconds.")
        for number, _ in events:
            drive.go_on(drive.connections[number])


def _open(port: int) -> _Connection:
    opened = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_DEADLINE_S)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return _Connection(opened)


def _is_whole(answer: bytes) -> bool:
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = answer[:end].lower()
    start = head.find(b"content-length:")
    if start >= 0:
        length = int(head[start + 15 :].split(b"\r\n", 1)[0])
        return len(answer) >= end + 4 + length
    # What has no length is chunked here: none of the servers ends by closing.
    return answer.endswith(b"\r\n0\r\n\r\n")
