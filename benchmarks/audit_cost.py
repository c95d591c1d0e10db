"""What the audit trail costs, and that writers do not wait for each other in it.

Run ``python benchmarks/audit_cost.py``. It starts a PostgreSQL of its own, fast and not
durable, so that the disk takes no part. Figures are of the server: PostgreSQL's own
account of its triggers, and the time of statements less that on a table which is not
audited.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import psycopg2

from eerp.database.core_schema import STEPS

ROUNDS = 1500
BULK_ROWS = 5000
WRITERS = 16
SECONDS = 5.0
TARGET_US = 60
SETTINGS = (
    "SELECT set_config('eerp.actor', '018f4e9a-7c1b-7d2e-8f3a-4b5c6d7e8f90', true),"
    " set_config('eerp.request_id', 'abcdef0123456789', true),"
    " set_config('eerp.module', 'crm', true),"
    " set_config('eerp.transaction', '0123456789abcdef', true)"
)
TABLE = """
CREATE TABLE bench.{name} (
    id uuid PRIMARY KEY DEFAULT uuidv7(), first_name text, last_name text, email text,
    phone text, job_title text, notes text, credit numeric(12,2), company_id uuid,
    created_at timestamptz DEFAULT now() NOT NULL, created_by uuid,
    updated_at timestamptz DEFAULT now() NOT NULL, updated_by uuid,
    deleted_at timestamptz, version integer DEFAULT 1 NOT NULL,
    alive boolean
        GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN true END) STORED
)
"""
INSERT = (
    "INSERT INTO bench.{} (first_name, last_name, email, phone, job_title, credit)"
    " VALUES ('Ann', 'Berg', 'ann@example.com', '+49 30 12345', 'Buyer', 12.50)"
)
UPDATE = "UPDATE bench.{} SET job_title = 'x{}', version = version + 1 WHERE id = '{}'"
BULK = (
    "INSERT INTO bench.{} (first_name, email)"
    f" SELECT 'A' || n, 'e' || n FROM generate_series(1, {BULK_ROWS}) n"
)
_TRIGGER = re.compile(r"Trigger eerp_audit_\w+: time=([\d.]+)")


@contextmanager
def server() -> Iterator[str]:
    """How to reach a fresh PostgreSQL, as its owner's role."""
    with tempfile.TemporaryDirectory(prefix="eerp-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        process = subprocess.Popen(
            [
                sys.executable,
                Path(__file__).with_name("postgres.py"),
                f"{folder}/state",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.communicate()


def connect(dsn: str) -> Any:
    """A session as the pool's are; nobody waits for the disk."""
    connection = psycopg2.connect(dsn, options="-c synchronous_commit=off")
    connection.set_session(isolation_level="REPEATABLE READ")
    return connection


def prepare(dsn: str) -> None:
    """The core's tables, and two of ours: one audited, one not."""
    connection = psycopg2.connect(dsn)
    with connection, connection.cursor() as cursor:
        for step in STEPS:
            cursor.execute(step.sql)
        cursor.execute("CREATE SCHEMA bench")
        for name in ("plain", "audited"):
            cursor.execute(TABLE.format(name=name))
        cursor.execute("SELECT eerp.audit_table('bench', 'audited')")
    connection.close()


def trigger_us(connection: Any, statements: list[str]) -> float:
    """The median time of the audit's trigger, each statement a transaction."""
    times = []
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(SETTINGS)
            cursor.execute(f"EXPLAIN (ANALYZE) {statement}")
            lines = "\n".join(line for (line,) in cursor.fetchall())
            found = _TRIGGER.search(lines)
            assert found is not None
            times.append(float(found[1]) * 1000)
            connection.commit()
    return median(times)


def updates(connection: Any) -> list[str]:
    """Updates of one record, each of which changes it."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format("audited") + " RETURNING id")
        [[record]] = cursor.fetchall()
    connection.commit()
    return [UPDATE.format("audited", n, record) for n in range(ROUNDS)]


def bulk_us(connection: Any, table: str) -> float:
    """The time of a statement of many rows, a row."""
    best = float("inf")
    with connection.cursor() as cursor:
        for _ in range(5):
            began = time.perf_counter()
            cursor.execute(BULK.format(table))
            best = min(best, time.perf_counter() - began)
            connection.commit()
    return best / BULK_ROWS * 1e6


def writers(dsn: str, table: str) -> tuple[float, int]:
    """Transactions a second of many writers, and how often one was seen to wait for
    another's lock."""
    ends = time.monotonic() + SECONDS
    counts: list[int] = []

    def write() -> None:
        connection, count = connect(dsn), 0
        with connection.cursor() as cursor:
            while time.monotonic() < ends:
                cursor.execute(SETTINGS)
                cursor.execute(INSERT.format(table))
                connection.commit()
                count += 1
        connection.close()
        counts.append(count)

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    waits = watch(dsn, ends)
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS, waits


def watch(dsn: str, ends: float) -> int:
    """How many waits for rows and transactions are seen until then."""
    connection, waits = psycopg2.connect(dsn), 0
    connection.autocommit = True
    with connection.cursor() as cursor:
        while time.monotonic() < ends:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND wait_event IN ('tuple', 'transactionid', 'advisory')"
            )
            waits += cursor.fetchall()[0][0]
            time.sleep(0.01)
    connection.close()
    return waits


def main() -> None:
    """Print one line for each figure."""
    with server() as dsn:
        prepare(dsn)
        connection = connect(dsn)
        inserts = [INSERT.format("audited")] * ROUNDS
        trigger_us(connection, inserts[:200])
        insert = trigger_us(connection, inserts)
        print(f"insert of one row   {insert:6.1f} us   target < {TARGET_US} us")
        print(
            f"update of one row   {trigger_us(connection, updates(connection)):6.1f} us"
        )
        snapshot = connect(dsn)
        with snapshot.cursor() as cursor:
            cursor.execute("SELECT FROM eerp.audit_lanes")
            trigger_us(connection, inserts * 2)
            late = trigger_us(connection, inserts)
            print(f"  beside an old snapshot, {2 * ROUNDS} later  {late:6.1f} us")
        snapshot.close()
        plain, audited = (bulk_us(connection, t) for t in ("plain", "audited"))
        print(f"many rows at once   {audited - plain:6.1f} us a row")
        connection.close()
        for table in ("plain", "audited"):
            rate, waits = writers(dsn, table)
            print(f"{WRITERS} writers, {table:<8} {rate:7.0f} /s, {waits} waits seen")


if __name__ == "__main__":
    main()
