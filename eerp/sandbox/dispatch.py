"""One request, one transaction, one fresh guest; again from the start if need be.

`Dispatcher.dispatch` runs a module's handler. When PostgreSQL chooses the
transaction as the victim of a conflict, or the connection is lost before COMMIT,
nothing has happened yet: the whole handler runs again in a new guest, a bounded
number of times and with jitter. A deadline, or a client that went away, ends a
request in order at any moment before COMMIT, and never after it was sent.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from typing import Any, Protocol

import orjson
from attrs import define, field, frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime

from eerp import limits
from eerp.errors import (
    ConnectionLost,
    EerpError,
    Fault,
    GuestFault,
    GuestProtocolError,
    Refusal,
    RequestOutOfTime,
    SerializationFailed,
)
from eerp.interfaces import (
    GuestRequest,
    Identity,
    Pool,
    Reply,
    Target,
    Transaction,
    TransactionBegin,
)
from eerp.log import Logger
from eerp.sandbox.deadlines import Deadlines
from eerp.sandbox.frame import GuestResponse, decode_response, encode_request
from eerp.sandbox.guest import Guest
from eerp.sandbox.program import Program

__all__ = ["Dispatcher", "Operations", "OperationResult"]

log = Logger(namespace="eerp.sandbox")

FIRST_ERROR_STATUS = 400
STATUS_CREATED = 201
STATUS_NO_CONTENT = 204
BACKOFF_MS = 10
_REFUSAL_FAULTS_MAX = 100


class OperationResult(Protocol):
    """What one ORM operation answered."""

    @property
    def body(self) -> bytes:
        """JSON."""

    @property
    def id(self) -> str | None:
        """The record's, when it is one record."""

    @property
    def version(self) -> int | None:
        """The record's, when it is one record."""


class Operations(Protocol):
    """The ORM, as the sandbox sees it."""

    async def run(
        self,
        transaction: Transaction,
        module: str,
        operation: bytes | dict[str, Any],
        *,
        actor: Identity | None,
        last: bool = False,
    ) -> OperationResult:
        """Run one operation of `module`; `last` commits as well."""


@define(eq=False)
class Dispatcher:
    """Runs the handlers of the modules in `programs`, by name."""

    pool: Pool
    operations: Operations
    clock: IReactorTime
    programs: dict[str, Program] = field(factory=dict)
    _deadlines: dict[int, Deadlines] = field(factory=dict)

    def dispatch(
        self, target: Target, request: GuestRequest, cancel: Callable[[], None]
    ) -> _Run:
        """Await what this answers for the reply of the module's handler.

        Raises a `Refusal` or another `EerpError`. `cancel` must cancel the Deferred
        that awaits it. Its own `cancel` stops the handler and rolls back, unless
        COMMIT has been sent; so does the deadline.
        """
        program = self.programs[target.module]
        return _Run(self, program, target, request, cancel)

    def deadlines(self, deadline_ms: int) -> Deadlines:
        """The deadlines of all requests that have `deadline_ms` to run."""
        found = self._deadlines.get(deadline_ms)
        if found is None:
            found = self._deadlines[deadline_ms] = Deadlines(self.clock, deadline_ms)
        return found


class _Run:
    """The life of one request in the sandbox."""

    __slots__ = (
        "_begin", "_cancel", "_clock", "_deadlines", "_expired", "_identity",
        "_operations", "_pool", "_program", "_request", "_stopped", "_target",
        "_transaction", "request_id",
    )  # fmt: skip

    def __init__(
        self,
        dispatcher: Dispatcher,
        program: Program,
        target: Target,
        request: GuestRequest,
        cancel: Callable[[], None],
    ) -> None:
        self._cancel = cancel
        self._deadlines = dispatcher.deadlines(program.deadline_ms)
        self._pool = dispatcher.pool
        self._operations = dispatcher.operations
        self._clock = dispatcher.clock
        self._program = program
        self._target = target
        self._request = request
        self._identity = request.identity
        self._stopped = False
        self._expired = False
        self._transaction: Transaction | None = None
        self.request_id = request.request_id
        self._begin = TransactionBegin(
            read_only=target.method == "GET",
            actor=None if request.identity is None else request.identity.user_id,
            request_id=request.request_id,
            module=target.module,
        )

    def __await__(self) -> Generator[Any, Any, Reply]:
        """Run the handler, within its time."""
        self._deadlines.begin(self)
        try:
            return (yield from self._run().__await__())
        finally:
            self._deadlines.end(self)

    def cancel(self) -> None:
        """The client is gone: no need to go on, unless it is being committed."""
        self._stopped = True
        if self._transaction is None or not self._transaction.committing:
            self._cancel()

    def expire(self) -> None:
        """The deadline has come."""
        self._expired = True
        self.cancel()

    async def _run(self) -> Reply:
        """The reply, or the error that says why there is none."""
        try:
            return await self._attempts()
        except CancelledError:
            if self._expired:
                raise self._late() from None
            raise

    async def _attempts(self) -> Reply:
        """Attempts, until one is not the victim of others."""
        attempt = 1
        while True:
            try:
                return await self._attempt()
            except (SerializationFailed, ConnectionLost) as error:
                if self._stopped:
                    # It was asked to end while it could not.
                    raise CancelledError from error
                if attempt == limits.TRANSACTION_ATTEMPTS_MAX:
                    raise
                self._note_retry(attempt, error)
            await self._back_off(attempt)
            attempt += 1

    async def _attempt(self) -> Reply:
        transaction = self._transaction = self._pool.transaction(self._begin)
        try:
            response, staged = await self._ask(transaction)
            return await self._conclude(transaction, response, staged)
        except Exception:
            await transaction.rollback()
            raise

    async def _ask(self, transaction: Transaction) -> tuple[GuestResponse, list[bytes]]:
        """What a fresh guest answers to the request."""
        guest = Guest(self._program, _RequestHost(self, transaction))
        try:
            await guest.start()
            frame = await self._handle(guest)
        finally:
            guest.close()
        return decode_response(frame), guest.staged

    async def _handle(self, guest: Guest) -> bytes:
        frame = encode_request(self._request)
        pointer = await guest.put(frame)
        answer = await guest.call(
            "handle", self._target.handler_id, pointer, len(frame)
        )
        return guest.memory.read(answer >> 32, answer, limits.GUEST_RESPONSE_BYTES_MAX)

    async def operate(
        self, transaction: Transaction, operation: Any, *, last: bool = False
    ) -> OperationResult:
        """One ORM operation of the module, in the request's transaction."""
        return await self._operations.run(
            transaction,
            self._target.module,
            operation,
            actor=self._identity,
            last=last,
        )

    async def _conclude(
        self, transaction: Transaction, response: GuestResponse, staged: list[bytes]
    ) -> Reply:
        """Commit what the guest did and make the reply, or roll it back."""
        if response.status >= FIRST_ERROR_STATUS:
            raise _refusal(response)
        if response.last is not None:
            result = await self.operate(transaction, response.last, last=True)
            return self._record(response, result)
        # An answer that is not well-formed must not come after a commit.
        body = _body(response, staged)
        await transaction.commit()
        return Reply(response.status, body, response.headers)

    def _record(self, response: GuestResponse, result: OperationResult) -> Reply:
        """The reply that a final operation makes."""
        headers = dict(response.headers)
        if result.version is not None:
            headers.setdefault("etag", f'"{result.version}"')
        if response.status == STATUS_CREATED and result.id is not None:
            headers.setdefault("location", f"{self._request.path}/{result.id}")
        empty = response.status == STATUS_NO_CONTENT
        return Reply(response.status, b"" if empty else result.body, headers)

    def _late(self) -> RequestOutOfTime:
        return RequestOutOfTime(
            f"The request took longer than its {self._deadlines.deadline_ms} ms."
        )

    def _note_retry(self, attempt: int, error: EerpError) -> None:
        log.info(
            "running {method} {path} again: {reason}",
            event="request_retried",
            method=self._request.method,
            path=self._request.path,
            reason=error.code,
            attempt=attempt,
            request_id=self.request_id,
        )

    def _back_off(self, attempt: int) -> Deferred[None]:
        """Full jitter, so that the victims of one conflict do not meet again."""
        ceiling = min(BACKOFF_MS * 2**attempt, limits.TRANSACTION_BACKOFF_MS_MAX)
        pause: Deferred[None] = Deferred(lambda _: call.cancel())
        delay_s = random.uniform(0, ceiling) / 1000
        call = self._clock.callLater(delay_s, pause.callback, None)
        return pause


@frozen
class _RequestHost:
    """What a guest reaches while it serves one request."""

    run: _Run
    transaction: Transaction

    @property
    def request_id(self) -> str:
        """Names the request in the log."""
        return self.run.request_id

    async def serve(self, kind: str, request: bytes) -> bytes:
        """What the guest asks for, in the request's transaction."""
        if kind != "orm":
            raise GuestFault(f"The import {kind} is not served here.")
        return (await self.run.operate(self.transaction, request)).body


def _body(response: GuestResponse, staged: list[bytes]) -> bytes:
    if response.body_from is None:
        return response.body
    if response.body_from >= len(staged):
        raise GuestProtocolError("The module's answer names a result that is not.")
    return staged[response.body_from]


def _refusal(response: GuestResponse) -> Refusal:
    """The module's error; what it did not say is filled in."""
    try:
        body = orjson.loads(response.body or b"{}")
    except orjson.JSONDecodeError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    errors = body.get("errors")
    return Refusal(
        response.status,
        str(body.get("code") or "refused"),
        str(body.get("message") or "The module refused the request."),
        tuple(
            Fault(*(str(error.get(key, "")) for key in ("pointer", "code", "message")))
            for error in (errors if isinstance(errors, list) else [])[
                :_REFUSAL_FAULTS_MAX
            ]
            if isinstance(error, dict)
        ),
    )
