"""The models whose records belong to an own company, and a secret for each."""

from __future__ import annotations

from typing import Any

NOBODY = "018f0000-0000-7000-8000-000000000000"
CANARY = "canary-of-another-company"
# What each model is given, twice; the secret is in the first field. A number, 1 or 2,
# is put in where two records must not be alike.
SCOPED: dict[str, dict[str, Any]] = {
    "accounting.accounts": {"name": CANARY, "code": "98{n}", "type": "asset"},
    "accounting.entries": {"narration": CANARY},
    "accounting.fiscal_years": {
        "name": CANARY, "starts_on": "300{n}-01-01", "ends_on": "300{n}-01-31",
    },
    "accounting.journals": {"name": CANARY, "code": "CAN{n}"},
    "accounting.taxes": {"name": CANARY},
    "crm.leads": {"title": CANARY},
    "crm.opportunities": {"name": CANARY},
    "core.activities": {"subject": CANARY},
    "core.attachments": {
        "name": CANARY, "model": "crm.leads", "record_id": NOBODY, "content": "YQ==",
    },
    "hr.departments": {"name": CANARY},
    "hr.employees": {"name": CANARY, "hired_on": "2020-01-01"},
    "hr.positions": {"name": CANARY},
    "hr.public_holidays": {"name": CANARY, "date": "2020-12-2{n}"},
    "hr.working_schedules": {"name": CANARY},
    "hr.attendance": {"note": CANARY, "check_in": "2020-02-0{n}T08:00:00Z"},
    "hr.contracts": {"notes": CANARY, "from": "2020-0{n}-01", "to": "2020-0{n}-28"},
    "hr.leave_requests": {"note": CANARY, "from": "2020-02-1{n}"},
    "inventory.categories": {"name": CANARY},
    "inventory.counts": {"notes": CANARY},
    "inventory.items": {"name": CANARY},
    "inventory.locations": {"name": CANARY},
    "inventory.lots": {"notes": CANARY, "name": "Lot {n}"},
    "inventory.transfers": {"notes": CANARY, "kind": "receipt"},
    "inventory.warehouses": {"name": CANARY, "code": "CAN{n}"},
    "invoicing.invoices": {"remarks": CANARY},
    "payroll.inputs": {"notes": CANARY, "code": "bonus", "amount": "1"},
    "payroll.runs": {"name": CANARY},
    "payroll.structures": {"notes": CANARY, "name": "Structure {n}"},
}  # fmt: skip
NEEDED = {
    "hr.attendance": {"employee_id": "hr.employees"},
    "hr.contracts": {"employee_id": "hr.employees"},
    "hr.leave_requests": {
        "employee_id": "hr.employees", "leave_type_id": "hr.leave_types",
    },
    "inventory.lots": {"item_id": "inventory.items"},
    "invoicing.invoices": {"company_id": "crm.companies"},
    "payroll.inputs": {"employee_id": "hr.employees"},
}  # fmt: skip
"""The records that others of theirs refer to."""
# These have no text of anybody's in which a secret could be, are not made by a route of
# their own, or not twice alike.
SCOPED_WITHOUT_TEXT = {
    "accounting.lines", "accounting.matches", "accounting.payments",
    "accounting.periods", "accounting.statement_lines", "accounting.statements",
    "core.rates", "crm.stage_changes", "hr.allocations", "hr.leave_entries",
    "hr.paid_periods", "invoicing.allocations", "invoicing.lines",
    "invoicing.payments", "inventory.moves", "inventory.reorder_rules",
    "payroll.assignments", "payroll.lines", "payroll.payees", "payroll.payslips",
}  # fmt: skip
NEVER_PURGED = {"core.attachments"}


def list_of(model: str) -> str:
    """The path of its list."""
    return f"/api/{model.replace('.', '/').replace('_', '-')}"


def filled(
    model: str, values: dict[str, Any], number: int, made: dict[str, str]
) -> dict[str, Any]:
    """A body with the number, and the records that it needs."""
    body = {name: str(value).format(n=number) for name, value in values.items()}
    return body | {name: made[of] for name, of in NEEDED.get(model, {}).items()}
