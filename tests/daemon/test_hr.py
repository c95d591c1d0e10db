"""Employees, leave and attendance in a real daemon: what only users, rules and
PostgreSQL can show. The rules themselves have their tests in modules/hr."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest_twisted

from tests.daemon.process import Answer, Daemon
from tests.daemon.test_crm_rules import signed_in, together

TODAY = datetime.now(UTC).date()
MONDAY = TODAY + timedelta(days=14 - TODAY.weekday())
"""The Monday after next, on which work is due."""
FRIDAY = MONDAY + timedelta(days=4)
OWN = ("hr.employees.read", "hr.contracts.read", "hr.leave_requests.read",
       "hr.leave_requests.write", "hr.leave_balances.read", "hr.leave_types.read",
       "hr.attendance.read", "hr.attendance.check_in")  # fmt: skip


async def ask(daemon: Daemon, method: str, path: str, body: Any = None) -> Answer:
    """One request about people."""
    return await daemon.ask(method, f"/api/hr/{path}", body)


async def done(daemon: Daemon, method: str, path: str, body: Any = None) -> Any:
    """The answer to a request that must succeed."""
    answer = await ask(daemon, method, path, body)
    assert answer.status in (200, 201), answer.text
    return answer.json


async def listed(daemon: Daemon, path: str) -> list[dict[str, Any]]:
    """A page of a list."""
    items: list[dict[str, Any]] = (await done(daemon, "GET", path))["items"]
    return items


async def hired(daemon: Daemon, name: str, **more: Any) -> str:
    """A new employee since the beginning of last year; the id."""
    body = {"name": name, "hired_on": f"{TODAY.year - 1}-01-01", **more}
    return str((await done(daemon, "POST", "employees/hire", body))["employee_id"])


async def leave_type(daemon: Daemon, code: str) -> str:
    """The id of a type of leave."""
    return str((await listed(daemon, f"leave-types?code=eq.{code}"))[0]["id"])


async def allocated(daemon: Daemon, employee: str, days: str) -> dict[str, Any]:
    """Annual leave of the year of that Monday and the next."""
    given: dict[str, Any] = await done(daemon, "POST", "allocations", {
        "employee_id": employee,
        "leave_type_id": await leave_type(daemon, "AL"),
        "days": days,
        "from": f"{TODAY.year}-01-01",
        "to": f"{TODAY.year + 1}-12-31",
    })  # fmt: skip
    return given


async def submitted(daemon: Daemon, employee: str, start: Any, end: Any) -> str:
    """A request for annual leave that waits for a decision; the id."""
    request = await done(daemon, "POST", "leave-requests", {
        "employee_id": employee,
        "leave_type_id": await leave_type(daemon, "AL"),
        "from": str(start),
        "to": str(end),
    })  # fmt: skip
    await done(daemon, "POST", f"leave-requests/{request['id']}/submit")
    return str(request["id"])


async def balance(daemon: Daemon, employee: str) -> str:
    """Days of annual leave that are left on that Monday."""
    query = f"leave-balances?date={MONDAY}&employee_id={employee}"
    (one,) = [
        each
        for each in await listed(daemon, query)
        if each["leave_type"] == "Annual leave"
    ]
    return str(one["balance"])


@pytest_twisted.ensureDeferred
async def test_leave_is_asked_for_by_one_and_granted_by_another(daemon: Daemon) -> None:
    user = await signed_in(daemon, "lena", "employee", *OWN)
    lena = await hired(daemon, "Lena Frey", user_id=user["id"])
    await allocated(daemon, lena, "10")
    admin, daemon.token = daemon.token, user["token"]
    try:
        request = await submitted(daemon, lena, MONDAY, FRIDAY)
        own = await ask(daemon, "POST", f"leave-requests/{request}/approve")
        daemon.token = admin
        approved = await done(daemon, "POST", f"leave-requests/{request}/approve")
        daemon.token = user["token"]
        left = await balance(daemon, lena)
        await done(daemon, "POST", f"leave-requests/{request}/cancel", {})
        again = await balance(daemon, lena)
    finally:
        daemon.token = admin

    assert own.status == 403
    assert (approved["state"], approved["days"]) == ("approved", "5.00")
    assert (left, again) == ("5.00", "10.00")


@pytest_twisted.ensureDeferred
async def test_an_approver_does_not_approve_own_leave(daemon: Daemon) -> None:
    user = await signed_in(daemon, "boss", "hr_officer", "hr.*")
    boss = await hired(daemon, "Boss", user_id=user["id"])
    await allocated(daemon, boss, "10")
    admin, daemon.token = daemon.token, user["token"]
    try:
        request = await submitted(daemon, boss, MONDAY, MONDAY)
        refused = await ask(daemon, "POST", f"leave-requests/{request}/approve")
    finally:
        daemon.token = admin

    assert (refused.status, refused.json["code"]) == (409, "own_request")


@pytest_twisted.ensureDeferred
async def test_two_approvals_at_once_never_overdraw(daemon: Daemon) -> None:
    for number in range(4):
        one = await hired(daemon, f"Drawn {number}")
        await allocated(daemon, one, "3")
        wishes = [
            await submitted(daemon, one, MONDAY, MONDAY + timedelta(days=1)),
            await submitted(daemon, one, FRIDAY - timedelta(days=1), FRIDAY),
        ]

        answers = await together(
            *(ask(daemon, "POST", f"leave-requests/{each}/approve") for each in wishes)
        )

        assert sorted(answer.status for answer in answers) == [200, 409]
        (refused,) = [answer for answer in answers if answer.status == 409]
        assert refused.json["code"] == "insufficient_balance"
        assert await balance(daemon, one) == "1.00"


@pytest_twisted.ensureDeferred
async def test_two_requests_at_once_never_overlap(daemon: Daemon) -> None:
    one = await hired(daemon, "Twice")
    await allocated(daemon, one, "20")
    kind = await leave_type(daemon, "AL")
    body = {"employee_id": one, "leave_type_id": kind, "from": str(MONDAY)}
    drafts = [await done(daemon, "POST", "leave-requests", body) for _ in range(3)]

    answers = await together(
        *(ask(daemon, "POST", f"leave-requests/{each['id']}/submit") for each in drafts)
    )

    assert sorted(answer.status for answer in answers) == [200, 409, 409]
    codes = {answer.json["code"] for answer in answers if answer.status == 409}
    assert codes == {"leave_overlap"}


@pytest_twisted.ensureDeferred
async def test_employees_see_themselves_and_no_wages(daemon: Daemon) -> None:
    user = await signed_in(daemon, "olga", "employee", *OWN)
    contract = {"wage": "3000"}
    olga = await hired(daemon, "Olga", user_id=user["id"], contract=contract)
    other = await hired(daemon, "Other", bank_account="AT61", contract=contract)
    seen_by_hr = (await listed(daemon, f"employees?id=eq.{other}"))[0]
    admin, daemon.token = daemon.token, user["token"]
    try:
        people = await listed(daemon, "employees")
        contracts = await listed(daemon, "contracts")
        hidden = await ask(daemon, "GET", f"employees/{other}")
        balances = await listed(daemon, "leave-balances")
        kind = await leave_type(daemon, "AL")
        foreign = await ask(daemon, "POST", "leave-requests", {
            "employee_id": other, "leave_type_id": kind, "from": str(MONDAY),
        })  # fmt: skip
        came = await done(daemon, "POST", "attendance/check-in", {})
    finally:
        daemon.token = admin

    assert seen_by_hr["bank_account"] == "AT61"
    assert [each["id"] for each in people] == [olga]
    assert "bank_account" not in people[0]
    assert [each["employee_id"] for each in contracts] == [olga]
    assert "wage" not in contracts[0]
    assert {each["employee_id"] for each in balances} == {olga}
    assert hidden.status == 404
    assert foreign.status in (403, 422), foreign.text
    assert came["employee_id"] == olga


@pytest_twisted.ensureDeferred
async def test_line_managers_see_their_people(daemon: Daemon) -> None:
    user = await signed_in(daemon, "mara", "line_manager", *OWN,
                           "hr.leave_requests.approve")  # fmt: skip
    mara = await hired(daemon, "Mara", user_id=user["id"])
    below = await hired(daemon, "Below", manager_id=mara)
    await hired(daemon, "Elsewhere")
    await allocated(daemon, below, "5")
    request = await submitted(daemon, below, MONDAY, MONDAY)
    admin, daemon.token = daemon.token, user["token"]
    try:
        people = await listed(daemon, "employees")
        approved = await ask(daemon, "POST", f"leave-requests/{request}/approve")
    finally:
        daemon.token = admin

    assert {each["id"] for each in people} == {mara, below}
    assert approved.status == 200, approved.text


@pytest_twisted.ensureDeferred
async def test_only_one_of_two_comings_counts(daemon: Daemon) -> None:
    one = await hired(daemon, "Early")
    body = {"employee_id": one}

    answers = await together(
        *(ask(daemon, "POST", "attendance/check-in", body) for _ in range(3))
    )
    went = await ask(daemon, "POST", "attendance/check-out", body)

    assert sorted(answer.status for answer in answers) == [201, 409, 409]
    assert went.status in (200, 422), went.text


@pytest_twisted.ensureDeferred
async def test_who_leaves_takes_no_leave_any_more(daemon: Daemon) -> None:
    one = await hired(daemon, "Gone")
    await allocated(daemon, one, "10")
    later = await submitted(daemon, one, MONDAY, FRIDAY)
    await done(daemon, "POST", f"leave-requests/{later}/approve")
    contract = (await listed(daemon, f"contracts?employee_id=eq.{one}"))[0]

    body = {"left_on": str(TODAY), "reason": "Moved away"}
    left = await done(daemon, "POST", f"employees/{one}/terminate", body)
    ended = await done(daemon, "GET", f"contracts/{contract['id']}")
    cancelled = await done(daemon, "GET", f"leave-requests/{later}")
    count = await done(daemon, "GET", f"reports/headcount?date={MONDAY}")

    assert (left["left_on"], ended["to"]) == (str(TODAY), str(TODAY))
    assert cancelled["state"] == "cancelled"
    days = [
        entry["days"]
        for entry in await listed(daemon, f"leave-entries?employee_id=eq.{one}")
    ]
    assert sorted(days) == ["-5.00", "10.00", "5.00"]
    assert int(count["total"]["left"]) >= 1


@pytest_twisted.ensureDeferred
async def test_two_managers_at_once_never_close_a_circle(daemon: Daemon) -> None:
    ann, bob = await hired(daemon, "Circle A"), await hired(daemon, "Circle B")
    any_version = {"If-Match": "*"}

    answers = await together(
        daemon.ask("PATCH", f"/api/hr/employees/{ann}", {"manager_id": bob},
                   headers=any_version),
        daemon.ask("PATCH", f"/api/hr/employees/{bob}", {"manager_id": ann},
                   headers=any_version),
    )  # fmt: skip

    assert sorted(answer.status for answer in answers) == [200, 422]


@pytest_twisted.ensureDeferred
async def test_a_month_is_told_day_by_day(daemon: Daemon) -> None:
    one = await hired(daemon, "Sheet")
    zone = await ask(daemon, "POST", "working-schedules", {"name": "x", "zone": "No/W"})
    came = await done(daemon, "POST", "attendance", {
        "employee_id": one,
        "check_in": f"{TODAY - timedelta(days=3)}T08:00:00Z",
        "check_out": f"{TODAY - timedelta(days=3)}T16:30:00Z",
        "break_minutes": 30,
    })  # fmt: skip
    day = datetime.fromisoformat(came["date"])
    sheet = await done(
        daemon, "GET", f"reports/attendance-sheet?year={day.year}&month={day.month}"
    )
    rows: list[dict[str, Any]] = sheet["items"]
    while sheet["next"]:
        after = f"year={day.year}&month={day.month}&after={sheet['next']}"
        sheet = await done(daemon, "GET", f"reports/attendance-sheet?{after}")
        rows += sheet["items"]

    assert zone.status == 422
    (own,) = [row for row in rows if row["employee_id"] == one]
    assert own["days"][day.day - 1]["hours"] == "8.00"
