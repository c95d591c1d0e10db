"""A place in the feed of committed changes: how far each lane of the trail is read.

A lane of the trail belongs to one database session at a time, so its rows are committed
in the order of their numbers: whoever has read a lane up to a number has missed nothing
before it, however late other transactions commit. One number for each lane is therefore
all that a reader must remember. The marks say of which rows: they are the beginnings of
the hashes that chain the trail, and differ in another database.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

from attrs import frozen

from eerp.limits import EVENT_CURSOR_CHARACTERS_MAX

__all__ = ["MARK_BYTES", "Cursor", "Place"]

MARK_BYTES = 8
"""How much of a row's hash is its mark."""
_VERSION = b"\x01"
_SEAL_BYTES = 8
_GROUP_BITS = 7
_SEQ_BITS = 63


@frozen
class Cursor:
    """A place as a client has it: numbers by lane, from lane 1 on, and a seal over the
    marks."""

    seqs: tuple[int, ...]
    seal: bytes

    def __str__(self) -> str:
        raw = _VERSION + self.seal + b"".join(map(_varint, self.seqs))
        return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")

    @classmethod
    def read(cls, text: str) -> Cursor:
        """The cursor that `text` is. Raises `ValueError` for what is none of ours."""
        if len(text) > EVENT_CURSOR_CHARACTERS_MAX or not text.isascii():
            raise ValueError("too long, or no ASCII")
        try:
            padded = text + "=" * (-len(text) % 4)
            raw = urlsafe_b64decode(padded.encode("ascii"))
        except NotBase64 as error:
            raise ValueError("not base64") from error
        start = len(_VERSION) + _SEAL_BYTES
        if len(raw) < start or not raw.startswith(_VERSION):
            raise ValueError("of another version")
        cursor = cls(_varints(raw[start:]), raw[len(_VERSION) : start])
        if str(cursor) != text or cursor.seqs[-1:] == (0,):
            raise ValueError("in another spelling")
        return cursor


@frozen
class Place:
    """`seqs` and `marks` of the last row that is read in each lane, from lane 1 on; 0
    and nothing for a lane of which none is."""

    seqs: tuple[int, ...] = ()
    marks: tuple[bytes, ...] = ()

    @property
    def cursor(self) -> str:
        """What a client keeps of it."""
        return str(Cursor(self.seqs, self.seal))

    @property
    def seal(self) -> bytes:
        """What tells these rows from others with the same numbers."""
        joined = b"".join(mark or bytes(MARK_BYTES) for mark in self.marks)
        return hashlib.blake2b(joined, digest_size=_SEAL_BYTES).digest()

    def seq(self, lane: int) -> int:
        """How far a lane is read."""
        return self.seqs[lane - 1] if lane <= len(self.seqs) else 0

    def after(self, lane: int, seq: int, mark: bytes) -> Place:
        """This place when one more row is read."""
        seqs, marks = list(self.seqs), list(self.marks)
        short = lane - len(seqs)
        seqs += [0] * short
        marks += [b""] * short
        seqs[lane - 1], marks[lane - 1] = seq, mark
        return Place(tuple(seqs), tuple(marks))

    def covers(self, other: Place) -> bool:
        """Whether all that is read at the `other` place is read here."""
        if len(other.seqs) > len(self.seqs):
            return False
        return all(
            ours >= theirs for ours, theirs in zip(self.seqs, other.seqs, strict=False)
        )

    def joined(self, other: Place) -> Place:
        """What is read here or there."""
        if self.covers(other):
            return self
        if other.covers(self):
            return other
        place = self
        for number, (seq, mark) in enumerate(zip(other.seqs, other.marks, strict=True)):
            if seq > place.seq(number + 1):
                place = place.after(number + 1, seq, mark)
        return place


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the last one has no eighth bit."""
    groups = bytearray()
    while number >> _GROUP_BITS:
        groups.append(number & 0x7F | 0x80)
        number >>= _GROUP_BITS
    groups.append(number)
    return bytes(groups)


def _varints(raw: bytes) -> tuple[int, ...]:
    numbers, number, shift = [], 0, 0
    for byte in raw:
        number |= (byte & 0x7F) << shift
        shift += _GROUP_BITS
        if shift > _SEQ_BITS:
            raise ValueError("a number that no lane has")
        if not byte & 0x80:
            numbers.append(number)
            number = shift = 0
    if shift:
        raise ValueError("cut off")
    return tuple(numbers)
