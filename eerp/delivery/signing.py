"""Signatures of webhooks, as Standard Webhooks has them; pure.

A secret is not stored: it is derived from a key of ours, the webhook's id and its
generation. Whoever reads the database cannot sign.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable

from attrs import field, frozen

__all__ = ["Secrets", "fingerprint", "shown", "sign"]

_PREFIX = "whsec_"
_VERSION = "v1"
_FINGERPRINT_BYTES = 8


@frozen
class Secrets:
    """The secrets of all webhooks."""

    key: bytes = field(repr=False)

    def of(self, webhook: str, generation: int) -> bytes:
        """The 32 bytes that sign for `webhook` in this generation."""
        return hmac.digest(self.key, f"{webhook}.{generation}".encode(), "sha256")


def shown(secret: bytes) -> str:
    """The secret as its owner is told it."""
    return _PREFIX + b64encode(secret).decode()


def fingerprint(secret: bytes) -> bytes:
    """What tells one secret from another, and nothing of it."""
    return hashlib.sha256(b"fingerprint" + secret).digest()[:_FINGERPRINT_BYTES]


def sign(secrets: Iterable[bytes], message: str, timestamp: int, body: bytes) -> str:
    """The header ``Webhook-Signature``: one signature for each secret that holds."""
    signed = f"{message}.{timestamp}.".encode() + body
    return " ".join(
        f"{_VERSION},{b64encode(hmac.digest(each, signed, 'sha256')).decode()}"
        for each in secrets
    )
