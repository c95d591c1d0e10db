"""An HTTPS server on this machine with a certificate of its own authority."""

from __future__ import annotations

import datetime as dt
from typing import Any

from attrs import define, field, frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IOpenSSLContextFactory
from twisted.internet.ssl import Certificate, trustRootFromCertificates
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site
from zope.interface import implementer

HOST = "hooks.example.com"
WITHIN_S = 20


@implementer(IOpenSSLContextFactory)
@frozen
class Own:
    """A certificate that signed itself, and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def of(cls, *names: str) -> Own:
        """For the hosts `names`."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
        now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
        hosts = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(hosts, False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
            .sign(key, hashes.SHA256())
        )
        return cls(made, key)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def trust(self) -> Any:
        return trustRootFromCertificates([Certificate.loadPEM(self.pem)])

    def getContext(self) -> SSL.Context:  # noqa: N802  # Twisted's name
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.use_certificate(self.certificate)
        context.use_privatekey(self.key)
        return context


@define(eq=False)
class Receiver(Resource):
    """Keeps what it gets in `got` (method, path, headers, body) and answers `status`,
    `headers` and `content`; with `hangs` it never answers."""

    got: list[tuple[str, str, dict[str, str], bytes]] = field(factory=list)
    statuses: list[int] = field(factory=list)
    headers: dict[str, str] = field(factory=dict)
    content: bytes = b"fine"
    hangs: bool = False
    isLeaf = True
    own: Own = field(factory=lambda: Own.of(HOST))
    _ports: list[Any] = field(factory=list)
    _waiting: list[tuple[int, Deferred[None]]] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        Resource.__init__(self)

    def listen(self, *, tls: bool = True) -> int:
        """Listen on this machine; the port."""
        site = Site(self)
        if tls:
            port = reactor.listenSSL(0, site, self.own, interface="127.0.0.1")
        else:
            port = reactor.listenTCP(0, site, interface="127.0.0.1")
        self._ports.append(port)
        return int(port.getHost().port)

    async def close(self) -> None:
        ports, self._ports = self._ports, []
        for port in ports:
            await port.stopListening()

    def render(self, request: Any) -> Any:
        headers = {
            name.decode().lower(): values[-1].decode("latin-1")
            for name, values in request.requestHeaders.getAllRawHeaders()
        }
        body = request.content.read()
        self.got.append((request.method.decode(), request.uri.decode(), headers, body))
        self._tell()
        if self.hangs:
            return NOT_DONE_YET
        for name, value in self.headers.items():
            request.setHeader(name, value)
        request.setResponseCode(self.statuses.pop(0) if self.statuses else 200)
        return self.content

    def until(self, count: int) -> Deferred[None]:
        """Fires when `count` requests came in all."""
        waiter: Deferred[None] = Deferred()
        waiter.addTimeout(WITHIN_S, reactor)
        self._waiting.append((count, waiter))
        self._tell()
        return waiter

    def _tell(self) -> None:
        for pair in [pair for pair in self._waiting if pair[0] <= len(self.got)]:
            self._waiting.remove(pair)
            if not pair[1].called:
                pair[1].callback(None)


@define(eq=False)
class Names:
    """A resolver: each name has a list of answers, the last of which it keeps."""

    answers: dict[str, list[list[str]]] = field(factory=dict)
    asked: list[str] = field(factory=list)

    def __call__(self, host: str, port: int) -> Deferred[list[str]]:
        self.asked.append(host)
        answers = self.answers.get(host, [[]])
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        done: Deferred[list[str]] = Deferred()
        done.callback(found)
        return done
