"""What live changes cost: a look of the reader, and what a NOTIFY of each writer would.

Run ``python benchmarks/changes_cost.py``. Like ``audit_cost.py`` it starts a PostgreSQL
of its own, fast and not durable. Writers are measured in pairs, with and without a
NOTIFY in each transaction, for the machine is never the same twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

import psycopg2
from audit_cost import INSERT, SETTINGS, connect, prepare, server

from eerp import limits
from eerp.changes import feed

PAIRS = 6
SECONDS = 1.5
LOOKS = 200
WRITES = 20_000


def rate(dsn: str, writers: int, notify: str) -> float:
    """Transactions a second, each an audited row; the messages are one statement
    longer with a `notify`."""
    ends, counts = time.monotonic() + SECONDS, []

    def write() -> None:
        connection, count = connect(dsn), 0
        with connection.cursor() as cursor:
            while time.monotonic() < ends:
                cursor.execute(f"{SETTINGS};{INSERT.format('audited')}{notify};COMMIT")
                connection.commit()
                count += 1
        connection.close()
        counts.append(count)

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def pairs(dsn: str, writers: int) -> list[float]:
    """What is left of the rate with a NOTIFY, pair by pair, while somebody listens."""
    listener = psycopg2.connect(dsn)
    listener.autocommit = True
    listener.cursor().execute("LISTEN eerp_changes")
    found = []
    for _ in range(PAIRS):
        plain = rate(dsn, writers, "")
        found.append(rate(dsn, writers, ";NOTIFY eerp_changes") / plain)
        listener.poll()
        listener.notifies.clear()
    listener.close()
    return found


def look_us(cursor: Any) -> tuple[int, float]:
    """How many lanes there are, and the time of a look that finds nothing new."""
    cursor.execute(feed._NOW)
    heads = {lane: seq for lane, seq, _ in cursor.fetchall()}
    lanes = max(heads)
    seqs = [heads.get(lane, 0) for lane in range(1, lanes + 1)]
    most = limits.EVENT_PAGE_ROWS_MAX // lanes + 1
    return lanes, time_us(cursor, feed._PAGE, (lanes, seqs, ["bench.audited"], most))


def time_us(cursor: Any, sql: str, values: Sequence[Any]) -> float:
    """The median time of a statement and its answer."""
    times = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        cursor.execute(sql, values)
        cursor.fetchall()
        times.append(time.perf_counter() - began)
    return median(times) * 1e6


def spread(dsn: str, sessions: int) -> None:
    """Use so many lanes."""
    opened = [connect(dsn) for _ in range(sessions)]
    for connection in opened:
        connection.cursor().execute(INSERT.format("audited"))
        connection.commit()
    for connection in opened:
        connection.close()


def main() -> None:
    """Print one line for each figure."""
    with server() as dsn:
        prepare(dsn)
        for writers in (1, 8):
            found = sorted(pairs(dsn, writers))
            print(
                f"with NOTIFY, {writers} writers: {median(found):.2f} of the rate"
                f" without, {found[0]:.2f} to {found[-1]:.2f}"
            )
        reader = psycopg2.connect(dsn)
        reader.autocommit = True
        cursor = reader.cursor()
        for sessions in (8, 64):
            spread(dsn, sessions)
            lanes, us = look_us(cursor)
            print(f"a look at {lanes:3} lanes   {us:6.0f} us")
        old, writer = connect(dsn), connect(dsn)
        old.cursor().execute("SELECT FROM eerp.audit_lanes")
        for _ in range(WRITES):
            writer.cursor().execute(INSERT.format("audited"))
            writer.commit()
        lanes, us = look_us(cursor)
        print(f"  beside an old snapshot, {WRITES} writes later  {us:6.0f} us")
        for connection in (old, writer, reader):
            connection.close()


if __name__ == "__main__":
    main()
