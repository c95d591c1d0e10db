"""`eerp.settings.get` and `.set`: JSON under a key, for one company or for all.

Each change is kept with who made it, what was there before, and in which request.
"""

from __future__ import annotations

from typing import Any

import orjson

from eerp import limits
from eerp.errors import Fault, ValidationFailed
from eerp.interfaces import ServiceContext, Statement
from eerp.services.offer import CoreOffer
from eerp.services.scope import NAME_SCHEMA, company, user

__all__ = ["SETTINGS"]

# The company's own comes before what holds for all.
_GET = (
    "SELECT value::text, company_id IS NOT NULL, to_jsonb(set_at)#>>'{}', set_by"
    " FROM eerp.settings WHERE module = %s AND key = %s"
    " AND (company_id IS NULL OR company_id = %s)"
    " ORDER BY company_id NULLS LAST LIMIT 1"
)
_SET = (
    "INSERT INTO eerp.settings (module, company_id, key, value, set_by)"
    " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (module, company_id, key) DO UPDATE"
    " SET value = excluded.value, set_by = excluded.set_by, set_at = now()"
)
_UNSET = (
    "DELETE FROM eerp.settings"
    " WHERE module = %s AND company_id IS NOT DISTINCT FROM %s AND key = %s"
)


async def _get(context: ServiceContext, given: dict[str, Any]) -> dict[str, Any]:
    owner = company(context) if given.get("scope", "company") == "company" else None
    asked = Statement(_GET, (context.module, given["key"], owner))
    rows = await context.transaction.run(asked)
    if not rows:
        return {"value": None, "scope": None, "set_at": None, "set_by": None}
    value, own, set_at, set_by = rows[0]
    return {
        "value": orjson.loads(value),
        "scope": "company" if own else "global",
        "set_at": set_at,
        "set_by": set_by,
    }


async def _set(context: ServiceContext, given: dict[str, Any]) -> dict[str, Any]:
    key, value, owner = given["key"], given["value"], _owner(context, given["scope"])
    if value is None:
        await context.transaction.run(Statement(_UNSET, (context.module, owner, key)))
        return {}
    text = orjson.dumps(value)
    if len(text) > limits.SETTING_BYTES_MAX:
        raise _wrong(
            "/value", "too_large", f"has more than {limits.SETTING_BYTES_MAX} bytes"
        )
    parameters = (context.module, owner, key, text.decode(), user(context))
    await context.transaction.run(Statement(_SET, parameters))
    return {}


def _owner(context: ServiceContext, scope: str) -> str | None:
    if scope == "global":
        return None
    owner = company(context)
    if owner is None:
        raise _wrong("/scope", "company", "is for a user who acts in a company")
    return owner


def _wrong(pointer: str, code: str, words: str) -> ValidationFailed:
    return ValidationFailed(
        f"The setting's {pointer[1:]} {words}.", errors=(Fault(pointer, code, words),)
    )


_SCOPE = {"enum": ["company", "global"]}
SETTINGS = (
    CoreOffer(
        name="eerp.settings.get",
        summary="A setting of the module: the company's own, or what holds for all",
        input={
            "type": "object",
            "additionalProperties": False,
            "required": ["key"],
            "properties": {"key": NAME_SCHEMA, "scope": _SCOPE},
        },
        output={
            "type": "object",
            "required": ["value", "scope", "set_at", "set_by"],
            "properties": {
                "value": True,
                "scope": {"enum": ["company", "global", None]},
                "set_at": {"type": ["string", "null"], "format": "date-time"},
                "set_by": {"type": ["string", "null"]},
            },
        },
        run=_get,
    ),
    CoreOffer(
        name="eerp.settings.set",
        summary="Keep a setting of the module; null takes it away",
        input={
            "type": "object",
            "additionalProperties": False,
            "required": ["key", "value", "scope"],
            "properties": {"key": NAME_SCHEMA, "value": True, "scope": _SCOPE},
        },
        output={"type": "object", "properties": {}},
        run=_set,
    ),
)
"""The services of the settings."""
