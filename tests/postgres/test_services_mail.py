"""Mails go to a real SMTP server after the commit, and only then."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
import pytest_twisted
from attrs import define, evolve, field
from twisted.internet import reactor
from twisted.internet.defer import succeed
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.task import deferLater
from twisted.mail.smtp import (
    ESMTP,
    IMessage,
    IMessageDelivery,
    SMTPBadRcpt,
    SMTPServerError,
)
from zope.interface import implementer

from eerp.config import MailConfig
from eerp.database.pool import Pool
from eerp.errors import NotFound, Refusal, ValidationFailed
from eerp.services import MailSender, Smtp, core_offers
from eerp.startup.upkeep import Upkeep
from tests.postgres.services import Caller, caller
from tests.postgres.world import at_once

Look = Callable[[str], list[tuple[Any, ...]]]
LETTER = {"to": ["bob@example.net"], "subject": "Grüße", "text": ".\nYour invoice"}


@implementer(IMessage)
@define(eq=False)
class Incoming:
    """A mail as its lines come in."""

    server: MailServer
    recipient: str
    lines: list[bytes] = field(factory=list)

    def lineReceived(self, line: bytes) -> None:
        self.lines.append(line)

    def eomReceived(self) -> Any:
        message = message_from_bytes(b"\n".join(self.lines), policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.server.received.append((self.recipient, message))
        return succeed(None)

    def connectionLost(self) -> None:
        self.lines = []


@implementer(IMessageDelivery)
@define(eq=False)
class MailServer:
    """A mail server in this process. It refuses the first `busy` mails for now, and
    recipients in `unknown` for good."""

    received: list[tuple[str, EmailMessage]] = field(factory=list)
    busy: int = 0
    unknown: tuple[str, ...] = ()

    def receivedHeader(self, helo: Any, origin: Any, recipients: Any) -> bytes:  # noqa: N802
        return b"Received: here"

    def validateFrom(self, _helo: Any, origin: Any) -> Any:  # noqa: N802
        if self.busy:
            self.busy -= 1
            raise SMTPServerError(451, "Come back later")
        return origin

    def validateTo(self, user: Any) -> Any:  # noqa: N802
        name = str(user.dest)
        if name in self.unknown:
            raise SMTPBadRcpt(user)
        return lambda: Incoming(self, name)

    def protocol(self) -> ESMTP:
        made = ESMTP()
        made.delivery = self
        return made


@pytest_twisted.async_yield_fixture
async def listening() -> AsyncIterator[tuple[MailServer, int]]:
    """A mail server and its port."""
    server = MailServer()
    factory = Factory.forProtocol(server.protocol)
    port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(factory)
    yield server, port.getHost().port
    await port.stopListening()


@pytest.fixture
def config(listening: tuple[MailServer, int]) -> MailConfig:
    return MailConfig("127.0.0.1", "erp@example.org", port=listening[1], tls="none")


@pytest.fixture
def server(listening: tuple[MailServer, int]) -> MailServer:
    return listening[0]


@pytest.fixture
def crm(pool: Pool, config: MailConfig) -> Caller:
    return caller(pool, *core_offers(reactor, config))


@pytest.fixture
def sender(pool: Pool, config: MailConfig) -> MailSender:
    return MailSender(reactor, pool, Smtp(reactor, config), config.sender)


STATES = "SELECT state, attempts, reason FROM eerp.mails ORDER BY id"


@pytest_twisted.ensureDeferred
async def test_a_mail_arrives_once_and_as_it_was_written(
    crm: Caller, sender: MailSender, server: MailServer, look: Look
) -> None:
    sent = await crm.call(
        "mail.send",
        {**LETTER, "from_name": "Ann", "cc": ["c@example.net"],
         "bcc": ["b@example.net"], "reply_to": "ann@example.org",
         "html": "<p>.Your invoice</p>"},
    )  # fmt: skip

    await sender.drain()
    await sender.drain()

    assert sorted(to for to, _ in server.received) == [
        "b@example.net", "bob@example.net", "c@example.net",
    ]  # fmt: skip
    mail = server.received[0][1]
    assert (mail["From"], mail["To"]) == ("Ann <erp@example.org>", "bob@example.net")
    assert (mail["Cc"], mail["Bcc"]) == ("c@example.net", None)
    assert (mail["Subject"], mail["Reply-To"]) == ("Grüße", "ann@example.org")
    assert mail["Message-ID"] == f"<{sent['id']}@example.org>"
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert text.get_content().strip() == ".\nYour invoice"
    assert html.get_content().strip() == "<p>.Your invoice</p>"
    assert look(STATES) == [("sent", 1, None)]


@pytest_twisted.ensureDeferred
async def test_what_was_rolled_back_is_never_sent(
    crm: Caller, sender: MailSender, server: MailServer, look: Look
) -> None:
    await crm.call("mail.send", LETTER, commits=False)
    await sender.drain()
    assert server.received == look(STATES) == []


@pytest_twisted.ensureDeferred
async def test_files_go_with_it_even_when_they_are_deleted_meanwhile(
    crm: Caller, sender: MailSender, server: MailServer, look: Look
) -> None:
    content = base64.b64encode(b"%PDF-").decode()
    file = {
        "name": "Rechnung ü.pdf",
        "media_type": "application/pdf",
        "content": content,
    }
    put = await crm.call("files.put", file)
    await crm.call("mail.send", {**LETTER, "files": [put["id"]]})
    await crm.call("files.delete", {"id": put["id"]})

    await sender.drain()

    (attachment,) = server.received[0][1].iter_attachments()
    assert isinstance(attachment, EmailMessage)
    assert attachment.get_filename() == "Rechnung ü.pdf"
    assert attachment.get_content_type() == "application/pdf"
    assert attachment.get_content() == b"%PDF-"
    look("DELETE FROM eerp.mails")
    assert look("SELECT FROM eerp.file_contents") == []


@pytest_twisted.ensureDeferred
async def test_a_server_that_is_busy_is_asked_again_later(
    crm: Caller, sender: MailSender, server: MailServer, look: Look
) -> None:
    server.busy = 1
    await crm.call("mail.send", LETTER)

    await sender.drain()
    assert server.received == []
    (state, attempts, reason), *_ = look(STATES)
    assert (state, attempts) == ("waiting", 1)
    assert "451" in reason
    look("UPDATE eerp.mails SET due_at = now()")
    await sender.drain()

    assert len(server.received) == 1
    assert look(STATES)[0][:2] == ("sent", 2)


@pytest_twisted.ensureDeferred
async def test_a_mail_that_is_refused_for_good_is_dead_and_holds_up_nobody(
    crm: Caller, sender: MailSender, server: MailServer, look: Look
) -> None:
    server.unknown = ("nobody@example.net",)
    await crm.call("mail.send", {**LETTER, "to": ["nobody@example.net"]})
    await crm.call("mail.send", {**LETTER, "to": ["bob@example.net", *server.unknown]})

    await sender.drain()

    assert [to for to, _ in server.received] == ["bob@example.net"]
    dead, sent = look(STATES)
    assert dead[0] == "dead"
    assert "550" in dead[2]
    assert sent[0] == "sent"
    assert "nobody@example.net: 550" in sent[2]


@pytest_twisted.ensureDeferred
async def test_attempts_come_to_an_end(
    crm: Caller, pool: Pool, config: MailConfig, look: Look
) -> None:
    closed = evolve(config, port=1)
    sender = MailSender(reactor, pool, Smtp(reactor, closed), closed.sender)
    await crm.call("mail.send", LETTER)
    for _ in range(10):
        await sender.drain()
        look("UPDATE eerp.mails SET due_at = now()")
    assert look(STATES)[0][:2] == ("dead", 8)


@pytest_twisted.ensureDeferred
async def test_several_daemons_send_each_mail_once(
    crm: Caller, pool: Pool, config: MailConfig, server: MailServer
) -> None:
    for number in range(6):
        await crm.call("mail.send", {**LETTER, "subject": str(number)})
    senders = [
        MailSender(reactor, pool, Smtp(reactor, config), config.sender)
        for _ in range(3)
    ]

    for _ in range(4):
        # One that lost a race comes again with its next round.
        await at_once(*(sender.drain() for sender in senders))

    subjects = sorted(str(mail["Subject"]) for _, mail in server.received)
    assert subjects == [str(number) for number in range(6)]


@pytest_twisted.ensureDeferred
async def test_a_running_sender_sends_by_itself_and_stops(
    crm: Caller, sender: MailSender, server: MailServer
) -> None:
    await crm.call("mail.send", LETTER)
    upkeep = Upkeep(reactor, 0.05, "sending mails", sender.work)
    for _ in range(100):
        if server.received:
            break
        await deferLater(reactor, 0.02)
    await upkeep.stop()
    assert len(server.received) == 1


@pytest_twisted.ensureDeferred
async def test_no_secret_is_sent_over_a_connection_that_is_not_secured(
    crm: Caller, pool: Pool, config: MailConfig, server: MailServer, look: Look
) -> None:
    secured = evolve(config, tls="starttls", user="erp", password="secret")
    sender = MailSender(reactor, pool, Smtp(reactor, secured), secured.sender)
    await crm.call("mail.send", LETTER)

    await sender.drain()

    assert server.received == []
    assert "TLS" in look(STATES)[0][2]


@pytest_twisted.ensureDeferred
async def test_without_a_mail_server_the_module_is_told_so(pool: Pool) -> None:
    with pytest.raises(Refusal) as caught:
        await caller(pool, *core_offers(reactor, None)).call("mail.send", LETTER)
    assert (caught.value.status, caught.value.code) == (503, "mail_not_configured")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"to": ["nobody"]}, "/to/0"),
        ({"to": ["a@b.example\r\nBcc: c@d.example"]}, "/to/0"),
        ({"subject": "a\r\nBcc: c@d.example"}, "/subject"),
        ({"to": [f"u{n}@b.example" for n in range(30)]} | {
            "cc": [f"u{n}@b.example" for n in range(30)]}, "/to"),
        ({"files": ["018f0000-0000-7000-8000-000000000009"]}, "/files"),
    ],
)  # fmt: skip
@pytest_twisted.ensureDeferred
async def test_a_wrong_mail_is_refused(
    change: dict[str, Any], pointer: str, crm: Caller
) -> None:
    with pytest.raises(ValidationFailed) as caught:
        await crm.call("mail.send", {**LETTER, **change})
    assert {fault.pointer for fault in caught.value.errors} == {pointer}


@pytest_twisted.ensureDeferred
async def test_a_mail_needs_a_body(crm: Caller) -> None:
    with pytest.raises(ValidationFailed, match="or html is required"):
        await crm.call("mail.send", {"to": ["a@b.example"], "subject": "Hi"})


@pytest_twisted.ensureDeferred
async def test_a_rendered_document_can_be_kept_as_a_file(crm: Caller) -> None:
    made = await crm.call("render.pdf", {"template": "Hi", "save_as": "hi.pdf"})
    got = await crm.call("files.get", {"id": made["file"]["id"], "raw": True})
    assert got.startswith(b"%PDF-")
    assert (made["file"]["name"], made["size"]) == ("hi.pdf", len(got))
    with pytest.raises(NotFound):
        await crm.call("files.get", {"id": made["file"]["id"]}, module="hr")
