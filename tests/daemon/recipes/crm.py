"""Sales that went on, and people and companies that were kept twice."""

from __future__ import annotations

from tests.daemon.seeds import Body, Recipes, Record, Seeds


def stage_change(seeds: Seeds) -> Record:
    """A step of an opportunity to another stage."""
    sale = seeds.fresh("/api/crm/opportunities")["id"]
    seeds.done("POST", f"/api/crm/opportunities/{sale}/win")
    return seeds.first(f"/api/crm/stage-changes?opportunity_id=eq.{sale}")


def merge(seeds: Seeds) -> Record:
    """A company that went into another."""
    stays = seeds.fresh("/api/crm/companies")["id"]
    seeds.done("POST", f"/api/crm/companies/{stays}/merge", _goes(seeds, "companies"))
    return seeds.first(f"/api/crm/merges?stays_id=eq.{stays}")


def _goes(seeds: Seeds, resource: str) -> Body:
    """A new company or contact that goes into another."""
    return {"merged_id": seeds.fresh(f"/api/crm/{resource}")["id"]}


RECIPES = Recipes(
    bodies={
        "/api/crm/companies/{id}/merge": lambda seeds: _goes(seeds, "companies"),
        "/api/crm/contacts/{id}/merge": lambda seeds: _goes(seeds, "contacts"),
    },
    records={
        "/api/crm/merges": merge,
        "/api/crm/stage-changes": stage_change,
    },
    before={"/api/crm/opportunities/{id}/reopen": ("POST /win",)},
)
