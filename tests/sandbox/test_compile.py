"""Compiling in a child with limits, and a cache that believes only itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_twisted
import wasmtime
from twisted.internet.threads import deferToThread

from eerp import limits
from eerp.errors import WasmInvalid
from eerp.sandbox import compile as compiler
from eerp.sandbox.compile import CompiledCache
from eerp.sandbox.engine import Engine
from tests.sandbox.wat import wat


@pytest.fixture
def cache(engine: Engine, tmp_path: Path) -> CompiledCache:
    """An empty cache."""
    return CompiledCache(tmp_path / "cache", b"k" * 32, engine, deferToThread)


@pytest.fixture
def wasm(tmp_path: Path) -> Path:
    """An honest module's file."""
    path = tmp_path / "module.wasm"
    path.write_bytes(wasmtime.wat2wasm(wat()))
    return path


def entries(cache: CompiledCache) -> list[Path]:
    """The files of the cache."""
    return sorted(cache.folder.iterdir())


@pytest_twisted.ensureDeferred
async def test_a_module_is_compiled_once(
    cache: CompiledCache, wasm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await cache.load("demo", wasm)
    monkeypatch.setattr(compiler, "_compile_in_child", None)

    second = await cache.load("demo", wasm)

    names = [export.name for export in first.exports]
    assert [export.name for export in second.exports] == names
    assert len(entries(cache)) == 1
    assert cache.folder.stat().st_mode & 0o777 == 0o700


@pytest_twisted.ensureDeferred
async def test_a_changed_entry_is_not_run(cache: CompiledCache, wasm: Path) -> None:
    await cache.load("demo", wasm)
    (entry,) = entries(cache)
    honest = entry.read_bytes()
    entry.write_bytes(honest[:-1] + bytes([honest[-1] ^ 1]))

    await cache.load("demo", wasm)

    assert entry.read_bytes()[32:] == honest[32:]


@pytest_twisted.ensureDeferred
async def test_an_entry_signed_for_another_module_is_not_run(
    cache: CompiledCache, wasm: Path, tmp_path: Path
) -> None:
    await cache.load("demo", wasm)
    (entry,) = entries(cache)
    other = tmp_path / "other.wasm"
    other.write_bytes(wasmtime.wat2wasm(wat(migrations=b"[1]")))
    await cache.load("other", other)
    (swapped,) = [path for path in entries(cache) if path != entry]
    honest = swapped.read_bytes()
    swapped.write_bytes(entry.read_bytes())

    await cache.load("other", other)

    assert swapped.read_bytes()[32:] == honest[32:]


REFUSED = {
    b"": "is not WebAssembly",
    b"hello": "is not WebAssembly",
    b"\x7fELF\2\1\1": "is not WebAssembly",
    b"\0asm\1\0\0\0\xff": "is not valid",
    b"\0asm\x0d\0\1\0": "is a component",
    bytes(wasmtime.wat2wasm(wat())[:-20]): "is not valid",
    b"\0asm\1\0\0\0" + bytes(limits.GUEST_WASM_BYTES_MAX): "is larger than 8 MiB",
}


@pytest.mark.parametrize("content", REFUSED, ids=list(REFUSED.values()))
@pytest_twisted.ensureDeferred
async def test_what_is_no_module_is_refused(
    content: bytes, cache: CompiledCache, tmp_path: Path
) -> None:
    path = tmp_path / "module.wasm"
    path.write_bytes(content)

    with pytest.raises(WasmInvalid, match=REFUSED[content]) as caught:
        await cache.load("demo", path)

    assert "\n" not in caught.value.message
    assert "Warning" not in caught.value.message
    assert "Caused by" not in caught.value.message


@pytest_twisted.ensureDeferred
async def test_a_missing_file_says_how_to_build_it(
    cache: CompiledCache, tmp_path: Path
) -> None:
    with pytest.raises(WasmInvalid, match="cannot be read") as caught:
        await cache.load("demo", tmp_path / "module.wasm")

    assert caught.value.hint == "Run `make modules` to build it."


@pytest_twisted.ensureDeferred
async def test_a_compile_bomb_ends_at_the_childs_limits(
    cache: CompiledCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child has less CPU time here than in production, so that the test ends."""
    bomb = (
        "(i32.const 0)"
        + "(if (result i32) (then (i32.const 1)) (else (i32.const 2)))" * 40000
    )
    text = wat(extra=f"(func (result i32) {bomb})")
    path = tmp_path / "module.wasm"
    path.write_bytes(wasmtime.wat2wasm(text))
    child = tmp_path / "child.py"
    child.write_text(
        "import sys\nfrom eerp import limits\nlimits.GUEST_COMPILE_CPU_S_MAX = 1\n"
        "from eerp.sandbox import compile\nsys.exit(compile.main())\n"
    )
    run = compiler.subprocess.run
    monkeypatch.setattr(
        compiler.subprocess,
        "run",
        lambda command, **more: run([command[0], str(child)], **more),
    )

    with pytest.raises(WasmInvalid, match="cannot be compiled within"):
        await cache.load("demo", path)
