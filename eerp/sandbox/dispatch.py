"""One task, one transaction, fresh guests; again from the start if need be.

`Dispatcher.perform` runs a `Task`, which is what a request comes to; `run_handler`
makes one of a module's handler for anything else. When PostgreSQL chooses the
transaction as the victim of a conflict, or the connection is lost before COMMIT,
nothing has happened yet: the whole task runs again, in new guests (``attempts``). A
deadline, or a client that went away, ends it in order at any moment before COMMIT, and
never after it was sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping
from typing import Any

from attrs import define, field
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from eerp.errors import EerpError, RequestOutOfTime
from eerp.interfaces import (
    HttpClient,
    Identity,
    Outbox,
    Pool,
    Reply,
    Services,
    Transaction,
    TransactionBegin,
)
from eerp.log import Logger
from eerp.sandbox.attempts import Turns, persist
from eerp.sandbox.call import Reach, Work
from eerp.sandbox.deadlines import Deadlines
from eerp.sandbox.frame import encode_frame
from eerp.sandbox.operations import Operations
from eerp.sandbox.program import Program
from eerp.sandbox.task import Task

__all__ = ["Also", "Dispatcher", "Run"]

log = Logger(namespace="eerp.sandbox")

Also = Callable[[Transaction], Awaitable[None]]
"""What else is done in a handler's transaction, after the handler."""


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
    turns: Turns = field(factory=Turns, init=False)
    reach: Reach = field(init=False)
    _deadlines: dict[int, Deadlines] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.reach = Reach(
            self.operations, self.clock, self.programs,
            self.services, self.outbox, self.http,
        )  # fmt: skip

    def perform(self, task: Task, cancel: Callable[[], None]) -> Run:
        """Await what this answers for the reply of `task`.

        Raises a `Refusal` or another `EerpError`. `cancel` must cancel the Deferred
        that awaits it. Its own `cancel` stops the task and rolls back, unless COMMIT
        has been sent; so does the deadline.
        """
        return Run(self, task, cancel)

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
        frame = encode_frame(head, identity, request_id, body)

        async def act(work: Work) -> Reply:
            reply = await work.reply(module, handler_id, frame, last=also is None)
            if also is not None:
                await also(work.transaction)
            return reply

        task = Task(
            act=act,
            name=f"handler {handler_id} of {module}",
            module=module,
            identity=identity,
            request_id=request_id,
            modules=(module,),
            hops=hops,
        )
        return Run(self, task, lambda: None).start()

    def deadlines(self, modules: tuple[str, ...]) -> Deadlines:
        """The deadlines of all tasks that have as long to run as the slowest of
        `modules`."""
        deadline_ms = max(self.programs[module].deadline_ms for module in modules)
        found = self._deadlines.get(deadline_ms)
        if found is None:
            found = self._deadlines[deadline_ms] = Deadlines(self.clock, deadline_ms)
        return found


class Run:
    """The life of one task."""

    __slots__ = (
        "_attempts", "_cancel", "_deadlines", "_dispatcher", "_expired", "_stopped",
        "_task", "_transaction",
    )  # fmt: skip

    def __init__(
        self, dispatcher: Dispatcher, task: Task, cancel: Callable[[], None]
    ) -> None:
        self._attempts = 0
        self._cancel = cancel
        self._deadlines = dispatcher.deadlines(task.modules)
        self._dispatcher = dispatcher
        self._task = task
        self._stopped = False
        self._expired = False
        self._transaction: Transaction | None = None

    def __await__(self) -> Generator[Any, Any, Reply]:
        """Run the task, within its time."""
        self._deadlines.begin(self)
        try:
            return (yield from self._run().__await__())
        finally:
            self._deadlines.end(self)

    def start(self) -> Deferred[Reply]:
        """Run the task; cancelling what this answers is `cancel`."""

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
        dispatcher, task = self._dispatcher, self._task
        return await persist(
            self._attempt, dispatcher.turns, dispatcher.clock, self._note_retry,
            group=None if task.read_only else task.module,
        )  # fmt: skip

    async def _attempt(self) -> Reply:
        task, dispatcher = self._task, self._dispatcher
        self._attempts += 1
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
            task.read_only, task.hops, task.keep, self._attempts,
        )  # fmt: skip
        try:
            return await self._do(work)
        except Exception:
            await transaction.rollback()
            raise

    async def _do(self, work: Work) -> Reply:
        """What the task comes to: committed, or taken back."""
        key, transaction = self._task.key, work.transaction
        known = None if key is None else await key.claim(transaction)
        reply = await self._task.act(work) if known is None else known
        if known is not None or not work.keep:
            await transaction.rollback()
        else:
            await transaction.commit(None if key is None else key.store(reply))
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
