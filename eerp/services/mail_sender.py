"""Sends the mails that were committed, one after the other, and again if need be.

Any number of daemons may do so at once: a mail that one has taken is no other's until
its lease is over. A mail is sent at least once; only a daemon that dies between the
server's word and its own note sends one twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from attrs import define, field, frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.mail.smtp import SMTPClientError

from eerp import limits
from eerp.interfaces import Rows, Statement
from eerp.log import Logger
from eerp.services.letter import Attachment, Letter, write_letter

__all__ = ["MailSender"]

log = Logger(namespace="eerp.services")

_PERMANENT = range(550, 560)
_SWEEP_S = 3600
_REASON_CHARACTERS_MAX = 500
_CLAIM = (
    "UPDATE eerp.mails SET attempts = attempts + 1,"
    " due_at = now() + %s * interval '1 s' WHERE id = ("
    "SELECT id FROM eerp.mails WHERE state = 'waiting' AND due_at <= now()"
    " ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)"
    " RETURNING id::text, module, message, attempts, created_at"
)
_FILES = (
    "SELECT name, media_type, content FROM eerp.mail_files"
    " JOIN eerp.file_contents USING (module, sha256)"
    " WHERE mail_id = %s ORDER BY position"
)
_SENT = (
    "UPDATE eerp.mails SET state = 'sent', ended_at = now(), reason = %s"
    " WHERE id = %s AND state = 'waiting'"
)
_LATER = (
    "UPDATE eerp.mails SET due_at = now() + %s * interval '1 s', reason = %s"
    " WHERE id = %s AND state = 'waiting'"
)
_DEAD = (
    "UPDATE eerp.mails SET state = 'dead', ended_at = now(), reason = %s"
    " WHERE id = %s AND state = 'waiting'"
)
_SWEEP = (
    "DELETE FROM eerp.mails"
    " WHERE state <> 'waiting' AND ended_at < now() - %s * interval '1 s'"
)


class Store(Protocol):
    """The pool, as this sees it."""

    async def query(self, statement: Statement, *, read_only: bool = True) -> Rows:
        """Run one statement in a transaction of its own."""


class Server(Protocol):
    """The mail server."""

    def send(self, letter: Letter) -> Deferred[Any]:
        """Send it; cancelling gives up."""


@frozen
class _Mail:
    id: str
    module: str
    message: dict[str, Any]
    attempt: int
    created_at: datetime


@define(eq=False)
class MailSender:
    """Sends waiting mails through `server`, as from the address `sender`."""

    clock: IReactorTime
    pool: Store
    server: Server
    sender: str
    send_s_max: float = limits.MAIL_SEND_S_MAX
    _swept: float = field(default=0.0, init=False)

    async def work(self) -> None:
        """Send what is due, and forget what was sent long ago. Cancelled, it gives a
        mail under way up; that is sent again later."""
        await self.drain()
        await self._sweep()

    async def drain(self) -> None:
        """Send what is due, up to MAILS_PER_ROUND_MAX."""
        for _ in range(limits.MAILS_PER_ROUND_MAX):
            rows = await self._write(_CLAIM, limits.MAIL_LEASE_S)
            if not rows:
                return
            await self._deliver(_Mail(*rows[0]))

    async def _deliver(self, mail: _Mail) -> None:
        attachments = await self._attachments(mail)
        try:
            letter = write_letter(
                mail.id,
                mail.message,
                attachments,
                sender=self.sender,
                at=mail.created_at,
            )
            sending = self.server.send(letter)
            sending.addTimeout(self.send_s_max, self.clock)
            _, answers = await sending
        except CancelledError:
            raise
        except Exception as error:  # whatever one mail does, the others go on
            await self._failed(mail, error)
        else:
            await self._write(_SENT, _refusals(answers), mail.id)
            log.info("mail {mail} sent", event="mail_sent", mail=mail.id,
                     module=mail.module, attempt=mail.attempt)  # fmt: skip

    async def _failed(self, mail: _Mail, error: Exception) -> None:
        reason = _reason(error)
        dead = mail.attempt >= limits.MAIL_ATTEMPTS_MAX or _is_permanent(error)
        if dead:
            await self._write(_DEAD, reason, mail.id)
        else:
            await self._write(_LATER, backoff_s(mail.attempt), reason, mail.id)
        log.warn(
            "mail {mail} was not sent: {reason}",
            event="mail_dead" if dead else "mail_failed",
            mail=mail.id,
            module=mail.module,
            attempt=mail.attempt,
            reason=reason,
        )

    async def _attachments(self, mail: _Mail) -> Sequence[Attachment]:
        rows = await self.pool.query(Statement(_FILES, (mail.id,)))
        return [Attachment(name, kind, bytes(content)) for name, kind, content in rows]

    async def _sweep(self) -> None:
        now = self.clock.seconds()
        if now - self._swept >= _SWEEP_S:
            self._swept = now
            await self._write(_SWEEP, limits.MAILS_KEEP_S)

    async def _write(self, sql: str, *parameters: Any) -> Rows:
        return await self.pool.query(Statement(sql, parameters), read_only=False)


def backoff_s(attempt: int) -> int:
    """Seconds until the next attempt after `attempt`, the first being 1."""
    return min(limits.MAIL_BACKOFF_S << (attempt - 1), limits.MAIL_BACKOFF_S_MAX)


def _is_permanent(error: Exception) -> bool:
    """Whether the server will say the same of this mail tomorrow."""
    return isinstance(error, SMTPClientError) and error.code in _PERMANENT


def _reason(error: Exception) -> str:
    """What the server said; the rest of an SMTPError is the whole conversation."""
    if isinstance(error, SMTPClientError):
        said = f"{error.code} {error.resp.decode('utf-8', 'replace')}"
    else:
        said = f"{type(error).__name__}: {error}"
    return " ".join(said.split())[:_REASON_CHARACTERS_MAX]


def _refusals(answers: Sequence[tuple[bytes, int, bytes]]) -> str | None:
    """The recipients that the server did not take, while it took others."""
    refused = [
        f"{str(address, 'utf-8', 'replace')}: {code} {str(said, 'utf-8', 'replace')}"
        for address, code, said in answers
        if code not in range(200, 300)
    ]
    return "; ".join(refused)[:_REASON_CHARACTERS_MAX] or None
