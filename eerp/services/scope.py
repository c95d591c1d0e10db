"""Which company a service acts in, and what of others its caller may see."""

from __future__ import annotations

from collections.abc import Iterator

from eerp.interfaces import ServiceContext
from eerp.orm.access import companies_of

__all__ = ["NAME_SCHEMA", "VISIBLE", "company", "seeing", "user"]

NAME_SCHEMA = {"type": "string", "pattern": "^[a-z][a-z0-9_.-]{0,99}$"}
"""What a module may call a thing of its own: a sequence, a setting."""
VISIBLE = "(company_id IS NULL OR company_id = ANY(%s::uuid[]) OR %s)"
"""A condition on rows that have a `company_id`; its parameters are `seeing`."""


def company(context: ServiceContext) -> str | None:
    """The company that the user acts in; None for nobody's or no company."""
    return None if context.identity is None else context.identity.company_id


def seeing(context: ServiceContext) -> Iterator[list[str] | bool]:
    """The parameters of `VISIBLE`."""
    identity = context.identity
    yield companies_of(identity)
    yield identity is not None and identity.unscoped


def user(context: ServiceContext) -> str | None:
    """For whom the request is done, by id."""
    return None if context.identity is None else context.identity.user_id
