"""``eerp config``: the configuration file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from eerp.auth import check_keys
from eerp.config import load
from eerp.errors import StartupError
from eerp.modules import detect
from eerp.startup.commands.area import add_area, add_command, line

__all__ = ["add"]


def add(areas: Any) -> None:
    """Declare the area."""
    area = add_area(areas, "config", "the configuration file")
    add_command(area, "check", _check, "say whether the file is valid, or why not")


def _check(arguments: argparse.Namespace) -> None:
    wrong = _faults_of(arguments.config)
    for fault in wrong:
        print(fault, file=sys.stderr)
    if wrong:
        sys.exit(1)
    print(f"{arguments.config} is valid")


def _faults_of(path: Path) -> list[str]:
    """Why the daemon would not start with this file, a line each, or nothing."""
    try:
        config = load(path)
    except StartupError as error:
        return _lines(error)
    wrong: list[str] = []
    for check in (
        lambda: detect(config),
        lambda: check_keys(config.state_dir, config.auth.signing_key_file),
    ):
        try:
            check()
        except StartupError as error:
            wrong += _lines(error)
    return wrong


def _lines(error: StartupError) -> list[str]:
    if not error.errors:
        return [line(error)]
    return [
        f"{fault.pointer}: {fault.message}" if fault.pointer else fault.message
        for fault in error.errors
    ]
