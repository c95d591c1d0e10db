"""What the modules want to be told, and when: read at load, then written down.

The database knows the subscriptions too, for whoever emits an event makes its
deliveries: no process need know what another one has loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

from attrs import define, field

from eerp import limits
from eerp.delivery.cron import CronRefused, next_due
from eerp.delivery.handlers import Handler
from eerp.delivery.jobs import Job
from eerp.delivery.topics import is_pattern, module_of
from eerp.errors import RegistrationInvalid
from eerp.interfaces import Registered, Statement, Transaction
from eerp.log import printable

__all__ = ["Registry"]

_UNSUBSCRIBE = """
DELETE FROM eerp.subscriptions WHERE kind = 'module'
    AND split_part(subscriber, ':', 1) <> ALL (%s::text[])
    AND subscriber <> ALL (%s::text[])
"""
_SUBSCRIBE = """
INSERT INTO eerp.subscriptions (kind, subscriber, pattern)
SELECT 'module', * FROM unnest(%s::text[], %s::text[]) ON CONFLICT DO NOTHING
"""
_DROP_JOBS = """
DELETE FROM eerp.jobs WHERE module <> ALL (%s::text[])
    AND (module, name) NOT IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
# A job that there was keeps its due time, past or not, unless its expression changed.
_PUT_JOB = """
INSERT INTO eerp.jobs (module, name, cron, due_at, run_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (module, name) DO UPDATE SET cron = excluded.cron,
    due_at = excluded.due_at, run_at = excluded.run_at, attempts = 0, claim = NULL
WHERE jobs.cron <> excluded.cron
"""
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


@define(eq=False)
class Registry:
    """The handlers of events by subscriber, and the jobs by (module, name)."""

    handlers: dict[str, Handler] = field(factory=dict)
    jobs: dict[tuple[str, str], Job] = field(factory=dict)

    def register(
        self,
        module: str,
        neighbours: Collection[str],
        events: Iterable[Registered],
        jobs: Iterable[Registered],
    ) -> None:
        """Take what `module` registered, all of it or nothing.

        `neighbours` are those of which it may hear, there or not: of a module that is
        not, it hears nothing. Raises `RegistrationInvalid`: a topic that is none, or of
        a module that it does not depend on; a schedule that is none; one of them twice.
        """
        heard = [_handler(module, {module, *neighbours}, one) for one in events]
        due = [_job(module, one) for one in jobs]
        _once(module, "the event", [handler.pattern for handler in heard])
        _once(module, "the job", [job.name for job in due])
        self.handlers.update({handler.subscriber: handler for handler in heard})
        self.jobs.update({(job.module, job.name): job for job in due})

    async def write(self, transaction: Transaction, kept: Collection[str]) -> None:
        """Make the database's subscriptions and jobs those of the modules registered
        here. Those of the modules `kept`, which failed to load, stay as they are."""
        handlers = list(self.handlers.values())
        subscribers = [handler.subscriber for handler in handlers]
        patterns = [handler.pattern for handler in handlers]
        await transaction.run(Statement(_UNSUBSCRIBE, (list(kept), subscribers)))
        await transaction.run(Statement(_SUBSCRIBE, (subscribers, patterns)))
        jobs = list(self.jobs.values())
        modules, names = [job.module for job in jobs], [job.name for job in jobs]
        await transaction.run(Statement(_DROP_JOBS, (list(kept), modules, names)))
        now = (await transaction.run(Statement("SELECT clock_timestamp()")))[0][0]
        for job in jobs:
            due = next_due(job.cron, now)
            values = (job.module, job.name, job.cron, due, due)
            await transaction.run(Statement(_PUT_JOB, values))


def _handler(module: str, known: Collection[str], one: Registered) -> Handler:
    (pattern,) = one.texts
    if not is_pattern(pattern):
        raise _invalid(module, f"the event {_shown(pattern)}, which is no topic")
    if module_of(pattern) not in known:
        wrong = f"the event {pattern} of a module that it does not depend on"
        raise _invalid(module, wrong)
    return Handler(module, pattern, one.handler_id)


def _job(module: str, one: Registered) -> Job:
    name, cron = one.texts
    if not 1 <= len(name) <= limits.JOB_NAME_CHARACTERS_MAX or not name.isprintable():
        raise _invalid(module, f"a job by the name of {_shown(name)}")
    try:
        next_due(cron, _ANY_TIME)
    except CronRefused as refusal:
        schedule = f"the schedule {_shown(cron)}, which {refusal}"
        raise _invalid(module, f"the job {name} with {schedule}") from None
    return Job(module, name, cron, one.handler_id)


def _once(module: str, what: str, names: Sequence[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise _invalid(module, f"{what} {twice} twice")


def _shown(text: str) -> str:
    return f'"{printable(text)}"'


def _invalid(module: str, wrong: str) -> RegistrationInvalid:
    return RegistrationInvalid(module, f"module {module} registers {wrong}")
