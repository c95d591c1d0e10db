"""The core's own tables, in schema ``eerp``: ordered steps, each applied once.

A step that was released is never edited: a change is a new step at the end.
"""

from __future__ import annotations

import hashlib

from attrs import frozen

from eerp.database.pool import Pool
from eerp.database.transaction import PostgresTransaction
from eerp.errors import DatabaseRefused
from eerp.interfaces import Statement, TransactionBegin
from eerp.log import Logger

__all__ = ["STEPS", "Step", "prepare"]

log = Logger(namespace="eerp.database")

_BEGIN = TransactionBegin(read_only=False, actor=None, request_id="", module="core")


@frozen
class Step:
    """One step: its place in the order, its name, its SQL."""

    number: int
    name: str
    sql: str

    @property
    def content_hash(self) -> str:
        """What the step said when it was applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


async def prepare(pool: Pool) -> None:
    """Apply the steps that are missing; any number of daemons may do so at once.

    Raises `DatabaseRefused` when the database is ahead of this program, or a step
    was applied with another content.
    """
    first, *rest = STEPS
    applied = await _apply(pool, first)
    for step in rest:
        applied += await _apply(pool, step)
    await _check(pool)
    if applied:
        log.info("the core's tables are up to date, {applied} steps applied",
                 event="core_schema_prepared", applied=applied)  # fmt: skip


async def _apply(pool: Pool, step: Step) -> int:
    transaction = pool.exclusive(_BEGIN)
    try:
        if await _is_applied(transaction, step):
            await transaction.rollback()
            return 0
        await transaction.run(Statement(step.sql))
        await transaction.run_last(Statement(
            "INSERT INTO eerp.core_steps (number, name, content_hash)"
            " VALUES (%s, %s, %s)", (step.number, step.name, step.content_hash),
        ))  # fmt: skip
    except BaseException:
        await transaction.rollback()
        raise
    return 1


async def _is_applied(transaction: PostgresTransaction, step: Step) -> bool:
    table = Statement("SELECT to_regclass('eerp.core_steps') IS NOT NULL")
    if not (await transaction.run(table))[0][0]:
        return False
    asked = Statement("SELECT FROM eerp.core_steps WHERE number = %s", (step.number,))
    return len(await transaction.run(asked)) > 0


async def _check(pool: Pool) -> None:
    rows = await pool.query(
        Statement("SELECT number, name, content_hash FROM eerp.core_steps ORDER BY 1")
    )
    ours = [(step.number, step.name, step.content_hash) for step in STEPS]
    if len(rows) > len(ours):
        raise DatabaseRefused(
            f"The database was prepared by a newer EERP: step {rows[-1][1]}"
            " is unknown here.",
            hint="Install that version again, or restore a backup.",
        )
    for found, expected in zip(rows, ours, strict=True):
        if tuple(found) != expected:
            raise DatabaseRefused(
                f"Step {expected[1]} of the core's tables was applied with"
                " another content."
            )


STEPS = (
    Step(1, "accounts", """
CREATE SCHEMA IF NOT EXISTS eerp;

CREATE TABLE eerp.core_steps (
    number        integer PRIMARY KEY,
    name          text NOT NULL,
    content_hash  text NOT NULL,
    applied_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE eerp.users (
    id             uuid PRIMARY KEY DEFAULT uuidv7(),
    username       text NOT NULL CHECK (username <> ''),
    password_hash  text NOT NULL,
    company_id     uuid,
    active         boolean NOT NULL DEFAULT true,
    token_version  integer NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL DEFAULT now(),
    last_login_at  timestamptz
);
CREATE UNIQUE INDEX users_username_key ON eerp.users (lower(username));

CREATE TABLE eerp.roles (
    name   text PRIMARY KEY CHECK (name <> ''),
    title  text NOT NULL DEFAULT ''
);

CREATE TABLE eerp.role_grants (
    role        text NOT NULL REFERENCES eerp.roles ON DELETE CASCADE,
    permission  text NOT NULL CHECK (permission <> ''),
    PRIMARY KEY (role, permission)
);

CREATE TABLE eerp.user_roles (
    user_id  uuid NOT NULL REFERENCES eerp.users ON DELETE CASCADE,
    role     text NOT NULL REFERENCES eerp.roles ON DELETE CASCADE,
    PRIMARY KEY (user_id, role)
);
CREATE INDEX user_roles_role_idx ON eerp.user_roles (role);

CREATE TABLE eerp.sessions (
    id              uuid PRIMARY KEY DEFAULT uuidv7(),
    user_id         uuid NOT NULL REFERENCES eerp.users ON DELETE CASCADE,
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    revoked_at      timestamptz,
    revoked_reason  text,
    user_agent      text
);
CREATE INDEX sessions_user_idx ON eerp.sessions (user_id);
CREATE INDEX sessions_expires_idx ON eerp.sessions (expires_at);

CREATE TABLE eerp.refresh_tokens (
    hash        bytea PRIMARY KEY,
    session_id  uuid NOT NULL REFERENCES eerp.sessions ON DELETE CASCADE,
    issued_at   timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz
);
CREATE INDEX refresh_tokens_session_idx ON eerp.refresh_tokens (session_id);

CREATE TABLE eerp.login_failures (
    key  text NOT NULL,
    at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_failures_key_idx ON eerp.login_failures (key, at);
CREATE INDEX login_failures_at_idx ON eerp.login_failures (at);
"""),
    Step(2, "module_migrations", """
CREATE TABLE eerp.module_migrations (
    module        text NOT NULL,
    entity        text NOT NULL,
    version       integer NOT NULL,
    content_hash  text NOT NULL,
    sql           text NOT NULL,
    applied_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (module, entity, version)
);
"""),
)  # fmt: skip
"""Every step, in order."""
