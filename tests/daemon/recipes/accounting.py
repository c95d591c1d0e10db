"""Accounts, entries, payments and statements of a bank."""

from __future__ import annotations

from tests.daemon.seeds import Body, Recipes, Record, Seeds


def account(seeds: Seeds) -> Body:
    """What makes an account whose code is free."""
    number = seeds.number()
    return {"code": f"9{number}", "name": f"Account {number}", "type": "asset"}


def journal(seeds: Seeds) -> Body:
    """What makes a journal whose code is free."""
    number = seeds.number()
    return {"code": f"J{number}", "name": f"Journal {number}"}


def entry(seeds: Seeds) -> Body:
    """What makes an entry that may be posted."""
    of = seeds.known("/api/accounting/accounts")["id"]
    sides = ({"debit": "1"}, {"credit": "1"})
    return {"lines": [{"account_id": of, **side} for side in sides]}


def year(seeds: Seeds) -> Body:
    """What makes a year apart from the others, one day long."""
    day = f"{3000 + seeds.number()}-01-01"
    return {"name": f"Year of {day}", "starts_on": day, "ends_on": day}


def period(seeds: Seeds) -> Record:
    """The month of a year."""
    of = seeds.fresh("/api/accounting/fiscal-years")["id"]
    return seeds.first(f"/api/accounting/periods?fiscal_year_id=eq.{of}")


def entry_line(seeds: Seeds) -> Record:
    """A line of an entry."""
    seeds.known("/api/accounting/entries")
    return seeds.first("/api/accounting/lines")


def payment(seeds: Seeds) -> Record:
    """A payment that nothing is paid with yet."""
    money = {"direction": "incoming", "amount": "1"}
    made = seeds.done("POST", "/api/accounting/payments", money)
    return dict(seeds.done("GET", f"/api/accounting/payments/{made['payment_id']}"))


def match(seeds: Seeds) -> Record:
    """A payment and what it paid."""
    line = _owed(seeds)
    money = {"direction": "incoming", "amount": "1", "line_ids": [line]}
    seeds.done("POST", "/api/accounting/payments", money)
    return seeds.first(f"/api/accounting/matches?debit_line_id=eq.{line}")


def _owed(seeds: Seeds) -> str:
    """The posted line of what somebody owes."""
    owed = seeds.first("/api/accounting/accounts?purpose=eq.receivable")["id"]
    other = seeds.known("/api/accounting/accounts")["id"]
    lines = [
        {"account_id": owed, "debit": "1"},
        {"account_id": other, "credit": "1"},
    ]
    made = seeds.done("POST", "/api/accounting/entries", {"lines": lines})["id"]
    posted = seeds.done("POST", f"/api/accounting/entries/{made}/post")
    return str(posted["lines"][0]["id"])


def reconciliation(seeds: Seeds) -> Body:
    """Two lines that may be settled with each other."""
    undone = match(seeds)
    seeds.done("POST", f"/api/accounting/matches/{undone['id']}/undo")
    return {"line_ids": [undone["debit_line_id"], undone["credit_line_id"]]}


def statement_file(seeds: Seeds) -> Body:
    """What a bank sends."""
    return {"content": f"date,amount\n2026-01-31,{seeds.number()}.00\n"}


def statement(seeds: Seeds) -> Record:
    """A statement of a bank, with one line."""
    path = "/api/accounting/statements"
    made = seeds.done("POST", f"{path}/import", statement_file(seeds))
    return dict(seeds.done("GET", f"{path}/{made['statement_ids'][0]}"))


def statement_line(seeds: Seeds) -> Record:
    """The line of a statement."""
    of = statement(seeds)["id"]
    return seeds.first(f"/api/accounting/statement-lines?statement_id=eq.{of}")


def booking(seeds: Seeds) -> Body:
    """What a line of a statement is booked to."""
    return {"account_id": seeds.known("/api/accounting/accounts")["id"]}


_CHART = "code,name,type\n990000,Imported,asset\n"
RECIPES = Recipes(
    bodies={
        "/api/accounting/accounts": account,
        "/api/accounting/accounts/import": lambda _: {"csv": _CHART},
        "/api/accounting/entries": entry,
        "/api/accounting/fiscal-years": year,
        "/api/accounting/journals": journal,
        "/api/accounting/lines/reconcile": reconciliation,
        "/api/accounting/statement-lines/{id}/book": booking,
        "/api/accounting/statements/import": statement_file,
    },
    records={
        "/api/accounting/lines": entry_line,
        "/api/accounting/matches": match,
        "/api/accounting/payments": payment,
        "/api/accounting/periods": period,
        "/api/accounting/statement-lines": statement_line,
        "/api/accounting/statements": statement,
    },
    before={
        "/api/accounting/entries/{id}/reverse": ("POST /post",),
        "/api/accounting/fiscal-years/{id}/close": ("POST /lock",),
        "/api/accounting/fiscal-years/{id}/reopen": ("POST /lock", "POST /close"),
        "/api/accounting/statement-lines/{id}/undo": ("POST /book",),
    },
)
