"""Savepoints that cost no round trip: what they say travels with the next statement.

Pure: a transaction asks `Savepoints.take` what goes ahead of its next statement.
"""

from __future__ import annotations

from collections.abc import Callable

from eerp.interfaces import Statement

__all__ = ["PostgresSavepoint", "Savepoints"]

_ACT = "SELECT set_config('eerp.module',%s,true)"
# Ends with the savepoint, unlike other settings.
_READ_ONLY = Statement("SET TRANSACTION READ ONLY")


class Savepoints:
    """The savepoints of one transaction of `module`; `check` is called before one is
    released, `forgive` after one was rolled back."""

    __slots__ = ("_check", "_count", "_forgive", "_module", "_open", "_pending")

    def __init__(
        self,
        module: str,
        check: Callable[[], None],
        forgive: Callable[[PostgresSavepoint], None],
    ) -> None:
        self._module = module
        self._check = check
        self._forgive = forgive
        self._open: list[PostgresSavepoint] = []
        self._pending: list[Statement] = []
        self._count = 0

    @property
    def pending(self) -> bool:
        """Whether something has to go ahead of the next statement."""
        return bool(self._pending)

    def make(
        self, module: str | None, *, failed: bool, read_only: bool = False
    ) -> PostgresSavepoint:
        """A savepoint here. `failed` says that the transaction had failed before."""
        self._count += 1
        made = PostgresSavepoint(
            self, f"s{self._count}", module or self._acting(), len(self._pending),
            failed=failed,
        )  # fmt: skip
        self._pending.append(Statement(f"SAVEPOINT {made.name}"))
        if made.module != self._acting():
            self._pending.append(Statement(_ACT, (made.module,)))
        if read_only:
            self._pending.append(_READ_ONLY)
        self._open.append(made)
        return made

    def take(self) -> list[Statement]:
        """What goes ahead of the next statement, which is about to be sent."""
        for savepoint in self._open:
            savepoint.sent = True
        pending, self._pending = self._pending, []
        return pending

    def release(self, savepoint: PostgresSavepoint) -> None:
        """See `Savepoint.release`."""
        self._check()
        self._close(savepoint)
        if not savepoint.sent:
            del self._pending[savepoint.mark :]
            return
        self._pending.append(Statement(f"RELEASE SAVEPOINT {savepoint.name}"))
        if savepoint.module != self._acting():
            self._pending.append(Statement(_ACT, (self._acting(),)))

    def rollback(self, savepoint: PostgresSavepoint) -> None:
        """See `Savepoint.rollback`. Who acts goes back by itself."""
        self._close(savepoint)
        if savepoint.sent:
            name = savepoint.name
            self._pending = [
                Statement(f"ROLLBACK TO SAVEPOINT {name}"),
                Statement(f"RELEASE SAVEPOINT {name}"),
            ]
        else:
            del self._pending[savepoint.mark :]
        self._forgive(savepoint)

    def _acting(self) -> str:
        return self._open[-1].module if self._open else self._module

    def _close(self, savepoint: PostgresSavepoint) -> None:
        assert savepoint is self._open[-1], "The last savepoint made ends first."
        self._open.pop()


class PostgresSavepoint:
    """See `eerp.interfaces.Savepoint`. Made by `PostgresTransaction.savepoint`."""

    __slots__ = ("_all", "failed", "mark", "module", "name", "sent")

    def __init__(
        self, savepoints: Savepoints, name: str, module: str, mark: int, *, failed: bool
    ) -> None:
        self._all = savepoints
        self.name = name
        self.module = module
        self.mark = mark
        self.failed = failed
        self.sent = False

    def release(self) -> None:
        """Keep what was done since, unless a statement failed."""
        self._all.release(self)

    def rollback(self) -> None:
        """Undo what was done since."""
        self._all.rollback(self)
