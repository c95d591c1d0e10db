"""Jobs of modules: run once in the whole cluster for each time that is due.

A job is one row. Whoever finds it due takes a lease on it, runs the handler, and in the
handler's own transaction moves the row to the next due time: what the job did and that
it was done are one. Times that passed while nobody was there are made up for once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from eerp import limits
from eerp.delivery.attempt import INTERRUPTED, Failure, attempt
from eerp.delivery.backoff import JOBS, Backoff
from eerp.delivery.claims import ISO, Ask, ClaimLost
from eerp.delivery.cron import next_due
from eerp.delivery.handlers import Runner
from eerp.interfaces import SYSTEM, Statement, Transaction
from eerp.log import Logger

__all__ = ["Job", "JobSource", "Run"]

log = Logger(namespace="eerp.delivery")

_SERVED = "(j.module, j.name) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
_CLAIM = f"""
WITH chosen AS (
    SELECT j.module, j.name FROM eerp.jobs j
    WHERE j.run_at <= now() AND {_SERVED}
    ORDER BY j.run_at LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE eerp.jobs j SET run_at = clock_timestamp() + %s * interval '1 second',
    attempts = j.attempts + 1, claim = gen_random_uuid()
FROM chosen c WHERE (j.module, j.name) = (c.module, c.name)
RETURNING j.module, j.name, j.cron, j.due_at, to_char(j.due_at, '{ISO}'), j.attempts,
    j.claim::text, clock_timestamp()
"""  # noqa: S608  # all parts are constants above
_NEXT = f"""
SELECT extract(epoch FROM min(j.run_at) - clock_timestamp())::float8 FROM eerp.jobs j
WHERE j.run_at > now() AND {_SERVED}
"""  # noqa: S608  # all parts are constants above
_ADVANCE = """
UPDATE eerp.jobs SET due_at = %s, run_at = %s, attempts = 0, claim = NULL, error = %s,
    last_due_at = due_at, last_ended_at = clock_timestamp(), last_outcome = %s
WHERE module = %s AND name = %s AND claim = %s RETURNING name
"""
_AGAIN = """
UPDATE eerp.jobs SET run_at = clock_timestamp() + %s * interval '1 second',
    attempts = attempts - %s, error = %s, claim = NULL
WHERE module = %s AND name = %s AND claim = %s
"""


@frozen
class Job:
    """A job that a module registered."""

    module: str
    name: str
    cron: str
    handler_id: int


@frozen
class Run:
    """One claimed run of a job, for the time `due` (ISO 8601, `due_at` as a time)."""

    module: str
    name: str
    cron: str
    due_at: datetime
    due: str
    attempt: int
    claim: str
    claimed_at: datetime

    @property
    def next_at(self) -> datetime:
        """When it is due after this; not before it was claimed."""
        return next_due(self.cron, max(self.due_at, self.claimed_at))


@frozen
class JobSource:
    """The `eerp.delivery.pump.Source` of jobs, `jobs` by (module, name)."""

    ask: Ask
    runner: Runner
    jobs: Mapping[tuple[str, str], Job]
    lease_s: float
    backoff: Backoff = JOBS
    attempts_max: int = limits.JOB_ATTEMPTS_MAX
    _names: tuple[list[str], list[str]] = field(init=False)

    @_names.default
    def _split(self) -> tuple[list[str], list[str]]:
        return [module for module, _ in self.jobs], [name for _, name in self.jobs]

    async def claim(self, room: int) -> list[Run]:
        """Take what is due."""
        values = (*self._names, room, self.lease_s)
        return [Run(*row) for row in await self.ask(Statement(_CLAIM, values))]

    async def next_due_s(self) -> float | None:
        """Seconds until the next is due."""
        seconds: float | None = (await self.ask(Statement(_NEXT, self._names)))[0][0]
        return seconds

    async def run(self, work: Run) -> None:
        """Run the handler, and note what came of it."""
        failure = await attempt(self._run(work), "job", job=work.name)
        if failure is not None:
            await self._failed(work, failure)

    async def _run(self, run: Run) -> None:
        job = self.jobs[run.module, run.name]

        async def mark(transaction: Transaction) -> None:
            if not await transaction.run(_advance(run, "done", None)):
                raise ClaimLost("Another process runs this by now.")

        await self.runner.run_handler(
            run.module,
            job.handler_id,
            {"job": run.name, "due": run.due},
            b"",
            SYSTEM,
            f"job-{run.module}-{run.name}-{run.due_at:%Y%m%dT%H%M%SZ}",
            also=mark,
        )
        log.info("job {module}.{job} done", event="job_done", module=run.module,
                 job=run.name, due=run.due, attempt=run.attempt)  # fmt: skip

    async def _failed(self, run: Run, failure: Failure) -> None:
        last = failure.is_last(run.attempt, self.attempts_max)
        if failure is not INTERRUPTED:
            _note_failed(run, failure, last)
        if last:
            await self.ask(_advance(run, "failed", failure.text))
        else:
            delay_s = failure.delay_s(run.attempt, self.backoff)
            await self.ask(_again(run, failure, delay_s))


def _note_failed(run: Run, failure: Failure, last: bool) -> None:
    log.warn("job {module}.{job} failed: {reason}", event="job_failed",
             module=run.module, job=run.name, due=run.due, attempt=run.attempt,
             reason=failure.text, detail=failure.detail, last=last)  # fmt: skip


def _again(run: Run, failure: Failure, delay_s: float) -> Statement:
    """Once more for the same time."""
    uncounted = 0 if failure.counts else 1
    return Statement(
        _AGAIN,
        (delay_s, uncounted, failure.text, run.module, run.name, run.claim),
    )


def _advance(run: Run, outcome: str, error: str | None) -> Statement:
    """On to the next due time."""
    due = run.next_at
    return Statement(
        _ADVANCE, (due, due, error, outcome, run.module, run.name, run.claim)
    )
