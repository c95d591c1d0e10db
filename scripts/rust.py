"""Find, or install, a Rust toolchain that builds for WebAssembly.

Tried in this order: the cargo on the PATH when its toolchain has the target; rustup,
which adds the target; Debian's rustc-web, which has no library for the target but
its source, from which cargo builds one. The last is installed when we are root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import debian

TARGET = "wasm32-unknown-unknown"
DEBIAN_PACKAGES = ("rustc-web", "cargo-web", "rust-web-src", "lld-19")
LINKER_PACKAGES = ("gcc", "libc6-dev")
WASM_LINKERS = ("wasm-ld-19", "wasm-ld")
MISSING = (
    f"no Rust toolchain here builds for {TARGET}; install rustup (https://rustup.rs) "
    "and run make again"
)


@dataclass(frozen=True)
class Toolchain:
    """A cargo, the environment that it needs, and options for a WASM build."""

    name: str
    cargo: str
    environment: Mapping[str, str] = field(default_factory=dict)
    wasm_options: tuple[str, ...] = ()

    def run(self, *arguments: str, workspace: Path) -> int:
        """Run cargo in `workspace`; answers its exit status."""
        environment = {
            **os.environ,
            **self.environment,
            "CARGO_TARGET_DIR": str(workspace / "target"),
        }
        command = [self.cargo, *arguments]
        return subprocess.run(
            command, cwd=workspace, env=environment, check=False
        ).returncode

    def has(self, subcommand: str) -> bool:
        """Whether cargo knows `subcommand`: Debian packs clippy and fmt apart."""
        command = [self.cargo, subcommand, "--version"]
        try:
            done = subprocess.run(command, capture_output=True, check=False)
        except OSError:
            return False
        return done.returncode == 0


def find(workspace: Path) -> Toolchain:
    """The toolchain for `workspace`. Exits with one line when there is none."""
    _need_linker()
    oldest = _rust_version(workspace)
    found = _on_path(workspace, oldest) or _debian(oldest)
    if found is None and debian.install(*DEBIAN_PACKAGES):
        found = _debian(oldest)
    if found is None:
        sys.exit(f"eerp: {_advice()}")
    return found


def _on_path(workspace: Path, oldest: tuple[int, ...]) -> Toolchain | None:
    cargo, rustc, rustup = (_which(name) for name in ("cargo", "rustc", "rustup"))
    if cargo is None or rustc is None:
        return None
    if rustup is not None and not _has_target(rustc, workspace):
        print(f"adding {TARGET} to the Rust toolchain", flush=True)
        add = [rustup, "target", "add", TARGET]
        subprocess.run(add, cwd=workspace, check=False)
    if _version(rustc, workspace) < oldest or not _has_target(rustc, workspace):
        return None
    # Rust that was installed in this session is not on the PATH yet.
    path = f"{Path(cargo).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return Toolchain(cargo, cargo, {"PATH": path})


def _debian(oldest: tuple[int, ...]) -> Toolchain | None:
    """Debian's compiler, building the standard library from its source."""
    rustc, cargo = Path("/usr/bin/rustc"), Path("/usr/bin/cargo")
    linker = next(filter(None, map(shutil.which, WASM_LINKERS)), None)
    if linker is None or not (rustc.exists() and cargo.exists()):
        return None
    source = _sysroot(str(rustc), Path("/")) / "lib/rustlib/src/rust/library/std"
    if _version(str(rustc), Path("/")) < oldest or not source.exists():
        return None
    environment = {
        # Building the standard library is unstable; this compiler is asked to allow it.
        "RUSTC_BOOTSTRAP": "1",
        "RUSTC": str(rustc),
        f"CARGO_TARGET_{TARGET.upper().replace('-', '_')}_LINKER": linker,
    }
    options = ("-Zbuild-std=std,panic_abort",)
    return Toolchain(f"{cargo} with its own std", str(cargo), environment, options)


def _which(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=Path.home() / ".cargo/bin")


def _has_target(rustc: str, workspace: Path) -> bool:
    return (_sysroot(rustc, workspace) / "lib/rustlib" / TARGET / "lib").is_dir()


def _sysroot(rustc: str, workspace: Path) -> Path:
    return Path(_ask(rustc, "--print", "sysroot", cwd=workspace) or "/nonexistent")


def _version(rustc: str, workspace: Path) -> tuple[int, ...]:
    words = _ask(rustc, "--version", cwd=workspace).split()
    return _numbers(words[1]) if len(words) > 1 else ()


def _rust_version(workspace: Path) -> tuple[int, ...]:
    """The oldest Rust that the workspace says it builds with."""
    manifest = tomllib.loads((workspace / "Cargo.toml").read_text())
    package = manifest.get("workspace", {}).get("package", {})
    return _numbers(package.get("rust-version", "0"))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-", maxsplit=1)[0].split("."))


def _ask(*command: str, cwd: Path) -> str:
    try:
        done = subprocess.run(
            command, cwd=cwd, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _need_linker() -> None:
    """Rust links what runs while it compiles with the system's C compiler."""
    if shutil.which("cc") or debian.install(*LINKER_PACKAGES):
        return
    packages = " ".join(LINKER_PACKAGES)
    sys.exit(
        "eerp: Rust needs a C compiler (cc) to link with; on Debian and Ubuntu run: "
        f"sudo apt-get install {packages}"
    )


def _advice() -> str:
    if shutil.which("apt-get") is None or debian.may_install():
        return MISSING
    packages = " ".join(DEBIAN_PACKAGES)
    return (
        f"{MISSING}; or, on Debian, run: "
        f"sudo apt-get install --no-install-recommends {packages}"
    )
