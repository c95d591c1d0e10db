"""What may be a username, a role's name, and a permission."""

from __future__ import annotations

import re

from eerp.errors import Fault, ValidationFailed
from eerp.limits import (
    PERMISSION_CHARACTERS_MAX,
    ROLE_NAME_CHARACTERS_MAX,
    USERNAME_CHARACTERS_MAX,
)

__all__ = [
    "check_permission", "check_role_name", "check_username", "fold_username",
    "is_username",
]  # fmt: skip

# ASCII only: no two usernames look alike, and none depends on a normal form.
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@+-]*", re.ASCII)
_ROLE = re.compile(r"[a-z][a-z0-9_-]*", re.ASCII)
_PERMISSION = re.compile(r"\*|[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*(\.\*)?", re.ASCII)


def fold_username(username: str) -> str:
    """The form in which usernames are stored and compared: lower case."""
    # Letters beyond ASCII stay: the Kelvin sign, for one, would become a plain k.
    return username.lower() if username.isascii() else username


def is_username(folded: str) -> bool:
    """Whether a user can have this name, which `fold_username` answered."""
    fits = len(folded) <= USERNAME_CHARACTERS_MAX
    return fits and _USERNAME.fullmatch(folded) is not None


def check_username(username: str) -> str:
    """`username` folded; `ValidationFailed` when it is not one."""
    folded = fold_username(username)
    if not is_username(folded):
        raise _invalid(
            "/username",
            f"A username is 1 to {USERNAME_CHARACTERS_MAX} letters a-z, digits, "
            "or . _ @ + - after the first.",
        )
    return folded


def check_role_name(name: str) -> str:
    """`name`; `ValidationFailed` when no role can have it."""
    if len(name) > ROLE_NAME_CHARACTERS_MAX or not _ROLE.fullmatch(name):
        raise _invalid(
            "/role",
            f"A role name is 1 to {ROLE_NAME_CHARACTERS_MAX} lower-case letters, "
            "digits, _ or -, and begins with a letter.",
        )
    return name


def check_permission(permission: str) -> str:
    """`permission`; `ValidationFailed` unless it is a name, a prefix.*, or *."""
    too_long = len(permission) > PERMISSION_CHARACTERS_MAX
    if too_long or not _PERMISSION.fullmatch(permission):
        raise _invalid(
            "/permissions",
            "A permission is a name such as crm.contacts.read, a part of it with a "
            "star such as crm.*, or * alone.",
        )
    return permission


def _invalid(pointer: str, message: str) -> ValidationFailed:
    return ValidationFailed(message, errors=(Fault(pointer, "invalid", message),))
