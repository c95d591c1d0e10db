"""Build, test and lint the Rust modules.

    python scripts/modules.py build|test|lint

`build` leaves each module's `module.wasm` beside its `module.json`, and touches it
only when it changed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from rust import TARGET, Toolchain, find

ROOT = Path(__file__).resolve().parent.parent
WORKSPACE = ROOT / "modules"
# Modules of nobody's but the tests'.
FOREIGN = ROOT / "tests" / "foreign"
DEBIAN_LINTERS = "rustfmt-web rust-web-clippy"
BUILT = WORKSPACE / "target" / TARGET / "release"


def build(toolchain: Toolchain) -> None:
    """Compile every module to WASM and copy what is new."""
    found = (*WORKSPACE.glob("*/module.json"), *FOREIGN.glob("*/module.json"))
    modules = sorted(path.parent for path in found)
    packages = [f"--package=eerp-{module.name}" for module in modules]
    _lock_new(toolchain, modules)
    options = ["--release", "--locked", f"--target={TARGET}", *toolchain.wasm_options]
    _cargo(toolchain, "build", *options, *packages)
    for module in modules:
        _copy(BUILT / f"eerp_{module.name}.wasm", module / "module.wasm")


def _lock_new(toolchain: Toolchain, modules: list[Path]) -> None:
    """Let the lock file know modules that were added; what it pins stays pinned."""
    locked = (WORKSPACE / "Cargo.lock").read_text()
    new = [m.name for m in modules if f'name = "eerp-{m.name}"' not in locked]
    if new:
        print(f"adding {', '.join(new)} to {WORKSPACE.name}/Cargo.lock", flush=True)
        _cargo(toolchain, "update", "--workspace", "--quiet")


def test(toolchain: Toolchain) -> None:
    """Run the modules' own tests natively, against the SDK's fake host."""
    _cargo(toolchain, "test", "--workspace", "--locked", "--quiet")


def lint(toolchain: Toolchain) -> None:
    """Check format and run clippy, as far as the toolchain has them."""
    for subcommand, arguments in (
        ("fmt", ("--all", "--check")),
        ("clippy", ("--workspace", "--all-targets", "--locked", "--", "-Dwarnings")),
    ):
        if toolchain.has(subcommand):
            _cargo(toolchain, subcommand, *arguments)
        else:
            print(
                f"NOT CHECKED: {toolchain.name} has no cargo {subcommand}; "
                f"Debian has it in one of {DEBIAN_LINTERS}"
            )


def _cargo(toolchain: Toolchain, *arguments: str) -> None:
    status = toolchain.run(*arguments, workspace=WORKSPACE)
    if status != 0:
        sys.exit(f"eerp: cargo {arguments[0]} failed in {WORKSPACE.name}/")


def _copy(built: Path, module: Path) -> None:
    """Replace `module` whole: a daemon that is starting never reads half a file."""
    wasm = built.read_bytes()
    if module.exists() and module.read_bytes() == wasm:
        return
    partial = module.with_suffix(".partial")
    partial.write_bytes(wasm)
    partial.replace(module)
    print(f"built {module.relative_to(ROOT)}, {len(wasm) // 1024} KiB", flush=True)


STEPS: dict[str, Callable[[Toolchain], None]] = {
    "build": build,
    "test": test,
    "lint": lint,
}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in STEPS:
        sys.exit(__doc__)
    STEPS[sys.argv[1]](find(WORKSPACE))
