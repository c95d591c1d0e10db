"""EERP beside a hand-written FastAPI service, measured in one run.

    .venv/bin/python benchmarks/run.py [--seconds 5] [--rounds 3]

benchmarks/README.md says what the figures mean, and what they do not.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from environment import peer_python
from load import LoadFailed, drive
from report import Pair, Run, cold_start_lines, disturbance_lines, table_lines
from server import Cores, ServerFailed
from services import (
    ROOT,
    Service,
    check_alike,
    eerp_server,
    fastapi_service,
    postgres,
    sign_in,
)
from tables import CONTACTS, Tables
from works import WORKS, Work

CONNECTIONS = (16, 1)
WARM_UP_S = 1.0
# On a disk: where files live in memory, fsync would cost nothing.
STATE_ROOT = Path("/var/tmp")


def main(arguments: Sequence[str]) -> int:
    """Measure and print; answers the exit status."""
    options = parse(arguments)
    cores = Cores.share_out()
    os.sched_setaffinity(0, cores.others)
    try:
        with ExitStack() as stack:
            measure_all(stack, options, cores)
    except (LoadFailed, ServerFailed, subprocess.CalledProcessError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return 130
    return 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options; a wrong one ends the program with status 2."""
    parser = argparse.ArgumentParser(prog="benchmarks/run.py", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=5.0, help="length of each run; default: 5"
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="runs of each service; default: 3"
    )
    options = parser.parse_args(arguments)
    if options.seconds <= 0 or options.rounds < 1:
        parser.error("--seconds and --rounds must be positive")
    return options


def measure_all(stack: ExitStack, options: argparse.Namespace, cores: Cores) -> None:
    """Bring everything up, take the runs, print, and leave the rest to `stack`."""
    python = peer_python(ROOT)
    state = Path(
        stack.enter_context(TemporaryDirectory(prefix="eerp-bench-", dir=STATE_ROOT))
    )
    state.chmod(0o711)  # PostgreSQL runs as another user and must get through
    tables = stack.enter_context(postgres(state / "postgres"))
    eerp = Service(eerp_server(state, tables.owner_dsn, cores))
    stack.callback(eerp.server.stop)
    eerp.server.start("/ready")
    eerp.token = sign_in(eerp.server, state / "eerp" / "initial-admin-password")
    ids = tables.fill()
    fastapi = fastapi_service(python, state, tables.owner_dsn, cores)
    stack.callback(fastapi.server.stop)
    one = f"/api/crm/contacts/{ids[0]}"
    fastapi.server.start(one, fastapi.token)
    check_alike(eerp, fastapi, one)
    print_head(options, cores, tables)
    results = measure_rounds(options, tables, eerp, fastapi, ids)
    print("\n".join(table_lines(results)))
    for line in disturbance_lines(chain.from_iterable(results.values())):
        print(f"\n{line}")
    print_memory(eerp, fastapi)
    print_cold_starts(options.rounds, one, eerp, fastapi)


def measure_rounds(
    options: argparse.Namespace,
    tables: Tables,
    eerp: Service,
    fastapi: Service,
    ids: Sequence[str],
) -> dict[tuple[str, int], list[Pair]]:
    """All runs, interleaved: EERP, FastAPI, EERP, FastAPI under each load."""
    loads = [(work, number) for number in CONNECTIONS for work in WORKS]
    results: dict[tuple[str, int], list[Pair]] = {
        (work.name, number): [] for work, number in loads
    }
    for number in range(options.rounds):
        for work, connections in loads:
            print(
                f"round {number + 1} of {options.rounds}: {work.name}, "
                f"{connections} connections",
                file=sys.stderr,
            )
            pair = Pair(
                *(
                    measure(service, work, ids, connections, options.seconds, tables)
                    for service in (eerp, fastapi)
                )
            )
            results[work.name, connections].append(pair)
    return results


def measure(
    service: Service,
    work: Work,
    ids: Sequence[str],
    connections: int,
    seconds: float,
    tables: Tables,
) -> Run:
    """One run of one service, after a warm-up that is not counted."""
    requests = work.requests(service.token, ids)
    server = service.server
    drive(server.port, requests, connections=connections, seconds=WARM_UP_S)
    before, busy_before = server.processor_s(), server.cores.servers_busy_s()
    outcome = drive(server.port, requests, connections=connections, seconds=seconds)
    used_s = server.processor_s() - before
    foreign_s = server.cores.servers_busy_s() - busy_before - used_s
    if work.writes:
        tables.tidy()
    return Run(
        outcome.per_second,
        1000 * used_s / outcome.requests,
        outcome.latency_ms(0.99),
        foreign_s / outcome.seconds,
    )


def print_head(options: argparse.Namespace, cores: Cores, tables: Tables) -> None:
    """What was measured, and where."""
    print(
        f"EERP {version('eerp')} beside FastAPI with asyncpg; {tables.version()}; "
        f"{CONTACTS:,} contacts"
    )
    print(
        f"one server process on core {_listed(cores.servers)}, load and PostgreSQL on "
        f"core {_listed(cores.others)}; {options.rounds} x {options.seconds:g} s, "
        "medians; tokens verified once and kept, in both"
    )
    if cores.servers == cores.others:
        print("This machine has one core: server, load and PostgreSQL share it.")
    print(flush=True)


def print_memory(eerp: Service, fastapi: Service) -> None:
    """Resident memory after all that."""
    print()
    for service in (eerp, fastapi):
        server = service.server
        print(f"{server.name:<10}{server.memory_mb():6.0f} MB resident")


def print_cold_starts(rounds: int, one: str, eerp: Service, fastapi: Service) -> None:
    """Seconds from the start of the process to the first contact that it gives."""
    starts: dict[str, list[float]] = {"EERP": [], "FastAPI": []}
    for _ in range(rounds):
        for service in (eerp, fastapi):
            service.server.stop()
            seconds = service.server.start(one, service.token)
            starts[service.server.name].append(seconds)
    print("\ncold start to the first contact, PostgreSQL up, modules compiled before:")
    print("\n".join(cold_start_lines(starts)))


def _listed(cores: frozenset[int]) -> str:
    return ", ".join(str(core) for core in sorted(cores))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
