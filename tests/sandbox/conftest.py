"""One engine a test session, and guests made from text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import wasmtime
from attrs import define, field
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from eerp.sandbox.engine import Engine
from eerp.sandbox.program import Program


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A real engine with room for 50 guests."""
    made = Engine(reactor, live_max=50)
    yield made
    made.close()


@pytest.fixture
def program(engine: Engine) -> Iterator[Callable[..., Program]]:
    """`program(wat, **options)` links a module; at the end no guest is live."""

    def link(text: str, **options: Any) -> Program:
        code = wasmtime.Module(engine.wasmtime, text)
        options.setdefault("capabilities", ("orm",))
        return Program.link(engine, "demo", code, **options)

    yield link
    assert engine.live == 0


@define
class EchoHost:
    """A host whose ORM answers what `answer` says, when the test wants it."""

    request_id: str = "test"
    operations: list[bytes] = field(factory=list)
    answer: Callable[[bytes], Any] = lambda operation: operation

    async def serve(self, _kind: str, operation: bytes) -> bytes:
        """Note the operation and answer it."""
        self.operations.append(operation)
        result = self.answer(operation)
        return (await result) if isinstance(result, Deferred) else result


@pytest.fixture
def host() -> EchoHost:
    """A host that echoes operations."""
    return EchoHost()
