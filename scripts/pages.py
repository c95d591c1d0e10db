"""Build the pages that the daemon shows in browsers, and the client of its API.

    python scripts/pages.py build|install|client|test

`build` leaves the pages in ``eerp/web/built`` and does nothing when they are made from
what is there; `install` brings what building and testing need; `client` writes the
types of the API anew; `test` checks the types of all that is written in TypeScript.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import bootstrap
from node import Node, find

ROOT = Path(__file__).resolve().parent.parent
WORKSPACE = ROOT / "frontend"
PAGES = WORKSPACE / "pages"
CLIENT = WORKSPACE / "client"
BUILT = ROOT / "eerp" / "web" / "built"
SCHEMA = CLIENT / "src" / "schema.d.ts"
LOCK = WORKSPACE / "package-lock.json"
INSTALLED = WORKSPACE / "node_modules" / "eerp-installed"
TYPESCRIPT = WORKSPACE / "node_modules" / "typescript" / "bin" / "tsc"
OPENAPI_TYPESCRIPT = WORKSPACE / "node_modules/openapi-typescript/bin/cli.js"


def build() -> None:
    """Build the pages, if anything changed that they are made of."""
    key = _key(LOCK, *sorted(_sources()))
    stamp = BUILT / "made-from"
    if stamp.exists() and stamp.read_text() == key:
        return
    print("building the pages", flush=True)
    partial = BUILT.with_name("built.partial")
    _check(install().run("build.mjs", str(partial), folder=PAGES), "building the pages")
    (partial / stamp.name).write_text(key)
    # Whole, so that a daemon that is starting never finds half a page.
    shutil.rmtree(BUILT, ignore_errors=True)
    partial.rename(BUILT)


def install() -> Node:
    """Install what the lock file says, if it is not there; answers the Node."""
    node, key = find(WORKSPACE), _key(LOCK)
    if INSTALLED.exists() and INSTALLED.read_text() == key:
        return node
    print(f"installing what {WORKSPACE.name}/ needs", flush=True)
    # No package runs anything of its own when it is installed.
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    _check(node.run_npm("ci", *options, folder=WORKSPACE), "npm ci")
    INSTALLED.write_text(key)
    return node


def client() -> None:
    """Write the types of the API from the document of the modules of this project."""
    command = [bootstrap.PYTHON, "-m", "eerp.startup.command", "openapi"]
    document = WORKSPACE / "node_modules" / "openapi.json"
    node = install()
    with document.open("wb") as file:
        _check(subprocess.run(command, stdout=file, check=False).returncode, "openapi")
    options = [str(document), "--output", str(SCHEMA)]
    _check(node.run(str(OPENAPI_TYPESCRIPT), *options, folder=CLIENT), "the client")


def test() -> None:
    """Check the types of the pages and of the client."""
    node = install()
    for project in (PAGES, CLIENT):
        options = ["--project", str(project)]
        _check(node.run(str(TYPESCRIPT), *options, folder=WORKSPACE), project.name)


def _sources() -> list[Path]:
    files = [PAGES / "build.mjs", WORKSPACE / "tsconfig.base.json"]
    return [*files, *(path for path in (PAGES / "src").rglob("*") if path.is_file())]


def _key(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _check(status: int, what: str) -> None:
    if status != 0:
        sys.exit(f"eerp: {what} failed; what was said stands above")


STEPS: dict[str, Callable[[], object]] = {
    "build": build,
    "install": install,
    "client": client,
    "test": test,
}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in STEPS:
        sys.exit(__doc__)
    STEPS[sys.argv[1]]()
