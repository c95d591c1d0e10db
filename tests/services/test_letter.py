"""What others put into a mail stays where it was put."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from typing import Any

import pytest

from eerp.services.letter import Attachment, write_letter

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
# Words that a reader of mail decodes to line ends.
ENCODED = (
    "=?utf-8?q?a=0D=0ABcc:_evil@example.net=0D=0A=0D=0Abody?=",
    "=?utf-8?b?YQpCY2M6IGV2aWxAZXhhbXBsZS5uZXQ=?=",
    '"=?utf-8?q?=0A?="',
)
LINES = tuple(f"a{end}Bcc: evil@example.net" for end in "\x85\u2028\u2029\u202e")
ODD = (*ENCODED, *LINES, 'Ann, "Bob" <evil@example.net>', "x" * 500, "é" * 500, "\\")


def written(*attachments: Attachment, **more: Any) -> bytes:
    message = {"to": ["bob@example.net"], "subject": "Hi", "text": "Hello", **more}
    letter = write_letter("id", message, attachments, sender="erp@example.org", at=AT)
    return letter.content


def head(content: bytes) -> list[str]:
    """The names of the headers, as a server reads them: line by line."""
    lines = content.partition(b"\n\n")[0].decode("ascii").split("\n")
    assert all(len(line) < 998 for line in lines)
    return [line.partition(":")[0] for line in lines if not line.startswith(" ")]


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("key", ["subject", "from_name"])
def test_no_text_adds_a_header(key: str, text: str) -> None:
    content = written(**{key: text})
    assert head(content) == head(written(from_name="Ann"))
    assert b"evil" not in content or "evil" in text
    assert b"\nBcc:" not in content


@pytest.mark.parametrize("name", ODD)
def test_no_name_of_a_file_adds_a_header(name: str) -> None:
    content = written(Attachment(name, "text/plain", b"content"))
    assert b"\nBcc:" not in content
    part = content.split(b"Content-Disposition:")[1].partition(b"\n\n")[0]
    assert all(line.startswith(b" ") for line in part.split(b"\n")[1:])


@pytest.mark.parametrize("text", [*ENCODED, "Grüße", "x" * 500, "é" * 500, "Re: a, b"])
def test_a_text_arrives_as_it_was(text: str) -> None:
    read = message_from_bytes(written(subject=text), policy=policy.compat32)
    assert str(make_header(decode_header(read["Subject"]))).strip() == text


@pytest.mark.parametrize("name", [*LINES, "Grüße.pdf", "\U0001f600" * 200, 'a"; b.txt'])
def test_a_file_keeps_its_name(name: str) -> None:
    content = written(Attachment(name, "text/plain", b"content"))
    assert all(len(line) < 998 for line in content.split(b"\n"))
    _, part = message_from_bytes(content, policy=policy.default).iter_parts()
    assert part.get_filename() == name


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/mixed"])
def test_a_file_is_no_part_of_the_mail_itself(kind: str) -> None:
    content = written(Attachment("a.eml", kind, b"Subject: x\n\n\xff"))
    _, part = message_from_bytes(content, policy=policy.default).iter_parts()
    assert part.get_content_type() == "application/octet-stream"
    assert part.get_content() == b"Subject: x\n\n\xff"
