"""What of an audit trail is asked for, beside its model and record."""

from __future__ import annotations

from typing import Any

from attrs import frozen

__all__ = ["Narrowed"]

Part = tuple[str, tuple[Any, ...]]


@frozen
class Narrowed:
    """Only what an `actor` did, or one `action`, from `since` on and before `until`;
    None leaves it. Moments are ISO 8601, with an offset."""

    actor: str | None = None
    action: str | None = None
    since: str | None = None
    until: str | None = None

    @property
    def rows(self) -> Part:
        """The condition on who and what, which no index helps: rows are looked at."""
        return _joined(("a.actor = %s", self.actor), ("a.action = %s", self.action))

    @property
    def times(self) -> Part:
        """The condition on when, which an index can use."""
        since, until = "a.at >= %s::timestamptz", "a.at < %s::timestamptz"
        return _joined((since, self.since), (until, self.until))


def _joined(*given: tuple[str, str | None]) -> Part:
    held = [(sql, value) for sql, value in given if value is not None]
    return "".join(f" AND {sql}" for sql, _ in held), tuple(v for _, v in held)
