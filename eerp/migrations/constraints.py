"""A constraint that the records there are have to pass, and the gentle way to it; pure.

Gently, it holds for what is written from now on before the old records are looked at.
"""

from __future__ import annotations

from eerp.migrations.replay import Replay, Table
from eerp.migrations.statement import (
    ACCESS_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
    Alone,
    Ddl,
    Gentle,
    Lock,
    Work,
)
from eerp.orm.fields import quote

__all__ = ["add_constraint"]

# the SQL below is joined of checked identifiers and literals


def add_constraint(
    replay: Replay, table: Table, name: str, definition: str, locks: tuple[Lock, ...]
) -> Ddl:
    """The statement that adds the constraint `name` to `table`; it takes `locks`."""
    alter, own = f"ALTER TABLE {replay.sql_name(table)}", replay.full_name(table)
    added = f"{alter} ADD CONSTRAINT {quote(name)} {definition}"
    gentle = Gentle(
        build=(
            Alone(f"{added} NOT VALID", locks, Work.NONE, patient=False),
            Alone(
                f"{alter} VALIDATE CONSTRAINT {quote(name)}",
                (Lock(own, SHARE_UPDATE_EXCLUSIVE),), Work.SCAN, patient=True,
            ),
        ),
        undo=Alone(
            f"{alter} DROP CONSTRAINT IF EXISTS {quote(name)}",
            (Lock(own, ACCESS_EXCLUSIVE),), Work.NONE, patient=False,
        ),
    )  # fmt: skip
    return Ddl(added, locks, Work.SCAN, gentle=gentle)
