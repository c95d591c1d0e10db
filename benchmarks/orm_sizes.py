"""Lookups and pages on tables of growing size, and a long list beside PostgreSQL.

    .venv/bin/python benchmarks/orm_sizes.py [--rows 10000,1000000,10000000]

Each operation runs through the ORM and the pool on a durable PostgreSQL 18 of its
own, in turn on every size, so that all sizes meet the same noise. A line shows the
median in microseconds and, for each size, the median of the ratios to the smallest
table, taken in pairs. The last lines compare a list of 1,000 records with the time in
which PostgreSQL alone answers the same records as JSON through a plain connection.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import psycopg2
from attrs import define
from twisted.internet.defer import Deferred
from twisted.internet.task import react

from eerp.database.core_schema import prepare
from eerp.database.embedded import Embedded
from eerp.database.pool import Pool
from eerp.interfaces import Identity, TransactionBegin
from eerp.migrations.apply import apply, plan
from eerp.orm.registry import ModelRegistry
from eerp.orm.repository import Repository

ACTOR = Identity("00000000-0000-7000-8000-00000000000a", "bench", None, (), frozenset())
ROUNDS = 400
LIST_ROUNDS = 60
LIST_ROWS = 1000
PAGE_ROWS = 50
# On a disk: where files live in memory, reading would cost nothing.
STATE_ROOT = Path("/var/tmp")
FIELDS = {
    "first_name": ("text", False),
    "last_name": ("text", True),
    "email": ("text", True),
    "phone": ("text", True),
    "credit": ("numeric(12,2)", True),
    "born_on": ("date", True),
}
PEOPLE: dict[str, Any] = {
    "name": "people",
    "order": [["last_name", "asc"], ["first_name", "asc"]],
    "fields": [
        {"name": name, "type": kind, "nullable": nullable}
        for name, (kind, nullable) in FIELDS.items()
    ],
}
MIGRATION: dict[str, Any] = {
    "entity": "people",
    "version": 1,
    "operations": [
        {
            "type": "create_table",
            "table": "people",
            "columns": [
                {"column": name, "sql_type": kind, "nullable": nullable}
                for name, (kind, nullable) in FIELDS.items()
            ],
        },
        {
            "type": "add_index",
            "table": "people",
            "columns": ["last_name", "first_name"],
        },
        {"type": "add_index", "table": "people", "columns": ["email"]},
    ],
}
_FILL = """
INSERT INTO {schema}.people (first_name, last_name, email, phone, credit, born_on)
SELECT 'First' || n % 997, initcap(md5((n % 400000)::text)),
       'person' || n || '@example.com', '+49 30 ' || n, n % 100000 / 100.0,
       date '1950-01-01' + (n % 20000)::integer
  FROM generate_series(1, {rows}) AS n
"""

_SAMPLE = """
SELECT p.id::text, p.email
  FROM (SELECT 1 + floor(random() * {rows})::bigint AS n
          FROM generate_series(1, 2000)) AS s
  JOIN {schema}.people AS p ON p.email = 'person' || s.n || '@example.com'
"""
# Two ways in which PostgreSQL alone gives the list; the quicker one counts.
_ALONE = (
    "SELECT coalesce(json_agg(row_to_json(r)), '[]')::text FROM {page}",
    "SELECT row_to_json(r)::text FROM {page}",
)


@define
class Table:
    """One size: its module, some ids, and cursors into its middle."""

    module: str
    rows: int
    ids: list[str]
    emails: list[str]
    cursors: list[str]


@define
class Bench:
    """The database and the ORM in front of it."""

    pool: Pool
    repository: Repository
    registry: ModelRegistry
    dsn: str

    async def run(self, module: str, operation: dict[str, Any]) -> bytes:
        """One operation as a request does it: alone in its transaction."""
        begin = TransactionBegin(
            read_only=True, actor=None, request_id="bench", module=module
        )
        transaction = self.pool.transaction(begin)
        result = await self.repository.run(
            transaction, module, operation, actor=ACTOR, last=True
        )
        return result.body

    async def make(self, rows: int) -> Table:
        """A table with so many people."""
        module = f"people_{rows}"
        self.registry.register(module, [PEOPLE])
        await apply(self.pool, module, plan([MIGRATION], {}, module, ()))
        ids, emails = self._fill(module, rows)
        return Table(module, rows, ids, emails, [])

    def _fill(self, module: str, rows: int) -> tuple[list[str], list[str]]:
        connection = psycopg2.connect(self.dsn)
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SET statement_timeout = 0")
        # Two million audit records would say nothing of lookups.
        cursor.execute(f"ALTER TABLE {module}.people DISABLE TRIGGER USER")
        cursor.execute(_FILL.format(schema=module, rows=rows))
        cursor.execute(f"ALTER TABLE {module}.people ENABLE TRIGGER USER")
        cursor.execute(f"VACUUM (ANALYZE) {module}.people")
        cursor.execute(_SAMPLE.format(schema=module, rows=rows))
        found = cursor.fetchall()
        connection.close()
        return [row[0] for row in found], [row[1] for row in found]


Operation = Callable[[Table, int], dict[str, Any]]


def get_one(table: Table, turn: int) -> dict[str, Any]:
    """A record by its id."""
    return {"op": "get", "model": "people", "id": table.ids[turn % len(table.ids)]}


def look_up(table: Table, turn: int) -> dict[str, Any]:
    """A record by a field that has an index."""
    email = table.emails[turn % len(table.emails)]
    where = {"field": "email", "op": "eq", "value": email}
    return {"op": "find", "model": "people", "where": where, "limit": 1}


def first_page(_table: Table, _turn: int) -> dict[str, Any]:
    """The first page of the list."""
    return {"op": "find", "model": "people", "limit": PAGE_ROWS}


def deep_page(table: Table, turn: int) -> dict[str, Any]:
    """A page in the middle of the list, by its cursor."""
    cursor = table.cursors[turn % len(table.cursors)]
    return {"op": "find", "model": "people", "limit": PAGE_ROWS, "cursor": cursor}


async def fill_cursors(bench: Bench, table: Table) -> None:
    """Cursors that begin at random places of the list."""
    for letter in "13579bdf0246":
        where = {"field": "last_name", "op": "gte", "value": letter.upper() + "8"}
        asked = {"op": "find", "model": "people", "where": where, "limit": 1}
        page = orjson.loads(await bench.run(table.module, asked))
        if page["next_cursor"]:
            table.cursors.append(page["next_cursor"])


async def measure(
    bench: Bench, tables: Sequence[Table], operation: Operation
) -> list[list[float]]:
    """Seconds of each round, for each table."""
    taken: list[list[float]] = [[] for _ in tables]
    for turn in range(ROUNDS):
        for number, table in enumerate(tables):
            asked = operation(table, turn)
            began = time.perf_counter()
            await bench.run(table.module, asked)
            taken[number].append(time.perf_counter() - began)
    return taken


def report(name: str, tables: Sequence[Table], taken: list[list[float]]) -> None:
    """One line: medians, and ratios to the smallest."""
    parts = []
    for table, times in zip(tables, taken, strict=True):
        ratio = statistics.median(
            ours / least for ours, least in zip(times, taken[0], strict=True)
        )
        micros = statistics.median(times) * 1e6
        parts.append(f"{table.rows:>10,} rows {micros:8.0f} us  x{ratio:4.2f}")
    print(f"{name:<12}" + "   ".join(parts), flush=True)


async def compare_list(bench: Bench, table: Table) -> None:
    """A list of 1,000 records beside PostgreSQL alone."""
    asked = {"op": "find", "model": "people", "limit": LIST_ROWS}
    columns = bench.registry.model(table.module, "people").columns
    page = (
        f'(SELECT t.* FROM {table.module}.people AS t WHERE t."deleted_at" IS NULL'
        f' ORDER BY t."last_name", t."first_name", t."id" LIMIT {LIST_ROWS}) AS t'
        f" CROSS JOIN LATERAL (SELECT {columns}) AS r"
    )
    connection = psycopg2.connect(bench.dsn)
    connection.autocommit = True
    cursor = connection.cursor()
    ours: list[float] = []
    alone: list[list[float]] = [[] for _ in _ALONE]
    for _ in range(LIST_ROUNDS):
        began = time.perf_counter()
        await bench.run(table.module, asked)
        ours.append(time.perf_counter() - began)
        for times, sql in zip(alone, _ALONE, strict=True):
            began = time.perf_counter()
            cursor.execute(sql.format(page=page))
            cursor.fetchall()
            times.append(time.perf_counter() - began)
    connection.close()
    quicker = min(alone, key=statistics.median)
    ratio = statistics.median(a / b for a, b in zip(ours, quicker, strict=True))
    print(
        f"list of {LIST_ROWS:,}: EERP {statistics.median(ours) * 1e3:.2f} ms,"
        f" PostgreSQL alone {statistics.median(quicker) * 1e3:.2f} ms,"
        f" ratio x{ratio:.2f} (median of pairs)"
    )


async def main(reactor: Any, arguments: Sequence[str]) -> None:
    """Make the tables, measure, print."""
    parser = argparse.ArgumentParser(prog="benchmarks/orm_sizes.py")
    parser.add_argument("--rows", default="10000,1000000,10000000")
    sizes = sorted(int(size) for size in parser.parse_args(arguments).rows.split(","))
    with TemporaryDirectory(prefix="eerp-bench-", dir=STATE_ROOT) as folder:
        server = Embedded(reactor, _passable(folder) / "state")
        await server.start()
        try:
            await with_database(reactor, server.dsn, sizes)
        finally:
            await server.stop()


def _passable(folder: str) -> Path:
    """The folder, open to pass through: PostgreSQL runs as another user for root."""
    path = Path(folder)
    path.chmod(0o711)
    return path


async def with_database(reactor: Any, dsn: str, sizes: Sequence[int]) -> None:
    """All that needs the database."""
    pool = Pool(reactor, dsn, size=1)
    await pool.open()
    await prepare(pool)
    registry = ModelRegistry()
    bench = Bench(pool, Repository(registry, b"k" * 32), registry, dsn)
    tables = []
    for rows in sizes:
        began = time.perf_counter()
        tables.append(await bench.make(rows))
        seconds = time.perf_counter() - began
        print(f"{rows:,} rows made in {seconds:.0f} s", file=sys.stderr, flush=True)
    registry.freeze()
    for table in tables:
        await fill_cursors(bench, table)
    for operation in (get_one, look_up, first_page, deep_page):
        taken = await measure(bench, tables, operation)
        report(operation.__name__.replace("_", " "), tables, taken)
    await compare_list(bench, tables[0])
    await pool.close()


def _main(reactor: Any, *arguments: str) -> Deferred[None]:
    run: Awaitable[None] = main(reactor, arguments)
    return Deferred.fromCoroutine(run)


if __name__ == "__main__":
    react(_main, sys.argv[1:])
