"""What the floors pass to each other: Protocols, and the values they mention.

Everything here is used on the reactor's thread only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attrs import field, frozen

__all__ = [
    "ALL_COMPANIES", "GuestRequest", "Identity", "ModuleState", "Pool", "Reply", "Rows",
    "Statement", "Target", "Transaction", "TransactionBegin",
]  # fmt: skip

Rows = Sequence[tuple[Any, ...]]
"""Rows as the driver gives them: a list of tuples."""

ALL_COMPANIES = "eerp.companies.all"
"""The permission of who sees the records of every company."""

_WRITES = frozenset({"create", "update", "delete"})


@frozen
class Identity:
    """Who is calling. Made by auth from a verified token, or `SYSTEM`.

    `permissions` are grants: a name (``crm.contacts.read``), a prefix followed by
    a star (``crm.*``), or ``*``. `companies` are the own companies that the user may
    act in, `company_id` the one of them that is acted in now.
    """

    user_id: str
    username: str
    company_id: str | None
    roles: tuple[str, ...]
    permissions: frozenset[str]
    session_id: str | None = None
    companies: tuple[str, ...] = ()

    @property
    def unscoped(self) -> bool:
        """Whether records of every company are seen."""
        return self.may(ALL_COMPANIES)

    def may(self, permission: str) -> bool:
        """Whether a grant covers `permission`; ``.write`` is three in one."""
        if self._granted(permission):
            return True
        subject, _, verb = permission.rpartition(".")
        return verb in _WRITES and self._granted(f"{subject}.write")

    def _granted(self, permission: str) -> bool:
        granted = self.permissions
        if permission in granted or "*" in granted:
            return True
        parts = permission.split(".")
        return any(".".join(parts[:n]) + ".*" in granted for n in range(1, len(parts)))


@frozen
class Statement:
    """One SQL statement and the values to bind (``%s`` placeholders)."""

    sql: str
    parameters: tuple[Any, ...] = ()


@frozen
class TransactionBegin:
    """How a transaction begins.

    `actor`, `request_id` and `module` become the transaction-local settings
    ``eerp.actor``, ``eerp.request_id`` and ``eerp.module``.
    """

    read_only: bool
    actor: str | None
    request_id: str
    module: str


class Transaction(Protocol):
    """One database transaction. BEGIN goes out with the first statement.

    Errors are those of :mod:`eerp.errors`: `Conflict` and `ValidationFailed` for
    constraints, `SerializationFailed`, `ConnectionLost`, `StatementTimeout`,
    `DatabaseUnavailable`, `Overloaded`, and `OutcomeUnknown`.
    """

    @property
    def committing(self) -> bool:
        """Whether what commits it was sent, and PostgreSQL has not answered yet: from
        here to there it must not be cancelled."""

    @property
    def begun(self) -> bool:
        """Whether a statement was sent, so that there is something to roll back."""

    async def run(self, statement: Statement) -> Rows:
        """Run one statement; others may follow."""

    async def run_last(self, statement: Statement) -> Rows:
        """Run the last statement and commit. Alone in its transaction, it costs
        one round trip."""

    async def commit(self) -> None:
        """Commit, and give the connection back. Does nothing if none was begun."""

    async def rollback(self) -> None:
        """Roll back, and give the connection back. Never raises."""


class Pool(Protocol):
    """A bounded pool of connections to PostgreSQL."""

    def transaction(self, begin: TransactionBegin) -> Transaction:
        """A transaction that takes a connection when its first statement runs."""


@frozen
class GuestRequest:
    """A request as a guest handler sees it; `body` is checked, raw JSON."""

    method: str
    path: str
    route: str
    params: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    identity: Identity | None
    request_id: str
    body: bytes = b""


@frozen
class Reply:
    """An answer on its way to the client; header names in lower case."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(factory=dict)


class Target(Protocol):
    """Whom a request is for: a route, as the sandbox sees it."""

    @property
    def module(self) -> str:
        """The module's name."""

    @property
    def method(self) -> str:
        """GET is read-only; anything else may write."""

    @property
    def handler_id(self) -> int:
        """What the module calls this route."""


@frozen
class ModuleState:
    """One module as `/api/modules` and `/ready` show it.

    `state` is ``loaded`` or a word that says what it is instead, e.g. ``failed``;
    `error` is one clear sentence. `/ready` waits for modules that are `required`.
    """

    name: str
    version: str
    display_name: str
    depends: tuple[str, ...]
    priority: int | None
    state: str
    error: str | None = None
    required: bool = True
