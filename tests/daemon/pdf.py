"""The words of a PDF that Typst made: page after page, whichever fonts they are in."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from attrs import define

_OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*)endstream", re.DOTALL)
_MAPPED = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>")
# A font that is set, a text in hexadecimal digits or in brackets, the end of a block.
# Brackets within a text are escaped, or there are as many of both.
_PLAIN = rb"(?:\\.|[^\\()])*"
for _ in range(4):
    _PLAIN = rb"(?:\\.|[^\\()]|\(" + _PLAIN + rb"\))*"
_SHOWN = re.compile(
    rb"/(\w+) [\d.]+ Tf|<([0-9a-fA-F]+)>|\((" + _PLAIN + rb")\)|\bET\b", re.DOTALL
)
_ESCAPE = re.compile(rb"\\([nrtbf()\\]|[0-7]{1,3})", re.DOTALL)
_ESCAPED = dict(zip(b"nrtbf", b"\n\r\t\b\f", strict=True))


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page; what is set apart is on a line of its own."""
    file = _File({int(found[1]): found[2] for found in _OBJECT.finditer(pdf)})
    pages = [body for body in file.objects.values() if b"/Type/Page/" in body]
    return [file.text(page) for page in pages]


@define
class _File:
    objects: dict[int, bytes]

    def text(self, page: bytes) -> str:
        fonts = dict(self._fonts(self.objects[_named(page, b"Resources")]))
        content = self._stream(_named(page, b"Contents"))
        return "".join(_read(content, fonts))

    def _fonts(self, resources: bytes) -> Iterator[tuple[bytes, dict[bytes, str]]]:
        """Which glyph is which text, by the names of the fonts."""
        (listed,) = re.findall(rb"/Font<<(.*?)>>", resources, re.DOTALL)
        for name, number in re.findall(rb"/(\w+) (\d+) 0 R", listed):
            table = self._stream(_named(self.objects[int(number)], b"ToUnicode"))
            yield (
                name,
                {
                    bytes.fromhex(glyph.decode()): bytes.fromhex(text.decode()).decode(
                        "utf-16-be"
                    )
                    for glyph, text in _MAPPED.findall(table)
                },
            )

    def _stream(self, number: int) -> bytes:
        found = _STREAM.search(self.objects[number])
        assert found is not None, "the object has a stream"
        packed = b"/FlateDecode" in self.objects[number]
        return zlib.decompress(found[1]) if packed else found[1]


def _named(body: bytes, name: bytes) -> int:
    found = re.search(rb"/" + name + rb" (\d+) 0 R", body)
    assert found is not None, (name, body)
    return int(found[1])


def _read(content: bytes, fonts: dict[bytes, dict[bytes, str]]) -> Iterator[str]:
    font: dict[bytes, str] = {}
    for found in _SHOWN.finditer(content):
        name, coded, plain = found.groups()
        if name is not None:
            font = fonts[name]
        elif coded is not None or plain is not None:
            shown = bytes.fromhex(coded.decode()) if coded else _plain(plain)
            glyphs = (shown[at : at + 2] for at in range(0, len(shown), 2))
            yield "".join(font.get(glyph, "?") for glyph in glyphs)
        else:
            yield "\n"


def _plain(text: bytes) -> bytes:
    return _ESCAPE.sub(_unescaped, text)


def _unescaped(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    if escape.isdigit():
        return bytes([int(escape, 8)])
    return bytes([_ESCAPED.get(escape[0], escape[0])])
