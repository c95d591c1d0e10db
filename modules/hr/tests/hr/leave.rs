//! Leave is asked for, granted and given up, and the ledger keeps count.

use super::*;

fn act(host: &Host, request: &Json, action: &str, body: Json) -> eerp_sdk::testing::Answer {
    host.post(&path("leave-requests", request, action), body)
}

fn balance(host: &Host, employee: &Json, query: &str) -> Json {
    let found = host.get(&format!("/leave-balances?employee_id={}{query}", id(employee))).ok();
    found["items"][0].clone()
}

fn asked(host: &Host, employee: &Json, code: &str, more: Json) -> eerp_sdk::testing::Answer {
    let mut body = json!({"employee_id": employee["id"], "leave_type_id": leave_type(host, code)});
    body.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
    host.post("/leave-requests", body)
}

#[test]
fn days_are_those_on_which_work_is_due() {
    let host = host();
    let ann = employee(&host, "Ann");
    host.post("/public-holidays", json!({"date": "2026-01-06", "name": "Epiphany"})).created();
    let days = |more: Json| asked(&host, &ann, "AL", more).created()["days"].clone();
    assert_eq!(days(json!({"from": "2026-01-05", "to": "2026-01-12"})), "5.00");
    assert_eq!(days(json!({"from": "2026-01-05"})), "1.00");
    assert_eq!(days(json!({"from": "2026-01-05", "from_noon": true})), "0.50");
    let noons =
        json!({"from": "2026-01-05", "to": "2026-01-07", "from_noon": true, "to_noon": true});
    assert_eq!(days(noons), "1.00");
    for (more, code) in [
        (json!({"from": "2026-01-06"}), "no_work_due"),
        (json!({"from": "2026-01-08", "to": "2026-01-07"}), "before_from"),
        (json!({"from": "2026-01-08", "from_noon": true, "to_noon": true}), "before_from"),
        (json!({"from": "2026-01-08", "to": "2027-01-09"}), "too_long"),
        (json!({"from": "2025-12-30"}), "not_employed"),
    ] {
        let refused = asked(&host, &ann, "AL", more).with_status(422);
        assert_eq!(refused["errors"][0]["code"], code);
    }
}

#[test]
fn the_schedule_of_the_contract_counts() {
    let host = host();
    let ann = employee(&host, "Ann");
    let short = json!({"name": "Weekend", "monday": "0", "saturday": "8", "sunday": "8"});
    let short = host.post("/working-schedules", short).created();
    contract(&host, &ann, json!({"from": "2026-02-01", "schedule_id": short["id"]}));
    let wish = wish(&host, &ann, "AL", "2026-01-30", "2026-02-02");
    assert_eq!(wish["days"], "2.00");
}

#[test]
fn approval_books_the_days_and_cancelling_gives_them_back() {
    let host = host();
    let ann = employee(&host, "Ann");
    allocate(&host, &ann, "10");
    let request = wish(&host, &ann, "AL", "2026-02-02", "2026-02-04");
    assert_eq!(act(&host, &request, "/approve", Json::Null).body["code"], "wrong_state");
    let submitted = act(&host, &request, "/submit", Json::Null).ok();
    assert_eq!((&submitted["state"], &submitted["version"]), (&json!("submitted"), &json!(2)));
    assert_eq!(balance(&host, &ann, "")["pending"], "3.00");
    let approved = act(&host, &request, "/approve", Json::Null).ok();
    assert_eq!(approved["decided_at"], "2026-01-05T12:00:00Z");
    let told = balance(&host, &ann, "");
    assert_eq!((&told["taken"], &told["balance"]), (&json!("3.00"), &json!("7.00")));
    act(&host, &request, "/cancel", json!({"reason": "Rain"})).ok();
    assert_eq!(balance(&host, &ann, "")["balance"], "10.00");
    let entries = host.get("/leave-entries").ok()["items"].clone();
    let days: Vec<&Json> =
        entries.as_array().expect("items").iter().map(|entry| &entry["days"]).collect();
    assert_eq!(days, ["10.00", "-3.00", "3.00"]);
}

#[test]
fn too_few_days_are_refused_unless_the_type_allows_it() {
    let host = host();
    let ann = employee(&host, "Ann");
    allocate(&host, &ann, "2.5");
    let request = wish(&host, &ann, "AL", "2026-02-02", "2026-02-04");
    let refused = act(&host, &request, "/submit", Json::Null).with_status(409);
    assert_eq!(refused["code"], "insufficient_balance");
    let annual = format!("/leave-types/{}", leave_type(&host, "AL").as_str().expect("an id"));
    host.patch(&annual, 1, json!({"allow_negative": true})).ok();
    act(&host, &request, "/submit", Json::Null).ok();
    act(&host, &request, "/approve", Json::Null).ok();
    assert_eq!(balance(&host, &ann, "")["balance"], "-0.50");
    assert_eq!(host.patch(&annual, 2, json!({"needs_allocation": false})).body["code"], "in_use");
    host.patch(&annual, 2, json!({"allow_negative": false})).ok();
    allocate(&host, &ann, "1");
    let one = wish(&host, &ann, "AL", "2026-03-02", "2026-03-02");
    assert_eq!(act(&host, &one, "/submit", Json::Null).body["code"], "insufficient_balance");
}

#[test]
fn what_is_approved_counts_again_however_much_was_there_when_it_was_submitted() {
    let host = host();
    let ann = employee(&host, "Ann");
    allocate(&host, &ann, "3");
    let [one, other] = ["2026-02-02", "2026-02-09"].map(|from| {
        let to = from.replace("02-02", "02-03").replace("02-09", "02-10");
        let request = wish(&host, &ann, "AL", from, &to);
        act(&host, &request, "/submit", Json::Null).ok();
        request
    });
    act(&host, &one, "/approve", Json::Null).ok();
    let refused = act(&host, &other, "/approve", Json::Null).with_status(409);
    assert_eq!(refused["code"], "insufficient_balance");
    act(&host, &other, "/refuse", json!({"reason": "Too few days."})).ok();
}

#[test]
fn live_leave_of_one_employee_never_overlaps_but_meets_at_noon() {
    let host = host();
    let ann = employee(&host, "Ann");
    granted(&host, &ann, "SL", "2026-02-02", "2026-02-04");
    let over = wish(&host, &ann, "UL", "2026-02-04", "2026-02-05");
    assert_eq!(act(&host, &over, "/submit", Json::Null).body["code"], "leave_overlap");
    let morning = json!({"from": "2026-02-09", "to_noon": true});
    let afternoon = json!({"from": "2026-02-09", "from_noon": true});
    for half in [morning.clone(), afternoon] {
        let half = asked(&host, &ann, "SL", half).created();
        act(&host, &half, "/submit", Json::Null).ok();
    }
    let again = asked(&host, &ann, "SL", morning).created();
    assert_eq!(act(&host, &again, "/submit", Json::Null).body["code"], "leave_overlap");
    let bob = employee(&host, "Bob");
    granted(&host, &bob, "SL", "2026-02-02", "2026-02-04");
}

#[test]
fn nobody_decides_on_their_own_leave() {
    let host = host();
    let ann = json!({"name": "Ann", "hired_on": "2026-01-01", "user_id": me(&host)});
    let ann = host.post("/employees", ann).created();
    let request = wish(&host, &ann, "SL", "2026-01-05", "2026-01-06");
    act(&host, &request, "/submit", Json::Null).ok();
    assert_eq!(act(&host, &request, "/approve", Json::Null).body["code"], "own_request");
    let refusal = json!({"reason": "No"});
    assert_eq!(act(&host, &request, "/refuse", refusal).body["code"], "own_request");
    act(&host, &request, "/cancel", json!({})).ok();
}

#[test]
fn only_drafts_are_changed_and_what_is_live_is_not_deleted() {
    let host = host();
    let ann = employee(&host, "Ann");
    let request = wish(&host, &ann, "SL", "2026-02-02", "2026-02-04");
    let at = path("leave-requests", &request, "");
    assert_eq!(host.patch(&at, 1, json!({"to": "2026-02-05"})).ok()["days"], "4.00");
    host.patch(&at, 2, json!({"state": "approved"})).with_status(422);
    act(&host, &request, "/submit", Json::Null).ok();
    assert_eq!(host.patch(&at, 3, json!({"to": "2026-02-06"})).body["code"], "not_draft");
    assert_eq!(host.delete(&at).body["code"], "live");
    act(&host, &request, "/cancel", json!({})).ok();
    host.delete(&at).with_status(204);
}

#[test]
fn days_at_work_are_no_leave() {
    let host = host();
    let ann = employee(&host, "Ann");
    let attended = json!({
        "employee_id": ann["id"],
        "check_in": "2026-01-05T08:00:00Z", "check_out": "2026-01-05T11:00:00Z",
    });
    host.post("/attendance", attended).created();
    let whole = wish(&host, &ann, "SL", "2026-01-05", "2026-01-06");
    assert_eq!(act(&host, &whole, "/submit", Json::Null).body["code"], "attended");
    let half = asked(&host, &ann, "SL", json!({"from": "2026-01-05", "from_noon": true})).created();
    act(&host, &half, "/submit", Json::Null).ok();
}

#[test]
fn what_is_left_is_carried_over_once_and_up_to_a_limit() {
    let host = host();
    let ann = employee(&host, "Ann");
    let old = allocate(&host, &ann, "10");
    granted(&host, &ann, "AL", "2026-02-02", "2026-02-04");
    let annual = format!("/leave-types/{}", leave_type(&host, "AL").as_str().expect("an id"));
    host.patch(&annual, 1, json!({"carry_over_max": "5"})).ok();
    let over = |body: Json| host.post(&path("allocations", &old, "/carry-over"), body);
    over(json!({"days": "6"})).with_status(422);
    let new = over(json!({"to": "2027-03-31"})).created();
    assert_eq!((&new["days"], &new["from"]), (&json!("5.00"), &json!("2027-01-01")));
    assert_eq!(over(json!({})).body["code"], "already_settled");
    let left = |date: &str| balance(&host, &ann, &format!("&date={date}"))["balance"].clone();
    assert_eq!(left("2026-12-31"), "2.00");
    assert_eq!((left("2027-03-31"), left("2027-04-01")), (json!("5.00"), json!("0.00")));
}

#[test]
fn what_is_left_is_taken_back() {
    let host = host();
    let ann = employee(&host, "Ann");
    let given = allocate(&host, &ann, "10");
    granted(&host, &ann, "AL", "2026-02-02", "2026-02-04");
    host.post(&path("allocations", &given, "/take-back"), Json::Null).ok();
    assert_eq!(balance(&host, &ann, "")["balance"], "0.00");
}

#[test]
fn days_are_given_of_types_that_are_allocated_only() {
    let host = host();
    let ann = employee(&host, "Ann");
    let give = |more: Json| {
        let mut body = json!({
            "employee_id": ann["id"], "leave_type_id": leave_type(&host, "AL"), "days": "5",
        });
        let more = more.as_object().cloned().expect("an object");
        body.as_object_mut().expect("an object").extend(more);
        host.post("/allocations", body).body["errors"][0]["code"].clone()
    };
    assert_eq!(give(json!({"leave_type_id": leave_type(&host, "SL")})), "not_allocated");
    assert_eq!(give(json!({"days": "0"})), "range");
    assert_eq!(give(json!({"from": "2026-05-01", "to": "2026-04-01"})), "before_from");
}
