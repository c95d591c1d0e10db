"""Once, however often a client asks: the answers to requests with an Idempotency-Key.

The key is written by the first statement of the request's own transaction, and the
answer by its last: so it is remembered exactly when the work was committed. A second
request with the key waits for the first, in this process without a connection, in
PostgreSQL when the first is in another process.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Hashable

import orjson
from attrs import frozen

from eerp import limits
from eerp.errors import (
    BadRequest,
    IdempotencyInUse,
    IdempotencyMismatch,
    SerializationFailed,
)
from eerp.interfaces import GuestRequest, Pool, Reply, Statement, Transaction
from eerp.interfaces import TransactionBegin as Begin

__all__ = ["IdempotencyKey", "forget"]

REPLAYED = "idempotency-replayed"
_METHODS = frozenset({"POST", "PATCH"})
_FORM = re.compile(rf"[\x21-\x7e]{{1,{limits.IDEMPOTENCY_KEY_CHARACTERS_MAX}}}")

# A key whose time is over is taken over.
_CLAIM = """
WITH claimed AS (
  INSERT INTO eerp.idempotency AS known (user_id, key, fingerprint, "transaction")
  VALUES (%s, %s, %s, %s)
  ON CONFLICT (user_id, key) DO UPDATE
     SET fingerprint = excluded.fingerprint, "transaction" = excluded."transaction",
         created_at = now(), status = NULL, headers = NULL, body = NULL
   WHERE known.created_at <= now() - %s * interval '1 second'
  RETURNING 1)
SELECT fingerprint, status, headers::text, body FROM eerp.idempotency
 WHERE user_id = %s AND key = %s AND NOT EXISTS (SELECT FROM claimed)"""
_STORE = (
    "UPDATE eerp.idempotency SET status = %s, headers = %s, body = %s"
    " WHERE user_id = %s AND key = %s"
)
_FORGET = """
DELETE FROM eerp.idempotency WHERE (user_id, key) IN (
  SELECT user_id, key FROM eerp.idempotency
   WHERE created_at <= now() - %s * interval '1 second'
   ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING 1"""
_FORGETTING = Begin(read_only=False, actor=None, request_id="", module="core")


@frozen
class IdempotencyKey:
    """The key of one request, and what tells the request from another."""

    user_id: str
    key: str
    fingerprint: bytes
    keep_s: int

    @classmethod
    def of(cls, request: GuestRequest, keep_s: int) -> IdempotencyKey | None:
        """The key of `request`, None where there is none or it means nothing.

        Raises BadRequest for a key that is malformed, or that nobody's is.
        """
        key = request.idempotency_key
        if key is None or request.method not in _METHODS:
            return None
        if not _FORM.fullmatch(key):
            raise BadRequest(
                "An Idempotency-Key is 1 to"
                f" {limits.IDEMPOTENCY_KEY_CHARACTERS_MAX} visible ASCII characters."
            )
        if request.identity is None:
            raise BadRequest("An Idempotency-Key needs a signed-in user.")
        return cls(request.identity.user_id, key, _fingerprint(request), keep_s)

    @property
    def subject(self) -> Hashable:
        """By which those that have the same key find each other."""
        return ("idempotency", self.user_id, self.key)

    async def claim(self, transaction: Transaction) -> Reply | None:
        """Note the key as the first thing in `transaction`, or answer what the
        request before was answered.

        Raises IdempotencyMismatch when that was another request, IdempotencyInUse
        when it has not been answered for too long.
        """
        own = (self.user_id, self.key)
        claim = Statement(
            _CLAIM, (*own, self.fingerprint, transaction.token, self.keep_s, *own)
        )
        try:
            rows = await transaction.run(claim)
        except SerializationFailed as error:
            if error.waited:
                raise IdempotencyInUse(
                    "The request with this Idempotency-Key is still at work.",
                    hint="Repeat it later to get its answer.",
                ) from error
            raise
        if not rows:
            return None
        fingerprint, status, headers, body = rows[0]
        if bytes(fingerprint) != self.fingerprint:
            raise IdempotencyMismatch(
                "This Idempotency-Key was used for another request.",
                hint="Use a new key for each request, and the same for a repetition.",
            )
        headers = {**orjson.loads(headers), REPLAYED: "true"}
        return Reply(status, bytes(body), headers)

    def store(self, reply: Reply) -> Statement:
        """What remembers the answer, in the transaction that claimed the key."""
        headers = orjson.dumps(dict(reply.headers)).decode()
        return Statement(
            _STORE, (reply.status, headers, reply.body, self.user_id, self.key)
        )


async def forget(pool: Pool, keep_s: int) -> None:
    """Delete answers that are older than `keep_s`, a bounded number at a time."""
    while True:
        statement = Statement(_FORGET, (keep_s, limits.IDEMPOTENCY_FORGET_ROWS_MAX))
        gone = await pool.transaction(_FORGETTING).run_last(statement)
        if len(gone) < limits.IDEMPOTENCY_FORGET_ROWS_MAX:
            return


def _fingerprint(request: GuestRequest) -> bytes:
    identity = request.identity
    company = None if identity is None else identity.company_id
    # The version that is changed is part of what is asked for, and so is the form in
    # which it is answered.
    version, wishes = (request.headers.get(name) for name in ("if-match", "prefer"))
    what = [
        request.method, request.path, list(request.query), company, version, wishes,
    ]  # fmt: skip
    digest = hashlib.sha256(orjson.dumps(what))
    digest.update(request.body)
    return digest.digest()
