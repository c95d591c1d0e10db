"""The shape of the files: nothing unfinished, nothing overlong, nothing astray."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.house.source import ROOT, core, files

LINES_MAX = 500
FUNCTION_LINES = 35
LONG_FUNCTIONS_SHARE_MAX = 0.05
FILE_BYTES_MAX = 2 * 1024 * 1024
SOURCE = (".py", ".rs", ".wat", ".sh", ".toml", ".cfg", ".service", ".socket")
TEXT = (*SOURCE, ".md", ".json")

# In two halves, so that this file does not find itself.
_UNFINISHED = re.compile(
    r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b|unimpl" r"emented!"
)
_SKIPPED = re.compile(
    r"pytest\.(sk"
    r"ip|xf"
    r"ail|importor"
    r"skip)|mark\.(sk"
    r"ip|xf"
    r"ail)|#\[ig"
    r"nore"
)


def _found(pattern: re.Pattern[str], *suffixes: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files(*suffixes)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_says_that_it_is_unfinished() -> None:
    assert _found(_UNFINISHED, *TEXT) == []


def test_no_test_is_skipped() -> None:
    assert _found(_SKIPPED, ".py", ".rs") == []


def test_each_ignored_type_error_says_which() -> None:
    assert _found(re.compile(r"# type: ig" r"nore(?!\[)|# no" r"qa(?!:)"), ".py") == []


def test_no_source_file_is_overlong() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in files(*SOURCE)}
    assert [str(path) for path, length in lengths.items() if length > LINES_MAX] == []


def test_functions_are_short() -> None:
    """95 in 100 functions of the core have fewer than 35 lines."""
    functions = [
        node
        for path in core()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = [node.name for node in functions if _lines(node) >= FUNCTION_LINES]
    assert len(long) <= LONG_FUNCTIONS_SHARE_MAX * len(functions), long


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.body[0].lineno + 1


def test_twisted_plugins_stay_a_namespace() -> None:
    """An __init__.py there would hide Twisted itself behind this folder."""
    assert list((ROOT / "twisted").rglob("__init__.py")) == []


def test_each_folder_of_tests_is_a_package() -> None:
    """Two files of one name in two folders would otherwise be one module."""
    folders = {path.parent for path in files(".py") if (ROOT / "tests") in path.parents}
    assert [str(folder) for folder in folders if not _is_package(folder)] == []


def _is_package(folder: Path) -> bool:
    return (folder / "__init__.py").exists()


def test_nothing_built_and_nothing_large_is_kept() -> None:
    built = files(".wasm", ".cwasm", ".so", ".whl", ".pyc", ".pem", ".key")
    large = [
        path for path in files(*TEXT, ".csv") if path.stat().st_size > FILE_BYTES_MAX
    ]
    assert built + large == []


@pytest.mark.parametrize("name", ["tox.ini", ".flake8", "mypy.ini", ".coveragerc"])
def test_tools_are_set_in_pyproject_only(name: str) -> None:
    assert not (ROOT / name).exists()


def test_pyproject_holds_no_distribution() -> None:
    """setup.cfg does; one home per fact."""
    assert "project" not in tomllib.loads((ROOT / "pyproject.toml").read_text())
