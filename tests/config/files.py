"""Configuration files that tests write, and the refusals that they bring."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eerp.config import load
from eerp.errors import ConfigError

EMBEDDED = {"embedded": True}
SERVER = {"host": "db.example.org", "name": "eerp", "user": "eerp"}


def write(folder: Path, content: Any) -> Path:
    path = folder / "config.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def refused(folder: Path, content: Any) -> list[str]:
    """The fault lines of the refusal, checked to be one line each."""
    with pytest.raises(ConfigError) as caught:
        load(write(folder, content))
    first, *lines = caught.value.message.splitlines()
    assert "config.json" in first
    assert len(lines) == len(caught.value.errors)
    return [line.strip() for line in lines]


def refusal(folder: Path, content: str | bytes) -> str:
    """The whole message when the file is no document at all."""
    path = folder / "config.json"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert "\n" not in caught.value.message
    return caught.value.message
