"""The signing key, and the keys that are derived from it, one for each purpose."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path
from typing import Literal

from attrs import field, frozen

from eerp.auth.secret_file import create_secret, read_secret
from eerp.errors import StartupError
from eerp.limits import SIGNING_KEY_BYTES_MIN

__all__ = ["SIGNING_KEY_NAME", "Keys", "Purpose", "check_keys", "load_keys"]

SIGNING_KEY_NAME = "signing-key"
Purpose = Literal["token", "refresh", "cursor", "module-cache", "webhook"]


@frozen
class Keys:
    """Derives 32-byte keys from one secret (HKDF with SHA-256, one block).

    A key for one purpose tells nothing about the secret or the other keys.
    """

    _root: bytes = field(repr=False)

    @classmethod
    def from_secret(cls, secret: bytes) -> Keys:
        """Keys of `secret`, which has SIGNING_KEY_BYTES_MIN bytes or more."""
        if len(secret) < SIGNING_KEY_BYTES_MIN:
            raise ValueError(f"a signing key needs {SIGNING_KEY_BYTES_MIN} bytes")
        return cls(hmac.digest(b"eerp signing key, version 1", secret, "sha256"))

    def derive(self, purpose: Purpose) -> bytes:
        """The key for `purpose`: always the same 32 bytes."""
        return hmac.digest(self._root, purpose.encode() + b"\x01", "sha256")


def load_keys(state_dir: Path, signing_key_file: Path | None = None) -> Keys:
    """Keys of `signing_key_file`, or of state_dir/signing-key, made when missing.

    A file that the configuration names is never made: a wrong path must not end in
    a new key, which would sign every user out. `StartupError` when the file cannot
    be read, others can read it, or it has fewer than 32 bytes.
    """
    if signing_key_file is not None:
        return _read_keys(signing_key_file)
    path = state_dir / SIGNING_KEY_NAME
    if not os.path.lexists(path):
        create_secret(path, secrets.token_bytes(SIGNING_KEY_BYTES_MIN))
    return _read_keys(path)


def check_keys(state_dir: Path, signing_key_file: Path | None = None) -> None:
    """Raise the `StartupError` that `load_keys` would, and make no key."""
    path = signing_key_file or state_dir / SIGNING_KEY_NAME
    if signing_key_file is not None or os.path.lexists(path):
        _read_keys(path)


def _read_keys(path: Path) -> Keys:
    secret = read_secret(path)
    if len(secret) < SIGNING_KEY_BYTES_MIN:
        raise StartupError(
            f"the signing key {path} has {len(secret)} bytes "
            f"and needs {SIGNING_KEY_BYTES_MIN}",
            hint=f"make one with: head -c 32 /dev/urandom > {path}",
        )
    return Keys.from_secret(secret)
