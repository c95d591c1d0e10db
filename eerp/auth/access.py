"""May this caller do that? Deny by default."""

from __future__ import annotations

from eerp.errors import Forbidden, Unauthenticated
from eerp.interfaces import Identity

__all__ = ["require", "signed_in"]


def signed_in(identity: Identity | None) -> Identity:
    """The caller, or `Unauthenticated` when there is none."""
    if identity is None:
        raise Unauthenticated(
            "This needs a signed-in user.",
            hint="Send an access token: Authorization: Bearer ...",
        )
    return identity


def require(identity: Identity | None, permission: str | None) -> None:
    """Return when the caller may; `permission` None means that everybody may.

    Otherwise `Unauthenticated` without an identity, or `Forbidden`, which names
    the permission that is lacking.
    """
    if permission is None:
        return
    caller = signed_in(identity)
    if not caller.may(permission):
        raise Forbidden(
            f"This needs the permission {permission}.",
            hint="An administrator can give it through one of your roles.",
            detail=f"user {caller.username} lacks {permission}",
        )
