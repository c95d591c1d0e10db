"""`eerp.mail.send`: a mail that leaves after the commit, and only then.

The mail is a row of the caller's transaction: what is rolled back was never there.
`MailSender` (``mail_sender.py``) sends it.
"""

from __future__ import annotations

from typing import Any

import orjson
from attrs import define

from eerp import limits
from eerp.config import MailConfig
from eerp.errors import Fault, Refusal, ValidationFailed
from eerp.interfaces import ServiceContext, Statement
from eerp.services.offer import CoreOffer
from eerp.services.scope import VISIBLE, company, seeing, user

__all__ = ["Mail"]

_UNAVAILABLE = 503
_INSERT = (
    "INSERT INTO eerp.mails (module, company_id, request_id, actor, message)"
    " VALUES (%s, %s, %s, %s, %s) RETURNING id::text"
)
# ruff: noqa: S608  # the parts of this statement are constants
_ATTACH = (
    "WITH asked AS (SELECT id, position"
    " FROM unnest(%s::uuid[]) WITH ORDINALITY AS a (id, position)),"
    " kept AS (INSERT INTO eerp.mail_files"
    " (mail_id, position, module, sha256, name, media_type)"
    " SELECT %s, position, module, sha256, name, media_type"
    f" FROM asked JOIN eerp.files USING (id) WHERE module = %s AND {VISIBLE}"
    " RETURNING module, sha256)"
    " SELECT count(*), coalesce(sum(length(content)), 0)"
    " FROM kept JOIN eerp.file_contents USING (module, sha256)"
)


@define(eq=False)
class Mail:
    """Mails of the modules; without a `config` they are refused."""

    config: MailConfig | None

    def offers(self) -> tuple[CoreOffer, ...]:
        """The services."""
        return (
            CoreOffer(
                name="eerp.mail.send",
                summary="Send a mail once the request is committed",
                input=_INPUT,
                output=_OUTPUT,
                run=self._send,
                capability="mail",
            ),
        )

    async def _send(
        self, context: ServiceContext, given: dict[str, Any]
    ) -> dict[str, Any]:
        if self.config is None:
            raise Refusal(
                _UNAVAILABLE, "mail_not_configured", "No mail can be sent from here."
            )
        _check(given)
        message = {key: value for key, value in given.items() if key != "files"}
        parameters = (
            context.module, company(context), context.request_id, user(context),
            orjson.dumps(message).decode(),
        )  # fmt: skip
        rows = await context.transaction.run(Statement(_INSERT, parameters))
        if given.get("files"):
            await _attach(context, rows[0][0], given["files"])
        return {"id": rows[0][0]}


async def _attach(context: ServiceContext, mail_id: str, files: list[str]) -> None:
    parameters = (files, mail_id, context.module, *seeing(context))
    rows = await context.transaction.run(Statement(_ATTACH, parameters))
    found, size = rows[0]
    if found != len(files):
        raise _wrong("/files", "reference", "name a file that does not exist")
    if size > limits.MAIL_FILE_BYTES_MAX:
        raise _wrong(
            "/files", "too_large", f"have more than {limits.MAIL_FILE_BYTES_MAX} bytes"
        )


def _check(given: dict[str, Any]) -> None:
    recipients = sum(len(given.get(key, ())) for key in ("to", "cc", "bcc"))
    if recipients > limits.MAIL_RECIPIENTS_MAX:
        most = f"are more than {limits.MAIL_RECIPIENTS_MAX} with cc and bcc"
        raise _wrong("/to", "maxItems", most)
    if "text" not in given and "html" not in given:
        raise _wrong("/text", "required", "or html is required")


def _wrong(pointer: str, code: str, words: str) -> ValidationFailed:
    return ValidationFailed(
        f"The mail's {pointer[1:]} {words}.", errors=(Fault(pointer, code, words),)
    )


_ADDRESS = {
    "type": "string",
    "format": "email",
    "maxLength": 254,
    "pattern": "^[!-~]+@[!-~]+$",
}
_ADDRESSES = {
    "type": "array",
    "items": _ADDRESS,
    "maxItems": limits.MAIL_RECIPIENTS_MAX,
}
_LINE = {"type": "string", "pattern": r"^[^\x00-\x1f\x7f]{0,500}$"}
_TEXT = {"type": "string", "maxLength": limits.MAIL_TEXT_CHARACTERS_MAX}
_INPUT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["to", "subject"],
    "properties": {
        "to": {**_ADDRESSES, "minItems": 1},
        "cc": _ADDRESSES,
        "bcc": _ADDRESSES,
        "reply_to": _ADDRESS,
        "from_name": _LINE,
        "subject": _LINE,
        "text": _TEXT,
        "html": _TEXT,
        "files": {
            "type": "array",
            "items": {"type": "string", "format": "uuid"},
            "maxItems": limits.MAIL_FILES_MAX,
        },
    },
}
_OUTPUT = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string", "format": "uuid"}},
}
