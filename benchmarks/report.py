"""Runs become a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from attrs import frozen

__all__ = ["Pair", "Run", "cold_start_lines", "disturbance_lines", "table_lines"]

FOREIGN_SHARE_MAX = 0.05
COLUMNS = "{:<22}{:>6}  {:>8}{:>9}{:>9}  {:>8}{:>9}{:>9}  {:>7}  {}"


@frozen
class Run:
    """One service under one load: requests a second, processor ms, latency ms.

    `foreign_share` is the part of the time in which something else than this
    service ran on the servers' core.
    """

    per_second: float
    processor_ms: float
    latency_ms_p99: float
    foreign_share: float


@frozen
class Pair:
    """One round: EERP, and directly after it FastAPI, under the same load."""

    eerp: Run
    fastapi: Run

    @property
    def ratio(self) -> float:
        """How many requests EERP answers while FastAPI answers one."""
        return self.eerp.per_second / self.fastapi.per_second


def table_lines(results: Mapping[tuple[str, int], Sequence[Pair]]) -> list[str]:
    """A line for each work and number of connections: medians over the rounds."""
    head = COLUMNS.format("", "", "EERP", "", "", "FastAPI", "", "", "", "")
    names = COLUMNS.format(
        "work", "conns", "req/s", "CPU ms", "p99 ms", "req/s", "CPU ms", "p99 ms",
        "ratio", "of each pair",
    )  # fmt: skip
    rows = [_row(*key, pairs) for key, pairs in results.items()]
    return [line.rstrip() for line in (head, names, "-" * len(names), *rows)]


def disturbance_lines(pairs: Iterable[Pair]) -> list[str]:
    """What to say when something else used the servers' core; else nothing."""
    runs = [run for pair in pairs for run in (pair.eerp, pair.fastapi)]
    disturbed = [r.foreign_share for r in runs if r.foreign_share > FOREIGN_SHARE_MAX]
    if not disturbed:
        return []
    return [
        f"DOUBTFUL: in {len(disturbed)} of {len(runs)} runs something else used the "
        f"servers' core, up to {max(disturbed):.0%} of the time. Run it again on a "
        "quiet machine; until then only CPU ms means something."
    ]


def cold_start_lines(starts: Mapping[str, Sequence[float]]) -> list[str]:
    """A line for each service: seconds from its start to its first answer."""
    return [
        f"{name:<10}{median(seconds):6.2f} s  ({_listed(seconds)})"
        for name, seconds in starts.items()
    ]


def _row(work: str, connections: int, pairs: Sequence[Pair]) -> str:
    ratios = [pair.ratio for pair in pairs]
    return COLUMNS.format(
        work,
        connections,
        *_medians([pair.eerp for pair in pairs]),
        *_medians([pair.fastapi for pair in pairs]),
        f"{median(ratios):.2f}",
        _listed(ratios),
    )


def _medians(runs: Sequence[Run]) -> tuple[str, str, str]:
    return (
        f"{median(run.per_second for run in runs):,.0f}",
        f"{median(run.processor_ms for run in runs):.2f}",
        f"{median(run.latency_ms_p99 for run in runs):.1f}",
    )


def _listed(values: Sequence[float]) -> str:
    return " ".join(f"{value:.2f}" for value in values)
