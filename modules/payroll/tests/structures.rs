//! Salary structures are checked when they are saved.

use eerp_payroll::MODULE;
use eerp_sdk::prelude::*;
use eerp_sdk::testing::{Host, assert_sound};

fn structure(rules: Json) -> Json {
    json!({"name": "Ours", "inputs": ["bonus"], "rules": rules})
}

fn fault(host: &Host, body: Json) -> (String, String, String) {
    let refusal = host.post("/structures", body).with_status(422);
    let fault = &refusal["errors"][0];
    let text = |key: &str| fault[key].as_str().unwrap_or_default().to_owned();
    (text("pointer"), text("code"), text("message"))
}

#[test]
fn the_module_is_sound() {
    assert_sound(&MODULE, include_str!("../module.json"));
}

#[test]
fn the_example_is_a_structure_like_any_other() {
    let host = Host::new(&MODULE);
    let found = host.get("/structures?name=ilike.*example*").ok()["items"][0].clone();
    let path = format!("/structures/{}", found["id"].as_str().expect("an id"));
    let whole = host.get(&path).ok();
    let codes: Vec<&str> = whole["rules"]
        .as_array()
        .expect("rules")
        .iter()
        .filter_map(|rule| rule["code"].as_str())
        .collect();
    assert_eq!(codes[..3], ["basic", "overtime", "bonus_pay"]);
    // Saving it reads every formula.
    let version = whole["version"].as_i64().expect("a version");
    let rules = whole["rules"].as_array().expect("rules").iter();
    let rules: Vec<Json> = rules.map(|rule| json!({"id": rule["id"]})).collect();
    let kept = host.patch(&path, version, json!({"rules": rules, "notes": "Ours"})).ok();
    assert_eq!(kept["rules"].as_array().map(Vec::len), Some(codes.len()));
}

#[test]
fn rules_come_back_in_their_order() {
    let host = Host::new(&MODULE);
    let rules = json!([
        {"code": "basic", "name": "Base pay", "formula": "base_pay"},
        {"code": "tax", "name": "Tax", "category": "deduction", "kind": "brackets", "base": "gross",
         "brackets": [{"from": "0", "rate": "10"}, {"from": "1000.50", "rate": "20.5"}]},
    ]);
    let made = host.post("/structures", structure(rules)).created();
    assert_eq!(made["rules"][0]["position"], 1);
    assert_eq!(made["rules"][1]["brackets"][1]["rate"], "20.5");
}

#[test]
fn a_wrong_formula_is_blamed_by_rule_and_character() {
    let host = Host::new(&MODULE);
    let rules = json!([
        {"code": "basic", "name": "Base pay", "formula": "base_pay"},
        {"code": "tax", "name": "Tax", "category": "deduction", "formula": "gross * taxrate"},
    ]);
    let (pointer, code, message) = fault(&host, structure(rules));
    assert_eq!((pointer.as_str(), code.as_str()), ("/rules/1/formula", "unknown_name"));
    assert!(message.ends_with("(at character 9)"), "{message}");
    let later = json!([
        {"code": "tax", "name": "Tax", "formula": "basic * 10%"},
        {"code": "basic", "name": "Base pay", "formula": "base_pay"},
    ]);
    assert_eq!(fault(&host, structure(later)).1, "forward_reference");
    let falling = json!([{"code": "tax", "name": "Tax", "kind": "brackets", "base": "gross",
        "brackets": [{"from": "10", "rate": "1"}, {"from": "5", "rate": "2"}]}]);
    assert_eq!(fault(&host, structure(falling)).0, "/rules/0/brackets/1/from");
}

#[test]
fn changing_one_rule_looks_at_all() {
    let host = Host::new(&MODULE);
    let rules = json!([
        {"code": "basic", "name": "Base pay", "formula": "base_pay"},
        {"code": "tax", "name": "Tax", "category": "deduction", "formula": "basic * 10%"},
    ]);
    let made = host.post("/structures", structure(rules)).created();
    let path = format!("/structures/{}", made["id"].as_str().expect("an id"));
    let renamed = json!({"rules": [
        {"id": made["rules"][0]["id"], "code": "base"}, {"id": made["rules"][1]["id"]},
    ]});
    let refusal = host.patch(&path, 1, renamed).with_status(422);
    assert_eq!(refusal["errors"][0]["pointer"], "/rules/1/formula");
    let turned = json!({"rules": [
        {"id": made["rules"][1]["id"]}, {"id": made["rules"][0]["id"]},
    ]});
    let refusal = host.patch(&path, 1, turned).with_status(422);
    assert_eq!(refusal["errors"][0]["code"], "forward_reference");
}

#[test]
fn an_input_that_no_structure_knows_is_refused() {
    let host = Host::new(&MODULE);
    let employee = "00000000-0000-7000-8000-000000000001";
    let input = |code: &str| json!({"employee_id": employee, "code": code, "amount": "5"});
    let made = host.post("/inputs", input("bonus")).created();
    assert_eq!(made["date"], "2026-01-01");
    let refusal = host.post("/inputs", input("gift")).with_status(422);
    assert_eq!(refusal["errors"][0]["code"], "unknown_input");
}

#[test]
fn an_iban_is_kept_compact_and_right() {
    let host = Host::new(&MODULE);
    let payee = |iban: &str| {
        let employee = "00000000-0000-7000-8000-000000000001";
        json!({"employee_id": employee, "holder": "Ann Lee", "iban": iban})
    };
    let refusal = host.post("/payees", payee("AT61 1904 3002 3457 3202")).with_status(422);
    assert_eq!(refusal["errors"][0]["pointer"], "/iban");
    let made = host.post("/payees", payee("at61 1904 3002 3457 3201")).created();
    assert_eq!(made["iban"], "AT611904300234573201");
}
