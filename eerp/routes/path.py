"""The grammar of route paths, and the decoding of request paths.

A declared path is ``/contacts/{id}/restore``: static segments of
``A-Z a-z 0-9 . _ ~ -``, or one parameter a segment, ``{name}``, ``{name:uuid}`` or
``{name:int}``. No path ends in a slash, save ``/`` itself, the module's root. A
request path is percent-decoded once, segment by segment, so that an encoded slash
can never make two segments of one: it is refused.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import unquote_to_bytes

from attrs import frozen

from eerp import limits
from eerp.errors import BadRequest

__all__ = [
    "Kind", "Segment", "decode_path", "decode_percent", "parse_path", "parse_prefix",
]  # fmt: skip

Kind = Literal["static", "uuid", "int", "text"]
"""What a segment matches, from the most to the least specific."""

_STATIC = re.compile(r"[A-Za-z0-9._~-]+")
_PARAMETER = re.compile(r"\{([a-z][a-z0-9_]*)(?::(uuid|int))?\}")
_BAD_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DOTS = frozenset({".", ".."})


@frozen
class Segment:
    """One segment of a pattern; `text` is the static text or the parameter's name."""

    kind: Kind
    text: str


def parse_path(path: str) -> tuple[Segment, ...]:
    """The segments of a declared path; none for the root. Raises ValueError with
    a clause that says what is wrong."""
    if len(path) > limits.ROUTE_PATH_CHARACTERS_MAX:
        raise ValueError("is too long")
    if not path.startswith("/"):
        raise ValueError("does not begin with a slash")
    if path == "/":
        return ()
    segments = tuple(_segment(text) for text in path[1:].split("/"))
    if len(segments) > limits.ROUTE_SEGMENTS_MAX:
        raise ValueError("has too many segments")
    names = [segment.text for segment in segments if segment.kind != "static"]
    if len(names) != len(set(names)):
        raise ValueError("names two parameters alike")
    return segments


def parse_prefix(prefix: str) -> tuple[Segment, ...]:
    """The static segments of a module's prefix, e.g. ``crm`` or ``sales/crm``."""
    segments = parse_path(f"/{prefix}")
    if not segments or any(segment.kind != "static" for segment in segments):
        raise ValueError("is not made of static segments")
    return segments


def _segment(text: str) -> Segment:
    if not text:
        raise ValueError("has an empty segment; it must not end in a slash")
    if text in _DOTS:
        raise ValueError("has a dot segment")
    if _STATIC.fullmatch(text):
        return Segment("static", text)
    parameter = _PARAMETER.fullmatch(text)
    if parameter is None:
        raise ValueError(
            f"has the segment {text!r}, which is neither static nor a parameter"
        )
    kind: Kind = parameter[2] or "text"  # type: ignore[assignment]  # by the grammar
    return Segment(kind, parameter[1])


def decode_path(path: bytes) -> tuple[str, ...]:
    """The decoded segments of a request path. Raises BadRequest.

    A trailing slash leaves an empty last segment, which no route matches.
    """
    if not path.startswith(b"/"):
        raise BadRequest("The request target must be a path that begins with a slash.")
    try:
        text = path.decode("ascii")
    except UnicodeDecodeError:
        raise BadRequest("The path has bytes that must be percent-encoded.") from None
    _refuse_controls(text)
    segments = text[1:].split("/")
    if "%" in text:
        segments = [_decode_segment(segment) for segment in segments]
    if "" in segments[:-1]:
        raise BadRequest("The path has an empty segment.")
    if not _DOTS.isdisjoint(segments):
        raise BadRequest("The path has a dot segment.")
    return tuple(segments)


def _decode_segment(segment: str) -> str:
    text = decode_percent(segment.encode("ascii"), "path")
    if "/" in text:
        raise BadRequest("The path has an encoded slash.")
    _refuse_controls(text)
    return text


def _refuse_controls(text: str) -> None:
    if _CONTROL.search(text):
        raise BadRequest("The path has a control character.")


def decode_percent(raw: bytes, where: str) -> str:
    """`raw` percent-decoded once, as UTF-8. Raises BadRequest naming `where`."""
    if _BAD_PERCENT.search(raw):
        raise BadRequest(f"The {where} has a percent sign without two hex digits.")
    try:
        return unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest(f"The {where} is not UTF-8.") from None
