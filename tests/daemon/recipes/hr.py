"""Employees who have nothing yet, their leave and their hours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.daemon.seeds import MONDAY, TODAY, Body, Recipes, Record, Seeds


def employee(seeds: Seeds) -> Body:
    """Somebody who is employed for years."""
    name = f"Employee {seeds.number()}"
    return {"name": name, "hired_on": f"{TODAY.year - 2}-01-01"}


def of_employee(seeds: Seeds, **more: Any) -> Body:
    """Something of an employee who has nothing yet."""
    return {"employee_id": seeds.fresh("/api/hr/employees")["id"], **more}


def leave(seeds: Seeds) -> Body:
    """A day of leave that needs no allocation."""
    kind = seeds.first("/api/hr/leave-types?code=eq.SL")["id"]
    return of_employee(seeds, leave_type_id=kind, **{"from": MONDAY.isoformat()})


def under_contract(seeds: Seeds) -> Record:
    """An employee who works for a wage."""
    contract = of_employee(seeds, wage="1000")
    seeds.done("POST", "/api/hr/contracts", contract)
    return {"id": contract["employee_id"]}


def attended(seeds: Seeds) -> Body:
    """A morning at work."""
    day = TODAY - timedelta(days=1)
    hours = {"check_in": f"{day}T08:00:00Z", "check_out": f"{day}T12:00:00Z"}
    return of_employee(seeds, **hours)


def checked_in(seeds: Seeds) -> Body:
    """An employee who is at work."""
    body = of_employee(seeds)
    seeds.done("POST", "/api/hr/attendance/check-in", body)
    return body


def leave_entry(seeds: Seeds) -> Record:
    """The days of an allocation."""
    seeds.known("/api/hr/allocations")
    return seeds.first("/api/hr/leave-entries")


RECIPES = Recipes(
    bodies={
        "/api/hr/employees": employee,
        "/api/hr/employees/hire": employee,
        "/api/hr/employees/{id}/move": lambda _: {"wage": "1100"},
        "/api/hr/contracts": of_employee,
        "/api/hr/contracts/{id}": lambda _: {"wage": "1100"},
        "/api/hr/leave-requests": leave,
        "/api/hr/attendance": attended,
        "/api/hr/attendance/check-in": of_employee,
        "/api/hr/attendance/check-out": checked_in,
    },
    records={
        "/api/hr/employees/{id}/move": under_contract,
        "/api/hr/leave-entries": leave_entry,
    },
    before={
        "/api/hr/employees/{id}/reinstate": ("POST /terminate",),
        "/api/hr/leave-requests/{id}/approve": ("POST /submit",),
        "/api/hr/leave-requests/{id}/refuse": ("POST /submit",),
    },
)
