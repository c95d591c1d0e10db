"""What became of a transaction whose connection was lost while it committed.

First its server process is ended and is seen to be gone: from then on nothing can
change the outcome. Then PostgreSQL is asked for it: by the number of the
transaction where it is known, by what the transaction left in the database where it
is not, or where the server is another one by now. ADR 0012 has the reasons.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import frozen
from twisted.internet.task import deferLater

from eerp import limits
from eerp.errors import (
    ConnectionLost,
    DatabaseUnavailable,
    OutcomeUnknown,
    Overloaded,
    SerializationFailed,
    StatementTimeout,
)
from eerp.interfaces import Rows, Statement
from eerp.log import Logger

if TYPE_CHECKING:
    from eerp.database.pool import Pool

__all__ = ["IDENTIFY", "Backend", "Outcomes", "end_all", "unknown"]

log = Logger(namespace="eerp.database")

T = TypeVar("T")

# Another timeline, after a failover, may give the same number to another transaction.
_TIMELINE = (
    "CASE WHEN pg_is_in_recovery() THEN ''"
    " ELSE left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END"
)
_STARTED = (
    "(SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid())"
)
# After a crash, PostgreSQL begins its statistics anew.
_CRASH = "(SELECT stats_reset::text FROM pg_stat_checkpointer)"
IDENTIFY = f"pg_backend_pid(), {_STARTED}, {_TIMELINE}, {_CRASH}"
"""The columns that make a `Backend`."""

# ruff: noqa: S608  # what is joined below are constants

# A pid is used again; together with its start it is not.
_END = (
    "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity"
    " WHERE pid = %s AND backend_start = %s::timestamptz"
)
_END_ALL = (
    "SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a"
    " JOIN unnest(%s::integer[], %s::text[]) AS lost (pid, started)"
    " ON a.pid = lost.pid AND a.backend_start = lost.started::timestamptz"
)
# A number that has not been given yet was lost in a crash, with its transaction.
_STATUS = (
    f"SELECT CASE WHEN {_TIMELINE} <> %s THEN NULL"
    " WHEN n >= pg_snapshot_xmax(pg_current_snapshot()) THEN 'aborted'"
    f" ELSE pg_xact_status(n) END, {_CRASH} = %s FROM (SELECT %s::text::xid8) AS x (n)"
)
_TRACES = """
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = to_regnamespace('eerp') AND a.attname = 'transaction'
       AND c.relname IN ('audit', 'idempotency', 'outbox')"""
_WRITTEN = {"audit": "at", "idempotency": "created_at", "outbox": "created_at"}
_END_WAIT_MS = 2_000
_PAUSE_S = 0.05
_PASSING = (
    ConnectionLost, DatabaseUnavailable, Overloaded, SerializationFailed,
    StatementTimeout,
)  # fmt: skip


@frozen
class Backend:
    """A server process of PostgreSQL, the timeline that it writes, and when its server
    crashed last."""

    pid: int
    started: str
    timeline: str
    crash: str


class Outcomes:
    """Finds out for the transactions of one pool, by its other connections."""

    def __init__(self, pool: Pool, reactor: Any) -> None:
        self._pool = pool
        self._reactor = reactor
        self._traces: list[str] | None = None

    async def committed(
        self, lost: Backend, number: str | None, token: str, *, traced: bool = False
    ) -> bool:
        """Whether the transaction `number` (an xid8) of `token` was committed.

        `traced` says that it cannot have been without leaving a trace. Raises
        `OutcomeUnknown` when the database stays away for too long.
        """

        async def look() -> bool:
            await self._end(lost)
            status = await self._status(lost, number)
            if status is None:
                return await self._left_trace(token, number, traced)
            return status == "committed"

        return _note(await self._insist(look))

    async def rows(self, lost: Backend, recover: Statement) -> Rows:
        """The rows of a lost answer; empty when nothing was committed.

        Raises `OutcomeUnknown` when the database stays away for too long.
        """

        async def look() -> Rows:
            await self._end(lost)
            return await self._pool.query(recover)

        rows = await self._insist(look)
        _note(bool(rows))
        return rows

    async def _insist(self, look: Callable[[], Awaitable[T]]) -> T:
        """Look until there is an answer, or time is up."""
        end = self._reactor.seconds() + limits.OUTCOME_WAIT_MS_MAX / 1000
        while True:
            try:
                return await look()
            except _PASSING as error:
                if not self._pool.is_open or self._reactor.seconds() > end:
                    raise unknown(error) from error
            await deferLater(self._reactor, _PAUSE_S)

    async def _end(self, lost: Backend) -> None:
        """End the server process of the lost connection, and see that it is gone."""
        asked = Statement(_END, (_END_WAIT_MS, lost.pid, lost.started))
        if await self._pool.query(asked) and await self._pool.query(asked):
            raise DatabaseUnavailable("The process of a lost connection does not end.")

    async def _status(self, lost: Backend, number: str | None) -> str | None:
        """``committed`` or ``aborted``, if it is certain.

        A crash may take the last numbers back, and others get them: that such a number
        was committed says nothing of ours, that it was not, or not yet, says enough.
        """
        if number is None or not lost.timeline:
            return None
        asked = Statement(_STATUS, (lost.timeline, lost.crash, number))
        status, same = (await self._pool.query(asked))[0]
        if same and status == "in progress":
            raise DatabaseUnavailable("A transaction outlives its process.")
        if status is None or (status == "committed" and not same):
            return None
        return "committed" if status == "committed" else "aborted"

    async def _left_trace(self, token: str, number: str | None, traced: bool) -> bool:
        """True when a trace of ours is found, false when it is another transaction's
        that has our number. To find none proves something only of who leaves one."""
        if self._traces is None:
            found = await self._pool.query(Statement(_TRACES))
            self._traces = [name for (name,) in found]
        others = False
        for name in self._traces:
            asked = Statement(
                f'SELECT "transaction" = %s FROM eerp.{name}'
                ' WHERE ("transaction" = %s OR xmin = %s::text::xid8::xid)'
                f" AND {_WRITTEN[name]} > now() - interval '10 minutes'"
                " ORDER BY 1 DESC NULLS LAST LIMIT 1",
                (token, token, number),
            )
            rows = await self._pool.query(asked)
            if rows and rows[0][0]:
                return True
            others = others or bool(rows)
        if others or traced:
            return False
        raise unknown(None)


def end_all(lost: Sequence[Backend]) -> Statement:
    """Ends these server processes, those that are still there, and does not wait."""
    pids = [one.pid for one in lost]
    return Statement(_END_ALL, (pids, [one.started for one in lost]))


def unknown(error: Exception | None) -> OutcomeUnknown:
    """What remains to be said when it could not be found out."""
    return OutcomeUnknown(
        "The connection to the database was lost while committing:"
        " the change may have been made or not.",
        hint="Look before you repeat it, or repeat it with an Idempotency-Key.",
        detail=None if error is None else f"{type(error).__name__}: {error}",
    )


def _note(committed: bool) -> bool:
    log.warn(
        "a connection was lost while committing; the transaction was {outcome}",
        event="commit_resolved",
        outcome="committed" if committed else "rolled back",
    )
    return committed
