"""One letter to the mail server, by twisted.mail."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.ssl import optionsForClientTLS
from twisted.mail.smtp import ESMTPSenderFactory
from twisted.protocols.tls import TLSMemoryBIOFactory

from eerp import limits
from eerp.config import MailConfig
from eerp.services.letter import Letter

__all__ = ["Smtp"]


@frozen(eq=False)
class Smtp:
    """The mail server of a configuration. `trust` are certificates to accept instead of
    the system's, as Twisted's `optionsForClientTLS` takes them."""

    reactor: Any
    config: MailConfig
    trust: Any = None

    def send(self, letter: Letter) -> Deferred[Any]:
        """Fires with what the server said of each recipient; fails with an SMTPError.

        Cancelling closes the connection.
        """

        def give_up(_: object) -> None:
            # Else it would report the end of its connection to nobody.
            sender.sendFinished = True
            connector.disconnect()

        finished: Deferred[Any] = Deferred(give_up)
        sender = self._factory(letter, finished)
        factory: Any = sender
        if self.config.tls == "tls":
            factory = TLSMemoryBIOFactory(self._context(), True, sender)
        connector = self.reactor.connectTCP(
            self.config.host, self.config.port, factory, limits.CONNECT_TIMEOUT_S
        )
        return finished

    def _factory(self, letter: Letter, finished: Deferred[Any]) -> ESMTPSenderFactory:
        config = self.config
        return ESMTPSenderFactory(
            _encoded(config.user),
            _encoded(config.password),
            letter.sender,
            letter.recipients,
            BytesIO(letter.content),
            finished,
            retries=0,
            timeout=limits.MAIL_SEND_S_MAX,
            contextFactory=self._context() if config.tls == "starttls" else None,
            heloFallback=config.tls == "none",
            requireAuthentication=config.user is not None,
            requireTransportSecurity=config.tls != "none",
        )

    def _context(self) -> Any:
        return optionsForClientTLS(self.config.host, trustRoot=self.trust)


def _encoded(text: str | None) -> bytes:
    return (text or "").encode()
