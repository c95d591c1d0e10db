"""What a package says of itself is true."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

import pytest

from tests.house.source import core, module_name

MODULES = [module_name(path) for path in core()]
PACKAGES = [module_name(path) for path in core() if path.name == "__init__.py"]


@pytest.mark.parametrize("name", MODULES)
def test_each_file_says_what_it_is_for(name: str) -> None:
    doc = import_module(name).__doc__ or ""
    assert doc.strip().splitlines()[0].rstrip().endswith((".", ":", "::"))


@pytest.mark.parametrize("name", MODULES)
def test_each_name_in_all_exists_once(name: str) -> None:
    names = _exported(import_module(name))
    assert len(names) == len(set(names))
    assert [each for each in names if not hasattr(import_module(name), each)] == []


@pytest.mark.parametrize("name", [name for name in PACKAGES if name != "eerp"])
def test_each_package_lists_what_it_offers(name: str) -> None:
    assert _exported(import_module(name))


def _exported(module: ModuleType) -> list[str]:
    return list(getattr(module, "__all__", []))
