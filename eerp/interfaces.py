"""What the floors pass to each other: Protocols, and the values they mention.

Everything here is used on the reactor's thread only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from attrs import field, frozen
from twisted.internet.interfaces import IReactorTime

__all__ = [
    "ALL_COMPANIES", "MANAGE_DELIVERIES", "MANAGE_USERS", "MANAGE_WEBHOOKS",
    "READ_MODULES", "READ_SETTINGS", "SYSTEM", "CoreService", "GuestRequest",
    "HttpClient", "Identity", "ModuleService", "ModuleState", "Outbox", "Pool",
    "Registered", "Reply", "Rows", "Savepoint", "ServiceContext", "Services",
    "Statement", "Target", "Transaction", "TransactionBegin",
]  # fmt: skip

Rows = Sequence[tuple[Any, ...]]
"""Rows as the driver gives them: a list of tuples."""

ALL_COMPANIES = "eerp.companies.all"
"""The permission of who sees the records of every company."""

MANAGE_DELIVERIES = "eerp.deliveries.manage"
"""The permission of who sees what modules tell each other."""

MANAGE_USERS = "eerp.users.manage"
"""The permission of who keeps users, roles and sessions."""

MANAGE_WEBHOOKS = "eerp.webhooks.manage"
"""The permission of who says where events are posted to."""

READ_MODULES = "eerp.modules.read"
"""The permission of who sees what modules there are, and what they may do."""

READ_SETTINGS = "eerp.settings.read"
"""The permission of who sees how the settings of modules were changed."""

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


SYSTEM = Identity("system", "system", None, (), frozenset({"*"}))
"""Who acts where nobody is signed in: events and jobs."""


@frozen
class Statement:
    """One SQL statement and the values to bind (``%s`` placeholders)."""

    sql: str
    parameters: tuple[Any, ...] = ()


@frozen
class TransactionBegin:
    """How a transaction begins.

    `actor`, `request_id` and `module` become the transaction-local settings
    ``eerp.actor``, ``eerp.request_id`` and ``eerp.module``; ``eerp.transaction`` is
    the transaction's token.
    """

    read_only: bool
    actor: str | None
    request_id: str
    module: str


class Savepoint(Protocol):
    """A place in a transaction to come back to. Neither end costs a round trip: each
    travels with the next statement, or with COMMIT. The last one made ends first."""

    def release(self) -> None:
        """Keep what was done since. Raises what a statement has failed with that was
        not rolled back; then there is only `rollback`."""

    def rollback(self) -> None:
        """Undo what was done since. A statement that failed since is forgiven, unless
        the whole transaction is lost with it (`SerializationFailed`, `ConnectionLost`
        and their like): what is run next raises those again."""


class Transaction(Protocol):
    """One database transaction. BEGIN goes out with the first statement.

    Errors are those of :mod:`eerp.errors`: `Conflict` and `ValidationFailed` for
    constraints, `SerializationFailed`, `ConnectionLost`, `StatementTimeout`,
    `DatabaseUnavailable`, `Overloaded`, and `OutcomeUnknown`.

    A connection that is lost while committing is no answer: whether it was committed
    is found out. `ConnectionLost` always means that nothing happened, `OutcomeUnknown`
    that the database stayed away for too long to ask it.
    """

    @property
    def token(self) -> str:
        """Names this transaction in the database: the setting ``eerp.transaction``,
        and the column "transaction" of what its work leaves there."""

    def note_trace(self) -> None:
        """Say that what was done leaves a trace of the token, if it is committed: a
        row in the audit trail, the outbox or the keys of requests."""

    @property
    def committing(self) -> bool:
        """Whether what commits it was sent, and it is not known yet what came of it:
        from here to there it must not be cancelled."""

    @property
    def begun(self) -> bool:
        """Whether a statement was sent, so that there is something to roll back."""

    async def run(self, statement: Statement) -> Rows:
        """Run one statement; others may follow."""

    async def run_last(
        self,
        statement: Statement,
        recover: Callable[[str], Statement] | None = None,
    ) -> Rows:
        """Run the last statement and commit. Alone in its transaction, it costs
        one round trip.

        `recover` makes, of this transaction's token, the statement that reads the
        same rows from what was committed; without any, nothing was. It is run when
        the answer was lost on its way.
        """

    def savepoint(
        self, module: str | None = None, *, read_only: bool = False
    ) -> Savepoint:
        """A savepoint here; costs no round trip. Until it ends, `module` is who acts
        (``eerp.module``), if one is named, and nothing can be written if it is
        `read_only`."""

    async def commit(self, statement: Statement | None = None) -> None:
        """Commit, and give the connection back. Does nothing if none was begun.

        `statement` goes in the same message, before COMMIT; nobody sees its rows.
        """

    async def rollback(self) -> None:
        """Roll back, and give the connection back. Never raises."""


class Pool(Protocol):
    """A bounded pool of connections to PostgreSQL."""

    def transaction(self, begin: TransactionBegin) -> Transaction:
        """A transaction that takes a connection when its first statement runs."""

    async def query(self, statement: Statement, *, read_only: bool = True) -> Rows:
        """Run one statement of the core in a transaction of its own."""


@frozen
class ServiceContext:
    """What a service of the core gets of the request that calls it.

    `module` is the one that calls. The transaction is that of the whole request: never
    commit or roll back, both are the dispatcher's to do.
    """

    transaction: Transaction
    identity: Identity | None
    module: str
    request_id: str
    clock: IReactorTime


CoreService = Callable[[ServiceContext, Any], Awaitable[Any]]
"""A service of the core: from its input, parsed JSON, to its output, JSON to be, or to
bytes, which the caller gets as they are.

It checks its own input and the caller's permission. A `RequestError` goes to the
calling module as a value, and what was done since the call is undone; any other
error ends the request.
"""


def _anything(_value: Any) -> None:
    """Nothing is wrong with it."""


@frozen
class ModuleService:
    """A service of a module: whose it is, and what has to hold before it is run.

    `check` raises `ValidationFailed` for an input, parsed JSON, that does not fit, and
    `check_output` `GuestProtocolError` for an output. `permission` is that of the user
    for whom the caller acts.
    """

    module: str
    handler_id: int
    permission: str | None
    check: Callable[[Any], None]
    check_output: Callable[[Any], None] = _anything


class Services(Protocol):
    """The services that modules may call, frozen when all modules are loaded."""

    def resolve(self, caller: str, name: str) -> CoreService | ModuleService:
        """The service `name`, e.g. ``crm.contacts.merge``, for the module `caller`.

        Raises `ServiceAbsent` when it belongs to an optional module that is not there,
        `NotFound` when there is none, and `Forbidden` when it belongs to a module that
        `caller` does not depend on.
        """


class Outbox(Protocol):
    """Where events wait to be delivered once their transaction is committed."""

    async def emit(
        self,
        transaction: Transaction,
        *,
        module: str,
        request_id: str,
        actor: str | None,
        topic: object,
        key: object,
        data: object,
        hops: int = 0,
    ) -> Any:
        """Write an event of `module` in `transaction`; what its module gets as JSON.

        `topic`, `key` and `data` are as the guest sent them, unchecked (None where it
        sent none), `hops` is how many events led to this one. Raises
        `ValidationFailed` for what they may not be.
        """


class HttpClient(Protocol):
    """The way from a module to the hosts that its operator allowed."""

    async def fetch(self, module: str, request: Any) -> Any:
        """Do one HTTP request, parsed JSON from a guest; JSON for it to be.

        Raises `RequestError`s for the module to handle, such as a host that is not
        allowed or does not answer. It may be cancelled at any time: a request's
        deadline, or a client that went away.
        """


@frozen
class GuestRequest:
    """A request as a guest handler sees it; `body` is checked, raw JSON.

    `idempotency_key` is not for the guest to see, but for the dispatcher to keep.
    """

    method: str
    path: str
    route: str
    params: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    identity: Identity | None
    request_id: str
    body: bytes = b""
    idempotency_key: str | None = None


@frozen
class Reply:
    """An answer on its way to the client; header names in lower case.

    `policy` is the Content-Security-Policy of a page of the core's own. What comes
    from a module has none, and a browser runs nothing of it.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(factory=dict)
    policy: str | None = None


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
    optional: tuple[str, ...] = ()


class Registered(Protocol):
    """What a module's `init` registered: a route, a service, an event or a job."""

    @property
    def texts(self) -> tuple[str, ...]:
        """(HTTP method, path below the module's prefix) of a route, (name,) of a
        service, (topic,) of an event, (name, cron expression) of a job."""

    @property
    def handler_id(self) -> int:
        """The module's number of the handler."""
