"""What the tests of the audit trail share: audited tables, sessions, a superuser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2
from attrs import field, frozen
from psycopg2.extensions import make_dsn, parse_dsn

from eerp.database.audit import Kept
from eerp.database.chain import COLUMNS, AuditRow, Break, ChainCheck, Head

__all__ = ["Found", "Trail", "check", "run"]

Values = Sequence[Any] | None
Found = list[tuple[Any, ...]]

TABLES = """
CREATE SCHEMA shop;
CREATE SCHEMA more;
CREATE TABLE shop.notes (
    id uuid PRIMARY KEY DEFAULT uuidv7(), text text, price numeric(12,2),
    at timestamptz, data jsonb, photo bytea, tags text[],
    deleted_at timestamptz, version integer NOT NULL DEFAULT 1,
    alive boolean
        GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN true END) STORED
);
CREATE TABLE shop.lines (
    id uuid PRIMARY KEY DEFAULT uuidv7(), text text,
    note_id uuid REFERENCES shop.notes ON DELETE CASCADE,
    first_id uuid REFERENCES shop.notes ON DELETE SET NULL,
    second_id uuid REFERENCES shop.notes ON DELETE SET NULL
);
CREATE TABLE more.notes_extension (
    id uuid PRIMARY KEY REFERENCES shop.notes ON DELETE CASCADE, colour text
);
SELECT eerp.audit_table('shop', 'notes'), eerp.audit_table('shop', 'lines'),
       eerp.audit_table('more', 'notes_extension');
"""


@frozen
class Trail:
    """A database with audited tables, and ways to look at its trail."""

    dsn: str
    superuser_dsn: str = field(repr=False)

    @classmethod
    def of(cls, dsn: str, superuser_dsn: str) -> Trail:
        """Make the tables in the database of `dsn`."""
        name = parse_dsn(dsn)["dbname"]
        trail = cls(dsn, make_dsn(superuser_dsn, dbname=name))
        trail.run(TABLES)
        return trail

    def connect(self, isolation: str = "repeatable read") -> Any:
        """A session of the role that owns the tables."""
        connection = psycopg2.connect(self.dsn)
        connection.set_session(isolation_level=isolation)
        return connection

    def run(self, sql: str, values: Values = None) -> Found:
        """One transaction of a session of its own."""
        connection = psycopg2.connect(self.dsn)
        try:
            found = run(connection, sql, values)
            connection.commit()
        finally:
            connection.close()
        return found

    def tamperer(self) -> Any:
        """A session of the superuser's, with no trigger in the way."""
        return psycopg2.connect(
            self.superuser_dsn, options="-c session_replication_role=replica"
        )

    def rows(self, columns: str = "model, action, before, after") -> Found:
        """The trail in the order of writing."""
        return self.run(f"SELECT {columns} FROM eerp.audit ORDER BY at, lane, seq")

    def actions(self) -> list[str]:
        """What was done, in order: ``notes create``."""
        return [f"{model[5:]} {action}" for model, action, *_ in self.rows()]

    def check(self, kept: Kept | None = None) -> list[Break]:
        """What `eerp audit verify` finds."""
        connection = self.connect()
        try:
            return check(connection, kept)
        finally:
            connection.close()

    @contextmanager
    def sessions(self, count: int) -> Iterator[list[Any]]:
        """Several sessions, closed in the end."""
        opened = [self.connect() for _ in range(count)]
        try:
            yield opened
        finally:
            for connection in opened:
                connection.close()


def run(connection: Any, sql: str, values: Values = None) -> Found:
    """One statement of a session; its transaction stays open."""
    cursor = connection.cursor()
    cursor.execute(sql, values)
    return [] if cursor.description is None else cursor.fetchall()


def check(connection: Any, kept: Kept | None = None) -> list[Break]:
    """What is wrong with the trail, as this session sees it."""
    heads = run(connection, "SELECT lane, seq, hash FROM eerp.audit_lanes")
    checks = ChainCheck(
        {lane: Head(seq, bytes(digest)) for lane, seq, digest in heads}, kept or {}
    )
    rows = f"SELECT {COLUMNS} FROM eerp.audit ORDER BY lane, seq"
    for values in run(connection, rows):
        checks.add(AuditRow.of(values))
    return checks.finish()
