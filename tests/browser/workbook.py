"""The cells of an XLSX file: its numbers, days and texts."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

_XML = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_DAY_0 = dt.date(1899, 12, 30)


def cells_of(file: Path, width: int) -> list[list[Any]]:
    """The first cells of each row of the only sheet, as what they are."""
    with zipfile.ZipFile(file) as book:
        sheet, styles, shared = (
            ET.fromstring(book.read(f"xl/{part}.xml"))
            for part in ("worksheets/sheet1", "styles", "sharedStrings")
        )
    texts = ["".join(each.itertext()) for each in shared.iter(f"{_XML}si")]
    dated = _dated(styles)
    rows = []
    for row in sheet.iter(f"{_XML}row"):
        by_place = {
            _place(cell): _value(cell, texts, dated) for cell in row.iter(f"{_XML}c")
        }
        rows.append([by_place.get(n) for n in range(width)])
    return rows


def _dated(styles: ET.Element) -> set[str]:
    """The styles that write a number as a day."""
    days = {
        each.get("numFmtId")
        for each in styles.iter(f"{_XML}numFmt")
        if "yyyy" in each.get("formatCode", "")
    }
    used = styles.find(f"{_XML}cellXfs")
    assert used is not None
    return {str(n) for n, each in enumerate(used) if each.get("numFmtId") in days}


def _place(cell: ET.Element) -> int:
    return ord(cell.get("r", "A")[0]) - ord("A")


def _value(cell: ET.Element, texts: list[str], dated: set[str]) -> Any:
    told = cell.findtext(f"{_XML}v")
    if told is None:
        return None
    if cell.get("t") == "s":
        return texts[int(told)]
    if cell.get("s") in dated:
        return _DAY_0 + dt.timedelta(days=float(told))
    return float(told)
