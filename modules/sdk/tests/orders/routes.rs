//! The routes of a document.

use super::*;

#[test]
fn a_document_is_made_with_its_lines_in_their_order() {
    let host = Host::new(&MODULE);
    let body = json!({"customer": " Ann ", "lines": [{"item": "tea", "pieces": 2, "price": "3"},
        {"item": "milk"}]});
    let answer = host.post("/orders", body);
    assert_eq!(answer.headers["etag"], "\"1\"");
    let location = answer.headers["location"].clone();
    let order = answer.created();
    assert_eq!(location, format!("/api/orders{}", path(&order)));
    assert_eq!(order["customer"], "Ann");
    assert_eq!(order["total"], "6.00");
    assert_eq!(items(&order), ["tea", "milk"]);
    for (place, line) in order["lines"].as_array().into_iter().flatten().enumerate() {
        assert_eq!(line["order_id"], order["id"]);
        assert_eq!(line["position"], place + 1);
        assert_eq!(line["version"], 1);
    }
    assert_eq!(order["lines"][0]["amount"], "6.00");
    assert_eq!(host.get(&path(&order)).ok(), order);
}

#[test]
fn a_document_may_have_no_lines() {
    let host = Host::new(&MODULE);
    let order = host.post("/orders", json!({"customer": "Ann"})).created();
    assert_eq!(order["lines"], json!([]));
    let order = host.post("/orders", json!({"customer": "Ann", "lines": []})).created();
    assert_eq!(host.get(&path(&order)).ok()["lines"], json!([]));
}

#[test]
fn a_document_is_shown_with_all_of_its_lines_or_as_selected() {
    let host = Host::new(&MODULE);
    let lines: Vec<Json> = (0..200).map(|n| json!({"item": format!("{n}")})).collect();
    let order = host.post("/orders", json!({"customer": "Ann", "lines": lines})).created();
    let answer = host.get(&path(&order));
    assert_eq!(answer.headers["etag"], "\"1\"");
    let shown = answer.ok();
    assert_eq!(items(&shown).len(), 200);
    assert_eq!(items(&shown)[199], "199");
    let selected = host.get(&format!("{}?select=customer", path(&order))).ok();
    assert_eq!(selected, json!({"customer": "Ann"}));
    assert!(host.get("/orders").ok()["items"][0].get("lines").is_none());
    assert_eq!(host.get(&format!("{}/slip", path(&order))).ok(), shown);
}

#[test]
fn a_change_without_lines_leaves_them() {
    let host = Host::new(&MODULE);
    let order = breakfast(&host);
    let answer = host.patch(&path(&order), 1, json!({"customer": "Alf"}));
    assert_eq!(answer.headers["etag"], "\"2\"");
    let changed = answer.ok();
    assert_eq!((&changed["customer"], &changed["version"]), (&json!("Alf"), &json!(2)));
    assert_eq!(changed["lines"], order["lines"]);
}

#[test]
fn lines_that_are_given_are_all_from_now_on() {
    let host = Host::new(&MODULE);
    let order = breakfast(&host);
    let milk = order["lines"][1]["id"].clone();
    let lines = json!([{"item": "jam"}, {"id": milk, "pieces": 3}]);
    let changed = host.patch(&path(&order), 1, json!({"lines": lines})).ok();
    assert_eq!(changed["version"], 2);
    assert_eq!(items(&changed), ["jam", "milk"]);
    let kept = &changed["lines"][1];
    assert_eq!((&kept["id"], &kept["pieces"], &kept["version"]), (&milk, &json!(3), &json!(2)));
    assert_eq!(host.get(&path(&order)).ok(), changed);
    let tea = order["lines"][0]["id"].as_str().expect("an id");
    host.get(&format!("/lines/{tea}")).with_status(404);
    let none = host.patch(&path(&order), 2, json!({"lines": []})).ok();
    assert_eq!((&none["lines"], &none["version"]), (&json!([]), &json!(3)));
}

#[test]
fn lines_change_places_and_nothing_else_does() {
    let host = Host::new(&MODULE);
    let order = breakfast(&host);
    let lines = json!([{"id": order["lines"][1]["id"]}, {"id": order["lines"][0]["id"]}]);
    let changed = host.patch(&path(&order), 1, json!({"lines": lines})).ok();
    assert_eq!(items(&changed), ["milk", "tea"]);
    assert_eq!(changed["version"], 2);
    let again = host.patch(&path(&order), 2, json!({"lines": lines})).ok();
    assert_eq!(again, changed);
}

#[test]
fn a_unique_value_goes_from_a_line_that_is_gone_to_a_new_one() {
    let host = Host::new(&MODULE);
    let lines = json!([{"item": "tea", "seal": "A1"}]);
    let order = host.post("/orders", json!({"customer": "Ann", "lines": lines})).created();
    let changed = host.patch(&path(&order), 1, json!({"lines": lines})).ok();
    assert_ne!(changed["lines"][0]["id"], order["lines"][0]["id"]);
}

#[test]
fn a_line_of_another_document_is_no_line_of_this() {
    let host = Host::new(&MODULE);
    let (order, other) = (breakfast(&host), breakfast(&host));
    let (own, foreign) = (&order["lines"][0]["id"], &other["lines"][0]["id"]);
    for lines in [json!([{"id": own}, {"id": foreign}]), json!([{"id": own}, {"id": own}])] {
        let refusal = host.patch(&path(&order), 1, json!({"lines": lines})).with_status(422);
        assert_eq!(refusal["errors"][0]["pointer"], "/lines/1/id");
        assert_eq!(refusal["errors"][0]["code"], "not_found");
    }
    assert_eq!(host.get(&path(&other)).ok(), other);
}

#[test]
fn a_change_holds_the_version_of_the_whole() {
    let host = Host::new(&MODULE);
    let order = breakfast(&host);
    host.patch(&path(&order), 1, json!({"lines": []})).ok();
    host.patch(&path(&order), 1, json!({"customer": "Alf"})).with_status(412);
    host.patch(&path(&order), 1, json!({"lines": []})).with_status(412);
    host.send("PATCH", &path(&order), None, &json!({"lines": []})).with_status(428);
    host.send("PATCH", &path(&order), Some("*"), &json!({"customer": "Alf"})).ok();
    host.patch(&path(&order), 3, json!({})).with_status(422);
}

#[test]
fn a_line_is_blamed_by_its_place() {
    let host = Host::new(&MODULE);
    let order = breakfast(&host);
    let tea = &order["lines"][0]["id"];
    for (bad, at, code) in [
        (json!({"item": "jam", "pieces": 0}), "pieces", "range"),
        (json!({"item": "jam", "position": 3}), "position", "additionalProperties"),
        (json!({"item": "jam", "order_id": order["id"]}), "order_id", "additionalProperties"),
        (json!({"item": "jam", "amount": "3"}), "amount", "additionalProperties"),
        (json!({"item": "poison"}), "item", "forbidden"),
        (json!({"price": "3"}), "item", "required"),
    ] {
        let body = json!({"customer": "Ann", "lines": [{"item": "tea"}, bad]});
        let change = json!({"lines": [{"id": tea}, bad]});
        for answer in [host.post("/orders", body), host.patch(&path(&order), 1, change)] {
            let refusal = answer.with_status(422);
            assert_eq!(refusal["errors"][0]["pointer"], format!("/lines/1/{at}"));
            assert_eq!(refusal["errors"][0]["code"], code, "{refusal}");
        }
    }
    assert_eq!(host.get("/orders").ok()["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn the_rules_of_lines_hold_and_blame_them() {
    let host = Host::new(&MODULE);
    let lines = json!([{"item": "tea", "pieces": 2}, {"item": "promise", "pieces": 2}]);
    let unwanted = json!({"customer": "Nobody", "lines": lines});
    let refusal = host.post("/orders", unwanted).with_status(422);
    assert_eq!(refusal["errors"][0]["pointer"], "/lines/0/item");
    let order = host.post("/orders", json!({"customer": "Ann", "lines": lines})).created();
    let ids = [&order["lines"][0]["id"], &order["lines"][1]["id"]];
    let fewer = json!({"lines": [{"id": ids[0]}, {"id": ids[1], "pieces": 1}]});
    let refusal = host.patch(&path(&order), 1, fewer).with_status(422);
    assert_eq!(refusal["errors"][0]["pointer"], "/lines/1/pieces");
    let gone = host.patch(&path(&order), 1, json!({"lines": [{"id": ids[0]}]}));
    assert_eq!(gone.with_status(409)["code"], "promised");
    assert_eq!(host.get(&path(&order)).ok(), order);
}

#[test]
fn there_are_not_more_lines_than_the_document_takes() {
    let host = Host::new(&MODULE);
    let lines: Vec<Json> = (0..201).map(|n| json!({"item": format!("{n}")})).collect();
    let refusal = host.post("/orders", json!({"customer": "Ann", "lines": lines}));
    let refusal = refusal.with_status(422);
    assert_eq!(refusal["errors"][0]["pointer"], "/lines");
    // The rule adds wool to glass.
    let glasses: Vec<Json> = (0..200).map(|_| json!({"item": "glass"})).collect();
    let refusal = host.post("/orders", json!({"customer": "Ann", "lines": glasses}));
    let refusal = refusal.with_status(422);
    assert_eq!(refusal["errors"][0]["pointer"], "/lines");
    assert_eq!(refusal["errors"][0]["code"], "max_items");
}

#[test]
fn lines_are_deleted_and_restored_with_their_head() {
    let host = Host::new(&MODULE);
    let order = breakfast(&host);
    let milk = json!([{"id": order["lines"][1]["id"]}]);
    let order = host.patch(&path(&order), 1, json!({"lines": milk})).ok();
    host.set_now("2026-01-02T00:00:00Z".parse().expect("a moment"));
    host.delete(&path(&order)).with_status(204);
    host.get(&path(&order)).with_status(404);
    assert_eq!(host.get("/lines").ok()["items"], json!([]));
    host.post(&format!("{}/restore", path(&order)), Json::Null).ok();
    assert_eq!(items(&host.get(&path(&order)).ok()), ["milk"]);
    host.delete(&format!("{}?purge=true&reason=x", path(&order))).with_status(204);
    assert_eq!(host.get("/lines?deleted=only").ok()["items"].as_array().map(Vec::len), Some(0));
}

#[test]
fn what_other_modules_keep_of_head_and_lines_passes_through() {
    let host = Host::new(&MODULE);
    let extensions = json!({"tax": {"code": 7, "rate": "0.19"}});
    let line = json!({"item": "tea", "extensions": extensions});
    let lines = json!([{"item": "milk"}, line]);
    let body = json!({"customer": "Ann", "lines": lines, "extensions": extensions});
    let order = host.post("/orders", body).created();
    assert_eq!(order["extensions"], extensions);
    assert_eq!(order["lines"][1]["extensions"], extensions);
    let line = json!({"id": order["lines"][1]["id"], "extensions": {"tax": {"code": 8}}});
    let changed = host.patch(&path(&order), 1, json!({"lines": [line]})).ok();
    let after = json!({"tax": {"code": 8, "rate": "0.19"}});
    assert_eq!(changed["lines"][0]["extensions"], after);
    assert_eq!(changed["extensions"], extensions);
    assert_eq!(host.get(&path(&order)).ok(), changed);
}
