//! The six routes: counting, selecting, purging, extensions.

use super::*;

fn two_accounts(host: &Host) {
    for name in ["Ann", "Alf"] {
        host.post("/accounts", json!({"name": name})).created();
    }
}

#[test]
fn a_list_is_counted_when_the_client_prefers_it() {
    let host = Host::new(&MODULE);
    two_accounts(&host);
    for (preferred, applied) in
        [("count=exact", "count=exact"), ("return=minimal, count=estimated", "count=estimated")]
    {
        let answer =
            host.send_with("GET", "/accounts?limit=1", &[("prefer", preferred)], &Json::Null);
        assert_eq!(answer.headers["preference-applied"], applied);
        assert_eq!(answer.ok()["total"], 2);
    }
    let planned = [("prefer", "count=planned")];
    let answer = host.send_with("GET", "/accounts", &planned, &Json::Null);
    assert_eq!(answer.headers.get("preference-applied"), None);
    assert_eq!(answer.ok()["total"], Json::Null);
}

#[test]
fn a_record_is_read_in_the_parts_that_are_selected() {
    let host = Host::new(&MODULE);
    let ann = host.post("/accounts", json!({"name": "Ann"})).created();
    let alf = json!({"name": "Alf", "parent_id": ann["id"]});
    let alf = host.post("/accounts", alf).created();
    let answer = host.get(&format!("{}?select=name,parent(name)", path("accounts", &alf)));
    assert_eq!(answer.ok(), json!({"name": "Alf", "parent": {"name": "Ann"}}));
    let list = host.get("/accounts?select=name&name=eq.Ann").ok();
    assert_eq!(list["items"], json!([{"name": "Ann"}]));
}

#[test]
fn purging_needs_a_reason_and_is_for_good() {
    let host = Host::new(&MODULE);
    let ann = host.post("/accounts", json!({"name": "Ann"})).created();
    let ann = path("accounts", &ann);
    for query in ["purge=true", "purge=true&reason=", "purge=true&reason=%20"] {
        let refusal = host.delete(&format!("{ann}?{query}")).with_status(422);
        assert_eq!(refusal["errors"][0]["pointer"], "query/reason");
    }
    host.delete(&format!("{ann}?purge=maybe&reason=x")).with_status(422);
    host.get(&ann).ok();
    let wrong = host.send("DELETE", &format!("{ann}?purge=true&reason=x"), Some("7"), &Json::Null);
    wrong.with_status(412);
    host.delete(&format!("{ann}?purge=true&reason=asked%20for")).with_status(204);
    host.get(&ann).with_status(404);
    host.post(&format!("{ann}/restore"), Json::Null).with_status(404);
}

#[test]
fn what_is_deleted_comes_back_if_the_rules_let_it() {
    let host = Host::new(&MODULE);
    let entry = host.post("/entries", json!({"title": "Tea"})).created();
    for (text, status) in [("plain", 200), ("torn", 409)] {
        let line = json!({"text": text, "entry_id": entry["id"]});
        let line = host.post("/lines", line).created();
        host.delete(&path("lines", &line)).with_status(204);
        host.post(&format!("{}/restore", path("lines", &line)), Json::Null).with_status(status);
    }
    let id = "00000000-0000-7000-8000-ffffffffffff".parse().expect("an id");
    let unknown = host.run(|| db::restore::<Line>(id, None)).expect_err("there is none");
    assert!(unknown.is("not_found"));
}

#[test]
fn what_is_deleted_can_still_be_purged_if_the_rules_let_it() {
    let host = Host::new(&MODULE);
    let entry = host.post("/entries", json!({"title": "Tea"})).created();
    for (text, status) in [("gone", 204), ("keep", 409)] {
        let line = json!({"entry_id": entry["id"], "text": text});
        let line = path("lines", &host.post("/lines", line).created());
        host.delete(&format!("{line}?purge=true&reason=x")).with_status(status);
    }
    let alone = host.post("/entries", json!({"title": "Milk"})).created();
    let alone = path("entries", &alone);
    host.delete(&alone).with_status(204);
    host.delete(&format!("{alone}?purge=true&reason=x")).with_status(204);
}

#[test]
fn extensions_pass_through_with_rules_and_without() {
    let host = Host::new(&MODULE);
    let entry = json!({"title": "Tea", "extensions": {"tax": {"code": 7, "rate": "0.19"}}});
    let entry = host.post("/entries", entry).created();
    let line = json!({"entry_id": entry["id"], "extensions": {"tax": {"code": 7, "rate": "0.19"}}});
    let line = host.post("/lines", line).created();
    for (resource, record) in [("entries", &entry), ("lines", &line)] {
        assert_eq!(record["extensions"]["tax"]["code"], 7);
        let change = json!({"extensions": {"tax": {"code": 8}}});
        let changed = host.patch(&path(resource, record), 1, change).ok();
        assert_eq!(changed["extensions"], json!({"tax": {"code": 8, "rate": "0.19"}}));
    }
    host.post("/entries", json!({"title": "Tea", "extensions": {"tax": 7}})).with_status(422);
}

#[test]
fn nobody_sets_what_is_computed() {
    let host = Host::new(&MODULE);
    let entry = host.post("/entries", json!({"title": "Tea"})).created();
    let line = json!({"entry_id": entry["id"], "amount": "5"});
    host.post("/lines", line).with_status(422);
    let line = json!({"entry_id": entry["id"], "pieces": 3, "price": "2", "text": "TEA"});
    let line = host.post("/lines", line).created();
    assert_eq!((&line["amount"], &line["needle"]), (&json!("5.50"), &json!("tea!")));
    let changed = host.patch(&path("lines", &line), 1, json!({"discount": "1"})).ok();
    assert_eq!(changed["amount"], "5.00");
    host.patch(&path("lines", &line), 2, json!({"amount": "9"})).with_status(422);
}
