"""One statement of a migration: its SQL, what it locks, and the gentle way; pure.

A statement that would keep others waiting while it reads a whole table may have a
gentle way: the same result, made ahead of the version's transaction by statements
that run alone, and undone when the version fails. Which way is gone is decided by
the size of the table when the version is applied, and by what else the version does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from enum import Enum
from typing import Literal

from attrs import evolve, frozen

__all__ = [
    "ACCESS_EXCLUSIVE", "ROW_EXCLUSIVE", "SHARE", "SHARE_ROW_EXCLUSIVE",
    "SHARE_UPDATE_EXCLUSIVE", "Alone", "Ddl", "Gentle", "Lock", "Part", "TableName",
    "Work", "gently", "resolve", "schedule",
]  # fmt: skip

TableName = tuple[str, str]
"""A schema and a table in it."""

ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"
SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
SHARE = "SHARE"
SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
ROW_EXCLUSIVE = "ROW EXCLUSIVE"


class Work(Enum):
    """What a statement does with the rows of its table."""

    NONE = "none"
    SCAN = "scan"
    BUILD = "build"
    REWRITE = "rewrite"
    ROWS = "rows"


@frozen
class Lock:
    """A table, and the strongest lock that a statement takes on it."""

    table: TableName
    mode: str


@frozen
class Alone:
    """A statement that runs outside every transaction.

    A `patient` one holds nobody up, and so waits without end for those before it.
    """

    sql: str
    locks: tuple[Lock, ...]
    work: Work
    patient: bool


@frozen
class Gentle:
    """The gentle way: `build` runs alone, `undo` takes it back, and `inside` is what
    is left for the version's transaction. `may_wait` says that all of it may be done
    when the version is there, too."""

    build: tuple[Alone, ...]
    undo: Alone
    inside: tuple[Ddl, ...] = ()
    may_wait: bool = False


@frozen
class Ddl:
    """A statement of a version; the first of its `locks` is on its own table.

    `destroys` says in words what is lost for good. One that `disturbs` changes rows
    or columns, so that nothing on that table can be made ahead of it.
    """

    sql: str
    locks: tuple[Lock, ...] = ()
    work: Work = Work.NONE
    disturbs: bool = False
    destroys: str | None = None
    gentle: Gentle | None = None
    late: bool = False

    @property
    def tables(self) -> frozenset[TableName]:
        """The tables that it has to do with."""
        return frozenset(lock.table for lock in self.locks)


def schedule(statements: Sequence[Ddl]) -> tuple[Ddl, ...]:
    """The statements of one version, each with its gentle way only if that leads to
    the same end; `late` where it must come after the version."""
    disturbed: set[TableName] = set()
    scheduled = []
    for number, statement in enumerate(statements):
        later = statements[number + 1 :]
        scheduled.append(_scheduled(statement, disturbed, later))
        if statement.disturbs:
            disturbed |= statement.tables
    return tuple(scheduled)


def _scheduled(
    statement: Ddl, disturbed: Collection[TableName], later: Sequence[Ddl]
) -> Ddl:
    gentle = statement.gentle
    if gentle is None or not statement.tables & set(disturbed):
        return statement
    followed = any(one.disturbs and one.tables & statement.tables for one in later)
    if gentle.may_wait and not followed:
        return evolve(statement, late=True)
    return evolve(statement, gentle=None)


@frozen
class Part:
    """A statement as it is going to run. `when` is ``before`` or ``after`` for what
    runs alone, and ``inside`` for the version's transaction; `number` is the place
    of the statement in its version that it stands for."""

    when: Literal["before", "inside", "after"]
    number: int
    statement: Ddl | Alone


def gently(statements: Sequence[Ddl], large: Collection[TableName]) -> frozenset[int]:
    """Which statements go the gentle way, given which tables are `large`."""
    return frozenset(
        number
        for number, one in enumerate(statements)
        if one.gentle is not None and one.locks[0].table in large
    )


def resolve(statements: Sequence[Ddl], gentle: Collection[int]) -> Iterator[Part]:
    """The parts of a version in the order in which they run, given the numbers of
    the statements that go the `gentle` way."""
    ways = [
        (number, one, one.gentle if number in gentle else None)
        for number, one in enumerate(statements)
    ]
    for number, one, way in ways:
        if way is not None and not one.late:
            yield from (Part("before", number, alone) for alone in way.build)
    for number, one, way in ways:
        inside = (one,) if way is None else way.inside
        yield from (Part("inside", number, statement) for statement in inside)
    for number, one, way in ways:
        if way is not None and one.late:
            yield from (Part("after", number, alone) for alone in way.build)
