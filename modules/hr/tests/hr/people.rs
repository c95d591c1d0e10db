//! Who comes, moves on and leaves.

use super::*;

fn code(refused: eerp_sdk::testing::Answer) -> Json {
    refused.body["code"].clone()
}

fn fault(refused: eerp_sdk::testing::Answer) -> (Json, Json) {
    let fault = &refused.with_status(422)["errors"][0];
    (fault["pointer"].clone(), fault["code"].clone())
}

fn at(pointer: &str, code: &str) -> (Json, Json) {
    (json!(pointer), json!(code))
}

#[test]
fn the_module_is_sound() {
    eerp_sdk::testing::assert_sound(&MODULE, include_str!("../../module.json"));
}

#[test]
fn an_installation_starts_with_a_week_and_kinds_of_leave() {
    let host = host();
    let week = &host.get("/working-schedules").ok()["items"][0];
    assert_eq!((&week["name"], &week["friday"]), (&json!("40 hours"), &json!("8.00")));
    assert_eq!(host.get("/leave-types").ok()["items"].as_array().map(Vec::len), Some(3));
}

#[test]
fn numbers_are_drawn_and_those_that_were_given_are_passed_over() {
    let host = host();
    host.post("/employees", json!({"name": "Ann", "number": "E00001"})).created();
    let bob = host.post("/employees", json!({"first_name": "Bob", "last_name": "Ray"})).created();
    assert_eq!((&bob["number"], &bob["name"]), (&json!("E00002"), &json!("Bob Ray")));
    assert_eq!(bob["hired_on"], "2026-01-05");
    assert_eq!(fault(host.post("/employees", json!({}))), at("/name", "required"));
}

#[test]
fn nobody_reports_to_themselves() {
    let host = host();
    let boss = employee(&host, "Boss");
    let below = json!({"name": "Ann", "manager_id": boss["id"]});
    let ann = host.post("/employees", below).created();
    let refused = host.patch(&path("employees", &boss, ""), 1, json!({"manager_id": ann["id"]}));
    assert_eq!(fault(refused), at("/manager_id", "circular"));
    let refused = host.patch(&path("employees", &boss, ""), 1, json!({"manager_id": boss["id"]}));
    assert_eq!(fault(refused), at("/manager_id", "circular"));
    let top = host.post("/departments", json!({"name": "All"})).created();
    let part = json!({"name": "Part", "parent_id": top["id"]});
    let part = host.post("/departments", part).created();
    let refused = host.patch(&path("departments", &top, ""), 1, json!({"parent_id": part["id"]}));
    assert_eq!(fault(refused), at("/parent_id", "circular"));
}

#[test]
fn hiring_makes_an_employee_and_a_contract_or_neither() {
    let host = host();
    let body = json!({
        "name": "Ann", "hired_on": "2026-01-12",
        "contract": {"wage": "3000.00", "currency": "EUR"},
    });
    let hired = host.post("/employees/hire", body).created();
    let contract =
        host.get(&format!("/contracts/{}", hired["contract_id"].as_str().expect("an id")));
    let contract = contract.ok();
    assert_eq!((&contract["from"], &contract["to"]), (&json!("2026-01-12"), &Json::Null));
    assert_eq!((&contract["wage"], &contract["currency"]), (&json!("3000.0000"), &json!("EUR")));
    assert!(contract["schedule_id"].is_string());
    let employee =
        host.get(&format!("/employees/{}", hired["employee_id"].as_str().expect("an id")));
    assert_eq!(employee.ok()["state"], "planned");
    let body = json!({"name": "Bob", "contract": {"currency": "QQQ"}});
    let refused = host.post("/employees/hire", body);
    assert_eq!(fault(refused), at("/contract/currency", "unknown_currency"));
    assert_eq!(host.get("/employees").ok()["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn contracts_of_an_employee_never_overlap_and_stay_within_the_employment() {
    let host = host();
    let ann = employee(&host, "Ann");
    let first = contract(&host, &ann, json!({"from": "2026-02-01", "to": "2026-03-31"}));
    assert_eq!(first["currency"], "USD");
    let made = |from: &str, to: Json| {
        host.post("/contracts", json!({"employee_id": ann["id"], "from": from, "to": to}))
    };
    for (from, to) in [
        ("2026-03-31", Json::Null),
        ("2026-01-01", json!("2026-02-01")),
        ("2026-01-01", Json::Null),
        ("2026-02-10", json!("2026-02-11")),
    ] {
        assert_eq!(code(made(from, to)), "contract_overlap");
    }
    assert_eq!(fault(made("2025-12-31", json!("2026-01-10"))), at("/from", "not_employed"));
    assert_eq!(fault(made("2026-05-31", json!("2026-05-10"))), at("/to", "before_from"));
    let next = made("2026-04-01", Json::Null).created();
    let earlier = json!({"from": "2026-03-31"});
    assert_eq!(code(host.patch(&path("contracts", &next, ""), 1, earlier)), "contract_overlap");
    host.patch(&path("contracts", &next, ""), 1, json!({"from": "2026-04-02"})).ok();
    let late = json!({"hired_on": "2026-02-02"});
    let version = host.get(&path("employees", &ann, "")).ok()["version"].as_i64().expect("one");
    let refused = host.patch(&path("employees", &ann, ""), version, late);
    assert_eq!(fault(refused), at("/hired_on", "contract_earlier"));
}

#[test]
fn moving_ends_a_contract_and_opens_the_next() {
    let host = host();
    let ann = employee(&host, "Ann");
    let old = contract(&host, &ann, json!({"from": "2026-01-01", "wage": "3000"}));
    let sales = host.post("/departments", json!({"name": "Sales"})).created();
    let to = json!({"from": "2026-02-01", "department_id": sales["id"], "wage": "3300"});
    let new = host.post(&path("employees", &ann, "/move"), to).ok();
    assert_eq!(host.get(&path("contracts", &old, "")).ok()["to"], "2026-01-31");
    assert_eq!((&new["from"], &new["wage"]), (&json!("2026-02-01"), &json!("3300.0000")));
    let department = || host.get(&path("employees", &ann, "")).ok()["department_id"].clone();
    assert_eq!(department(), Json::Null);
    host.set_now("2026-02-01T00:05:00Z".parse().expect("a moment"));
    host.run_job("follow_the_calendar").expect("done");
    assert_eq!(department(), sales["id"]);
    let again = json!({"from": "2026-02-01", "wage": "3400"});
    let same = host.post(&path("employees", &ann, "/move"), again).ok();
    assert_eq!((&same["id"], &same["wage"]), (&new["id"], &json!("3400.0000")));
    let early = host.post(&path("employees", &ann, "/move"), json!({"from": "2025-12-01"}));
    assert_eq!(code(early), "no_contract");
}

#[test]
fn a_contract_that_cannot_begin_keeps_no_other_from_it() {
    let host = host();
    let [ann, bob, eve] = ["Ann", "Bob", "Eve"].map(|name| employee(&host, name));
    for (one, manager) in [(&ann, &bob), (&eve, &bob)] {
        let body = json!({"from": "2026-02-01", "manager_id": manager["id"]});
        contract(&host, one, body);
    }
    host.patch(&path("employees", &bob, ""), 1, json!({"manager_id": ann["id"]})).ok();
    host.set_now("2026-02-01T00:05:00Z".parse().expect("a moment"));
    host.run_job("follow_the_calendar").expect("done");
    let manager = |one: &Json| host.get(&path("employees", one, "")).ok()["manager_id"].clone();
    assert_eq!((manager(&ann), manager(&eve)), (Json::Null, bob["id"].clone()));
    assert!(host.log().iter().any(|(_, line)| line.contains("does not begin")));
}

#[test]
fn the_calendar_lets_people_begin_and_leave() {
    let host = host();
    let ann = json!({"name": "Ann", "hired_on": "2026-01-10"});
    let ann = host.post("/employees", ann).created();
    let state = || host.get(&path("employees", &ann, "")).ok()["state"].clone();
    assert_eq!(state(), "planned");
    host.set_now("2026-01-10T00:05:00Z".parse().expect("a moment"));
    host.run_job("follow_the_calendar").expect("done");
    assert_eq!(state(), "active");
    let leaves = json!({"left_on": "2026-01-20"});
    host.post(&path("employees", &ann, "/terminate"), leaves).ok();
    assert_eq!(state(), "active");
    host.set_now("2026-01-21T00:05:00Z".parse().expect("a moment"));
    host.run_job("follow_the_calendar").expect("done");
    assert_eq!(state(), "left");
}

#[test]
fn leaving_ends_contracts_and_leave() {
    let host = host();
    let ann = employee(&host, "Ann");
    let now = contract(&host, &ann, json!({"from": "2026-01-01", "to": "2026-06-30"}));
    let next = contract(&host, &ann, json!({"from": "2026-07-01"}));
    allocate(&host, &ann, "25");
    let over = granted(&host, &ann, "AL", "2026-03-26", "2026-04-06");
    let later = granted(&host, &ann, "AL", "2026-05-04", "2026-05-08");
    let weekend = granted(&host, &ann, "AL", "2026-01-10", "2026-01-12");
    let early = json!({"left_on": "2026-01-11"});
    let path_of = path("employees", &ann, "/terminate");
    let left = json!({"left_on": "2026-03-31", "reason": "Moved away"});
    let ann_left = host.post(&path_of, left.clone()).ok();
    assert_eq!(ann_left["leaving_reason"], "Moved away");
    assert_eq!(host.get(&path("contracts", &now, "")).ok()["to"], "2026-03-31");
    host.get(&path("contracts", &next, "")).with_status(404);
    let request = |one: &Json| host.get(&path("leave-requests", one, "")).ok();
    assert_eq!(
        (&request(&over)["to"], &request(&over)["days"]),
        (&json!("2026-03-31"), &json!("4.00"))
    );
    assert_eq!(request(&later)["state"], "cancelled");
    assert_eq!(request(&weekend)["state"], "approved");
    let balance = &host.get("/leave-balances").ok()["items"][0];
    assert_eq!((&balance["taken"], &balance["balance"]), (&json!("5.00"), &json!("20.00")));
    assert_eq!(code(host.post(&path_of, early)), "already_left");
    let late = json!({
        "employee_id": ann["id"], "leave_type_id": leave_type(&host, "SL"),
        "from": "2026-04-01",
    });
    assert_eq!(fault(host.post("/leave-requests", late)), at("/from", "not_employed"));
    host.post(&path("employees", &ann, "/reinstate"), Json::Null).ok();
    contract(&host, &ann, json!({"from": "2026-04-01"}));
}

#[test]
fn nobody_leaves_before_coming_or_before_the_last_day_at_work() {
    let host = host();
    let ann = employee(&host, "Ann");
    let attended = json!({
        "employee_id": ann["id"],
        "check_in": "2026-01-05T08:00:00Z", "check_out": "2026-01-05T11:00:00Z",
    });
    host.post("/attendance", attended).created();
    let leave =
        |day: &str| host.post(&path("employees", &ann, "/terminate"), json!({"left_on": day}));
    assert_eq!(fault(leave("2025-12-31")), at("/left_on", "before_hired_on"));
    assert_eq!(code(leave("2026-01-04")), "attended");
    leave("2026-01-05").ok();
    host.set_now("2026-01-07T12:00:00Z".parse().expect("a moment"));
    let late = json!({
        "employee_id": ann["id"],
        "check_in": "2026-01-06T08:00:00Z", "check_out": "2026-01-06T11:00:00Z",
    });
    assert_eq!(fault(host.post("/attendance", late)), at("/check_in", "not_employed"));
}

#[test]
fn the_headcount_tells_who_works_where() {
    let host = host();
    let sales = host.post("/departments", json!({"name": "Sales"})).created();
    let make = |name: &str, department: &Json, hired: &str| {
        let body = json!({"name": name, "department_id": department, "hired_on": hired});
        host.post("/employees", body).created()
    };
    make("Ann", &sales["id"], "2020-01-01");
    let bob = make("Bob", &sales["id"], "2020-01-01");
    make("Eve", &Json::Null, "2025-06-01");
    let left = json!({"left_on": "2026-01-02"});
    host.post(&path("employees", &bob, "/terminate"), left).ok();
    let told = host.get("/reports/headcount").ok();
    let of = |item: &Json| {
        ["department", "headcount_before", "hired", "left", "headcount"]
            .map(|key| item[key].clone())
    };
    let items = told["items"].as_array().expect("items");
    assert_eq!(of(&items[0]), [Json::Null, json!("0"), json!("1"), json!("0"), json!("1")]);
    assert_eq!(of(&items[1]), [json!("Sales"), json!("2"), json!("0"), json!("1"), json!("1")]);
    assert_eq!((&told["total"]["headcount"], &items[1]["turnover"]), (&json!("2"), &json!("66.7")));
    host.get("/reports/headcount?date=2026-01-01&from=2026-01-02").with_status(422);
}
