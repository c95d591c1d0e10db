"""The embedded PostgreSQL 18, in a process of its own for one benchmark.

    python benchmarks/postgres.py STATE_DIR

Writes two lines to standard output when it is up: how to reach it as its owner's
role and as the superuser. It ends, and stops the server, with its standard input:
so it outlives no benchmark, however that ended.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol
from twisted.internet.stdio import StandardIO
from twisted.internet.task import react
from twisted.python.failure import Failure

from eerp.database.embedded import Embedded


class _End(Protocol):
    """Fires `came` when standard input ends."""

    def __init__(self) -> None:
        self.came: Deferred[None] = Deferred()

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Standard input has ended."""
        self.came.callback(None)


async def main(reactor: Any, state_dir: str) -> None:
    """Start PostgreSQL, say where, and stop it in the end."""
    server = Embedded(reactor, Path(state_dir))
    await server.start()
    try:
        end = _End()
        StandardIO(end, reactor=reactor)
        print(server.dsn, server.superuser_dsn, sep="\n", flush=True)
        await end.came
    finally:
        await server.stop()


if __name__ == "__main__":
    react(main, sys.argv[1:])
