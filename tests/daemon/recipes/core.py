"""Rates, files and quantities."""

from __future__ import annotations

from tests.daemon.seeds import Body, Recipes, Seeds


def rate(seeds: Seeds) -> Body:
    """A rate of a pair that has none."""
    one, other = (seeds.fresh("/api/core/currencies")["id"] for _ in range(2))
    return {"currency_id": one, "to_id": other, "date": "2026-01-01", "rate": "1.5"}


def attachment(seeds: Seeds) -> Body:
    """A small file of a tag."""
    tag = seeds.known("/api/crm/tags")
    return {
        "model": "crm.tags", "record_id": tag["id"], "content": "YQ==",
        "name": f"file {seeds.number()}.txt",
    }  # fmt: skip


def conversion(seeds: Seeds) -> Body:
    """A quantity that stays in its unit."""
    unit = seeds.known("/api/core/units")["id"]
    return {"items": [{"quantity": "1.5", "from": unit, "to": unit}]}


RECIPES = Recipes(
    bodies={
        "/api/core/attachments": attachment,
        "/api/core/rates": rate,
        "/api/core/rates/{id}": lambda _: {"rate": "2"},
        "/api/core/settings/{key}": lambda _: {"value": "USD"},
        "/api/core/units/convert": conversion,
    },
    before={"/api/core/activities/{id}/reopen": ("POST /complete",)},
)
