"""What ``eerp migrate`` says, for somebody who has been woken up; pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from eerp.database.catalog import RowCount
from eerp.errors import ModuleError
from eerp.migrations.back import WayBack
from eerp.migrations.migration import Step
from eerp.migrations.preview import LockPreview, StatementPreview, StepPreview
from eerp.migrations.statement import Work

__all__ = ["applied_text", "back_text", "failed_text", "plan_text"]

_WAITS = {
    "ACCESS EXCLUSIVE": "reads and writes wait",
    "SHARE ROW EXCLUSIVE": "writes wait, reads go on",
    "SHARE": "writes wait, reads go on",
    "SHARE UPDATE EXCLUSIVE": "reads and writes go on",
    "ROW EXCLUSIVE": "reads and writes go on",
}
_WORK = {
    Work.NONE: "takes a moment",
    Work.SCAN: "reads every row",
    Work.BUILD: "builds an index of every row",
    Work.REWRITE: "writes the whole table anew",
    Work.ROWS: "writes rows",
}
_WHEN = {
    "before": "runs alone, before the version's transaction",
    "after": "runs alone, after the version's transaction",
}


def plan_text(core: Sequence[str], steps: Sequence[StepPreview]) -> str:
    """The plan: steps of the core's own tables by name, and versions of modules."""
    if not core and not steps:
        return "Nothing is pending. Nothing was changed."
    losses = sum(bool(step.losses) for step in steps)
    lines = [_heading(steps, losses)]
    if core:
        lines.append(f"The core's own tables lack: {', '.join(core)}.")
    for step in steps:
        lines += ["", *_step(step)]
    lines.append("")
    if any(
        lock.rows for step in steps for one in step.statements for lock in one.locks
    ):
        lines.append("Locks inside a version's transaction are held until its end.")
    flag = " --allow-destructive" if losses else ""
    lines.append(f"To apply this: eerp migrate{flag}")
    return "\n".join(lines)


def _heading(steps: Sequence[StepPreview], losses: int) -> str:
    modules = len({step.module for step in steps})
    what = (
        f"{_count(len(steps), 'version')} of {_count(modules, 'module')} "
        f"{'is' if len(steps) == 1 else 'are'} pending"
    )
    loss = f", {losses} of them DESTRUCTIVE" if losses else ""
    return f"{what}{loss}. Nothing was changed."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _step(step: StepPreview) -> Iterator[str]:
    back = "can be undone by --back" if step.has_way_back else "has no way back"
    yield f"{step.module}.{step.entity} version {step.version} ({back})"
    for words in step.losses:
        yield f"  DESTRUCTIVE: it {words}"
    for statement in step.statements:
        yield from _statement(statement)


def _statement(statement: StatementPreview) -> Iterator[str]:
    yield textwrap.indent(f"{statement.sql};", "  ")
    if statement.when in _WHEN:
        yield f"      {_WHEN[statement.when]}"
    for lock in statement.locks:
        if lock.rows is not None:
            yield f"      {_lock(lock, lock.rows, statement.work)}"


def _lock(lock: LockPreview, count: RowCount, work: Work) -> str:
    rows = f"{count.rows:,}".replace(",", " ")
    counted = f"{rows} rows" if count.exact else f"about {rows} rows (estimate)"
    return (
        f"{'.'.join(lock.table)}: {counted}; {lock.mode} lock, {_WAITS[lock.mode]}; "
        f"{_WORK[work]}"
    )


def applied_text(adopted: Mapping[str, tuple[list[Step], int]]) -> str:
    """What was applied, by module."""
    lines = []
    for module, (steps, done) in adopted.items():
        lines += [f"{module}.{step.entity} version {step.version}" for step in steps]
        if done < len(steps):
            others = len(steps) - done
            lines.append(f"  {_count(others, 'version')} of {module} by another daemon")
    if not lines:
        return "Nothing was pending."
    return "\n".join(["Applied:", *(f"  {line}" for line in lines)])


def failed_text(failures: Mapping[str, ModuleError]) -> str:
    """Which modules failed, in one line."""
    reasons = [
        f"{error.message}{f' ({error.hint})' if error.hint else ''}"
        for error in failures.values()
    ]
    return "; ".join(reasons)


def back_text(way: WayBack, *, done: bool) -> str:
    """What going back did, or would do."""
    said = "Went back" if done else "Nothing was changed. This goes back"
    heading = f"{said} from version {way.version} of {way.module}.{way.entity}:"
    return "\n".join([heading, *(f"  {sql};" for sql in way.sql)])
