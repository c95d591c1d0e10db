"""Verified access tokens, kept until they expire, as EERP keeps them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import jwt
from fastapi import HTTPException

__all__ = ["Identity", "Verifier"]

TOKENS_KEPT_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is calling, until when (Unix seconds), and what they may do."""

    user_id: str
    expires_at: float
    permissions: frozenset[str]


@dataclass(slots=True)
class Verifier:
    """Turns an Authorization header into an identity, or into 401 or 403."""

    key: bytes
    kept: dict[str, Identity] = field(default_factory=dict)

    def identify(self, authorization: str | None, permission: str) -> Identity:
        """The caller, who may do `permission`."""
        if authorization is None or not authorization.startswith("Bearer "):
            raise HTTPException(401, "A bearer token is needed.")
        identity = self.kept.get(authorization)
        if identity is None or identity.expires_at <= time.time():
            identity = self._verify(authorization)
        if permission not in identity.permissions:
            raise HTTPException(403, f"The permission {permission} is needed.")
        return identity

    def _verify(self, authorization: str) -> Identity:
        try:
            claims = jwt.decode(
                authorization.removeprefix("Bearer "),
                self.key,
                algorithms=["HS256"],
                options={"require": ["exp", "sub"]},
            )
        except jwt.InvalidTokenError as error:
            raise HTTPException(401, "The token does not hold.") from error
        identity = Identity(
            claims["sub"], claims["exp"], frozenset(claims["permissions"])
        )
        if len(self.kept) >= TOKENS_KEPT_MAX:
            self.kept.clear()
        self.kept[authorization] = identity
        return identity
