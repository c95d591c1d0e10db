//! What payroll is told of a period, and what it closes.

use eerp_hr_api::{
    CONTRACTS_IN_PERIOD, ContractInPeriod, MARK_PAID, PaidDays, PaidPeriods, PeriodQuestion,
};
use eerp_sdk::prelude::*;

use super::*;

fn january() -> PeriodQuestion {
    PeriodQuestion { from: day("2026-01-01"), to: day("2026-01-31"), ..PeriodQuestion::default() }
}

fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

fn asked(host: &Host) -> Vec<ContractInPeriod> {
    let answer = host.call(CONTRACTS_IN_PERIOD, &january()).expect("an answer");
    assert_eq!(answer.next, None);
    answer.items
}

#[test]
fn a_contract_for_the_whole_period_owes_all_of_its_days() {
    let host = host();
    let ann = employee(&host, "Ann Lee");
    contract(&host, &ann, json!({"wage": "3000", "from": "2026-01-01"}));
    host.post("/public-holidays", json!({"date": "2026-01-01", "name": "New Year"})).created();
    let [one] = &asked(&host)[..] else { panic!("one contract") };
    assert_eq!((one.name.as_str(), one.number.as_str()), ("Ann Lee", "E00001"));
    assert_eq!((one.wage, one.currency.as_str()), (3000.into(), "USD"));
    assert_eq!((one.period_days, one.due_days, one.due_hours), (21.into(), 21.into(), 168.into()));
}

#[test]
fn contracts_that_follow_each_other_share_the_period() {
    let host = host();
    let ann = employee(&host, "Ann");
    contract(&host, &ann, json!({"wage": "3000", "from": "2026-01-01", "to": "2026-01-15"}));
    contract(&host, &ann, json!({"wage": "3300", "from": "2026-01-16"}));
    granted(&host, &ann, "UL", "2026-01-14", "2026-01-19");
    let at = |from: &str, to: &str| {
        json!({
            "employee_id": ann["id"], "check_in": from, "check_out": to,
        })
    };
    host.post("/attendance", at("2026-01-02T08:00:00Z", "2026-01-02T12:30:00Z")).created();
    let [first, second] = &asked(&host)[..] else { panic!("two contracts") };
    assert_eq!((first.due_days, second.due_days), (11.into(), 11.into()));
    assert_eq!((first.unpaid_leave_days, second.unpaid_leave_days), (2.into(), 2.into()));
    assert_eq!((first.to, second.from), (day("2026-01-15"), day("2026-01-16")));
    assert_eq!(first.attended_hours, "4.5".parse().expect("a decimal"));
    assert_eq!((second.attended_hours, first.paid_leave_days), (0.into(), 0.into()));
}

#[test]
fn contracts_of_other_times_and_people_are_left_out() {
    let host = host();
    let (ann, bob) = (employee(&host, "Ann"), employee(&host, "Bob"));
    contract(&host, &ann, json!({"from": "2026-02-01"}));
    contract(&host, &bob, json!({"from": "2026-01-31"}));
    let [one] = &asked(&host)[..] else { panic!("one contract") };
    assert_eq!((one.name.as_str(), one.due_days), ("Bob", 0.into()));
    let only = PeriodQuestion { employee_ids: vec![id(&ann).parse().expect("an id")], ..january() };
    assert_eq!(host.call(CONTRACTS_IN_PERIOD, &only).expect("an answer").items, []);
    let long = PeriodQuestion { to: day("2027-02-01"), ..january() };
    assert_eq!(host.call(CONTRACTS_IN_PERIOD, &long).expect_err("too long").status, 422);
}

#[test]
fn many_contracts_come_in_pages() {
    let host = host();
    for number in 0..201 {
        let one = employee(&host, &format!("Number {number}"));
        contract(&host, &one, json!({"from": "2026-01-01"}));
    }
    let first = host.call(CONTRACTS_IN_PERIOD, &january()).expect("an answer");
    assert_eq!(first.items.len(), 200);
    let rest = PeriodQuestion { after: first.next, ..january() };
    let rest = host.call(CONTRACTS_IN_PERIOD, &rest).expect("an answer");
    assert_eq!((rest.items.len(), rest.next), (1, None));
}

fn at_noon(employee: &Json) -> Json {
    json!({
        "employee_id": employee["id"],
        "check_in": "2026-01-04T12:00:00Z", "check_out": "2026-01-04T13:00:00Z",
    })
}

fn paid(employee: &Json, paid: bool) -> PaidPeriods {
    let item = PaidDays {
        employee_id: id(employee).parse().expect("an id"),
        from: day("2026-01-01"),
        to: day("2026-01-31"),
        paid,
        payslip_id: "00000000-0000-7000-8000-00000000000a".parse().expect("an id"),
    };
    PaidPeriods { items: vec![item] }
}

#[test]
fn nothing_changes_on_days_that_are_paid_until_they_are_opened_again() {
    let host = host();
    let ann = employee(&host, "Ann");
    let old = granted(&host, &ann, "SL", "2026-01-12", "2026-01-13");
    let wish = wish(&host, &ann, "SL", "2026-01-30", "2026-02-02");
    let at = json!({
        "employee_id": ann["id"],
        "check_in": "2026-01-02T08:00:00Z", "check_out": "2026-01-02T12:00:00Z",
    });
    let attended = host.post("/attendance", at).created();
    let gone = host.post("/attendance", at_noon(&ann)).created();
    host.delete(&path("attendance", &gone, "")).with_status(204);
    host.call(MARK_PAID, &paid(&ann, true)).expect("paid");
    host.call(MARK_PAID, &paid(&ann, true)).expect("paid twice is paid once");
    assert_eq!(host.run(db::count::<eerp_hr::PaidPeriod>), Ok(1));
    let other = json!({
        "employee_id": ann["id"],
        "check_in": "2026-01-03T08:00:00Z", "check_out": "2026-01-03T12:00:00Z",
    });
    let later = json!({"check_out": "2026-01-02T13:00:00Z"});
    for refused in [
        host.post(&path("leave-requests", &old, "/cancel"), json!({})),
        host.post(&path("leave-requests", &wish, "/submit"), Json::Null),
        host.post("/attendance", other.clone()),
        host.patch(&path("attendance", &attended, ""), 1, later.clone()),
        host.delete(&path("attendance", &attended, "")),
        host.post(&path("attendance", &gone, "/restore"), Json::Null),
    ] {
        assert_eq!(refused.with_status(409)["code"], "days_paid");
    }
    host.call(MARK_PAID, &paid(&ann, false)).expect("reversed");
    host.post("/attendance", other).created();
    host.patch(&path("attendance", &attended, ""), 1, later).ok();
    host.post(&path("leave-requests", &old, "/cancel"), json!({})).ok();
}

#[test]
fn only_days_of_employees_are_marked() {
    let host = host();
    let nobody = json!({"id": "00000000-0000-7000-8000-ffffffffffff"});
    let refused = host.call(MARK_PAID, &paid(&nobody, true)).expect_err("nobody");
    assert_eq!(refused.errors[0].pointer, "/items/0/employee_id");
    host.call(MARK_PAID, &PaidPeriods::default()).expect("nothing to do");
}
