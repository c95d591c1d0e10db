"""Northwind's nine employees."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from attrs import frozen

from demo.northwind.table import HERE, read_rows, text

__all__ = ["Worker", "read_staff"]

# Northwind does not say what people earn: so the demo pays by what they do.
WAGES = {
    "Vice President, Sales": Decimal(9200),
    "Sales Manager": Decimal(6100),
    "Inside Sales Coordinator": Decimal(3900),
    "Sales Representative": Decimal(4300),
}


@frozen
class Worker:
    """An employee; `boss` is the number of another one, or None."""

    number: str
    first_name: str
    last_name: str
    title: str
    born: str
    hired: str
    phone: str | None
    boss: str | None
    wage: Decimal


def read_staff(folder: Path = HERE) -> list[Worker]:
    """All employees, those who have no boss first, and nobody before their boss.

    Raises:
        DemoError: a file is missing or not as expected.
    """
    waiting = {
        _number(row["employee_id"]): Worker(
            number=_number(row["employee_id"]),
            first_name=row["first_name"],
            last_name=row["last_name"],
            title=row["title"],
            born=row["birth_date"],
            hired=row["hire_date"],
            phone=text(row["home_phone"]),
            boss=_number(row["reports_to"]) if row["reports_to"] else None,
            wage=WAGES[row["title"]],
        )
        for row in read_rows(folder, "employees")
    }
    ordered: list[Worker] = []
    while waiting:
        ready = [one for one in waiting.values() if one.boss not in waiting]
        ordered += ready
        for worker in ready:
            del waiting[worker.number]
    return ordered


def _number(employee_id: str) -> str:
    return f"NW-E{employee_id}"
