"""A folder for configuration files."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what a configuration needs beside it."""
    (tmp_path / "modules").mkdir()
    return tmp_path
