"""The nine employees with their contracts, and what they were paid in April 1998."""

from __future__ import annotations

from collections.abc import Collection

from demo.northwind.client import Record
from demo.northwind.load import Loader
from demo.northwind.staff import Worker

__all__ = ["load_payroll", "load_staff"]

OURS = "like.NW-E*"
DEPARTMENT = "Sales"
RUN = {"name": "Northwind, April 1998", "from": "1998-04-01", "to": "1998-04-30"}
RUNS = "/api/payroll/runs"


async def load_staff(loader: Loader, staff: Collection[Worker]) -> None:
    """All employees, nobody before their boss."""
    shelf = loader.shelf
    departments = await shelf("/api/hr/departments", "name").open()
    positions = await shelf("/api/hr/positions", "name").open()
    employees = await shelf("/api/hr/employees", "number").open(number=OURS)
    contracts = await shelf("/api/hr/contracts", "employee_id").open(
        **{"employee.number": OURS}
    )
    department = {
        "department_id": (await departments.ensure({"name": DEPARTMENT}))["id"]
    }
    for title in sorted({worker.title for worker in staff}):
        await positions.ensure({"name": title} | department)

    async def hire(worker: Worker) -> None:
        place = department | {"position_id": positions.id_of(worker.title)}
        if worker.boss:
            place["manager_id"] = employees.id_of(worker.boss)
        employee = await employees.ensure(_employee(worker) | place)
        agreed = {
            "from": worker.hired,
            "pay_basis": "monthly",
            "wage": str(worker.wage),
        }
        await contracts.ensure({"employee_id": employee["id"]} | agreed | place)

    await loader.each("employees", staff, hire, at_once=1)


async def load_payroll(loader: Loader) -> None:
    """One payroll run: computed, and posted to the ledger."""
    runs = await loader.shelf(RUNS, "name").open(name=f"eq.{RUN['name']}")
    run = await runs.ensure(RUN)
    await loader.once(run, RUNS, "compute", when="draft")
    await loader.once(run, RUNS, "post", when="computed")


def _employee(worker: Worker) -> Record:
    return {
        "number": worker.number,
        "first_name": worker.first_name,
        "last_name": worker.last_name,
        "hired_on": worker.hired,
        "birthday": worker.born,
        "private_phone": worker.phone,
    }
