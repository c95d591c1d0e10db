"""What the documents list is what there is: targets, keys, codes, files, links."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eerp.errors import EerpError, StartupError
from tests.house.source import PACKAGE, ROOT, core, files
from tests.house.test_errors import ALL

DOCS = ROOT / "docs"
MAKEFILE = (ROOT / "Makefile").read_text()
SCHEMA = json.loads(next(PACKAGE.rglob("config.schema.json")).read_text())

_TARGET = re.compile(r"^([a-z-]+):.*  ## ", re.MULTILINE)
_CODE_ROW = re.compile(r"^\| `(\w+)` \| (\d*) ?\|", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`[^`\n]*`")
_SOURCE_PATH = re.compile(r"`(eerp/[\w/]+\.py)`")


def _read(*parts: str) -> str:
    return ROOT.joinpath(*parts).read_text()


@pytest.mark.parametrize("target", _TARGET.findall(MAKEFILE))
def test_each_target_is_told_to_contributors(target: str) -> None:
    assert f"`make {target}`" in _read("CONTRIBUTING.md")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_each_target_that_is_told_exists(page: str) -> None:
    told = set(re.findall(r"(?:^|`)make ([a-z-]+)", _read(page), re.MULTILINE))
    assert told <= set(_TARGET.findall(MAKEFILE))


def test_ci_runs_the_second_command_of_the_readme_and_nothing_else() -> None:
    commands = [
        line for line in _read(".ci", "run").splitlines() if not line.startswith("#")
    ]
    assert commands == ["set -eu", 'cd "$(dirname "$0")/.."', "exec make test"]


def test_each_error_code_is_listed_with_its_status() -> None:
    listed = dict(_CODE_ROW.findall(_read("docs", "reference", "errors.md")))
    assert listed == {each.code: _status(each) for each in [EerpError, *ALL]}


def _status(error: type[EerpError]) -> str:
    return "" if issubclass(error, StartupError) else str(error.status)


def _keys(schema: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, below in schema.get("properties", {}).items():
        if "properties" in below:
            yield from _keys(below, f"{prefix}{name}.")
        else:
            yield prefix + name


@pytest.mark.parametrize("key", list(_keys(SCHEMA)))
def test_each_configuration_key_is_in_the_reference(key: str) -> None:
    assert f"`{key}`" in _read("docs", "reference", "config.md")


def test_the_code_map_has_each_file_of_the_core_and_no_other() -> None:
    described = set(_SOURCE_PATH.findall(_read("docs/explanations/architecture.md")))
    have = {str(path.relative_to(ROOT)) for path in core()}
    assert described == {name for name in have if not name.endswith("/__init__.py")}


@pytest.mark.parametrize("page", files(".md"), ids=lambda path: path.name)
def test_each_relative_link_leads_somewhere(page: Path) -> None:
    # A select in code looks like a link: contacts[limit=5](first_name).
    text = _CODE.sub("", page.read_text())
    targets = (target.partition("#")[0] for target in _LINK.findall(text))
    local = [target for target in targets if target and "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_decisions_are_numbered_without_gaps_and_have_their_four_parts() -> None:
    pages = sorted((DOCS / "adr").glob("*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    assert numbers == list(range(1, len(pages) + 1))
    parts = ["Status: ", "## Context", "## Decision", "## Consequences"]
    assert [p.name for p in pages if any(x not in p.read_text() for x in parts)] == []
