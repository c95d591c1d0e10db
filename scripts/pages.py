"""Build what the daemon shows in browsers, and check it.

    python scripts/pages.py build|test

`build` leaves the pages of the documentation in ``eerp/web/built`` and the screens in
``eerp/web/built-app``, each only when something changed that it is made of. `test`
checks the types of all that is TypeScript, and runs the tests of the screens.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import node

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "eerp" / "web"
PAGES = node.WORKSPACE / "pages"
APP = node.WORKSPACE / "app"
TYPESCRIPT = "typescript/bin/tsc"
PROJECTS = ("pages", "client")
# What is checked of the screens, with the packages' own programs.
CHECKS = (
    ("@sveltejs/kit/svelte-kit.js", "sync"),
    ("svelte-check/bin/svelte-check", "--fail-on-warnings"),
    ("eslint/bin/eslint.js", "."),
    ("prettier/bin/prettier.cjs", "--check", ".", "--log-level", "warn"),
    ("vitest/vitest.mjs", "run"),
)
# Not each of some hundred files, but what is wrong.
BUILD = ("build", "--logLevel", "warn")
STAMP = "made-from"


def build() -> None:
    """Build the pages and the screens, if anything changed that they are made of."""
    _build("the pages for browsers", WEB / "built", PAGES, _build_pages)
    _build("the screens", WEB / "built-app", APP, _build_app)


def _build(
    what: str, built: Path, source: Path, make: Callable[[node.Node, Path], int]
) -> None:
    key, stamp = _key(source), built / STAMP
    if stamp.exists() and stamp.read_text() == key:
        return
    found = node.install()
    print(f"building {what}", flush=True)
    partial = built.with_name(f"{built.name}.partial")
    if make(found, partial) != 0:
        sys.exit(f"eerp: {what} could not be built from {source.name}/")
    (partial / STAMP).write_text(key)
    # Whole, so that a daemon that is starting never finds half of it.
    shutil.rmtree(built, ignore_errors=True)
    partial.rename(built)


def _build_pages(found: node.Node, partial: Path) -> int:
    return found.run("build.mjs", str(partial), folder=PAGES)


def _build_app(found: node.Node, partial: Path) -> int:
    status = found.run(_program("vite/bin/vite.js"), *BUILD, folder=APP)
    if status == 0:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(APP / "build", partial)
    return status


def test() -> None:
    """Check the types of all that is TypeScript, and the screens."""
    found = node.install()
    for project in PROJECTS:
        arguments = ("--project", project)
        if found.run(_program(TYPESCRIPT), *arguments, folder=node.WORKSPACE) != 0:
            sys.exit(f"eerp: the types in {project}/ are wrong")
    # The screens are typed by what the core says of itself.
    client = [sys.executable, str(ROOT / "scripts" / "client.py"), "--core"]
    subprocess.run(client, check=True)
    for program, *arguments in CHECKS:
        if found.run(_program(program), *arguments, folder=APP) != 0:
            sys.exit(f"eerp: {Path(program).stem} found faults in {APP.name}/")


def _program(path: str) -> str:
    return str(node.PACKAGES / path)


def _key(source: Path) -> str:
    digest = hashlib.sha256()
    for path in (node.LOCK, *_sources(source)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _sources(source: Path) -> Iterable[Path]:
    """The files that are built: not what is made of them, nor what only types are."""
    folders = [source / "src", source / "static"]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    files += [path for path in source.iterdir() if path.is_file()]
    return sorted(path for path in files if not path.name.endswith(".d.ts"))


STEPS: dict[str, Callable[[], None]] = {"build": build, "test": test}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in STEPS:
        sys.exit(__doc__)
    STEPS[sys.argv[1]]()
