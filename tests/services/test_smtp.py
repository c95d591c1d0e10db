"""Over TLS, to a server that proves who it is, the mail server is signed in to."""

from __future__ import annotations

import datetime as dt
import ipaddress
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from OpenSSL.SSL import TLS_METHOD, Context
from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import IRealm, Portal
from twisted.internet import reactor
from twisted.internet._sslverify import IOpenSSLTrustRoot
from twisted.internet.endpoints import (
    SSL4ServerEndpoint,
    TCP4ServerEndpoint,
)
from twisted.internet.protocol import Factory
from twisted.internet.ssl import ContextFactory
from twisted.mail.imap4 import PLAINCredentials
from twisted.mail.smtp import ESMTP, IMessageDelivery, SMTPClientError
from zope.interface import implementer

from eerp.config import MailConfig
from eerp.services import Smtp
from eerp.services.letter import Letter
from tests.postgres.test_services_mail import MailServer

LETTER = Letter("erp@example.org", ("bob@example.net",), b"Subject: Hi\n\nHello\n")


@implementer(IOpenSSLTrustRoot)
class Identity(ContextFactory):
    """A server's certificate and key, and the trust in them."""

    def __init__(self, certificate: x509.Certificate, key: Any, file: Path) -> None:
        self.certificate = certificate
        self.key = key
        self.file = file
        file.write_bytes(certificate.public_bytes(Encoding.PEM))

    def getContext(self) -> Context:  # noqa: N802
        context = Context(TLS_METHOD)
        context.use_certificate(self.certificate)
        context.use_privatekey(self.key)
        return context

    def _addCACertsToContext(self, context: Context) -> None:  # noqa: N802
        context.load_verify_locations(str(self.file))


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    """A certificate for 127.0.0.1, its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Identity(made, key, tmp_path_factory.mktemp("tls") / "certificate.pem")


@implementer(IRealm)
class Realm:
    """Whoever signs in may deliver."""

    def __init__(self, server: MailServer) -> None:
        self.server = server

    def requestAvatar(self, _name: bytes, _mind: Any, *_wanted: Any) -> Any:  # noqa: N802
        return IMessageDelivery, self.server, lambda: None


def protocol(server: MailServer, identity: Identity) -> ESMTP:
    """The server's side of a connection: one must sign in to deliver."""
    made = ESMTP({b"PLAIN": PLAINCredentials}, identity)
    users = InMemoryUsernamePasswordDatabaseDontUse()
    users.addUser(b"erp", b"s3cret")
    made.portal = Portal(Realm(server), [users])
    return made


async def deliver(
    tls: Any, identity: Identity, password: str, trust: Any
) -> MailServer:
    """Send `LETTER` to a server that listens meanwhile."""
    server = MailServer()
    factory = Factory.forProtocol(lambda: protocol(server, identity))
    if tls == "tls":
        endpoint: Any = SSL4ServerEndpoint(reactor, 0, identity, interface="127.0.0.1")
    else:
        endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
    port = await endpoint.listen(factory)
    config = MailConfig(
        "127.0.0.1", LETTER.sender, port.getHost().port, tls, "erp", password
    )
    try:
        await Smtp(reactor, config, trust).send(LETTER)
    finally:
        await port.stopListening()
    return server


@pytest.mark.parametrize("tls", ["starttls", "tls"])
@pytest_twisted.ensureDeferred
async def test_a_letter_goes_to_a_server_that_is_trusted(
    tls: str, identity: Identity
) -> None:
    server = await deliver(tls, identity, "s3cret", identity)
    ((recipient, mail),) = server.received
    assert (recipient, mail["Subject"]) == ("bob@example.net", "Hi")


@pytest_twisted.ensureDeferred
async def test_a_wrong_password_is_told_and_may_be_mended(
    identity: Identity,
) -> None:
    with pytest.raises(SMTPClientError) as caught:
        await deliver("starttls", identity, "wrong", identity)
    assert caught.value.code == 535


@pytest.mark.parametrize("tls", ["starttls", "tls"])
@pytest_twisted.ensureDeferred
async def test_a_server_that_cannot_prove_who_it_is_gets_nothing(
    tls: str, identity: Identity
) -> None:
    with pytest.raises(SMTPClientError, match="certificate verify failed"):
        await deliver(tls, identity, "s3cret", None)
