"""Models whose records and fields are not for everybody, related to each other."""

from __future__ import annotations

from typing import Any

from eerp.orm.registry import ModelRegistry

COUNTRIES: dict[str, Any] = {
    "name": "countries",
    "fields": [{"name": "name", "type": "text", "nullable": False}],
}
FIRMS: dict[str, Any] = {
    "name": "firms",
    "title": "firm",
    "order": [["name", "asc"]],
    "company": "company_id",
    "fields": [
        {"name": "name", "type": "text", "nullable": False},
        {"name": "company_id", "type": "uuid"},
        {"name": "country_id", "type": "uuid",
         "references": {"module": "core", "model": "countries"}},
        {"name": "rating", "type": "integer", "read": "crm.firms.rating"},
        {"name": "notes", "type": "text"},
    ],
}  # fmt: skip
DEALS: dict[str, Any] = {
    "name": "deals",
    "title": "deal",
    "order": [["title", "asc"]],
    "rules": [
        {"role": "sales", "operations": ["read"],
         "where": {"or": [
             {"field": "owner_id", "op": "eq", "value": {"identity": "user_id"}},
             {"field": "public", "op": "is", "value": True}]}},
        {"role": "sales", "operations": ["create", "update", "delete"],
         "where": {"field": "owner_id", "op": "eq", "value": {"identity": "user_id"}}},
        {"role": "keeper", "operations": ["delete"],
         "where": {"field": "owner_id", "op": "eq", "value": {"identity": "user_id"}}},
        {"role": "chief", "operations": ["read", "create", "update", "delete"]},
        {"role": "partner", "operations": ["read"],
         "where": {"field": "firm.name", "op": "eq", "value": "Acme"}},
    ],
    "fields": [
        {"name": "title", "type": "text", "nullable": False},
        {"name": "owner_id", "type": "uuid"},
        {"name": "public", "type": "boolean"},
        {"name": "firm_id", "type": "uuid",
         "references": {"module": "crm", "model": "firms"}},
        {"name": "payer_id", "type": "uuid",
         "references": {"module": "crm", "model": "firms"}},
        {"name": "parent_id", "type": "uuid",
         "references": {"module": "crm", "model": "deals"}},
        {"name": "amount", "type": "numeric(12,2)", "currency": "currency"},
        {"name": "currency", "type": "text"},
        {"name": "won_on", "type": "date"},
        {"name": "tags", "type": "text[]"},
        {"name": "margin", "type": "integer", "read": "crm.deals.margin",
         "write": "crm.deals.margin"},
        {"name": "label", "type": "text", "computed": True},
    ],
}  # fmt: skip
LOYALTY = {
    "module": "crm",
    "model": "firms",
    "table": "firms_extension",
    "fields": [
        {"name": "points", "type": "integer"},
        {"name": "patron_id", "type": "uuid", "read": "loyalty.patron",
         "references": {"module": "crm", "model": "firms"}},
        {"name": "level", "type": "text", "read": "loyalty.level",
         "write": "loyalty.level"},
    ],
}  # fmt: skip


def business() -> ModelRegistry:
    """The models of three modules; the last keeps fields of a model of the second."""
    registry = ModelRegistry()
    registry.register("core", [COUNTRIES])
    registry.register("crm", [FIRMS, DEALS], depends=["core"])
    registry.register("loyalty", [], [LOYALTY], depends=["crm"])
    registry.freeze()
    return registry
