"""Build the pages that the daemon shows in browsers, and check their types.

    python scripts/pages.py build|test

`build` leaves them in ``eerp/web/built``, and does nothing when they are made of what
is there. `test` checks the types of all that is written in TypeScript.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import node

ROOT = Path(__file__).resolve().parent.parent
PAGES = node.WORKSPACE / "pages"
BUILT = ROOT / "eerp" / "web" / "built"
TYPESCRIPT = node.PACKAGES / "typescript" / "bin" / "tsc"
PROJECTS = ("pages", "client")


def build() -> None:
    """Build the pages, if anything changed that they are made of."""
    key, stamp = _key(), BUILT / "made-from"
    if stamp.exists() and stamp.read_text() == key:
        return
    found = node.install()
    print("building the pages for browsers", flush=True)
    partial = BUILT.with_name("built.partial")
    if found.run("build.mjs", str(partial), folder=PAGES) != 0:
        sys.exit(f"eerp: the pages could not be built from {PAGES.name}/")
    (partial / stamp.name).write_text(key)
    # Whole, so that a daemon that is starting never finds half a page.
    shutil.rmtree(BUILT, ignore_errors=True)
    partial.rename(BUILT)


def test() -> None:
    """Check the types of the pages and of the client."""
    found = node.install()
    for project in PROJECTS:
        arguments = ("--project", project)
        if found.run(str(TYPESCRIPT), *arguments, folder=node.WORKSPACE) != 0:
            sys.exit(f"eerp: the types in {project}/ are wrong")


def _key() -> str:
    sources = sorted(path for path in (PAGES / "src").rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in (node.LOCK, PAGES / "build.mjs", *sources):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


STEPS: dict[str, Callable[[], None]] = {"build": build, "test": test}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in STEPS:
        sys.exit(__doc__)
    STEPS[sys.argv[1]]()
