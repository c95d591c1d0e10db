"""What `make` calls finds a Python and a Rust, or says in one line what is missing.

The tools are small doubles in a folder that is the whole PATH: which of them are
there, and what they answer, is the point.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT

TARGET = "wasm32-unknown-unknown"

CARGO = f"""
import os, sys
from pathlib import Path
if sys.argv[1:3] == ["update", "--workspace"]:
    Path("Cargo.lock").write_text("everybody")
    sys.exit()
built = Path(os.environ["CARGO_TARGET_DIR"], "{TARGET}", "release")
built.mkdir(parents=True, exist_ok=True)
(built / "eerp_crm.wasm").write_bytes(Path("crm/source").read_bytes())
"""
RUSTC = """
import sys
from pathlib import Path
root = Path(__file__).parent.parent / "sysroot"
print("rustc 1.90.0 (0 2025-01-01)" if "--version" in sys.argv else root)
"""
RUSTUP = f"""
import sys
from pathlib import Path
assert sys.argv[1:] == ["target", "add", "{TARGET}"]
root = Path(__file__).parent.parent / "sysroot"
(root / "lib/rustlib/{TARGET}/lib").mkdir(parents=True)
"""


class Machine:
    """A folder with a project in it and the only tools that there are."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self.tools = folder / "bin"
        self.wasm = self.project / "modules" / "crm" / "module.wasm"
        self.target = folder / "sysroot" / "lib" / "rustlib" / TARGET / "lib"
        self.tools.mkdir()
        shutil.copytree(ROOT / "scripts", self.project / "scripts")
        self.wasm.parent.mkdir(parents=True)
        self.write("Cargo.toml", '[workspace.package]\nrust-version = "1.85"\n')
        self.write("Cargo.lock", '[[package]]\nname = "eerp-crm"\n')
        self.write("crm/module.json", "{}")
        self.write("crm/source", "one")

    def write(self, name: str, text: str) -> None:
        (self.project / "modules" / name).write_text(text)

    def add(self, tool: str, source: str = "") -> None:
        path = self.tools / tool
        path.write_text(f"#!{sys.executable}\n{source}")
        path.chmod(0o755)

    def add_rust(self) -> None:
        for tool, source in (("cc", ""), ("cargo", CARGO), ("rustc", RUSTC)):
            self.add(tool, source)

    def run(
        self, *command: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        home = {"PATH": str(self.tools), "HOME": str(self.tools)}
        return subprocess.run(
            command,
            cwd=self.project, env={**home, **environment},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def build(self) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "scripts/modules.py", "build")

    def find_python(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run("/bin/sh", "scripts/find-python", **environment)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def _one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_the_first_suitable_python_is_taken(machine: Machine) -> None:
    machine.add("python3", "raise SystemExit(1)  # as 3.14 and 3.10 answer")
    machine.add("python3.12")
    assert machine.find_python().stdout == f"{machine.tools}/python3.12\n"


def test_the_python_that_is_asked_for_is_taken(machine: Machine) -> None:
    machine.add("python3")
    machine.add("mine")
    assert machine.find_python(PYTHON="mine").stdout == f"{machine.tools}/mine\n"


def test_without_a_suitable_python_one_line_says_so(machine: Machine) -> None:
    machine.add("python3", "raise SystemExit(1)")
    assert "3.11, 3.12 or 3.13" in _one_line(machine.find_python())


def test_a_module_is_built_and_put_beside_its_manifest(machine: Machine) -> None:
    machine.add_rust()
    machine.target.mkdir(parents=True)
    assert machine.build().returncode == 0
    assert machine.wasm.read_text() == "one"


def test_a_module_that_was_added_is_locked_and_others_are_not_touched(
    machine: Machine,
) -> None:
    machine.add_rust()
    machine.target.mkdir(parents=True)
    lock = machine.project / "modules" / "Cargo.lock"
    before = lock.read_text()
    assert machine.build().returncode == 0
    assert lock.read_text() == before
    lock.write_text("nobody")
    done = machine.build()
    assert done.returncode == 0
    assert "adding crm to modules/Cargo.lock" in done.stdout
    assert lock.read_text() == "everybody"


def test_a_module_that_did_not_change_is_not_touched(machine: Machine) -> None:
    machine.add_rust()
    machine.target.mkdir(parents=True)
    machine.build()
    os.utime(machine.wasm, (0, 0))
    machine.build()
    assert machine.wasm.stat().st_mtime == 0


def test_a_module_that_changed_is_replaced_and_not_written_into(
    machine: Machine,
) -> None:
    machine.add_rust()
    machine.target.mkdir(parents=True)
    machine.build()
    with machine.wasm.open() as reader:
        machine.write("crm/source", "two")
        machine.build()
        assert reader.read() == "one"
    assert machine.wasm.read_text() == "two"


def test_rustup_adds_the_target(machine: Machine) -> None:
    machine.add_rust()
    machine.add("rustup", RUSTUP)
    assert machine.build().returncode == 0
    assert machine.wasm.read_text() == "one"


def test_a_rust_older_than_the_modules_need_is_not_used(machine: Machine) -> None:
    machine.add_rust()
    machine.target.mkdir(parents=True)
    machine.write("Cargo.toml", '[workspace.package]\nrust-version = "1.91"\n')
    assert "install rustup" in _one_line(machine.build())


def test_without_rust_one_line_says_so(machine: Machine) -> None:
    machine.add("cc")
    assert "install rustup" in _one_line(machine.build())


def test_without_a_linker_one_line_says_so(machine: Machine) -> None:
    assert "C compiler" in _one_line(machine.build())


def test_a_build_that_fails_leaves_the_module_as_it_was(machine: Machine) -> None:
    machine.add_rust()
    machine.target.mkdir(parents=True)
    machine.build()
    machine.add("cargo", "raise SystemExit(101)")
    assert "cargo build failed" in _one_line(machine.build())
    assert machine.wasm.read_text() == "one"
