//! Lots and serial numbers.

use super::*;

#[test]
fn a_lot_is_made_as_it_comes_and_named_as_it_goes() {
    let store = Store::new();
    let milk = store.item(json!({"name": "Milk", "tracking": "lot"}));
    let line = |lot: Json| json!([{"item_id": milk["id"], "quantity": "5", "lot": lot}]);
    let nameless = json!({"kind": "receipt", "done": true, "moves": line(Json::Null)});
    let refused = store.host.post("/transfers", nameless).with_status(422);
    assert_eq!(refused["errors"][0]["pointer"], "/moves/0/lot");
    store.done("receipt", line(json!(" L1 ")));
    store.done("receipt", line(json!("L2")));
    let lots = store.host.get("/lots").ok();
    let names: Vec<_> =
        lots["items"].as_array().expect("lots").iter().map(|l| &l["name"]).collect();
    assert_eq!(names, ["L1", "L2"]);
    let unknown = json!({"kind": "delivery", "done": true, "moves": line(json!("L3"))});
    assert_eq!(
        store.host.post("/transfers", unknown).with_status(422)["errors"][0]["code"],
        "not_found"
    );
    store.done("delivery", line(json!("L1")));
    let again = json!({"kind": "delivery", "done": true, "moves": line(json!("L1"))});
    let refused = store.host.post("/transfers", again).with_status(409);
    assert_eq!(refused["message"], "Of Milk of lot L1 5 are wanted, and 0 are available in Stock.");
}

#[test]
fn a_serial_number_is_one_piece_in_one_place() {
    let store = Store::new();
    let phone = store.item(json!({"name": "Phone", "tracking": "serial"}));
    let line = |quantity: &str| json!({"item_id": phone["id"], "quantity": quantity, "lot": "S1"});
    let two = json!({"kind": "receipt", "done": true, "moves": [line("2")]});
    assert_eq!(store.host.post("/transfers", two).with_status(422)["errors"][0]["code"], "serial");
    let twice = json!({"kind": "receipt", "done": true, "moves": [line("1"), line("1")]});
    assert_eq!(store.host.post("/transfers", twice).with_status(409)["code"], "serial_in_stock");
    store.done("receipt", json!([line("1")]));
    let again = json!({"kind": "receipt", "done": true, "moves": [line("1")]});
    assert_eq!(store.host.post("/transfers", again).with_status(409)["code"], "serial_in_stock");
    let sold = store.done("delivery", json!([line("1")]));
    store.made(&format!("/transfers/{}/return", id(&sold)), json!({}));
    let trace = store.host.get("/reports/moves?lot=S1").ok();
    let kinds: Vec<_> =
        trace["items"].as_array().expect("rows").iter().map(|r| &r["kind"]).collect();
    assert_eq!(kinds, ["receipt", "delivery", "return"]);
}
