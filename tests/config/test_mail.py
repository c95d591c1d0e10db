"""A mail server is configured wholly or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from eerp.config import MailConfig, load
from tests.config.files import EMBEDDED, refused, write

MAIL = {"host": "mail.example.org", "from": "erp@example.org"}


def test_without_a_mail_server_there_is_none(folder):
    assert load(write(folder, {"database": EMBEDDED})).mail is None


def test_a_mail_server_is_reached_by_starttls_unless_told(folder):
    mail = load(write(folder, {"database": EMBEDDED, "mail": MAIL})).mail
    assert mail == MailConfig("mail.example.org", "erp@example.org", 587, "starttls")


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ({"user": "erp"}, "mail.password_file: is missing"),
        ({"password_file": "password"}, "mail.user: is missing"),
        (
            {"user": "erp", "password_file": "gone"},
            "mail.password_file: does not exist",
        ),
        (
            {"user": "erp", "password_file": "password", "tls": "none"},
            "mail.user: cannot be given together with mail.tls none",
        ),
        ({"from": "ERP"}, "mail.from: must be an address"),
        ({"tls": "ssl"}, "mail.tls: must be one of"),
        ({"password": "x"}, "mail.password: is not a known key"),
    ],
)
def test_what_is_wrong_with_a_mail_server_is_named(
    folder, keys: dict[str, Any], fault: str
):
    (folder / "password").write_text("s3cret\n")
    document = {"database": EMBEDDED, "mail": {**MAIL, **keys}}
    (line,) = refused(folder, document)
    assert line.startswith(fault)
