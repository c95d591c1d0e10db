"""Access tokens (JWT) and refresh tokens. Pure, given the key and the clock."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from typing import Any, NoReturn
from uuid import UUID

import jwt
from attrs import field, frozen
from jwt.types import Options

from eerp.errors import TokenEarly, TokenExpired, TokenInvalid, TokenMisused
from eerp.limits import SIGNING_KEY_BYTES_MIN, TOKEN_BYTES_MAX, TOKEN_SKEW_S_MAX

__all__ = [
    "Claims", "Tokens", "first_refresh_token", "next_refresh_token",
    "refresh_token_hash",
]  # fmt: skip

ISSUER = "eerp"
AUDIENCE = "eerp-api"
TYPE = "at+jwt"
ALGORITHM = "HS256"
CLAIMS = ("iss", "aud", "sub", "exp", "iat", "nbf", "jti", "sid", "ver")

_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}", re.ASCII)


def _encode(claims: dict[str, Any], key: bytes) -> str:
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"typ": TYPE})


# Every token of ours has this header and no other, so that `alg`, `kid`, `jku`,
# `crit` and the rest are never read from what a stranger wrote.
_HEADER = _encode({}, bytes(SIGNING_KEY_BYTES_MIN)).partition(".")[0]


@frozen
class Claims:
    """What a verified access token says. Times are whole seconds since 1970."""

    user_id: str
    session_id: str
    token_version: int
    token_id: str
    issued_at: int
    expires_at: int


@frozen
class Tokens:
    """Issues and verifies access tokens with `key`; `now` answers seconds."""

    key: bytes = field(repr=False)
    now: Callable[[], float]

    @key.validator
    def _long_enough(self, _: object, key: bytes) -> None:
        if len(key) < SIGNING_KEY_BYTES_MIN:
            raise ValueError(f"a token key needs {SIGNING_KEY_BYTES_MIN} bytes")

    def issue(
        self, user_id: str, session_id: str, token_version: int, ttl_s: int
    ) -> str:
        """A token that is good from now on for `ttl_s` seconds."""
        now = int(self.now())
        claims = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": user_id, "sid": session_id,
            "ver": token_version, "jti": secrets.token_urlsafe(16),
            "iat": now, "nbf": now, "exp": now + ttl_s,
        }  # fmt: skip
        return _encode(claims, self.key)

    def verify(self, token: str) -> Claims:
        """The claims of a token of ours whose time it is.

        `TokenInvalid` for all that we did not sign, in the same words; then
        `TokenMisused`, `TokenExpired`, `TokenEarly`. `detail` says what was wrong.
        """
        _check_form(token)
        claims = _read_claims(_decode(token, self.key))
        now = self.now()
        if now >= claims.expires_at:
            raise TokenExpired("The access token has expired.", hint="Refresh it.")
        if claims.issued_at > now + TOKEN_SKEW_S_MAX:
            raise TokenEarly("The access token is not valid yet.")
        return claims


def _refuse(detail: str) -> NoReturn:
    raise TokenInvalid(
        "The access token is not valid.", hint="Sign in again.", detail=detail
    )


def _check_form(token: str) -> None:
    if len(token) > TOKEN_BYTES_MAX:
        _refuse("longer than any of ours")
    if _FORM.fullmatch(token) is None:
        _refuse("not three parts of base64url")
    header, _, rest = token.partition(".")
    if header != _HEADER:
        _refuse("not the header of an access token")
    # The last letter of a signature has two bits that decoders drop. Two spellings
    # of one token would be two entries for the one that is looked up by its text.
    signature = rest.partition(".")[2]
    raw = base64.urlsafe_b64decode(signature + "=")
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != signature.encode("ascii"):
        _refuse("a signature in another spelling")


def _decode(token: str, key: bytes) -> dict[str, Any]:
    options: Options = {
        "require": list(CLAIMS),
        "strict_aud": True,
        # Times are checked in `verify`, by the clock that was passed in.
        "verify_exp": False,
        "verify_nbf": False,
        "verify_iat": False,
    }
    try:
        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options=options,
        )
    except (jwt.InvalidAudienceError, jwt.InvalidIssuerError) as error:
        raise TokenMisused(
            "The access token is meant for something else.", detail=str(error)
        ) from error
    except jwt.InvalidTokenError as error:
        _refuse(str(error))


def _read_claims(payload: dict[str, Any]) -> Claims:
    times = [_whole(payload, name) for name in ("iat", "nbf", "exp")]
    return Claims(
        user_id=_uuid(payload, "sub"),
        session_id=_uuid(payload, "sid"),
        token_version=_whole(payload, "ver"),
        token_id=str(payload["jti"]),
        # The later of the two: before it the token is early, whichever says so.
        issued_at=max(times[:2]),
        expires_at=times[2],
    )


def _whole(payload: dict[str, Any], name: str) -> int:
    value = payload[name]
    if type(value) is not int:
        _refuse(f"{name} is not a whole number")
    return value


def _uuid(payload: dict[str, Any], name: str) -> str:
    value = payload[name]
    try:
        return str(UUID(value))
    except (ValueError, AttributeError, TypeError):
        _refuse(f"{name} is not a UUID")


def first_refresh_token() -> str:
    """The refresh token of a new session: 32 random bytes as 43 letters."""
    return secrets.token_urlsafe(32)


def next_refresh_token(key: bytes, spent: str) -> str:
    """The one successor that a refresh token can have.

    It is computed, not drawn, so that it can be given again to a client that lost
    the answer, where that is allowed, while the database holds nothing but its hash.
    """
    digest = hmac.digest(key, spent.encode("utf-8", "surrogatepass"), "sha256")
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def refresh_token_hash(token: str) -> bytes:
    """What is stored of a refresh token: its SHA-256."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
