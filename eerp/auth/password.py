"""Passwords: the policy for new ones, argon2id hashes, verification in threads."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from twisted.internet.defer import Deferred, DeferredSemaphore, maybeDeferred

from eerp.errors import Fault, Overloaded, ValidationFailed
from eerp.limits import (
    LOGIN_HASHES_AT_ONCE_MAX,
    LOGIN_HASHES_WAITING_MAX,
    PASSWORD_CHARACTERS_MAX,
    PASSWORD_CHARACTERS_MIN,
)

__all__ = [
    "DeferToThread", "Passwords", "check_password", "common_passwords",
    "random_password",
]  # fmt: skip

DeferToThread = Callable[..., "Deferred[Any]"]
"""`twisted.internet.threads.deferToThread`, or a double in tests."""

T = TypeVar("T")

# About 70 ms on one core of 2026, and 46 MiB for each hash under way. Users whose
# hash has other parameters get a new one when they next sign in.
ARGON2_PASSES = 2
ARGON2_MEMORY_KIB = 46 * 1024
ARGON2_LANES = 1
ARGON2_SALT_BYTES = 16
ARGON2_HASH_BYTES = 32
_RANDOM_BYTES = 18

_HASHER = PasswordHasher(
    time_cost=ARGON2_PASSES,
    memory_cost=ARGON2_MEMORY_KIB,
    parallelism=ARGON2_LANES,
    hash_len=ARGON2_HASH_BYTES,
    salt_len=ARGON2_SALT_BYTES,
    type=Type.ID,
)


@cache
def common_passwords() -> frozenset[str]:
    """The commonest passwords, case folded; none may be chosen."""
    text = files(__package__).joinpath("common_passwords.txt").read_text("utf-8")
    lines = (line.strip() for line in text.splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))


def random_password() -> str:
    """A password that nobody guesses."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def check_password(password: str, username: str) -> None:
    """`ValidationFailed` unless `password` may be set for `username`.

    It is taken exactly as received: not trimmed, cut, or normalised.
    """
    fault = _password_fault(password, username)
    if fault is not None:
        code, message = fault
        raise ValidationFailed(message, errors=(Fault("/password", code, message),))


def _password_fault(password: str, username: str) -> tuple[str, str] | None:
    if len(password) < PASSWORD_CHARACTERS_MIN:
        return "too_short", (
            f"The password needs at least {PASSWORD_CHARACTERS_MIN} characters."
        )
    if len(password) > PASSWORD_CHARACTERS_MAX:
        return "too_long", (
            f"The password has more than {PASSWORD_CHARACTERS_MAX} characters."
        )
    if not _is_text(password):
        return "not_text", "The password holds half a character (a lone surrogate)."
    folded = password.casefold()
    if folded == username.casefold():
        return "is_username", "The password is the same as the username."
    if folded in common_passwords():
        return "too_common", "The password is one of the commonest; choose another."
    return None


def _is_text(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _as_bytes(password: str) -> bytes:
    # A lone surrogate matches no stored password; it must not raise either.
    return password.encode("utf-8", "surrogatepass")


def _unpadded(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii").rstrip("=")


def _matchless_hash() -> str:
    """A hash of today's parameters that no password has."""
    salt = _unpadded(secrets.token_bytes(ARGON2_SALT_BYTES))
    digest = _unpadded(secrets.token_bytes(ARGON2_HASH_BYTES))
    costs = f"m={ARGON2_MEMORY_KIB},t={ARGON2_PASSES},p={ARGON2_LANES}"
    return f"$argon2id$v=19${costs}${salt}${digest}"


def _verify(stored: str, password: bytes) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


class Passwords:
    """Hashes and verifies in threads, LOGIN_HASHES_AT_ONCE_MAX at a time.

    Call it on the reactor's thread. `Overloaded` when LOGIN_HASHES_WAITING_MAX
    others wait already.
    """

    def __init__(self, defer_to_thread: DeferToThread) -> None:
        self._defer_to_thread = defer_to_thread
        self._turns = DeferredSemaphore(LOGIN_HASHES_AT_ONCE_MAX)
        self._matchless = _matchless_hash()

    async def hash(self, password: str) -> str:
        """The argon2id hash to store, with its salt and parameters."""
        return await self._in_turn(_HASHER.hash, _as_bytes(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one of the hash `stored`.

        None, for a user who does not exist, is never matched and takes just as
        long: a hash is computed in both cases.
        """
        known = self._matchless if stored is None else stored
        return await self._in_turn(_verify, known, _as_bytes(password))

    def needs_rehash(self, stored: str) -> bool:
        """Whether `stored` was made with other parameters than today's."""
        return _HASHER.check_needs_rehash(stored)

    async def _in_turn(self, work: Callable[..., T], *args: Any) -> T:
        if len(self._turns.waiting) >= LOGIN_HASHES_WAITING_MAX:
            raise Overloaded("Too many sign-ins at once.")
        await self._turns.acquire()
        answer: Deferred[T] = Deferred()

        def finish(outcome: Any) -> None:
            self._turns.release()
            answer.callback(outcome)

        # The turn ends with the thread's work, not with the caller's patience: a
        # client that hangs up must not make room for one hash more.
        maybeDeferred(self._defer_to_thread, work, *args).addBoth(finish)
        return await answer
