"""The project's own files, for the tests that read them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import eerp

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = Path(eerp.__file__).parent


def files(*suffixes: str) -> list[Path]:
    """What git has, or would add, with one of `suffixes`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return sorted(path for path in paths if path.suffix in suffixes and path.is_file())


def core() -> list[Path]:
    """The core's Python files."""
    return sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    """`eerp/orm/fields.py` -> `eerp.orm.fields`."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Every module that `path` imports anywhere in it, as a dotted name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            # `from eerp import errors` imports eerp.errors.
            yield from (f"{node.module}.{name.name}" for name in node.names)
