"""Who is paid, by which rules, and the payslips of it."""

from __future__ import annotations

from tests.daemon.recipes.hr import under_contract
from tests.daemon.seeds import TODAY, Body, Recipes, Record, Seeds


def worker(seeds: Seeds) -> Body:
    """Somebody with a contract, whom nobody has paid yet."""
    return {"employee_id": under_contract(seeds)["id"]}


def run(seeds: Seeds) -> Body:
    """What makes a run for one person."""
    return {"employee_ids": [under_contract(seeds)["id"]]}


def structure(seeds: Seeds) -> Body:
    """A salary structure of one rule."""
    rule = {"code": "basic", "name": "Base pay", "formula": "base_pay"}
    return {"name": f"structure {seeds.number()}", "rules": [rule]}


def payslip_line(seeds: Seeds) -> Record:
    """A line of a payslip."""
    slip = seeds.known("/api/payroll/payslips")["id"]
    return seeds.first(f"/api/payroll/lines?payslip_id=eq.{slip}")


def pay_input(seeds: Seeds) -> Body:
    """A bonus."""
    employee = seeds.of_model("hr.employees")
    return {"employee_id": employee, "code": "bonus", "amount": "1"}


def assignment(seeds: Seeds) -> Body:
    """The structure of somebody who has none yet."""
    return {**worker(seeds), "structure_id": seeds.of_model("payroll.structures")}


_COMPUTED = ("POST /compute",)
_POSTED = (*_COMPUTED, "POST /post")
RECIPES = Recipes(
    bodies={
        "/api/payroll/assignments": assignment,
        "/api/payroll/assignments/{id}": lambda _: {"from": TODAY.isoformat()},
        "/api/payroll/inputs": pay_input,
        "/api/payroll/payees": lambda seeds: {**worker(seeds), "holder": "Ann"},
        "/api/payroll/payslips": worker,
        "/api/payroll/runs": run,
        "/api/payroll/structures": structure,
    },
    records={"/api/payroll/lines": payslip_line},
    before={
        "/api/payroll/runs/{id}/post": _COMPUTED,
        "/api/payroll/runs/{id}/pay": _POSTED,
        "/api/payroll/runs/{id}/cancel-payment": (*_POSTED, "POST /pay"),
        "/api/payroll/runs/{id}/reverse": _POSTED,
    },
)
