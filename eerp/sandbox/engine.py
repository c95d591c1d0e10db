"""One wasmtime engine a process: its settings, and the ticks that bound a slice.

Settings follow two rules: what rustc does not need is switched off, since most
advisories live there; and each resource has a ceiling, so that a pool of slots
can be reserved once and reused.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from importlib.metadata import version
from typing import Any

import wasmtime
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from eerp import limits
from eerp.sandbox.native import bindings

__all__ = ["Engine"]

_FEATURES_OFF = (
    "wasm_threads", "shared_memory", "wasm_tail_call", "wasm_function_references",
    "wasm_gc", "gc_support", "wasm_relaxed_simd", "wasm_multi_memory",
    "wasm_memory64", "wasm_wide_arithmetic", "wasm_exceptions",
    "wasm_custom_page_sizes", "wasm_stack_switching", "wasm_component_model",
)  # fmt: skip

# Measured: a slot's first pages are wiped in place, the rest goes back to the kernel
# many slots at a time; both save calls to the kernel in every request.
_MEMORY_RESIDENT_BYTES = 16 * limits.KIB
_TABLE_RESIDENT_BYTES = limits.MIB
_DECOMMIT_BATCH = 64
_IDLE_TICKS_MAX = 100


class Engine:
    """The engine, its pool of `live_max` slots, and the thread that ticks.

    The thread rests when there was no guest for a while. `fingerprint` names
    everything that compiled code depends on.
    """

    def __init__(
        self,
        clock: IReactorTime,
        live_max: int = limits.GUEST_LIVE_MAX,
        memory_bytes_max: int = limits.GUEST_MEMORY_BYTES_MAX,
    ) -> None:
        self._clock = clock
        self.live_max = live_max
        self.live = 0
        self.wasmtime = wasmtime.Engine(_settings(live_max, memory_bytes_max))
        self.fingerprint = f"wasmtime-{version('wasmtime')}"
        self._turns: deque[Deferred[None]] = deque()
        self._busy = threading.Event()
        self._resting = False
        self._stopping = False
        self._ticker = threading.Thread(
            target=self._tick, name="eerp-epoch", daemon=True
        )
        self._ticker.start()

    def enter(self) -> None:
        """Count one more live guest, and see that time passes for it."""
        self.live += 1
        if self._resting:
            self._resting = False
            self._busy.set()

    def leave(self) -> None:
        """Count one live guest less."""
        self.live -= 1

    def next_turn(self) -> Deferred[None]:
        """Fires after the reactor has looked at everything else once."""
        turn: Deferred[None] = Deferred(self._turns.remove)
        self._turns.append(turn)
        if len(self._turns) == 1:
            self._clock.callLater(0, self._give_turn)
        return turn

    def _give_turn(self) -> None:
        """One slice in each turn of the reactor, however many guests compute."""
        if self._turns:
            turn = self._turns.popleft()
            if self._turns:
                self._clock.callLater(0, self._give_turn)
            turn.callback(None)

    def close(self) -> None:
        """End the ticking thread. No guest may be live."""
        self._stopping = True
        self._busy.set()
        self._ticker.join()

    def _tick(self) -> None:
        idle = 0
        while not self._stopping:
            time.sleep(limits.EPOCH_TICK_MS / 1000)
            self.wasmtime.increment_epoch()
            idle = 0 if self.live else idle + 1
            if idle > _IDLE_TICKS_MAX:
                self._rest()

    def _rest(self) -> None:
        """Sleep until a guest is there; one that comes meanwhile ends it at once."""
        self._busy.clear()
        self._resting = True
        if not self.live and not self._stopping:
            self._busy.wait()


def _settings(live_max: int, memory_bytes_max: int) -> wasmtime.Config:
    config = wasmtime.Config()
    config.epoch_interruption = True
    pointer = config.ptr()
    for feature in _FEATURES_OFF:
        getattr(bindings, f"wasmtime_config_{feature}_set")(pointer, False)
    bindings.wasmtime_config_max_wasm_stack_set(pointer, limits.GUEST_STACK_BYTES_MAX)
    bindings.wasmtime_config_async_stack_size_set(pointer, limits.FIBER_STACK_BYTES)
    bindings.wasmtime_pooling_allocation_strategy_set(
        pointer, _pool(live_max, memory_bytes_max)
    )
    return config


def _pool(live_max: int, memory_bytes_max: int) -> Any:
    """Slots for `live_max` guests, each with one memory, one table, one stack."""
    pool = bindings.wasmtime_pooling_allocation_config_new()
    for name, value in {
        "total_core_instances": live_max,
        "total_memories": live_max,
        "total_tables": live_max,
        "total_stacks": live_max,
        "max_tables_per_module": 1,
        "max_memories_per_module": 1,
        "table_elements": limits.GUEST_TABLE_ELEMENTS_MAX,
        "max_memory_size": memory_bytes_max,
        "linear_memory_keep_resident": _MEMORY_RESIDENT_BYTES,
        "table_keep_resident": _TABLE_RESIDENT_BYTES,
        "decommit_batch_size": min(_DECOMMIT_BATCH, live_max),
    }.items():
        setter = getattr(bindings, f"wasmtime_pooling_allocation_config_{name}_set")
        setter(pool, value)
    return pool
