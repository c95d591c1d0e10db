"""One request, one transaction, one fresh guest; again from the start if need be.

`Dispatcher.dispatch` runs a module's handler for a route, `run_handler` for anything
else. When PostgreSQL chooses the transaction as the victim of a conflict, or the
connection is lost before COMMIT, nothing has happened yet: the whole handler runs
again in a new guest (``attempts``). A deadline, or a client that went away, ends a
request in order at any moment before COMMIT, and never after it was sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping
from typing import Any

from attrs import define, field, frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from eerp import limits
from eerp.errors import EerpError, RequestOutOfTime
from eerp.interfaces import (
    GuestRequest,
    HttpClient,
    Identity,
    Outbox,
    Pool,
    Reply,
    Services,
    Target,
    Transaction,
    TransactionBegin,
)
from eerp.log import Logger
from eerp.sandbox.answer import FIRST_ERROR_STATUS, body_of, record, refusal
from eerp.sandbox.attempts import Turns, persist
from eerp.sandbox.call import Reach, Work
from eerp.sandbox.deadlines import Deadlines
from eerp.sandbox.frame import GuestResponse, encode_frame, encode_request
from eerp.sandbox.idempotency import IdempotencyKey
from eerp.sandbox.operations import Operations
from eerp.sandbox.program import Program

__all__ = ["Also", "Dispatcher"]

log = Logger(namespace="eerp.sandbox")

Also = Callable[[Transaction], Awaitable[None]]
"""What else is done in a handler's transaction, after the handler."""


@frozen
class _Task:
    """What is to be done: which handler gets which frame, for whom."""

    module: str
    handler_id: int
    frame: bytes
    identity: Identity | None
    request_id: str
    name: str
    path: str | None = None
    read_only: bool = False
    key: IdempotencyKey | None = None
    also: Also | None = None
    hops: int = 0


@define(eq=False)
class Dispatcher:
    """Runs the handlers of the modules in `programs`, by name."""

    pool: Pool
    operations: Operations
    clock: IReactorTime
    programs: dict[str, Program] = field(factory=dict)
    services: Services | None = None
    outbox: Outbox | None = None
    http: HttpClient | None = None
    idempotency_keep_s: int = limits.IDEMPOTENCY_KEEP_S
    turns: Turns = field(factory=Turns, init=False)
    reach: Reach = field(init=False)
    _deadlines: dict[int, Deadlines] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.reach = Reach(
            self.operations, self.clock, self.programs,
            self.services, self.outbox, self.http,
        )  # fmt: skip

    def dispatch(
        self, target: Target, request: GuestRequest, cancel: Callable[[], None]
    ) -> _Run:
        """Await what this answers for the reply of the module's handler.

        Raises a `Refusal` or another `EerpError`. `cancel` must cancel the Deferred
        that awaits it. Its own `cancel` stops the handler and rolls back, unless
        COMMIT has been sent; so does the deadline.
        """
        task = _Task(
            module=target.module,
            handler_id=target.handler_id,
            frame=encode_request(request),
            identity=request.identity,
            request_id=request.request_id,
            name=f"{request.method} {request.path}",
            path=request.path,
            read_only=target.method == "GET",
            key=IdempotencyKey.of(request, self.idempotency_keep_s),
        )
        return _Run(self, task, cancel)

    def run_handler(
        self,
        module: str,
        handler_id: int,
        head: Mapping[str, Any],
        body: bytes,
        identity: Identity | None,
        request_id: str,
        *,
        hops: int = 0,
        also: Also | None = None,
    ) -> Deferred[Reply]:
        """Run a handler of `module` for something that is no HTTP request, such as an
        event: one transaction, with the usual attempts and the module's deadline.

        `head` becomes the head of the guest's request, with ``identity`` and
        ``request_id``; `hops` is how many events led to it. `also` runs in each
        attempt's transaction, before COMMIT; what it raises takes all back. Fails with
        a `Refusal` or another `EerpError`. Cancelled, it rolls back, unless COMMIT has
        been sent: then it is finished, and nobody hears of it.
        """
        task = _Task(
            module=module,
            handler_id=handler_id,
            frame=encode_frame(head, identity, request_id, body),
            identity=identity,
            request_id=request_id,
            name=f"handler {handler_id} of {module}",
            also=also,
            hops=hops,
        )
        return _Run(self, task, lambda: None).start()

    def deadlines(self, deadline_ms: int) -> Deadlines:
        """The deadlines of all requests that have `deadline_ms` to run."""
        found = self._deadlines.get(deadline_ms)
        if found is None:
            found = self._deadlines[deadline_ms] = Deadlines(self.clock, deadline_ms)
        return found


class _Run:
    """The life of one request in the sandbox."""

    __slots__ = (
        "_cancel", "_deadlines", "_dispatcher", "_expired", "_stopped", "_task",
        "_transaction",
    )  # fmt: skip

    def __init__(
        self, dispatcher: Dispatcher, task: _Task, cancel: Callable[[], None]
    ) -> None:
        program = dispatcher.programs[task.module]
        self._cancel = cancel
        self._deadlines = dispatcher.deadlines(program.deadline_ms)
        self._dispatcher = dispatcher
        self._task = task
        self._stopped = False
        self._expired = False
        self._transaction: Transaction | None = None

    def __await__(self) -> Generator[Any, Any, Reply]:
        """Run the handler, within its time."""
        self._deadlines.begin(self)
        try:
            return (yield from self._run().__await__())
        finally:
            self._deadlines.end(self)

    def start(self) -> Deferred[Reply]:
        """Run the handler; cancelling what this answers is `cancel`."""

        async def work() -> Reply:
            return await self

        answer: Deferred[Reply] = Deferred(lambda _: self.cancel())

        def pass_on(outcome: Reply | Failure) -> None:
            if not answer.called:
                answer.callback(outcome)

        working = Deferred.fromCoroutine(work())
        self._cancel = working.cancel
        working.addBoth(pass_on)
        return answer

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
            return await self._in_turn()
        except CancelledError:
            if self._expired:
                raise self._late() from None
            raise

    async def _in_turn(self) -> Reply:
        """One after the other, those that have the same Idempotency-Key."""
        if self._task.key is None:
            return await self._persist()
        turn = self._dispatcher.turns.turn()
        try:
            await turn.take(self._task.key.subject)
            return await self._persist()
        finally:
            turn.leave()

    async def _persist(self) -> Reply:
        dispatcher = self._dispatcher
        return await persist(
            self._attempt, dispatcher.turns, dispatcher.clock, self._note_retry
        )

    async def _attempt(self) -> Reply:
        task, dispatcher = self._task, self._dispatcher
        transaction = self._transaction = dispatcher.pool.transaction(
            TransactionBegin(
                read_only=task.read_only,
                actor=None if task.identity is None else task.identity.user_id,
                request_id=task.request_id,
                module=task.module,
            )
        )
        work = Work(
            dispatcher.reach, transaction, task.identity, task.request_id,
            task.read_only, task.hops,
        )  # fmt: skip
        try:
            return await self._do(work)
        except Exception:
            await transaction.rollback()
            raise

    async def _do(self, work: Work) -> Reply:
        task = self._task
        if task.key is not None:
            known = await task.key.claim(work.transaction)
            if known is not None:
                await work.transaction.rollback()
                return known
        response, staged = await work.handle(
            (task.module,), task.handler_id, task.frame
        )
        return await self._conclude(work, response, staged)

    async def _conclude(
        self, work: Work, response: GuestResponse, staged: list[bytes]
    ) -> Reply:
        """Commit what the guest did and make the reply, or roll it back."""
        task = self._task
        if response.status >= FIRST_ERROR_STATUS:
            raise refusal(response)
        if response.last is not None:
            last = task.key is None and task.also is None
            result = await work.operate(task.module, response.last, last=last)
            reply = record(response, result, task.path)
        else:
            # An answer that is not well-formed must not come after a commit.
            last = False
            body = body_of(response, staged)
            reply = Reply(response.status, body, response.headers)
        if task.also is not None:
            await task.also(work.transaction)
        if not last:
            store = None if task.key is None else task.key.store(reply)
            await work.transaction.commit(store)
        return reply

    def _late(self) -> RequestOutOfTime:
        return RequestOutOfTime(
            f"The request took longer than its {self._deadlines.deadline_ms} ms."
        )

    def _note_retry(self, attempt: int, error: EerpError) -> None:
        if self._stopped:
            # It was asked to end while it could not.
            raise CancelledError from error
        log.info(
            "running {task} again: {reason}",
            event="request_retried",
            task=self._task.name,
            reason=error.code,
            attempt=attempt,
            request_id=self._task.request_id,
        )
