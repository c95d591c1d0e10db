"""The client's types are written from the modules of this project, and it works."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import wait_for
from tests.daemon.process import REPOSITORY, Daemon, write_config

FRONTEND = REPOSITORY / "frontend"
SCHEMA = FRONTEND / "client" / "src" / "schema.d.ts"
HERE = Path(__file__).parent
_MARK = "// wrong: "


def _run(*command: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=REPOSITORY, capture_output=True, text=True, check=check,
    )  # fmt: skip


@pytest.fixture(scope="module")
def node() -> str:
    """The path of a Node, with all that the workspace needs beside it."""
    return _run(sys.executable, "scripts/node.py").stdout.splitlines()[-1]


@pytest.fixture(scope="module", autouse=True)
def types(module_home: Path) -> str:
    """The types, written anew."""
    _run(sys.executable, "scripts/client.py", "--config", write_config(module_home))
    return SCHEMA.read_text()


def test_the_types_know_the_paths_of_every_module(types: str) -> None:
    told = set(re.findall(r'^    "/api/([a-z]+)/', types, re.MULTILINE))
    manifests = (REPOSITORY / "modules").glob("*/module.json")
    modules = [json.loads(manifest.read_text()) for manifest in manifests]
    assert told >= {module["name"] for module in modules if module["active"]}


@pytest.fixture
def daemon(state_home: Path) -> Iterator[Daemon]:
    """A daemon of its own, with nothing in it yet."""
    running = Daemon(write_config(state_home))
    wait_for(running.start())
    yield running
    assert wait_for(running.stop()) == 0


def test_the_example_works(node: str, daemon: Daemon, tmp_path: Path) -> None:
    program = tmp_path / "run.mjs"
    _run(
        node, FRONTEND / "node_modules/esbuild/bin/esbuild", HERE / "run.ts",
        "--bundle", "--format=esm", "--platform=node", f"--outfile={program}",
    )  # fmt: skip
    password = (daemon.state_dir / "initial-admin-password").read_text().strip()
    told = json.loads(_run(node, program, daemon.url, "admin", password).stdout)
    assert told == {
        "created": "Lovelace",
        "listed": ["Lovelace"],
        "phone": "+44 20 7946 0000",
        "refusal": {"status": 412, "code": "version_conflict"},
    }


def test_a_program_that_does_not_fit_the_api_is_not_compiled(
    node: str, tmp_path: Path
) -> None:
    wrong = HERE / "wrong.ts"
    project = {
        "extends": str(FRONTEND / "tsconfig.base.json"),
        "compilerOptions": {
            "paths": {"@eerp/client": [str(FRONTEND / "client/src/index.ts")]}
        },
        "files": [str(wrong)],
    }
    (tmp_path / "tsconfig.json").write_text(json.dumps(project))
    tsc = FRONTEND / "node_modules/typescript/bin/tsc"
    done = _run(node, tsc, "--project", tmp_path, check=False)
    found = {int(line) for line in re.findall(r"wrong\.ts\((\d+),", done.stdout)}
    lines = wrong.read_text().splitlines()
    assert done.returncode != 0
    assert found == {n for n, line in enumerate(lines, 1) if _MARK in line}, done.stdout
