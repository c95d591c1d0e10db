"""A file imports its own floor and lower ones only, and goes by the doors."""

from __future__ import annotations

import re

import pytest

import eerp
from tests.house.source import core, imports, module_name

# A line of the code map in eerp's docstring: a number, and the package or the files
# that are the floor: "    5 orm        model, query, ..." or "    0 errors, limits".
_FLOOR = re.compile(r"^ +(\d+) (\w+(?:, \w+)*)", re.MULTILINE)

# Library -> the packages of ours that may import it.
DOORS = {
    "wasmtime": {"eerp.sandbox"},
    "txpostgres": {"eerp.database"},
    "psycopg2": {"eerp.database"},
    "klein": {"eerp.web"},
    "werkzeug": {"eerp.web"},
    "twisted.internet.reactor": {"eerp.startup"},
    "argon2": {"eerp.auth"},
    "jwt": {"eerp.auth"},
    "pg0": {"eerp.database"},
    "treq": {"eerp.delivery"},
    "cronsim": {"eerp.delivery"},
    "twisted.mail": {"eerp.services"},
    "typst": {"eerp.services"},
    "graphql": {"eerp.graphql"},
}


def _floors() -> dict[str, int]:
    return {
        f"eerp.{name}": int(number)
        for number, names in _FLOOR.findall(eerp.__doc__ or "")
        for name in names.split(", ")
    }


FLOORS = _floors()


def _package(module: str) -> str:
    return ".".join(module.split(".")[:2])


def test_each_package_and_top_file_has_a_floor_in_the_code_map() -> None:
    packages = {_package(module_name(path)) for path in core()} - {"eerp"}
    assert packages - {"eerp.testing"} == set(FLOORS)


def test_each_file_imports_its_own_floor_and_lower_ones_only() -> None:
    wrong = [
        f"{module_name(path)} imports {name}"
        for path in core()
        for name in imports(path)
        if name.startswith("eerp.") and not _may_import(module_name(path), name)
    ]
    assert wrong == []


def _may_import(module: str, name: str) -> bool:
    here, there = _package(module), _package(name)
    if there == "eerp.__version__":
        return True
    # Outside the floors, like eerp.testing: above all of them.
    return FLOORS[there] <= FLOORS.get(here, max(FLOORS.values()))


@pytest.mark.parametrize("library", DOORS)
def test_each_library_is_imported_behind_its_door_only(library: str) -> None:
    users = {
        _package(module_name(path))
        for path in core()
        if any(f"{name}.".startswith(f"{library}.") for name in imports(path))
    }
    assert users <= DOORS[library]
