"""Modules with counters: guests that do what a request says, and the way to them.

The body of a request is what the guest passes on, to the ORM or to a service.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import wasmtime
from attrs import define, field, frozen
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from eerp.calls import Call, Gateway
from eerp.database.pool import Pool
from eerp.errors import NotFound
from eerp.interfaces import (
    CoreService,
    GuestRequest,
    Identity,
    ModuleService,
    Reply,
    Statement,
)
from eerp.orm.registry import ModelRegistry
from eerp.orm.repository import Repository
from eerp.sandbox import Dispatcher, Engine, Program
from eerp.startup.schemas import ModuleSchemas
from tests.sandbox.wat import REPLY_AT, data, frame, handle, wat
from tests.valued import valued_model, valued_table

ANN = Identity(
    "018f0000-0000-7000-8000-00000000000a", "ann", None, (), frozenset({"*"})
)
COUNTERS = valued_model("counters", "Counter")
MIGRATIONS = [
    valued_table(
        "counters", {"type": "add_unique", "table": "counters", "columns": ["name"]}
    )
]
_BODY = """
    (i32.add (i32.add (local.get $ptr) (i32.const 4)) (i32.load (local.get $ptr)))
    (i32.sub (i32.sub (local.get $len) (i32.const 4)) (i32.load (local.get $ptr)))"""
ORM = f"(drop (call $orm {_BODY}))"
CALL = f"(drop (call $call {_BODY}))"
LOOP = "(loop $on (br $on))"
MINE = {"op": "create", "model": "counters", "values": {"name": "mine"}}


def _fixed(text: bytes, at: int) -> tuple[str, str]:
    """The arguments that name `text`, and the data segment that holds it."""
    return f"(i32.const {at}) (i32.const {len(text)})", data(at, text)


_MINE_ARGUMENTS, _MINE_DATA = _fixed(json.dumps(MINE).encode(), 60_000)
ORM_MINE = f"(drop (call $orm {_MINE_ARGUMENTS}))"
# What a guest makes of an error that a service answered: its own refusal.
CALL_OR_REFUSE = f"""(if (i64.lt_s (call $call {_BODY}) (i64.const 0))
    (then (return (i64.const REFUSAL))))"""

HANDLERS: dict[int, tuple[str, dict[str, Any]]] = {
    1: (ORM, {"status": 200, "body_from": 0}),
    2: (ORM + ORM, {"status": 200, "body_from": 1}),
    3: (ORM, {"status": 409}),
    4: (ORM + "unreachable", {"status": 200}),
    5: (ORM, {"status": 200, "body_from": 7}),
    6: (CALL, {"status": 200, "body_from": 0}),
    7: (ORM_MINE + CALL, {"status": 200, "body_from": 1}),
    8: (CALL_OR_REFUSE, {"status": 200, "body_from": 0}),
    9: (LOOP, {"status": 200}),
    10: ("", {"status": 201, "finally": MINE}),
    11: (CALL + ORM_MINE, {"status": 200, "body_from": 0}),
    12: (CALL + CALL, {"status": 200, "body_from": 1}),
}
"""Handlers by id: one operation; two; one, then a refusal, a panic, nonsense; a call;
one operation of its own and a call; a call whose error it refuses with; an endless
loop; a final operation; a call, then an operation of its own; two calls."""


def guest() -> str:
    """The guest that does what its request says."""
    refusal = frame({"status": 418}, b'{"code":"teapot"}')
    branches, at = "", REPLY_AT
    extra = _MINE_DATA + data(at, refusal)
    packed, at = at << 32 | len(refusal), at + 256
    for number, (code, head) in HANDLERS.items():
        reply = frame(head)
        extra += data(at, reply)
        branches += (
            f"(if (i32.eq (local.get $id) (i32.const {number}))"
            f" (then {code} (return (i64.const {at << 32 | len(reply)}))))"
        )
        at += 256
    branches = branches.replace("REFUSAL", str(packed))
    body = handle(branches + "(i64.const 0)")
    return wat(imports=("orm", "call"), handle=body, extra=extra)


@frozen
class Route:
    """A target of the dispatcher."""

    handler_id: int
    method: str = "POST"
    module: str = "demo"


@define
class Container:
    """Services by name."""

    known: dict[str, CoreService | ModuleService] = field(factory=dict)

    def resolve(self, caller: str, name: str) -> CoreService | ModuleService:
        """The service."""
        if name not in self.known:
            raise NotFound(f"There is no service {name}.")
        return self.known[name]


def service(
    handler_id: int,
    module: str = "other",
    permission: str | None = None,
    check: Callable[[Any], None] = lambda _: None,
) -> ModuleService:
    """A handler of a module, as a service."""
    return ModuleService(module, handler_id, permission, check)


@define
class Bench:
    """A dispatcher with the guest above as two modules, on a real database."""

    dispatcher: Dispatcher
    pool: Pool
    dsn: str
    services: Container
    runs: list[Any] = field(factory=list)

    def send(self, handler_id: int, **operation: Any) -> Deferred[Reply]:
        """One request whose body is `operation`."""
        return self.ask(handler_id, {"model": "counters", **operation})

    def ask(
        self,
        handler_id: int,
        content: Any,
        *,
        key: str | None = None,
        identity: Identity | None = ANN,
        path: str = "/api/demo/x",
        method: str = "POST",
        match: str | None = None,
    ) -> Deferred[Reply]:
        """One request whose body is `content`, with `match` as its If-Match."""
        headers = {} if match is None else {"if-match": match}
        request = GuestRequest(
            method, path, "/x", {}, [], headers, identity, "test",
            json.dumps(content).encode(), key,
        )  # fmt: skip

        async def work() -> Reply:
            run = Gateway(self.dispatcher).one(
                Call(Route(handler_id, method), request),
                lambda: reply.cancel(),  # noqa: PLW0108  # made below
            )
            self.runs.append(run)
            return await run

        # The web floor does the same: what awaits the run is what it cancels.
        reply = Deferred.fromCoroutine(work())
        return reply

    async def make(self, name: str) -> str:
        """A counter; its id."""
        reply = await self.send(1, op="create", values={"name": name})
        return str(json.loads(reply.body)["id"])

    async def rows(self, module: str = "demo") -> list[tuple[Any, ...]]:
        """What is stored."""
        found = await self.pool.query(
            Statement(
                f"select name, value, version from {module}.counters order by name"
            )
        )
        return list(found)

    async def names(self, module: str = "demo") -> list[str]:
        """The names that are stored."""
        return [name for name, _, _ in await self.rows(module)]


async def make_bench(pool: Pool, dsn: str, engine: Engine) -> Bench:
    """The modules `demo` and `other`, each with a table of its own."""
    models = ModelRegistry()
    schemas = ModuleSchemas(pool, models)
    programs = {}
    code = wasmtime.Module(engine.wasmtime, guest())
    for name in ("demo", "other"):
        await schemas.adopt(name, (), MIGRATIONS, [COUNTERS])
        programs[name] = Program.link(engine, name, code, capabilities=("orm",))
    models.freeze()
    services = Container()
    dispatcher = Dispatcher(
        pool=pool,
        operations=Repository(models, b"k" * 32),
        clock=reactor,
        programs=programs,
        services=services,
    )
    return Bench(dispatcher, pool, dsn, services)
