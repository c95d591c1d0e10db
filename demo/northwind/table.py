"""The files of Northwind as rows of text."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from demo.northwind.errors import DemoError

__all__ = ["HERE", "Row", "read_rows", "text"]

Row = Mapping[str, str]

HERE = Path(__file__).parent


def read_rows(folder: Path, name: str) -> list[Row]:
    """The rows of ``name.csv`` in `folder`.

    Raises:
        DemoError: it is missing, or cannot be read.
    """
    path = folder / f"{name}.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise DemoError(f"{path} cannot be read: {error.strerror}.") from error


def text(value: str) -> str | None:
    """A value as people write it, or None; the files hold a few double spaces."""
    return " ".join(value.replace("\\n", " ").split()) or None
