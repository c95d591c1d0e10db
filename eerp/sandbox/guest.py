"""One guest: a fresh store and instance, for one request, then gone.

A `Guest` drives its calls on the reactor. Between two polls of its fiber it
serves what the guest asked for (`Host.serve`), or, when the guest used up its slice,
gives the reactor a turn. CPU time is counted over all polls; waiting is not.
"""

from __future__ import annotations

import ctypes
import time
from typing import Any, Protocol

import orjson
from attrs import frozen

from eerp import limits
from eerp.errors import (
    EerpError,
    GuestFault,
    GuestOutOfTime,
    Overloaded,
    RequestError,
)
from eerp.sandbox.fiber import KIND_I64, Fiber
from eerp.sandbox.imports import running
from eerp.sandbox.memory import Memory
from eerp.sandbox.native import NO_FINALIZER, bindings, native
from eerp.sandbox.program import Program

__all__ = ["Guest", "Host", "Registration", "error_object"]

SLICE_TICKS = 2


class Host(Protocol):
    """What a guest's suspending imports reach, for one request."""

    @property
    def request_id(self) -> str:
        """Names the request in the log."""

    async def serve(self, kind: str, request: bytes) -> bytes:
        """Do what the import `kind` (``orm``, ``call``, ...) asks for; its result.

        A `RequestError` becomes the guest's to handle; any other error ends the guest.
        """


@frozen
class Registration:
    """What a guest asked of ``register_<kind>``, unchecked.

    `texts` are (method, path) of a route, (name,) of a service, (topic,) of an event,
    (name, cron expression) of a job.
    """

    kind: str
    texts: tuple[str, ...]
    handler_id: int


def error_object(error: EerpError) -> bytes:
    """The error object of the ABI for `error`."""
    return orjson.dumps(
        {
            "code": error.code,
            "status": error.status,
            "message": error.message,
            "errors": [
                {"pointer": f.pointer, "code": f.code, "message": f.message}
                for f in error.errors
            ],
        }
    )


class Guest:
    """A live instance of a program. Make it, `await start()`, call, and close it.

    Raises Overloaded when as many are live as the engine has room for.

    `registrations` collects what is registered while it is a list, i.e. inside `init`.
    `staged` holds the results of suspending calls. `fault` is the error that a
    host function kept, to be raised in place of the trap it caused.
    """

    __slots__ = (
        "_asked",
        "_context",
        "_cpu_ns",
        "_cpu_ns_max",
        "_engine",
        "_exports",
        "_host",
        "_instance",
        "_outcome",
        "_program",
        "_results",
        "_store",
        "fault",
        "host_calls",
        "log_lines",
        "memory",
        "module",
        "now_ms",
        "registrations",
        "request_id",
        "staged",
    )  # fmt: skip

    def __init__(self, program: Program, host: Host) -> None:
        self._engine = program.engine
        if self._engine.live >= self._engine.live_max:
            raise Overloaded("Too many modules run at once.")
        self._program = program
        self._host = host
        self.module = program.module
        self.request_id = host.request_id
        self.now_ms = time.time_ns() // 1_000_000
        self.staged: list[bytes] = []
        self.registrations: list[Registration] | None = None
        self.fault: BaseException | None = None
        self.host_calls = 0
        self.log_lines = 0
        self._cpu_ns = 0
        self._cpu_ns_max = program.cpu_ms_max * 1_000_000
        self._asked: tuple[str, bytes] | None = None
        self._results: Any = None
        self._outcome: int | None = None
        self._exports: dict[str, Any] = {}
        self._open_store()

    def _open_store(self) -> None:
        self._engine.enter()
        self._store: Any = native.store_new(
            self._engine.wasmtime.ptr(), None, NO_FINALIZER
        )
        self._context = native.store_context(self._store)
        native.store_limiter(
            self._store,
            self._program.memory_bytes_max,
            limits.GUEST_TABLE_ELEMENTS_MAX,
            1,
            1,
            1,
        )
        native.context_set_epoch_deadline(self._context, SLICE_TICKS)
        native.context_epoch_deadline_async_yield_and_update(self._context, SLICE_TICKS)
        self._instance = bindings.wasmtime_instance_t()

    async def start(self) -> None:
        """Instantiate; a start function of the guest runs under the same limits."""
        pre = self._program.pre.ptr()
        await self._drive(Fiber.instantiate(pre, self._context, self._instance))
        self.memory = Memory(self._context, self._export("memory").memory)

    async def call(self, name: str, *arguments: int, results: int = 1) -> int:
        """Call the export `name` with i32 arguments; its i32 or i64, else 0.

        Raises GuestTrapped, GuestFault, GuestProtocolError, GuestOutOfTime, or
        what the host raised.
        """
        func = self._export(name).func
        return await self._drive(Fiber.call(self._context, func, arguments, results))

    async def put(self, data: bytes) -> int:
        """Have the guest allocate room, and copy `data` there; its address."""
        pointer = await self.call("alloc", len(data))
        self.memory.write(pointer, data)
        return pointer

    def close(self) -> None:
        """Drop the store and all that the guest had. Twice is once."""
        store: Any = self._store
        self._store = None
        if store is not None:
            native.store_delete(store)
            self._engine.leave()

    async def _drive(self, fiber: Fiber) -> int:
        try:
            while not self._poll(fiber):
                if self._asked is None:
                    await self._engine.next_turn()
                else:
                    await self._serve()
            return fiber.result()
        except EerpError:
            if self.fault is not None:
                raise self.fault from None
            raise
        finally:
            fiber.close()

    def _poll(self, fiber: Fiber) -> bool:
        """One slice of the guest's time; raises when its budget is spent."""
        native.context_set_epoch_deadline(self._context, SLICE_TICKS)
        started = time.perf_counter_ns()
        running.guest = self
        try:
            done = fiber.poll()
        finally:
            running.guest = None
        self._cpu_ns += time.perf_counter_ns() - started
        if self._cpu_ns > self._cpu_ns_max and not done:
            raise GuestOutOfTime(
                f"The module {self.module} used more than its "
                f"{self._program.cpu_ms_max} ms of computing time."
            )
        return done

    async def _serve(self) -> None:
        """Do what the suspended guest asked for, and let it go on."""
        assert self._asked is not None
        asked, self._asked = self._asked, None
        try:
            result = await self._host.serve(*asked)
            self._outcome = len(result)
        except RequestError as error:
            result = error_object(error)
            self._outcome = -len(result)
        self.staged.append(result)

    def suspend(self, kind: str, request: bytes, results: Any) -> None:
        """Called by an import: note down what the guest waits for."""
        self._asked = (kind, request)
        self._results = results
        self._outcome = None

    def resumable(self) -> bool:
        """Called by the fiber: hand over the outcome once there is one."""
        if self.fault is not None:
            return True
        if self._outcome is None:
            return False
        self._results[0].kind = KIND_I64
        self._results[0].of.i64 = self._outcome
        return True

    def count_host_call(self) -> None:
        """Called by each import."""
        self.host_calls += 1
        if self.host_calls > limits.GUEST_HOST_CALLS_MAX:
            raise GuestFault(
                f"The module {self.module} made more than "
                f"{limits.GUEST_HOST_CALLS_MAX} host calls in one request."
            )

    def register(self, kind: str, texts: tuple[str, ...], handler_id: int) -> None:
        """Called by the imports: collect a registration, inside `init` only."""
        if self.registrations is None:
            raise GuestFault(
                f"The module {self.module} called register_{kind} after init."
            )
        if len(self.registrations) >= limits.GUEST_REGISTRATIONS_MAX:
            raise GuestFault(
                f"The module {self.module} registers more than "
                f"{limits.GUEST_REGISTRATIONS_MAX} handlers."
            )
        self.registrations.append(Registration(kind, texts, handler_id))

    def _export(self, name: str) -> Any:
        found = self._exports.get(name)
        if found is None:
            slot = bindings.wasmtime_extern_t()
            key = self._program.export_keys[name]
            exists = native.instance_export_get(
                self._context,
                ctypes.byref(self._instance),
                key,
                len(name),
                ctypes.byref(slot),
            )
            assert exists, "Program checked the exports"
            # The union does not keep its structure alive; the structure does.
            self._exports[name] = slot
            found = slot
        return found.of
