//! The six routes and those that a module adds.

use super::*;

#[test]
fn rules_hold_in_the_six_routes() {
    let host = Host::new(&MODULE);
    let made = host.post("/products", json!({"name": "  Tea "})).created();
    assert_eq!((&made["name"], &made["stock"]), (&json!("Tea"), &json!("7")));
    let path = format!("/products/{}", made["id"].as_str().expect("an id"));
    host.patch(&path, 1, json!({"stock": "3"})).with_status(422);
    assert_eq!(host.patch(&path, 1, json!({"stock": "9"})).ok()["version"], 2);
}

#[test]
fn a_rule_may_forbid_deleting_in_the_route_and_in_db() {
    let host = Host::new(&MODULE);
    let tea = host.post("/products", json!({"name": "Tea"})).created();
    let other = json!({"name": "Coffee", "replaced_by_id": tea["id"]});
    let other = host.post("/products", other).created();
    let path = |it: &Json| format!("/products/{}", it["id"].as_str().expect("an id"));
    assert_eq!(host.delete(&path(&tea)).with_status(409)["code"], "in_use");
    let id = tea["id"].as_str().and_then(|id| id.parse().ok()).map(Ref::<Product>::new);
    let refusal = host.run(|| db::delete(id.expect("an id"), None));
    assert!(refusal.expect_err("it is used").is("in_use"));
    host.delete(&path(&other)).with_status(204);
    host.delete(&path(&tea)).with_status(204);
    host.delete(&path(&tea)).with_status(404);
}

#[test]
fn a_bigint_is_a_number_or_text_and_answered_as_text() {
    let host = Host::new(&MODULE);
    for (name, stock) in [("Tea", json!(9)), ("Coffee", json!("9"))] {
        let made = host.post("/products", json!({"name": name, "stock": stock})).created();
        assert_eq!(made["stock"], "9");
    }
    for wrong in [json!(true), json!(1.5), Json::Null] {
        let refusal = host.post("/products", json!({"name": "Milk", "stock": wrong}));
        assert_eq!(refusal.with_status(422)["errors"][0]["code"], "anyOf");
    }
}

#[test]
fn a_required_text_says_something() {
    let host = Host::new(&MODULE);
    for blank in ["", "   ", "\t\n"] {
        host.post("/notes", json!({"text": blank})).with_status(422);
        host.post("/products", json!({"name": blank})).with_status(422);
    }
    host.post("/products", json!({"name": "Tea", "note": "  "})).created();
    let note = host.post("/notes", json!({"text": " a "})).created();
    let path = format!("/notes/{}", note["id"].as_str().expect("an id"));
    host.patch(&path, 1, json!({"text": " "})).with_status(422);
}

#[test]
fn a_change_of_nothing_keeps_the_version() {
    let host = Host::new(&MODULE);
    let made = host.post("/products", json!({"name": "Tea"})).created();
    let path = format!("/products/{}", made["id"].as_str().expect("an id"));
    assert_eq!(host.patch(&path, 1, json!({"name": "Tea"})).ok()["version"], 1);
}

#[test]
fn a_route_takes_its_parameters_by_their_names() {
    let host = Host::new(&MODULE);
    let made = host.post("/products", json!({"name": "Tea"})).created();
    let path = format!("/products/{}/sell", made["id"].as_str().expect("an id"));
    let sold = host.post(&path, json!({"pieces": 2}));
    assert_eq!(sold.headers["etag"], "\"2\"");
    assert_eq!(sold.ok()["stock"], "5");
    assert_eq!(host.log(), [(1, "ann sells Tea".to_owned())]);
    assert_eq!(host.post(&path, json!({})).ok()["stock"], "4");
    host.post(&path, json!({"pieces": 0})).with_status(422);
    host.post("/products/7/sell", json!({})).with_status(404);
}

#[test]
fn a_path_that_spells_it_out_goes_first() {
    let host = Host::new(&MODULE);
    assert_eq!(host.get("/products/count").ok(), json!({"count": 0}));
}

#[test]
fn an_error_rolls_back() {
    let host = Host::new(&MODULE);
    assert_eq!(host.post("/notes/vain", Json::Null).with_status(403)["code"], "forbidden");
    assert_eq!(host.get("/notes/page").ok()["items"], json!([]));
}

#[test]
fn what_postgresql_refused_cannot_be_hushed_up() {
    let host = Host::new(&MODULE);
    host.post("/products/hush", Json::Null).with_status(409);
    assert_eq!(host.get("/products/count").ok(), json!({"count": 0}));
}

#[test]
fn a_staged_result_is_the_body() {
    let host = Host::new(&MODULE);
    host.post("/notes", json!({"text": "Hello"})).created();
    assert_eq!(host.get("/notes/page").ok()["items"][0]["text"], "Hello");
}
