//! Runs are computed, posted, paid and taken back.

mod world;

use eerp_accounting_api::Purpose;
use eerp_hr_api::PayBasis;
use eerp_sdk::prelude::*;
use world::{World, amount, contract, day, decimal, id, name, path};

fn two() -> World {
    World::new(vec![contract(2, "Bob Ray", "2000"), contract(1, "Ann Lee", "3000")])
}

fn input(world: &World, employee: u32, code: &str, amount: &str) -> Json {
    let body = json!({"employee_id": name(employee), "code": code, "amount": amount,
        "date": "2026-01-20"});
    world.host.post("/inputs", body).created()
}

#[test]
fn a_run_is_the_month_of_today_unless_said() {
    let world = two();
    let run = world.run();
    assert_eq!((&run["from"], &run["to"]), (&json!("2026-01-01"), &json!("2026-01-31")));
    assert_eq!((&run["currency"], &run["state"]), (&json!("USD"), &json!("draft")));
    let backwards = json!({"from": "2026-02-01", "to": "2026-01-01"});
    world.host.post("/runs", backwards).with_status(422);
    world.host.post("/runs", json!({"from": "2026-01-01", "to": "2027-01-02"})).with_status(422);
}

#[test]
fn computing_makes_a_payslip_for_each_employee() {
    let world = two();
    let run = world.compute(&world.run());
    assert_eq!((&run["state"], &run["employees"]), (&json!("computed"), &json!(2)));
    assert_eq!(amount(&run, "gross"), decimal("5000"));
    let slips = world.slips(&run);
    assert_eq!(slips[0]["name"], "Ann Lee");
    assert_eq!(
        world.lines(&slips[0]),
        [
            "basic 3000.00",
            "taxable 3000.00",
            "pension 240.00",
            "health 120.00",
            "income_tax 328.00",
            "employer_pension 300.00",
            "employer_health 150.00",
        ]
    );
    assert_eq!(amount(&slips[0], "net"), decimal("2312"));
    assert_eq!(amount(&slips[0], "cost"), decimal("3450"));
}

#[test]
fn unpaid_leave_a_rise_and_hours_count() {
    let mut ann = contract(1, "Ann Lee", "2200");
    (ann.to, ann.due_days) = (day("2026-01-15"), decimal("11"));
    ann.unpaid_leave_days = decimal("1");
    let mut risen = contract(1, "Ann Lee", "4400");
    risen.contract_id = Ref::new(id(300));
    (risen.from, risen.due_days) = (day("2026-01-16"), decimal("11"));
    let mut hourly = contract(2, "Bob Ray", "20");
    (hourly.pay_basis, hourly.attended_hours) = (PayBasis::Hourly, decimal("37.5"));
    let world = World::new(vec![ann, hourly, risen]);
    let slips = world.slips(&world.compute(&world.run()));
    assert_eq!(slips.len(), 2);
    assert_eq!(world.lines(&slips[0])[0], "basic 3200.00");
    assert_eq!(slips[0]["parts"].as_array().map(Vec::len), Some(2));
    assert_eq!(world.lines(&slips[1])[0], "basic 750.00");
}

#[test]
fn who_cannot_be_paid_is_an_exception_and_holds_posting_up() {
    let mut euro = contract(3, "Cem Öz", "2500");
    euro.currency = "EUR".into();
    let world =
        World::new(vec![contract(1, "Ann Lee", "3000"), contract(2, "Bob Ray", "100"), euro]);
    input(&world, 2, "advance", "500");
    let run = world.run_of(json!({"employee_ids": [name(1), name(2), name(3), name(9)]}));
    let run = world.compute(&run);
    assert_eq!(run["employees"], 1);
    let exceptions = run["exceptions"].as_array().expect("a list");
    let codes: Vec<_> = exceptions.iter().map(|one| one["code"].as_str().expect("text")).collect();
    assert_eq!(codes, ["negative_net", "currency", "no_contract"]);
    assert!(exceptions[0]["message"].as_str().is_some_and(|text| text.starts_with("Bob Ray")));
    let refusal = world.host.post(&path(&run, "post"), json!({})).with_status(409);
    assert_eq!(refusal["code"], "exceptions");
    let posted = world.act(&run, "post", json!({"leave_out_exceptions": true}));
    assert_eq!(posted["state"], "posted");
}

#[test]
fn computing_again_replaces_what_was_there() {
    let world = two();
    let run = world.compute(&world.run());
    let before = world.slips(&run);
    input(&world, 1, "bonus", "100.555");
    world.contracts.borrow_mut().retain(|one| one.name != "Bob Ray");
    let run = world.compute(&run);
    let after = world.slips(&run);
    assert_eq!((after.len(), &after[0]["id"]), (1, &before[0]["id"]));
    assert_eq!(world.lines(&after[0])[..2], ["basic 3000.00", "bonus_pay 100.56"]);
    world.contracts.borrow_mut().push(contract(4, "Eve Fox", "1000"));
    let run = world.compute(&run);
    assert_eq!(world.slips(&run).len(), 2);
    assert_eq!(amount(&run, "gross"), decimal("4100.56"));
}

#[test]
fn posting_is_one_balanced_entry_with_the_net_of_each_employee() {
    let world = two();
    let run = world.posted();
    assert_eq!((&run["number"], &run["state"]), (&json!("PAY/2026/00001"), &json!("posted")));
    let entries = world.entries.borrow();
    let entry = &entries[0];
    assert_eq!((entries.len(), entry.date), (1, Some(day("2026-01-31"))));
    let owed = entry.lines.iter().filter(|line| line.purpose == Some(Purpose::SalariesPayable));
    let owed: Vec<_> = owed.map(|line| (line.party.clone(), line.credit)).collect();
    let slips = world.slips(&run);
    let nets =
        slips.iter().map(|slip| (slip["name"].as_str().map(String::from), amount(slip, "net")));
    assert_eq!(owed, nets.collect::<Vec<_>>());
    assert_eq!(owed.iter().map(|(_, net)| *net).sum::<Decimal>(), amount(&run, "net"));
    assert_eq!(slips[1]["number"], "PAY/2026/00001-002");
    assert_eq!(world.days.borrow().len(), 2);
    assert!(world.days.borrow().iter().all(|days| days.paid));
}

#[test]
fn what_the_books_refuse_leaves_no_trace() {
    let world = two();
    let bonus = input(&world, 1, "bonus", "100");
    let run = world.compute(&world.run());
    world.locked.set(true);
    let refusal = world.host.post(&path(&run, "post"), json!({})).with_status(409);
    assert_eq!(refusal["code"], "period_locked");
    let after = world.host.get(&path(&run, "")[..path(&run, "").len() - 1]).ok();
    assert_eq!(after, run);
    assert!(world.slips(&run).iter().all(|slip| slip["state"] == "draft"));
    let free = world.host.get(&format!("/inputs/{}", bonus["id"].as_str().expect("an id"))).ok();
    assert_eq!(free["payslip_id"], Json::Null);
    world.locked.set(false);
    world.act(&run, "post", json!({}));
}

#[test]
fn what_changed_since_it_was_computed_is_not_posted() {
    let world = two();
    let run = world.compute(&world.run());
    input(&world, 1, "bonus", "100");
    let refusal = world.host.post(&path(&run, "post"), json!({})).with_status(409);
    assert_eq!(refusal["code"], "stale");
    world.compute(&run);
    world.contracts.borrow_mut()[0].unpaid_leave_days = decimal("2");
    let refusal = world.host.post(&path(&run, "post"), json!({})).with_status(409);
    assert_eq!(refusal["code"], "stale");
    world.compute(&run);
    world.act(&run, "post", json!({}));
}

#[test]
fn what_is_posted_stays() {
    let world = two();
    let bonus = input(&world, 1, "bonus", "100");
    let run = world.posted();
    let run_path = format!("/runs/{}", run["id"].as_str().expect("an id"));
    let bonus = format!("/inputs/{}", bonus["id"].as_str().expect("an id"));
    let version = run["version"].as_i64().expect("a version");
    let code = |body: Json| body["code"].as_str().map(String::from);
    let posted = Some("posted".to_owned());
    let later = json!({"to": "2026-01-30"});
    assert_eq!(code(world.host.patch(&run_path, version, later).with_status(409)), posted);
    world.host.patch(&run_path, version, json!({"notes": "Paid late."})).ok();
    assert_eq!(code(world.host.delete(&run_path).with_status(409)), posted);
    let recomputed = world.host.post(&path(&run, "compute"), Json::Null);
    assert_eq!(code(recomputed.with_status(409)), posted);
    assert_eq!(code(world.host.post(&path(&run, "post"), json!({})).with_status(409)), posted);
    assert_eq!(code(world.host.patch(&bonus, 2, json!({"amount": "1"})).with_status(409)), posted);
    assert_eq!(code(world.host.delete(&bonus).with_status(409)), posted);
}

#[test]
fn nobody_has_two_payslips_for_one_day() {
    let world = two();
    world.compute(&world.run());
    let again = world.compute(&world.run_of(json!({"from": "2026-01-15", "to": "2026-02-14"})));
    assert_eq!(again["employees"], 0);
    assert_eq!(again["exceptions"][0]["code"], "already_paid");
    let refusal = world.host.post("/payslips", json!({"employee_id": name(1)})).with_status(409);
    assert_eq!(refusal["code"], "already_paid");
    assert_eq!(world.host.get("/runs").ok()["items"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_payslip_by_itself_is_a_run_of_one() {
    let world = two();
    let slip = world.host.post("/payslips", json!({"employee_id": name(2)})).created();
    assert_eq!((&slip["name"], &slip["lines"][0]["code"]), (&json!("Bob Ray"), &json!("basic")));
    let run = json!({"id": slip["run_id"]});
    assert_eq!(world.act(&run, "post", json!({}))["employees"], 1);
    let refusal = world.host.post("/payslips", json!({"employee_id": name(9)})).with_status(409);
    assert_eq!(refusal["code"], "no_contract");
}

#[test]
fn an_assigned_structure_goes_before_the_usual_one() {
    let world = two();
    let flat = json!({"name": "Flat", "rules": [
        {"code": "pay", "name": "Pay", "kind": "fixed", "amount": "1234.567"},
    ]});
    let flat = world.host.post("/structures", flat).created();
    let assigned =
        json!({"employee_id": name(1), "structure_id": flat["id"], "from": "2026-01-31"});
    world.host.post("/assignments", assigned).created();
    let later = json!({"employee_id": name(2), "structure_id": flat["id"], "from": "2026-02-01"});
    world.host.post("/assignments", later).created();
    let example = world.host.get("/structures?name=ilike.*example*").ok();
    let usual = json!({"structure_id": example["items"][0]["id"]});
    let slips = world.slips(&world.compute(&world.run_of(usual)));
    assert_eq!(world.lines(&slips[0]), ["pay 1234.57"]);
    assert_eq!(world.lines(&slips[1])[0], "basic 2000.00");
}

#[test]
fn without_a_structure_nobody_is_paid() {
    let world = two();
    let example = world.host.get("/structures").ok()["items"][0].clone();
    let example_path = format!("/structures/{}", example["id"].as_str().expect("an id"));
    world.host.patch(&example_path, 1, json!({"active": false})).ok();
    let run = world.compute(&world.run());
    assert_eq!(run["exceptions"][1]["code"], "no_structure");
    let refusal = world.host.post(&path(&run, "post"), json!({"leave_out_exceptions": true}));
    assert_eq!(refusal.with_status(409)["code"], "empty");
    world.host.post("/structures", json!({"name": "Empty"})).created();
    assert_eq!(world.compute(&run)["exceptions"][0]["code"], "no_structure");
}

#[test]
fn paying_settles_what_is_owed_and_may_be_taken_back() {
    let world = two();
    let run = world.posted();
    let paid = world.act(&run, "pay", json!({"date": "2026-02-01"}));
    assert_eq!((&paid["state"], &paid["paid_on"]), (&json!("paid"), &json!("2026-02-01")));
    let entry = world.entries.borrow()[1].clone();
    let money = entry.lines.last().expect("lines");
    assert_eq!((money.purpose, money.credit), (Some(Purpose::Bank), amount(&run, "net")));
    assert!(world.slips(&run).iter().all(|slip| slip["state"] == "paid"));
    let refusal = world.host.post(&path(&run, "reverse"), json!({})).with_status(409);
    assert_eq!(refusal["code"], "paid");
    let back = world.act(&run, "cancel-payment", json!({"reason": "Wrong account"}));
    assert_eq!((&back["state"], &back["payment_entry_id"]), (&json!("posted"), &Json::Null));
    world.act(&run, "pay", json!({}));
    assert_eq!(world.reversals.borrow().len(), 1);
}

#[test]
fn a_reversed_run_opens_days_and_inputs_again() {
    let world = two();
    input(&world, 1, "bonus", "100");
    let run = world.posted();
    let reversed = world.act(&run, "reverse", json!({"reason": "Wrong bonus"}));
    assert_eq!(reversed["state"], "reversed");
    assert_eq!(world.reversals.borrow()[0].entry_id.uuid().to_string(), run["entry_id"]);
    assert!(world.days.borrow()[2..].iter().all(|days| !days.paid));
    world.host.post(&path(&run, "reverse"), json!({})).with_status(409);
    assert_eq!(world.host.get(&path(&run, "remittance")).ok()["items"], json!([]));
    let again = world.posted();
    assert_eq!(amount(&again, "net"), amount(&run, "net"));
}

#[test]
fn the_remittance_list_is_what_the_entry_owes() {
    let world = two();
    let payee =
        json!({"employee_id": name(1), "holder": "Ann Lee", "iban": "AT611904300234573201"});
    world.host.post("/payees", payee).created();
    let draft = world.run();
    let empty = world.host.get(&path(&draft, "remittance")).ok();
    assert_eq!((&empty["items"], &empty["total"]), (&json!([]), &json!("0")));
    world.compute(&draft);
    let run = world.act(&draft, "post", json!({}));
    let list = world.host.get(&path(&run, "remittance")).ok();
    assert_eq!((&list["total"], &list["without_account"]), (&run["net"], &json!(1)));
    assert_eq!(list["items"][0]["iban"], "AT611904300234573201");
    assert_eq!(list["items"][1]["reference"], "PAY/2026/00001-002");
    let items = list["items"].as_array().expect("a list");
    assert_eq!(items.iter().map(|one| amount(one, "amount")).sum::<Decimal>(), amount(&run, "net"));
}

#[test]
fn a_department_is_paid_by_itself() {
    let world = two();
    world.contracts.borrow_mut()[0].department = Some("Stores".into());
    let run = world.compute(&world.run_of(json!({"department": "Stores"})));
    assert_eq!((&run["employees"], &run["exceptions"]), (&json!(1), &json!([])));
    assert_eq!(world.slips(&run)[0]["name"], "Bob Ray");
}

#[test]
fn a_change_of_what_is_paid_has_to_be_computed() {
    let world = two();
    let run = world.compute(&world.run());
    let run_path = format!("/runs/{}", run["id"].as_str().expect("an id"));
    let version = run["version"].as_i64().expect("a version");
    let changed = world.host.patch(&run_path, version, json!({"department": "Sales"})).ok();
    assert_eq!(changed["state"], "draft");
    let refusal = world.host.post(&path(&run, "post"), json!({})).with_status(409);
    assert_eq!(refusal["code"], "not_computed");
    world.compute(&run);
    world.host.delete(&run_path).with_status(204);
    assert_eq!(world.compute(&world.run())["employees"], 2);
}

#[test]
fn reports_tell_of_rules_departments_and_changes() {
    let world = two();
    let january = world.posted();
    let register = world.host.get(&path(&january, "register")).ok();
    assert_eq!(register["items"][0]["code"], "basic");
    assert_eq!(amount(&register["items"][0], "amount"), decimal("5000"));
    assert_eq!(register["items"][0]["employees"], 2);
    for contract in world.contracts.borrow_mut().iter_mut() {
        (contract.from, contract.to) = (day("2026-02-01"), day("2026-02-28"));
    }
    world.contracts.borrow_mut()[1].wage = decimal("3300");
    let february = world.compute(&world.run_of(json!({"from": "2026-02-01"})));
    world.act(&february, "post", json!({}));
    let variance = world.host.get(&path(&february, "variance")).ok();
    assert_eq!(variance["against"], january["id"]);
    assert_eq!(amount(&variance["rules"][0], "change"), decimal("300"));
    assert_eq!(variance["employees"].as_array().map(Vec::len), Some(1));
    assert_eq!(variance["employees"][0]["name"], "Ann Lee");
    let costs = world.host.get("/reports/departments?from=2026-02-01").ok();
    assert_eq!(amount(&costs["items"][0], "gross"), decimal("5300"));
}

#[test]
fn the_year_so_far_is_known_to_formulas() {
    let world = two();
    let capped = json!({"name": "Capped", "sequence": 1, "rules": [
        {"code": "basic", "name": "Base pay", "formula": "base_pay"},
        {"code": "fund", "name": "Fund", "category": "deduction",
         "formula": "max(0, min(gross, 4000 - ytd_gross)) * 10%"},
    ]});
    world.host.post("/structures", capped).created();
    world.posted();
    for contract in world.contracts.borrow_mut().iter_mut() {
        (contract.from, contract.to) = (day("2026-02-01"), day("2026-02-28"));
    }
    let february = world.compute(&world.run_of(json!({"from": "2026-02-01"})));
    let slips = world.slips(&february);
    assert_eq!(world.lines(&slips[0]), ["basic 3000.00", "fund 100.00"]);
    assert_eq!(world.lines(&slips[1]), ["basic 2000.00", "fund 200.00"]);
}

#[test]
fn posting_tells_of_the_run_and_has_its_payslips_printed() {
    let world = two();
    let run = world.posted();
    let told = world.host.emitted();
    let topics: Vec<_> = told.iter().map(|event| event.topic.as_str()).collect();
    assert_eq!(topics, ["payroll.runs.posted", "payroll.payslips.unprinted"]);
    assert_eq!(told[0].data["net"], run["net"]);
    assert_eq!(told[1].data["payslip_ids"].as_array().map(Vec::len), Some(2));
}
