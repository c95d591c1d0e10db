"""What a PDF says, whichever of its fonts it says it in."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

_OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_FONT = re.compile(rb"/(\w+) (\d+) 0 R")
_GLYPH = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>")
_SHOWN = re.compile(
    rb"/(\w+) [\d.]+ Tf|<([0-9a-fA-F]+)>|\(((?:\\.|[^\\()])*)\)", re.DOTALL
)
_ESCAPE = re.compile(rb"\\([nrtbf()\\]|[0-7]{1,3})", re.DOTALL)
_ESCAPED = dict(zip(b"nrtbf", b"\n\r\t\b\f", strict=True))


def text_of(pdf: bytes) -> str:
    """The text of a PDF as the core renders it, page after page."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    pages = [body for body in objects.values() if re.search(rb"/Type\s*/Page\b", body)]
    return "\n".join("".join(_page(objects, page)) for page in pages)


def _page(objects: dict[int, bytes], page: bytes) -> Iterator[str]:
    fonts = _fonts(objects, objects[_reference(page, b"Resources")])
    font: dict[bytes, str] = {}
    for name, coded, plain in _SHOWN.findall(
        _content(objects[_reference(page, b"Contents")])
    ):
        if name:
            font = fonts[name]
            continue
        shown = bytes.fromhex(coded.decode()) if coded else _literal(plain)
        yield from (font.get(shown[at : at + 2], "?") for at in range(0, len(shown), 2))


def _fonts(
    objects: dict[int, bytes], resources: bytes
) -> dict[bytes, dict[bytes, str]]:
    """What the glyphs of each font stand for."""
    listed = re.search(rb"/Font\s*<<(.*?)>>", resources, re.DOTALL)
    assert listed is not None
    fonts = {}
    for name, number in _FONT.findall(listed[1]):
        cmap = _content(objects[_reference(objects[int(number)], b"ToUnicode")])
        fonts[name] = {
            bytes.fromhex(glyph.decode()): bytes.fromhex(text.decode()).decode(
                "utf-16-be"
            )
            for glyph, text in _GLYPH.findall(cmap)
        }
    return fonts


def _reference(body: bytes, key: bytes) -> int:
    found = re.search(rb"/" + key + rb" (\d+) 0 R", body)
    assert found is not None, body
    return int(found[1])


def _content(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found is not None, body
    return zlib.decompress(found[1])


def _literal(text: bytes) -> bytes:
    return _ESCAPE.sub(_unescaped, text)


def _unescaped(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    if escape.isdigit():
        return bytes([int(escape, 8)])
    return bytes([_ESCAPED.get(escape[0], escape[0])])
