"""From a mail as a module asked for it to the bytes that go over the wire; pure.

The newer interface of Python's email package reads what it is given as a header, and
decodes encoded words in it: a subject with ``=?utf-8?q?=0A?=`` becomes two lines, and
the second one a header. So this writes with the older one, which never reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.encoders import encode_base64
from email.header import Header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, quote
from typing import Any
from urllib.parse import quote as percent

from attrs import frozen

__all__ = ["Attachment", "Letter", "write_letter"]

_ENCODED_WORD = "=?"
_PIECE_CHARACTERS_MAX = 50
# A part that is one of these is read on as if the mail had been written so.
_NESTED = frozenset({"message", "multipart"})


@frozen
class Attachment:
    """A file that goes with a mail."""

    name: str
    media_type: str
    content: bytes


@frozen
class Letter:
    """What SMTP needs: envelope and content."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


def write_letter(
    mail_id: str,
    message: Mapping[str, Any],
    attachments: Sequence[Attachment],
    *,
    sender: str,
    at: datetime,
) -> Letter:
    """The letter of a mail. Its Message-ID is the mail's own, so that one that is sent
    twice can be told for the same."""
    letter = _content(message, attachments)
    letter["From"] = _mailbox(message.get("from_name", ""), sender).encode()
    for header, key in (("To", "to"), ("Cc", "cc")):
        if message.get(key):
            listed = Header(", ".join(message[key]), header_name=header)
            letter[header] = listed.encode()
    if "reply_to" in message:
        letter["Reply-To"] = message["reply_to"]
    letter["Subject"] = _text(message["subject"], "Subject").encode()
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = f"<{mail_id}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    everyone = (message.get(key, ()) for key in ("to", "cc", "bcc"))
    recipients = dict.fromkeys(one for some in everyone for one in some)
    # Twisted makes the line ends of SMTP of plain ones.
    return Letter(sender, tuple(recipients), letter.as_bytes())


def _text(text: str, header: str) -> Header:
    """A text as the value of a header; encoded, unless it can only be read as it is."""
    plain = text.isascii() and _ENCODED_WORD not in text
    return Header(text, None if plain else "utf-8", header_name=header)


def _mailbox(name: str, address: str) -> Header:
    if not name:
        return Header(address, header_name="From")
    if name.isascii() and _ENCODED_WORD not in name:
        return Header(f'"{quote(name)}" <{address}>', header_name="From")
    mailbox = _text(name, "From")
    mailbox.append(f"<{address}>", "us-ascii")
    return mailbox


def _content(message: Mapping[str, Any], attachments: Sequence[Attachment]) -> Message:
    bodies = [
        MIMEText(message[key], kind, "utf-8")
        for key, kind in (("text", "plain"), ("html", "html"))
        if key in message
    ]
    body: Message = bodies[0]
    if len(bodies) > 1:
        body = MIMEMultipart("alternative", _subparts=bodies)
    if not attachments:
        return body
    return MIMEMultipart("mixed", _subparts=[body, *map(_attached, attachments)])


def _attached(one: Attachment) -> Message:
    main, _, sub = one.media_type.partition(";")[0].partition("/")
    if main in _NESTED:
        main, sub = "application", "octet-stream"
    part = MIMEBase(main, sub)
    part.set_payload(one.content)
    encode_base64(part)
    part["Content-Disposition"] = _disposition(one.name)
    return part


def _disposition(name: str) -> str:
    """Percent-encoded, and in pieces that fit on a line, as RFC 2231 has it."""
    pieces = [""]
    for character in name:
        encoded = percent(character, safe="")
        if len(pieces[-1]) + len(encoded) > _PIECE_CHARACTERS_MAX:
            pieces.append("")
        pieces[-1] += encoded
    pieces[0] = f"utf-8''{pieces[0]}"
    if len(pieces) == 1:
        return f"attachment; filename*={pieces[0]}"
    numbered = [f"filename*{n}*={piece}" for n, piece in enumerate(pieces)]
    return ";\n ".join(["attachment", *numbered])
