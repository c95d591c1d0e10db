"""The trails of what the core keeps of its own: users, roles, webhooks, settings.

The database writes them (``schema/0014_core_trail.sql``); here stands what is shown of
them, and to whom.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from eerp.interfaces import MANAGE_USERS, MANAGE_WEBHOOKS, READ_SETTINGS
from eerp.orm.audited import Source, Trail
from eerp.orm.fields import sql_type
from eerp.orm.model import Field

__all__ = ["CORE_TRAILS"]


def _source(table: str, **types: str) -> Source:
    fields = {name: _field(name, type_) for name, type_ in types.items()}
    return Source(f"eerp.{table}", fields)


def _field(name: str, type_: str) -> Field:
    known = sql_type(type_)
    assert known is not None, type_
    return Field(name, known)


_USERS = Trail(
    "eerp.users",
    (
        _source(
            "users",
            id="uuid",
            username="text",
            password_hash="text",  # noqa: S106  # the trail says only that it was set
            company_id="uuid",
            active="boolean",
            created_at="timestamptz",
        ),
        _source("user_roles", user_id="uuid", role="text"),
        _source("user_companies", user_id="uuid", company_id="uuid"),
    ),
    MANAGE_USERS,
)
_ROLES = Trail(
    "eerp.roles",
    (
        _source("roles", id="uuid", name="text", title="text"),
        _source("role_grants", role_id="uuid", role="text", permission="text"),
    ),
    MANAGE_USERS,
)
_WEBHOOKS = Trail(
    "eerp.webhooks",
    (
        _source(
            "webhooks",
            id="uuid",
            url="text",
            topics="text[]",
            active="boolean",
            generation="integer",
            fingerprint="text",
            retiring_until="timestamptz",
            created_at="timestamptz",
            created_by="text",
        ),
    ),
    MANAGE_WEBHOOKS,
)
_SETTINGS = Trail(
    "eerp.settings",
    (
        _source(
            "settings", id="uuid", module="text", company_id="uuid", key="text",
            value="jsonb",
        ),
    ),
    READ_SETTINGS,
    company="company_id",
    table="eerp.settings",
)  # fmt: skip

CORE_TRAILS: Mapping[str, Trail] = MappingProxyType(
    {each.name: each for each in (_USERS, _ROLES, _WEBHOOKS, _SETTINGS)}
)
"""These trails by their names."""
