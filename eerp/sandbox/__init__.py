"""The sandbox: guests that nobody has to trust, one fresh store for each call.

The only place that imports wasmtime. A module is compiled once, in a child
process with limits (`compile`), loaded as a `Program`, and opened as a new
`Guest` for every request. A guest call is a `Fiber`: where the guest calls an
import that suspends, its stack is put aside, and the reactor goes on::

    engine = Engine(live_max=100)
    program = Program.link(engine, "crm", wasm_code, capabilities=("orm",))
    guest = Guest(program, host)
    try:
        ptr = await guest.call("alloc", 10)
    finally:
        guest.close()

Everything here runs on the reactor's thread, save the ticker, which only moves
the engine's epoch. Order matters at the end: a fiber's future is deleted before
its store, and neither while it is being polled.
"""

from eerp.sandbox.compile import CompiledCache
from eerp.sandbox.dispatch import Dispatcher
from eerp.sandbox.engine import Engine
from eerp.sandbox.guest import Guest
from eerp.sandbox.load import Description, describe
from eerp.sandbox.program import Program

__all__ = [
    "CompiledCache", "Description", "Dispatcher", "Engine", "Guest", "Program",
    "describe",
]  # fmt: skip
