"""One handler in one fresh guest, and the calls from guest to guest.

A call reaches a service of the core or of another module, in the caller's
transaction, for the same user. It runs behind a savepoint, so that an error that
comes back leaves nothing of it behind. What comes back to the caller as a value is
what the caller can do something about: a `RequestError`, a service's own refusal
included. A trap, an endless loop or a malformed answer of the called module ends the
whole request, and so does whatever is PostgreSQL's or ours.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

import orjson
from attrs import define, evolve, field, frozen
from twisted.internet.interfaces import IReactorTime

from eerp import limits
from eerp.auth.access import require
from eerp.errors import (
    GuestError,
    GuestFault,
    GuestProtocolError,
    NotFound,
    RequestError,
    SerializationFailed,
    ValidationFailed,
)
from eerp.interfaces import (
    GuestRequest,
    HttpClient,
    Identity,
    ModuleService,
    Outbox,
    Reply,
    ServiceContext,
    Services,
    Target,
    Transaction,
)
from eerp.sandbox.answer import (
    FIRST_ERROR_STATUS,
    body_of,
    record,
    refusal,
    refusal_of_service,
)
from eerp.sandbox.frame import (
    GuestResponse,
    decode_response,
    encode_frame,
    encode_request,
)
from eerp.sandbox.guest import Guest
from eerp.sandbox.host import RequestHost
from eerp.sandbox.operations import OperationResult, Operations
from eerp.sandbox.program import Program

__all__ = ["Reach", "Work"]

T = TypeVar("T")


@frozen(eq=False)
class Reach:
    """What handlers reach, whatever the request. What is None is not served."""

    operations: Operations
    clock: IReactorTime
    programs: dict[str, Program]
    services: Services | None = None
    outbox: Outbox | None = None
    http: HttpClient | None = None


@define(eq=False)
class Work:
    """One attempt at a task: what all guests share that work for it.

    `keep` says whether it will be committed, or taken back: a dry run, or one that was
    given up on the way. `attempt` counts from 1.
    """

    reach: Reach
    transaction: Transaction
    identity: Identity | None
    request_id: str
    read_only: bool
    hops: int = 0
    keep: bool = True
    attempt: int = 1
    calls: int = field(default=0, init=False)

    async def answer(
        self, target: Target, request: GuestRequest, *, last: bool = False
    ) -> Reply:
        """The reply of a module's route to `request`. The `last` act of the task is
        committed with it where that spares a round trip. Raises a `Refusal`."""
        frame = encode_request(request)
        return await self.reply(
            target.module, target.handler_id, frame, path=request.path, last=last
        )

    async def step(self, target: Target, act: Callable[[Work], Awaitable[T]]) -> T:
        """Do a part of the task for a module's route behind a savepoint: when it is
        refused, or the module fails, that part alone is undone. A GET writes nothing.
        """
        reading = target.method == "GET"
        savepoint = self.transaction.savepoint(
            target.module, read_only=reading and not self.read_only
        )
        part = evolve(self, read_only=self.read_only or reading)
        try:
            done = await act(part)
            savepoint.release()
        except (RequestError, GuestError):
            savepoint.rollback()
            raise
        return done

    async def reply(
        self,
        module: str,
        handler_id: int,
        frame: bytes,
        *,
        path: str | None = None,
        last: bool = False,
    ) -> Reply:
        """The reply of a handler to `frame`; `path` is that of the request, if there is
        one. Raises a `Refusal`."""
        response, staged = await self.handle((module,), handler_id, frame)
        if response.status >= FIRST_ERROR_STATUS:
            raise refusal(response)
        if response.last is None:
            # An answer that is not well-formed must not come after a commit.
            body = body_of(response, staged)
            return Reply(response.status, body, response.headers)
        result = await self.operate(module, response.last, last=last)
        return record(response, result, path)

    async def handle(
        self, chain: tuple[str, ...], handler_id: int, frame: bytes
    ) -> tuple[GuestResponse, list[bytes]]:
        """What a fresh guest of the last module of `chain` answers to `frame`, and
        the results that its answer may name."""
        guest = Guest(self.reach.programs[chain[-1]], RequestHost(self, chain))
        try:
            await guest.start()
            pointer = await guest.put(frame)
            answer = await guest.call("handle", handler_id, pointer, len(frame))
            found = guest.memory.read(
                answer >> 32, answer, limits.GUEST_RESPONSE_BYTES_MAX
            )
        finally:
            guest.close()
        return decode_response(found), guest.staged

    async def operate(
        self, module: str, operation: Any, *, last: bool = False
    ) -> OperationResult:
        """One ORM operation of `module`, in the request's transaction."""
        try:
            return await self.reach.operations.run(
                self.transaction, module, operation, actor=self.identity, last=last
            )
        except SerializationFailed as error:
            if error.subject is None:
                error.subject = _record_of(module, operation)
            raise

    async def call(self, chain: tuple[str, ...], request: dict[str, Any]) -> bytes:
        """Call a service for the last module of `chain`; its output as JSON.

        A `RequestError` leaves nothing behind of what the service did.
        """
        self._count_call()
        name, given = request.get("service"), request.get("input")
        if not isinstance(name, str):
            raise ValidationFailed("A call names its service.")
        if self.reach.services is None:
            raise NotFound(f"There is no service {name}.")
        service = self.reach.services.resolve(chain[-1], name)
        module = service.module if isinstance(service, ModuleService) else None
        savepoint = self.transaction.savepoint(module)
        try:
            if isinstance(service, ModuleService):
                output = await self._call_module(chain, name, service, given)
            else:
                output = _staged(await service(self._context(chain[-1]), given))
            # A failed statement that the service kept to itself is its answer too.
            savepoint.release()
        except RequestError:
            savepoint.rollback()
            raise
        except SerializationFailed as error:
            if error.subject is None:
                error.subject = (name, orjson.dumps(given))
            raise
        return output

    async def _call_module(
        self, chain: tuple[str, ...], name: str, service: ModuleService, given: Any
    ) -> bytes:
        chain = (*chain, service.module)
        if len(chain) > limits.CALL_DEPTH_MAX + 1:
            raise GuestFault(
                f"Calls nest deeper than {limits.CALL_DEPTH_MAX}.",
                detail=" -> ".join(chain),
            )
        require(self.identity, service.permission)
        service.check(given)
        head = {"service": name, "caller": chain[-2]}
        frame = encode_frame(head, self.identity, self.request_id, orjson.dumps(given))
        response, staged = await self.handle(chain, service.handler_id, frame)
        if response.status >= FIRST_ERROR_STATUS:
            raise refusal_of_service(response)
        if response.last is None:
            output = body_of(response, staged) or b"null"
        else:
            output = (await self.operate(service.module, response.last)).body
        service.check_output(_json(service.module, output))
        return output

    def _context(self, module: str) -> ServiceContext:
        return ServiceContext(
            transaction=self.transaction,
            identity=self.identity,
            module=module,
            request_id=self.request_id,
            clock=self.reach.clock,
        )

    def _count_call(self) -> None:
        self.calls += 1
        if self.calls > limits.CALLS_PER_REQUEST_MAX:
            raise GuestFault(
                f"A request makes more than {limits.CALLS_PER_REQUEST_MAX} calls."
            )


def _staged(output: Any) -> bytes:
    """What a service of the core answered; bytes are no JSON and stay as they are."""
    return output if isinstance(output, bytes) else orjson.dumps(output)


def _json(module: str, output: bytes) -> Any:
    """The value of a module's output."""
    try:
        return orjson.loads(output)
    except orjson.JSONDecodeError as error:
        raise GuestProtocolError(
            f"A service of the module {module} does not answer JSON.",
            detail=str(error),
        ) from None


def _record_of(module: str, operation: bytes | dict[str, Any]) -> Hashable:
    """The record that an operation is about, by which those that failed on it find
    each other; the model when it is about several, and None when it is about none."""
    try:
        fields = orjson.loads(operation) if isinstance(operation, bytes) else operation
    except orjson.JSONDecodeError:
        return None
    model, record_id = fields.get("model"), fields.get("id")
    if not isinstance(model, str):
        return None
    return (module, model, record_id.lower() if isinstance(record_id, str) else None)
