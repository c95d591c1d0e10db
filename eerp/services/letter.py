"""From a mail as a module asked for it to the bytes that go over the wire; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from attrs import frozen

__all__ = ["Attachment", "Letter", "write_letter"]

# Twisted makes the line ends of SMTP of plain ones.
_POLICY = SMTP.clone(linesep="\n", cte_type="7bit")


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
    letter = EmailMessage(policy=_POLICY)
    letter["From"] = Address(message.get("from_name", ""), addr_spec=sender)
    for header, key in (("To", "to"), ("Cc", "cc")):
        if message.get(key):
            letter[header] = [Address(addr_spec=one) for one in message[key]]
    if "reply_to" in message:
        letter["Reply-To"] = Address(addr_spec=message["reply_to"])
    letter["Subject"] = message["subject"]
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = f"<{mail_id}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    _write_bodies(letter, message)
    for one in attachments:
        main, _, sub = one.media_type.partition(";")[0].partition("/")
        letter.add_attachment(one.content, main, sub, filename=one.name)
    everyone = (message.get(key, ()) for key in ("to", "cc", "bcc"))
    recipients = dict.fromkeys(one for some in everyone for one in some)
    return Letter(sender, tuple(recipients), letter.as_bytes())


def _write_bodies(letter: EmailMessage, message: Mapping[str, Any]) -> None:
    """In base64 no line begins with a point, which means something in SMTP."""
    if "text" in message:
        letter.set_content(message["text"], cte="base64")
    if "html" in message and "text" in message:
        letter.add_alternative(message["html"], subtype="html", cte="base64")
    elif "html" in message:
        letter.set_content(message["html"], subtype="html", cte="base64")
