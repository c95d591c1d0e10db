"""From WASM to machine code: in a child process with limits, kept in a cache.

Compiling is where a hostile module could hold the daemon up: 400 kB of WASM can
cost 20 s. So the compiler runs in a child whose CPU time and memory are bounded,
started from a thread. Its output is machine code that the daemon will run, hence
the cache lies in a folder of mode 0700 and each entry is signed; one that does not
verify is compiled anew.

``python -m eerp.sandbox.compile`` is that child: WASM on standard input, compiled
code on standard output, a sentence on standard error and status 3 when the input
is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import wasmtime
from attrs import frozen
from twisted.internet.task import Clock

from eerp import limits
from eerp.errors import WasmInvalid
from eerp.log import Logger
from eerp.sandbox.engine import Engine

__all__ = ["CompiledCache"]

log = Logger(namespace="eerp.sandbox")

_REFUSED = 3
_SIGNATURE_BYTES = 32
_WASM_MAGIC = b"\0asm"
_COMPONENT_LAYER = b"\x0d\x00\x01\x00"
COMPILE_WALL_S_MAX = 120
COMPILE_DATA_BYTES_MAX = 2048 * limits.MIB


@frozen
class CompiledCache:
    """Compiled modules in `folder`, signed with `key` (kept elsewhere).

    `in_thread` runs a function in a thread and answers an awaitable.
    """

    folder: Path
    key: bytes
    engine: Engine
    in_thread: Callable[..., Awaitable[bytes]]

    async def load(self, module: str, path: Path) -> wasmtime.Module:
        """The compiled code of the WASM file `path`. Raises WasmInvalid."""
        wasm = _read(module, path)
        entry = self.folder / f"{self._name(wasm)}.cwasm"
        code = self._cached(entry)
        if code is not None:
            try:
                return wasmtime.Module.deserialize(self.engine.wasmtime, code)
            except wasmtime.WasmtimeError as error:
                log.info(
                    "compiled code of {module} is not for this machine: {reason}",
                    event="module_recompiled",
                    module=module,
                    reason=str(error),
                )
        code = await self.in_thread(_compile_in_child, module, wasm)
        try:
            self._keep(entry, code)
        except OSError as error:
            log.warn(
                "compiled code of {module} cannot be kept: {reason}",
                event="module_not_cached",
                module=module,
                reason=error.strerror,
            )
        return wasmtime.Module.deserialize(self.engine.wasmtime, code)

    def _name(self, wasm: bytes) -> str:
        digest = hashlib.sha256(wasm)
        digest.update(self.engine.fingerprint.encode())
        return digest.hexdigest()

    def _sign(self, entry: Path, code: bytes) -> bytes:
        return hmac.digest(self.key, entry.name.encode() + code, "sha256")

    def _cached(self, entry: Path) -> bytes | None:
        try:
            content = entry.read_bytes()
        except OSError:
            # Mostly, it is not there; whatever it is, compiling anew mends it.
            return None
        signature, code = content[:_SIGNATURE_BYTES], content[_SIGNATURE_BYTES:]
        if hmac.compare_digest(signature, self._sign(entry, code)):
            return code
        log.warn(
            "cached code {entry} does not verify; compiling anew",
            event="module_cache_refused",
            entry=entry.name,
        )
        return None

    def _keep(self, entry: Path, code: bytes) -> None:
        """Write the entry so that a reader sees all of it or nothing."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self._sign(entry, code) + code)
        Path(name).replace(entry)


def _read(module: str, path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            wasm = file.read(limits.GUEST_WASM_BYTES_MAX + 1)
    except OSError as error:
        raise WasmInvalid(
            module,
            f"module {module}: {path} cannot be read: {error.strerror}",
            hint="Run `make modules` to build it.",
        ) from None
    if len(wasm) > limits.GUEST_WASM_BYTES_MAX:
        raise WasmInvalid(
            module,
            f"module {module}: {path} is larger than "
            f"{limits.GUEST_WASM_BYTES_MAX // limits.MIB} MiB",
        )
    if not wasm.startswith(_WASM_MAGIC):
        raise WasmInvalid(module, f"module {module}: {path} is not WebAssembly")
    if wasm[4:8] == _COMPONENT_LAYER:
        raise WasmInvalid(
            module, f"module {module}: {path} is a component, not a core module"
        )
    return wasm


def _compile_in_child(module: str, wasm: bytes) -> bytes:
    """Runs in a thread."""
    try:
        child = subprocess.run(
            [sys.executable, "-P", "-W", "ignore", "-m", "eerp.sandbox.compile"],
            input=wasm,
            capture_output=True,
            timeout=COMPILE_WALL_S_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise WasmInvalid(
            module, f"module {module} takes too long to compile"
        ) from None
    if child.returncode == 0:
        return child.stdout
    reason = child.stderr.decode("utf-8", "replace").strip()
    if child.returncode == _REFUSED:
        raise WasmInvalid(
            module, f"module {module} is not valid: {reason.splitlines()[-1]}",
            detail=reason,
        )  # fmt: skip
    raise WasmInvalid(
        module,
        f"module {module} cannot be compiled within "
        f"{limits.GUEST_COMPILE_CPU_S_MAX} s of CPU time and "
        f"{COMPILE_DATA_BYTES_MAX // limits.MIB} MiB",
        detail=f"exit status {child.returncode}: {reason}",
    )


def main() -> int:
    """The child."""
    cpu = limits.GUEST_COMPILE_CPU_S_MAX
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(
        resource.RLIMIT_DATA, (COMPILE_DATA_BYTES_MAX, COMPILE_DATA_BYTES_MAX)
    )
    wasm = sys.stdin.buffer.read()
    try:
        code = wasmtime.Module(Engine(Clock(), live_max=1).wasmtime, wasm).serialize()
    except wasmtime.WasmtimeError as error:
        # The first line says that it is invalid; what is wrong comes after it.
        lines = [line.strip() for line in str(error).splitlines()]
        said = [line for line in lines if line and line != "Caused by:"]
        sys.stderr.write("; ".join(dict.fromkeys(said)))
        return _REFUSED
    sys.stdout.buffer.write(code)
    return 0


if __name__ == "__main__":
    # The ticking thread would keep an ordinary exit waiting.
    status = main()
    sys.stdout.flush()
    os._exit(status)
