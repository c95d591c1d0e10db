"""Invoices of one line, and terms of two halves."""

from __future__ import annotations

from tests.daemon.seeds import Body, Recipes, Record, Seeds


def invoice(seeds: Seeds) -> Body:
    """What a draft of one line takes."""
    line = {"description": "Tea", "unit_price": "12.50"}
    return {"company_id": seeds.of_model("crm.companies"), "lines": [line]}


def invoice_line(seeds: Seeds) -> Record:
    """A line of an invoice."""
    of = seeds.known("/api/invoicing/invoices")["id"]
    return seeds.first(f"/api/invoicing/lines?invoice_id=eq.{of}")


def allocation(seeds: Seeds) -> Record:
    """What a payment paid of an invoice."""
    of = seeds.fresh("/api/invoicing/invoices")["id"]
    seeds.done("POST", f"/api/invoicing/invoices/{of}/post")
    money = {"invoice_id": of, "amount": "1"}
    seeds.done("POST", "/api/invoicing/payments", money)
    return seeds.first(f"/api/invoicing/allocations?invoice_id=eq.{of}")


def term(seeds: Seeds) -> Body:
    """Terms of two halves."""
    half = {"share": "percent", "value": "50"}
    return {"name": f"terms {seeds.number()}", "parts": [half, {**half, "days": 30}]}


RECIPES = Recipes(
    bodies={
        "/api/invoicing/invoices": invoice,
        "/api/invoicing/terms": term,
    },
    before={"/api/invoicing/invoices/{id}/credit": ("POST /post",)},
    records={
        "/api/invoicing/allocations": allocation,
        "/api/invoicing/lines": invoice_line,
    },
)
